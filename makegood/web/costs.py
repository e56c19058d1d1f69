"""What a threshold costs, in words and as a curve: each step of a slider as its page needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.triage import api as triage

__all__ = ["Slider", "Step", "slider_of"]

WIDTH, HEIGHT, LEFT, TOP = 240, 130, 34, 12
BESIDE = (10, 20, 30, 40, 50, 60, 70, 80)


@dataclass(frozen=True)
class Step:
    """A setting in 100, what it costs in a sentence, and where its point stands on the curve."""

    at: int
    say: str
    x: float
    y: float
    read: str
    missed: str
    precision: str


@dataclass(frozen=True)
class Slider:
    """A slider with its costs. `table` are some settings side by side; `steps` is empty where nothing is known."""

    field: str
    value: int
    steps: list[Step]
    now: Step | None
    table: list[Step]
    points: str
    data: dict[str, Any]
    source: str
    area: dict[str, int]


def slider_of(workspace: Any, field: str, label: str, threshold: float) -> Slider:
    """The slider of a label, standing at `threshold`. 1 query."""
    costs = triage.costs_of(workspace, label)
    known = [cost for cost in costs.steps if cost.missed is not None]
    top = max([0.1, *(cost.missed or 0 for cost in known)])
    steps = [_step(field, cost, top) for cost in known]
    value = round(threshold * 100)
    now = next((step for step in steps if step.at == value), None)
    data = {str(step.at): [step.say, step.x, step.y] for step in steps}
    return Slider(
        field,
        value,
        steps,
        now,
        [step for step in steps if step.at in BESIDE],
        " ".join(f"{step.x},{step.y}" for step in steps),
        data,
        _source(costs),
        {"width": WIDTH + LEFT + 14, "height": HEIGHT + TOP + 32, "left": LEFT, "base": HEIGHT + TOP, "top": TOP}
        | {"right": LEFT + WIDTH, "most": round(top * 100), "middle": LEFT + WIDTH // 2, "below": HEIGHT + TOP + 28},
    )


def _step(field: str, cost: triage.Cost, top: float) -> Step:
    missed = cost.missed or 0.0
    facts = {"read": _of_100(cost.read), "missed": _of_100(missed)}
    if field == "complaint":
        say = _("At this setting you will read %(read)s of 100 and miss %(missed)s in 100 complaints.") % facts
    else:
        say = _("At this setting %(read)s of 100 are marked as now, and %(missed)s in 100 that need it are missed.")
        say = say % facts
    right = _of_100(cost.precision) if cost.precision is not None else "–"
    x, y = LEFT + WIDTH * cost.read, TOP + HEIGHT * (1 - missed / top)
    at = round(cost.threshold * 100)
    return Step(at, say, round(x, 1), round(y, 1), facts["read"], facts["missed"], right)


def _of_100(share: float) -> str:
    """A share as people say it: never "0" of what may happen."""
    number = round(100 * share)
    if number == 0 and share > 0.0005:
        return _("fewer than 1")
    return str(number)


def _source(costs: triage.Costs) -> str:
    if not costs.steps:
        return _(
            "No model has read anything here yet, so nothing can be said of the costs. The setting holds from the first"
            " post that one reads."
        )
    n = costs.posts
    if costs.own and n >= triage.ENOUGH_POSTS:
        return _("Reckoned from the probabilities of your own last %(n)d posts.") % {"n": n}
    if costs.own:
        one, many = "Reckoned from only %(n)d post of yours.", "Reckoned from only %(n)d posts of yours."
        return ngettext(one, many, n) % {"n": n}
    mine = ngettext("You have %(n)d such post so far.", "You have %(n)d such posts so far.", n) % {"n": n}
    held_out = _("Measured on other people’s posts that the model had never seen.")
    then = _("From %(enough)d posts of your own on, those count.") % {"enough": triage.ENOUGH_POSTS}
    return f"{held_out} {then} {mine}"
