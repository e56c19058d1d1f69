"""Returns: number, label, by when, and the money that follows the parcel."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from makegood.kit import clock
from makegood.resolve import codes, doing, paying, returns, saying
from makegood.resolve.models import Refund, Remedy, ReturnCase, ReturnPolicy
from makegood.resolve.rules import ResolveError
from makegood.resolve.tests.authority_scene import approve, join
from makegood.resolve.tests.doing_scene import Doing
from makegood.resolve.tests.till import Till

pytestmark = pytest.mark.django_db
WORDS = "Send it with {number} by {date}, please."


@pytest.fixture
def shop(doing_shop: Doing, till: Till) -> Doing:
    return doing_shop


def paid(shop: Doing, till: Till, amount: int = 9000) -> Any:
    """A payment at the processor, and its order."""
    from makegood.identify.models import Source

    order = shop.order(delivered_at=clock.now() - timedelta(days=2))
    source, _new = Source.objects.get_or_create(
        workspace=shop.workspace, side="payments", kind="till", name="till", address="till", hook="till-hook"
    )
    charge = shop.charge(order, amount)
    made = till.pay(charge.external_id, amount, "EUR")
    type(charge).objects.filter(pk=charge.pk).update(source=source, at=made.at)
    charge.refresh_from_db()
    return charge


def opened(shop: Doing, row: Remedy) -> ReturnCase:
    shop.do(row)
    found: ReturnCase = ReturnCase.objects.within(shop.workspace).select_related("remedy").get(remedy=row)
    return found


def pay(shop: Doing) -> None:
    Refund.objects.within(shop.workspace).update(send_after=clock.now())
    paying.pay_due()


def test_it_gets_a_number_a_label_and_a_last_day(shop: Doing) -> None:
    order = shop.order(delivered_at=clock.now() - timedelta(days=2))
    line = shop.line(order, quantity=3)
    row = shop.given("return", 3000, order=order, words=WORDS, details={"lines": [[line.pk, 2]]})
    back = opened(shop, row)
    assert re.fullmatch(r"R\d\d-[2-9B-Z]{5}", back.number)
    assert back.lines == [{"line": line.pk, "name": "Teapot", "count": 2}]
    for part in (back.number, shop.workspace.name, order.number, "2 × Teapot"):
        assert part in back.label
    row = shop.fresh(row)
    assert (row.state, row.try_at) == ("auto_approved", None), "it is done when the money is paid"
    assert back.number in row.ready_words
    assert "{" not in row.ready_words
    assert back.send_by is not None
    assert row.due_at == back.send_by
    assert shop.lines() == ["return.opened"]
    assert back.number in shop.bell()[-1]
    shop.again(row)
    assert ReturnCase.objects.within(shop.workspace).count() == 1


@pytest.mark.parametrize(("window", "days"), [(14, 14), (30, 28), (100, 98)])
def test_they_have_what_the_policy_leaves_and_two_weeks_at_least(shop: Doing, window: int, days: int) -> None:
    ReturnPolicy.objects.within(shop.workspace).update(window_days=window)
    order = shop.order(delivered_at=clock.now() - timedelta(days=2))
    shop.line(order)
    back = opened(shop, shop.given("return", 3000, order=order))
    assert back.send_by is not None
    zone = ZoneInfo(shop.workspace.timezone)
    last = back.send_by.astimezone(zone)
    assert (last.hour, last.minute) == (23, 59)
    assert (last.date() - clock.now().astimezone(zone).date()).days == days


def test_the_money_follows_the_parcel_without_another_decision(shop: Doing, till: Till) -> None:
    charge = paid(shop, till)
    row = shop.given("return", 9000, order=charge.order, charge=charge)
    back = opened(shop, row)
    for state in ("sent", "received"):
        back = returns.mark(back, state, shop.member, tracking="1Z 999")
        assert not Refund.objects.within(shop.workspace).exists()
    assert back.tracking == "1Z 999"
    assert back.received_at is not None
    returns.mark(back, "checked", shop.member)
    refund = Refund.objects.within(shop.workspace).get()
    assert (refund.remedy_id, refund.amount_minor, refund.charge_id) == (row.pk, 9000, charge.pk)
    assert Remedy.objects.within(shop.workspace).count() == 1, "it counts once"
    pay(shop)
    row = shop.fresh(row)
    assert row.state == "executed"
    assert "on its way back to you: 90.00 EUR." in row.ready_words
    assert "on its way back to you. It can" in row.ready_public
    assert row.tell_from is not None
    doing.do_due()
    back.refresh_from_db()
    assert back.state == "closed"


def test_checking_twice_pays_once(shop: Doing, till: Till) -> None:
    charge = paid(shop, till)
    back = opened(shop, shop.given("return", 9000, order=charge.order, charge=charge))
    for _each in range(3):
        returns.mark(back, "checked", shop.member)
    assert Refund.objects.within(shop.workspace).count() == 1


def test_what_was_approved_by_a_manager_is_not_asked_again(shop: Doing, till: Till, mona: Any) -> None:
    shop.limit("manager", case=10**9)
    shop.limit("agent", "return", case=10)
    charge = paid(shop, till)
    request = shop.request(shop.malik, shop.talk(), 9000, kind="return", order=charge.order, charge=charge)
    approve(shop, request, mona)
    back = opened(shop, request.remedy)
    returns.mark(back, "checked", shop.member)
    assert Refund.objects.within(shop.workspace).get().amount_minor == 9000


def test_less_than_was_approved_may_go_back_and_never_more(shop: Doing, till: Till) -> None:
    charge = paid(shop, till)
    row = shop.given("return", 8000, order=charge.order, charge=charge)
    back = opened(shop, row)
    with pytest.raises(ResolveError, match=r"80\.00 EUR was approved"):
        returns.mark(back, "checked", shop.member, refund_minor=8001)
    back.refresh_from_db()
    assert back.state == "open"
    assert not Refund.objects.within(shop.workspace).exists()
    returns.mark(back, "checked", shop.member, refund_minor=5000)
    row = shop.fresh(row)
    assert (row.amount_minor, row.counted_minor) == (5000, 5000)
    assert Refund.objects.within(shop.workspace).get().amount_minor == 5000


def test_a_refund_that_cannot_begin_is_said_and_can_be_tried_again(shop: Doing, till: Till) -> None:
    charge = paid(shop, till)
    row = shop.given("return", 9000, order=charge.order, charge=charge)
    back = opened(shop, row)
    type(charge).objects.filter(pk=charge.pk).update(state="disputed")
    returns.mark(back, "checked", shop.member)
    row = shop.fresh(row)
    assert "bank" in row.problem
    assert row.state == "auto_approved"
    assert "could not pay back" in shop.bell()[-1]
    type(charge).objects.filter(pk=charge.pk).update(state="paid")
    from makegood.resolve.refunds import try_again

    try_again(row, shop.member)
    pay(shop)
    assert shop.fresh(row).state == "executed"


def test_without_a_payment_a_person_pays_it_back(shop: Doing) -> None:
    row = shop.given("return", 4000, order=shop.order())
    back = opened(shop, row)
    returns.mark(back, "checked", shop.member)
    row = shop.fresh(row)
    assert "pay 40.00 EUR back yourself" in row.to_do
    assert row.state == "auto_approved"
    for _each in range(2):
        row = doing.done(row, shop.member)
    assert row.state == "executed"
    assert "40.00 EUR" in row.ready_words
    from makegood.resolve import ledger

    assert [total.amount_minor for total in ledger.totals(shop.workspace, "cause")] == [4000]


def test_without_money_it_is_done_when_it_was_checked(shop: Doing) -> None:
    row = shop.given("return", 0, order=shop.order())
    back = opened(shop, row)
    returns.mark(back, "received", shop.member)
    assert shop.fresh(row).state == "auto_approved"
    returns.mark(back, "checked", shop.member)
    assert shop.fresh(row).state == "executed"


def test_what_never_comes_lapses_and_counts_no_more(shop: Doing, monkeypatch: pytest.MonkeyPatch) -> None:
    row = shop.given("return", 3000, order=shop.order())
    back = opened(shop, row)
    assert back.send_by is not None
    real, ends = clock.now(), back.send_by + returns.LAPSES_AFTER
    monkeypatch.setattr(clock, "now", lambda: ends - timedelta(seconds=1))
    assert returns.lapse_due() == 0
    monkeypatch.setattr(clock, "now", lambda: ends + timedelta(seconds=1))
    assert (returns.lapse_due(), returns.lapse_due()) == (1, 0)
    back.refresh_from_db()
    row = shop.fresh(row)
    assert (back.state, row.state, row.reversed_because) == ("lapsed", "reversed", "Never sent back.")
    assert real < ends
    assert "nothing came" in shop.bell()[-1]
    back = returns.mark(back, "received", shop.member)
    assert "Ask anew" in shop.bell(shop.malik)[-1] or back.state == "received"
    with pytest.raises(ResolveError, match="taken back"):
        returns.mark(back, "checked", shop.member)


def test_what_is_on_its_way_does_not_lapse(shop: Doing, monkeypatch: pytest.MonkeyPatch) -> None:
    back = opened(shop, shop.given("return", 3000, order=shop.order()))
    returns.mark(back, "sent", shop.member)
    later = clock.now() + timedelta(days=400)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert returns.lapse_due() == 0


def test_the_wrong_thing_in_the_parcel_is_not_paid_for(shop: Doing, till: Till) -> None:
    charge = paid(shop, till)
    row = shop.given("return", 9000, order=charge.order, charge=charge)
    back = returns.mark(opened(shop, row), "received", shop.member)
    with pytest.raises(ResolveError, match="Say why"):
        returns.mark(back, "closed", shop.member)
    returns.mark(back, "closed", shop.member, note="A brick")
    row = shop.fresh(row)
    assert (row.state, row.reversed_because) == ("reversed", "A brick")
    assert not Refund.objects.within(shop.workspace).exists()


@pytest.mark.parametrize(
    ("was", "then"), [("checked", "sent"), ("closed", "checked"), ("open", "closed"), ("open", "lapsed")]
)
def test_nothing_goes_backwards(shop: Doing, was: str, then: str) -> None:
    back = opened(shop, shop.given("return", 0, order=shop.order()))
    ReturnCase.objects.within(shop.workspace).filter(pk=back.pk).update(state=was)
    back.refresh_from_db()
    with pytest.raises(ResolveError, match="can’t be marked"):
        returns.mark(back, then, shop.member)


def test_viewers_and_strangers_mark_nothing(shop: Doing, vera: Any, sten: Any, other_workspace: Any) -> None:
    back = opened(shop, shop.given("return", 0, order=shop.order()))
    with pytest.raises(ResolveError, match="answers customers"):
        returns.mark(back, "checked", join(shop.workspace, vera))
    with pytest.raises(ResolveError, match="not there"):
        returns.mark(back, "checked", join(other_workspace, sten))


def test_numbers_are_drawn_until_one_is_free(shop: Doing, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["R26-SAME2", "R26-SAME2", "R26-SAME2", "R26-FREE2"])
    monkeypatch.setattr(codes, "return_number", lambda _at: next(drawn))
    first = opened(shop, shop.given("return", 0, order=shop.order()))
    second = opened(shop, shop.given("return", 0, order=shop.order()))
    assert (first.number, second.number) == ("R26-SAME2", "R26-FREE2")


def test_they_are_told_twice_of_the_number_and_of_the_money(shop: Doing, till: Till) -> None:
    charge = paid(shop, till)
    row = shop.given("return", 9000, order=charge.order, charge=charge)
    back = opened(shop, row)
    shop.answer(row.conversation, f"Hello, your number is {back.number.lower()}.")
    assert saying.note_answers() == 1
    row = shop.fresh(row)
    assert row.told_at is not None
    assert row.tell_from is None
    returns.mark(back, "checked", shop.member)
    pay(shop)
    row = shop.fresh(row)
    assert row.told_at is None
    assert row.tell_from is not None
    saying.told(row, shop.member)
    assert shop.fresh(row).told_at is not None
