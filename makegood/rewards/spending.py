"""The catalogue, and turning points into what is in it. One transaction a function.

Asking takes the points out of the balance; declining or taking back gives them back; fulfilling looks at the month's
budget. Locks are taken in one order: settings, request, person, reward.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows, members
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock, money
from makegood.rewards import ledger, rules
from makegood.rewards.models import Reward, RewardRequest
from makegood.rewards.people import lock_settings, seat_of, settings_of
from makegood.rewards.rules import RewardError

__all__ = ["Budget", "ask_for", "budget_now", "decline_request", "fulfil", "save_reward", "withdraw_request"]

State = RewardRequest.State
LONGEST_WORD = 300


@dataclass(frozen=True)
class Budget:
    """What this calendar month, in the shop's time zone, has for rewards and what of it is spent; None: no limit."""

    begin: datetime
    end: datetime
    currency: str
    minor: int | None
    points: int | None
    spent_minor: int
    spent_points: int


def budget_now(workspace: Any) -> Budget:
    """The budget of the month that it is now. 3 queries at most."""
    row = settings_of(workspace)
    begin, end = rules.month_of(clock.now(), workspace.timezone)
    done = RewardRequest.objects.within(workspace).filter(state=State.FULFILLED, decided_at__gte=begin)
    done = done.filter(decided_at__lt=end)
    spent = done.filter(currency=row.currency).aggregate(total=Sum("cost_minor"))["total"]
    points = done.aggregate(total=Sum("points"))["total"]
    return Budget(begin, end, row.currency, row.budget_minor, row.budget_points, int(spent or 0), int(points or 0))


def _check(member: Membership) -> None:
    if not allows(member.role, Right.APPROVE):
        raise RewardError(_("Only a manager or an owner can do this."))


@transaction.atomic
def save_reward(
    by: Membership,
    row: Reward | None,
    *,
    name: str,
    text: str = "",
    points: int,
    cost_minor: int = 0,
    currency: str = "EUR",
    stock: int | None = None,
    active: bool = True,
) -> Reward:
    """Puts a reward into the catalogue, or changes one; what was asked for before stays as it was.

    Raises RewardError.
    """
    _check(by)
    words = " ".join(name.split())
    if problem := rules.reward_problem(words, points, cost_minor, stock):
        raise RewardError(problem)
    try:
        money.exponent(currency)
    except ValueError as error:
        raise RewardError(_("Write the currency as three capitals, such as EUR.")) from error
    lock_settings(by.workspace_id)
    same = Reward.objects.within(by.workspace_id).filter(name=words)
    if (same.exclude(pk=row.pk) if row else same).exists():
        raise RewardError(_("The catalogue has a reward of this name already."))
    found = row or Reward(workspace_id=by.workspace_id)
    if row is not None:
        found = Reward.objects.within(by.workspace_id).select_for_update().get(pk=row.pk)
    found.name, found.text, found.points = words, " ".join(text.split())[:LONGEST_WORD], points
    found.cost_minor, found.currency, found.stock, found.active = cost_minor, currency, stock, active
    found.changed_by, found.changed_at = by.user, clock.now()
    found.save()
    journal.record(by.workspace_id, "reward.saved", found, actor=by.user, name=words, points=points, active=active)
    return found


@transaction.atomic
def ask_for(member: Membership, reward_id: int, *, request_key: str, wish: str = "") -> RewardRequest:
    """Asks for a reward; its points are held from now on. The same `request_key` again is the same request.

    Raises RewardError.
    """
    ledger.lock_people(member.workspace_id, [member.user_id])
    rows = RewardRequest.objects.within(member.workspace_id)
    if (known := rows.filter(request_key=request_key, user_id=member.user_id).first()) is not None:
        return known
    if not seat_of(member).takes_part:
        raise RewardError(_("You do not take part in thanking here. A manager can let you."))
    reward = Reward.objects.within(member.workspace_id).select_for_update().filter(pk=reward_id, active=True).first()
    if reward is None:
        raise RewardError(_("This reward is not in the catalogue any more. Choose another."))
    if reward.stock == 0:
        raise RewardError(_("There is none left of it. Ask whoever looks after the catalogue, or choose another."))
    have = ledger.balance_of(member.workspace_id, member.user_id)
    if have < reward.points:
        facts = {"missing": reward.points - have, "name": reward.name}
        raise RewardError(_("You lack %(missing)d points for “%(name)s”.") % facts)
    request: RewardRequest = RewardRequest.objects.create(
        workspace_id=member.workspace_id,
        reward=reward,
        reward_name=reward.name,
        user=member.user,
        user_name=str(member.user),
        points=reward.points,
        cost_minor=reward.cost_minor,
        currency=reward.currency,
        wish=" ".join(wish.split())[:LONGEST_WORD],
        request_key=request_key,
        asked_at=clock.now(),
    )
    ledger.hold(member.workspace_id, member.user, reward.points, request.pk, reward.name)
    _restock(reward.pk, member.workspace_id, -1)
    journal.record(
        member.workspace_id, "reward.asked", request, actor=member.user, name=reward.name, points=reward.points
    )
    told = [each.user for each in members(member.workspace) if allows(each.role, Right.APPROVE)]
    words = _("would like a reward: %(name)s") % {"name": reward.name}
    desk.notify_all(told, None, "reward", words, member.user, workspace=member.workspace)
    return request


def _restock(reward_id: int, workspace_id: int, by: int) -> None:
    rows = Reward.objects.within(workspace_id).filter(pk=reward_id, stock__isnull=False)
    rows.update(stock=F("stock") + by)


def _waiting(workspace_id: int, request_id: int) -> RewardRequest:
    """A request that nobody has decided, locked. Raises RewardError."""
    rows = RewardRequest.objects.within(workspace_id).select_for_update(of=("self",)).filter(pk=request_id)
    row = rows.select_related("user").first()
    if row is None:
        raise RewardError(_("This is not there."))
    if row.state != State.ASKED:
        raise RewardError(_("This has been decided already: %(state)s.") % {"state": row.get_state_display()})
    return row


def _decider(member: Membership, request: RewardRequest) -> None:
    """Nobody grants themselves a reward while there is somebody else who can."""
    _check(member)
    if request.user_id != member.user_id:
        return
    others = [each for each in members(member.workspace) if each.user_id != member.user_id]
    if any(allows(each.role, Right.APPROVE) for each in others):
        raise RewardError(_("Somebody else decides about what you ask for."))


def _decide(request: RewardRequest, state: str, note: str, by: Any) -> None:
    request.state, request.note = state, " ".join(note.split())[:LONGEST_WORD]
    request.decided_by, request.decided_by_name, request.decided_at = by, str(by), clock.now()
    request.save(update_fields=["state", "note", "decided_by", "decided_by_name", "decided_at"])


@transaction.atomic
def fulfil(member: Membership, request_id: int, note: str = "") -> RewardRequest:
    """Gives a reward, within the month's budget. Raises RewardError."""
    lock_settings(member.workspace_id)
    request = _waiting(member.workspace_id, request_id)
    _decider(member, request)
    now = budget_now(member.workspace)
    problem = rules.budget_problem(
        (now.spent_minor, now.spent_points),
        (request.cost_minor, request.points),
        (now.minor, now.points),
        request.currency == now.currency,
    )
    if problem:
        raise RewardError(problem)
    _decide(request, State.FULFILLED, note, member.user)
    journal.record(
        member.workspace_id,
        "reward.fulfilled",
        request,
        actor=member.user,
        name=request.reward_name,
        to=request.user_id,
    )
    _tell(request, member, _("has your reward for you: %(name)s"))
    return request


@transaction.atomic
def decline_request(member: Membership, request_id: int, note: str) -> RewardRequest:
    """Declines a request, with a word why; its points come back. Raises RewardError."""
    lock_settings(member.workspace_id)
    request = _waiting(member.workspace_id, request_id)
    _decider(member, request)
    if not note.strip():
        raise RewardError(_("Say why, in a few words: they will want to know."))
    _decide(request, State.DECLINED, note, member.user)
    journal.record(
        member.workspace_id, "reward.declined", request, actor=member.user, name=request.reward_name, to=request.user_id
    )
    _give_back(request, "declined", member)
    _tell(request, member, _("declined a reward: %(name)s. Your points are back: “%(note)s”"))
    return request


@transaction.atomic
def withdraw_request(member: Membership, request_id: int) -> RewardRequest:
    """Takes back what one has asked for oneself; its points come back. Raises RewardError."""
    request = _waiting(member.workspace_id, request_id)
    if request.user_id != member.user_id:
        raise RewardError(_("This is not there."))
    _decide(request, State.WITHDRAWN, "", member.user)
    _give_back(request, "withdrawn", member)
    return request


def _give_back(request: RewardRequest, because: str, member: Membership) -> None:
    if request.user_id is not None:
        ledger.lock_people(request.workspace_id, [request.user_id])
    if ledger.pay_back(request.workspace_id, request.pk, because):
        _restock(request.reward_id, request.workspace_id, 1)
        journal.record(
            request.workspace_id, "reward.paid_back", request, actor=member.user, points=request.points, because=because
        )


def _tell(request: RewardRequest, member: Membership, words: str) -> None:
    if request.user is not None:
        said = words % {"name": request.reward_name, "note": request.note}
        desk.notify(request.user, None, "reward", said, member.user, workspace=member.workspace)
