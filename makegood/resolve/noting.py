"""The shop's own back office is told of a refund that was made at the processor, so that it shows there.

It moves no money and is repeatable by the refund's key. A failure is tried again; one that stays is said to a person.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils.translation import gettext as _

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.registry import KINDS, shop
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import outcome
from makegood.resolve.models import Refund
from makegood.resolve.refunds import facts, with_all
from makegood.resolve.rules import amount_words

__all__ = ["note_in_shops"]

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
MOST_SECONDS = 40.0
MOST_AT_ONCE = 50
MOST_ATTEMPTS = 10
LONGEST_PAUSE = 6 * 3600.0


def _all() -> Any:
    return Refund.objects.across("the step tells the shops of all workspaces")


def note_in_shops() -> None:
    """Part of the step "settle": notes in the shops what has been paid and is not noted yet."""
    due = _all().filter(shop_try_at__lte=clock.now()).order_by("shop_try_at")
    for key, moment, attempt in list(due.values_list("pk", "shop_try_at", "shop_attempt")[:MOST_AT_ONCE]):
        mine = _all().filter(pk=key, shop_try_at=moment)
        if mine.update(shop_try_at=clock.now() + LEASE, shop_attempt=attempt + 1):
            _note(with_all(_all()).get(pk=key))


def _note(row: Refund) -> None:
    order = row.remedy.order or row.charge.order
    known = order is not None and order.source.kind in KINDS
    record = shop(order.source.kind).record_refund if order is not None and known else None
    if order is None or record is None:
        _all().filter(pk=row.pk).update(shop_try_at=None)
        return
    words = row.remedy.reason.name if row.remedy.reason is not None else _("Refunded by Makegood")
    secret = identify.credentials_of(order.source)
    call = record(secret, order.external_id, row.amount_minor, row.currency, row.key, words)

    async def timed() -> str:
        async with asyncio.timeout(MOST_SECONDS):
            return await call

    try:
        ident = async_to_sync(timed)()
    except Trouble as trouble:
        _failed(row, trouble)
    except TimeoutError as error:
        _failed(row, Trouble(Verdict.RETRY, _("The shop took too long."), detail=repr(error)))
    except Exception as error:
        log.exception("noting refund %s", row.pk)
        _failed(row, Trouble(Verdict.BUG, _("Something unexpected came back."), detail=repr(error)))
    else:
        _noted(row, ident)


def _mine(row: Refund) -> Any:
    return _all().filter(pk=row.pk, shop_attempt=row.shop_attempt, shop_noted_at__isnull=True)


@transaction.atomic
def _noted(row: Refund, ident: str) -> None:
    if _mine(row).update(shop_noted_at=clock.now(), shop_try_at=None, shop_sentence=""):
        journal.record(row.workspace_id, "refund.noted", row.remedy.conversation, at=ident, **facts(row))


@transaction.atomic
def _failed(row: Refund, trouble: Trouble) -> None:
    log.info("noting refund %s: %s %s", row.pk, trouble.verdict, trouble.detail)
    over = trouble.verdict in (Verdict.REFUSE, Verdict.DISCONNECT) or row.shop_attempt >= MOST_ATTEMPTS
    pause = trouble.retry_after or min(LONGEST_PAUSE, 30.0 * 2.0**row.shop_attempt)
    again = None if over else clock.now() + timedelta(seconds=pause)
    if not _mine(row).update(shop_try_at=again, shop_sentence=trouble.sentence[:500]) or not over:
        return
    journal.record(
        row.workspace_id, "refund.not_noted", row.remedy.conversation, sentence=trouble.sentence[:300], **facts(row)
    )
    said = {"amount": amount_words(row.amount_minor, row.currency), "why": trouble.sentence}
    outcome.tell(row, _("paid %(amount)s back, but the shop’s back office does not show it. %(why)s") % said)
