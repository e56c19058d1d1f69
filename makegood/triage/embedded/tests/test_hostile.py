"""Texts made to break or to slow what reads them. How the time grows is measured by benchmarks/bench_triage.py; here
the work itself is counted.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.triage import embedded
from makegood.triage.embedded.hints import NAMES, hints
from makegood.triage.embedded.tests import tiny
from makegood.triage.embedded.text import LONGEST, plain
from makegood.triage.heads import LABELS
from makegood.triage.reader import Context
from makegood.triage.rules import default_reader
from makegood.triage.scoring import Scorer
from makegood.triage.tests.kit import read, said

PIECES = (
    *("\ud800", "\x00", "\u202e", "\u200b", "\ufeff", "\U000e0041", "e\u0301", "\u0301", "ﷺ", "İ", "😡", "👩‍👩‍👧"),
    *("🇩🇪", "@", "@a", "@a@b.c", "a@b.c", "https://", "www.", "&amp;", "&", "'", "a'", "…", "\u2028", "\n", " ", "?!"),
    *("<3", "a", "A", "1", "１", "-", "_", "not ", "still waiting ", "parcel ", "#", "//", "\\", "%s", "{}"),
)
HOSTILE = st.lists(st.tuples(st.sampled_from(PIECES), st.integers(1, 40)), max_size=30).map(
    lambda found: "".join(piece * times for piece, times in found)
)
ANYTHING = st.text(st.characters(), max_size=300) | HOSTILE


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    from makegood.triage.embedded.cascade import Cascade, EncoderScorer, LinearScorer
    from makegood.triage.embedded.manifest import read_about

    folder = tiny.write(tmp_path_factory.mktemp("hostile") / "model", cascade={"labels": {tiny.SORRY: [-1.0, 2.0]}})
    about = read_about(folder)
    return Cascade(LinearScorer(folder, about), EncoderScorer(folder, about), about)


@given(texts=st.lists(ANYTHING, max_size=6))
@settings(max_examples=120, deadline=None)
def test_any_texts_are_scored_each_for_itself(model: Scorer, texts: list[str]) -> None:
    found = model.score(texts)
    assert len(found) == len(texts)
    for text, own in zip(texts, found, strict=True):
        assert len(own.probabilities) == len(LABELS)
        assert all(0 <= chance <= 1 for chance in own.probabilities)
        assert model.score([text])[0].probabilities == pytest.approx(own.probabilities, abs=1e-5)


@given(text=ANYTHING)
@settings(max_examples=300, deadline=None)
def test_any_text_becomes_plain(text: str) -> None:
    found = plain(text)
    assert len(found) <= LONGEST
    found.encode("utf-8")
    assert "\x00" not in found
    assert hints([found]).shape == (1, len(NAMES))


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\ud800", "\x00", "\U000e0061"])
def test_what_cannot_be_seen_changes_nothing(hidden: str) -> None:
    text = "My parcel arrived broken"
    assert plain(hidden.join(text)) == plain(text)


def test_letters_that_look_alike_are_read_alike() -> None:
    assert plain("ｂｒｏｋｅｎ 𝐛𝐫𝐨𝐤𝐞𝐧") == "broken broken"


CONTEXT = Context(brand_names=("Teapot",))
LARGE: dict[str, Callable[[], str]] = {
    "ten megabytes of words": lambda: "my parcel is broken " * 500_000,
    "one word of ten megabytes": lambda: "a" * 10_000_000,
    "ten thousand emoji": lambda: "😡" * 10_000,
    "joined emoji": lambda: "👩‍👩‍👧" * 10_000,
    "a million zero-width spaces": lambda: "\u200b" * 1_000_000 + "broken",
    "overrides": lambda: "\u202e\u202d" * 500_000,
    "lone surrogates": lambda: "\ud83d" * 1_000_000,
    "nothing but NUL": lambda: "\x00" * 1_000_000,
    "combining marks": lambda: "e" + "\u0301" * 1_000_000,
    "a sign that folds into eighteen": lambda: "ﷺ" * 1_000_000,
    "handles": lambda: "@a@b.c" * 1_000_000,
    "mails": lambda: "a.b-c+d" * 1_000_000 + "@",
    "ampersands": lambda: "&a" * 1_000_000,
    "apostrophes": lambda: "a'" * 1_000_000,
    "dashes and spaces": lambda: " -" * 1_000_000,
    "capitals": lambda: "A" * 1_000_000 + "_",
    "marks": lambda: "?!" * 1_000_000,
}


@pytest.mark.parametrize("made", LARGE.values(), ids=LARGE.keys())
def test_a_large_text_is_read_to_its_limit_only(model: Scorer, made: Callable[[], str]) -> None:
    """Counted by the interpreter, line by line: ten times the text is no more work."""
    text = made()

    def whole() -> None:
        default_reader().read(said(text), CONTEXT, model.score([text])[0])

    def tenth() -> None:
        short = text[: max(20_000, len(text) // 10)]
        default_reader().read(said(short), CONTEXT, model.score([short])[0])

    tenth()
    assert _lines(whole) <= 1.1 * _lines(tenth) + 200


def _lines(work: Callable[[], None]) -> int:
    count = 0

    def tracer(_frame: object, event: str, _arg: object) -> object:
        nonlocal count
        count += event == "line"
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)  # type: ignore[arg-type]
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_ten_thousand_posts_take_the_memory_of_a_thousand(model: Scorer) -> None:
    """But for the answers themselves, which are what the caller asked for."""
    posts = [f"parcel {number} is broken, where is my refund? " * 4 for number in range(10_000)]
    few, many = _peak(model, posts[:1_500]), _peak(model, posts)
    assert many < 1.5 * few


def _peak(model: Scorer, posts: list[str]) -> int:
    model.score(posts[:10])
    tracemalloc.start()
    found = model.score(posts)
    now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == len(posts)
    return peak - now


def test_hidden_text_does_not_hide_a_complaint_from_the_rules() -> None:
    assert read("\u202eMy parcel never arrived\u202c, I want a refund.").intent == "complaint"


def test_a_model_folder_is_not_asked_for_more_than_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", str(tiny.write(tmp_path)))
    assert embedded.scorer().score([]) == []
    assert embedded.encoder_scorer().score([]) == []
    assert embedded.linear_scorer().score([]) == []
