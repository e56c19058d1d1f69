"""Deciding about what was asked for: approve, offer something else, decline, take back. One transaction a function.

Everything is read afresh under the workspace's lock: the request, the decider's role and limits, and what was given
meanwhile. Of two deciders at once the second reads what the first has decided.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Workspace
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import authority, costs, deciders, rules, telling
from makegood.resolve.asking import EXPIRES, begin, matter_of, tell_deciders
from makegood.resolve.deciders import Seat
from makegood.resolve.links import forget_old_links
from makegood.resolve.models import ApprovalRequest, Remedy
from makegood.resolve.rules import ResolveError

__all__ = [
    "approve",
    "counter",
    "decline",
    "escalate_due",
    "leave_counter",
    "may_decide_on",
    "take_counter",
    "withdraw",
]

LONGEST_NOTE = 300
MOST_AT_ONCE = 200
State = Remedy.State
Asked = ApprovalRequest.State


def may_decide_on(request: ApprovalRequest, membership: Membership) -> Seat | None:
    """The seat from which this member may decide about a request now, None where they may not. For pages."""
    return next((seat for seat in _bench(membership.workspace, request.remedy) if _is(seat, membership)), None)


@transaction.atomic
def approve(request: ApprovalRequest, membership: Membership, note: str = "") -> ApprovalRequest:
    """Agrees, by the member's own authority or that of whose place they take, and sets it going.

    Where two have to agree the first one's word is kept, and the request stays open for another. Raises `ResolveError`
    with a sentence; nothing is changed then.
    """
    workspace, row = _taken(request, membership)
    seats = _bench(workspace, row.remedy)
    seat = _seat(seats, row, membership)
    words = _note(note)
    if (row.needs_two or seat.judgement.needs_two) and not _agreed_before(seats, seat, row):
        return _first_of_two(row, seat, seats)
    _decided(row, Asked.APPROVED, seat, words)
    remedy = row.remedy
    remedy.state, remedy.decided_role = State.APPROVED, seat.holder.role
    _keep_decision(remedy, row)
    facts = _facts(row)
    journal.record(row.workspace_id, "remedy.approved", remedy.conversation, actor=row.decided_by, **facts)
    begin(remedy)
    said = _("approved what you asked for: “%(note)s”") if words else _("approved what you asked for")
    _tell_asker(row, said % {"note": words})
    return row


def _first_of_two(row: ApprovalRequest, seat: Seat, seats: Sequence[Seat]) -> ApprovalRequest:
    row.first_by, row.first_for, row.first_at = seat.member.user, seat.stands_for, clock.now()
    row.save(update_fields=["first_by", "first_for", "first_at"])
    facts = _facts(row)
    journal.record(row.workspace_id, "remedy.half_approved", row.remedy.conversation, actor=row.first_by, **facts)
    tell_deciders(row, [each for each in seats if not _same_eyes(each, row)])
    return row


def _agreed_before(seats: Sequence[Seat], seat: Seat, row: ApprovalRequest) -> bool:
    """Whether somebody else has agreed who may still do so. Raises `ResolveError` for the same person again."""
    if row.first_by_id is None:
        return False
    holder = row.first_for_id or row.first_by_id
    stands = any(each.member.user_id == row.first_by_id and each.holder.user_id == holder for each in seats)
    if not stands:
        return False
    if _same_eyes(seat, row):
        raise ResolveError(_("You have agreed already. Somebody else has to agree as well."))
    return True


def _same_eyes(seat: Seat, row: ApprovalRequest) -> bool:
    eyes = {row.first_by_id, row.first_for_id or row.first_by_id}
    return seat.member.user_id in eyes or seat.holder.user_id in eyes


@transaction.atomic
def decline(request: ApprovalRequest, membership: Membership, note: str) -> ApprovalRequest:
    """Says no, and why: the asker reads it. Raises `ResolveError`."""
    workspace, row = _taken(request, membership)
    seat = _seat(_bench(workspace, row.remedy), row, membership)
    words = _note(note)
    if not words:
        raise ResolveError(_("Say in a few words why not, or offer something else."))
    _decided(row, Asked.DECLINED, seat, words)
    row.remedy.state = State.DECLINED
    _keep_decision(row.remedy, row)
    facts = _facts(row)
    journal.record(row.workspace_id, "remedy.declined", row.remedy.conversation, actor=row.decided_by, **facts)
    _tell_asker(row, _("declined what you asked for: “%(note)s”") % {"note": words})
    return row


@transaction.atomic
def counter(
    request: ApprovalRequest,
    membership: Membership,
    *,
    amount_minor: int,
    cost_minor: int = 0,
    kind: str = "",
    details: Mapping[str, Any] | None = None,
    words: str = "",
    note: str = "",
) -> ApprovalRequest:
    """Offers the asker something else, in the same currency: another amount, or another kind with its details.

    It has to be within the decider's authority, and below what two have to agree on. The asker takes it or leaves it.
    Raises `ResolveError`.
    """
    workspace, row = _taken(request, membership)
    remedy = row.remedy
    offer = {
        "kind": kind or remedy.kind,
        "cost_minor": cost_minor,
        "details": dict(details if details is not None else remedy.details if kind in ("", remedy.kind) else {}),
        "words": (words or remedy.words).strip(),
    }
    offered = _offered(remedy, offer, amount_minor)
    if (offered.kind, offered.amount_minor, offered.cost_minor) == (
        remedy.kind,
        remedy.amount_minor,
        remedy.cost_minor,
    ):
        raise ResolveError(_("This is what was asked for. Approve it, or change what you offer."))
    seat = _seat_for_offer(workspace, offered, row, membership)
    row.counter_minor, row.counter = amount_minor, offer
    _decided(row, Asked.COUNTERED, seat, _note(note))
    row.expires_at = clock.now() + EXPIRES
    row.save(update_fields=["counter_minor", "counter", "expires_at"])
    remedy.state = State.COUNTERED
    _keep_decision(remedy, row)
    facts = _facts(row)
    journal.record(row.workspace_id, "remedy.countered", remedy.conversation, actor=row.decided_by, **facts)
    amount = rules.amount_words(amount_minor or cost_minor, remedy.currency)
    _tell_asker(row, _("offers something else than you asked for: %(amount)s") % {"amount": amount})
    return row


def _seat_for_offer(workspace: Workspace, offered: Remedy, row: ApprovalRequest, membership: Membership) -> Seat:
    seat = _seat(_bench(workspace, offered), row, membership)
    if seat.judgement.needs_two:
        raise ResolveError(_("Two have to agree on this much. Offer less, or approve or decline what was asked for."))
    return seat


def _offered(remedy: Remedy, offer: Mapping[str, Any], amount_minor: int) -> Remedy:
    """The remedy that the other offer would be. Raises `ResolveError` where it cannot be."""
    key = f"counter-{secrets.token_hex(16)}"
    wanted = rules.Wanted(
        kind=offer["kind"],
        currency=remedy.currency,
        request_key=key,
        amount_minor=amount_minor,
        cost_minor=offer["cost_minor"],
        order=remedy.order,
        charge=remedy.charge,
        details=offer["details"],
    )
    if sentence := rules.problem(wanted):
        raise ResolveError(sentence)
    cost = max(wanted.cost_minor, costs.at_least(wanted))
    kept = ("conversation", "case", "contact", "person_key", "order", "charge", "currency", "reason", "reason_words")
    also = ("policy_said", "exception", "asked_by", "due_at")
    return Remedy(
        workspace_id=remedy.workspace_id,
        **{name: getattr(remedy, name) for name in (*kept, *also)},
        kind=wanted.kind,
        amount_minor=amount_minor,
        cost_minor=cost,
        counted_minor=rules.counted(wanted.kind, amount_minor, cost),
        details=offer["details"],
        words=offer["words"],
        request_key=key,
        asked_at=clock.now(),
        counter_of=remedy,
    )


@transaction.atomic
def take_counter(request: ApprovalRequest, membership: Membership) -> Remedy:
    """The asker takes the other offer: a remedy of its own, approved by the one who offered it. Twice is once.

    The decider's authority is weighed again: it may be used up, or theirs no more. Raises `ResolveError`.
    """
    workspace, row = _own(request, membership)
    remedy = row.remedy
    taken = Remedy.objects.within(workspace).filter(counter_of=remedy).first()
    if taken is not None:
        return taken
    _refuse_unless_offered(row)
    offered = _offered(remedy, row.counter, row.counter_minor or 0)
    holder = row.decided_for_id or row.decided_by_id
    seats = _bench(workspace, offered)
    seat = next((s for s in seats if (s.member.user_id, s.holder.user_id) == (row.decided_by_id, holder)), None)
    if seat is None or seat.judgement.needs_two:
        raise ResolveError(
            _("%(who)s may no longer decide about this much. Ask anew, and say what was offered.")
            % {"who": row.decided_by or _("Who offered it")}
        )
    offered.state, offered.decided_role = State.APPROVED, seat.holder.role
    offered.decided_by, offered.decided_at = row.decided_by, clock.now()
    offered.decided_because = row.note[:LONGEST_NOTE]
    offered.save()
    facts = _facts(row) | {"remedy": offered.pk, "amount_minor": offered.amount_minor or offered.cost_minor}
    journal.record(row.workspace_id, "remedy.counter_taken", offered.conversation, actor=membership.user, **facts)
    begin(offered)
    if row.decided_by is not None:
        desk.notify(row.decided_by, offered.conversation, "remedy", _("took up what you offered"), membership.user)
    return offered


@transaction.atomic
def leave_counter(request: ApprovalRequest, membership: Membership) -> ApprovalRequest:
    """The asker lets the other offer be: nothing is given. Raises `ResolveError`."""
    _workspace, row = _own(request, membership)
    _refuse_unless_offered(row)
    row.state = Asked.WITHDRAWN
    row.save(update_fields=["state"])
    facts = _facts(row)
    journal.record(row.workspace_id, "remedy.counter_left", row.remedy.conversation, actor=membership.user, **facts)
    return row


@transaction.atomic
def withdraw(request: ApprovalRequest, membership: Membership) -> ApprovalRequest:
    """The asker takes back what nobody has decided yet. Raises `ResolveError`."""
    _workspace, row = _own(request, membership)
    if row.state != Asked.OPEN:
        raise ResolveError(_("This has been decided already."))
    row.state, row.decided_at = Asked.WITHDRAWN, clock.now()
    row.save(update_fields=["state", "decided_at"])
    remedy = row.remedy
    remedy.state, remedy.reversed_at, remedy.reversed_by = State.REVERSED, row.decided_at, membership.user
    remedy.save(update_fields=["state", "reversed_at", "reversed_by"])
    facts = _facts(row)
    journal.record(row.workspace_id, "remedy.withdrawn", remedy.conversation, actor=membership.user, **facts)
    return row


def escalate_due() -> int:
    """Asks everybody else who may decide, and ends what nobody has decided in time. How many requests it moved.

    Old links go with it.
    """
    forget_old_links()
    rows = ApprovalRequest.objects.across("the sweep looks after the requests of all workspaces")
    rows = rows.filter(state=Asked.OPEN)
    now = clock.now()
    late = rows.filter(expires_at__lte=now).order_by("expires_at")
    slow = rows.filter(escalate_at__lte=now, escalated_at__isnull=True).order_by("escalate_at")
    found = {row.pk: row for row in [*late[:MOST_AT_ONCE], *slow[:MOST_AT_ONCE]]}
    return sum(_move_on(row) for row in found.values())


@transaction.atomic
def _move_on(request: ApprovalRequest) -> bool:
    workspace = authority.lock(request.workspace_id)
    row = _row(request)
    now = clock.now()
    if row.state != Asked.OPEN:
        return False
    if row.expires_at <= now:
        row.state, row.decided_at = Asked.EXPIRED, now
        row.save(update_fields=["state", "decided_at"])
        row.remedy.state = State.EXPIRED
        row.remedy.save(update_fields=["state"])
        journal.record(row.workspace_id, "remedy.expired", row.remedy.conversation, **_facts(row))
        _tell_asker(row, _("ended what you asked for, as nobody decided in time. Ask again if it still matters"))
        return True
    if row.escalate_at is None or row.escalate_at > now or row.escalated_at is not None:
        return False
    seats = _bench(workspace, row.remedy)
    asked = {id(seat) for seat in deciders.asked_first(seats, row.needs_two)}
    row.escalated_at = now
    row.save(update_fields=["escalated_at"])
    journal.record(row.workspace_id, "remedy.escalated", row.remedy.conversation, **_facts(row))
    tell_deciders(row, [seat for seat in seats if id(seat) not in asked])
    return True


def _row(request: ApprovalRequest) -> ApprovalRequest:
    rows = ApprovalRequest.objects.within(request.workspace_id).select_for_update(of=("self",), no_key=True)
    return rows.select_related("remedy__conversation", "remedy__order", "remedy__charge", "remedy__asked_by").get(
        pk=request.pk
    )


def _taken(request: ApprovalRequest, membership: Membership) -> tuple[Workspace, ApprovalRequest]:
    """The request, open and locked, for somebody who decides."""
    workspace = _entered(request, membership)
    row = _row(request)
    if row.state == Asked.EXPIRED or (row.state == Asked.OPEN and row.expires_at <= clock.now()):
        raise ResolveError(_("Nobody decided in time, so this has ended. It can be asked for again."))
    if row.state != Asked.OPEN:
        raise ResolveError(_("Somebody has decided this already."))
    return workspace, row


def _own(request: ApprovalRequest, membership: Membership) -> tuple[Workspace, ApprovalRequest]:
    workspace = _entered(request, membership)
    row = _row(request)
    if row.remedy.asked_by_id != membership.user_id:
        raise ResolveError(_("Only who asked for it can do this."))
    return workspace, row


def _entered(request: ApprovalRequest, membership: Membership) -> Workspace:
    if request.workspace_id != membership.workspace_id:
        raise ResolveError(_("This request is not there."))
    workspace = authority.lock(membership.workspace_id)
    member = authority.fresh(membership)
    if not rules.may_ask(member):
        raise ResolveError(_("Your role decides nothing about remedies."))
    return workspace


def _bench(workspace: Workspace, remedy: Remedy) -> list[Seat]:
    return deciders.bench(workspace, remedy, matter_of(remedy))


def _is(seat: Seat, membership: Membership) -> bool:
    return seat.member.user_id == membership.user_id


def _seat(seats: Sequence[Seat], row: ApprovalRequest, membership: Membership) -> Seat:
    mine = [seat for seat in seats if _is(seat, membership)]
    if mine:
        # Of several places, one that has not agreed yet.
        return next((seat for seat in mine if not _same_eyes(seat, row)), mine[0])
    if row.remedy.asked_by_id == membership.user_id:
        raise ResolveError(_("Somebody else has to decide about what you asked for."))
    raise ResolveError(_("This is above what you may decide. Those who may have been asked."))


def _refuse_unless_offered(row: ApprovalRequest) -> None:
    if row.state != Asked.COUNTERED:
        raise ResolveError(_("Nothing else was offered, or it was let be."))
    if row.expires_at <= clock.now():
        raise ResolveError(_("The offer has run out. Ask anew, and say what was offered."))


def _decided(row: ApprovalRequest, state: str, seat: Seat, note: str) -> None:
    row.state, row.note = state, note
    row.decided_by, row.decided_for, row.decided_at = seat.member.user, seat.stands_for, clock.now()
    row.save(update_fields=["state", "note", "decided_by", "decided_for", "decided_at"])


def _keep_decision(remedy: Remedy, row: ApprovalRequest) -> None:
    remedy.decided_by, remedy.decided_at, remedy.decided_because = row.decided_by, row.decided_at, row.note
    remedy.save(update_fields=["state", "decided_role", "decided_by", "decided_at", "decided_because"])


def _note(note: str) -> str:
    words = " ".join(note.split())
    if len(words) > LONGEST_NOTE:
        raise ResolveError(_("The note is too long: 300 characters are enough."))
    return words


def _facts(row: ApprovalRequest) -> dict[str, Any]:
    remedy = row.remedy
    amount = remedy.amount_minor or remedy.cost_minor
    return {"remedy": remedy.pk, "request": row.pk, "kind": remedy.kind, "amount_minor": amount} | {
        "currency": remedy.currency,
        "note": row.note,
        "in_place_of": str(row.decided_for) if row.decided_for_id else "",
    }


def _tell_asker(row: ApprovalRequest, said: str) -> None:
    if row.remedy.asked_by is not None:
        desk.notify(row.remedy.asked_by, row.remedy.conversation, "remedy_decided", said, row.decided_by)
        telling.say_decision(row)
