"""Reads what PayPal lists, and looks anew at payments that something happened to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from makegood.connectors.contract import Trouble
from makegood.connectors.payments.contract import ChargeState, Payment, PayPage, Refunded, RefundState
from makegood.connectors.payments.paypal.calls import SANDBOX, Calls, open_paypal
from makegood.connectors.payments.paypal.errors import Fault
from makegood.connectors.payments.paypal.shapes import Listed, listed_of, payment_of_listed
from makegood.connectors.payments.paypal.whole import UNKNOWN, Whole, whole
from makegood.kit import clock

__all__ = ["LATE", "PAGE", "WINDOW", "fetch", "period", "read"]

BACKFILL = timedelta(days=365)
WINDOW = timedelta(days=31)
LATE = timedelta(hours=4)
"""A transaction is listed up to three hours after it was made; an hour more is for clocks."""
PAGE = 100
SMALLEST = timedelta(hours=1)
OPEN_FOR = timedelta(days=90)
OPEN_MOST = 200
OPEN_AT_ONCE = 25
SEEN_MOST = 1000


class Gathered:
    """What one reading has found so far."""

    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}
        self.refunds: dict[str, Refunded] = {}
        self.problems: list[str] = []

    def add(self, found: Whole) -> None:
        """A payment as it stands now, which counts more than what was listed."""
        self.payments[found.payment.id] = found.payment
        self.refunds.update({each.id: each for each in found.refunds})

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
    def open(self) -> list[list[str]]:
        """Payments whose end is open, each with the moment it was made."""
        waiting = {each.payment_id for each in self.refunds.values() if each.state is RefundState.PENDING}
        states = {ChargeState.PENDING, ChargeState.DISPUTED}
        found = [each for each in self.payments.values() if each.state in states or each.id in waiting]
        return [[each.id, each.at.isoformat()] for each in found]


async def read(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> PayPage:
    """One page of one window of the list, and what became of payments whose end was open. Raises `Trouble`.

    `since`, `until`, `page`: where in which window; `seen`: what was listed within the last four hours, which are read
    again each time, and in which version; `open`: pairs of an id and the moment the payment was made.
    """
    now = clock.now()
    since = datetime.fromisoformat(cursor["since"]) if cursor.get("since") else now - BACKFILL
    until = datetime.fromisoformat(cursor["until"]) if cursor.get("until") else min(since + WINDOW, now)
    page, begun, seen = int(cursor.get("page") or 1), Gathered(), dict(cursor.get("seen") or {})
    waiting = [list(pair) for pair in cursor.get("open") or ()]
    async with open_paypal(credentials) as calls:
        try:
            asked = {**period(since, until), "fields": "transaction_info,payer_info", "page_size": PAGE, "page": page}
            found = await calls.get("/v1/reporting/transactions", **asked)
        except Fault as fault:
            if "RESULTSET_TOO_LARGE" not in fault.detail or until - since <= SMALLEST:
                raise
            return PayPage(cursor={**cursor, **_at(since, since + (until - since) / 2)}, more=True)
        touched = _gather(found, begun, seen, now, sandbox=calls.base == SANDBOX)
        where, more = _moved(since, until, page, int(found.get("total_pages") or 1), now)
        if not more:
            touched += [name for name, _ in waiting if name not in touched][:OPEN_AT_ONCE]
        await _look_at(calls, touched, begun)
    waiting = [pair for pair in waiting if pair[0] not in {*begun.payments, *touched}] + begun.open
    still = [pair for pair in waiting if datetime.fromisoformat(pair[1]) > now - OPEN_FOR][:OPEN_MOST]
    return begun.page({**where, "seen": seen, "open": still}, more=more)


def period(since: datetime, until: datetime) -> dict[str, str]:
    """From when to when to list, as PayPal wants it (seconds are required, 31 days the most)."""
    return {"start_date": f"{since:%Y-%m-%dT%H:%M:%SZ}", "end_date": f"{until:%Y-%m-%dT%H:%M:%SZ}"}


def _at(since: datetime, until: datetime | None, page: int = 1) -> dict[str, Any]:
    return {"since": since.isoformat(), "until": until.isoformat() if until else "", "page": page}


def _moved(since: datetime, until: datetime, page: int, pages: int, now: datetime) -> tuple[dict[str, Any], bool]:
    """Where the next reading begins, and whether there is more to read at once."""
    if page < pages:
        return _at(since, until, page + 1), True
    if until < now - LATE:
        return _at(until, None), True
    return _at(max(since, now - LATE), None), False


def _gather(
    found: Mapping[str, Any], begun: Gathered, seen: dict[str, str], now: datetime, *, sandbox: bool
) -> list[str]:
    """Sorts what is listed and was not seen as it is; the payments that something happened to."""
    touched: dict[str, None] = {}
    for raw in found.get("transaction_details") or ():
        try:
            listed = listed_of(raw)
            if seen.get(listed.id) == _version(listed):
                continue
            back = listed.back
            if back is not None:
                begun.refunds[back.id] = back
                touched[back.payment_id] = None
            elif listed.is_payment:
                begun.payments[listed.id] = payment_of_listed(listed, sandbox=sandbox)
                if seen.get(listed.id) or listed.transaction_info.transaction_status == "F":
                    touched[listed.id] = None
            seen[listed.id] = _version(listed)
        except ValueError as error:
            begun.problems.append(f"A transaction that PayPal lists cannot be read: {error}.")
    _forget(seen, now)
    return list(touched)


def _version(listed: Listed) -> str:
    return f"{listed.at.isoformat()} {listed.version}"


def _forget(seen: dict[str, str], now: datetime) -> None:
    """Drops what no reading will list again."""
    young = {name: told for name, told in seen.items() if told > (now - LATE).isoformat()}
    seen.clear()
    seen.update(list(young.items())[-SEEN_MOST:])


async def _look_at(calls: Calls, names: list[str], begun: Gathered) -> None:
    """Reads payments anew. What is no capture (a sale of older software) stays as it was listed."""
    for name in names:
        try:
            begun.add(await whole(calls, name))
        except Trouble as trouble:
            if trouble.sentence != UNKNOWN:
                raise


async def fetch(credentials: Mapping[str, Any], ids: tuple[str, ...]) -> PayPage:
    """These payments as they stand now, with all their refunds. Raises `Trouble`.

    What PayPal does not have, or whose refunds it can no longer list, is told in `problems`.
    """
    begun = Gathered()
    async with open_paypal(credentials) as calls:
        for name in dict.fromkeys(ids):
            try:
                found = await whole(calls, name)
            except Trouble as trouble:
                if trouble.sentence != UNKNOWN:
                    raise
                begun.problems.append(f"PayPal does not have the payment {name} any more. Please look there.")
                continue
            begun.add(found)
            if not found.certain:
                begun.problems.append(f"PayPal no longer lists the refunds of {name}. Please look at it there.")
    return begun.page({}, more=False)
