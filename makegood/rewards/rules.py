"""What counts, for how much, and for whom. Pure: no clock, no database.

Points come from evidence that a customer was helped, or from a colleague's own words. Nothing here looks at how fast
somebody answered or at how many answers they wrote: both can be had without helping anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.kit import money

__all__ = [
    "DEFAULTS",
    "LONGEST_REASON",
    "MOST_KUDOS",
    "MOST_POINTS",
    "MOST_PRICE",
    "MOST_VALUES",
    "RewardError",
    "Weighed",
    "budget_problem",
    "day_end",
    "day_of",
    "good_score",
    "hard_because",
    "month_of",
    "points_for",
    "reason_problem",
    "reward_problem",
    "rules_problem",
    "split",
    "takes_part",
    "weigh",
]

DEFAULTS: Mapping[str, int] = {"satisfied": 10, "returned": 15, "promise": 3, "cause": 20, "hard": 8, "kudos": 5}
"""Points by kind of evidence, until the shop sets others."""
MOST_POINTS = 100
MOST_KUDOS = 10
MOST_VALUES = 12
LONGEST_VALUE = 60
SHORTEST_REASON = 10
LONGEST_REASON = 500
MOST_PRICE = 1_000_000
WHOLE = 2
"""So many kudos from one person to the same other count whole in a month; the next counts half, more count nothing."""
RAGE = 4
"""The highest severity of a complaint: see `makegood.triage.heads.SEVERITIES`."""
HARD_FLAGS = ("abuse", "threat")


class RewardError(Exception):
    """Something that cannot be done in this way. `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def points_for(kind: str, chosen: Mapping[str, int]) -> int:
    """What a kind of evidence is worth where a shop has chosen these."""
    return min(MOST_POINTS, max(0, int(chosen.get(kind, DEFAULTS[kind]))))


def split(points: int, people: Sequence[int]) -> dict[int, int]:
    """Points shared among those who took part, in the order in which they began: equal parts, whatever each did most
    of. What does not divide goes to the first ones, a point each. Nobody is left out of the count for being left out of
    the points: then their part lapses, as nobody should earn by a colleague's not taking part.
    """
    each, rest = divmod(points, len(people)) if people else (0, 0)
    parts = {person: each + (number < rest) for number, person in enumerate(people)}
    return {person: part for person, part in parts.items() if part}


@dataclass(frozen=True)
class Weighed:
    """For how many points kudos count, and why: which one of the month it is between the two, whether they thank each
    other, whether this matter has counted already.
    """

    points: int
    nth: int
    mutual: bool
    again: bool

    def facts(self) -> dict[str, int | bool]:
        """As it is kept."""
        return {"nth": self.nth, "mutual": self.mutual, "again": self.again}


def weigh(points: int, before: int, mutual: bool, again: bool = False) -> Weighed:
    """For how much kudos count. `before` is how many this giver gave the same receiver in the month until now, `mutual`
    whether that receiver thanked the giver in it, `again` whether this matter has given the receiver kudos points
    already. The first two count whole, the third half, further ones nothing; between two who thank each other half.
    """
    halves = (before >= WHOLE) + mutual
    worth = 0 if before > WHOLE or again else points >> halves
    return Weighed(worth, before + 1, mutual, again)


def good_score(score: int, resolved: bool | None) -> bool:
    """Whether this answer shows that a customer is satisfied: 4 or 5 of 5, and not "no, it is not resolved"."""
    return 4 <= score <= 5 and resolved is not False


def hard_because(
    *, complaint: bool, flags: Collection[str] = (), severity: int = 0, urgency: str = "", reopened: bool = False
) -> str:
    """Why a conversation is a hard one: "abuse", "threat", "rage", "urgent", "reopened"; "" when it is not.

    Only a complaint is. How long it is, and how long an answer took, does not matter.
    """
    if not complaint:
        return ""
    for flag in HARD_FLAGS:
        if flag in flags:
            return flag
    if severity >= RAGE:
        return "rage"
    if urgency == "now":
        return "urgent"
    return "reopened" if reopened else ""


def takes_part(chosen: bool | None, *, may_note: bool, reads_all: bool) -> bool:
    """Whether a member gives and gets: as a manager chose, else everybody who works here, but no collaborator.

    Who may not leave notes (a viewer) never does.
    """
    return may_note and (reads_all if chosen is None else chosen)


def day_of(moment: datetime, timezone: str) -> date:
    """The shop's day at an aware moment."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def day_end(moment: datetime, timezone: str) -> datetime:
    """When the shop's day at an aware moment ends, in UTC."""
    tomorrow = day_of(moment, timezone) + timedelta(days=1)
    return datetime.combine(tomorrow, time(), ZoneInfo(timezone)).astimezone(UTC)


def month_of(moment: datetime, timezone: str) -> tuple[datetime, datetime]:
    """The shop's calendar month around an aware moment: when it begins and when the next one does, in UTC."""
    zone = ZoneInfo(timezone)
    first = day_of(moment, timezone).replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    begin, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, following))
    return begin, end


def reason_problem(reason: str, said_before: Collection[str]) -> str | None:
    """What is wrong with the words of kudos, as a sentence; None when they are fine.

    `said_before` are reasons of the same giver.
    """
    words = " ".join(reason.split())
    if len(words) < SHORTEST_REASON:
        return _("Say in your own words what they did; a sentence is enough.")
    if len(words) > LONGEST_REASON:
        return _("That is long. Say it in %(n)d letters.") % {"n": LONGEST_REASON}
    if words.casefold() in {" ".join(each.split()).casefold() for each in said_before}:
        return _("You have said exactly this before. Say what they did this time.")
    return None


def rules_problem(kudos_a_day: int, values: Sequence[str], points: Mapping[str, int]) -> str | None:
    """What is wrong with how a shop wants to thank, as a sentence; None when it is fine."""
    if not 1 <= kudos_a_day <= MOST_KUDOS:
        return _("Between 1 and %(n)d kudos a day: with more they would mean little.") % {"n": MOST_KUDOS}
    if len(values) > MOST_VALUES:
        return ngettext("%(n)d value is the most.", "%(n)d values are the most.", MOST_VALUES) % {"n": MOST_VALUES}
    if any(len(value) > LONGEST_VALUE for value in values):
        return _("Say each value in %(n)d letters at most.") % {"n": LONGEST_VALUE}
    if any(not 0 <= each <= MOST_POINTS for each in points.values()):
        return _("Points lie between 0 and %(n)d.") % {"n": MOST_POINTS}
    return None


def reward_problem(name: str, points: int, cost_minor: int, stock: int | None) -> str | None:
    """What is wrong with a reward of the catalogue, as a sentence; None when it is fine."""
    if not name.strip():
        return _("A reward needs a name.")
    if not 1 <= points <= MOST_PRICE:
        return _("A reward is asked for with at least one point.")
    if not 0 <= cost_minor <= money.MOST_MINOR:
        return _("What it costs is an amount of money, or nothing.")
    if stock is not None and not 0 <= stock <= MOST_PRICE:
        return _("How many there are is a number; leave it empty for as many as are asked for.")
    return None


def budget_problem(
    spent: tuple[int, int], wanted: tuple[int, int], budget: tuple[int | None, int | None], same_currency: bool
) -> str | None:
    """Why a reward does not fit into the month's budget, as a sentence; None when it does.

    Each pair is money in minor units and points; None in `budget` is no limit. Without `same_currency` the reward costs
    money of another currency than the budget's.
    """
    if budget[0] is not None and wanted[0] and not same_currency:
        return _("This reward costs money of another currency than the budget. Correct its cost in the catalogue.")
    if budget[0] is not None and wanted[0] and spent[0] + wanted[0] > budget[0]:
        return _("This month’s budget does not cover it any more. Wait for the next month, or ask the owner for more.")
    if budget[1] is not None and spent[1] + wanted[1] > budget[1]:
        return _("This month’s points are used up. Wait for the next month, or ask the owner for more.")
    return None
