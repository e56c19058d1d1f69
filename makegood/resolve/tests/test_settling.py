"""What the processor's record says later, and what members say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from makegood.accounts.api import Membership
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import RefundState
from makegood.connectors.shops.contract import Shop, ShopCapability
from makegood.connectors.shops.registry import KINDS
from makegood.desk.models import Notice
from makegood.identify.models import Customer, Order, Source
from makegood.kit import clock
from makegood.resolve import noting, settling
from makegood.resolve.models import Refund
from makegood.resolve.refunds import RefundError, room, try_again
from makegood.resolve.settling import pay_all_the_same, settle_unknown
from makegood.resolve.tests.money_scene import Scene
from makegood.resolve.tests.till import LOST, Till, plug_in

pytestmark = pytest.mark.django_db

DOWN = Trouble(Verdict.RETRY, "The processor does not answer.")
NOBODY_KNOWS = Trouble(Verdict.DISCONNECT, "The key is no longer valid.")


def told(scene: Scene) -> list[str]:
    return list(Notice.objects.within(scene.workspace).order_by("id").values_list("text", flat=True))


def member(scene: Scene, person: Any) -> Membership:
    found: Membership = Membership.objects.get(workspace=scene.workspace, user=person)
    return found


def unknown(scene: Scene, *, paid: bool) -> Refund:
    """A refund of which nobody can say whether it was paid."""
    scene.till.faults = [LOST if paid else DOWN]
    scene.till.find_faults = [NOBODY_KNOWS]
    row = scene.pay(scene.begun(), times=2)
    Source.objects.filter(pk=scene.source.pk).update(state="working")
    assert row.state == "unknown"
    return row


def test_the_money_arrives(scene: Scene, till: Till) -> None:
    row = scene.pay(scene.begun())
    assert row.arrived_at is None
    till.become("re_1", RefundState.DONE)
    row = scene.settle(row)
    assert row.arrived_at is not None
    assert scene.verbs()[-1] == "arrived"
    assert told(scene)[-1] == "sees that 25.00 EUR has arrived. Tell them, if you haven’t yet."
    scene.settle(row)
    assert scene.verbs().count("arrived") == 1


def test_who_was_told_is_not_reminded(scene: Scene, till: Till) -> None:
    row = scene.pay(scene.begun())
    type(row.remedy).objects.filter(pk=row.remedy_id).update(told_at=clock.now())
    before = len(told(scene))
    till.become("re_1", RefundState.DONE)
    assert scene.settle(row).arrived_at is not None
    assert len(told(scene)) == before


@pytest.mark.parametrize("arrived_first", [True, False])
def test_the_money_comes_back(scene: Scene, till: Till, arrived_first: bool) -> None:
    from makegood.desk import api as desk

    talk = scene.conversation()
    promised = desk.promise(talk, "money back by Friday", clock.now() + timedelta(days=5), scene.agent)
    row = scene.pay(scene.begun(conversation=talk, promise=promised))
    if arrived_first:
        till.become("re_1", RefundState.DONE)
        row = scene.settle(row)
    till.become("re_1", RefundState.FAILED)
    scene.read(row.charge)
    row = scene.settle(row)
    assert (row.state, row.remedy.state, row.arrived_at) == ("failed", "auto_approved", None)
    assert row.remedy.problem.startswith("The processor could not deliver the money")
    assert scene.booked() == {}
    assert scene.verbs()[-1] == "failed"
    again = scene.pay(try_again(row.remedy, member(scene, scene.agent)))
    assert (again.state, again.key == row.key, scene.booked()["goodwill"]) == ("done", False, 2500)
    assert again.remedy.problem == ""


def test_webhooks_twice_and_out_of_order_change_nothing(scene: Scene, till: Till) -> None:
    row = scene.pay(scene.begun())
    till.become("re_1", RefundState.DONE)
    for _ in range(3):
        scene.read(row.charge)
        settling.settle()
    row.refresh_from_db()
    assert row.state == "done"
    assert scene.booked() == {"goodwill": 2500, "money_back": -2500}
    assert (scene.verbs().count("paid"), scene.verbs().count("arrived")) == (1, 1)


def test_an_unknown_refund_that_stands_in_the_record(scene: Scene, till: Till) -> None:
    row = unknown(scene, paid=True)
    scene.read(row.charge)
    settling.settle()
    row.refresh_from_db()
    assert (row.state, scene.booked()["goodwill"]) == ("done", 2500)
    assert len(till.refunds) == 1


def test_an_unknown_refund_is_asked_for_by_itself(scene: Scene, till: Till) -> None:
    assert scene.settle(unknown(scene, paid=True)).state == "done"
    row = scene.settle(unknown(scene, paid=False))
    assert (row.state, row.sentence.startswith("By till’s record it was not paid.")) == ("unknown", True)


def test_a_member_says_that_it_was_paid(scene: Scene, olga: Any) -> None:
    row = settle_unknown(unknown(scene, paid=True), member(scene, olga), happened=True)
    assert (row.state, row.settled_by, scene.booked()["goodwill"]) == ("done", olga, 2500)
    scene.read(row.charge)
    assert room(row.charge) == 0
    settling.settle()
    assert "twice" not in scene.verbs()


def test_a_member_says_that_it_was_not_paid(scene: Scene, olga: Any, till: Till) -> None:
    row = settle_unknown(unknown(scene, paid=False), member(scene, olga), happened=False)
    assert (row.state, row.settled_by) == ("refused", olga)
    again = scene.pay(try_again(row.remedy, member(scene, scene.agent)))
    assert (again.state, len(till.refunds)) == ("done", 1)


def test_a_member_who_is_wrong_pays_nothing_twice(scene: Scene, olga: Any, till: Till) -> None:
    row = settle_unknown(unknown(scene, paid=True), member(scene, olga), happened=False)
    with_room = till.payments[row.charge.external_id]
    assert with_room.amount_minor == row.amount_minor
    again = scene.pay(try_again(row.remedy, member(scene, scene.agent)))
    assert (again.state, again.processor_id, len(till.refunds)) == ("elsewhere", "re_1", 1)
    settling.settle()
    assert "twice" not in scene.verbs()
    assert scene.booked() == {"goodwill": 2500, "money_back": -2500}


def test_only_who_may_approve_settles_and_only_once(scene: Scene, olga: Any, sten: Any) -> None:
    row = unknown(scene, paid=True)
    stranger: Membership = Membership.objects.get(user=sten)
    for person in (member(scene, scene.agent), stranger):
        with pytest.raises(RefundError, match="may approve"):
            settle_unknown(row, person, happened=True)
    settle_unknown(row, member(scene, olga), happened=True)
    with pytest.raises(RefundError, match="known by now"):
        settle_unknown(row, member(scene, olga), happened=False)
    assert scene.booked()["goodwill"] == 2500


def test_the_other_refund_was_for_something_else(scene: Scene, olga: Any, till: Till) -> None:
    charge = scene.charge(5000)
    row = scene.begun(charge, 2000)
    till.give_back(charge.external_id, 2000)
    row = scene.pay(row)
    assert row.state == "elsewhere"
    with pytest.raises(RefundError, match="may approve"):
        pay_all_the_same(row, member(scene, scene.agent))
    row = pay_all_the_same(row, member(scene, olga))
    assert (row.state, scene.booked(), row.remedy.state) == ("due", {}, "auto_approved")
    row = scene.pay(row)
    assert (row.state, row.remedy.state, till.back(charge.external_id)) == ("done", "executed", 4000)
    assert scene.booked() == {"goodwill": 2000, "money_back": -2000}
    with pytest.raises(RefundError, match="Look again"):
        pay_all_the_same(row, member(scene, olga))


def test_the_refund_made_elsewhere_comes_back(scene: Scene, till: Till) -> None:
    charge = scene.charge(5000)
    row = scene.begun(charge, 2000)
    manual = till.give_back(charge.external_id, 2000)
    row = scene.pay(row)
    till.become(manual.id, RefundState.FAILED)
    row = scene.settle(row)
    assert (row.state, row.remedy.state, scene.booked()) == ("failed", "auto_approved", {})
    again = scene.pay(try_again(row.remedy, member(scene, scene.agent)))
    assert (again.state, till.back(charge.external_id)) == ("done", 2000)


def test_a_refund_by_hand_after_ours_is_said_once(scene: Scene, till: Till) -> None:
    charge = scene.charge(5000)
    row = scene.pay(scene.begun(charge, 2000))
    till.give_back(charge.external_id, 2000)
    scene.read(charge)
    for _ in range(3):
        settling.settle()
    assert scene.verbs().count("twice") == 1
    assert told(scene)[-1] == "sees a second refund of 20.00 EUR on this payment. Look at the processor."
    row.refresh_from_db()
    assert row.state == "done"


def test_two_refunds_of_ours_are_not_one_too_many(scene: Scene) -> None:
    charge = scene.charge(5000)
    for _ in range(2):
        scene.pay(scene.begun(charge, 1000))
    scene.read(charge)
    settling.settle()
    assert "twice" not in scene.verbs()


def test_a_payout_is_followed_by_asking(scene: Scene, till: Till) -> None:
    scene.connect("purse")
    row = scene.pay(scene.begun(details={"way": "payout", "email": "ada@example.org"}))
    till.become("po_1", RefundState.DONE)
    row = scene.settle(row)
    assert row.arrived_at is not None
    other = scene.pay(scene.begun(details={"way": "payout", "email": "ada@example.org"}))
    till.become("po_2", RefundState.CANCELLED)
    assert scene.settle(other).state == "failed"
    assert scene.booked() == {"goodwill": 2500, "money_back": -2500}


def test_it_is_looked_at_less_and_less_often_and_then_no_more(scene: Scene, till: Till) -> None:
    row = scene.pay(scene.begun())
    pauses = []
    for age in (timedelta(0), timedelta(hours=1), timedelta(days=3), timedelta(days=46)):
        Refund.objects.within(scene.workspace).update(done_at=clock.now() - age)
        row = scene.settle(row)
        pauses.append(row.look_at and round((row.look_at - clock.now()).total_seconds() / 60))
    assert pauses == [1, 15, 360, None]


@pytest.mark.parametrize("fault", [DOWN, NOBODY_KNOWS, RuntimeError("surprise")])
def test_a_look_that_fails_changes_nothing(scene: Scene, till: Till, fault: Any) -> None:
    row = scene.pay(scene.begun())
    till.fetch_faults = [fault]
    row = scene.settle(row)
    assert row.state == "done"
    assert row.look_at is not None


def test_without_look_ups_the_charge_is_read(scene: Scene, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    row = unknown(scene, paid=True)
    plug_in(monkeypatch, till, find_refund=None)
    assert scene.settle(row).state == "done"


class Books:
    """A shop's back office in memory that takes notes of refunds."""

    def __init__(self) -> None:
        self.notes: dict[str, tuple[str, int, str, str]] = {}
        self.faults: list[Trouble | Exception] = []

    async def record(
        self, _credentials: Mapping[str, Any], order: str, amount: int, currency: str, key: str, words: str
    ) -> str:
        if self.faults:
            raise self.faults.pop(0)
        self.notes.setdefault(key, (order, amount, currency, words))
        return f"note-{len(self.notes)}"


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Books:
    made = Books()
    capability = ShopCapability("paper", "Paper", refunds=True)
    monkeypatch.setitem(KINDS, "paper", "in memory")
    monkeypatch.setattr(noting, "shop", lambda _kind: Shop(capability, record_refund=made.record))
    return made


def order_of(scene: Scene) -> Order:
    source = Source.objects.create(
        workspace=scene.workspace, side="shop", kind="paper", name="p", address="p", hook="p"
    )
    customer = Customer.objects.create(workspace=scene.workspace, source=source, external_id="c1")
    now = clock.now()
    row: Order = Order.objects.create(
        workspace=scene.workspace,
        source=source,
        customer=customer,
        external_id="o1",
        number="1001",
        number_key="1001",
        currency="EUR",
        total_minor=2500,
        state="paid",
        placed_at=now,
        changed_at=now,
    )
    return row


def note_now(scene: Scene, row: Refund) -> Refund:
    Refund.objects.within(scene.workspace).filter(shop_try_at__isnull=False).update(shop_try_at=clock.now())
    noting.note_in_shops()
    row.refresh_from_db()
    return row


def test_the_shops_back_office_is_told(scene: Scene, books: Books) -> None:
    row = note_now(scene, scene.pay(scene.begun(order=order_of(scene))))
    assert books.notes == {row.key: ("o1", 2500, "EUR", "Refunded by Makegood")}
    assert row.shop_noted_at is not None
    note_now(scene, row)
    assert (len(books.notes), scene.verbs()[-1]) == (1, "noted")


def test_a_shop_that_fails_is_told_later_and_the_money_stands(scene: Scene, books: Books) -> None:
    books.faults = [DOWN, RuntimeError("surprise"), Trouble(Verdict.WAIT, "Slow down.", retry_after=500)]
    row = scene.pay(scene.begun(order=order_of(scene)))
    for _ in range(3):
        row = note_now(scene, row)
        assert (row.state, row.shop_noted_at) == ("done", None)
        assert row.shop_try_at is not None
    assert row.shop_sentence == "Slow down."
    row = note_now(scene, row)
    assert (row.shop_sentence, row.shop_noted_at is not None) == ("", True)


@pytest.mark.parametrize("refused", [True, False])
def test_a_shop_that_stays_silent_is_said_to_a_person(scene: Scene, books: Books, refused: bool) -> None:
    books.faults = [Trouble(Verdict.REFUSE, "The order is gone.")] if refused else [DOWN] * noting.MOST_ATTEMPTS
    row = scene.pay(scene.begun(order=order_of(scene)))
    for _ in books.faults[:]:
        row = note_now(scene, row)
    assert (row.state, row.shop_try_at, scene.verbs()[-1]) == ("done", None, "not_noted")
    assert told(scene)[-1].startswith("paid 25.00 EUR back, but the shop’s back office does not show it.")
    assert scene.booked()["goodwill"] == 2500


def test_a_shop_that_takes_no_notes_is_left_alone(scene: Scene) -> None:
    row = note_now(scene, scene.pay(scene.begun(order=order_of(scene))))
    assert (row.state, row.shop_try_at, row.shop_noted_at) == ("done", None, None)


def test_without_an_order_no_shop_is_told(scene: Scene, books: Books) -> None:
    row = scene.pay(scene.begun())
    assert (row.shop_try_at, books.notes) == (None, {})
