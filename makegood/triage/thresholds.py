"""From which probability on a label is believed, workspace by workspace, and what a threshold costs.

A threshold trades reading for missing: the lower it is, the more people read that is no complaint; the higher, the more
complaints nobody sees. The cost is said before anybody chooses, from the workspace's own last posts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.triage import embedded
from makegood.triage.embedded.manifest import About, ModelError
from makegood.triage.models import Assessment, ThresholdChange

__all__ = [
    "CHOSEN",
    "ENOUGH_POSTS",
    "HIGHEST",
    "LOWEST",
    "Cost",
    "Costs",
    "ThresholdError",
    "change_thresholds",
    "cost_at",
    "costs_of",
    "from_curve",
    "last_change",
    "read_again_some",
    "thresholds_of",
    "undo_thresholds",
]

CHOSEN: Final = {"intent.complaint": 0.4, "urgency.now": 0.5}
"""What a workspace chooses, with what holds where the model names no threshold of its own."""
LOWEST, HIGHEST = 0.02, 0.95
OWN_POSTS = 1_000
"""The newest posts that a cost is counted over."""
ENOUGH_POSTS = 200
"""With fewer of its own a workspace is told what held-out texts cost."""
OWN_DAYS = 180
STEPS = tuple(round(number / 100, 2) for number in range(2, 96))
TOP = 2**62
TOPIC = "learning"


class ThresholdError(ValueError):
    """A threshold that cannot be set: a sentence that says what to do."""


@dataclass(frozen=True)
class Cost:
    """What a threshold costs, in shares from 0 to 1.

    `read`: of all posts, how many are shown as this label. `missed`: of those that truly are it, how many are not.
    `precision`: of those shown, how many truly are it. None where nothing is known of it.
    """

    threshold: float
    read: float
    missed: float | None
    precision: float | None


@dataclass(frozen=True)
class Costs:
    """The costs of all thresholds of a label, lowest first. `posts`: of how many own posts; 0: of held-out texts."""

    label: str
    steps: tuple[Cost, ...]
    posts: int
    own: bool


def model_about() -> About | None:
    """What is known of the model that reads; None where there is none."""
    try:
        return embedded.about()
    except ModelError:
        return None


def thresholds_of(workspace: Any) -> Mapping[str, float]:
    """From which probability on each label is believed in this workspace (an instance or its id). 1 query."""
    row = last_change(workspace)
    about = model_about()
    return {**CHOSEN, **(about.thresholds if about else {}), **(row.values if row else {})}


def last_change(workspace: Any) -> ThresholdChange | None:
    """What was chosen last; None where nobody has chosen yet. 1 query."""
    return ThresholdChange.objects.within(workspace).select_related("by").order_by("-id").first()


# Costs


def cost_at(probabilities: Sequence[float], threshold: float) -> Cost:
    """What a threshold is expected to cost over posts with these calibrated probabilities.

    A post of probability p is a complaint p times: so a threshold misses the sum of p below it, of the sum of all p.
    It holds as far as the probabilities mean what they say; the settings page of how well it reads shows how far.
    """
    taken = [each for each in probabilities if each >= threshold]
    whole, found = sum(probabilities), sum(taken)
    return Cost(
        threshold,
        len(taken) / len(probabilities) if probabilities else 0.0,
        1 - found / whole if whole > 0 else None,
        found / len(taken) if taken else None,
    )


def from_curve(curve: Sequence[Sequence[float]], threshold: float) -> Cost:
    """The cost by the model's held-out curve (threshold, read, missed, precision), straight between its points."""
    points = sorted((tuple(each) for each in curve), key=lambda each: each[0])
    lower = next((each for each in reversed(points) if each[0] <= threshold), points[0])
    upper = next((each for each in points if each[0] >= threshold), points[-1])
    span = upper[0] - lower[0]
    part = min(1.0, max(0.0, (threshold - lower[0]) / span)) if span else 0.0
    read, missed, precision = (lower[at] + part * (upper[at] - lower[at]) for at in (1, 2, 3))
    return Cost(threshold, read, missed, precision)


def costs_of(workspace: Any, label: str) -> Costs:
    """What each threshold of a label costs here: by the workspace's own last posts, or, where those are fewer than
    `ENOUGH_POSTS`, by the model's held-out texts. No steps where neither is there. 1 query.
    """
    own = own_probabilities(workspace, label)
    if len(own) >= ENOUGH_POSTS:
        return Costs(label, tuple(cost_at(own, step) for step in STEPS), len(own), own=True)
    about = model_about()
    curve = about.curves.get(label) if about else None
    if curve:
        return Costs(label, tuple(from_curve(curve, step) for step in STEPS), len(own), own=False)
    return Costs(label, tuple(cost_at(own, step) for step in STEPS) if own else (), len(own), own=bool(own))


def own_probabilities(workspace: Any, label: str) -> list[float]:
    """The probability of a label in the newest posts that a model has read here, newest first."""
    since = clock.now() - timedelta(days=OWN_DAYS)
    rows = Assessment.objects.within(workspace).filter(mention__posted_at__gte=since, mention__is_sample=False)
    rows = rows.exclude(scores={}).order_by("-id")
    found = (scores.get(label) for scores in rows.values_list("scores", flat=True)[:OWN_POSTS])
    return [float(each) for each in found if isinstance(each, int | float)]


# Choosing


@transaction.atomic
def change_thresholds(workspace: Any, values: Mapping[str, float], by: Any) -> ThresholdChange | None:
    """Sets thresholds and asks for what is open and undecided to be read again. None where nothing changed.

    Raises ThresholdError where one is no threshold.
    """
    for label, value in values.items():
        if label not in CHOSEN or not LOWEST <= value <= HIGHEST:
            raise ThresholdError(_("Choose a setting between 2 and 95 in 100."))
    now = thresholds_of(workspace)
    wanted = {label: values.get(label, now[label]) for label in CHOSEN}
    before = {label: now[label] for label in CHOSEN}
    if wanted == before:
        return None
    # One reading at a time: the newest choice is what holds.
    ThresholdChange.objects.within(workspace).filter(done_to__isnull=False).update(done_to=None)
    row = ThresholdChange.objects.create(workspace=workspace, values=wanted, before=before, by=by, done_to=TOP)
    jobs.wake(TOPIC)
    journal.record(workspace.pk, "triage.thresholds_set", row, actor=by, before=before, after=wanted)
    return row


def undo_thresholds(workspace: Any, change: int, by: Any) -> ThresholdChange | None:
    """Sets what held before that change (its id). Raises ThresholdError where something was chosen since."""
    row = last_change(workspace)
    if row is None or row.pk != change:
        raise ThresholdError(_("Something else was chosen since. Look at what holds now."))
    return change_thresholds(workspace, {label: row.before[label] for label in CHOSEN if label in row.before}, by)


Open = Callable[[int, int], Sequence[tuple[int, int]]]
"""(workspace id, below which key) -> (key, mention id) of what is open, from the highest key down, a batch of it."""
MOST_READ_AGAIN = 2_000
"""The newest open conversations that are read again after a change."""


def read_again_some(find_open: Open, follow: Callable[[int, Sequence[Assessment]], int]) -> bool:
    """Reads one batch again of what a changed threshold may move. False: nothing is due.

    What a member has decided or corrected stays. `follow` brings what changed to where it now belongs, in the same
    transaction, and says how many that were.
    """
    from makegood.triage.rereading import keep, read

    due = ThresholdChange.objects.across("the step serves all workspaces").filter(done_to__isnull=False)
    asked = due.order_by("id").first()
    if asked is None or asked.done_to is None:
        return False
    batch = find_open(asked.workspace_id, asked.done_to)
    # Reading takes longer than writing, and is done before anything is locked.
    fresh = read(asked.workspace_id, [mention for _key, mention in batch])
    with transaction.atomic():
        row = due.select_for_update().filter(pk=asked.pk, done_to=asked.done_to).first()
        if row is None:
            return True
        changed = keep(asked.workspace_id, fresh)
        row.moved += follow(row.workspace_id, changed) if changed else 0
        row.looked += len(batch)
        over = not batch or row.looked >= MOST_READ_AGAIN
        row.done_to = None if over else batch[-1][0]
        row.save(update_fields=["moved", "looked", "done_to"])
        if over:
            journal.record(row.workspace_id, "triage.read_again", row, looked=row.looked, moved=row.moved)
    return True
