"""A refund or payout at its processor's desk: the same three questions, whichever way the money goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import PaidOut, PayoutWish, Processor, Refunded, RefundWish
from makegood.connectors.payments.registry import processor
from makegood.identify import api as identify
from makegood.kit import clock
from makegood.resolve.models import Refund

__all__ = ["Desk", "Standing", "desk_for"]


@dataclass(frozen=True)
class Standing:
    """What the processor has under our key. `state` is a `RefundState`."""

    id: str
    amount_minor: int
    currency: str
    state: str


@dataclass(frozen=True)
class Desk:
    """What can be asked about one refund. Each raises `Trouble` and nothing else.

    `find` is None where the processor cannot be asked by key. `read_charge` fetches the charge with all its refunds
    and stores them. `send` pays: once a key.
    """

    find: Callable[[], Awaitable[Standing | None]] | None
    send: Callable[[], Awaitable[Standing]]
    read_charge: Callable[[], Awaitable[None]]


def desk_for(row: Refund) -> Desk:
    """The desk of a refund's processor, with its credentials. It reads the database; what it returns does not wait."""
    found, secret = processor(row.source.kind), identify.credentials_of(row.source)
    read = _reading(row)
    if row.way == Refund.Way.PAYOUT:
        return _payout_desk(row, found, secret, read)
    return _refund_desk(row, found, secret, read)


def _refund_desk(row: Refund, found: Processor, secret: Mapping[str, Any], read: Callable[[], Awaitable[None]]) -> Desk:
    wish = RefundWish(
        key=row.key,
        payment_id=row.charge.external_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        reason=row.remedy.reason_words[:200],
        metadata={"makegood_remedy": str(row.remedy_id)},
    )
    pay, look = found.refund, found.find_refund
    assert pay is not None

    async def send() -> Standing:
        return _standing(await pay(secret, wish))

    async def find() -> Standing | None:
        assert look is not None
        made = await look(secret, wish)
        return None if made is None else _standing(made)

    return Desk(None if look is None else find, send, read)


def _payout_desk(row: Refund, found: Processor, secret: Mapping[str, Any], read: Callable[[], Awaitable[None]]) -> Desk:
    wish = PayoutWish(key=row.key, email=row.payout_to, amount_minor=row.amount_minor, currency=row.currency)
    pay, look = found.pay_out, found.find_payout
    assert pay is not None

    async def send() -> Standing:
        return _standing(await pay(secret, wish))

    async def find() -> Standing | None:
        assert look is not None
        made = await look(secret, wish)
        return None if made is None else _standing(made)

    return Desk(None if look is None else find, send, read)


def _standing(made: Refunded | PaidOut) -> Standing:
    return Standing(made.id, made.amount_minor, made.currency, made.state)


def _reading(row: Refund) -> Callable[[], Awaitable[None]]:
    """Reads the charge anew at whoever took the payment, which for a payout may be another processor."""
    source, ident = row.charge.source, row.charge.external_id
    fetch, secret = processor(source.kind).fetch, identify.credentials_of(source)

    async def read() -> None:
        if fetch is None or source.state == identify.Source.State.DISCONNECTED:
            return
        asked_at = clock.now()
        page = await fetch(secret, (ident,))
        if all(one.id != ident for one in page.payments):
            raise Trouble(Verdict.REFUSE, _("The processor knows nothing of this payment any more. Look at it there."))
        await sync_to_async(identify.store_pay_page)(source, page, asked_at)
        if page.credentials is not None:
            await sync_to_async(identify.keep_credentials)(source, page.credentials, read_with=secret)

    return read
