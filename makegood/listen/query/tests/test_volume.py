"""What a sample lets us say."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.listen.query import estimate
from makegood.listen.query.volume import _interval, _wilson_hilferty

DAY = 86_400


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Garwood's limits as printed in tables of exact Poisson limits.
    [
        (1, 0.0253, 5.5716),
        (2, 0.2422, 7.2247),
        (5, 1.6235, 11.6683),
        (10, 4.7954, 18.3904),
        (100, 81.3637, 121.6267),
    ],
)
def test_the_exact_limits(count: int, low: float, high: float) -> None:
    assert _interval(count) == pytest.approx((low, high), abs=1e-3)


def test_the_two_ways_to_the_limits_meet() -> None:
    exact = _interval(200)
    assert (_wilson_hilferty(200, -1.96), _wilson_hilferty(201, 1.96)) == pytest.approx(exact, rel=1e-3)
    assert _interval(201)[0] > exact[0]
    assert _interval(201)[1] > exact[1]


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    chance = random.Random(7)
    # Not at 3: there the one-sided bound that is given for none leaves both tails out.
    for mean in (0.5, 2.0, 30.0):
        held = 0
        for _ in range(2000):
            count, waited = 0, chance.expovariate(1)
            while waited < mean:
                count, waited = count + 1, waited + chance.expovariate(1)
            low, high = _interval(count)
            held += low <= mean <= high
        assert held / 2000 > 0.94


@pytest.mark.parametrize(
    ("matched", "sampled", "seconds", "share", "sentence"),
    [
        (40, 12_000, DAY, 1.0, "About 40 a day (29 to 54)."),
        (4, 12_000, DAY / 10, 1.0, "About 40 a day (11 to 100)."),
        (4, 1_200, DAY, 0.1, "About 40 a day (11 to 100)."),
        (300, 12_000, 600.0, 0.1, "About 430,000 a day (380,000 to 480,000)."),
        (3, 12_000, 7 * DAY, 1.0, "About 3 a week (1 to 9)."),
        (1, 12_000, 30 * DAY, 1.0, "Less than one a week (0 to 6 a month)."),
        (0, 12_000, DAY / 2, 1.0, "None among 12,000 sampled posts: fewer than 6 a day is likely."),
        (0, 12_000, 30 * DAY, 1.0, "None among 12,000 sampled posts: fewer than 1 a day is likely."),
        (0, 12_000, 59.0, 1.0, "Not heard long enough to say."),
        (5, 12_000, 0.0, 1.0, "Not heard long enough to say."),
        (0, 0, DAY, 1.0, "Not heard long enough to say."),
    ],
)
def test_sentences(matched: int, sampled: int, seconds: float, share: float, sentence: str) -> None:
    told = estimate(matched, sampled, seconds, share)
    assert told.sentence == sentence
    assert told.known is ("long enough" not in sentence)


def test_with_none_the_bound_is_the_rule_of_three() -> None:
    told = estimate(0, 1_000, DAY, 1.0)
    assert (told.a_day, told.low) == (0, 0)
    assert told.high == pytest.approx(3, rel=0.01)
    assert math.exp(-told.high) == pytest.approx(0.05)


@given(st.integers(0, 10**6), st.floats(60, 1e7), st.floats(0.001, 1))
def test_the_numbers_are_in_order(matched: int, seconds: float, share: float) -> None:
    told = estimate(matched, matched + 100, seconds, share)
    assert 0 <= told.low <= told.a_day <= told.high < math.inf
    more = estimate(matched + 1, matched + 101, seconds, share)
    assert more.a_day > told.a_day
    assert told.sentence[0].isupper()
    assert told.sentence.endswith(".")


@pytest.mark.parametrize(
    ("matched", "sampled", "seconds", "share"),
    [
        (-1, 5, 60, 1),
        (6, 5, 60, 1),
        (1, 5, -1, 1),
        (1, 5, math.nan, 1),
        (1, 5, math.inf, 1),
        (1, 5, 60, 0),
        (1, 5, 60, 2),
    ],
)
def test_numbers_that_cannot_be(matched: int, sampled: int, seconds: float, share: float) -> None:
    with pytest.raises(ValueError, match="no sample"):
        estimate(matched, sampled, seconds, share)
