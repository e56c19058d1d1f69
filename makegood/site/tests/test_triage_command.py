"""`makegood triage`: what it prints, what it refuses, and its exit status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from makegood.site.command import main
from makegood.triage import embedded, evaluating, reading
from makegood.triage.corrections import confirm, correct
from makegood.triage.evaluating import small_heads
from makegood.triage.tests.learning import Told, hear

pytestmark = pytest.mark.django_db

Run = Callable[..., tuple[int, str, str]]
SAD, GLAD = "The wombat wheel squeaks on day {}", "What a fine kettle on day {}"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command as it is typed: its status, what it printed and what it complained of."""
    monkeypatch.setattr("makegood.site.command._begin", lambda **_more: None)

    def typed(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["triage", *words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return typed


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """A model that knows neither wombats nor kettles."""
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", "off")
    made = Told(lambda text: {"intent.complaint": 0.3, "intent.other": 0.4})
    monkeypatch.setattr(reading, "scorer_of", lambda *_args, **_more: made)
    monkeypatch.setattr(embedded, "scorer", lambda: made)
    return made


def labelled(workspace: Any, by: Any, number: int) -> None:
    for words, intent in ((SAD, "complaint"), (GLAD, "praise")):
        for mention in hear(workspace, *[words.format(at) for at in range(number)]):
            correct(workspace.pk, mention, {"intent": [intent]}, by)
            confirm(workspace.pk, mention, by, ("intent",))


def test_nothing_labelled_is_said_so(workspace: Any, run: Run) -> None:
    status, _out, err = run("evaluate")
    assert status == 1
    assert "Press i in a conversation" in err
    status, _out, err = run("retrain")
    assert (status, "nothing to learn from" in err) == (1, True)
    status, _out, err = run("back")
    assert (status, "alone already" in err) == (1, True)


def test_evaluate_retrain_evaluate_back(workspace: Any, malik: Any, run: Run) -> None:
    labelled(workspace, malik, 40)
    status, out, _err = run("evaluate")
    assert status == 0
    assert "Read by told-1: 80 texts, 80 of them corrected." in out
    assert "these figures look worse than it reads" in out
    assert "intent: n 80, macro-F1 0.000" in out
    assert "complaint        40" in out
    status, out, _err = run("retrain")
    assert status == 0
    assert "It helps." in out
    assert "severity: too few to learn from (0)." in out
    assert "Version 1 is in use. To go back: makegood triage back" in out
    status, out, _err = run("evaluate")
    assert "Read by told-1+1" in out
    status, out, _err = run("evaluate", "--with", "embedded")
    assert "Read by told-1:" in out
    status, out, _err = run("back")
    assert (status, "as it comes again" in out) == (0, True)
    assert [row.state for row in small_heads(workspace)] == ["kept"]


def test_few_are_too_few_to_say(workspace: Any, malik: Any, run: Run) -> None:
    labelled(workspace, malik, 5)
    _status, out, _err = run("evaluate")
    assert "intent: too few to say (10)." in out


def test_anybodys_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "labelled.csv"
    file.write_text("text,complaint\n" + "Broken,yes\nFine,no\n" * 20, "utf-8")
    status, out, _err = run("evaluate", "--file", str(file))
    assert status == 0
    assert "Read by told-1: 40 texts." in out
    assert "recall 0.000 (0.000 to 0.161)" in out


def test_what_cannot_be_read_is_said(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "labelled.csv"
    file.write_text("text,intent\nBroken,angry\n", "utf-8")
    status, _out, err = run("evaluate", "--file", str(file))
    assert (status, "Line 2: “angry”" in err) == (1, True)
    status, _out, err = run("evaluate", "--file", str(tmp_path / "nowhere.csv"))
    assert (status, "cannot be read" in err) == (1, True)


def test_which_workspace_and_which_model(workspace: Any, other_workspace: Any, malik: Any, run: Run) -> None:
    status, _out, err = run("evaluate")
    assert (status, "Say which workspace, with --workspace" in err) == (1, True)
    status, _out, err = run("evaluate", "--workspace", "Nobody")
    assert (status, "There is no workspace “Nobody”." in err) == (1, True)
    labelled(workspace, malik, 5)
    assert run("evaluate", "--workspace", "teapot & co")[0] == 0
    assert run("evaluate", "--workspace", str(workspace.pk))[0] == 0
    status, _out, err = run("evaluate", "--workspace", str(workspace.pk), "--with", "somebody's")
    assert (status, "No model is called “somebody's” here." in err) == (1, True)
    status, _out, err = run("evaluate", "--workspace", str(workspace.pk), "--with", "linear")
    assert (status, "switched off" in err) == (1, True)


def test_an_outside_model_is_measured_by_the_same_command(
    workspace: Any, malik: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelled(workspace, malik, 20)
    asked: list[bool] = []

    def outside(_workspace: Any, *, evaluating: bool = False, **_more: Any) -> Told:
        asked.append(evaluating)
        return Told(lambda text: {"intent.complaint": 0.9 if "wombat" in text else 0.1}, "outside-1")

    monkeypatch.setattr(evaluating, "scorer_for", outside)
    status, out, _err = run("evaluate", "--with", "remote")
    assert status == 0
    assert "Read by outside-1" in out
    assert "recall 1.000 (0.839 to 1.000)" in out
    assert asked == [True]


def test_nobody_is_there_yet(db: None, run: Run) -> None:
    status, _out, err = run("evaluate")
    assert (status, "makegood up" in err) == (1, True)
