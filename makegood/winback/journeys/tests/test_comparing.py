"""The arithmetic of the comparison: worked examples, its refusals, and how it behaves."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.winback.journeys.comparing import LEAST, LEAST_EACH, Comparison, Table, TooFew, compare


def said(*tables: Table) -> Comparison:
    found = compare(tables)
    assert isinstance(found, Comparison)
    return found


def test_one_stratum_is_the_plain_comparison() -> None:
    found = said(Table(100, 60, 200, 80))
    assert found.share == pytest.approx(0.6)
    assert found.others_share == pytest.approx(0.4)
    assert found.by.estimate == pytest.approx(0.2)
    # With one stratum Sato's variance is close to the textbook's sqrt(p1 q1 / n1 + p0 q0 / n0) = 0.0600.
    assert (found.by.high - found.by.low) / 2 == pytest.approx(1.96 * 0.06, rel=0.03)
    assert found.times is not None
    assert found.times.estimate == pytest.approx(1.5)
    # Katz's interval of the ratio, which Greenland and Robins' is with one stratum.
    half = 1.96 * math.sqrt(1 / 60 - 1 / 100 + 1 / 80 - 1 / 200)
    assert found.times.low == pytest.approx(1.5 * math.exp(-half), rel=1e-4)
    assert found.times.high == pytest.approx(1.5 * math.exp(half), rel=1e-4)


def test_two_strata_by_hand() -> None:
    # Weights n1 n0 / n: 30 * 70 / 100 = 21 and 40 * 60 / 100 = 24. Differences 15/30 - 21/70 = 0.2 and 30/40 - 42/60 =
    # 0.05: (21 * 0.2 + 24 * 0.05) / 45 = 0.12. The ratio: (15 * 0.7 + 30 * 0.6) / (21 * 0.3 + 42 * 0.4) = 28.5 / 23.1.
    found = said(Table(30, 15, 70, 21), Table(40, 30, 60, 42))
    assert found.by.estimate == pytest.approx(0.12)
    assert found.times is not None
    assert found.times.estimate == pytest.approx(28.5 / 23.1)
    # Sato by hand: P = (900*21 - 4900*15 + 2100*20 + 1600*42 - 3600*30 + 2400*10) / 10000 = -2.94;
    # Q = (15*49 + 21*15 + 30*18 + 42*10) / 200 = 10.05; variance (0.12 * -2.94 + 10.05) / 45 ** 2.
    half = 1.959964 * math.sqrt((0.12 * -2.94 + 10.05) / 45**2)
    assert found.by.low == pytest.approx(0.12 - half, rel=1e-5)
    assert found.by.high == pytest.approx(0.12 + half, rel=1e-5)


def test_unlike_customers_are_not_compared() -> None:
    """Simpson's reversal: in each stratum no difference, taken together a large one."""
    eager, lazy = Table(90, 81, 10, 9), Table(10, 1, 90, 9)
    found = said(eager, lazy)
    assert found.by.estimate == pytest.approx(0)
    assert not found.clear
    together = said(Table(100, 82, 100, 18))
    assert together.clear
    assert together.by.estimate == pytest.approx(0.64)


def test_strata_with_one_side_say_nothing() -> None:
    both = Table(50, 25, 100, 40)
    found = said(both, Table(7, 7, 0, 0), Table(0, 0, 999, 1))
    assert (found.by, found.unmatched, found.cases, found.others) == (said(both).by, 7, 50, 100)


@pytest.mark.parametrize(
    ("table", "what", "missing"),
    [
        (Table(9, 5, 500, 250), "cases", 21),
        (Table(0, 0, 0, 0), "cases", LEAST),
        (Table(LEAST - 1, 9, 500, 250), "cases", 1),
        (Table(500, 250, 9, 5), "others", 21),
        (Table(40, 2, 400, 1), "bought", 2),
        (Table(40, 38, 400, 400), "not_bought", 3),
    ],
)
def test_from_too_few_nothing_is_said(table: Table, what: str, missing: int) -> None:
    found = compare([table])
    assert isinstance(found, TooFew)
    assert (found.what, found.missing) == (what, missing)


def test_just_enough_is_enough() -> None:
    assert isinstance(compare([Table(LEAST, 3, LEAST, LEAST_EACH - 3)]), Comparison)


def test_nobody_of_one_side_has_no_ratio() -> None:
    assert said(Table(40, 0, 400, 40)).times is None
    assert said(Table(40, 6, 400, 0)).times is None


strata = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200), st.integers(0, 200)).map(
        lambda t: Table(t[0], min(t[0], t[1]), t[2], min(t[2], t[3]))
    ),
    max_size=12,
)


@given(strata)
def test_it_always_makes_sense(tables: list[Table]) -> None:
    found = compare(tables)
    if isinstance(found, TooFew):
        assert found.missing >= 1
        return
    assert -1 <= found.by.low <= found.by.estimate <= found.by.high <= 1
    assert found.by.estimate == pytest.approx(found.share - found.others_share)
    assert 0 <= found.share <= 1
    if found.times:
        assert 0 < found.times.low <= found.times.estimate <= found.times.high
    turned = compare([Table(o, ob, c, b) for c, b, o, ob in tables])
    if isinstance(turned, Comparison):
        assert turned.by.estimate == pytest.approx(-found.by.estimate)
        assert turned.by.low == pytest.approx(-found.by.high)
