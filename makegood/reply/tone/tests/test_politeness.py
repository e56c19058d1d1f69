"""Politeness strategies, and how well they tell polite requests from impolite ones."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from makegood.reply.tone.cues import Book, book
from makegood.reply.tone.politeness import manners, score
from makegood.reply.tone.reasons import MARKS
from makegood.reply.tone.tests.test_phrases import checked
from makegood.reply.tone.words import tokens

ROOT = Path(__file__).resolve().parents[4]
DATA = Path(os.environ.get("MAKEGOOD_TEST_DATA", ROOT.parent / "shared" / "data")) / "triage"


def english() -> Book:
    found = book("en")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gratitude", "I really appreciate that you’ve done them."),
        ("deference", "Nice work so far on your rewrite."),
        ("greeting", "Hey, I just tried it."),
        ("apology", "Sorry to bother you."),
        ("please", "Could you please say more."),
        ("please_start", "Please do not remove it."),
        ("by_the_way", "By the way, where is it?"),
        ("direct_question", "What is your order?"),
        ("direct_start", "So can you find it or not?"),
        ("could_you", "Would you send it again?"),
        ("can_you", "Can you send it again?"),
        ("i_start", "I have only just seen it."),
        ("we", "Could we find a day?"),
        ("i", "It is my view."),
        ("you", "But what is good for you?"),
        ("you_start", "You’ve sent it back."),
        ("hedge", "I suggest we start with it."),
        ("factuality", "In fact it did."),
        ("positive", "A great way to do it."),
        ("negative", "A terrible way to do it."),
    ],
)
def test_each_strategy_is_seen(name: str, text: str) -> None:
    assert name in english().marks(tokens(text))


def test_the_weights_are_the_published_ones() -> None:
    """Table 3 of the paper; what is not in it weighs nothing."""
    weights = english().weights
    published = {"gratitude": 0.87, "deference": 0.78, "greeting": 0.43, "apology": 0.36, "please": 0.49}
    published |= {"please_start": -0.30, "by_the_way": 0.63, "direct_question": -0.27, "direct_start": -0.43}
    published |= {"could_you": 0.47, "can_you": 0.09, "hedge": 0.14, "factuality": -0.38, "you_start": -0.30}
    assert {name: weights[name] for name in published} == published
    assert not any(name.startswith("has_") for name in weights)


def test_what_a_draft_does_well_and_what_it_could_add() -> None:
    shown = checked("So what is it that you really want from us in the end?", intent="complaint").manners
    assert shown.careful == ("direct_start", "factuality")
    assert shown.add == ("greeting", "apology", "gratitude")
    shown = checked("Hello Lena, thank you! We are sorry. Could you tell us more of it?", intent="complaint").manners
    assert shown.good == ("greeting", "gratitude", "apology", "could_you", "we")
    assert shown.careful == shown.add == ()
    assert manners({}, tokens("Yes."), "complaint").add == ()
    assert {*shown.good} <= set(MARKS)


def _sets() -> list[str]:
    return ["wikipedia", "stack-exchange"]


@pytest.mark.parametrize(("name", "least"), [("wikipedia", 0.74), ("stack-exchange", 0.56)])
def test_polite_quartile_against_impolite_quartile(name: str, least: float, capsys: pytest.CaptureFixture[str]) -> None:
    """On the requests of the paper, which are for measuring only: no word list and no weight was made from them."""
    path = DATA / f"politeness_{name}.jsonl"
    if not path.exists():
        pytest.skip(f"no {path.name}: the politeness corpus is for measuring and not part of the project")
    rows = sorted((json.loads(line) for line in path.read_text("utf-8").splitlines()), key=lambda row: row["score"])
    quarter = len(rows) // 4
    cues = english()

    def said(some: list[dict[str, object]]) -> list[float]:
        return [score(cues.marks(tokens(str(row["text"]))), cues) for row in some]

    impolite, polite = said(rows[:quarter]), said(rows[-quarter:])
    middle = sorted(impolite + polite)[quarter]
    right = sum(one < middle for one in impolite) + sum(one >= middle for one in polite)
    with capsys.disabled():
        print(f"\npoliteness, {name}: {right / (2 * quarter):.3f} of {2 * quarter} right")
    assert right / (2 * quarter) >= least
