"""Our own examples can be read, are what their README says, and hold nothing twice."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from makegood.triage.heads import HEADS, LABELS
from training.corpus import CORPUS, CorpusError, corpus, known_of
from training.rows import held_out

ROWS = list(corpus())


def test_every_line_says_something_of_every_label() -> None:
    assert len(ROWS) >= 4_000
    assert all(set(row.known) == set(LABELS) for row in ROWS)
    for head in (head for head in HEADS if head.one):
        assert all(sum(row.known[f"{head.name}.{label}"] for label in head.labels) == 1 for row in ROWS), head.name


def test_a_severity_goes_with_a_complaint_and_only_with_one() -> None:
    assert [row.text for row in ROWS if bool(row.known["intent.complaint"]) == bool(row.known["severity.0"])] == []


def test_no_text_stands_twice() -> None:
    shapes = Counter(re.sub(r"\W+", " ", row.text.casefold()).strip() for row in ROWS)
    assert [text for text, times in shapes.items() if times > 1] == []


def test_airlines_are_kept_out_so_that_they_can_test() -> None:
    flying = re.compile(r"\b(airlines?|airports?|boarding pass|flights? attendant|runway|cabin crew)\b", re.IGNORECASE)
    assert [row.text for row in ROWS if flying.search(row.text)] == []


def test_each_kind_has_enough_examples_to_learn_from() -> None:
    counts = Counter(label for row in ROWS for label, value in row.known.items() if value)
    rare = {label: counts[label] for label in LABELS if counts[label] < 50}
    assert rare == {}


def test_what_is_held_out_is_about_what_was_asked_and_always_the_same() -> None:
    held = {row.text for row in ROWS if held_out(row.text, 15)}
    assert 0.12 < len(held) / len(ROWS) < 0.18
    assert held == {row.text for row in corpus() if held_out(row.text, 15)}
    assert not held_out("any", 0)
    assert held_out("any", 100)


def test_a_line_is_read_as_its_readme_says() -> None:
    known = known_of("cq", "3", "n", "-", "delivery,refund", "ap")
    raised = {label for label, value in known.items() if value}
    assert raised == {
        *("intent.complaint", "intent.question", "severity.3", "urgency.now", "sentiment.negative"),
        *("topic.delivery", "topic.refund", "flag.abuse", "flag.person"),
    }


def test_no_topic_is_another_topic() -> None:
    assert known_of("o", "0", "x", "0", "", "")["topic.other"] == 1.0


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("c\t1\tt\t-\tdelivery\tlate again", "6 fields"),
        ("z\t1\tt\t-\tdelivery\t\tlate again", "'z'"),
        ("c\t9\tt\t-\tdelivery\t\tlate again", "line 1"),
        ("c\t1\tsoon\t-\tdelivery\t\tlate again", "soon"),
        ("c\t1\tt\t-\tparcels\t\tlate again", "parcels"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, wrong: str) -> None:
    (tmp_path / "bad.tsv").write_text(line + "\n", "utf-8")
    with pytest.raises(CorpusError, match=re.escape(wrong)) as error:
        list(corpus(tmp_path))
    assert "bad.tsv, line 1" in str(error.value)


def test_the_readme_counts_right() -> None:
    said = re.search(r"^([\d,]+) posts", (CORPUS / "README.md").read_text("utf-8"), re.MULTILINE)
    assert said
    assert int(said[1].replace(",", "")) == len(ROWS)
