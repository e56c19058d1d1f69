"""`make bench-ltv`: lifetime values, how right and how fast, beside the peer library lifetimes in the same run.

All on one core. CDNOW's customers are read from the folder `cdnow` in MAKEGOOD_TEST_DATA; without them their tables are
left out. The customers of the speed figures are drawn from CDNOW's parameters.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

# Before numpy is loaded: for arrays this size more threads than one are slower, and one core is what is promised.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from scipy.special import hyp2f1

from makegood.identify.value import Method, Model, Summary, fit, interval, summarise, value
from makegood.identify.value.ahead import WEEKS_PER_MONTH, Ahead
from makegood.identify.value.cohort import cohort
from makegood.identify.value.model import Parameters
from makegood.identify.value.population import draw, observe
from makegood.identify.value.purchases import Purchases, fit_purchases
from makegood.identify.value.spend import Spend, fit_spend
from makegood.identify.value.tests.worlds import CDNOW, cdnow, cdnow_orders

OUT = Path(__file__).parent / "out" / "ltv.json"
FITTED, SCORED, PEER_SCORED = 100_000, 1_000_000, 20_000
PUBLISHED = {
    "r": 0.243,
    "alpha": 4.414,
    "a": 0.793,
    "b": 2.426,
    "log-likelihood": -9582.4,
    "p": 6.25,
    "q": 3.74,
    "gamma": 15.44,
}
MUSIC = Parameters(Purchases(0.243, 4.414, 0.793, 2.426), Spend(6.25, 3.74, 1544.0))
SHOPS = {
    "music": MUSIC,
    "coffee": Parameters(Purchases(1.0, 10.0, 0.5, 5.0), MUSIC.spend),
    "furniture": Parameters(Purchases(0.3, 60.0, 0.8, 3.0), MUSIC.spend),
    # Nothing like what the cohort takes shops to be.
    "bakery": Parameters(Purchases(3.0, 12.0, 1.0, 30.0), MUSIC.spend),
}
Figures = dict[str, Any]


def customers(truth: Parameters, count: int, weeks: float = 104, seed: int = 1) -> Summary:
    """Drawn from the models; first purchases, later ones and now on whole days."""
    rng = np.random.default_rng(seed)
    age = np.ceil(rng.uniform(0, weeks * 7, count)) / 7
    people = draw(truth.purchases, truth.spend, age, rng)
    frequency, recency, mean = observe(people, truth.spend, rng)
    recency = np.minimum(np.ceil(recency * 7) / 7, age)
    first = rng.standard_gamma(truth.spend.p, count) / people.spend_rate
    return Summary(tuple(range(count)), frequency, recency, age, mean, first + frequency * mean)


def columns(summary: Summary) -> tuple[Any, ...]:
    """The four figures `value` takes."""
    return summary.frequency, summary.recency_weeks, summary.age_weeks, summary.mean_contribution_minor


def seconds(work: Callable[[], object], times: int) -> float:
    """The median of some runs."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return median(taken)


def peer_fit(x: Any, recency: Any, age: Any, mean: Any) -> tuple[Any, Any]:
    """Both models by lifetimes, without its penalty."""
    lifetimes = import_module("lifetimes")
    again = x > 0
    buys, spends = lifetimes.BetaGeoFitter(0.0), lifetimes.GammaGammaFitter(0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        buys.fit(x, recency, age)
        spends.fit(x[again], mean[again])
    return buys, spends


def published() -> Figures:
    """CDNOW's parameters: as published, fitted here, fitted by lifetimes."""
    x, recency, age, mean = cdnow()
    buys, spends = fit_purchases(x, recency, age), fit_spend(x[x > 0], mean[x > 0])
    ours = {
        **vars(buys.parameters),
        "log-likelihood": buys.log_likelihood,
        **vars(spends.parameters),
    }
    peer_buys, peer_spends = peer_fit(x, recency, age, mean)
    peer = {
        **peer_buys.params_,
        # lifetimes fits in a unit of time of its own; a density per week is so much denser.
        "log-likelihood": -peer_buys._negative_log_likelihood_ * len(x) + x.sum() * np.log(peer_buys._scale),
        **peer_spends.params_.rename({"v": "gamma"}),
    }
    print("CDNOW                published      fitted   lifetimes")
    for name, figure in PUBLISHED.items():
        print(f"  {name:<16}{figure:12.3f}{ours[name]:12.3f}{peer[name]:12.3f}")
    return {name: {"published": PUBLISHED[name], "fitted": ours[name], "lifetimes": peer[name]} for name in PUBLISHED}


def foretold() -> Figures:
    """CDNOW's next nine months, foretold from the first nine: all together, and how many fell into their range."""
    orders = cdnow_orders()
    now, later = np.datetime64("1997-09-30"), np.datetime64("1997-09-30") + round(9 * WEEKS_PER_MONTH * 7)
    summary = summarise(orders, now.astype("datetime64[s]").item().replace(hour=23, minute=59))
    known = fit(summary)
    brought = dict.fromkeys(summary.keys, 0)
    for key, when, money in orders:
        if now < np.datetime64(when.date()) <= later:
            brought[key] += money
    actual = np.array([brought[key] for key in summary.keys])
    expected = value(known, *columns(summary), months=(9,), discount_yearly=0)[:, 0]
    inside: list[bool] = []
    nothing: list[bool] = []
    for row, real in zip(zip(*columns(summary), strict=True), actual, strict=True):
        ((low, high),) = interval(known, *row, months=(9,), discount_yearly=0, draws=1000)
        (inside if high else nothing).append(low <= real <= high)
    found = {
        "customers": len(summary),
        "expected": int(expected.sum()) / 100,
        "brought": int(actual.sum()) / 100,
        "with a range": len(inside),
        "inside it": round(float(np.mean(inside)), 3),
        "said to bring nothing": len(nothing),
        "brought nothing": round(float(np.mean(nothing)), 3),
    }
    print("CDNOW's next nine months, from the first nine (ranges at 80 %)")
    for name, figure in found.items():
        print(f"  {name:<24}{figure:>12}")
    return found


def fitting() -> Figures:
    """Both models fitted to 100,000 customers."""
    summary = customers(MUSIC, FITTED)
    x, recency, age, mean = columns(summary)
    ours = seconds(lambda: (fit_purchases(x, recency, age), fit_spend(x[x > 0], mean[x > 0])), 5)
    drawn = seconds(lambda: fit(summary), 3)
    peer = seconds(lambda: peer_fit(x, recency, age, mean), 3)
    print(f"{FITTED} customers fitted, both models")
    print(f"  {'Makegood':<34}{ours:8.2f} s")
    print(f"  {'Makegood with 50 bootstrap draws':<34}{drawn:8.2f} s")
    print(f"  {'lifetimes (no bootstrap)':<34}{peer:8.2f} s{peer / ours:9.1f} times as long")
    return {"makegood": ours, "makegood with bootstrap": drawn, "lifetimes": peer, "ratio": peer / ours}


def scoring() -> Figures:
    """Expected discounted values. lifetimes has one horizon a call and is too slow for a million in a bench."""
    summary = customers(MUSIC, SCORED, seed=2)
    known = Model(Method.MODEL, None, SCORED, 0, 0, MUSIC)
    x, recency, age, mean = columns(summary)
    ours = seconds(lambda: value(known, x, recency, age, mean), 7)
    series = import_module("pandas").Series
    peer_buys, peer_spends = peer_fit(*(column[:PEER_SCORED] for column in columns(customers(MUSIC, FITTED))))
    some = [series(column[:PEER_SCORED]) for column in (x, recency, age, mean)]
    monthly = 1.1 ** (1 / 12) - 1
    peer = seconds(
        lambda: peer_spends.customer_lifetime_value(peer_buys, *some, time=36, discount_rate=monthly, freq="W"), 3
    )
    plain = seconds(lambda: peer_buys.conditional_expected_number_of_purchases_up_to_time(156.5, x, recency, age), 3)
    ratio = peer / PEER_SCORED * SCORED / ours
    print(f"{SCORED} customers scored")
    print(f"  {'Makegood, 12, 24 and 36 months':<46}{ours:8.2f} s")
    print(f"  {f'lifetimes, 36 months, of {PEER_SCORED} customers':<46}{peer:8.2f} s{ratio:9.0f} times as long each")
    print(f"  {'lifetimes, purchases alone, not discounted':<46}{plain:8.2f} s{plain / ours:9.1f} times as long")
    return {
        "makegood": ours,
        f"lifetimes of {PEER_SCORED}": peer,
        "ratio": ratio,
        "lifetimes purchases alone": plain,
        "ratio purchases alone": plain / ours,
    }


def exactness() -> Figures:
    """The tables that are read for a million, beside the closed form with scipy's hyp2f1."""
    summary = customers(MUSIC, FITTED, seed=3)
    buys, weeks = MUSIC.purchases, 36 * WEEKS_PER_MONTH
    x, age = summary.frequency, summary.age_weeks
    found = Ahead(buys, np.unique(x), age.min(), age.max(), (36,), 0.0).read(x, age)[:, 0]
    whole = buys.alpha + age + weeks
    series = hyp2f1(buys.r + x, buys.b + x, buys.a + buys.b + x - 1, weeks / whole)
    closed = 1 - ((buys.alpha + age) / whole) ** (buys.r + x) * series
    closed *= (buys.a + buys.b + x - 1) / (buys.a - 1)
    usable = np.isfinite(closed)
    worst = float(np.max(np.abs(found / closed - 1)[usable]))
    print(f"Expected purchases in 36 months of {FITTED}, furthest from the closed form: {worst:.1e} of it")
    print(f"  most purchases of one customer {x.max():.0f}; the closed form had no figure for {np.sum(~usable)}")
    return {"furthest": worst, "without closed form": int(np.sum(~usable))}


def thresholds() -> Figures:
    """How far off the shop's expected 24 months are, of the fitted models and of the cohort: what MODEL begins at."""
    found: Figures = {}
    print("How far off (half of 20 shops less, nine in ten less)   MODEL         COHORT")
    for shop, truth in SHOPS.items():
        for count in (50, 100, 200, 300, 500, 1000, 2000):
            off = [_off(truth, customers(truth, count, 52, seed)) for seed in range(20)]
            half, most = np.nanquantile(np.abs(off), (0.5, 0.9), axis=0)
            again = round(median(int((customers(truth, count, 52, s).frequency > 0).sum()) for s in range(20)))
            name = f"{shop}, {count} customers, {again} came back"
            found[name] = {"model": [half[0], most[0]], "cohort": [half[1], most[1]]}
            print(f"  {name:<48}{half[0]:8.0%}{most[0]:6.0%}{half[1]:10.0%}{most[1]:6.0%}")
    return found


def _off(truth: Parameters, summary: Summary) -> tuple[float, float]:
    """Of the sum over all customers: the fitted models' and the cohort's share too much or too little."""
    x, recency, age, mean = columns(summary)
    weighed = cohort(summary)
    fitted = None
    if (x > 0).any():
        buys, spends = fit_purchases(x, recency, age), fit_spend(x[x > 0], mean[x > 0])
        fitted = Parameters(buys.parameters, spends.parameters) if buys.converged and spends.converged else None

    def total(parameters: Parameters | None) -> float:
        known = Model(Method.MODEL, None, len(summary), 0, 0, parameters)
        return float(value(known, x, recency, age, mean, months=(24,)).sum()) if parameters else np.nan

    best = total(truth)
    return total(fitted) / best - 1, total(Parameters(*weighed) if weighed else None) / best - 1


def main() -> int:
    """Prints the tables and keeps the figures."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    found: Figures = {}
    if CDNOW.is_dir():
        found = {"cdnow": published(), "foretold": foretold()}
    else:
        print(f"The CDNOW customers are not at {CDNOW}; MAKEGOOD_TEST_DATA names the folder above. Left out.")
    found.update(fitting=fitting(), scoring=scoring(), exactness=exactness(), thresholds=thresholds())
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
