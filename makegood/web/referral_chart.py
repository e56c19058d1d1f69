"""The chart of visitors week by week. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from makegood.amplify.api import Week

__all__ = ["Bar", "WeekBars", "week_bars"]

STEP, WIDE, HEIGHT, TOP, BOTTOM = 44, 28, 132, 20, 22


@dataclass(frozen=True)
class Bar:
    """A week, as the template draws it."""

    first: date
    visitors: int
    x: int
    middle: int
    y: float
    tall: float
    text_y: float


@dataclass(frozen=True)
class WeekBars:
    """All weeks, and the size of the drawing."""

    bars: list[Bar]
    width: int
    visitors: int
    height: int = HEIGHT
    base: int = HEIGHT - BOTTOM
    names_y: int = HEIGHT - 6


def week_bars(weeks: Sequence[Week]) -> WeekBars:
    """The bars of these weeks; the tallest fills the drawing."""
    most = max((week.visitors for week in weeks), default=0) or 1
    room = HEIGHT - TOP - BOTTOM
    bars = []
    for number, week in enumerate(weeks):
        tall = round(room * week.visitors / most, 1)
        x, y = number * STEP + (STEP - WIDE) // 2, HEIGHT - BOTTOM - tall
        bars.append(Bar(week.first, week.visitors, x, number * STEP + STEP // 2, y, tall, y - 5))
    return WeekBars(bars, len(weeks) * STEP, sum(week.visitors for week in weeks))
