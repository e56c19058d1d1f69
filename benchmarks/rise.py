"""`make bench-rise`: how soon a rise is noticed and how often without one, beside two plain ways in the same run.

Every way sees the same series and is asked for the same rate of false alarms, as far as it can be asked: mean + 3 sigma
and EARS C2 (7 days, 2 days between, 3 sigma) have no rate to set. Delay is in days from the first day of a planted rise
of a week; one that is not noticed within it is missed. Series are drawn (a week's pattern, overdispersion), and one is
recorded: CDNOW's purchases a day, from when no new customers came, with rises planted into it. It is read from the
folder `cdnow` in MAKEGOOD_TEST_DATA; without it that part is left out.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

import numpy as np

from makegood.winback.causes.rises import BASELINE_DAYS, DAYS_A_MONTH, GUARD_DAYS, Watch, judge

OUT = Path(__file__).parent / "out" / "rise.json"
ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("MAKEGOOD_TEST_DATA") or ROOT.parent / "shared" / "data")
WEEK = (1.5, 1.2, 1.0, 1.0, 0.9, 0.8, 0.6)
WARM_UP = BASELINE_DAYS + GUARD_DAYS
QUIET_DAYS = 720
PLANTED = 40
LASTS = 7
TARGET = 1 / 3
"""False alarms a month of one series."""
FIRST = date(2026, 1, 5)
CDNOW_FROM = date(1997, 4, 15)
"""Until the end of March new customers came in; from then on only the same ones bought."""
CASES = ((0.3, 1.0), (1.0, 1.5), (3.0, 1.5), (10.0, 2.0), (30.0, 3.0))
SIZES = (2.0, 3.0, 5.0)
Counts = Sequence[int]
Figures = dict[str, Any]


@dataclass
class Standing:
    """What a way makes of the days so far: whether today is too much, and whether it is calm again."""

    rising: bool
    calm: bool


def ours(counts: Counts, today: int) -> Standing:
    """Makegood's."""
    days: Mapping[date, int | None] = {
        FIRST + timedelta(days=n): counts[n] for n in range(max(0, today - WARM_UP - 1), today + 1)
    }
    verdict = judge(days, FIRST + timedelta(days=today), Watch(TARGET))
    return Standing(verdict.rising, verdict.calm)


def three_sigma(counts: Counts, today: int) -> Standing:
    """More than the mean of twelve weeks and three times their standard deviation."""
    return _sigmas(counts[today - BASELINE_DAYS : today], counts[today])


def ears_c2(counts: Counts, today: int) -> Standing:
    """EARS C2: the seven days that end three days before, Hutwagner and others 2003,
    https://doi.org/10.1093/jurban/jtg046.
    """
    return _sigmas(counts[today - 9 : today - 2], counts[today])


def _sigmas(base: Counts, count: int) -> Standing:
    mean, spread = fmean(base), stdev(base)
    # Where nothing varies, one more is three sigmas: those who use it take half a count for the least spread.
    above = count > mean + 3 * max(spread, 0.5)
    return Standing(above, not above)


WAYS: dict[str, Callable[[Counts, int], Standing]] = {
    "Makegood": ours,
    "mean + 3 sigma": three_sigma,
    "EARS C2": ears_c2,
}


def drawn(mean: float, spread: float, days: int, rng: np.random.Generator) -> list[int]:
    """Counts with the pattern of a week; `spread` is their variance over their mean."""
    means = mean * np.array([WEEK[n % 7] for n in range(days)])
    found = rng.negative_binomial(means / (spread - 1), 1 / spread) if spread > 1 else rng.poisson(means)
    return [int(each) for each in found]


def false_alarms(counts: Counts, way: Callable[[Counts, int], Standing]) -> int:
    """How many rises it tells of where there are none; one that goes on is one."""
    alarms, open_ = 0, False
    for today in range(WARM_UP + 1, len(counts)):
        found = way(counts, today)
        alarms += found.rising and not open_
        open_ = found.rising or (open_ and not found.calm)
    return alarms


def delay(counts: Counts, begins: int, way: Callable[[Counts, int], Standing]) -> int | None:
    """Days from the first of a rise (0) to the first that is noticed; None: not within it."""
    return next((n for n in range(LASTS) if way(counts, begins + n).rising), None)


def planted(base: Counts, begins: int, size: float, rng: np.random.Generator, mean: float) -> list[int]:
    """A rise of a week to `size` times what is usual, on top of what was counted."""
    more = list(base)
    for n in range(LASTS):
        more[begins + n] += int(rng.poisson((size - 1) * mean * WEEK[(begins + n) % 7]))
    return more


def recorded() -> dict[str, list[int]]:
    """Series that were counted, not drawn: purchases a day."""
    path = DATA / "cdnow" / "CDNOW_sample.txt"
    if not path.exists():
        return {}
    days = Counter(datetime.strptime(row.split()[2], "%Y%m%d").date() for row in path.read_text().splitlines() if row)  # noqa: DTZ007
    last = max(days)
    span = (last - CDNOW_FROM).days + 1
    return {"CDNOW purchases a day": [days.get(CDNOW_FROM + timedelta(days=n), 0) for n in range(span)]}


def _found(delays: Sequence[int | None]) -> Figures:
    noticed = [each for each in delays if each is not None]
    return {
        "noticed": len(noticed) / len(delays),
        "median_delay_days": median(noticed) if noticed else None,
        # One that is not noticed counts as the whole week it lasted.
        "mean_delay_days": fmean(LASTS if each is None else each for each in delays),
    }


def on_drawn(mean: float, spread: float) -> Figures:
    """One kind of series: false alarms where nothing is planted, delays where a rise is."""
    rng = np.random.default_rng(int(mean * 100 + spread * 7))
    quiet = drawn(mean, spread, WARM_UP + QUIET_DAYS, rng)
    found: Figures = {"mean": mean, "spread": spread, "ways": {}}
    rises = {
        size: [planted(drawn(mean, spread, WARM_UP + 30, rng), WARM_UP + 10, size, rng, mean) for _n in range(PLANTED)]
        for size in SIZES
    }
    for name, way in WAYS.items():
        months = (QUIET_DAYS - 1) / DAYS_A_MONTH
        figures: Figures = {"false_alarms_a_month": false_alarms(quiet, way) / months, "sizes": {}}
        for size, series in rises.items():
            figures["sizes"][str(size)] = _found([delay(each, WARM_UP + 10, way) for each in series])
        found["ways"][name] = figures
    return found


def on_recorded(name: str, counts: list[int]) -> Figures:
    """A recorded series: what it is told of as it is, and with rises planted at forty places."""
    rng = np.random.default_rng(3)
    mean = fmean(counts)
    places = np.linspace(WARM_UP + 1, len(counts) - LASTS - 1, PLANTED).astype(int)
    found: Figures = {"name": name, "days": len(counts), "mean": mean, "ways": {}}
    series = {size: [(int(at), planted(counts, int(at), size, rng, mean)) for at in places] for size in SIZES}
    for way_name, way in WAYS.items():
        months = (len(counts) - WARM_UP - 1) / DAYS_A_MONTH
        figures: Figures = {"false_alarms_a_month": false_alarms(counts, way) / months, "sizes": {}}
        for size, rises in series.items():
            figures["sizes"][str(size)] = _found([delay(each, at, way) for at, each in rises])
        found["ways"][way_name] = figures
    return found


def _show(title: str, found: Figures) -> None:
    print(f"\n{title}")
    print(f"  {'':16} false alarms/month   rise x2: noticed, delay    x3                x5")
    for name, figures in found["ways"].items():
        cells = [f"{each['noticed']:5.0%} {each['mean_delay_days']:4.1f} d     " for each in figures["sizes"].values()]
        print(f"  {name:16} {figures['false_alarms_a_month']:8.2f}             {'  '.join(cells)}")


def _ratios(found: Sequence[Figures]) -> Figures:
    """Ours beside each other way, over all series: false alarms, and how many rises of three times are noticed."""
    ratios: Figures = {}
    mine = [each["ways"]["Makegood"] for each in found]
    for name in list(WAYS)[1:]:
        theirs = [each["ways"][name] for each in found]
        alarms = [fmean(each["false_alarms_a_month"] for each in rows) for rows in (mine, theirs)]
        noticed = [fmean(each["sizes"]["3.0"]["noticed"] for each in rows) for rows in (mine, theirs)]
        delays = [fmean(each["sizes"]["3.0"]["mean_delay_days"] for each in rows) for rows in (mine, theirs)]
        ratios[name] = {
            "false_alarms": alarms[0] / alarms[1] if alarms[1] else None,
            "noticed": noticed[0] / noticed[1] if noticed[1] else None,
            "delay": delays[0] / delays[1] if delays[1] else None,
        }
    return ratios


def main() -> None:
    """Prints the tables and writes benchmarks/out/rise.json."""
    begun = time.perf_counter()
    print(f"asked for: {TARGET:.2f} false alarms a month of a series; a rise lasts {LASTS} days")
    every: list[Figures] = []
    for mean, spread in CASES:
        every.append(on_drawn(mean, spread))
        _show(f"{mean:g} a day, variance {spread:g} times the mean (drawn)", every[-1])
    for name, counts in recorded().items():
        every.append(on_recorded(name, counts))
        _show(f"{name}: {every[-1]['mean']:.1f} a day over {len(counts)} days (recorded, rises planted)", every[-1])
    if len(every) == len(CASES):
        print("\nno recorded counts here: set MAKEGOOD_TEST_DATA to a folder that has cdnow/CDNOW_sample.txt")
    counts = drawn(3, 1.5, WARM_UP + 2, np.random.default_rng(1))
    at = time.perf_counter()
    for _n in range(100):
        ours(counts, WARM_UP + 1)
    each = (time.perf_counter() - at) / 100
    ratios = _ratios(every)
    print(f"\none judgement takes {each * 1000:.2f} ms")
    for name, ratio in ratios.items():
        said = ", ".join(f"{what} {value:.2f}" if value is not None else f"{what} -" for what, value in ratio.items())
        print(f"Makegood / {name}: {said}")
    OUT.parent.mkdir(exist_ok=True)
    figures = {"target_a_month": TARGET, "series": every, "ratios": ratios, "judgement_ms": each * 1000}
    OUT.write_text(json.dumps(figures, indent=1))
    print(f"written to {OUT.relative_to(ROOT)} after {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
