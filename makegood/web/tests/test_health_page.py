"""How Makegood is doing: what it says, to whom, and with how many questions to the database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from makegood.alerts import api as alerts
from makegood.alerts.api import Alert, AlertDestination
from makegood.desk.tests.make import bring, conversation_with
from makegood.jobs import api as jobs
from makegood.jobs.models import Heartbeat
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen.flow import channel_failed
from makegood.listen.models import Channel
from makegood.listen.tests.make import activity, channel
from makegood.reply.models import Reply
from makegood.web import doing
from makegood.web.tests.account_pages import get, text_of

pytestmark = pytest.mark.django_db
PATH = "/health/"


def beating(*names: str, memory: int = 90_000_000) -> None:
    """These processes have given a sign of life just now."""
    now = clock.now()
    for name in names:
        facts = {"pid": 1, "started_at": now - timedelta(hours=1), "beat_at": now, "detail": {"rss": memory}}
        Heartbeat.objects.update_or_create(name=name, defaults=facts)


def stuck(row: Any, state: str, sentence: str, number: int = 0) -> Reply:
    return Reply.objects.create(
        workspace_id=row.workspace_id,
        conversation=row,
        text="We are sorry.",
        state=state,
        sentence=sentence,
        parent_id=row.latest.network_id,
        key=f"key-{row.pk}-{number}",
    )


@pytest.fixture
def account(workspace: Any) -> Channel:
    now = clock.now()
    return channel(
        workspace,
        "account",
        name="@teapot.example",
        last_good_at=now,
        last_heard_at=now,
        due_at=now + timedelta(hours=1),
    )


def test_all_is_well(as_olga: Client, account: Channel) -> None:
    beating("worker", "listener")
    words = text_of(as_olga.get(PATH))
    assert "All is well" in words
    assert "@teapot.example" in words
    assert "nothing waits" in words
    assert get(as_olga, PATH).forbidden == []


def test_what_needs_somebody_is_counted_and_told(as_olga: Client, workspace: Any, account: Channel) -> None:
    beating("worker")
    row = conversation_with(account, "My teapot leaks")
    stuck(row, "refused", "They have blocked you.")
    stuck(row, "unknown", "It may have been sent.", 1)
    channel_failed(account, "Bluesky does not answer.", disconnect=True, due_at=None)
    words = text_of(as_olga.get(PATH))
    # Two answers, the channel, and the listener that was never started.
    assert "4 things need you" in words
    for each in ("They have blocked you.", "Look on the network whether it stands there", "Connect it again."):
        assert each in words
    assert "The listener gives no sign of life" in words
    assert f"/inbox/{row.pk}/" in get(as_olga, PATH).links


def test_late_queues_and_silent_processes(as_olga: Client, workspace: Any, account: Channel) -> None:
    beating("worker", "listener")
    Heartbeat.objects.filter(name="worker").update(beat_at=clock.now() - timedelta(minutes=3))
    Channel.objects.within(workspace).update(due_at=clock.now() - timedelta(minutes=11))
    words = text_of(as_olga.get(PATH))
    assert "Channels to read: too long." in words
    assert "silent for" in words
    assert "3 things need you" in words


def test_a_model_that_cannot_read_is_told_to_who_may_mend_it(
    as_olga: Client, as_malik: Client, account: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beating("worker", "listener")
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", str(tmp_path / "nowhere"))
    words = text_of(as_olga.get(PATH))
    assert "1 thing needs you" in words
    assert "Until then Makegood reads by its rules alone." in words
    assert "reads by its rules" not in text_of(as_malik.get(PATH))
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", "off")
    assert "All is well" in text_of(as_olga.get(PATH))


def test_alerts_that_do_not_arrive(
    as_olga: Client, as_malik: Client, workspace: Any, olga: Any, account: Channel
) -> None:
    beating("worker", "listener")
    place = alerts.add_mail(workspace, olga, "olga@shop.example", "Olga")
    rows = AlertDestination.objects.within(workspace).filter(pk=place.pk)
    rows.update(last_error="The mail server cannot be reached.", last_error_at=clock.now())
    wish = alerts.Wish("Urgent", "urgent", {}, [place.pk])
    rule = alerts.save_rule(workspace, olga, wish)
    Alert.objects.create(workspace=workspace, destination=place, rule=rule, state="failed", send_after=clock.now())
    words = text_of(as_olga.get(PATH))
    assert "The mail server cannot be reached." in words
    assert "1 alert could not be delivered in the last 24 hours." in words
    assert "1 thing needs you" in words
    # Where alerts go is for those who look after channels.
    assert "mail server" not in text_of(as_malik.get(PATH))
    assert "All is well" in text_of(as_malik.get(PATH))


def test_who_sees_what(
    workspace: Any,
    as_olga: Client,
    as_malik: Client,
    as_vera: Client,
    as_sten: Client,
    as_nobody: Client,
    account: Channel,
) -> None:
    channel_failed(account, "Bluesky does not answer.", disconnect=False, due_at=None)
    stuck(conversation_with(account, "My teapot leaks"), "refused", "They have blocked you.")
    for browser in (as_olga, as_malik, as_vera):
        words = text_of(browser.get(PATH))
        assert "Bluesky does not answer." in words
        assert "They have blocked you." in words
    theirs = text_of(as_sten.get(PATH))
    assert "Bluesky" not in theirs
    assert "blocked" not in theirs
    assert "Processes" in text_of(as_olga.get(PATH))
    for browser in (as_malik, as_vera):
        assert "Processes" not in text_of(browser.get(PATH))
        assert "Waiting work" not in text_of(browser.get(PATH))
    assert as_nobody.get(PATH).status_code == 302
    assert as_olga.post(PATH).status_code == 405


@pytest.mark.parametrize("count", [3, 30])
def test_the_queries_do_not_grow(
    as_olga: Client, workspace: Any, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    place = channel(workspace, "account")
    bring(place, *[activity("My teapot leaks") for _ in range(count)])
    from makegood.desk.models import Conversation

    for row in Conversation.objects.within(workspace).select_related("latest"):
        stuck(row, "unknown", "It may have been sent.")
    for number in range(count):
        channel(workspace, "feed", network="feed", address=f"https://{number}.example")
    with django_assert_max_num_queries(38):
        answer = as_olga.get(PATH)
    shown = text_of(answer)
    assert ("the newest 20 of 30" in shown) is (count == 30)


def line(row: Any, verb: str, **data: Any) -> None:
    with transaction.atomic():
        journal.record(row.workspace_id, verb, row, **data)


def test_answers_whose_sending_was_cut_short_are_counted(workspace: Any, as_vera: Client, account: Channel) -> None:
    row = conversation_with(account, "My teapot leaks")
    line(row, "reply.sending", reply=1, attempt=1)
    line(row, "reply.sending", reply=2, attempt=1)
    line(row, "reply.postponed", reply=2, seconds=5)
    line(row, "reply.sending", reply=2, attempt=2)
    assert doing.interrupted_replies(workspace) == 0
    line(row, "reply.sending", reply=1, attempt=2)
    assert doing.interrupted_replies(workspace) == 1
    assert "1 answer of yours." in text_of(as_vera.get(PATH))


def test_leases_that_ran_out_are_counted(workspace: Any, account: Channel, as_olga: Client) -> None:
    rows = Channel.objects.within(workspace)
    assert jobs.claim(rows, seconds=60) == [account]
    assert jobs.claim(rows, seconds=60) == []
    assert jobs.lease_expiries() == {}
    rows.update(lease_until=clock.now() - timedelta(seconds=1))
    assert jobs.claim(rows, seconds=60) == [account]
    assert jobs.lease_expiries() == {"channel": 1}
    rows.update(lease_until=None)
    jobs.claim(rows, seconds=60)
    assert jobs.lease_expiries() == {"channel": 1}
    assert "1 × channels being read" in text_of(as_olga.get(PATH))


def test_it_is_found_from_settings_and_today(as_vera: Client, as_olga: Client) -> None:
    for path in ("/settings/", "/"):
        assert PATH in get(as_vera, path).links
    assert "/settings/alerts/" in get(as_olga, "/settings/").links
    assert "/settings/alerts/" not in get(as_vera, "/settings/").links
