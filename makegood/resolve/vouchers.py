"""Vouchers: the code is chosen and kept before the shop hears of it, so that asking again makes no second one.

Where the shop cannot be asked, or says no, the code goes to a person, who makes it there by hand.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils.translation import gettext as _

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import MadeVoucher, VoucherWish
from makegood.connectors.shops.registry import shop
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.kit.crypto import DecryptError
from makegood.resolve import authority, codes, finishing, saying, wording
from makegood.resolve.models import Remedy

__all__ = ["MOST_SECONDS", "LastWord", "choose_code", "made", "make", "shop_of", "wish_of"]

log = logging.getLogger(__name__)
MOST_SECONDS = 50.0
GUEST = "guest:"


class LastWord(Exception):  # noqa: N818 - no error: what a person has to do instead
    """The shop will not make it: `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def choose_code(held: Any, remedy: Remedy) -> str:
    """The code of a voucher, chosen once and kept; "" where the row is no longer held. Commit it before the shop hears
    of it.
    """
    if not remedy.external_id:
        # One at a time, so that two customers never get one code.
        authority.lock(remedy.workspace_id)
        wanted = str(remedy.details.get("code") or "").strip().upper()
        rows = Remedy.objects.within(remedy.workspace_id).exclude(pk=remedy.pk)
        own = bool(re.fullmatch(r"[A-Z0-9][A-Z0-9-]{3,39}", wanted)) and not rows.filter(external_id=wanted).exists()
        code = wanted if own else codes.voucher_code()
        if not held.filter(external_id="").update(external_id=code):
            return ""
        remedy.external_id = code
    return remedy.external_id


def wish_of(remedy: Remedy) -> VoucherWish:
    """What the shop is asked for: so many percent, or so much."""
    percent = remedy.details.get("percent")
    by_percent = percent if isinstance(percent, int) and not isinstance(percent, bool) and 0 < percent <= 100 else 0
    customer = remedy.order.customer.external_id if remedy.order else ""
    return VoucherWish(
        code=remedy.external_id,
        currency=remedy.currency,
        amount_minor=0 if by_percent else remedy.amount_minor,
        percent=by_percent,
        starts_at=remedy.decided_at,
        ends_at=codes.ends_at(remedy),
        customer_id="" if customer.startswith(GUEST) else customer,
    )


def shop_of(remedy: Remedy) -> identify.Source | None:
    """The connected shop that makes it: the order's, else the first that can. None where none can. 1 query at most."""
    if remedy.order is not None:
        own = remedy.order.source
        return own if _able(own) else None
    rows = identify.kept_sources(remedy.workspace).filter(side=identify.Source.Side.SHOP)
    return next((one for one in rows.order_by("pk")[:20] if _able(one)), None)


def _able(source: identify.Source) -> bool:
    if source.removed_at is not None or source.state == identify.Source.State.DISCONNECTED:
        return False
    return shop(source.kind).make_voucher is not None


def make(remedy: Remedy) -> MadeVoucher:
    """Has the shop make the code, or finds that it stands. Raises `Trouble` to try again later, `LastWord` where a
    person has to.
    """
    source = shop_of(remedy)
    if source is None:
        raise LastWord(_("Makegood can’t make codes in this shop."))
    call = shop(source.kind).make_voucher
    assert call is not None

    async def timed() -> MadeVoucher:
        async with asyncio.timeout(MOST_SECONDS):
            return await call(identify.credentials_of(source), wish_of(remedy))

    try:
        return async_to_sync(timed)()
    except Trouble as trouble:
        if trouble.verdict in (Verdict.REFUSE, Verdict.DISCONNECT):
            raise LastWord(trouble.sentence) from trouble
        raise
    except TimeoutError as error:
        raise Trouble(Verdict.RETRY, _("The shop took too long."), detail=repr(error)) from error
    except DecryptError as error:
        raise LastWord(error.sentence) from error


@transaction.atomic
def made(held: Any, remedy: Remedy, ident: str = "", by: Any = None) -> bool:
    """It works in the shop: whether this wrote it. `by` made it by hand."""
    if not finishing.execute(held, remedy, by=by):
        return False
    journal.record(
        remedy.workspace_id, "voucher.made", remedy.conversation, actor=by, at=ident, **finishing.facts(remedy)
    )
    said = _("made the voucher %(code)s.") % {"code": remedy.external_id}
    saying.hand_over(remedy, said, wording.both_words(remedy))
    return True
