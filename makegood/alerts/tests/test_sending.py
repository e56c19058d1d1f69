"""What arrives, at a real mail server and a real HTTP receiver: what it says, when, and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from makegood.alerts import api as alerts
from makegood.alerts.api import Alert, AlertDestination
from makegood.alerts.finding import find_new
from makegood.alerts.outbox import send_due
from makegood.alerts.tests.places import Letters, Receiver
from makegood.alerts.tests.telling import body_of, states, subject_of, unanswered
from makegood.alerts.tests.test_finding import complaint, line
from makegood.desk import api as desk
from makegood.kit import clock
from makegood.kit.tests.loopback import answer
from makegood.listen.models import Mention
from makegood.listen.tests.make import channel

pytestmark = pytest.mark.django_db
MakeRule = Callable[..., Any]
Later = Callable[..., datetime]
TOKEN = "hook-token-abcdef"


def test_a_mail_says_who_what_why_and_where(
    workspace: Any, olga: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://desk.shop.example"
    make_rule("urgent", mail_place, name="Complaints that can’t wait")
    row = complaint(channel(workspace), author_name="Lena", author_handle="lena.example.com")
    desk.add_note(row, "She is the mayor’s sister, be careful.", olga)
    alerts.find_and_send()
    [letter] = post.got
    text = body_of(letter)
    assert post.to == ["olga@shop.example"]
    assert subject_of(letter) == "[Teapot & Co] Complaints that can’t wait: Lena (@lena.example.com) on Bluesky"
    assert f"https://desk.shop.example/inbox/{row.pk}/" in text
    for words in ("My teapot arrived broken", "has to be answered now", "Complaints that can’t wait", "Teapot & Co"):
        assert words in text
    assert "mayor" not in letter.as_string()
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@shop.example>")
    assert states() == ["sent"]
    mail_place.refresh_from_db()
    assert mail_place.last_good_at is not None
    alerts.find_and_send()
    assert len(post.got) == 1


def test_what_was_said_in_private_or_deleted_stays_here(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters
) -> None:
    make_rule("urgent", mail_place)
    private = complaint(channel(workspace))
    Mention.objects.within(workspace).filter(pk=private.latest_id).update(activity={"visibility": "direct"})
    alerts.find_and_send()
    gone = complaint(channel(workspace, address="other"))
    Mention.objects.within(workspace).filter(pk=gone.latest_id).update(activity={}, text="", deleted_at=clock.now())
    alerts.find_and_send()
    first, second = (body_of(letter) for letter in post.got)
    assert "They wrote in private." in first
    assert "deleted since" in second
    assert "teapot arrived" not in first + second


def test_a_webhook_gets_it_too(workspace: Any, web: Receiver, web_place: AlertDestination, make_rule: MakeRule) -> None:
    make_rule("urgent", web_place, name="Urgent")
    complaint(channel(workspace), author_name="Lena")
    alerts.find_and_send()
    [sent] = web.bodies()
    assert web.got[0].path == f"/{TOKEN}"
    assert sent["title"].startswith("[Teapot & Co] Urgent: Lena")
    assert "My teapot arrived broken" in sent["message"]
    assert states() == ["sent"]


def test_ntfy_as_it_is_spoken(workspace: Any, olga: Any, web: Receiver, make_rule: MakeRule) -> None:
    place = alerts.add_service(workspace, olga, f"ntfy://127.0.0.1:{web.port}/teapot-topic")
    assert (place.service, place.name) == ("ntfy", "ntfy")
    make_rule("urgent", place)
    complaint(channel(workspace))
    alerts.find_and_send()
    [sent] = web.bodies()
    assert sent["topic"] == "teapot-topic"


def test_a_digest_is_one_message(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters, later: Later
) -> None:
    make_rule("reply", mail_place, digest_minutes=15)
    for number in range(3):
        unanswered(workspace, number)
        later(minutes=2)
    send_due()
    assert post.got == []
    later(minutes=10)
    assert send_due() == 1
    [letter] = post.got
    assert body_of(letter).count("/inbox/") == 3
    assert subject_of(letter) == "[Teapot & Co] reply: 3 times"
    unanswered(workspace, 9)
    later(minutes=14)
    assert send_due() == 0
    later(minutes=2)
    assert send_due() == 1


def test_a_very_long_digest_says_how_many_more(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters
) -> None:
    make_rule("reply", mail_place)
    row = complaint(channel(workspace))
    for number in range(27):
        line(row, "reply.unknown", reply=number)
    find_new()
    assert send_due() == 1
    assert "… and 7 more." in body_of(post.got[0])


def night(workspace: Any) -> tuple[time, time]:
    """Quiet hours that have begun an hour ago and end in two, on the clocks of a shop far away."""
    from zoneinfo import ZoneInfo

    workspace.timezone = "Asia/Tokyo"
    workspace.save()
    local = clock.now().astimezone(ZoneInfo("Asia/Tokyo"))
    return (local - timedelta(hours=1)).time().replace(microsecond=0), (local + timedelta(hours=2)).time()


def test_quiet_hours_hold_and_end_in_one_message(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters, later: Later
) -> None:
    make_rule("reply", mail_place, quiet=night(workspace))
    unanswered(workspace, 1)
    unanswered(workspace, 2)
    assert send_due() == 0
    assert states() == ["held", "held"]
    later(minutes=115)
    assert send_due() == 0
    later(minutes=10)
    assert send_due() == 1
    assert body_of(post.got[0]).count("/inbox/") == 2


def test_the_worst_is_told_at_night(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters
) -> None:
    make_rule("reply", mail_place, quiet=night(workspace), even_at_night=True)
    unanswered(workspace, 1)
    assert send_due() == 1


def test_more_than_the_limit_comes_together_when_the_hour_is_over(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters, later: Later
) -> None:
    make_rule("reply", mail_place, most_an_hour=2)
    for number in range(5):
        unanswered(workspace, number)
        send_due()
        later(minutes=1)
    assert len(post.got) == 2
    assert states() == ["sent", "sent", "held", "held", "held"]
    held = Alert.objects.within(workspace).filter(state="held").first()
    assert held is not None
    assert "More than 2 messages an hour" in held.sentence
    later(minutes=60)
    send_due()
    assert len(post.got) == 3
    assert body_of(post.got[2]).count("/inbox/") == 3


def test_a_paused_rule_drops_what_it_had_not_told(
    workspace: Any, olga: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters
) -> None:
    rule = make_rule("reply", mail_place, digest_minutes=5)
    unanswered(workspace, 1)
    alerts.switch(rule, olga, False)
    assert states() == []


def test_a_test_arrives_or_says_why_not(
    workspace: Any, olga: Any, web: Receiver, web_place: AlertDestination, mail_place: AlertDestination, post: Letters
) -> None:
    alerts.ask_test(web_place, olga)
    alerts.ask_test(mail_place, olga)
    assert send_due() == 2
    assert "pressed “Send a test”" in web.bodies()[0]["message"]
    assert "pressed" in body_of(post.got[0])
    web.reply = lambda _: answer(500)
    test = alerts.ask_test(web_place, olga)
    send_due()
    test.refresh_from_db()
    # A person waits for the answer: a test is not tried again behind their back.
    assert (test.state, len(web.got)) == ("failed", 2)
    assert alerts.test_of(web_place) == test
    assert "error=500" in test.sentence
    assert alerts.failed(workspace) == 0


def test_an_address_apprise_can_not_read(workspace: Any, olga: Any) -> None:
    place = alerts.add_service(workspace, olga, "slack://nonsense-secret")
    test = alerts.ask_test(place, olga)
    send_due()
    test.refresh_from_db()
    assert "no address that Slack understands" in test.sentence
    assert "nonsense" not in test.sentence


def test_the_age_of_the_queue(workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, later: Later) -> None:
    assert alerts.queue_age() == {"alerts to send": None}
    make_rule("reply", mail_place)
    unanswered(workspace, 1)
    later(seconds=90)
    age = alerts.queue_age()["alerts to send"]
    assert age is not None
    assert 85 < age < 100
