"""The whole listener on a real WebSocket, with its work done elsewhere: over pipes, and over NATS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from makegood.listen import api as listen
from tests.listening.scene import eventually, listening
from tests.listening.spread_scene import deletion, environment, heard, post, stood, worker
from tests.servers.jetstream import Jetstream
from tests.servers.nats import Nats

pytestmark = [pytest.mark.atproto, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stream(jetstream_unfed: Jetstream, monkeypatch: pytest.MonkeyPatch) -> Jetstream:
    """The stream that the product listens to."""
    for name, value in environment(MAKEGOOD_JETSTREAM=jetstream_unfed.url).items():
        monkeypatch.setenv(name, value)
    return jetstream_unfed


@pytest.fixture
def teapots(workspace: Any, olga: Any) -> listen.Channel:
    """The teapot shop listens publicly for its name."""
    listen.save(workspace, olga, "Teapot", "teapot")
    return listen.listen_publicly(workspace, olga)


def say(stream: Jetstream, numbers: range, *, deleted: int | None = None) -> None:
    """Posts about teapots, and the deletion of one."""
    frames = [*map(post, numbers), *([] if deleted is None else [deletion(deleted)])]
    stream.inject([{key: value for key, value in json.loads(each).items() if key != "time_us"} for each in frames])


def test_over_pipes_all_is_heard_through_drops_kills_and_stops(
    stream: Jetstream, teapots: listen.Channel, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LISTEN_PROCESSES", "2")
    with listening() as listener:
        eventually(lambda: stream.stats()["clients"] > 0)
        say(stream, range(100))
        eventually(lambda: len(heard(workspace)) == 100, 60)
        running: Any = listener.following.spread
        running.running[1].kill()
        stream.drop()
        say(stream, range(100, 200), deleted=7)
        eventually(lambda: len(stood(workspace)) == 199, 60)
        say(stream, range(200, 300))
    with listening():
        eventually(lambda: len(heard(workspace)) == 300, 60)
    assert stood(workspace) == [number for number in range(300) if number != 7]
    assert listen.Hearing.objects.within(workspace).count() == 300


def test_over_nats_all_is_heard_and_what_is_wrong_is_said_while_it_lasts(
    stream: Jetstream,
    nats_server: Nats,
    teapots: listen.Channel,
    workspace: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NATS_URL", nats_server.url)

    def channel() -> listen.Channel:
        return listen.Channel.objects.within(workspace).get(pk=teapots.pk)

    with worker(nats_server.url), listening():
        eventually(lambda: stream.stats()["clients"] > 0)
        say(stream, range(100))
        eventually(lambda: len(heard(workspace)) == 100, 60)
        nats_server.stop()
        say(stream, range(100, 200), deleted=7)
        eventually(lambda: channel().state == "trouble", 30)
        assert channel().last_error.startswith("NATS cannot be reached.")
        nats_server.start()
        eventually(lambda: len(stood(workspace)) == 199, 60)
        say(stream, range(200, 300))
        eventually(lambda: channel().state == "working", 30)
    with worker(nats_server.url), listening():
        eventually(lambda: len(heard(workspace)) == 300, 60)
    assert stood(workspace) == [number for number in range(300) if number != 7]
    assert listen.Hearing.objects.within(workspace).count() == 300
