"""What is changed or deleted where it was said is changed or deleted here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as some

from makegood.activity import Activity
from makegood.connectors import bluesky
from makegood.connectors.contract import Page, Trouble, Verdict
from makegood.jobs import api as jobs
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import flow, looking
from makegood.listen.channels import seal
from makegood.listen.flow import Hit
from makegood.listen.looking_rules import AGES, LIFE, next_look
from makegood.listen.models import Channel, Hearing, Mention
from makegood.listen.tests.make import activity, channel
from makegood.site import pipeline


class Network:
    """What the network says of each post when it is looked at."""

    def __init__(self) -> None:
        self.stands: dict[str, Activity] = {}
        self.gone: set[str] = set()
        self.trouble: Trouble | None = None
        self.asked: list[tuple[str, ...]] = []
        self.as_whom: list[str] = []

    async def look(self, credentials: Mapping[str, Any] | None, ids: Collection[str]) -> Page:
        self.as_whom.append((credentials or {}).get("account", ""))
        self.asked.append(tuple(ids))
        if self.trouble is not None:
            raise self.trouble
        found = tuple(self.stands[one] for one in ids if one in self.stands)
        return Page(activities=found, deleted=tuple(one for one in ids if one in self.gone))


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network()
    able = replace(bluesky.CONNECTOR, look=made.look)
    monkeypatch.setattr(looking, "connector", lambda _network: able)
    return made


def heard(where: Channel, post: Activity, *, due: bool = True) -> Mention:
    with transaction.atomic():
        flow.store(where, [Hit(post, "why", terms=(("acme", 0, 4),))])
    row = Mention.objects.within(where.workspace_id).get(network_id=post.id)
    if due:
        Mention.objects.within(where.workspace_id).filter(pk=row.pk).update(look_at=clock.now())
    return row


def edited(post: Activity, text: str, after: timedelta = timedelta(seconds=30)) -> Activity:
    return msgspec.structs.replace(post, text=text, edited_at=post.posted_at + after)


@pytest.mark.django_db
def test_a_young_post_is_looked_at_soon_and_then_less_often(workspace: Any) -> None:
    row = heard(channel(workspace), activity("Acme!"), due=False)
    assert row.look_at == row.posted_at + AGES[0]


@pytest.mark.django_db
def test_an_edit_changes_the_text_and_is_sorted_anew(workspace: Any, network: Network) -> None:
    post = activity("Acme is great")
    row = heard(channel(workspace), post)
    Mention.objects.within(workspace).update(state=Mention.State.SORTED)
    network.stands[post.id] = edited(post, "Acme broke my kettle")
    assert looking.look_again() == 1
    row.refresh_from_db()
    assert (row.text, row.state) == ("Acme broke my kettle", Mention.State.NEW)
    assert row.activity["text"] == "Acme broke my kettle"
    assert row.look_at is not None
    assert row.look_at > clock.now()
    assert Hearing.objects.within(workspace).get(mention=row).terms == [["acme", 0, 0]]
    assert Entry.objects.within(workspace).filter(verb="mention.edited").count() == 1


@pytest.mark.django_db
def test_an_older_version_that_comes_late_changes_nothing(workspace: Any, network: Network) -> None:
    post = activity("First")
    where = channel(workspace)
    heard(where, post)
    with transaction.atomic():
        flow.store(where, [Hit(edited(post, "Third", timedelta(minutes=2)), "why")])
        flow.store(where, [Hit(edited(post, "Second", timedelta(minutes=1)), "why")])
        flow.store(where, [Hit(post, "why")])
    assert Mention.objects.within(workspace).get().text == "Third"


@pytest.mark.django_db
def test_each_account_looks_at_what_it_heard(workspace: Any, network: Network) -> None:
    first, second = (channel(workspace, "account", secret=seal({"account": name})) for name in ("first", "second"))
    mine, theirs = activity("To the first in private"), activity("To the second in private")
    heard(first, mine)
    heard(second, theirs)
    looking.look_again()
    assert sorted(zip(network.as_whom, network.asked, strict=True)) == [
        ("first", (mine.id,)),
        ("second", (theirs.id,)),
    ]


@pytest.mark.django_db
def test_what_is_gone_there_is_gone_here(workspace: Any, network: Network) -> None:
    post = activity("Said in anger about Acme")
    heard(channel(workspace), post)
    network.gone.add(post.id)
    looking.look_again()
    row = Mention.objects.within(workspace).get()
    assert (row.text, row.activity, row.look_at) == ("", {}, None)
    assert row.deleted_at is not None
    assert looking.look_again() == 0


@pytest.mark.django_db
def test_what_one_workspace_may_not_see_stays_with_another(
    workspace: Any, other_workspace: Any, network: Network
) -> None:
    post = activity("Only for some")
    heard(channel(workspace), post)
    theirs = heard(channel(other_workspace), post, due=False)
    network.gone.add(post.id)
    looking.look_again()
    theirs.refresh_from_db()
    assert theirs.text == "Only for some"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "trouble",
    [Trouble(Verdict.WAIT, "Slow down.", retry_after=90.0), Trouble(Verdict.RETRY, "Down."), Trouble(Verdict.BUG, "?")],
)
def test_trouble_deletes_nothing_and_is_tried_again(workspace: Any, network: Network, trouble: Trouble) -> None:
    post = activity("Still here")
    row = heard(channel(workspace), post)
    network.trouble = trouble
    looking.look_again()
    row.refresh_from_db()
    assert row.text == "Still here"
    assert row.look_at is not None
    wait = (row.look_at - clock.now()).total_seconds()
    assert wait == pytest.approx(trouble.retry_after or 900, abs=30)


@pytest.mark.django_db
def test_neither_told_of_nor_gone_is_left_as_it_is(workspace: Any, network: Network) -> None:
    row = heard(channel(workspace), activity("Hidden for a while"))
    looking.look_again()
    row.refresh_from_db()
    assert row.text == "Hidden for a while"


@given(
    age=some.timedeltas(min_value=timedelta(0), max_value=timedelta(days=60)),
    posted=some.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1)),
)
def test_each_look_is_later_and_deletions_are_seen_within_a_day(age: timedelta, posted: datetime) -> None:
    said = posted.replace(tzinfo=UTC)
    now = said + age
    following = next_look(said, now)
    if age >= LIFE:
        assert following is None
    else:
        assert following is not None
        assert now < following <= now + timedelta(hours=24)


@pytest.mark.django_db
def test_a_flood_is_looked_at_a_turn_at_a_time(
    workspace: Any, network: Network, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(looking, "AT_ONCE", 2)
    monkeypatch.setattr(looking, "TURN_SECONDS", 0.0)
    where = channel(workspace)
    for number in range(5):
        heard(where, activity(f"My parcel number {number} is lost"))
    turns = []
    for _turn in range(4):
        jobs.queue.storage.flush_all()
        with django_capture_on_commit_callbacks(execute=True):
            count = looking.look_again()
        turns.append((count, [task.args[0] for task in jobs.queue.pending()]))
    jobs.queue.storage.flush_all()
    assert turns == [(2, ["looks"]), (2, ["looks"]), (1, ["looks"]), (0, [])]
    assert pipeline.STEPS["looks"] is pipeline.look_again
    assert len({one for lot in network.asked for one in lot}) == 5
