"""Whose turn it is to decide: seats, and who takes whose while they are away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, Role, Workspace, allows
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import authority, rules
from makegood.resolve.authority import Matter
from makegood.resolve.models import Delegate, Remedy
from makegood.resolve.rules import Judgement, ResolveError

__all__ = ["Seat", "asked_first", "bench", "delegates_of", "end_delegate", "enough", "places_taken", "set_delegate"]

LONGEST_AWAY = 366
_RANK = (Role.MANAGER, Role.OWNER)


@dataclass(frozen=True)
class Seat:
    """Somebody who may decide about a remedy: by their own authority, or by that of the one whose place they take."""

    member: Membership
    instead_of: Membership | None
    judgement: Judgement

    @property
    def holder(self) -> Membership:
        """Whose authority it is."""
        return self.instead_of or self.member

    @property
    def stands_for(self) -> Any | None:
        """The user whose place is taken, if any."""
        return self.instead_of.user if self.instead_of else None


def bench(workspace: Workspace, remedy: Remedy, matter: Matter) -> list[Seat]:
    """Everybody who may decide about this remedy now; own authority before that of others. Never who asked for it.

    A manager may within a manager's limits, an owner always; from which amount two have to agree is in the seat's
    judgement. About 10 queries, however many members there are.
    """
    holders = [
        each
        for each in _members(workspace).filter(role__in=_RANK)
        if rules.may_decide(each) and each.user_id != remedy.asked_by_id
    ]
    found: list[Seat] = []
    judged: dict[str, Judgement] = {}
    for holder in holders:
        if holder.role not in judged:
            judged[holder.role] = authority.weigh(workspace, holder.role, remedy, matter)
        if holder.role == Role.OWNER or judged[holder.role].covered:
            found.append(Seat(holder, None, judged[holder.role]))
    by_user = {seat.member.user_id: seat for seat in found}
    for row in _delegates_now(workspace):
        seat, stand_in = by_user.get(row.user_id), _stand_in(workspace, row.to_id)
        if seat is not None and stand_in is not None and stand_in.user_id != remedy.asked_by_id:
            found.append(Seat(stand_in, seat.member, seat.judgement))
    return found


def _members(workspace: Workspace) -> Any:
    rows = Membership.objects.within(workspace).filter(user__is_active=True).select_related("user")
    return rows.order_by("joined_at", "pk")


def _stand_in(workspace: Workspace, user_id: int) -> Membership | None:
    member = _members(workspace).filter(user_id=user_id).first()
    return member if member is not None and _may_stand_in(member) else None


def _may_stand_in(member: Membership) -> bool:
    return rules.may_ask(member) and not member.learning


def _today(workspace: Workspace) -> date:
    return clock.now().astimezone(ZoneInfo(workspace.timezone)).date()


def _delegates_now(workspace: Workspace) -> list[Delegate]:
    today = _today(workspace)
    rows = Delegate.objects.within(workspace).filter(starts_on__lte=today, ends_on__gte=today)
    return list(rows.order_by("pk")[:100])


def enough(seats: Sequence[Seat], needs_two: bool) -> bool:
    """Whether there are people enough to decide: one, or two who are not one person's authority."""
    if not needs_two and any(not seat.judgement.needs_two for seat in seats):
        return True
    return len({seat.holder.user_id for seat in seats}) > 1 and len({seat.member.user_id for seat in seats}) > 1


def asked_first(seats: Sequence[Seat], needs_two: bool) -> list[Seat]:
    """Those who are asked before all others: the lowest role that may decide, delegates for those who are away.

    Where two have to agree, everybody is asked.
    """
    away = {seat.instead_of.user_id for seat in seats if seat.instead_of}
    present = [seat for seat in seats if seat.instead_of or seat.member.user_id not in away]
    alone = [seat for seat in present if not seat.judgement.needs_two]
    if needs_two or not alone:
        return present
    lowest = min(_RANK.index(Role(seat.holder.role)) for seat in alone)
    return [seat for seat in alone if _RANK.index(Role(seat.holder.role)) == lowest]


def places_taken(member: Membership) -> list[Delegate]:
    """In whose place a member decides today."""
    if not _may_stand_in(member):
        return []
    return [row for row in _delegates_now(member.workspace) if row.to_id == member.user_id]


def delegates_of(workspace: Workspace) -> list[Delegate]:
    """Who decides in whose place, now and later, each with both people; the earliest first."""
    rows = Delegate.objects.within(workspace).filter(ends_on__gte=_today(workspace))
    return list(rows.select_related("user", "to", "set_by").order_by("starts_on", "pk")[:100])


@transaction.atomic
def set_delegate(by: Membership, user: Any, to: Any, starts_on: date, ends_on: date) -> Delegate:
    """While `user` is away, `to` decides in their place; both days included, in the shop's time zone.

    Everybody sets their own, owners anybody's. It does not go on to a third. Raises `ResolveError`.
    """
    workspace = authority.lock(by.workspace_id)
    member = authority.fresh(by)
    if user.pk != member.user_id and not allows(member.role, Right.SETTINGS):
        raise ResolveError(_("Only owners say who decides in somebody else’s place."))
    if user.pk == to.pk:
        raise ResolveError(_("Choose somebody else: nobody takes their own place."))
    if not starts_on <= ends_on or (ends_on - starts_on).days > LONGEST_AWAY:
        raise ResolveError(_("The last day comes after the first, and within a year."))
    if ends_on < _today(workspace):
        raise ResolveError(_("This is over already. Choose days that lie ahead."))
    away = _members(workspace).filter(user_id=user.pk).first()
    if away is None or not rules.may_decide(away):
        raise ResolveError(_("Only who decides about remedies needs somebody in their place."))
    if _stand_in(workspace, to.pk) is None:
        raise ResolveError(_("Choose somebody who answers customers here and is not learning any more."))
    row = Delegate.objects.create(
        workspace=workspace, user=user, to=to, starts_on=starts_on, ends_on=ends_on, set_by=member.user
    )
    _record(row, "delegate.set", member, [str(user), str(to)])
    return row


@transaction.atomic
def end_delegate(by: Membership, delegate: Delegate) -> None:
    """They are back. Raises `ResolveError` for who is neither of the two nor an owner."""
    authority.lock(by.workspace_id)
    member = authority.fresh(by)
    rows = Delegate.objects.within(by.workspace_id).select_related("user", "to")
    row = rows.filter(pk=delegate.pk).first()
    if row is None:
        return
    if member.user_id not in (row.user_id, row.to_id) and not allows(member.role, Right.SETTINGS):
        raise ResolveError(_("Only owners say who decides in somebody else’s place."))
    _record(row, "delegate.ended", member, [str(row.user), str(row.to)])
    row.delete()


def _record(row: Delegate, verb: str, member: Membership, names: Iterable[str]) -> None:
    away, to = names
    facts = {"away": away, "to": to, "from": row.starts_on.isoformat(), "until": row.ends_on.isoformat()}
    if verb == "delegate.set":
        journal.record(row.workspace_id, "delegate.set", row, actor=member.user, **facts)
    else:
        journal.record(row.workspace_id, "delegate.ended", row, actor=member.user, **facts)
