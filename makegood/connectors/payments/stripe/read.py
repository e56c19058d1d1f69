"""Reads payments, refunds and disputes that are new, and those whose end was still open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import ChargeState, Payment, PayPage, Refunded, RefundState
from makegood.connectors.payments.rules import UNKNOWN
from makegood.connectors.payments.stripe.calls import Calls, open_stripe
from makegood.connectors.payments.stripe.capability import WHO
from makegood.connectors.payments.stripe.shapes import contested, payment_of, refund_of
from makegood.kit import clock

__all__ = ["BACKFILL", "LISTS", "charge_id", "fetch", "payment_now", "read"]

BACKFILL = 365 * 86_400
"""Seconds back from the first reading."""
OVERLAP = 60
"""Seconds that are read again, as what was made at the same moment need not be listed at the same moment."""
OPEN_FOR = 90 * 86_400
"""Seconds for which a payment whose end is open is looked at again; a bank debit takes two weeks at most."""
OPEN_MOST = 200
OPEN_AT_ONCE = 25

LISTS: dict[str, tuple[str, ...]] = {"charges": (), "refunds": ("data.charge",), "disputes": ("data.charge",)}
"""What is listed by when it was made, newest first, with what is to be written out.

A refund or dispute brings its charge as it stands now: that is how a refund made by hand in the Dashboard is seen.
"""


class Gathered:
    """What one reading has found so far."""

    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}
        self.refunds: dict[str, Refunded] = {}
        self.problems: list[str] = []

    def page(self, cursor: Mapping[str, Any], *, more: bool) -> PayPage:
        """All of it, oldest first."""
        return PayPage(
            payments=tuple(sorted(self.payments.values(), key=lambda each: (each.at, each.id))),
            refunds=tuple(sorted(self.refunds.values(), key=lambda each: (each.at, each.id))),
            problems=tuple(self.problems),
            cursor=cursor,
            more=more,
        )

    @property
    def open(self) -> list[tuple[str, int]]:
        """Payments whose end is open, with the moment they were made."""
        waiting = {each.payment_id for each in self.refunds.values() if each.state is RefundState.PENDING}
        states = {ChargeState.PENDING, ChargeState.DISPUTED}
        found = [each for each in self.payments.values() if each.state in states or each.id in waiting]
        return [(each.id, int(each.at.timestamp())) for each in found]


async def read(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> PayPage:
    """One page of each list, and what became of payments whose end was open. Raises `Trouble`.

    Each list goes from its newest entry down to where the last reading began (`since`); a reading that is cut short
    goes on behind `after`. `high` is where the next one ends. `open` are pairs of an id and the moment the payment was
    made, those looked at last at the end.
    """
    now = int(clock.now().timestamp())
    begun, next_cursor, more = Gathered(), dict[str, Any](), False
    async with open_stripe(credentials) as calls:
        for name, written_out in LISTS.items():
            state = dict(cursor.get(name) or {"since": now - BACKFILL, "high": 0, "after": ""})
            params = {"created": {"gte": state["since"]}, "starting_after": state["after"], "expand": list(written_out)}
            found, goes_on = await calls.page(f"/v1/{name}", **params)
            await _gather(calls, name, found, begun)
            next_cursor[name] = _moved(state, found, goes_on=goes_on)
            more = more or goes_on
        waiting = [(str(name), int(at)) for name, at in cursor.get("open") or ()]
        if not more:
            for name in [name for name, _ in waiting if name not in begun.payments][:OPEN_AT_ONCE]:
                await _add_whole(calls, name, begun)
    waiting = [pair for pair in waiting if pair[0] not in begun.payments] + begun.open
    next_cursor["open"] = [[name, at] for name, at in waiting if at > now - OPEN_FOR][:OPEN_MOST]
    return begun.page(next_cursor, more=more)


def _moved(state: Mapping[str, Any], found: list[dict[str, Any]], *, goes_on: bool) -> dict[str, Any]:
    made = [int(each["created"]) for each in found if isinstance(each.get("created"), int)]
    high = max([int(state["high"]), *made])
    if goes_on and found:
        return {"since": state["since"], "high": high, "after": str(found[-1].get("id", ""))}
    return {"since": max(int(state["since"]), high - OVERLAP), "high": 0, "after": ""}


async def _gather(calls: Calls, name: str, found: list[dict[str, Any]], begun: Gathered) -> None:
    """Sorts one page of a list into what was found: charges as they stand, and refunds."""
    for raw in found:
        charge = raw if name == "charges" else raw.get("charge")
        if isinstance(charge, dict) and charge.get("id") not in begun.payments:
            await _add_payment(calls, charge, begun)
        if name == "refunds":
            _add_refund(raw, begun)


async def _add_payment(calls: Calls, raw: Mapping[str, Any], begun: Gathered) -> None:
    try:
        payment = payment_of(raw, disputed=await _disputed(calls, raw))
    except ValueError as error:
        begun.problems.append(_unreadable("payment", raw, error))
        return
    begun.payments[payment.id] = payment


def _add_refund(raw: Mapping[str, Any], begun: Gathered) -> None:
    try:
        refund = refund_of(raw)
    except ValueError as error:
        begun.problems.append(_unreadable("refund", raw, error))
        return
    begun.refunds[refund.id] = refund


def _unreadable(what: str, raw: Mapping[str, Any], error: ValueError) -> str:
    return f"A {what} at Stripe ({raw.get('id', 'without an id')}) cannot be read: {error}."


async def _disputed(calls: Calls, raw: Mapping[str, Any]) -> bool:
    """A charge that ever had a dispute says so for ever; only the dispute tells how it ended."""
    if raw.get("disputed") is not True:
        return False
    disputes = await calls.every("/v1/disputes", charge=str(raw.get("id")))
    return contested([str(each.get("status")) for each in disputes]) or not disputes


async def fetch(credentials: Mapping[str, Any], ids: tuple[str, ...]) -> PayPage:
    """These payments (charges, or payment intents) as they stand now, with all their refunds. Raises `Trouble`.

    What Stripe does not have is told in `problems`.
    """
    begun = Gathered()
    async with open_stripe(credentials) as calls:
        for name in dict.fromkeys(ids):
            await _add_whole(calls, name, begun)
    return begun.page({}, more=False)


async def _add_whole(calls: Calls, name: str, begun: Gathered) -> None:
    for raw in await _charges(calls, name):
        await _add_payment(calls, raw, begun)
        for refund in await calls.every("/v1/refunds", charge=str(raw.get("id"))):
            _add_refund(refund, begun)
        return
    begun.problems.append(f"Stripe does not have the payment {name} any more. Please look in its Dashboard.")


async def _charges(calls: Calls, name: str) -> list[dict[str, Any]]:
    """The charge of this id, or of this payment intent the one that counts; none where Stripe has none."""
    if name.startswith("pi_"):
        tried = await calls.every("/v1/charges", payment_intent=name)
        return sorted(tried, key=lambda each: each.get("status") != "succeeded")[:1]
    try:
        return [await calls.get(f"/v1/charges/{quote(name, safe='')}")]
    except Trouble as trouble:
        if "resource_missing" in trouble.detail:
            return []
        raise


async def charge_id(calls: Calls, name: str) -> str:
    """The charge that a payment intent led to; a charge's own id is not asked for. Raises `Trouble`."""
    return (await payment_now(calls, name)).id if name.startswith("pi_") else name


async def payment_now(calls: Calls, name: str) -> Payment:
    """One payment as it stands. Raises `Trouble`: REFUSE where Stripe does not know it."""
    found = await _charges(calls, name)
    if not found:
        raise Trouble(Verdict.REFUSE, UNKNOWN.format(who=WHO), detail=f"no charge {name}")
    try:
        return payment_of(found[0], disputed=await _disputed(calls, found[0]))
    except ValueError as error:
        raise verdicts.no_sense(WHO, f"charge: {error}") from error
