"""Personal data in public: what is found, what only looks like it, what is the shop's own."""

from __future__ import annotations

import pytest

from makegood.reply.tone.checking import blocking
from makegood.reply.tone.finding import Code, Draft
from makegood.reply.tone.personal import bare, card_holds, iban_holds
from makegood.reply.tone.tests.test_phrases import of

FOUND = [
    ("Write to lena.moor+tea@example.co.uk please", "lena.moor+tea@example.co.uk"),
    ("Write to lena (at) example (dot) com please", "lena (at) example (dot) com"),
    ("Call +49 30 1234567 today", "+49 30 1234567"),
    ("Call 030/123 45 67 today", "030/123 45 67"),
    ("Ring (030) 1234567.", "(030) 1234567"),
    ("It is 0049-171-1234567", "0049-171-1234567"),
    ("Call us at 555-123-4567!", "555-123-4567"),
    ("Handy: 01711234567", "01711234567"),
    ("Our phone is 5551234 there", "5551234"),
    ("Your order 4711 is on its way", "4711"),
    ("Order no. AB-20931 is late", "AB-20931"),
    ("We looked at #48213 now", "48213"),
    ("Ihre Bestellung Nr. 4711 kommt", "4711"),
    ("Ihre Bestellnummer: 2024-00123 kommt", "2024-00123"),
    ("Kundennummer K12345 bitte", "K12345"),
    ("Votre commande n° 88123 part", "88123"),
    ("We send it to 12 Market Street, Thimblemoor", "12 Market Street"),
    ("An die Lange Straße 5 in Köln", "Lange Straße 5"),
    ("In der Gartenstr. 12a liegt es", "Gartenstr. 12a"),
    ("To SW1A 1AA tomorrow", "SW1A 1AA"),
    ("Au 12 rue de la Paix demain", "12 rue de la Paix"),
    ("A P.O. Box 1234 there", "P.O. Box 1234"),
    ("To DE89 3704 0044 0532 0130 00 today", "DE89 3704 0044 0532 0130 00"),
    ("To GB82WEST12345698765432 today", "GB82WEST12345698765432"),
    ("Card 4111 1111 1111 1111 was charged", "4111 1111 1111 1111"),
    ("Card 5500-0000-0000-0004 was charged", "5500-0000-0000-0004"),
]


@pytest.mark.parametrize(("text", "words"), FOUND)
def test_it_is_found_and_blocks_in_public_only(text: str, words: str) -> None:
    found = of(Code.PERSONAL, text)
    hits = [text[one.start : one.end].removeprefix("#") for one in found]
    assert hits == [words], hits
    assert found[0].blocks
    assert of(Code.PERSONAL, text, public=False) == []
    assert [one.words.removeprefix("#") for one in blocking(Draft(text))] == [words]
    assert blocking(Draft(text, public=False)) == []


NOTHING = [
    "We answer by 23.11.2026, at 10:00-12:00 or 09.30 - 11.30",
    "On 2026-11-23 we have 1,234,567 teapots for 24.99 €",
    "From 01.02.2026 to 03.04.2026",
    "It costs 1 200 000 euros, or 20000 Euro",
    "Thanks @lena@mastodon.social and @lena.bsky.social!",
    "See https://example.com/orders/4711?phone=0301234567 for it",
    "Since #2024 we are #1",
    "The order of the day is tea, in order of 3 steps",
    "Lena and Malik from our team, Olga Berg",
    "We open at 9, and 14 of 20 pots in 5 sizes remain",
    "Size 38-40, model 2000, 100 % cotton, 10-15 days",
    "ISO 9001, XL 2 and EN 71",
    "We are in the High Street and on the Way 2 you",
    "Card 4111 1111 1111 1112 is nothing",
    "Version 1.2.3.4567890",
]


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_looks_like_it(text: str) -> None:
    assert [one.words for one in of(Code.PERSONAL, text)] == []


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("DE89 3704 0044 0532 0130 00", True),
        ("DE89370400440532013001", False),
        ("DE8937040044053201300", False),
        ("FR1420041010050500013M02606", True),
        ("NO9386011117947", True),
        ("XX89370400440532013000", False),
        ("ch93 0076 2011 6238 5295 7", True),
        ("", False),
    ],
)
def test_iban_by_mod_97(text: str, holds: bool) -> None:
    assert iban_holds(text) is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("4111111111111111", True),
        ("4111111111111112", False),
        ("378282246310005", True),
        ("6011 1111 1111 1117", True),
        ("0000000000000000", False),
        ("1234", False),
    ],
)
def test_card_by_luhn(text: str, holds: bool) -> None:
    assert card_holds(text) is holds


def test_an_iban_before_a_word_is_still_one() -> None:
    assert [one.words for one in of(Code.PERSONAL, "To DE89370400440532013000 by tomorrow")] == [
        "DE89370400440532013000"
    ]


@pytest.mark.parametrize("written", ["+49 30 1234567", "0049 (30) 123-4567", "+49/30/1234567"])
def test_the_shops_own_number_is_known_however_it_is_written(written: str) -> None:
    found = of(Code.PERSONAL, f"Call us: {written}", own=["+49 30 1234567"])
    assert [one.own for one in found] == [True]
    assert found[0].blocks


def test_somebody_elses_number_is_never_the_shops() -> None:
    found = of(
        Code.PERSONAL, "Call +49 30 7654321 or hello@teapot.example", own=["+49 30 1234567", "hello@teapot.example"]
    )
    assert [(one.words, one.own) for one in found] == [("+49 30 7654321", False), ("hello@teapot.example", True)]


def test_an_order_number_they_wrote_themselves_is_no_secret() -> None:
    said = "Where is my order 4711?? My mail is lena@example.com"
    found = of(Code.PERSONAL, "Order 4711 is on its way, Lena. Order 4712 too. lena@example.com", said=said)
    assert [(one.words, one.blocks) for one in found if one.words != "4711"] == [
        ("4712", True),
        ("lena@example.com", True),
    ]
    assert [(one.words, one.blocks) for one in found if one.words == "4711"] == [("4711", False)]


def test_the_same_written_otherwise() -> None:
    assert bare("+49 (30) 12-34") == bare("0049 30 1234")
    assert bare("Hello@Example.com") == bare("hello@example.com")
    assert bare("DE89 3704") == bare("de893704")
