"""Answers for later: at the moment that was chosen, and not when something has changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Connector
from makegood.desk.models import Conversation, Notice
from makegood.desk.tests.make import bring
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import flow as listening
from makegood.listen.models import Channel
from makegood.listen.tests.make import activity
from makegood.reply import flow, outbox, planning
from makegood.reply.flow import ReplyError
from makegood.reply.models import Reply
from makegood.reply.tests import testnet
from makegood.reply.tests.conftest import COMPLAINT

pytestmark = pytest.mark.django_db

Sent = Callable[..., Reply]
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday


def later(hours: float = 3) -> datetime:
    return clock.now() + timedelta(hours=hours)


def test_presets_are_on_the_clocks_of_the_shop() -> None:
    found = {one.name: one.at.astimezone(UTC).isoformat() for one in planning.presets("America/New_York", NOON)}
    assert found == {
        "hour": "2026-11-20T13:00:00+00:00",
        "tomorrow": "2026-11-21T14:00:00+00:00",
        "monday": "2026-11-23T14:00:00+00:00",
    }
    sunday = NOON + timedelta(days=2)
    assert [one.name for one in planning.presets("UTC", sunday)] == ["hour", "tomorrow"], "tomorrow is Monday"


@pytest.mark.parametrize(
    ("zone", "said", "found"),
    [
        ("Europe/Berlin", "2026-11-21T09:30", "2026-11-21T08:30:00+00:00"),
        ("Asia/Kolkata", "2026-11-21T09:30", "2026-11-21T04:00:00+00:00"),
        ("Europe/Berlin", "2026-11-21T09:30+00:00", "2026-11-21T09:30:00+00:00"),
        ("Europe/Berlin", "tomorrow", "2026-11-21T08:00:00+00:00"),
    ],
)
def test_a_moment_is_read_on_the_clocks_of_the_shop(zone: str, said: str, found: str) -> None:
    assert planning.moment(said, zone, NOON).isoformat() == found


@pytest.mark.parametrize("day", [datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)])
def test_the_night_the_clocks_change_loses_nobodys_morning(day: datetime) -> None:
    at = planning.moment("tomorrow", "Europe/Berlin", day)
    assert at.utcoffset() == timedelta(0)
    assert at.hour == (7 if day.month == 3 else 8)
    assert planning.moment("2026-03-29T02:30", "Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC)) is not None


@pytest.mark.parametrize(
    ("said", "sentence"),
    [("", "Choose a day"), ("soon", "Choose a day"), ("2026-11-20T11:59", "is over"), ("2027-11-20T12:00", "90 days")],
)
def test_what_is_no_moment_is_refused_with_a_sentence(said: str, sentence: str) -> None:
    with pytest.raises(ReplyError, match=sentence):
        planning.moment(said, "UTC", NOON)


def test_it_goes_out_at_the_moment_and_not_before(talk: Conversation, malik: Any, sent: Sent) -> None:
    row = flow.queue(talk, malik, "We are sorry!", send_at=later())
    assert (row.scheduled, row.state) == (True, "queued")
    outbox.send_due()
    assert testnet.writes == []
    assert sent(row).state == "sent"
    verbs = Entry.objects.within(talk.workspace_id).filter(verb__startswith="reply.").order_by("id")
    assert [one.verb for one in verbs] == ["reply.planned", "reply.sending", "reply.sent"]


def test_it_can_be_taken_back_until_it_goes(talk: Conversation, malik: Any, sent: Sent) -> None:
    row = flow.queue(talk, malik, "We are sorry!", send_at=later())
    assert flow.undo(row, malik)
    assert sent(row).state == "withdrawn"
    assert testnet.writes == []


def test_it_can_be_moved_until_it_goes(talk: Conversation, malik: Any, sent: Sent) -> None:
    row = flow.queue(talk, malik, "We are sorry!", send_at=later())
    moved = later(9)
    assert planning.replan(row, malik, moved)
    row.refresh_from_db()
    assert (row.send_after, row.scheduled) == (moved, True)
    sent(row)
    assert not planning.replan(row, malik, later()), "too late"
    assert not planning.send_now(row, malik)


@pytest.fixture
def written_again(account: Channel, malik: Any) -> Reply:
    """A planned answer whose customer has written again."""
    who = {"who": "did:plc:ada", "network": "testnet"}
    (talk,) = bring(account, activity(COMPLAINT, id="first", **who))
    row = flow.queue(talk, malik, "We are sorry!", send_at=later())
    bring(account, activity("It is here! Thank you", id="second", root_id="first", **who))
    return row


def test_when_they_write_again_it_is_held_and_a_person_is_asked(written_again: Reply, malik: Any, sent: Sent) -> None:
    row = sent(written_again)
    assert (row.state, row.attempt, testnet.writes) == ("held", 0, [])
    assert "written again" in row.sentence
    notice = Notice.objects.within(row.workspace_id).get(user=malik)
    assert notice.kind == "held"
    assert sent(row).state == "held", "it stays held"


def test_held_it_can_be_sent_all_the_same_to_their_newest_words(written_again: Reply, malik: Any, sent: Sent) -> None:
    row = sent(written_again)
    row = Reply.objects.within(row.workspace_id).select_related("conversation__latest", "conversation__workspace").get()
    assert planning.send_now(row, malik)
    assert sent(row).state == "sent"
    assert next(iter(testnet.drafts.values())).parent_id == "second"


def test_held_it_can_be_planned_anew_and_taken_back(written_again: Reply, malik: Any, sent: Sent) -> None:
    row = sent(written_again)
    row = Reply.objects.within(row.workspace_id).select_related("conversation__latest", "conversation__workspace").get()
    assert planning.replan(row, malik, later())
    row.refresh_from_db()
    assert (row.state, row.sentence) == ("queued", "")
    assert flow.undo(row, malik)


def test_when_they_delete_their_post_it_is_held(talk: Conversation, malik: Any, sent: Sent) -> None:
    row = flow.queue(talk, malik, "We are sorry!", send_at=later())
    listening.forget([talk.latest.network_id])
    assert sent(row).state == "held"
    assert "deleted their post" in row.sentence
    assert testnet.writes == []


def test_past_the_window_it_cannot_be_planned_nor_sent(
    talk: Conversation, malik: Any, sent: Sent, network: Callable[[Connector], None]
) -> None:
    network(testnet.STRICT)
    with pytest.raises(ReplyError, match="too late"):
        flow.queue(talk, malik, "We are sorry!", send_at=later(48))
    row = flow.queue(talk, malik, "We are sorry!", send_at=later(3))
    with pytest.raises(ReplyError, match="too late"):
        planning.replan(row, malik, later(48))
    talk.latest.posted_at = clock.now() - timedelta(hours=30)
    talk.latest.save()
    assert sent(row).state == "held"
    assert "was over" in row.sentence


def test_all_parts_of_a_planned_answer_wait(
    talk: Conversation, malik: Any, sent: Sent, network: Callable[[Connector], None]
) -> None:
    network(testnet.ABLE)
    row = flow.queue(talk, malik, "We are so sorry about it. A new one leaves today.", send_at=later())
    outbox.send_due()
    assert testnet.writes == []
    sent(row)
    assert len(testnet.said()) == 2
