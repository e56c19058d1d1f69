"""What goes wrong between the outbox and a real mail server or HTTP receiver, and what becomes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from makegood.alerts import api as alerts
from makegood.alerts.api import Alert, AlertDestination
from makegood.alerts.outbox import LEASE, send_due
from makegood.alerts.sending import NotSentError, address_of
from makegood.alerts.tests.places import Letters, Receiver
from makegood.alerts.tests.telling import body_of, states, unanswered
from makegood.journal.models import Entry
from makegood.kit.tests.loopback import Request, answer

pytestmark = pytest.mark.django_db
MakeRule = Callable[..., Any]
Later = Callable[..., datetime]
TOKEN = "hook-token-abcdef"


def test_a_fault_is_tried_again_with_growing_pauses(
    workspace: Any, web: Receiver, web_place: AlertDestination, make_rule: MakeRule, later: Later
) -> None:
    web.reply = lambda _: answer(503)
    make_rule("reply", web_place)
    unanswered(workspace, 1)
    send_due()
    [row] = Alert.objects.within(workspace)
    assert (row.state, row.attempt) == ("due", 1)
    assert "Webhook did not take it" in row.sentence
    assert send_due() == 0
    assert len(web.got) == 1
    web.reply = lambda _: answer(200)
    later(seconds=61)
    assert send_due() == 1
    web_place.refresh_from_db()
    assert (web_place.last_error, states()) == ("", ["sent"])


def test_it_gives_up_in_the_end_and_says_so(
    workspace: Any, web: Receiver, web_place: AlertDestination, make_rule: MakeRule, later: Later, monkeypatch: Any
) -> None:
    monkeypatch.setattr("makegood.alerts.rules.MOST_ATTEMPTS", 2)
    web.reply = lambda _: answer(500)
    make_rule("reply", web_place)
    unanswered(workspace, 1)
    for _ in range(2):
        send_due()
        later(hours=2)
    assert send_due() == 0
    assert len(web.got) == 2
    assert states() == ["failed"]
    assert alerts.failed(workspace) == 1
    [told] = Entry.objects.within(workspace).filter(verb="alert.failed")
    assert "Webhook did not take it" in told.data["sentence"]


def test_a_wrong_token_is_not_tried_again_and_never_shown(
    workspace: Any,
    web: Receiver,
    web_place: AlertDestination,
    make_rule: MakeRule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    web.reply = lambda request: answer(401, b"bad token " + request.path.encode())
    make_rule("reply", web_place)
    unanswered(workspace, 1)
    send_due()
    assert (states(), len(web.got)) == (["failed"], 1)
    web_place.refresh_from_db()
    assert "error=401" in web_place.last_error
    assert TOKEN not in web_place.secret
    assert TOKEN in address_of(web_place)
    rows = Entry.objects.within(workspace).values_list("data", flat=True)
    assert TOKEN not in web_place.last_error + caplog.text + str(list(rows))


@pytest.mark.parametrize(
    "where", ["json://10.0.0.1/x-secret", "json://localhost:9/x-secret", "gotify://[::1]/token123456"]
)
def test_a_private_network_is_not_reached(workspace: Any, olga: Any, make_rule: MakeRule, where: str) -> None:
    place = alerts.add_service(workspace, olga, where)
    make_rule("reply", place)
    unanswered(workspace, 1)
    send_due()
    place.refresh_from_db()
    assert states() == ["failed"]
    assert "inside a private network" in place.last_error


def test_a_redirect_into_a_private_network_is_not_followed(
    workspace: Any, web: Receiver, web_place: AlertDestination, make_rule: MakeRule
) -> None:
    reached: list[Request] = []

    def reply(request: Request) -> bytes:
        if request.path.startswith("/inside"):
            reached.append(request)
        # The very same machine under a name that nobody has allowed.
        return answer(307, location=f"http://localhost:{web.port}/inside")

    web.reply = reply
    make_rule("reply", web_place)
    unanswered(workspace, 1)
    send_due()
    web_place.refresh_from_db()
    assert reached == []
    assert states() == ["failed"]


def test_without_mail_it_says_so(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    make_rule("reply", mail_place)
    unanswered(workspace, 1)
    send_due()
    mail_place.refresh_from_db()
    assert states() == ["failed"]
    assert "EMAIL_URL" in mail_place.last_error


@pytest.mark.parametrize(("refuse", "state"), [("550 no such person", "failed"), ("450 box is full, later", "failed")])
def test_a_mail_server_that_refuses(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters, refuse: str, state: str
) -> None:
    post.refuse = refuse
    make_rule("reply", mail_place)
    unanswered(workspace, 1)
    send_due()
    mail_place.refresh_from_db()
    assert states() == [state]
    assert refuse.split(" ", 1)[1] in mail_place.last_error


def test_a_mail_server_that_is_down_is_tried_again(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters, settings: Any
) -> None:
    settings.EMAIL_PORT = 1
    make_rule("reply", mail_place)
    unanswered(workspace, 1)
    send_due()
    mail_place.refresh_from_db()
    assert states() == ["due"]
    assert "cannot be reached" in mail_place.last_error


def test_after_a_crash_it_is_sent_again_and_says_that_it_may_be_the_second_time(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters, later: Later, monkeypatch: Any
) -> None:
    make_rule("reply", mail_place)
    unanswered(workspace, 1)
    with monkeypatch.context() as patch:
        # The mail has gone out, and the worker dies before it has written that down.
        patch.setattr("makegood.alerts.outbox._sent", lambda batch: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            send_due()
    assert states() == ["sending"]
    assert send_due() == 0
    later(seconds=LEASE.total_seconds() + 1)
    assert send_due() == 1
    first, second = post.got
    assert first["Message-ID"] == second["Message-ID"]
    assert "you may have got it already" in body_of(second)
    assert "you may have got it already" not in body_of(first)


def test_a_late_first_sender_does_not_undo_the_second(
    workspace: Any, mail_place: AlertDestination, make_rule: MakeRule, post: Letters, later: Later, monkeypatch: Any
) -> None:
    from makegood.alerts import outbox

    make_rule("reply", mail_place)
    unanswered(workspace, 1)
    slow = outbox._lease("", Alert.objects.within(workspace).get().rule_id, mail_place.pk)
    assert slow is not None
    later(seconds=LEASE.total_seconds() + 1)
    assert send_due() == 1
    outbox._settle(slow, NotSentError("too late"))
    assert states() == ["sent"]
