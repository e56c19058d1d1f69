"""Reading shops and processors: page after page, and nothing is lost when it is cut."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.identify import api as identify
from makegood.identify import reading, storing
from makegood.identify.models import Charge, Order, Source
from makegood.identify.reading import fetch, pause_after, read_due
from makegood.identify.sources import note_problems
from makegood.identify.tests.scene import connect, held_orders
from makegood.identify.tests.world import BASE, order, payment, refund, world
from makegood.journal.api import Entry
from makegood.kit import clock

pytestmark = pytest.mark.django_db


def fresh(source: Source) -> Source:
    return Source.objects.within(source.workspace_id).get(pk=source.pk)


def due_now(source: Source) -> None:
    Source.objects.within(source.workspace_id).filter(pk=source.pk).update(due_at=clock.now())


def verbs(workspace: Any) -> list[str]:
    return list(Entry.objects.within(workspace).order_by("id").values_list("verb", flat=True))


def test_all_of_it_is_read_page_after_page_and_then_only_what_is_new(workspace: Any, shop: Source) -> None:
    world.changes = [order(number) for number in range(1001, 1006)]
    assert read_due() == 3
    assert sorted(held_orders(workspace)) == [f"o{number}" for number in range(1001, 1006)]
    after = fresh(shop)
    assert (after.cursor, after.state, after.failures) == ({"at": 5}, "working", 0)
    assert after.caught_up_at is not None
    assert after.lease_until is None
    assert after.due_at is not None
    assert timedelta(seconds=200) < after.due_at - clock.now() <= timedelta(seconds=300)
    world.changes.append(order(1006))
    assert read_due() == 0, "its time has not come"
    due_now(shop)
    assert read_due() == 1
    assert world.asked[-1] == ("read", {"at": 5})
    assert len(held_orders(workspace)) == 6
    assert verbs(workspace).count("source.caught_up") == 1


def test_a_crash_between_pages_loses_nothing_and_repeats_nothing(
    workspace: Any, shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.changes = [order(number) for number in range(1001, 1006)]
    real, calls = storing._store_parts, []

    def breaks(*args: Any) -> None:
        real(*args)
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("power cut")

    monkeypatch.setattr(storing, "_store_parts", breaks)
    assert read_due() == 1
    assert fresh(shop).cursor == {"at": 2}, "the second page went with its transaction"
    assert len(held_orders(workspace)) == 2
    due_now(shop)
    assert read_due() == 2
    assert sorted(held_orders(workspace)) == [f"o{number}" for number in range(1001, 1006)]


def test_a_worker_that_never_came_back_is_followed_by_another(workspace: Any, shop: Source) -> None:
    world.changes = [order(1001)]
    (lost,) = reading._claim()
    assert reading._claim() == []
    Source.objects.within(workspace).update(lease_until=clock.now())
    assert read_due() == 1
    # The first one wakes up after all: what it brings is not written over what has been read since.
    (late,) = reading.ask_all([lost])
    assert not isinstance(late.page, Trouble)
    assert not reading.keep_page(late, late.page)


@pytest.mark.parametrize("what", ["paused", "removed"])
def test_what_comes_after_a_pause_is_not_kept_and_comes_again(
    workspace: Any, shop: Source, olga: Any, what: str
) -> None:
    world.changes = [order(1001)]
    (row,) = reading._claim()
    (asked,) = reading.ask_all([row])
    (identify.pause_source if what == "paused" else identify.remove_source)(shop, olga)
    assert not isinstance(asked.page, Trouble)
    assert not reading.keep_page(asked, asked.page)
    assert held_orders(workspace) == {}
    assert read_due() == 0
    if what == "paused":
        identify.resume_source(shop, olga)
    else:
        connect(workspace)
    assert read_due() == 1
    assert list(held_orders(workspace)) == ["o1001"]


@pytest.mark.parametrize(
    ("verdict", "state", "after"),
    [
        (Verdict.RETRY, "trouble", (8, 12)),
        (Verdict.WAIT, "trouble", (89, 90)),
        (Verdict.BUG, "trouble", (8, 12)),
        (Verdict.DISCONNECT, "disconnected", None),
    ],
)
def test_trouble_is_told_once_and_tried_again_later(
    workspace: Any, shop: Source, verdict: Verdict, state: str, after: tuple[int, int] | None
) -> None:
    world.changes = [order(1001)]
    wait = 90.0 if verdict is Verdict.WAIT else None
    world.troubles = [Trouble(verdict, "The shop is away.", retry_after=wait) for _ in range(2)]
    assert read_due() == 0
    row = fresh(shop)
    assert (row.state, row.last_error, row.failures, row.lease_until) == (state, "The shop is away.", 1, None)
    assert row.cursor == {}
    due_now(shop)
    if after is None:
        assert read_due() == 0
        assert len(world.asked) == 2, "nobody asks a shop that has turned us out: connect, one reading"
        return
    assert row.due_at is not None
    assert after[0] - 2 <= (row.due_at - clock.now()).total_seconds() <= after[1]
    read_due()
    due_now(shop)
    assert read_due() == 1
    assert (fresh(shop).state, fresh(shop).failures, fresh(shop).last_error) == ("working", 0, "")
    told = [verb for verb in verbs(workspace) if verb in ("source.trouble", "source.recovered")]
    assert told == ["source.trouble", "source.recovered"]


def test_what_makes_no_sense_is_trouble_and_no_crash(workspace: Any, shop: Source, payments: Source) -> None:
    world.troubles = [ValueError("?")]
    assert read_due() == 1, "the other one was read"
    states = sorted(Source.objects.within(workspace).values_list("state", flat=True))
    assert states == ["trouble", "working"]


def test_each_failure_in_a_row_waits_longer_up_to_half_an_hour() -> None:
    trouble = Trouble(Verdict.RETRY, "The shop does not answer.")
    waits = [pause_after(trouble, failures).total_seconds() for failures in range(20)]
    assert 8 <= waits[0] <= 12
    assert all(8 * 2**n <= waits[n] <= 12 * 2**n for n in range(7))
    assert max(waits) <= 1800 * 1.2


def test_renewed_credentials_are_kept_and_what_a_member_changed_meanwhile_too(
    workspace: Any, shop: Source, olga: Any
) -> None:
    world.changes = [order(1001)]
    world.renewed = {"key": "right", "webhook_secret": "whsec", "token": "new"}

    (row,) = reading._claim()
    (asked,) = reading.ask_all([row])
    identify.keep_credentials(shop, {**identify.credentials_of(shop), "webhook_secret": "changed"})
    assert not isinstance(asked.page, Trouble)
    assert reading.keep_page(asked, asked.page)
    kept = identify.credentials_of(fresh(shop))
    assert (kept["token"], kept["webhook_secret"]) == ("new", "changed")


def test_what_could_not_be_read_is_noted_once_with_how_often(workspace: Any, shop: Source) -> None:
    world.problems = ("Order 7 has no currency.",)
    read_due()
    due_now(shop)
    read_due()
    ((sentence, count, _last),) = fresh(shop).problems
    assert (sentence, count) == ("Order 7 has no currency.", 2)
    many = note_problems([], [f"Problem {n}" for n in range(50)], clock.now())
    assert [row[0] for row in many] == [f"Problem {n}" for n in range(30, 50)]


def test_fetching_asks_for_the_rows_that_are_wanted_now(workspace: Any, payments: Source) -> None:
    world.changes = [payment("ch1"), payment("ch2", minutes=4000, state="pending"), refund("re1", "ch1")]
    identify.refresh_charges(payments, ["ch1", "ch2"])
    assert world.asked[-1] == ("fetch", ("ch1", "ch2"))
    rows = dict(Charge.objects.within(workspace).values_list("external_id", "state"))
    assert rows == {"ch1": "paid", "ch2": "pending"}
    world.troubles = [Trouble(Verdict.RETRY, "Away.")]
    with pytest.raises(Trouble):
        identify.refresh_charges(payments, ["ch1"])


def test_an_order_that_the_shop_deleted_is_marked_and_comes_back_when_it_does(workspace: Any, shop: Source) -> None:
    world.changes = [order(1001)]
    read_due()
    world.changes = []
    fetch(shop, ["o1001"])
    row = Order.objects.within(workspace).get()
    assert row.gone_at is not None
    world.changes = [order(1001)]
    fetch(shop, ["o1001"])
    assert Order.objects.within(workspace).get().gone_at is None
    assert row.placed_at == BASE
