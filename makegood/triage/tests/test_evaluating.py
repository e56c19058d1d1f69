"""How good it is on what members said, on files, and learning from the former: only when it helps, and back."""

from __future__ import annotations

import random
from typing import Any

import pytest

from makegood.journal.api import Entry
from makegood.triage import embedded, evaluating, reading
from makegood.triage.corrections import confirm, correct
from makegood.triage.evaluating import (
    EvaluationError,
    ask_to_retrain,
    back,
    evaluate,
    head_in_use,
    own_items,
    own_report,
    own_scorer,
    read_labelled,
    retrain,
    retrain_asked,
    small_heads,
)
from makegood.triage.models import Assessment, SmallHead
from makegood.triage.tests.learning import Told, hear

SAD = ("The wombat wheel squeaks", "Wombat again, third time", "My wombat lost its tail", "Wombat, wombat, wombat")
GLAD = ("The kettle sings", "What a fine kettle", "Kettle on the stove", "My kettle is here")


def said(number: int, words: tuple[str, ...]) -> list[str]:
    chance = random.Random(number)
    return [f"{chance.choice(words)} on day {at}" for at in range(number)]


def knows_nothing() -> Told:
    return Told(lambda text: {"intent.complaint": 0.3, "intent.other": 0.4})


@pytest.fixture
def read_by_told(monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", "off")
    told = knows_nothing()
    monkeypatch.setattr(reading, "scorer_of", lambda *_args, **_more: told)
    monkeypatch.setattr(embedded, "scorer", lambda: told)
    return told


def corrected(workspace: Any, by: Any, number: int = 60) -> None:
    """The workspace's customers complain of wombats, which no model can know."""
    for mention in hear(workspace, *said(number, SAD)):
        correct(workspace.pk, mention, {"intent": ["complaint"]}, by)
        confirm(workspace.pk, mention, by, ("intent",))
    for mention in hear(workspace, *said(number, GLAD)):
        correct(workspace.pk, mention, {"intent": ["praise"]}, by)
        confirm(workspace.pk, mention, by, ("intent",))


# Files


def test_a_file_with_heads_and_single_labels() -> None:
    content = b"text;intent;spam;topic;notes\nBroken!;complaint|question;no;defect;x\nHello;other;;;y\n"
    first, second = read_labelled(content)
    assert first.text == "Broken!"
    assert [label for label, true in first.truth.items() if true] == [
        "intent.complaint",
        "intent.question",
        "topic.defect",
    ]
    assert first.truth["flag.spam"] is False
    assert "topic.defect" not in second.truth
    assert "flag.spam" not in second.truth


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "text"),
        (b"message,intent\nHello,other\n", "text"),
        (b"text,notes\nHello,other\n", "No column holds labels"),
        (b"text,intent\nHello,other\nBroken,angry\n", "Line 3: “angry” is not one of complaint"),
        (b"text,complaint\nHello,maybe\n", "Line 2: write yes or no"),
        ("text,intent\nGrüße,other\n".encode("latin-1"), "UTF-8"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(content: bytes, sentence: str) -> None:
    with pytest.raises(EvaluationError, match=sentence):
        read_labelled(content)


def test_a_file_from_a_spreadsheet() -> None:
    content = '\ufefftext,complaint\n"Two\nlines, quoted",yes\n\n,no\n'.encode()
    assert [(item.text, item.truth) for item in read_labelled(content)] == [
        ("Two\nlines, quoted", {"intent.complaint": True}),
        ("", {"intent.complaint": False}),
    ]


def test_any_model_is_measured_the_same_way() -> None:
    rows = "".join(f"{text},{label}\n" for text, label in [("bad", "yes")] * 40 + [("good", "no")] * 60)
    items = read_labelled(f"text,complaint\n{rows}".encode())
    sharp = Told(lambda text: {"intent.complaint": 0.9 if text == "bad" else 0.1}, "sharp-2")
    report = evaluate(items, sharp, {})
    assert (report.by, report.n, report.corrected) == ("sharp-2", 100, 0)
    assert report.heads[0].labels[0].recall.value == 1.0
    assert not report.heads[1].enough


# The workspace's own


@pytest.mark.django_db
def test_own_figures_come_from_what_was_said_when_it_was_read(
    workspace: Any, other_workspace: Any, malik: Any, read_by_told: Told
) -> None:
    corrected(workspace, malik, 20)
    report = own_report(workspace)
    assert (report.n, report.corrected) == (40, 40)
    intent = report.heads[0]
    assert intent.enough
    # It says "other" of everything.
    assert intent.macro_f1 == 0.0
    assert own_report(other_workspace).n == 0
    assert {head.name for head in report.heads if head.n} == {"intent"}


@pytest.mark.django_db
def test_confirmed_ones_are_told_from_corrected_ones(workspace: Any, malik: Any, read_by_told: Told) -> None:
    first, second = hear(workspace, "One thing", "Another thing")
    correct(workspace.pk, first, {"urgency": ["now"]}, malik)
    confirm(workspace.pk, second, malik)
    assert sorted(item.corrected for item in own_items(workspace)) == [False, True]


@pytest.mark.django_db
def test_retraining_helps_where_the_shop_has_words_of_its_own(workspace: Any, malik: Any, read_by_told: Told) -> None:
    corrected(workspace, malik)
    row = retrain(workspace, read_by_told, malik)
    assert (row.state, row.number, row.based_on) == ("in_use", 1, "told-1")
    (intent,) = (each for each in row.report["heads"] if each["name"] == "intent")
    assert intent["helps"]
    assert intent["after"] > intent["before"]
    assert intent["low"] > 0
    scorer = own_scorer(workspace, read_by_told)
    assert scorer.version == "told-1+1"
    sad, glad = scorer.score(["That wombat is gone again", "A kettle came today"])
    assert sad.of("intent.complaint") > 0.5 > glad.of("intent.complaint")
    assert sad.by == "told-1+1"
    assert Entry.objects.within(workspace).filter(verb="triage.retrained", data__helps=True).count() == 1


@pytest.mark.django_db
def test_what_is_read_from_then_on_is_read_by_it(workspace: Any, malik: Any, read_by_told: Told) -> None:
    corrected(workspace, malik)
    retrain(workspace, read_by_told, malik)
    (mention,) = hear(workspace, "There is a wombat in the parcel that you sent me, number nine")
    row = Assessment.objects.within(workspace).get(mention=mention)
    assert row.scores["intent.complaint"] > 0.4
    assert row.intent == "complaint"
    assert "told-1+1" in row.version


@pytest.mark.django_db
def test_where_it_does_not_help_nothing_is_changed(workspace: Any, malik: Any, read_by_told: Told) -> None:
    chance = random.Random(1)
    read_by_told.says = lambda text: {"intent.complaint": 0.5, "intent.praise": 0.5}
    for mention in hear(workspace, *[f"Nothing to go by, number {at}" for at in range(70)]):
        correct(workspace.pk, mention, {"intent": [chance.choice(["complaint", "praise"])]}, malik)
    row = retrain(workspace, read_by_told, malik)
    (intent,) = (each for each in row.report["heads"] if each["name"] == "intent")
    assert (row.state, intent["helps"], row.weights) == ("turned_down", False, None)
    assert own_scorer(workspace, read_by_told) is read_by_told


@pytest.mark.django_db
def test_with_few_nothing_is_learnt(workspace: Any, malik: Any, read_by_told: Told) -> None:
    with pytest.raises(EvaluationError, match="nothing to learn from"):
        retrain(workspace, read_by_told, malik)
    corrected(workspace, malik, 10)
    row = retrain(workspace, read_by_told, malik)
    assert row.state == "turned_down"
    assert all(each["too_few"] for each in row.report["heads"])


@pytest.mark.django_db
def test_back_goes_step_by_step_to_the_model_alone(workspace: Any, malik: Any, read_by_told: Told) -> None:
    corrected(workspace, malik)
    retrain(workspace, read_by_told, malik)
    second = retrain(workspace, read_by_told, malik)
    assert [(row.number, row.state) for row in small_heads(workspace)] == [(2, "in_use"), (1, "kept")]
    before = back(workspace, malik)
    assert before is not None
    assert before.number == 1
    assert own_scorer(workspace, read_by_told).version == "told-1+1"
    assert back(workspace, malik) is None
    assert own_scorer(workspace, read_by_told) is read_by_told
    with pytest.raises(EvaluationError, match="alone already"):
        back(workspace, malik)
    assert SmallHead.objects.within(workspace).get(pk=second.pk).weights is not None


@pytest.mark.django_db
def test_on_another_model_what_was_learnt_is_left_out(workspace: Any, malik: Any, read_by_told: Told) -> None:
    corrected(workspace, malik)
    retrain(workspace, read_by_told, malik)
    newer = Told(read_by_told.says, "told-2")
    assert own_scorer(workspace, newer) is newer
    assert head_in_use(workspace) is not None


@pytest.mark.django_db
def test_another_workspace_reads_without_it(
    workspace: Any, other_workspace: Any, malik: Any, read_by_told: Told
) -> None:
    corrected(workspace, malik)
    retrain(workspace, read_by_told, malik)
    assert own_scorer(other_workspace, read_by_told) is read_by_told


@pytest.mark.django_db
def test_the_worker_does_it_once(workspace: Any, olga: Any, malik: Any, read_by_told: Told) -> None:
    corrected(workspace, malik)
    asked = ask_to_retrain(workspace, olga)
    assert ask_to_retrain(workspace, malik) == asked
    assert (retrain_asked(), retrain_asked()) == (1, 0)
    (row,) = small_heads(workspace)
    assert (row.state, row.by) == ("in_use", olga)


@pytest.mark.django_db
def test_the_worker_says_why_it_could_not(workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", "off")
    ask_to_retrain(workspace, olga)
    retrain_asked()
    (row,) = small_heads(workspace)
    assert row.state == "turned_down"
    assert "nothing to learn from" in row.report["sentence"]


@pytest.mark.django_db
def test_models_by_name(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert evaluating.model_named("nobody's", workspace) is None
    assert evaluating.model_named("remote", None) is None
    assert evaluating.model_named("remote", workspace) is None
    linear = Told(lambda _text: {}, "plain-1")
    monkeypatch.setattr(embedded, "linear_scorer", lambda: linear)
    assert evaluating.model_named("linear", None) is linear
