"""Whatever happens in whatever order: one refund a remedy, never more than was paid, and the ledger says the same."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from makegood.accounts.api import Membership
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import RefundState
from makegood.kit import clock
from makegood.resolve import paying, settling
from makegood.resolve.models import LedgerLine, Refund
from makegood.resolve.refunds import RefundError, begin_refund, reverse_refund, try_again
from makegood.resolve.settling import pay_all_the_same, settle_unknown
from makegood.resolve.tests.money_scene import Scene
from makegood.resolve.tests.till import LOST, Killed, Till
from tests.at_once import at_once
from tests.scale import FULL

PRICE = 1000
PARTS = (300, 500, 1000)
GOOD = (RefundState.PENDING, RefundState.DONE)
DOWN = Trouble(Verdict.RETRY, "down")
FAULTS = (None, None, LOST, "killed", DOWN, Killed(), Trouble(Verdict.REFUSE, "no"), Trouble(Verdict.DISCONNECT, "key"))
WAYS: tuple[dict[str, str], ...] = ({}, {}, {"way": "payout", "email": "ada@example.org"})


class Money(RuleBasedStateMachine):
    """Members, the worker that dies, a processor that loses answers, and somebody in its back office."""

    scene: Scene

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        till = self.scene.till
        for kept in (
            till.payments,
            till.refunds,
            till.payouts,
            till.keys,
            till.faults,
            till.find_faults,
            till.sendings,
        ):
            kept.clear()
        self.charges = [self.scene.charge(PRICE) for _ in range(2)]
        self.remedies: list[Any] = []
        self.boss = Membership.objects.get(workspace=self.scene.workspace, role="owner")

    def rows(self, **by: Any) -> list[Refund]:
        found = Refund.objects.within(self.scene.workspace).filter(**by)
        return list(found.select_related("remedy", "charge").order_by("pk"))

    @rule(charge=st.integers(0, 1), amount=st.sampled_from(PARTS), way=st.sampled_from(WAYS))
    def ask(self, charge: int, amount: int, way: dict[str, str]) -> None:
        remedy = self.scene.remedy(self.charges[charge], amount, conversation=self.talk, details=dict(way))
        try:
            begin_refund(remedy)
        except RefundError:
            return
        self.remedies.append(remedy)

    talk: Any

    @precondition(lambda self: self.remedies)
    @rule(which=st.integers(0, 20))
    def click_again(self, which: int) -> None:
        remedy = self.remedies[which % len(self.remedies)]
        remedy.refresh_from_db()
        with suppress(RefundError):
            try_again(remedy, self.boss)

    @rule(fault=st.sampled_from(FAULTS), blind=st.booleans())
    def pay(self, fault: Any, blind: bool) -> None:
        """The worker runs, and may meet a fault or die."""
        till = self.scene.till
        till.faults = [fault] if fault is not None else []
        till.find_faults = [DOWN] if blind else []
        with suppress(Killed):
            paying.pay_due()
        till.faults, till.find_faults = [], []

    @rule()
    def time_passes(self) -> None:
        """Leases run out, seconds of grace are over, looks are due."""
        past = clock.now() - timedelta(seconds=1)
        mine = Refund.objects.within(self.scene.workspace)
        mine.filter(lease_until__isnull=False).update(lease_until=past)
        mine.filter(look_at__isnull=False).update(look_at=past)

    @rule()
    def a_day_passes(self) -> None:
        """The processor forgets its keys."""
        self.time_passes()
        self.scene.till.keys.clear()
        for row in self.rows(first_sent_at__isnull=False):
            earlier = row.first_sent_at and row.first_sent_at - timedelta(hours=25)
            Refund.objects.within(self.scene.workspace).filter(pk=row.pk).update(first_sent_at=earlier)

    @rule(charge=st.integers(0, 1))
    def webhook(self, charge: int) -> None:
        self.scene.read(self.charges[charge])
        settling.settle()

    @rule(charge=st.integers(0, 1), amount=st.sampled_from(PARTS))
    def in_the_back_office(self, charge: int, amount: int) -> None:
        # What was paid out by another processor, the charge's own does not know of: nobody there can be stopped.
        if any(row.way == "payout" for row in self.rows(charge=self.charges[charge])):
            return
        with suppress(Trouble):
            self.scene.till.give_back(self.charges[charge].external_id, amount)

    @rule(which=st.integers(0, 20), state=st.sampled_from([RefundState.DONE, RefundState.FAILED]))
    def goes_on(self, which: int, state: RefundState) -> None:
        till = self.scene.till
        both: list[Any] = [*till.refunds.values(), *till.payouts.values()]
        names = [one.id for one in both if one.state in GOOD]
        if names:
            till.become(names[which % len(names)], state)

    @rule(truth=st.booleans())
    def somebody_looks(self, truth: bool) -> None:
        """A member says what became of an unknown refund, not always rightly when it was paid."""
        for row in self.rows(state="unknown"):
            stands = self.standing(row) > 0
            settle_unknown(row, self.boss, happened=stands and truth)

    @rule()
    def it_was_for_something_else(self) -> None:
        for row in self.rows(state="elsewhere"):
            if not any(one.key == other.key for one in [self.record(row)] for other in self.rows(remedy=row.remedy)):
                pay_all_the_same(row, self.boss)

    def record(self, row: Refund) -> Any:
        return self.scene.till.refunds.get(row.processor_id) or self.scene.till.payouts[row.processor_id]

    @rule(which=st.integers(0, 20))
    def take_back(self, which: int) -> None:
        if not self.remedies:
            return
        remedy = self.remedies[which % len(self.remedies)]
        remedy.refresh_from_db()
        with suppress(RefundError):
            reverse_refund(remedy, self.boss, "mistake")

    @rule()
    def connect_again(self) -> None:
        type(self.scene.source).objects.filter(workspace=self.scene.workspace).update(state="working")

    def standing(self, row: Refund) -> int:
        """How many refunds and payouts stand at the processor under a row's key."""
        till = self.scene.till
        both: list[Any] = [*till.refunds.values(), *till.payouts.values()]
        return sum(one.key == row.key and one.state in GOOD for one in both)

    @invariant()
    def one_a_remedy(self) -> None:
        counts = Counter[int]()
        for row in self.rows():
            counts[row.remedy_id] += self.standing(row)
        assert all(count <= 1 for count in counts.values()), counts

    @invariant()
    def never_more_than_was_paid(self) -> None:
        till = self.scene.till
        out = Counter[int]()
        for row in self.rows(way="payout"):
            out[row.charge_id] += row.amount_minor * self.standing(row)
        for charge in self.charges:
            assert till.back(charge.external_id) + out[charge.pk] <= PRICE

    @invariant()
    def the_ledger_is_balanced(self) -> None:
        self.scene.booked()

    def teardown(self) -> None:
        """The faults end, and everything is settled: the ledger, the rows and the processor say the same."""
        try:
            self.drain()
            self.compare()
        finally:
            transaction.savepoint_rollback(self.point)

    def drain(self) -> None:
        self.connect_again()
        for _ in range(8):
            self.time_passes()
            paying.pay_due()
            for charge in self.charges:
                self.scene.read(charge)
            settling.settle()
            for row in self.rows(state="unknown"):
                settle_unknown(row, self.boss, happened=self.standing(row) > 0)

    def compare(self) -> None:
        counted = Counter[str]()
        for row in self.rows():
            assert row.state in ("done", "refused", "failed", "elsewhere"), row.state
            assert self.standing(row) == (1 if row.state == "done" else 0) or self.found_by_another(row), row.state
            if row.state in ("done", "elsewhere"):
                counted[row.processor_id] += 1
                assert self.record(row).amount_minor == row.amount_minor
                assert self.record(row).state in GOOD
        assert all(count == 1 for count in counted.values()), "one in the record stands for one of ours"
        lines = LedgerLine.objects.within(self.scene.workspace).filter(account="money_back")
        paid = sum(row.amount_minor for row in self.rows(state__in=["done", "elsewhere"]))
        assert -sum(lines.values_list("amount_minor", flat=True)) == paid

    def found_by_another(self, row: Refund) -> bool:
        """Somebody said wrongly that it was not paid; trying again found it."""
        return any(self.record(other).key == row.key for other in self.rows(remedy=row.remedy, state="elsewhere"))


@pytest.mark.django_db
def test_whatever_happens(scene: Scene, olga: Any) -> None:
    scene.connect("purse")
    Money.scene, Money.talk = scene, scene.conversation()
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=400 if FULL else 25,
            stateful_step_count=30 if FULL else 25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Several workers and members in the same moment."""

    def test_workers(self, scene: Scene, till: Till) -> None:
        charges = [scene.charge(PRICE) for _ in range(4)]
        rows = [scene.begun(charges[number % 4], 300) for number in range(12)]
        for outcome in at_once(*[paying.pay_due] * 3):
            assert outcome is None
        for row in rows:
            scene.pay(row)
            assert row.state == "done"
        assert len(till.refunds) == len(till.sendings) == 12
        assert scene.booked() == {"goodwill": 3600, "money_back": -3600}

    def test_clicks(self, scene: Scene) -> None:
        remedy = scene.remedy(scene.charge(PRICE))
        found = at_once(*[lambda: begin_refund(remedy)] * 4)
        assert len({row.pk for row in found}) == 1

    def test_remedies_on_one_charge(self, scene: Scene, till: Till) -> None:
        charge = scene.charge(PRICE)
        remedies = [scene.remedy(charge, 400) for _ in range(4)]
        found = at_once(*(lambda one=one: begin_refund(one) for one in remedies))
        assert sorted(type(one).__name__ for one in found) == ["Refund", "Refund", "RefundError", "RefundError"]
        at_once(paying.pay_due, paying.pay_due)
        assert till.back(charge.external_id) == 800

    def test_taking_back_and_paying(self, scene: Scene, till: Till, olga: Any) -> None:
        boss = Membership.objects.get(user=olga)
        for _ in range(6):
            row = scene.begun(scene.charge(PRICE))
            at_once(paying.pay_due, lambda: reverse_refund(row.remedy, boss, "mistake"))  # noqa: B023
            scene.pay(row)
            paid = till.back(row.charge.external_id)
            assert (row.state, row.remedy.state, paid) in [("done", "executed", PRICE), ("refused", "reversed", 0)]

    def test_settling_and_saying(self, scene: Scene, till: Till, olga: Any) -> None:
        boss = Membership.objects.get(user=olga)
        for _ in range(4):
            till.faults, till.find_faults = [LOST], [Trouble(Verdict.DISCONNECT, "key")]
            row = scene.pay(scene.begun(scene.charge(PRICE)), times=2)
            type(scene.source).objects.filter(pk=scene.source.pk).update(state="working")
            scene.read(row.charge)
            at_once(settling.settle, settling.settle, lambda: settle_unknown(row, boss, happened=True))  # noqa: B023
            row.refresh_from_db()
            assert row.state == "done"
        assert scene.booked() == {"goodwill": 4 * PRICE, "money_back": -4 * PRICE}
