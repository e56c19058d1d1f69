"""A processor in memory whose every fault can be chosen, for the logic of paying once itself.

It stands for no real processor: those are tried in `connectors/payments/*/tests` and in `tests/` against real servers.
It keeps idempotency keys for as long as it is told to, and never gives back more than was paid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments import registry
from makegood.connectors.payments.contract import (
    ChargeState,
    PaidOut,
    PayCapability,
    Payment,
    PayoutWish,
    PayPage,
    Processor,
    Refunded,
    RefundState,
    RefundWish,
)
from makegood.kit import clock

__all__ = ["Killed", "Till", "plug_in"]

KINDS = ("till", "purse")
LOST = "lost"
"""The money goes out, and the answer is lost."""


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Till:
    """Everything the processor holds. `faults` are met one a sending, `find_faults` one a look-up."""

    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refunded] = field(default_factory=dict)
    payouts: dict[str, PaidOut] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """The refund or payout each key that is still remembered has made."""
    faults: list[Trouble | str | BaseException | None] = field(default_factory=list)
    find_faults: list[Trouble] = field(default_factory=list)
    fetch_faults: list[Trouble] = field(default_factory=list)
    sendings: list[str] = field(default_factory=list)
    lookups: list[str] = field(default_factory=list)
    before_send: Callable[[], None] | None = None
    """Something that happens just before a sending."""
    state: RefundState = RefundState.PENDING

    def pay(self, ident: str, amount: int, currency: str = "EUR", at: datetime | None = None) -> Payment:
        """Somebody pays."""
        made = Payment(ident, amount, currency, at or clock.now(), ChargeState.PAID, email="ada@example.org")
        self.payments[ident] = made
        return made

    def left(self, ident: str) -> int:
        """What of a payment has not gone back by refunds."""
        return self.payments[ident].amount_minor - self.back(ident)

    def back(self, ident: str) -> int:
        """What of a payment has gone back by refunds."""
        good = (RefundState.PENDING, RefundState.DONE)
        return sum(one.amount_minor for one in self.refunds.values() if one.payment_id == ident and one.state in good)

    def give_back(self, ident: str, amount: int, key: str = "") -> Refunded:
        """A refund; without a key one that somebody made in the back office."""
        if self.payments[ident].state is ChargeState.DISPUTED or not 0 < amount <= self.left(ident):
            raise Trouble(Verdict.REFUSE, "There is not that much left to refund.")
        name = f"re_{len(self.refunds) + 1}"
        made = Refunded(name, ident, amount, self.payments[ident].currency, self.state, clock.now(), key=key)
        self.refunds[name] = made
        return made

    def become(self, name: str, state: RefundState) -> None:
        """A refund or payout goes on."""
        if name in self.refunds:
            self.refunds[name] = replace(self.refunds[name], state=state)
        else:
            self.payouts[name] = replace(self.payouts[name], state=state)

    async def fetch(self, _credentials: Mapping[str, Any], ids: tuple[str, ...]) -> PayPage:
        if self.fetch_faults:
            raise self.fetch_faults.pop(0)
        found = [replace(self.payments[one], refunded_minor=self.back(one)) for one in ids if one in self.payments]
        theirs = [one for one in self.refunds.values() if one.payment_id in ids]
        return PayPage(tuple(found), tuple(theirs))

    def _once(self, key: str, make: Callable[[], str]) -> str:
        self.sendings.append(key)
        if self.before_send:
            self.before_send()
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, BaseException):
            raise fault
        if key not in self.keys:
            self.keys[key] = make()
        if fault == LOST:
            raise Trouble(Verdict.RETRY, "The processor did not answer.")
        if fault == "killed":
            raise Killed
        return self.keys[key]

    async def refund(self, _credentials: Mapping[str, Any], wish: RefundWish) -> Refunded:
        return self.refunds[
            self._once(wish.key, lambda: self.give_back(wish.payment_id, wish.amount_minor, wish.key).id)
        ]

    async def find_refund(self, _credentials: Mapping[str, Any], wish: RefundWish) -> Refunded | None:
        self._look(wish.key)
        return next((one for one in self.refunds.values() if one.key == wish.key), None)

    def _look(self, key: str) -> None:
        self.lookups.append(key)
        if self.find_faults:
            raise self.find_faults.pop(0)

    async def pay_out(self, _credentials: Mapping[str, Any], wish: PayoutWish) -> PaidOut:
        def make() -> str:
            name = f"po_{len(self.payouts) + 1}"
            self.payouts[name] = PaidOut(name, wish.amount_minor, wish.currency, self.state, clock.now(), wish.key)
            return name

        return self.payouts[self._once(wish.key, make)]

    async def find_payout(self, _credentials: Mapping[str, Any], wish: PayoutWish) -> PaidOut | None:
        self._look(wish.key)
        return next((one for one in self.payouts.values() if one.key == wish.key), None)

    def processor(self, kind: str, **changes: Any) -> Processor:
        """Its functions. `till` refunds only, `purse` pays out as well."""
        pays_out = kind == "purse"
        capability = PayCapability(kind, kind.capitalize(), payouts=pays_out, key_life=timedelta(hours=24))
        made = Processor(
            capability,
            fetch=self.fetch,
            refund=self.refund,
            find_refund=self.find_refund,
            pay_out=self.pay_out if pays_out else None,
            find_payout=self.find_payout if pays_out else None,
        )
        return replace(made, **changes)


def plug_in(monkeypatch: pytest.MonkeyPatch, till: Till, **changes: Any) -> None:
    """Until the test ends, sources of the kinds "till" and "purse" are this one, with these functions changed."""
    known = registry.processor

    def processor(kind: str) -> Processor:
        return till.processor(kind, **changes) if kind in KINDS else known(kind)

    from makegood.resolve import asking_processor, paying, refunds

    for module in (registry, asking_processor, paying, refunds):
        monkeypatch.setattr(module, "processor", processor)
