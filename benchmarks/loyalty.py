"""`make bench-loyalty`: whether the loyalty report finds what was planted among 50,000 customers, and only that.

Shops that never were (see makegood/winback/journeys/tests/worlds.py), a seed each: 200 in which complaining does
nothing, 200 in which it brings customers back, and fewer of two others. Prints the figures and writes them to
benchmarks/out/loyalty.json.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from statistics import mean, stdev
from typing import Any

# Before numpy is loaded: for arrays this size more threads than one are slower.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

from makegood.kit.shares import wilson
from makegood.winback.journeys.comparing import Comparison, Table, TooFew, compare
from makegood.winback.journeys.tests import worlds

OUT = Path(__file__).parent / "out" / "loyalty.json"
CUSTOMERS, RUNS, FEWER = 50_000, 200, 50
WORLDS: dict[str, tuple[int, dict[str, Any]]] = {
    "nothing planted": (RUNS, {}),
    "15 % of the lost come back": (RUNS, {"planted": 0.15}),
    "nothing planted, complaints at random": (FEWER, {"confounded": False}),
    "15 % of the loyal are driven away": (FEWER, {"planted": -0.15}),
}


def measure(runs: int, options: dict[str, Any]) -> dict[str, Any]:
    """One kind of shop, `runs` times."""
    began = time.monotonic()
    off, halves, truths, naive = [], [], [], []
    clear = held = 0
    last = None
    for seed in range(runs):
        shop = worlds.world(CUSTOMERS, seed, **options)
        tables, did = worlds.counts(shop)
        found = compare(tables)
        assert isinstance(found, Comparison)
        last = found
        clear += found.clear
        held += found.by.low <= did <= found.by.high
        off.append(found.by.estimate - did)
        halves.append((found.by.high - found.by.low) / 2)
        truths.append(did)
        naive.append(worlds.naively(shop))
    alarms, covered = wilson(clear, runs), wilson(held, runs)
    return {
        "runs": runs,
        "complainers": last.cases if last else 0,
        "others": last.others if last else 0,
        "planted": mean(truths),
        "off": mean(off),
        "off_spread": stdev(off),
        "half_interval": mean(halves),
        "says_a_difference": [clear / runs, alarms.low, alarms.high],
        "interval_holds_it": [held / runs, covered.low, covered.high],
        "without_matching": mean(naive),
        "seconds_a_run": (time.monotonic() - began) / runs,
    }


def main() -> None:
    """Everything; exits with 1 where the report is wrong more often than it says."""
    refused = compare([Table(9, 5, 500, 250)])
    assert isinstance(refused, TooFew)
    figures: dict[str, Any] = {"customers": CUSTOMERS, "from nine": {"missing": refused.missing}}
    print(f"From 9 who complained: nothing is said, {refused.missing} more are needed.\n")
    for name, (runs, options) in WORLDS.items():
        one = measure(runs, options)
        figures[name] = one
        said, held = one["says_a_difference"], one["interval_holds_it"]
        print(f"{name} ({runs} shops of {CUSTOMERS:,} customers, {one['seconds_a_run']:.2f} s each)")
        print(f"  planted {one['planted']:+.2%}, found on average {one['planted'] + one['off']:+.2%}")
        print(f"  says a difference: {said[0]:.1%} of shops ({said[1]:.1%} to {said[2]:.1%})")
        print(f"  the 95 % interval holds what was planted: {held[0]:.1%} ({held[1]:.1%} to {held[2]:.1%})")
        print(f"  compared as they are, without matching: {one['without_matching']:+.2%}\n", flush=True)
    OUT.write_text(json.dumps(figures, indent=1) + "\n")
    alarms = figures["nothing planted"]["says_a_difference"]
    held = figures["15 % of the lost come back"]["interval_holds_it"]
    if alarms[1] > 0.05 or held[2] < 0.95:
        sys.exit("The report is wrong more often than it says.")


if __name__ == "__main__":
    main()
