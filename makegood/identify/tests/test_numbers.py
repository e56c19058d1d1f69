"""Order numbers in what customers write, in the languages they write in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.identify.numbers import MOST, number_key, read_numbers


def found(text: str, *shapes: str) -> list[tuple[str, str]]:
    return [(said.key, said.why) for said in read_numbers(text, shapes)]


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order #1042?",
        "order 1042 is late",
        "Order number is 1042",
        "my ORDER NO. 1042",
        "order (#1042) came broken",
        "Orders: 1042",
        "invoice 1042",
        "Bestellung Nr. 1042 fehlt",
        "Bestellung 1042",
        "Bestellnummer: 1042",
        "Meine Bestellung mit der Nummer 1042",
        "Auftragsnummer 1042",
        "commande n° 1042 jamais reçue",
        "Ma commande est la 1042",
        "pedido número 1042",
        "ordine n. 1042",
        "Bestelling 1042 is niet aangekomen",
        "encomenda nº 1042",
        "beställning 1042",
        "ordrenummer 1042",
        "bestilling nr 1042",
        "tilaus 1042",
        "zamówienie nr 1042",
        "objednávka číslo 1042",
        "sipariş no 1042",
        "заказ № 1042",
        "order １０４２",
    ],
)
def test_a_number_with_a_word_for_it_is_named(text: str) -> None:
    assert found(text)[0] == ("1042", "named")


@pytest.mark.parametrize(
    "text",
    [
        "I ordered 3 teapots",
        "order 12 teapots",
        "I will order tomorrow",
        "my order is 5 days late",
        "The border 1042",
        "paid 129900 EUR for it, or €129,900",
        "call me: +49 170 1234567 or 0170 1234567",
        "on 2024-05-06 it came, in 20240506 too",
        "see https://shop.example/orders/99887766",
        "write to ann123456@example.com or @ann123456",
        "born in 1985",
        "house 1042, room #12",
        "",
    ],
)
def test_what_is_no_number_of_an_order(text: str) -> None:
    assert found(text) == []


def test_without_a_word_it_must_be_longer() -> None:
    assert found("#1042 please") == [("1042", "marked")]
    assert found("It is 1042") == []
    assert found("It is 104233") == [("104233", "bare")]


def test_a_number_of_two_figures_needs_a_mark() -> None:
    assert found("order #12") == [("12", "named")]
    assert found("order no 7") == [("7", "named")]


def test_letters_and_signs_belong_to_it() -> None:
    assert found("Order DE-2024/1042-A is lost") == [("DE20241042A", "named")]


def test_several_in_a_row_are_all_named() -> None:
    assert [key for key, _why in found("orders 1042, 1043 and 1044 are late")] == ["1042", "1043", "1044"]


def test_what_looks_like_a_shops_number_is_shaped() -> None:
    shape = r"\b[1-9A-HJ-NP-Z]{16}\b"
    assert found("XK4PQ2M9RT7WZ3AB please", shape) == [("XK4PQ2M9RT7WZ3AB", "shaped")]
    assert found("please help me immediatelyyyyyy", shape) == []
    assert found("xk4pq2m9rt7wz3ab", shape) == [("XK4PQ2M9RT7WZ3AB", "bare")] or found("xk4pq2m9rt7wz3ab", shape) == []


@pytest.mark.parametrize(
    ("number", "key"),
    [("#1042", "1042"), ("de-1042", "DE1042"), (" 10 42 ", "1042"), ("#", ""), ("１０", "10")],
)
def test_a_number_is_looked_up_without_its_signs(number: str, key: str) -> None:
    assert number_key(number) == key


@given(some.text(alphabet=some.sampled_from("order #1042-/. nr°\n@x€"), max_size=300))
def test_it_reads_anything_and_each_number_once(text: str) -> None:
    said = read_numbers(text)
    keys = [each.key for each in said]
    assert len(set(keys)) == len(keys) <= MOST
    assert all(each.key and any(letter.isdigit() for letter in each.key) for each in said)


@given(
    some.integers(100, 99_999_999), some.sampled_from(["order {}", "Bestellung Nr. {}!", "commande n°{}", "#Order: {}"])
)
def test_a_number_is_found_whatever_it_is(number: int, text: str) -> None:
    assert str(number) in [said.key for said in read_numbers(text.format(number))]
