"""The front door of routing: rules that give work to members, and what each member takes."""

from __future__ import annotations

from makegood.routing.choosing import LONGEST_REASON, Board, Duty, Outcome, Person, choose
from makegood.routing.flow import (
    MOST_RULES,
    Profile,
    RoutingError,
    Wish,
    move_rule,
    remove_rule,
    save_profile,
    save_rule,
    switch_rule,
)
from makegood.routing.giving import give_out
from makegood.routing.house import Away, Outside, rule_of, workers
from makegood.routing.models import Routing, RoutingRule, Taken, WorkProfile
from makegood.routing.reading import (
    MemberRow,
    RuleRow,
    members,
    one_rule,
    profile_of,
    rules,
    rules_before,
    waiting_count,
)
from makegood.routing.rules import Actions, Assign, Conditions, Rule, Subject, fits, judge
from makegood.routing.trial import DAYS, Example, Trial, try_rule

__all__ = [
    "DAYS",
    "LONGEST_REASON",
    "MOST_RULES",
    "Actions",
    "Assign",
    "Away",
    "Board",
    "Conditions",
    "Duty",
    "Example",
    "MemberRow",
    "Outcome",
    "Outside",
    "Person",
    "Profile",
    "Routing",
    "RoutingError",
    "RoutingRule",
    "Rule",
    "RuleRow",
    "Subject",
    "Taken",
    "Trial",
    "Wish",
    "WorkProfile",
    "choose",
    "fits",
    "give_out",
    "judge",
    "members",
    "move_rule",
    "one_rule",
    "profile_of",
    "remove_rule",
    "rule_of",
    "rules",
    "rules_before",
    "save_profile",
    "save_rule",
    "switch_rule",
    "try_rule",
    "waiting_count",
    "workers",
]
