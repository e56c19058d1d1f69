"""Our own examples, in `training/corpus/`: written for this project, labelled as its README says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from makegood.triage.heads import FLAGS
from makegood.triage.reader import Intent, Topic
from training.rows import Row, one_of, row

__all__ = ["CORPUS", "CorpusError", "corpus", "known_of"]

CORPUS = Path(__file__).parent / "corpus"
_INTENTS = {intent[0]: str(intent) for intent in Intent}
_URGENCIES = {"n": "now", "t": "today", "w": "whenever", "x": "never"}
_SENTIMENTS = {"+": "positive", "0": "neutral", "-": "negative"}
_FLAGS = {"a": "abuse", "h": "threat", "x": "spam", "r": "sarcasm", "p": "person"}


class CorpusError(ValueError):
    """A line that cannot be read; the message says where and why."""


def corpus(folder: Path = CORPUS) -> Iterator[Row]:
    """All posts of the corpus. CorpusError names the first line that is wrong."""
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            fields = line.split("\t")
            try:
                if len(fields) != 7:
                    raise ValueError(f"{len(fields)} fields where 7 belong")
                yield row(fields[6], known_of(*fields[:6]), f"corpus/{path.stem}")
            except (KeyError, ValueError) as wrong:
                raise CorpusError(f"{path.name}, line {number}: {wrong}") from wrong


def known_of(intents: str, severity: str, urgency: str, sentiment: str, topics: str, flags: str) -> dict[str, float]:
    """What one line says, for every label there is."""
    held = {_INTENTS[each] for each in intents}
    about = {Topic(each) for each in topics.split(",") if each} or {Topic.OTHER}
    raised = {_FLAGS[each] for each in flags}
    return {
        **{f"intent.{each}": float(each in held) for each in map(str, Intent)},
        **one_of("severity", severity),
        **one_of("urgency", _URGENCIES[urgency]),
        **one_of("sentiment", _SENTIMENTS[sentiment]),
        **{f"topic.{each}": float(each in about) for each in Topic},
        **{f"flag.{each}": float(each in raised) for each in FLAGS},
    }
