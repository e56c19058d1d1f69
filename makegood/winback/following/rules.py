"""When somebody is asked again, and what an answer means: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

__all__ = [
    "CHANGE_FOR",
    "FEWEST",
    "LONGEST_COMMENT",
    "MOST_DAYS",
    "OPEN_FOR",
    "SATISFIED",
    "FollowUpError",
    "Given",
    "Plan",
    "days_for",
    "may_change",
    "plan_problem",
    "read_answer",
    "reopens",
]

FIRST_BY_REMEDY = {
    "refund": 7,
    "replacement": 10,
    "return": 14,
    "voucher": 5,
    "gift": 7,
    "call": 3,
    "courier": 4,
    "apology": 3,
}
"""Days after which what was done should have reached them: a bank takes a few, a parcel some more."""
MOST_DAYS = 60
OPEN_FOR = timedelta(days=60)
"""How long a link can be used."""
CHANGE_FOR = timedelta(days=14)
"""How long an answer can be changed, from when it was first given."""
MOST_CHANGES = 20
LONGEST_COMMENT = 2_000
FEWEST = 10
"""With fewer answers than that no share is shown."""
SATISFIED = 4
"""The scores from this on count as satisfied."""
UNHAPPY = 2
"""The scores up to this bring a conversation back."""


class FollowUpError(ValueError):
    """Something that cannot be done, with a sentence for the person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Plan:
    """When a shop asks. All in days; `by_cause` is by the cause's id, as text."""

    active: bool = True
    days: int = 5
    by_remedy: Mapping[str, int] = field(default_factory=lambda: dict(FIRST_BY_REMEDY))
    by_cause: Mapping[str, int] = field(default_factory=dict)
    quiet_days: int = 3
    remind_days: int = 5


def days_for(plan: Plan, remedy: str, causes: Iterable[int] = ()) -> int:
    """How many days after it was resolved they are asked.

    What a cause says goes before the remedy (of several causes the one that takes longest), the remedy before the rest.
    """
    said = [plan.by_cause[str(cause)] for cause in causes if str(cause) in plan.by_cause]
    return max(said) if said else plan.by_remedy.get(remedy, plan.days)


def plan_problem(plan: Plan) -> str | None:
    """What is wrong with a plan, as a sentence; None when it is fine."""
    asked = [plan.days, plan.quiet_days, plan.remind_days, *plan.by_remedy.values(), *plan.by_cause.values()]
    if not all(1 <= days <= MOST_DAYS for days in asked):
        return _("Each lies between 1 and 60 days.")
    return None


@dataclass(frozen=True)
class Given:
    """What somebody answered, read from a form."""

    score: int
    resolved: bool | None
    comment: str


def read_answer(score: str, resolved: str, comment: str) -> Given:
    """An answer from what a form sent. Raises `FollowUpError`."""
    if score not in ("1", "2", "3", "4", "5"):
        raise FollowUpError(_("Choose one of the five answers."))
    # A browser sends every new line as two characters, which must not count against the writer.
    said = comment.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(said) > LONGEST_COMMENT:
        raise FollowUpError(_("That is a little long: 2,000 characters fit."))
    return Given(int(score), {"yes": True, "no": False}.get(resolved), said)


def reopens(score: int, resolved: bool | None) -> str:
    """Why an answer brings the conversation back: "not_resolved", "score", or "" where it does not."""
    if resolved is False:
        return "not_resolved"
    return "score" if score <= UNHAPPY else ""


def may_change(given_at: datetime, changes: int, now: datetime, *, in_public: bool) -> bool:
    """Whether an answer can be changed by its link. One that everybody could read is nobody's own: the first answer
    stands there.
    """
    return not in_public and changes < MOST_CHANGES and now <= given_at + CHANGE_FOR
