"""Rules and members' settings: made, changed, ordered, switched and removed by members. One transaction a function."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts import api as accounts
from makegood.clocks import api as clocks
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.kit.ordering import move
from makegood.routing.house import workers
from makegood.routing.models import RoutingRule, WorkProfile
from makegood.routing.rules import Actions, Assign, Conditions, kept, problem_of

__all__ = [
    "MOST_RULES",
    "Profile",
    "RoutingError",
    "Wish",
    "move_rule",
    "remove_rule",
    "save_profile",
    "save_rule",
    "switch_rule",
]

MOST_RULES = 60
MOST_OPEN = 1_000


class RoutingError(ValueError):
    """A rule or setting that can't be kept as it is: a sentence that says why and what to do."""


@dataclass(frozen=True)
class Wish:
    """A rule as a member wants it."""

    name: str
    conditions: Conditions = field(default_factory=Conditions)
    actions: Actions = field(default_factory=Actions)
    go_on: bool = False


@dataclass(frozen=True)
class Profile:
    """What a member takes, as somebody wants it; `hours` is a set of hours of the workspace, or None."""

    takes: bool = True
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    hours: clocks.BusinessHours | None = None
    most_open: int | None = None
    away_until: date | None = None


@transaction.atomic
def save_rule(workspace: Any, by: Any, wish: Wish, row: RoutingRule | None = None) -> RoutingRule:
    """Makes a rule, last in order and switched off, or changes one, which then holds for what is heard from now on.

    Raises RoutingError.
    """
    name = " ".join(wish.name.split())[:80]
    actions = _here(workspace, wish.actions)
    others = RoutingRule.objects.within(workspace).exclude(pk=row.pk if row else 0)
    if not name:
        raise RoutingError(_("Give the rule a name, such as “German delivery”."))
    if others.filter(name=name).exists():
        raise RoutingError(_("There is a rule of this name already. Choose another name."))
    if others.count() >= MOST_RULES:
        raise RoutingError(_("There are %(n)d rules. Remove one you no longer need.") % {"n": MOST_RULES})
    if sentence := problem_of(wish.conditions, actions):
        raise RoutingError(sentence)
    last = others.order_by("-position").values_list("position", flat=True).first()
    found = row or RoutingRule(workspace=workspace, created_by=by, position=(last or 0) + 1)
    found.name, found.go_on = name, wish.go_on
    found.conditions, found.actions = kept(wish.conditions), kept(actions)
    if found.active:
        found.since = clock.now()
    found.save()
    journal.record(found.workspace_id, "routing.rule_saved", found, actor=by, name=name, active=found.active)
    return found


def _here(workspace: Any, actions: Actions) -> Actions:
    """Without whoever and whatever is not of this workspace; labels as people write them."""
    assign = actions.assign
    people = {each.user_id for each in workers(workspace)}
    teams = {each.pk for each in accounts.teams(workspace)} if assign.teams else set()
    policies = {each.pk for each in clocks.all_policies(workspace)} if actions.policy else set()
    labels = dict.fromkeys(" ".join(name.split())[:40] for name in actions.labels)
    return replace(
        actions,
        assign=_only(assign, people, teams),
        labels=tuple(name for name in labels if name),
        policy=actions.policy if actions.policy in policies else None,
    )


def _only(assign: Assign, people: Collection[int], teams: Collection[int]) -> Assign:
    """What belongs to the way in which it is given, and nothing else."""
    return Assign(
        how=assign.how,
        person=assign.person if assign.how == "person" and assign.person in people else None,
        people=tuple(one for one in assign.people if one in people) if assign.how == "least" else (),
        teams=tuple(one for one in assign.teams if one in teams) if assign.how == "least" else (),
    )


@transaction.atomic
def switch_rule(row: RoutingRule, by: Any, active: bool) -> None:
    """Switches a rule on, for what is heard from now on, or off. What it gave stays given."""
    values = {"active": True, "since": clock.now()} if active else {"active": False}
    RoutingRule.objects.within(row.workspace_id).filter(pk=row.pk).update(**values)
    if active:
        journal.record(row.workspace_id, "routing.rule_on", row, actor=by, name=row.name)
    else:
        journal.record(row.workspace_id, "routing.rule_off", row, actor=by, name=row.name)


@transaction.atomic
def move_rule(row: RoutingRule, by: Any, *, up: bool) -> None:
    """One place up or down in the order in which rules are tried."""
    rows = list(RoutingRule.objects.within(row.workspace_id).select_for_update().order_by("position", "id"))
    if not move(rows, row.pk, up=up):
        return
    RoutingRule.objects.within(row.workspace_id).bulk_update(rows, ["position"])
    journal.record(row.workspace_id, "routing.rule_moved", row, actor=by, name=row.name)


@transaction.atomic
def remove_rule(row: RoutingRule, by: Any) -> None:
    """Forgets a rule and how often it took something. What it gave stays given."""
    journal.record(row.workspace_id, "routing.rule_removed", row, actor=by, name=row.name)
    row.delete()


@transaction.atomic
def save_profile(workspace: Any, by: Any, user: Any, wish: Profile) -> WorkProfile:
    """What a member takes, when and how much. Raises RoutingError."""
    if user.pk not in {each.user_id for each in workers(workspace)}:
        raise RoutingError(_("This member can’t be given work: their role doesn’t let them work on conversations."))
    if wish.most_open is not None and not 1 <= wish.most_open <= MOST_OPEN:
        raise RoutingError(_("The most at once lies between 1 and 1,000. Empty: no limit."))
    values = {
        "takes": wish.takes,
        "topics": list(wish.topics),
        "languages": list(wish.languages),
        "hours": wish.hours,
        "most_open": wish.most_open,
        "away_until": wish.away_until,
    }
    row: WorkProfile
    row, _new = WorkProfile.objects.update_or_create(workspace_id=workspace.pk, user=user, defaults=values)
    journal.record(workspace.pk, "routing.profile_saved", row, actor=by, user=user.pk, who=str(user))
    return row
