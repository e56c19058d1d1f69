"""Rules about shops and processors: trouble that lasts, what worked in between, what is said, what would have been."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from makegood.alerts import api as alerts
from makegood.alerts.api import AlertDestination, AlertRule
from makegood.alerts.finding import find_new, watch_channels
from makegood.alerts.models import Firing
from makegood.alerts.outbox import send_due
from makegood.alerts.tests.places import Letters
from makegood.alerts.tests.telling import body_of, subject_of
from makegood.identify.models import Source
from makegood.identify.sources import source_failed
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.tests.make import channel

pytestmark = pytest.mark.django_db
MakeRule = Callable[..., AlertRule]
Later = Callable[..., Any]


def source(workspace: Any, **fields: Any) -> Source:
    now = clock.now()
    number = Source.objects.across("each gets a name of its own").count()
    facts = {"side": "shop", "kind": "vendure", "name": "Teapots", "address": f"shop{number}", "hook": f"hook{number}"}
    return Source.objects.create(
        workspace=workspace, **{**facts, "last_good_at": now, "caught_up_at": now, "due_at": None, **fields}
    )


@pytest.fixture
def shop(workspace: Any) -> Source:
    return source(workspace)


def fails(row: Source, sentence: str = "The shop does not answer.", *, disconnect: bool = False) -> None:
    source_failed(
        Source.objects.within(row.workspace_id).get(pk=row.pk), sentence, disconnect=disconnect, due_at=clock.now()
    )


def fired() -> list[Firing]:
    return list(Firing.objects.across("every firing there is").order_by("id"))


def test_trouble_that_lasts_is_told_once(
    shop: Source, mail_place: AlertDestination, make_rule: MakeRule, later: Later
) -> None:
    make_rule("source", mail_place, parameters={"minutes": 30}, repeat_minutes=1440)
    fails(shop)
    later(minutes=29)
    fails(shop)
    assert watch_channels() == 0
    later(minutes=2)
    fails(shop)
    assert watch_channels() == 1
    later(minutes=30)
    assert watch_channels() == 0
    [firing] = fired()
    assert (firing.reason, firing.source_id, firing.channel_id, firing.subject) == (
        "The shop does not answer.",
        shop.pk,
        None,
        f"source:{shop.pk}",
    )
    assert find_new() == 0, "the journal's line of it is not told besides"


def test_new_trouble_after_it_has_worked_is_told_again(
    shop: Source, mail_place: AlertDestination, make_rule: MakeRule, later: Later
) -> None:
    make_rule("source", mail_place, parameters={"minutes": 0}, repeat_minutes=1440)
    fails(shop)
    assert watch_channels() == 1
    Source.objects.within(shop.workspace_id).update(state="working", last_good_at=later(minutes=5), last_error="")
    assert watch_channels() == 0
    fails(shop)
    later(minutes=1)
    assert watch_channels() == 1


def test_a_disconnected_one_is_told_at_once(shop: Source, mail_place: AlertDestination, make_rule: MakeRule) -> None:
    make_rule("source", mail_place, parameters={"minutes": 1440})
    fails(shop, "The key was taken back.", disconnect=True)
    assert watch_channels() == 1
    assert fired()[0].reason == "The key was taken back."


def test_one_that_nobody_reads_though_it_is_due_is_in_trouble(
    shop: Source, mail_place: AlertDestination, make_rule: MakeRule, later: Later
) -> None:
    """The worker stands still: what the row last said of itself counts for nothing."""
    make_rule("source", mail_place)
    Source.objects.within(shop.workspace_id).update(due_at=clock.now())
    later(minutes=31)
    assert watch_channels() == 1
    assert "Not read for a while" in fired()[0].reason


def test_paused_removed_and_others_are_left_out(
    workspace: Any, other_workspace: Any, mail_place: AlertDestination, make_rule: MakeRule
) -> None:
    make_rule("source", mail_place, parameters={"minutes": 0})
    source(workspace, state="paused")
    source(workspace, state="disconnected", removed_at=clock.now())
    source(other_workspace, state="disconnected", last_error="No.")
    assert watch_channels() == 0


def test_each_rule_looks_at_its_own(
    workspace: Any, shop: Source, mail_place: AlertDestination, make_rule: MakeRule
) -> None:
    make_rule("channel", mail_place, parameters={"minutes": 0})
    fails(shop, disconnect=True)
    assert watch_channels() == 0
    row = channel(workspace, "account", state="disconnected", last_error="Sign in again.")
    make_rule("source", mail_place, parameters={"minutes": 0})
    assert watch_channels() == 2
    assert {(each.channel_id, each.source_id) for each in fired()} == {(row.pk, None), (None, shop.pk)}


def test_the_message_names_it_and_leads_to_its_page(
    shop: Source, mail_place: AlertDestination, make_rule: MakeRule, post: Letters
) -> None:
    make_rule("source", mail_place)
    fails(shop, "The key was taken back.", disconnect=True)
    watch_channels()
    assert send_due() == 1
    [letter] = post.got
    assert "Teapots" in subject_of(letter)
    assert "The key was taken back." in body_of(letter)
    assert f"/sources/{shop.pk}/" in body_of(letter)


def test_what_it_would_have_told(shop: Source, mail_place: AlertDestination, make_rule: MakeRule) -> None:
    rule = make_rule("source", mail_place, parameters={"minutes": 30})
    now = clock.now()

    def line(verb: str, minutes: int, **data: Any) -> None:
        Entry.objects.create(
            workspace_id=shop.workspace_id,
            verb=verb,
            subject=f"source:{shop.pk}",
            at=now - timedelta(minutes=minutes),
            data=data,
        )

    line("source.trouble", 600, sentence="For long.")
    line("source.recovered", 500)
    line("source.trouble", 400, sentence="For a moment.")
    line("source.recovered", 395)
    seen = alerts.preview(rule)
    assert seen.count == 1
    assert [(each.who, each.reason) for each in seen.shown] == [("Teapots", "For long.")]


@pytest.mark.parametrize("count", [3, 30])
def test_however_many_there_are_it_asks_as_often(
    workspace: Any,
    mail_place: AlertDestination,
    make_rule: MakeRule,
    count: int,
    django_assert_max_num_queries: Any,
) -> None:
    make_rule("source", mail_place, parameters={"minutes": 0})
    for _ in range(count):
        source(workspace, state="disconnected", last_error="No.")
    with django_assert_max_num_queries(12):
        assert watch_channels() == count
