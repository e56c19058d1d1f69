"""Refunds begin here: how much can go back, the row with its key, trying again, and taking back what was not yet paid.

Money goes back against one payment (the charge), by the way it came or as a payout; the charge is the bound of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.connectors.payments.registry import processor
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve.models import Refund, Remedy
from makegood.resolve.rules import ResolveError, amount_words

__all__ = [
    "DECIDED",
    "GONE_BACK",
    "LIVE",
    "RefundError",
    "Way",
    "begin_refund",
    "facts",
    "locked_charge",
    "made_elsewhere",
    "refund_of",
    "reverse_refund",
    "room",
    "try_again",
    "way_of",
    "why_not",
    "with_all",
]

State = Refund.State
LIVE = (State.DUE, State.SENDING, State.DONE, State.UNKNOWN, State.ELSEWHERE)
"""What counts against the charge, and of which a remedy has one at most."""
GONE_BACK = (identify.ChargeRefund.State.PENDING, identify.ChargeRefund.State.DONE)
"""Refunds in the processor's record that the customer has or will have."""
DECIDED = (Remedy.State.AUTO_APPROVED, Remedy.State.APPROVED)


class RefundError(ResolveError):
    """Money that cannot go back, or can no longer be stopped: a sentence that says why and what to do."""


@dataclass(frozen=True)
class Way:
    """How money goes back: by which processor, and for a payout to which address."""

    way: str
    source: identify.Source | None
    payout_to: str = ""


def locked_charge(workspace: Any, key: int) -> identify.Charge:
    """The charge as it stands now, which nobody else pays back until the caller's transaction ends."""
    rows = identify.Charge.objects.within(workspace).select_for_update(of=("self",), no_key=True)
    found: identify.Charge = rows.select_related("source").get(pk=key)
    return found


def room(charge: identify.Charge, without: Refund | None = None) -> int:
    """How much of a charge can still go back, in minor units of its currency. 2 queries.

    Taken from it: what the processor's record says went back, whoever did it, and every refund of ours that is due,
    under way, paid or unknown and not in that record yet. Payouts count as refunds do. For one of ours that is
    about to be sent (`without`) neither itself counts, nor what was begun after it and is not handed over either.
    """
    record = list(
        identify.ChargeRefund.objects.within(charge.workspace_id)
        .filter(charge=charge)
        .values_list("external_id", "key", "amount_minor", "state")
    )
    in_record = {name for ident, key, *_ in record for name in (ident, key) if name}
    gone = sum(amount for *_, amount, state in record if state in GONE_BACK)
    ours = Refund.objects.within(charge.workspace_id).filter(charge=charge, state__in=LIVE)
    if without is not None:
        ours = ours.exclude(pk=without.pk).exclude(
            pk__gt=without.pk, state__in=[State.DUE, State.SENDING], first_sent_at__isnull=True
        )
    held = sum(
        amount
        for key, ident, amount in ours.values_list("key", "processor_id", "amount_minor")
        if key not in in_record and ident not in in_record
    )
    return charge.amount_minor - max(charge.refunded_minor, gone) - held


def way_of(charge: identify.Charge, details: Mapping[str, Any]) -> Way:
    """The way that a remedy's details ask for: {"way": "payout", "email": ...}, else the way it was paid.

    `source` is None where no connected processor can pay out. 1 query at most.
    """
    if details.get("way") != Refund.Way.PAYOUT:
        return Way(Refund.Way.ORIGINAL, charge.source)
    rows = identify.Source.objects.within(charge.workspace_id).filter(
        side=identify.Source.Side.PAYMENTS, is_sample=False
    )
    rows = rows.exclude(state=identify.Source.State.DISCONNECTED).order_by("id")
    able = [one for one in rows[:20] if processor(one.kind).pay_out is not None]
    return Way(Refund.Way.PAYOUT, able[0] if able else None, str(details.get("email") or "").strip())


def why_not(
    charge: identify.Charge, amount_minor: int, currency: str, way: Way, *, without: Refund | None = None
) -> str:
    """Why this much cannot go back, as a sentence for the person; "" when it can. 2 queries at most."""
    if way.source is None:
        return _("Nobody can pay out to an address yet: connect PayPal, or refund the way it was paid.")
    if problem := _not_by(charge, way):
        return problem
    if currency != charge.currency:
        facts = {"paid": charge.currency, "asked": currency}
        return _("This was paid in %(paid)s, so it can’t go back in %(asked)s.") % facts
    if amount_minor <= 0:
        return _("Say how much is to go back.")
    if charge.state == identify.Charge.State.DISPUTED:
        return _(
            "The customer’s bank has been asked to take this payment back. A refund now would pay them twice: "
            "answer the dispute at the processor."
        )
    if charge.state != identify.Charge.State.PAID:
        return _("This payment has not been received, so nothing can go back.")
    left = room(charge, without)
    if amount_minor <= left:
        return ""
    facts = {"left": amount_words(max(left, 0), currency), "paid": amount_words(charge.amount_minor, currency)}
    if left <= 0:
        return _("All of the %(paid)s they paid has gone back already, or is about to.") % facts
    return _("Only %(left)s of the %(paid)s they paid can still go back.") % facts


def _not_by(charge: identify.Charge, way: Way) -> str:
    """Why the processor cannot do it, whatever the amount."""
    assert way.source is not None
    if way.source.is_sample:
        return _("This is the sample shop, so no money can move.")
    found = processor(way.source.kind)
    title = found.capability.title
    if way.source.state == identify.Source.State.DISCONNECTED:
        return _("%(processor)s is not connected. Connect it again, then try again.") % {"processor": title}
    if way.way == Refund.Way.PAYOUT:
        return "" if way.payout_to else _("Say to which address it is to be paid.")
    if found.refund is None:
        return _("Makegood can’t refund by %(processor)s. Do it there.") % {"processor": title}
    days = found.capability.refund_days
    if days is not None and clock.now() > charge.at + timedelta(days=days):
        said = {"processor": title, "days": days}
        return _("%(processor)s refunds for %(days)s days only, and this was paid longer ago.") % said
    return ""


def made_elsewhere(row: Refund) -> str:
    """The processor's id of a refund of the same amount that was made on this charge since it was asked for, by nobody
    we know of; "" when there is none. An earlier attempt for the same remedy under another key counts.
    """
    inside = row.workspace_id
    record = identify.ChargeRefund.objects.within(inside).filter(
        charge=row.charge_id, amount_minor=row.amount_minor, currency=row.currency, state__in=GONE_BACK
    )
    ours = list(Refund.objects.within(inside).filter(charge=row.charge_id).exclude(pk=row.pk))
    taken = {one.processor_id for one in ours if one.processor_id} | set(row.known)
    keys = {one.key for one in ours if one.remedy_id != row.remedy_id}
    for ident, key in record.order_by("at", "id").values_list("external_id", "key"):
        if ident not in taken and key not in keys:
            return str(ident)
    return ""


@transaction.atomic
def begin_refund(remedy: Remedy, amount_minor: int | None = None) -> Refund:
    """Makes the row of a decided remedy's refund, with its key, in the transaction that decides. It is paid by the step
    "refunds" after the workspace's seconds of grace.

    A remedy has one refund: where one is under way, done or unknown already, that one is returned. `amount_minor` is
    the remedy's own unless given. Raises `RefundError` with a sentence; nothing is written then.
    """
    if remedy.charge_id is None:
        raise RefundError(_("Choose the payment that is to go back."))
    if remedy.state not in DECIDED:
        raise RefundError(_("Nobody has decided this yet."))
    charge = locked_charge(remedy.workspace_id, remedy.charge_id)
    standing = Refund.objects.within(remedy.workspace_id).filter(remedy=remedy, state__in=LIVE).first()
    if standing is not None:
        return standing
    amount = remedy.amount_minor if amount_minor is None else amount_minor
    way = way_of(charge, remedy.details)
    if problem := why_not(charge, amount, remedy.currency, way):
        raise RefundError(problem)
    assert way.source is not None
    grace = remedy.workspace.undo_seconds
    known = identify.ChargeRefund.objects.within(remedy.workspace_id).filter(charge=charge, at__lt=remedy.asked_at)
    row = Refund.objects.create(
        workspace_id=remedy.workspace_id,
        remedy=remedy,
        charge=charge,
        source=way.source,
        way=way.way,
        payout_to=way.payout_to,
        amount_minor=amount,
        currency=remedy.currency,
        key=f"makegood-{uuid4().hex}",
        send_after=clock.now() + timedelta(seconds=grace),
        known=list(known.values_list("external_id", flat=True)),
    )
    journal.record(row.workspace_id, "refund.begun", remedy.conversation, actor=remedy.asked_by, **facts(row))
    jobs.wake("refunds", delay=grace)
    return row


def facts(row: Refund) -> dict[str, Any]:
    """What every journal line about a refund carries."""
    return {
        "remedy": row.remedy_id,
        "refund": row.pk,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "way": row.way,
    }


def with_all(rows: Any) -> Any:
    """These refunds with everything that following and paying them looks at, in one query."""
    return rows.select_related(
        *("workspace", "source", "charge__source", "charge__order__source", "remedy__order__source"),
        *("remedy__conversation__assignee", "remedy__reason", "remedy__asked_by", "remedy__decided_by"),
        *("remedy__promise", "remedy__workspace"),
    )


def refund_of(remedy: Remedy) -> Refund | None:
    """The newest refund of a remedy: the one that counts. 1 query."""
    rows = Refund.objects.within(remedy.workspace_id).filter(remedy=remedy).select_related("source", "charge")
    return rows.order_by("-id").first()


def try_again(remedy: Remedy, membership: Membership) -> Refund:
    """Begins the refund of a remedy anew that was refused or came back, with a new key. Raises `RefundError`."""
    if not allows(membership.role, Right.ANSWER) or membership.workspace_id != remedy.workspace_id:
        raise RefundError(_("Your role doesn’t pay money back."))
    return begin_refund(remedy)


@transaction.atomic
def reverse_refund(remedy: Remedy, membership: Membership, because: str) -> Remedy:
    """Takes a refund back that was not handed to the processor yet. Only who asked for it and who may approve can.

    Raises `RefundError` where it is too late, or they may not.
    """
    words = " ".join(because.split())[:300]
    if not words:
        raise RefundError(_("Say why it is taken back: your colleagues will want to know."))
    if membership.workspace_id != remedy.workspace_id or not (
        allows(membership.role, Right.APPROVE)
        or (allows(membership.role, Right.ANSWER) and remedy.asked_by_id == membership.user_id)
    ):
        raise RefundError(_("Only who asked for it, and who may approve, can take it back."))
    if remedy.charge_id is not None:
        locked_charge(remedy.workspace_id, remedy.charge_id)
    rows = Refund.objects.within(remedy.workspace_id).filter(remedy=remedy)
    # One that is leased but not handed over is stopped too: whoever holds it looks again under the charge's lock.
    rows.filter(state__in=[State.DUE, State.SENDING], first_sent_at__isnull=True).update(
        state=State.REFUSED, send_after=None, lease_until=None, sentence=_("Taken back before it was paid.")
    )
    live = rows.filter(state__in=LIVE).first()
    if live is not None:
        raise RefundError(_too_late(live))
    now = clock.now()
    found = Remedy.objects.within(remedy.workspace_id).filter(pk=remedy.pk, state__in=DECIDED)
    if not found.update(
        state=Remedy.State.REVERSED, reversed_at=now, reversed_by=membership.user, reversed_because=words, problem=""
    ):
        raise RefundError(_("This is not about to be paid: there is nothing to take back."))
    remedy.refresh_from_db()
    if remedy.promise is not None and remedy.promise.stopped_at is None:
        desk.withdraw_promise(remedy.promise, membership.user)
    journal.record(
        remedy.workspace_id,
        "refund.taken_back",
        remedy.conversation,
        actor=membership.user,
        remedy=remedy.pk,
        amount_minor=remedy.amount_minor,
        currency=remedy.currency,
    )
    return remedy


def _too_late(row: Refund) -> str:
    if row.state == State.UNKNOWN:
        return _("Nobody knows yet whether this was paid. Look at the processor and say what happened there first.")
    if row.state == State.SENDING:
        return _("This has been handed to the processor, so it can’t be taken back.")
    return _("This has been paid. Money that has gone back can’t be taken back from here.")
