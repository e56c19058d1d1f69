"""Spelling and grammar, by libraries that ask nobody."""

from __future__ import annotations

import pytest

from makegood.reply.tone.checking import check
from makegood.reply.tone.finding import Code, Draft, Finding
from makegood.reply.tone.spelling import known


def of(code: Code, text: str, **more: object) -> list[Finding]:
    return [one for one in check(Draft(text, **more)).findings if one.code is code]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("parcle", "parcel"),
        ("recieve", "receive"),
        ("definitly", "definitely"),
        ("adress", "address"),
        ("tommorow", "tomorrow"),
        ("seperate", "separate"),
        ("appologise", "apologise"),
        ("Unfortunatly", "Unfortunately"),
    ],
)
def test_english_slips(wrong: str, right: str) -> None:
    found = of(Code.SPELLING, f"It was for the {wrong} and we are sorry.")
    assert [one.words for one in found] == [wrong]
    assert found[0].better in (right, right.replace("is", "iz"))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("warscheinlich", "wahrscheinlich"),
        ("nähmlich", "nämlich"),
        ("Addresse", "Adresse"),
        ("seperat", "separat"),
        ("Wilkommen", "Willkommen"),
        ("wiederrum", "wiederum"),
    ],
)
def test_german_slips(wrong: str, right: str) -> None:
    found = of(Code.SPELLING, f"Das ist für euch und uns {wrong} auch schon da.", language="de")
    assert [(one.words, one.better) for one in found] == [(wrong, right)]


RIGHT = [
    "Hi Lena, the colour of the grey teapot is a favourite; we apologise, and organised a new one from our centre.",
    "Malik travelled with the parcel to Thimblemoor, cancelled the cheque and emailed us.",
    "We've checked; it wasn't there, and they're sure Zoë's parcel isn't lost.",
    "Hallo Lena, die Porzellankanne und die Bestellbestätigung sind mit der Sendungsnummer heute verschickt worden.",
    "Die Versandkostenpauschale und die Lieferverzögerung tun uns leid, die Rückerstattung ist auf dem Weg zu euch.",
    "Bonjour, nous sommes désolés pour votre commande et vous remercions de votre patience.",
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert [one.words for one in of(Code.SPELLING, text)] == []


def test_the_shops_words_and_theirs_are_no_slips() -> None:
    text = "The gaiwann and the parcle of the brannd are here with us."
    assert [one.words for one in of(Code.SPELLING, text, known=frozenset({"gaiwann", "brannd"}))] == ["parcle"]
    assert of(Code.SPELLING, text, known=frozenset({"gaiwann", "brannd"}), said="Where is my parcle?") == []


@pytest.mark.parametrize(
    ("text", "words", "better"),
    [
        ("We has looked into it.", "has", "have"),
        ("We could of told you earlier.", "could of", "could have"),
        ("It was the the courier who lost it.", "the the", "the"),
        ("This is an teapot for you.", "an", "a"),
        ("We know, and i will do it.", "i", "I"),
    ],
)
def test_english_grammar(text: str, words: str, better: str) -> None:
    found = of(Code.GRAMMAR, text)
    assert [(one.words, one.better) for one in found] == [(words, better)]
    assert found[0].why


@pytest.mark.parametrize("text", [*RIGHT, "Tea, cups and pots are here.", "Wir haben hat das gemacht für euch."])
def test_no_grammar_where_there_is_nothing_wrong_or_no_english(text: str) -> None:
    assert of(Code.GRAMMAR, text) == []


def test_places_hold_behind_emoji_links_and_quotations() -> None:
    text = "🎉🎉 See https://example.com/x and “you has” — we has it 🎉"
    found = of(Code.GRAMMAR, text)
    assert [text[one.start : one.end] for one in found] == ["has"]
    assert found[0].start == text.rindex("has")


def test_a_list_knows_british_forms_and_german_compounds() -> None:
    assert known("favourite", "en")
    assert known("teekannendeckel", "de")
    assert not known("parcle", "en")
    assert not known("wiederrum", "de")
