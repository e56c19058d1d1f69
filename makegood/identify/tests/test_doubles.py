"""Which payments are one too many, and which only look like it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.identify.doubles import Double, Paid, Placed, find_doubles
from makegood.identify.tests.world import BASE

ANN = frozenset({("email", "ann@example.com"), ("card", "4242")})


def paid(key: int, minutes: float, **fields: object) -> Paid:
    known = Paid(key, 2490, "EUR", BASE + timedelta(minutes=minutes), counts=True, payer=ANN)
    return replace(known, **fields)  # type: ignore[arg-type]


def placed(key: int, minutes: float = 0, **fields: object) -> Placed:
    known = Placed(key, str(1000 + key), 2490, "EUR", "ann@example.com", BASE + timedelta(minutes=minutes))
    return replace(known, **fields)  # type: ignore[arg-type]


def of(payments: list[Paid], orders: list[Placed] | None = None) -> dict[int, int]:
    return {key: double.of for key, double in find_doubles(payments, orders or []).items()}


def test_the_second_click_is_one_too_many() -> None:
    found = find_doubles([paid(1, 0, order=7, number="1007"), paid(2, 3)], [placed(7)])
    reasons = [["same_payer", "card"], ["same_amount", ""], ["apart", "3"], ["no_second_order", ""]]
    assert found == {2: Double(1, reasons)}


def test_the_one_that_belongs_to_the_order_stays_even_when_it_came_second() -> None:
    assert of([paid(1, 0), paid(2, 3, order=7)]) == {1: 2}


def test_two_payments_of_one_order_say_so() -> None:
    found = find_doubles([paid(1, 0, order=7, number="1007"), paid(2, 3, order=7, number="1007")], [placed(7)])
    assert found[2].reasons[-1] == ["same_order", "1007"]


def test_three_clicks_are_two_too_many() -> None:
    assert of([paid(1, 0), paid(2, 1), paid(3, 2)]) == {2: 1, 3: 1}


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (paid(2, 3, amount_minor=2491), "another amount"),
        (paid(2, 3, currency="USD"), "another currency"),
        (paid(2, 3, payer=frozenset({("email", "bo@example.com")})), "somebody else"),
        (paid(2, 3, payer=frozenset()), "nobody knows who"),
        (paid(2, 3, counts=False), "it failed"),
        (paid(2, 49 * 60), "over two days later"),
        (paid(2, 3, description="Abonnement Teeclub"), "a subscription"),
        (paid(2, 3, amount_minor=0), "nothing was paid"),
    ],
)
def test_what_is_no_double(second: Paid, why: str) -> None:
    first = paid(1, 0, amount_minor=second.amount_minor if why == "nothing was paid" else 2490)
    assert of([first, second]) == {}, why


def test_two_orders_are_no_double_however_they_are_known() -> None:
    assert of([paid(1, 0, order=7), paid(2, 3, order=8)], [placed(7), placed(8)]) == {}
    assert of([paid(1, 0, number="1007"), paid(2, 3, number="1008")]) == {}
    assert of([paid(1, 0), paid(2, 3)], [placed(7), placed(8)]) == {}, "no payment names them"
    assert of([paid(1, 0, order=7, number="1007"), paid(2, 3)], [placed(7), placed(8)]) == {}


def test_an_order_of_another_amount_or_person_covers_nothing() -> None:
    for other in (placed(8, total_minor=5), placed(8, email="bo@example.com"), placed(8, currency="USD")):
        assert of([paid(1, 0, order=7), paid(2, 3)], [placed(7), other]) == {2: 1}


def test_what_comes_each_day_in_the_same_rhythm_is_a_plan() -> None:
    daily = [paid(n, n * 24 * 60) for n in range(5)]
    assert of(daily) == {}
    assert of([*daily, paid(9, 2 * 24 * 60 + 2)]) != {}, "and one of its days paid twice is not"


def test_another_card_of_the_same_address_is_the_same_person() -> None:
    one = paid(1, 0, payer=frozenset({("email", "ann@example.com"), ("card", "1")}))
    two = paid(2, 3, payer=frozenset({("email", "ann@example.com"), ("card", "2")}))
    assert find_doubles([one, two], [])[2].reasons[0] == ["same_payer", "email"]


payments = some.lists(
    some.builds(
        paid,
        some.integers(1, 50),
        some.integers(0, 6000),
        order=some.none() | some.integers(1, 3),
        counts=some.booleans(),
        payer=some.frozensets(some.sampled_from([("email", "a"), ("card", "1"), ("card", "2")]), max_size=2),
    ),
    unique_by=lambda each: each.id,
    max_size=8,
)
orders = some.lists(
    some.builds(placed, some.integers(1, 4), email=some.just("a")), unique_by=lambda each: each.id, max_size=3
)


@given(payments, orders, some.randoms(use_true_random=False))
def test_it_does_not_depend_on_the_order_and_never_takes_all(
    said: list[Paid], known: list[Placed], dice: object
) -> None:
    found = find_doubles(said, known)
    shuffled = list(said)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert find_doubles(shuffled, known) == found
    rows = {each.id: each for each in said}
    for key, double in found.items():
        assert double.of not in found, "what stays is not one too many itself"
        one, other = rows[key], rows[double.of]
        assert (one.amount_minor, one.currency) == (other.amount_minor, other.currency)
        assert one.counts
        assert other.counts
        assert not (one.order and other.order and one.order != other.order)
