"""The law of offers, as a table: what is refused, and by which rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.winback.incentives.rules import (
    BETWEEN_DAYS,
    GOOD_MOMENTS,
    RULES,
    Ask,
    Offer,
    breaches,
    breaches_in,
)

ROOT = Path(__file__).resolve().parents[4]


def codes(offer: Offer) -> list[str]:
    return [rule.code for rule in breaches(offer)]


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (Ask.GOOD_WORD, "sentiment"),
        (Ask.REVIEW, "review"),
        (Ask.TAKE_BACK, "take_back"),
        (Ask.SILENCE, "silence"),
        (Ask.PERMISSION, "permission"),
    ],
)
def test_nothing_may_be_asked_in_return(ask: Ask, code: str) -> None:
    assert codes(Offer(ask=ask, state="satisfied")) == [code]


@pytest.mark.parametrize("state", GOOD_MOMENTS)
def test_a_gift_without_a_condition_is_fine_once_all_is_well(state: str) -> None:
    assert codes(Offer(words="Ten euros off your next tea. Thank you for your patience!", state=state)) == []


@pytest.mark.parametrize("state", ["", "unhappy", "acknowledged"])
def test_first_the_complaint_then_the_gift(state: str) -> None:
    assert codes(Offer(state=state)) == ["open"]


@pytest.mark.parametrize(
    ("days", "found"), [(None, []), (0, ["again"]), (BETWEEN_DAYS - 1, ["again"]), (BETWEEN_DAYS, [])]
)
def test_not_again_and_again(days: int | None, found: list[str]) -> None:
    assert codes(Offer(state="satisfied", days_since=days)) == found


def test_all_that_is_wrong_is_said_the_law_first() -> None:
    offer = Offer(ask=Ask.TAKE_BACK, words="If you write a good review you get 10 %.", state="unhappy", days_since=3)
    assert codes(offer) == ["sentiment", "take_back", "open", "again"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("If you leave a review, we send you a voucher.", "review"),
        ("A 10 € voucher for a review!", "review"),
        ("Please write us a five-star review and get 20 % off.", "sentiment"),
        ("A tin of tea for a positive review.", "sentiment"),
        ("Would you share a nice testimonial in return?", "sentiment"),
        ("We refund you if you delete your post.", "take_back"),
        ("Once you take your tweet down, the voucher is yours.", "take_back"),
        ("Could you update your review? Then the gift is yours.", "take_back"),
        ("It is yours if you keep this between us.", "silence"),
        ("Just don't post about it.", "silence"),
        ("Wenn du eine Bewertung schreibst, bekommst du 10 % Rabatt.", "review"),
        ("Für eine gute Bewertung gibt es einen Gutschein.", "sentiment"),
        ("Bitte gib uns 5 Sterne, hinterlasse eine positive Rezension!", "sentiment"),
        ("Sobald Sie Ihren Kommentar löschen, erstatten wir.", "take_back"),
        ("Behalten Sie das für sich.", "silence"),
        ("Si vous laissez un avis, vous recevez un bon.", "review"),
        ("Un bon pour un avis positif.", "sentiment"),
        ("Merci de supprimer votre commentaire.", "take_back"),
        ("Gardez cela pour vous.", "silence"),
        ("Si dejas una reseña te damos un vale.", "review"),
        ("Un vale por una reseña positiva.", "sentiment"),
        ("Por favor, borra tu comentario y el vale es tuyo.", "take_back"),
        ("Que quede entre nosotros.", "silence"),
        ("IF YOU WRITE A GOOD REVIEW\nwe send tea", "sentiment"),
    ],
)
def test_words_that_ask_for_something_are_seen(words: str, code: str) -> None:
    assert [rule.code for rule in breaches_in(words)] == [code]


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Thank you for your feedback. We give you a voucher of 10 €.",
        "I read your review and I am sorry. Your tea is on its way again.",
        "If you like, come and see how we roast. We would love to meet you.",
        "Please tell us where we may send it.",
        "We post it today and give you the number.",
        "If you have changed your address, please write to us.",
        "Please leave the parcel closed if it is broken.",
        "Danke für deine offene Bewertung, das hat uns geholfen.",
        "Bitte schreib uns, wohin wir es schicken dürfen.",
        "Wenn du magst, komm vorbei.",
        "Merci pour votre avis.",
        "Si vous changez d'adresse, dites-le-nous.",
        "Gracias por tu opinión.",
        "Por favor, escríbenos adónde lo mandamos.",
    ],
)
def test_words_that_ask_for_nothing_pass(words: str) -> None:
    assert breaches_in(words) == []


@given(st.text(max_size=400))
def test_no_words_break_it(words: str) -> None:
    assert all(rule in RULES.values() for rule in breaches_in(words))


def test_a_long_text_is_read_in_time_that_grows_with_it() -> None:
    assert breaches_in("if you " * 20_000) == []
    assert breaches_in("for a " * 20_000) == []


@pytest.mark.parametrize("code", RULES)
def test_each_rule_says_what_to_do_and_where_it_stands(code: str) -> None:
    rule = RULES[code]
    assert rule.code == code
    assert str(rule.sentence).endswith(".")
    assert str(rule.sentence).count(". ") + str(rule.sentence).count(": ") >= 1, "why, and what instead"
    if rule.link.startswith("https://"):
        assert re.search(r"ecfr|legislation|law\.cornell", rule.link)
    else:
        assert (ROOT / rule.link).exists()
