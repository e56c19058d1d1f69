"""Following threads in the database: figures with their moments, one warning, and what becomes urgent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from makegood.activity import Author, Counts, Visibility
from makegood.connectors.contract import Page, Trouble, Verdict
from makegood.desk.models import Conversation
from makegood.desk.tests.make import bring, conversation_with
from makegood.desk.travelling import heed_travelling
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen.tests.make import activity, channel
from makegood.triage import api as triage
from makegood.triage.models import Assessment
from makegood.triage.reach.flow import note_counts, peers_of, watch_reach
from makegood.triage.reach.models import Snapshot, Spread
from makegood.triage.reach.reading import reach_of

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = clock.now()

    def now(self) -> datetime:
        return self.at

    def passes(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    monkeypatch.setattr(clock, "now", found.now)
    return found


@pytest.fixture
def stream(workspace: Any) -> listen.Channel:
    return channel(workspace)


def said(stream: listen.Channel, text: str = COMPLAINT, **fields: Any) -> Conversation:
    return conversation_with(stream, text, posted_at=clock.now(), **fields)


def counted(row: Conversation, replies: int, reposts: int = 0, likes: int = 0) -> None:
    mention = row.latest
    counts = Counts(replies=replies, reposts=reposts, likes=likes)
    with transaction.atomic():
        note_counts(row.workspace_id, [activity(mention.text, id=mention.network_id, counts=counts)])


def spread_of(row: Conversation) -> Spread:
    return Spread.objects.within(row.workspace_id).get(mention=row.latest)


def test_young_public_posts_of_others_are_followed(workspace: Any, stream: listen.Channel) -> None:
    row = said(stream)
    said(stream, visibility=Visibility.DIRECT)
    conversation_with(stream, COMPLAINT, posted_at=clock.now() - timedelta(hours=49))
    account = channel(workspace, "account", address="did:plc:us")
    bring(account, activity("We are sorry", who="did:plc:us", posted_at=clock.now()))
    found = Spread.objects.within(workspace).get()
    assert (found.mention, found.thread_id, found.seen_at) == (row.latest, row.thread_id, None)
    assert found.look_at is not None
    assert found.look_at <= clock.now() + timedelta(minutes=15)


def test_what_was_counted_as_it_was_heard_is_the_first_snapshot(workspace: Any, stream: listen.Channel) -> None:
    row = said(stream, counts=Counts(replies=2, reposts=1, likes=9))
    found = spread_of(row)
    assert (found.replies, found.reposts, found.likes, found.voices) == (2, 1, 9, 3)
    assert Snapshot.objects.within(workspace).get().voices == 3


def test_a_thread_is_followed_once(workspace: Any, stream: listen.Channel) -> None:
    first = said(stream, who="did:plc:ann")
    said(stream, "Me too, mine never came", root_id=first.thread_id, parent_id=first.thread_id)
    assert Spread.objects.within(workspace).count() == 1


def test_snapshots_are_kept_apart_and_the_newest_figures_always(moment: Time, stream: listen.Channel) -> None:
    row = said(stream)
    for replies in (1, 2, 3):
        counted(row, replies)
        moment.passes(minutes=2)
    found = spread_of(row)
    assert (found.voices, found.snapshots.count()) == (3, 1)
    moment.passes(minutes=5)
    counted(row, 4)
    assert [each.voices for each in found.snapshots.order_by("at")] == [1, 4]
    moment.passes(minutes=30)
    counted(row, 4)
    assert found.snapshots.count() == 2
    moment.passes(minutes=60)
    counted(row, 4)
    assert found.snapshots.count() == 3


def test_it_warns_once_says_why_and_is_urgent(moment: Time, workspace: Any, stream: listen.Channel) -> None:
    row = said(stream)
    moment.passes(minutes=20)
    counted(row, 20, 8)
    assert spread_of(row).warned_at is None
    moment.passes(minutes=20)
    counted(row, 40, 20)
    moment.passes(minutes=20)
    counted(row, 80, 40)
    found = spread_of(row)
    assert found.warned_because == "It travels fast: 60 answers and reshares in 40 minutes."
    line = Entry.objects.within(workspace).get(verb="mention.travelling")
    assert (line.subject, line.data["voices"], line.data["peers"]) == (f"mention:{row.latest_id}", 60, 0)
    read = Assessment.objects.within(workspace).get()
    assert (read.urgency, read.urgency_reason) == ("now", found.warned_because)
    assert heed_travelling() == 1
    assert heed_travelling() == 0
    row.refresh_from_db()
    assert row.urgency == "now"
    assert Entry.objects.within(workspace).get(verb="conversation.travelling").data["because"] == found.warned_because


def test_peers_are_compared_at_the_same_age(moment: Time, workspace: Any, stream: listen.Channel) -> None:
    others = [said(stream) for _ in range(10)]
    moment.passes(minutes=30)
    for row in others:
        counted(row, 40)
    moment.passes(hours=5)
    for row in others:
        counted(row, 4000)
    mine = said(stream)
    moment.passes(minutes=45)
    counted(mine, 45)
    found = spread_of(mine)
    assert peers_of(found, timedelta(minutes=45)) == [40] * 10
    assert found.warned_at is None
    moment.passes(minutes=10)
    counted(mine, 400)
    found.refresh_from_db()
    assert found.warned_because.endswith("where 40 is usual (beside 10 other threads).")


def test_with_few_of_its_network_all_networks_are_peers(moment: Time, workspace: Any, stream: listen.Channel) -> None:
    elsewhere = channel(workspace, "feed", network="feed", address="feed")
    for number in range(9):
        row = said(elsewhere if number else stream)
        moment.passes(seconds=1)
        Spread.objects.within(workspace).filter(mention=row.latest).update(seen_at=clock.now(), voices=3)
        found = spread_of(row)
        Snapshot.objects.create(workspace=workspace, spread=found, at=clock.now(), age_seconds=1, voices=3)
    moment.passes(hours=1)
    mine = spread_of(said(stream))
    assert len(peers_of(mine, timedelta(minutes=30))) == 9


def test_nobody_elses_threads_are_peers(moment: Time, workspace: Any, other_workspace: Any) -> None:
    theirs, ours = channel(other_workspace), channel(workspace)
    for _ in range(9):
        counted(said(theirs), 5)
    moment.passes(hours=1)
    assert peers_of(spread_of(said(ours)), timedelta(minutes=1)) == []


@pytest.mark.parametrize("change", [{"intent": "praise"}, {"flags": ["spam"]}])
def test_praise_and_spam_are_told_but_not_urgent(
    moment: Time, workspace: Any, stream: listen.Channel, change: dict[str, Any]
) -> None:
    row = said(stream)
    Assessment.objects.within(workspace).update(urgency="whenever", **change)
    moment.passes(minutes=10)
    counted(row, 50)
    assert spread_of(row).warned_at is not None
    assert Assessment.objects.within(workspace).get().urgency == "whenever"


def test_what_a_member_let_stand_stays_so(moment: Time, workspace: Any, stream: listen.Channel, malik: Any) -> None:
    row = said(stream)
    with transaction.atomic():
        triage.decide(row.latest, triage.Response.LET_STAND, malik)
    Assessment.objects.within(workspace).update(urgency="never")
    moment.passes(minutes=10)
    counted(row, 50)
    assert Assessment.objects.within(workspace).get().urgency == "never"


def test_what_is_old_or_unknown_never_warns(moment: Time, workspace: Any, stream: listen.Channel) -> None:
    row = said(stream)
    moment.passes(hours=49)
    counted(row, 5000)
    assert spread_of(row).warned_at is None
    assert spread_of(row).voices == 5000
    assert note_counts(workspace.pk, [activity("never heard of", counts=Counts(replies=900))]) == 0
    assert note_counts(workspace.pk, [activity("not counted")]) == 0


def test_the_step_asks_about_what_is_due_and_plans_on(
    moment: Time, workspace: Any, stream: listen.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = said(stream, revision="r1")
    asked: list[Any] = []

    def look_at(workspace_id: int, network: str, ids: dict[str, str]) -> Page:
        asked.append((workspace_id, network, ids))
        counts = Counts(replies=3, reposts=2, likes=1)
        return Page(activities=(activity(row.latest.text, id=row.latest.network_id, counts=counts),))

    monkeypatch.setattr("makegood.triage.reach.flow.listen.look_at", look_at)
    assert watch_reach() == 0
    moment.passes(minutes=11)
    assert watch_reach() == 1
    assert asked == [(workspace.pk, "bluesky", {row.latest.network_id: "r1"})]
    found = spread_of(row)
    assert found.voices == 5
    assert found.look_at == found.began_at + timedelta(minutes=30)
    moment.passes(hours=60)
    assert watch_reach() == 1
    assert spread_of(row).look_at is None
    assert watch_reach() == 0


def test_a_network_in_trouble_is_asked_later(
    moment: Time, stream: listen.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = said(stream)
    trouble = Trouble(Verdict.WAIT, "Slow down.", retry_after=90)
    monkeypatch.setattr("makegood.triage.reach.flow.listen.look_at", lambda *_: trouble)
    moment.passes(minutes=11)
    assert watch_reach() == 1
    assert spread_of(row).look_at == clock.now() + timedelta(seconds=90)


def test_nobody_is_asked_about_what_was_deleted(
    moment: Time, workspace: Any, stream: listen.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = said(stream)
    listen.Mention.objects.within(workspace).update(deleted_at=clock.now(), text="", activity={})
    monkeypatch.setattr("makegood.triage.reach.flow.listen.look_at", lambda *_: pytest.fail("it is gone"))
    moment.passes(minutes=11)
    assert watch_reach() == 1
    assert spread_of(row).look_at is None


def test_the_page_has_each_figure_with_its_moment(moment: Time, workspace: Any, stream: listen.Channel) -> None:
    conversation_with(stream, COMPLAINT, who="did:plc:ann", posted_at=clock.now() - timedelta(days=3))
    conversation_with(stream, "Love my Teapot", who="did:plc:ann", posted_at=clock.now() - timedelta(days=2))
    kind = Assessment.objects.within(workspace).filter(mention__text=COMPLAINT)
    kind.update(intent="complaint")
    moment.passes(minutes=1)
    row = said(stream, who="did:plc:ann")
    mention = row.latest
    who = Author(id="did:plc:ann", name="Ann, Reporter", followers=1200, verified="Bluesky")
    mention.activity |= {"author": {"id": who.id, "name": who.name, "followers": 1200, "verified": who.verified}}
    mention.save(update_fields=["activity"])
    moment.passes(minutes=30)
    counted(row, 6, 2, 11)
    found = reach_of(mention)
    assert (found.followers, found.followers_at) == (1200, mention.heard_at)
    assert (found.verified, found.press) == ("Bluesky", ("reporter",))
    assert (found.earlier.posts, found.earlier.complaints) == (2, 1)
    assert found.spread is not None
    assert found.pace is not None
    assert (found.spread.seen_at, found.pace.voices, found.an_hour) == (clock.now(), 8, 8)
    newer = reach_of(mention, 1500, clock.now())
    assert (newer.followers, newer.followers_at) == (1500, clock.now())


def test_an_erased_author_leaves_no_trace_here(workspace: Any, stream: listen.Channel) -> None:
    row = said(stream)
    with transaction.atomic():
        listen.erase_authors(workspace.pk, [("bluesky", row.author_id)], None)
    row.latest.refresh_from_db()
    found = reach_of(row.latest)
    assert (found.followers, found.verified, found.press) == (None, "", ())


def test_reading_asks_as_often_for_many_as_for_few(moment: Time, workspace: Any, stream: listen.Channel) -> None:
    def queries(threads: int) -> int:
        for _ in range(threads):
            counted(said(stream), 3)
        moment.passes(hours=1)
        row = said(stream)
        moment.passes(minutes=10)
        counted(row, 12)
        with CaptureQueriesContext(connection) as caught:
            reach_of(row.latest)
        return len(caught)

    few = queries(3)
    assert queries(30) <= few <= 8
