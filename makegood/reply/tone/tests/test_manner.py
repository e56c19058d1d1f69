"""Shouting, what is missing, promises without a day, places not filled in, length and reading ease."""

from __future__ import annotations

import pytest

from makegood.reply.tone.cues import book
from makegood.reply.tone.finding import Code
from makegood.reply.tone.reading import ease, syllables
from makegood.reply.tone.tests.test_phrases import checked, of, taken
from makegood.reply.tone.words import tokens


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("We did NOT get it.", None, None),
        ("We did NOT GET it.", "NOT GET", "We did not get it."),
        ("This is URGENT for us.", "URGENT", "This is urgent for us."),
        ("Really?!?! No.", "?!?!", "Really? No."),
        ("Thank you!!! Bye", "!!!", "Thank you! Bye"),
        ("One! Two! Three! Four.", "!", "One! Two! Three. Four."),
        ("The DHL and UPS van, size XXL, VAT included, OK.", None, None),
        ("Code ABX-1234 and #SALE2024 are fine.", None, None),
    ],
)
def test_shouting(text: str, words: str | None, wanted: str | None) -> None:
    found = of(Code.SHOUTING, text)
    assert [one.words for one in found] == ([words] if words else [])
    if wanted:
        assert taken(text, found[0]) == wanted


def test_a_name_in_capitals_is_not_shouted() -> None:
    assert of(Code.SHOUTING, "The KALLAX POTTERY is closed.", known=frozenset({"kallax", "pottery"})) == []


def test_german_capitals_are_found_but_not_rewritten() -> None:
    found = of(Code.SHOUTING, "Das ist WIRKLICH sehr gut für uns und euch.", language="de")
    assert [(one.words, one.better) for one in found] == [("WIRKLICH", None)]


@pytest.mark.parametrize(
    ("intent", "text", "code", "wanted"),
    [
        (
            "complaint",
            "Hi Lena, we send you a new one.",
            Code.ACKNOWLEDGE,
            "Hi Lena, I am sorry that this happened. we send",
        ),
        ("complaint", "We send you a new one.", Code.ACKNOWLEDGE, "I am sorry that this happened. We send"),
        (
            "complaint",
            "Hallo Lena,\n\nwir schicken euch eine neue Kanne.",
            Code.ACKNOWLEDGE,
            "Hallo Lena,\n\nDas tut mir leid. wir",
        ),
        ("praise", "The blue one is new as well.", Code.THANKS, "Thank you! The blue"),
        ("suggestion", "The blue one is new as well.", Code.THANKS, "Thank you! The blue"),
    ],
)
def test_what_a_first_answer_owes(intent: str, text: str, code: Code, wanted: str) -> None:
    found = of(code, text, intent=intent)
    assert len(found) == 1
    assert taken(text, found[0]).startswith(wanted)


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("complaint", "I am sorry that it broke, here is a new one."),
        ("complaint", "You are right, this should not have happened to you."),
        ("complaint", "Das ist wirklich ärgerlich, wir schicken eine neue."),
        ("praise", "We are so glad to hear that you like it."),
        ("praise", "Vielen Dank für die lieben Worte an uns!"),
        ("question", "Yes, we have the blue one as well."),
        ("other", "Yes, we have the blue one as well."),
        ("complaint", "We do."),
    ],
)
def test_what_is_there_is_not_missed(intent: str, text: str) -> None:
    assert of(Code.ACKNOWLEDGE, text, intent=intent) + of(Code.THANKS, text, intent=intent) == []


def test_a_second_answer_need_not_say_sorry_again() -> None:
    assert of(Code.ACKNOWLEDGE, "The parcel is with the courier now.", intent="complaint", first=False) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("We will get back to you.", "We will get back to you by [day and time]."),
        ("We'll look into it as soon as possible.", "We'll look into it by [day and time]."),
        ("Wir melden uns in Kürze bei Ihnen.", "Wir melden uns bis [Tag und Uhrzeit] bei Ihnen."),
        ("Wir kümmern uns darum.", "Wir kümmern uns darum bis [Tag und Uhrzeit]."),
        ("Your refund will be processed shortly", "Your refund will be processed by [day and time]"),
    ],
)
def test_a_promise_without_a_day(text: str, wanted: str) -> None:
    language = "de" if text.startswith("Wir") else "en"
    found = of(Code.PROMISE, text, language=language)
    assert len(found) == 1
    after = taken(text, found[0])
    assert after == wanted
    # What is taken asks to be filled in, and does not go out before it is.
    assert of(Code.UNFILLED, after)


def test_a_promise_with_a_day_is_a_promise() -> None:
    text = "We will get back to you by Friday. We will send it."
    day = text.index("by Friday")
    found = of(Code.PROMISE, text, promised=[(day, day + 9)])
    assert [one.start for one in found] == [text.rindex("We will")]


def test_what_others_promised_is_theirs() -> None:
    assert of(Code.PROMISE, "The courier said “we will get back to you” and did not.") == []


@pytest.mark.parametrize(
    "gap",
    [
        "{name}",
        "{{first_name}}",
        "{{ order | it }}",
        "${name}",
        "[order]",
        "[day and time]",
        "[Tag und Uhrzeit]",
        "XXX",
        "XXXX",
        "<name>",
        "<Order Number>",
        "%name%",
        "%(name)s",
        "____",
        "TODO",
        "{% name %}",
        "[Vorname]",
        "[Bestell-Nr.]",
    ],
)
@pytest.mark.parametrize("public", [True, False])
def test_a_place_not_filled_in_blocks(gap: str, public: bool) -> None:
    text = f"Hi {gap}, we are sorry."
    found = of(Code.UNFILLED, text, public=public)
    assert [one.words for one in found] == [gap]
    assert found[0].blocks


@pytest.mark.parametrize(
    "text",
    [
        "Size XXL or XXXL",
        "Love, xxx",
        "[sic]",
        "[see here](https://example.com)",
        "100 % sure",
        "a < b > c",
        "{",
        "50% off",
        "a_b_c",
        "x_1",
        "[1]",
        "(name)",
        "Lena [2/3]",
    ],
)
def test_what_only_looks_like_a_place(text: str) -> None:
    assert of(Code.UNFILLED, text) == []


def test_long_for_the_network_and_for_the_ear() -> None:
    assert [one.why for one in of(Code.TOO_LONG, "Hello there.", limit="3 characters too long.")] == [
        "3 characters too long."
    ]
    whole = of(Code.TOO_LONG, "We are here for you. " * 30)
    assert len(whole) == 1
    assert "150 words" in whole[0].why
    sentence = "we took the pot and " * 8 + "left."
    assert [one.words for one in of(Code.TOO_LONG, sentence)] == [sentence.rstrip(".")]
    assert of(Code.TOO_LONG, "We are here for you. " * 30, public=False) == []


HARD = (
    "Regarding your enquiry concerning the aforementioned irregularities, our administration necessarily requires "
    "additional documentation demonstrating unauthorised modifications attributable to transportation intermediaries, "
    "notwithstanding contractual considerations previously communicated electronically regarding responsibilities, "
    "liabilities and indemnifications applicable to international consignments generally."
)
EASY = (
    "We are so sorry. The pot broke on the way to you. "
    "We have put a new one in the post for you. It will be with you soon. Tell us if it is not."
)


def test_reading_ease_by_flesch() -> None:
    english = book("en")
    assert english is not None
    rule = english.reading
    assert rule is not None
    hard, easy = ease(tokens(HARD), rule), ease(tokens(EASY), rule)
    assert hard is not None
    assert easy is not None
    assert hard < 0 < 90 < easy
    assert [str(one.code) for one in of(Code.READING, HARD)] == ["reading"]
    assert of(Code.READING, EASY) == []
    assert ease(tokens("Too short."), rule) is None


@pytest.mark.parametrize(
    ("language", "start", "sentence", "syllable"),
    [("en", 206.835, 1.015, 84.6), ("de", 180.0, 1.0, 58.5), ("fr", 207.0, 1.015, 73.6), ("es", 206.84, 1.02, 60.0)],
)
def test_the_formulas_are_the_published_ones(language: str, start: float, sentence: float, syllable: float) -> None:
    found = book(language)
    assert found is not None
    assert found.reading is not None
    rule = found.reading
    assert (rule.start, rule.sentence, rule.syllable) == (start, sentence, syllable)
    # Thirty words of one syllable in three sentences: ten words a sentence, one syllable a word.
    text = "la " * 9 + "la. "
    assert ease(tokens(text * 3), rule) == pytest.approx(start - sentence * 10 - syllable)


@pytest.mark.parametrize(
    ("word", "language", "count"),
    [
        ("cat", "en", 1),
        ("table", "en", 2),
        ("make", "en", 1),
        ("waited", "en", 2),
        ("delivery", "en", 4),
        ("rhythm", "en", 1),
        ("teekanne", "de", 3),
        ("bestellung", "de", 3),
        ("straße", "de", 2),
        ("camión", "es", 2),
        ("bonjour", "fr", 2),
    ],
)
def test_syllables(word: str, language: str, count: int) -> None:
    found = book(language)
    assert found is not None
    assert found.reading is not None
    assert syllables(word, found.reading) == count


def test_what_matters_most_comes_first() -> None:
    found = checked("You should have checked, {name}!!! Call +49 30 1234567.").findings
    assert [str(one.code) for one in found] == ["personal", "unfilled", "blame", "shouting"]
