"""Addresses and phone numbers in what people write."""

from __future__ import annotations

import pytest

from makegood.identify.addresses import phone_key, read_addresses


def read(text: str) -> list[tuple[str, str, str]]:
    return [(said.key, said.words, said.why) for said in read_addresses(text)]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("I am Ann@Example.com.", "ann@example.com"),
        ("(ann.lee+shop@mail.example.co.uk)", "ann.lee+shop@mail.example.co.uk"),
        ("Mail: ann@example.com, please", "ann@example.com"),
    ],
)
def test_an_address_is_found_in_lower_case(text: str, address: str) -> None:
    assert [(key, why) for key, _words, why in read(text)] == [(address, "email")]


@pytest.mark.parametrize(
    "text",
    [
        "Hello @ann@mastodon.example",
        "@ann.example.com help",
        "https://example.com/ann@example.com/x",
        "I paid 24.90 on 01.02.2026",
        "order 0123",
        "ann@localhost",
        "",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    "text", ["Call +49 170 1234567", "Call 0170/1234567", "Call (0170) 123 45 67!", "Call 0049 170 1234567"]
)
def test_a_phone_number_is_the_same_however_it_is_written(text: str) -> None:
    assert [(key, why) for key, _words, why in read(text)] == [("tel:01234567", "phone")]


@pytest.mark.parametrize(
    ("phone", "key"),
    [("+49 170 1234567", "01234567"), ("12 34", ""), ("", ""), ("+45 12345678", "12345678")],
)
def test_the_key_of_a_phone_number(phone: str, key: str) -> None:
    assert phone_key(phone) == key


def test_a_list_of_addresses_is_cut_short() -> None:
    assert len(read(" ".join(f"a{n}@example.com" for n in range(40)))) == 4


def test_a_long_text_takes_no_time() -> None:
    assert read_addresses("0 " * 200_000) == []
    assert read_addresses("a@" * 200_000) == []
