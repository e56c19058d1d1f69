"""How much can go back, the one row of a remedy, taking back what was not paid yet, and the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from makegood.accounts.api import Membership
from makegood.desk import api as desk
from makegood.identify.models import ChargeRefund
from makegood.kit import clock
from makegood.resolve import ledger, paying, watching
from makegood.resolve.ledger import Line
from makegood.resolve.models import LedgerEntry, LedgerLine, ReasonCode, Refund
from makegood.resolve.refunds import RefundError, begin_refund, refund_of, reverse_refund, room, try_again
from makegood.resolve.tests.money_scene import Scene
from makegood.resolve.tests.till import LOST, Till

pytestmark = pytest.mark.django_db


def member(scene: Scene, person: Any) -> Membership:
    found: Membership = Membership.objects.get(workspace=scene.workspace, user=person)
    return found


def in_record(scene: Scene, charge: Any, amount: int, **fields: Any) -> ChargeRefund:
    given = {"external_id": f"re_x{amount}", "state": "done", "currency": "EUR", "at": clock.now(), **fields}
    row: ChargeRefund = ChargeRefund.objects.create(
        workspace=scene.workspace, charge=charge, amount_minor=amount, **given
    )
    return row


def test_a_second_click_is_the_same_refund(scene: Scene) -> None:
    remedy = scene.remedy(scene.charge())
    assert begin_refund(remedy).pk == begin_refund(remedy).pk
    assert Refund.objects.within(scene.workspace).count() == 1
    assert scene.verbs() == ["begun"]


def test_never_more_than_was_paid(scene: Scene) -> None:
    charge = scene.charge(5000)
    scene.begun(charge, 3000)
    with pytest.raises(RefundError, match=r"Only 20\.00 EUR of the 50\.00 EUR they paid can still go back\."):
        scene.begun(charge, 2001)
    scene.begun(charge, 2000)
    with pytest.raises(RefundError, match=r"All of the 50\.00 EUR they paid has gone back already, or is about to\."):
        scene.begun(charge, 1)


@pytest.mark.parametrize(("state", "left"), [("done", 4000), ("pending", 4000), ("failed", 5000), ("cancelled", 5000)])
def test_what_others_gave_back_counts_while_it_stands(scene: Scene, state: str, left: int) -> None:
    charge = scene.charge(5000)
    in_record(scene, charge, 1000, state=state)
    assert room(charge) == left


def test_ours_counts_once_when_it_is_in_the_record(scene: Scene) -> None:
    charge = scene.charge(5000)
    row = scene.pay(scene.begun(charge, 1000))
    assert room(charge) == 4000
    scene.read(charge)
    assert room(charge) == 4000
    ChargeRefund.objects.within(scene.workspace).update(key="")
    assert room(charge) == 4000, "known by its id as well"
    assert row.state == "done"


@pytest.mark.parametrize(("state", "left"), [("due", 4000), ("unknown", 4000), ("refused", 5000), ("failed", 5000)])
def test_which_of_ours_count(scene: Scene, state: str, left: int) -> None:
    charge = scene.charge(5000)
    row = scene.begun(charge, 1000)
    Refund.objects.within(scene.workspace).filter(pk=row.pk).update(state=state)
    assert room(charge) == left


def test_what_only_the_charge_says_counts(scene: Scene) -> None:
    charge = scene.charge(5000)
    charge.refunded_minor = 4500
    charge.save()
    with pytest.raises(RefundError, match=r"Only 5\.00 EUR"):
        scene.begun(charge, 501)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"currency": "USD"}, "paid in EUR, so it can’t go back in USD"),
        ({"amount": 0}, "Say how much"),
        ({"amount": -5}, "Say how much"),
        ({"state": "requested"}, "Nobody has decided"),
        ({"state": "declined"}, "Nobody has decided"),
        ({"details": {"way": "payout", "email": "a@example.org"}}, "connect PayPal"),
    ],
)
def test_what_cannot_be_begun(scene: Scene, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RefundError, match=sentence) as caught:
        scene.begun(scene.charge(), **fields)
    assert caught.value.sentence
    assert not Refund.objects.within(scene.workspace).exists()


@pytest.mark.parametrize(
    ("state", "sentence"), [("disputed", "pay them twice"), ("pending", "not been received"), ("failed", "not been")]
)
def test_what_was_not_paid_cannot_go_back(scene: Scene, state: str, sentence: str) -> None:
    charge = scene.charge()
    charge.state = state
    charge.save()
    with pytest.raises(RefundError, match=sentence):
        scene.begun(charge)


def test_no_money_moves_in_the_sample_shop(scene: Scene) -> None:
    type(scene.source).objects.filter(pk=scene.source.pk).update(is_sample=True, kind="sample")
    with pytest.raises(RefundError, match="sample shop"):
        scene.begun()


def test_a_payout_needs_an_address(scene: Scene) -> None:
    scene.connect("purse")
    with pytest.raises(RefundError, match="which address"):
        scene.begun(details={"way": "payout", "email": " "})


def test_a_remedy_without_a_payment(scene: Scene) -> None:
    remedy = scene.remedy(scene.charge())
    remedy.charge = None
    with pytest.raises(RefundError, match="Choose the payment"):
        begin_refund(remedy)


def test_a_database_holds_one_refund_a_remedy(scene: Scene) -> None:
    row = scene.begun()
    with pytest.raises(DatabaseError), transaction.atomic():
        Refund.objects.create(
            workspace=scene.workspace,
            remedy=row.remedy,
            charge=row.charge,
            source=row.source,
            amount_minor=1,
            currency="EUR",
            key="another",
        )


def test_taken_back_before_it_is_paid(scene: Scene, till: Till) -> None:
    talk = scene.conversation()
    promised = desk.promise(talk, "money by Friday", clock.now() + timedelta(days=3), scene.agent)
    row = scene.begun(conversation=talk, promise=promised)
    remedy = reverse_refund(row.remedy, member(scene, scene.agent), "They found  the parcel")
    assert (remedy.state, remedy.reversed_because) == ("reversed", "They found the parcel")
    promised.refresh_from_db()
    assert promised.stopped_at is not None
    paying.pay_due()
    assert (till.sendings, scene.booked(), room(row.charge)) == ([], {}, 2500)
    assert scene.verbs() == ["begun", "taken_back"]
    with pytest.raises(RefundError, match="nothing to take back"):
        reverse_refund(remedy, member(scene, scene.agent), "again")


def test_leased_but_not_handed_over_can_still_be_stopped(scene: Scene, till: Till) -> None:
    from makegood.connectors.contract import Trouble, Verdict

    till.fetch_faults = [Trouble(Verdict.RETRY, "down")]
    row = scene.pay(scene.begun())
    assert row.state == "sending"
    reverse_refund(row.remedy, member(scene, scene.agent), "mistake")
    assert (scene.pay(row).state, till.sendings) == ("refused", [])


@pytest.mark.parametrize(
    ("fault", "sentence"), [(LOST, "handed to the processor"), (None, "has been paid"), ("unknown", "Nobody knows")]
)
def test_too_late_to_take_back(scene: Scene, till: Till, fault: str | None, sentence: str) -> None:
    till.faults = [LOST] if fault == LOST else []
    row = scene.pay(scene.begun())
    if fault == "unknown":
        Refund.objects.within(scene.workspace).update(state="unknown")
    with pytest.raises(RefundError, match=sentence):
        reverse_refund(row.remedy, member(scene, scene.agent), "mistake")
    row.remedy.refresh_from_db()
    assert row.remedy.state != "reversed"


def test_who_may_take_back(scene: Scene, olga: Any, vera: Any, sten: Any) -> None:
    row = scene.begun(asked_by=olga)
    stranger: Membership = Membership.objects.get(user=sten)
    for person in (member(scene, scene.agent), member(scene, vera), stranger):
        with pytest.raises(RefundError, match="who asked for it"):
            reverse_refund(row.remedy, person, "mistake")
    with pytest.raises(RefundError, match="Say why"):
        reverse_refund(row.remedy, member(scene, olga), " ")
    assert reverse_refund(row.remedy, member(scene, olga), "mistake").state == "reversed"


def test_who_may_try_again(scene: Scene, vera: Any, sten: Any) -> None:
    row = scene.begun()
    stranger: Membership = Membership.objects.get(user=sten)
    for person in (member(scene, vera), stranger):
        with pytest.raises(RefundError, match="Your role"):
            try_again(row.remedy, person)
    assert try_again(row.remedy, member(scene, scene.agent)).pk == row.pk, "one that stands is the one"
    assert refund_of(row.remedy) == row


def test_what_waits_is_counted(scene: Scene) -> None:
    assert watching.queue_age() == {"refunds to pay": None}
    row = scene.begun()
    Refund.objects.within(scene.workspace).filter(pk=row.pk).update(send_after=clock.now() - timedelta(hours=1))
    age = watching.queue_age()["refunds to pay"]
    assert age is not None
    assert 3600 <= age < 3700
    assert watching.stuck_refunds(scene.workspace) == ([], 0)
    Refund.objects.within(scene.workspace).filter(pk=row.pk).update(state="unknown")
    assert watching.stuck_refunds(scene.workspace) == ([row], 1)
    assert watching.queue_age() == {"refunds to pay": None}


# The ledger


def book(scene: Scene, key: str, amount: int, *, at: datetime | None = None, **fields: Any) -> bool:
    remedy = scene.remedy(scene.charge(), **fields)
    with transaction.atomic():
        return ledger.book(key, remedy, ledger.money_back(amount, remedy.currency), at=at)


def test_an_entry_is_booked_once_and_taken_back_once(scene: Scene) -> None:
    remedy = scene.remedy(scene.charge())
    with transaction.atomic():
        assert ledger.book("a", remedy, ledger.money_back(5, "EUR"))
        assert not ledger.book("a", remedy, ledger.money_back(5, "EUR"))
        assert scene.booked() == {"goodwill": 5, "money_back": -5}
        assert ledger.book_against("b", "a", scene.workspace)
        assert not ledger.book_against("b", "a", scene.workspace)
        assert not ledger.book_against("c", "never booked", scene.workspace)
    assert scene.booked() == {}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [Line("goodwill", 5, "EUR")],
        [Line("goodwill", 5, "EUR"), Line("money_back", -4, "EUR")],
        [Line("goodwill", 5, "EUR"), Line("money_back", -5, "USD")],
    ],
)
def test_what_does_not_balance_is_not_booked(scene: Scene, lines: list[Line]) -> None:
    remedy = scene.remedy(scene.charge())
    with pytest.raises(ValueError, match="add up to nothing"), transaction.atomic():
        ledger.book("a", remedy, lines)
    assert not LedgerEntry.objects.within(scene.workspace).exists()


@pytest.mark.parametrize("table", ["resolve_ledgerentry", "resolve_ledgerline"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET at = at"])
def test_the_database_itself_keeps_the_ledger(scene: Scene, table: str, statement: str) -> None:
    book(scene, "a", 5)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert scene.booked() == {"goodwill": 5, "money_back": -5}


def test_a_row_of_the_ledger_is_not_saved_again(scene: Scene) -> None:
    book(scene, "a", 5)
    for row in (*LedgerEntry.objects.within(scene.workspace), *LedgerLine.objects.within(scene.workspace)):
        with pytest.raises(TypeError):
            row.save()
        with pytest.raises(TypeError):
            row.delete()


def test_what_goodwill_cost(scene: Scene, olga: Any, other_workspace: Any) -> None:
    late = ReasonCode.objects.create(workspace=scene.workspace, name="Came late", cause="delivery")
    october, november = datetime(2026, 10, 31, 23, 30, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC)
    book(scene, "a", 1000, at=october, reason=late)
    book(scene, "b", 500, at=november, reason=late, asked_by=olga)
    book(scene, "c", 300, at=november)
    scene.workspace.timezone = "Europe/Berlin"

    def summed(by: Any, **span: Any) -> list[tuple[str, int, int]]:
        return [(one.label, one.amount_minor, one.entries) for one in ledger.totals(scene.workspace, by, **span)]

    assert summed("cause") == [("delivery", 1500, 2), ("not said", 300, 1)]
    assert summed("agent") == [("Malik", 1300, 2), ("Olga", 500, 1)]
    assert summed("product") == [("not said", 1800, 3)]
    assert summed("month") == [("2026-11", 1800, 3)], "31 October, 23:30 UTC is November in Berlin"
    scene.workspace.timezone = "UTC"
    assert summed("month") == [("2026-10", 1000, 1), ("2026-11", 800, 2)]
    assert summed("cause", since=november) == [("delivery", 500, 1), ("not said", 300, 1)]
    assert summed("cause", until=november) == [("delivery", 1000, 1)]
    assert ledger.totals(other_workspace, "cause") == []


def test_currencies_are_never_added_up(scene: Scene) -> None:
    for key, currency in (("a", "EUR"), ("b", "USD")):
        remedy = scene.remedy(scene.charge(currency=currency))
        with transaction.atomic():
            ledger.book(key, remedy, ledger.money_back(5, currency))
    assert {(one.amount_minor, one.currency) for one in ledger.totals(scene.workspace, "cause")} == {
        (5, "EUR"),
        (5, "USD"),
    }


@pytest.mark.parametrize("many", [3, 30])
def test_entries_a_page_at_a_time(scene: Scene, many: int) -> None:
    same = clock.now()
    for number in range(many):
        book(scene, f"e{number}", number + 1, at=same - timedelta(minutes=number // 2))
    seen, after = [], ""
    while True:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = ledger.entries_page(scene.workspace, after, size=7)
            seen += [(row.key, [line.amount_minor for line in row.lines.all()]) for row in page.rows]
        assert len(queries) == 2
        if not (after := page.after):
            break
    assert sorted(seen) == sorted((f"e{n}", [n + 1, -n - 1]) for n in range(many))
    for by in ("cause", "product", "agent", "month"):
        with CaptureQueriesContext(connection) as queries:
            ledger.totals(scene.workspace, by)
        assert len(queries) == 1


def test_entries_of_one_heading(scene: Scene, olga: Any) -> None:
    book(scene, "a", 1)
    book(scene, "b", 2, asked_by=olga)
    assert [row.key for row in ledger.entries_page(scene.workspace, agent=olga.pk).rows] == ["b"]
    assert [row.key for row in ledger.entries_page(scene.workspace, cause="none").rows] == []
    assert len(ledger.entries_page(scene.workspace, cause="").rows) == 2
