"""Words that had better be others, and what to say instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from makegood.reply.tone.checking import Checked, check
from makegood.reply.tone.cues import LANGUAGES, book, language_of
from makegood.reply.tone.finding import Code, Draft, Finding
from makegood.reply.tone.reasons import CHECKS, WHY
from makegood.reply.tone.words import tokens

WORDS_ONLY = frozenset({Code.SPELLING, Code.GRAMMAR})


def checked(text: str, **known: object) -> Checked:
    """What is found in a text, without the dictionaries."""
    off = WORDS_ONLY | frozenset(known.pop("off", ()))  # type: ignore[call-overload]
    return check(Draft(text, off=off, **known))  # type: ignore[arg-type]


def of(code: Code, text: str, **known: object) -> list[Finding]:
    return [one for one in checked(text, **known).findings if one.code is code]


def taken(text: str, found: Finding) -> str:
    """The text with the better wording taken."""
    start, end = found.place
    assert found.better is not None
    return text[:start] + found.better + text[end:]


BETTER = [
    (Code.BLAME, "You should have checked the size.", "Next time, please check the size."),
    (Code.BLAME, "Well, you should’ve told us earlier.", "Well, next time, please tell us earlier."),
    (Code.WRONG, "You’re simply wrong about the date.", "I see this differently about the date."),
    (Code.WRONG, "That’s not true.", "What we can see here is different."),
    (Code.FALSE_APOLOGY, "We are sorry you feel that way.", "We are sorry for the trouble this has caused you."),
    (Code.FALSE_APOLOGY, "We're sorry if this was slow.", "We're sorry that this was slow."),
    (
        Code.FALSE_APOLOGY,
        "Sorry for any inconvenience caused.",
        "Sorry for the trouble we have caused you.",
    ),
    (Code.EXCUSE, "Due to unforeseen circumstances, it is late.", "We have fallen behind, it is late."),
    (Code.JARGON, "Please do not hesitate to write to us.", "Please just write to us."),
    (Code.JARGON, "Going forward it is better.", "From now on it is better."),
    (Code.WRONG, "Sie haben leider unrecht. Da hast du unrecht.", None),
    (Code.WRONG, "Das stimmt so nicht.", "Bei uns sieht das anders aus."),
    (Code.FALSE_APOLOGY, "Es tut uns leid, wenn das so war.", "Es tut uns leid, dass das so war."),
    (Code.EXCUSE, "Aufgrund des hohen Aufkommens dauert es.", "Weil wir nicht nachgekommen sind, dauert es."),
]


@pytest.mark.parametrize(("code", "text", "wanted"), BETTER)
def test_each_is_found_and_the_better_wording_reads_well(code: Code, text: str, wanted: str | None) -> None:
    language = "de" if any(word in text for word in ("Das ", "Es tut", "Aufgrund", "Sie haben")) else "en"
    found = of(code, text, language=language)
    assert found, text
    assert text[found[0].start : found[0].end] == found[0].words
    assert found[0].why
    if wanted is not None:
        assert taken(text, found[0]) == wanted


SAID = [
    (Code.BLAME, "It is your own fault."),
    (Code.BLAME, "You failed to read the description."),
    (Code.BLAME, "If you had read the page, you would know."),
    (Code.BLAME, "Sie hätten das vorher prüfen müssen."),
    (Code.BLAME, "Das ist Ihr Fehler."),
    (Code.WRONG, "As I already told you, it is sold out."),
    (Code.WRONG, "Wie bereits gesagt ist es ausverkauft."),
    (Code.FALSE_APOLOGY, "Sorry, but that is how it works."),
    (Code.FALSE_APOLOGY, "Sollten Ihnen Unannehmlichkeiten entstanden sein, tut es uns leid."),
    (Code.EXCUSE, "Per our policy we do not refund that."),
    (Code.EXCUSE, "There is nothing we can do."),
    (Code.EXCUSE, "Da können wir leider nichts machen."),
    (Code.SARCASM, "Good luck with that!"),
    (Code.SARCASM, "We have read your “problem” with interest."),
    (Code.SARCASM, "What a surprise 🙄"),
    (Code.SARCASM, "Na toll, noch eine Beschwerde."),
    (Code.JARGON, "Your ticket was escalated."),
    (Code.JARGON, "Wir melden uns diesbezüglich."),
]


@pytest.mark.parametrize(("code", "text"), SAID)
def test_each_is_found(code: Code, text: str) -> None:
    assert of(code, text, language="en"), [str(one.code) for one in checked(text).findings]


KIND = [
    "Hi Lena, I am sorry that your teapot came broken. I have sent you a new one today, and it will be there tomorrow.",
    "Thank you so much! That made our day.",
    "You are right, we got this wrong. Here is your money back.",
    "We do. You should have it on Friday.",
    "Hallo Lena, das tut uns leid. Hätten Sie gern eine neue Kanne oder das Geld zurück?",
    "Liebe Lena, vielen Dank für die lieben Worte! Sie hätten gern mehr Farben? Die blaue gibt es seit heute.",
    "You wrote: “you are wrong”. We were, and we are sorry.",
    "> you should have told me\nWe are sorry. We should have told you.",
]


@pytest.mark.parametrize("text", KIND)
def test_a_kind_answer_is_left_alone(text: str) -> None:
    manners = {Code.BLAME, Code.WRONG, Code.FALSE_APOLOGY, Code.EXCUSE, Code.SARCASM, Code.JARGON, Code.SHOUTING}
    assert [one for one in checked(text).findings if one.code in manners] == []


def test_the_shops_own_jargon_is_found_in_any_language() -> None:
    known = {"Brennbrand": "second firing", "BB2": ""}
    found = of(Code.JARGON, "Le Brennbrand est fini, BB2 aussi. Brennbrands non.", language="fr", jargon=known)
    assert [(one.words, one.better) for one in found] == [("Brennbrand", "Second firing"), ("BB2", None)]


def test_a_check_that_is_off_finds_nothing() -> None:
    assert of(Code.BLAME, "You should have checked it.", off=[Code.BLAME]) == []
    assert of(Code.UNFILLED, "Hi {name}, hello.", off=[Code.UNFILLED]) != []


def test_the_language_is_that_of_the_draft_not_of_the_conversation() -> None:
    assert checked("Das tut uns leid, wir haben das heute für Sie geprüft.", language="en").language == "de"
    assert checked("Oui.", language="fr").language == "fr"
    assert language_of(tokens("xyz"), "nl") == "nl"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_whole(language: str) -> None:
    cues = book(language)
    assert cues is not None
    assert cues.reading is not None
    assert {"acknowledge", "thanks"} <= set(cues.say)
    # A greeting, a thank you and a word of regret are known in each.
    said = {"en": "Hello, thanks, sorry", "de": "Hallo, danke, Entschuldigung", "fr": "Bonjour, merci, pardon"}
    marks = cues.marks(tokens(said.get(language, "Hola, gracias, perdón")))
    assert {"greeting", "gratitude", "apology", "has_thanks", "has_acknowledgement"} <= set(marks)


def test_no_pattern_is_left_half_spelled_out() -> None:
    import tomllib

    from makegood.reply.tone.cues import _spelled_out

    folder = Path(__file__).parent.parent / "cues"
    for language in LANGUAGES:
        found = tomllib.loads((folder / f"{language}.toml").read_text())
        codes = {*Code, "soon"}
        assert {one["code"] for one in found["cue"]} <= codes
        for one in found["cue"] + found["mark"]:
            terms = [term for pattern in one["say"] for term in _spelled_out(pattern.removeprefix("^"))]
            assert all(term and not set("()|^,.!?") & set(term) for term in terms), one


def test_every_check_has_a_name_and_a_reason() -> None:
    assert set(CHECKS) == set(Code)
    assert set(WHY) <= set(Code)
