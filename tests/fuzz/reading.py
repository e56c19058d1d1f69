"""`make fuzz`: throws bytes at everything that reads a post, guided by coverage (atheris), for a bounded time.

A finding is written to tests/fuzz/found/ and printed; run again with its path to see it. What must hold of any text:
nothing raises, probabilities are probabilities, a judgement is whole and says the same the second time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["makegood.triage"]):
    from makegood.triage.embedded.text import LONGEST, plain
    from makegood.triage.language import detect
    from makegood.triage.reader import Context, Intent
    from makegood.triage.rules import default_reader
    from makegood.triage.tokens import tokenise

from makegood.triage import embedded
from makegood.triage.embedded.manifest import ModelError
from makegood.triage.scoring import Scorer
from makegood.triage.tests.kit import said

FOUND = Path(__file__).with_name("found")
SEEDS = Path(__file__).resolve().parents[2] / "makegood" / "triage" / "tests"
HOSTILE = (
    *("\ud800", "\x00", "\u202e", "\u200b", "\ufeff", "\U000e0041", "\u0301", "ﷺ", "İ", "😡", "👩‍👩‍👧"),
    *(
        "@",
        "@a@b.c",
        "&amp;",
        "https://",
        "a'",
        "'",
        "…",
        "\u2028",
        "\r\n",
        "?!",
        "<3",
        "１",
        "ａ",
        "not ",
        "still waiting ",
    ),
)


def scorer() -> Scorer | None:
    """The linear model: the encoder's own code is not ours to search, and slow."""
    try:
        return embedded.linear_scorer()
    except ModelError:
        return None


MODEL = scorer()


def text_of(data: bytes) -> str:
    """A text of these bytes: what they decode to, with hostile pieces strewn in."""
    source = atheris.FuzzedDataProvider(data)
    pieces = []
    for _ in range(source.ConsumeIntInRange(0, 6)):
        piece = source.PickValueInList(list(HOSTILE))
        pieces.append(piece * source.ConsumeIntInRange(1, 200))
        pieces.append(source.ConsumeUnicode(24))
    pieces.append(source.ConsumeBytes(source.remaining_bytes()).decode("utf-8", "surrogateescape"))
    return "".join(pieces)


def one(data: bytes) -> None:
    """Everything that reads a post, on one text."""
    text = text_of(data)
    short = plain(text)
    assert len(short) <= LONGEST
    assert plain(short) == plain(plain(short))
    short.encode("utf-8")
    assert detect(text, tokenise(text))[0]
    model = MODEL.score([text])[0] if MODEL else None
    if model:
        assert all(0 <= chance <= 1 for chance in model.probabilities)
    found = default_reader().read(said(text), Context(), model)
    assert set(found.intents) == set(Intent)
    assert found.reasons
    assert found == default_reader().read(said(text), Context(), model)


def main() -> None:
    """libFuzzer's own arguments work too, as -max_total_time=600."""
    FOUND.mkdir(exist_ok=True)
    corpus = FOUND / "corpus"
    if not corpus.exists():
        corpus.mkdir()
        lines = (SEEDS / "utterances.txt").read_text("utf-8").splitlines()
        for number, line in enumerate(lines):
            (corpus / f"seed-{number}").write_text(line.split("|")[-1].strip(), "utf-8")
    given = sys.argv[1:] or ["-max_total_time=60"]
    bounds = ["-max_len=4096", "-timeout=20", f"-artifact_prefix={FOUND}/", "-rss_limit_mb=2048"]
    places = [] if any(not each.startswith("-") for each in given) else [str(corpus)]
    atheris.Setup([sys.argv[0], *bounds, *given, *places], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
