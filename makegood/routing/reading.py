"""What the pages about routing show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max

from makegood.accounts.api import Membership
from makegood.desk import api as desk
from makegood.kit import clock
from makegood.routing.house import rule_of, workers
from makegood.routing.models import Routing, RoutingRule, Taken, WorkProfile
from makegood.routing.rules import Rule

__all__ = ["MemberRow", "RuleRow", "members", "one_rule", "profile_of", "rules", "rules_before", "waiting_count"]

DAYS = 7


@dataclass(frozen=True)
class RuleRow:
    """A rule with what it did: how many it took in the last seven days, and when it last did."""

    row: RoutingRule
    rule: Rule
    lately: int
    last: datetime | None


@dataclass(frozen=True)
class MemberRow:
    """A member who may be given work, what they take, and how many that need an answer they have."""

    member: Membership
    profile: WorkProfile
    load: int


def rules(workspace: Any) -> list[RuleRow]:
    """Every rule in the order in which they are tried (60 at most). 2 queries."""
    since = clock.now() - timedelta(days=DAYS)
    taken = Taken.objects.within(workspace).filter(at__gte=since).order_by().values("rule_id")
    counts = {row["rule_id"]: row for row in taken.annotate(n=Count("id"), last=Max("at"))}
    none: dict[str, Any] = {"n": 0, "last": None}
    rows = RoutingRule.objects.within(workspace).order_by("position", "id")
    return [RuleRow(row, rule_of(row), (known := counts.get(row.pk, none))["n"], known["last"]) for row in rows]


def one_rule(workspace: Any, key: int) -> RoutingRule | None:
    """One rule of the workspace."""
    return RoutingRule.objects.within(workspace).filter(pk=key).first()


def rules_before(workspace: Any, row: RoutingRule | None) -> list[Rule]:
    """The rules that are on and tried before this one; before a new one, all. 1 query."""
    rows = RoutingRule.objects.within(workspace).filter(active=True).order_by("position", "id")
    found = [each for each in rows if row is None or (each.position, each.pk) < (row.position, row.pk)]
    return [rule_of(each) for each in found]


def members(workspace: Any) -> list[MemberRow]:
    """Everybody who may be given work, with what they take. 3 queries."""
    found = workers(workspace)
    keys = [each.user_id for each in found]
    rows = WorkProfile.objects.within(workspace).filter(user__in=keys).select_related("hours")
    profiles = {row.user_id: row for row in rows}
    loads = desk.open_loads(workspace, keys)
    return [
        MemberRow(each, profiles.get(each.user_id) or WorkProfile(user=each.user), loads.get(each.user_id, 0))
        for each in found
    ]


def profile_of(workspace: Any, user: Any) -> WorkProfile:
    """What a member takes; a fresh one where nothing was said."""
    row = WorkProfile.objects.within(workspace).filter(user=user).select_related("hours").first()
    return row or WorkProfile(user=user)


def waiting_count(workspace: Any) -> int:
    """How many conversations wait for somebody whom a rule may give them to."""
    return Routing.objects.within(workspace).filter(state=Routing.State.WAITING).count()
