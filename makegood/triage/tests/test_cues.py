from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from makegood.triage.cues import LANGUAGES, MAX_WORDS, Book, book
from makegood.triage.reader import Topic
from makegood.triage.tokens import fold, tokenise

SIGNALS = {
    *(
        "complaint",
        "upset",
        "praise",
        "thanks",
        "question",
        "suggestion",
        "noise",
        "rumour",
        "rant",
        "sarcasm",
    ),
    *("safety", "threat", "leaving", "hurry", "neutral", "person", "me", "elsewhere", "topic", "class"),
}


def tables(language: str) -> dict[str, dict[str, object]]:
    return tomllib.loads((resources.files("makegood.triage.cues") / f"{language}.toml").read_text("utf-8"))


def hits(made: Book, text: str) -> list[tuple[str, float, str]]:
    tokens = tokenise(text)
    return [(h.signal, h.weight, " ".join(t.word for t in tokens[h.first : h.last])) for h in made.find(tokens)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_signal_is_known_and_every_topic_exists(language: str) -> None:
    found = tables(language)
    assert set(found) <= SIGNALS
    assert set(found["topic"]) <= {str(topic) for topic in Topic}
    assert {"complaint", "upset", "praise", "thanks", "question", "suggestion", "noise", "safety"} <= set(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_classes_that_rules_ask_for_are_there(language: str) -> None:
    assert {"not", "but", "very", "ask", "greet", "common", "you", "me", "n", "unit"} <= set(tables(language)["class"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_is_spelled_as_texts_are_folded(language: str) -> None:
    """A term with a capital, an accent or an apostrophe could never be found."""
    classes = tables(language)["class"]
    wrong = []
    for name, weights in tables(language).items():
        if name == "class":
            continue
        groups = weights.values() if name == "topic" else [weights]
        terms = [t for group in groups for listed in group.values() for t in listed]  # type: ignore[attr-defined]
        for term in terms:
            for word in term.split():
                if word.startswith("<") and word.endswith(">"):
                    if word[1:-1] not in {*classes, "money"}:
                        wrong.append(term)
                elif word != "_" and [t.word for t in tokenise(word.rstrip("*"))] != [word.rstrip("*")]:
                    wrong.append(term)
            if len(term.split()) > MAX_WORDS:
                wrong.append(term)
    assert wrong == []


def test_a_term_of_several_words_is_found_where_they_stand_together() -> None:
    made = Book({"complaint": {"2": ["still waiting"]}}, {})
    assert hits(made, "I'm STILL waiting!") == [("complaint", 2.0, "still waiting")]
    assert hits(made, "still not waiting") == []


def test_prefixes_classes_numbers_and_any_word() -> None:
    made = Book(
        {"c": {"1": ["disappoint*", "<not> arriv*", "<n> weeks", "so _ late"]}},
        {"not": ["never"], "n": ["two"]},
    )
    assert hits(made, "disappointing") == [("c", 1.0, "disappointing")]
    assert hits(made, "never arrived") == [("c", 1.0, "never arrived")]
    assert hits(made, "two weeks, 17 weeks") == [("c", 1.0, "two weeks"), ("c", 1.0, "17 weeks")]
    assert hits(made, "so very late") == [("c", 1.0, "so very late")]
    assert hits(made, "so late") == []


def test_one_term_may_carry_several_signals() -> None:
    made = Book({"complaint": {"1": ["broken"]}, "topic.defect": {"0.5": ["broken"]}}, {})
    assert set(hits(made, "broken")) == {("complaint", 1.0, "broken"), ("topic.defect", 0.5, "broken")}


def test_emoji_are_in_every_language() -> None:
    for language in LANGUAGES:
        assert ("upset", 1.0, "😡") in hits(book(language), "😡")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("Don't", ("dont",)),
        ("don’t", ("dont",)),
        ("L'emballage", ("l", "emballage")),
        ("c’est", ("c", "est")),
        ("Größe", ("grosse",)),
        ("déçue", ("decue",)),
        ("AÑO", ("ano",)),
    ],
)
def test_folding(raw: str, words: tuple[str, ...]) -> None:
    assert fold(raw) == words


def test_tokens_know_where_they_stood() -> None:
    text = "@shop Où est l'emballage? https://example.org/a 😡 $40"
    found = tokenise(text)
    assert [t.word for t in found] == ["ou", "est", "l", "emballage", "😡", "<money>", "40"]
    assert text[found[0].start : found[0].end] == "Où"
    assert [t.clause for t in found] == [0, 0, 0, 0, 1, 1, 1]
