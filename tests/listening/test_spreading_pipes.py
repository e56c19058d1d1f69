"""Listening in several processes over pipes: real processes, one of them killed, and nothing lost or twice."""

from __future__ import annotations

import time
from typing import Any

import pytest

from makegood.listen import api as listen
from makegood.listen.spreading.pipes import COMMAND, Pipes
from tests.listening.scene import eventually
from tests.listening.spread_scene import deletion, environment, feeding, heard, post, stood

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pipes(workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> Pipes:
    """Two processes, and a shop that listens for its name."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    listen.save(workspace, olga, "Teapot", "teapot")
    listen.listen_publicly(workspace, olga)
    return Pipes(2)


def test_all_is_heard_once_though_a_process_is_killed(pipes: Pipes, workspace: Any) -> None:
    with feeding(pipes) as feed:
        for start in range(0, 600, 50):
            lot = [post(number) for number in range(start, start + 50)]
            lot += [post(number + 10_000, "Nothing about it") for number in range(start, start + 50)]
            if start == 300:
                eventually(lambda: len(heard(workspace)) > 50, 60)
                running = [process for process in pipes.running if process is not None]
                running[0].kill()
            feed.put([*lot, *([deletion(start - 45)] if start else [])], start + 49)
        eventually(lambda: feed.arrived(599), 90)
        assert len([process for process in pipes.running if process is not None]) == 2
        killed_again = pipes.running[0]
    assert killed_again is not None
    assert killed_again.returncode == 0, "told to end, it ends by itself"
    assert heard(workspace) == list(range(600))
    assert listen.Hearing.objects.within(workspace).count() == 600
    deleted = {start - 45 for start in range(50, 600, 50)}
    assert stood(workspace) == sorted(set(range(600)) - deleted)
    taken = pipes.taken()
    assert (taken.frames, taken.new) >= (1211, 0)
    assert pipes.trouble == ""


def test_a_search_that_is_saved_meanwhile_listens_in_every_process(pipes: Pipes, workspace: Any, olga: Any) -> None:
    with feeding(pipes) as feed:
        feed.put([post(number, "My kettle sings") for number in range(100)], 99)
        eventually(lambda: feed.arrived(99), 60)
        assert heard(workspace) == []
        listen.save(workspace, olga, "Kettle", "kettle")
        time.sleep(1.1)
        feed.put([post(number, "My kettle sings") for number in range(100, 200)], 199)
        eventually(lambda: feed.arrived(199), 60)
    assert heard(workspace) == list(range(100, 200))


def test_processes_that_keep_ending_are_said_and_what_they_had_waits(
    workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Pipes(1, ["sh", "-c", "exit 3"])
    with feeding(broken) as feed:
        feed.put([post(1)], 1)
        assert eventually(lambda: broken.trouble, 20) == (
            "One of the listening processes keeps ending. It is started again and again."
        )
        assert broken.reached is None
    assert COMMAND[-2:] == ("listen-worker", "--pipe")
