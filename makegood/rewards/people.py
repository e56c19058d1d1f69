"""Who takes part, and how a workspace has arranged its thanks. One transaction a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, User, allows, members
from makegood.journal import api as journal
from makegood.kit import clock, money
from makegood.rewards import rules
from makegood.rewards.models import Participant, ThanksSettings
from makegood.rewards.rules import RewardError

__all__ = [
    "Seat",
    "let_take_part",
    "lock_settings",
    "save_rules",
    "seat_of",
    "seats",
    "set_budget",
    "settings_of",
    "show_on_board",
    "taking_part",
]


@dataclass(frozen=True)
class Seat:
    """A member, and how they take part."""

    member: Membership
    chosen: bool | None
    """What a manager chose; None: as the role has it."""
    on_board: bool

    @property
    def able(self) -> bool:
        """Whether they could take part at all."""
        return allows(self.member.role, Right.NOTE)

    @property
    def takes_part(self) -> bool:
        """Whether they give and get."""
        reads = allows(self.member.role, Right.READ)
        return rules.takes_part(self.chosen, may_note=self.able, reads_all=reads)


def settings_of(workspace: Any) -> ThanksSettings:
    """How a workspace thanks; an unsaved row with what holds at first where nobody has said anything. 1 query."""
    row = ThanksSettings.objects.within(workspace).first()
    return row or ThanksSettings(workspace_id=workspace if isinstance(workspace, int) else workspace.pk)


def lock_settings(workspace_id: int) -> ThanksSettings:
    """The workspace's settings, locked until the caller's transaction ends: one decision about a budget at a time."""
    ThanksSettings.objects.get_or_create(workspace_id=workspace_id)
    return ThanksSettings.objects.within(workspace_id).select_for_update().get()


def seats(workspace: Any) -> list[Seat]:
    """Everybody in the workspace and how they take part, in the order in which they joined. 2 queries."""
    rows = {row.user_id: row for row in Participant.objects.within(workspace)}
    found = []
    for member in members(workspace):
        row = rows.get(member.user_id)
        found.append(Seat(member, row.takes_part if row else None, row.on_board if row else True))
    return found


def seat_of(member: Membership) -> Seat:
    """How one member takes part. 1 query."""
    row = Participant.objects.within(member.workspace_id).filter(user_id=member.user_id).first()
    return Seat(member, row.takes_part if row else None, row.on_board if row else True)


def taking_part(workspace: Any) -> dict[int, User]:
    """Those who take part, by their id. 2 queries."""
    return {seat.member.user_id: seat.member.user for seat in seats(workspace) if seat.takes_part}


def _check(member: Membership, right: Right) -> None:
    if not allows(member.role, right):
        raise RewardError(_("Your role does not let you change this."))


@transaction.atomic
def let_take_part(by: Membership, member: Membership, wanted: bool) -> None:
    """A manager says whether a member, a freelancer say, takes part. What they have stays.

    Raises RewardError.
    """
    _check(by, Right.APPROVE)
    if member.workspace_id != by.workspace_id:
        raise RewardError(_("This is not there."))
    if wanted and not allows(member.role, Right.NOTE):
        raise RewardError(_("Viewers read only. Give them another role first."))
    row, _new = Participant.objects.get_or_create(workspace_id=by.workspace_id, user_id=member.user_id)
    if row.takes_part == wanted:
        return
    row.takes_part = wanted
    row.save(update_fields=["takes_part"])
    journal.record(by.workspace_id, "thanks.takes_part", member, actor=by.user, user=member.user_id, wanted=wanted)


@transaction.atomic
def show_on_board(member: Membership, wanted: bool) -> None:
    """A member says whether they may stand on the leader board. Nobody else can."""
    Participant.objects.update_or_create(
        workspace_id=member.workspace_id, user_id=member.user_id, defaults={"on_board": wanted}
    )


@transaction.atomic
def save_rules(
    by: Membership, *, kudos_a_day: int, values: Sequence[str], points: Mapping[str, int], board: bool
) -> ThanksSettings:
    """The owner says what counts, and whether there is a leader board. It holds from now on. Raises RewardError."""
    _check(by, Right.SETTINGS)
    said = list(dict.fromkeys(words for value in values if (words := " ".join(value.split()))))
    known = {kind: each for kind, each in points.items() if kind in rules.DEFAULTS}
    if problem := rules.rules_problem(kudos_a_day, said, known):
        raise RewardError(problem)
    row = lock_settings(by.workspace_id)
    row.kudos_a_day, row.values, row.board = kudos_a_day, said, board
    row.points = {kind: each for kind, each in known.items() if each != rules.DEFAULTS[kind]}
    row.changed_by, row.changed_at = by.user, clock.now()
    row.save()
    journal.record(by.workspace_id, "thanks.changed", row, actor=by.user, kudos_a_day=kudos_a_day, board=board)
    return row


@transaction.atomic
def set_budget(by: Membership, *, currency: str, minor: int | None, points: int | None) -> ThanksSettings:
    """The owner says what rewards may cost in a calendar month, from this one on; None is no limit.

    `minor` is in the currency's minor units. Raises RewardError.
    """
    _check(by, Right.SETTINGS)
    try:
        money.exponent(currency)
    except ValueError as error:
        raise RewardError(_("Write the currency as three capitals, such as EUR.")) from error
    if minor is not None and not 0 <= minor <= money.MOST_MINOR:
        raise RewardError(_("A budget is an amount of money; leave it empty for none."))
    if points is not None and not 0 <= points <= rules.MOST_PRICE:
        raise RewardError(_("A budget in points is a number up to a million; leave it empty for none."))
    row = lock_settings(by.workspace_id)
    row.currency, row.budget_minor, row.budget_points = currency, minor, points
    row.changed_by, row.changed_at = by.user, clock.now()
    row.save()
    journal.record(
        by.workspace_id, "budget.set", row, actor=by.user, amount_minor=minor, currency=currency, points=points
    )
    return row
