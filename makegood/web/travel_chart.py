"""The chart of how a thread travels: voices over the hours since it was posted. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from makegood.triage import api as triage

__all__ = ["TravelChart", "travel_chart"]

WIDTH, HEIGHT = 300, 84
LEFT, RIGHT, TOP, BOTTOM = 4, 4, 14, 16


@dataclass(frozen=True)
class TravelChart:
    """What the template draws. `line` and `area` are paths, `bound_y` where more than usual begins (None: off the
    chart), `rows` the same for those who can't see it.
    """

    line: str
    area: str
    dots: list[tuple[float, float]]
    bound_y: float | None
    top: int
    hours: str
    rows: list[dict[str, Any]]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - BOTTOM


def travel_chart(reach: triage.Reach) -> TravelChart | None:
    """The chart, None where fewer than two moments were counted."""
    points, spread = reach.points, reach.spread
    if spread is None or len(points) < 2 or reach.pace is None:
        return None
    ages = [each.age_seconds / 3600 for each in points]
    last = max(ages[-1], 0.1)
    top = max(1, _round_up(max(each.voices for each in points)))
    if reach.pace.bound < 2 * top:
        top = max(top, _round_up(reach.pace.bound))
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def y(voices: float) -> float:
        return round(TOP + tall * (1 - min(voices, top) / top), 1)

    dots = [(round(LEFT + wide * age / last, 1), y(each.voices)) for age, each in zip(ages, points, strict=True)]
    line = _steps([(LEFT, y(0)), *dots] if ages[0] > 0 else dots)
    base = HEIGHT - BOTTOM
    return TravelChart(
        line=line,
        area=f"{line} V{base} H{LEFT} Z",
        dots=dots,
        bound_y=y(reach.pace.bound) if reach.pace.bound <= top else None,
        top=top,
        hours=_hours(last),
        rows=_rows(points),
    )


def _steps(dots: Sequence[tuple[float, float]]) -> str:
    (x, y), *rest = dots
    return f"M{x} {y}" + "".join(f" L{a} {b}" for a, b in rest)


def _round_up(value: int) -> int:
    """To 1, 2 or 5 times a power of ten."""
    if value <= 1:
        return 1
    power = 10 ** math.floor(math.log10(value))
    return int(next(step * power for step in (1, 2, 5, 10) if step * power >= value))


def _hours(age: float) -> str:
    return f"{age:.0f}" if age >= 2 else f"{age:.1f}"


def _rows(points: Sequence[Any]) -> list[dict[str, Any]]:
    return [{"at": each.at, "voices": each.voices, "likes": each.likes} for each in points]
