"""Being told at once, by a stream that does as told: snac has none. https://docs.joinmastodon.org/methods/streaming/"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.mastodon.stream import _Reader, nudges
from makegood.connectors.mastodon.tests.conftest import Played
from makegood.connectors.mastodon.tests.helpers import status, trouble_of
from tests.servers.scripted import as_json

SSE = {"content-type": "text/event-stream", "connection": "close"}


def event(name: str, payload: Any = "") -> str:
    return f"event: {name}\ndata: {payload if isinstance(payload, str) else json.dumps(payload)}\n\n"


def streaming(played: Played, *parts: str) -> None:
    """The server's stream says this, and ends."""
    played.handler = lambda asked: (
        (200, SSE, "".join(parts).encode()) if asked.path == "/api/v1/streaming/user" else as_json({}, 404)
    )


async def told(credentials: dict[str, Any]) -> list[tuple[str, ...]]:
    return [each async for each in nudges(credentials)]


async def test_what_happens_is_told_from_the_moment_it_is_open(played: Played) -> None:
    edited = status(7, edited_at="2026-11-20T11:00:00.000Z")
    streaming(
        played,
        ":)\n:thump\n\n",
        event("notification", {"id": "1", "type": "mention"}),
        event("update", status(5)),
        event("delete", "109"),
        event("status.update", edited),
        event("filters_changed", "undefined"),
        event("notifications_merged"),
        event("status.update", "{broken"),
    )
    assert await told(played.credentials) == [
        (),
        (),
        (f"{played.host}/109", f"{played.host}/109#closed"),
        (edited["uri"],),
        (),
    ]
    assert played.asked[0].headers["authorization"] == "Bearer secret-token"
    assert "secret-token" not in played.asked[0].path + played.asked[0].query


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (as_json({}, 401), Verdict.DISCONNECT),
        (as_json({}, 429), Verdict.WAIT),
        (as_json({}, 503), Verdict.RETRY),
        (None, Verdict.RETRY),
        (as_json({}, 404), Verdict.REFUSE),
        (as_json({}), Verdict.REFUSE),
        ((302, {"location": "https://elsewhere.example/"}, b""), Verdict.REFUSE),
    ],
)
async def test_a_stream_that_does_not_open(played: Played, answer: Any, verdict: Verdict) -> None:
    played.handler = lambda asked: answer
    assert (await trouble_of(told(played.credentials))).verdict is verdict


async def test_no_stream_and_one_in_the_clear_are_not_asked(played: Played) -> None:
    for changed in ({"streaming": ""}, {"instance": "https://shop.example"}):
        trouble = await trouble_of(told({**played.credentials, **changed}))
        assert trouble.verdict is Verdict.REFUSE
    assert played.asked == []


async def test_a_stream_without_an_end_of_line_is_given_up(played: Played) -> None:
    streaming(played, "data: " + "x" * 3 * 2**20)
    assert (await trouble_of(told(played.credentials))).verdict is Verdict.RETRY


def test_events_come_out_whole_however_they_are_cut() -> None:
    text = event("delete", "1").replace("\n", "\r\n") + ": beat\n\n" + event("notification", '{"a":\ndata: 1}')
    for size in range(1, len(text) + 1):
        reader = _Reader()
        found = [each for start in range(0, len(text), size) for each in reader.feed(text[start : start + size])]
        assert [(each.event, each.payload) for each in found] == [("delete", "1"), ("notification", '{"a":\n1}')]


# Over a WebSocket, where there are no server-sent events (GoToSocial, Pleroma)


@asynccontextmanager
async def socket(say: Callable[[ServerConnection], Any]) -> AsyncIterator[tuple[str, list[Request]]]:
    asked: list[Request] = []

    def only_sockets(_connection: ServerConnection, request: Request) -> Response | None:
        asked.append(request)
        if request.headers.get("upgrade", "").lower() != "websocket":
            return _connection.respond(404, "Not here\n")
        return None

    async with serve(say, "127.0.0.1", 0, process_request=only_sockets) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"127.0.0.1:{port}", asked


@pytest.fixture
def here() -> dict[str, Any]:
    return {"token": "secret-token"}


async def test_a_server_with_a_websocket_only_is_followed_there(here: dict[str, Any]) -> None:
    async def say(connection: ServerConnection) -> None:
        await connection.send(json.dumps({"stream": ["user"], "event": "notification", "payload": "{}"}))
        await connection.send("nonsense")
        await connection.send(json.dumps({"stream": ["user"], "event": "delete", "payload": "01ABC"}))

    async with socket(say) as (host, asked):
        made = await told({**here, "instance": f"http://{host}", "streaming": f"ws://{host}"})
    assert made == [(), (), (f"{host}/01ABC", f"{host}/01ABC#closed")]
    assert asked[-1].path == "/api/v1/streaming?stream=user"
    assert asked[-1].headers["authorization"] == "Bearer secret-token"


async def test_a_websocket_that_leads_elsewhere_is_not_followed(here: dict[str, Any]) -> None:
    async def say(connection: ServerConnection) -> None:
        await connection.send(json.dumps({"event": "notification"}))

    async with socket(say) as (host, asked):

        def away(connection: ServerConnection, request: Request) -> Response:
            if "upgrade" not in request.headers:
                return connection.respond(404, "Not here\n")
            answer = connection.respond(302, "There\n")
            answer.headers["location"] = f"ws://{host}/api/v1/streaming"
            return answer

        async with serve(say, "127.0.0.1", 0, process_request=away) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            trouble = await trouble_of(told({**here, "instance": "http://x", "streaming": f"ws://127.0.0.1:{port}"}))
    assert trouble.verdict is Verdict.REFUSE
    assert asked == []


async def test_a_websocket_that_breaks_is_a_passing_fault(here: dict[str, Any]) -> None:
    async def say(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with socket(say) as (host, _):
        iterator = nudges({**here, "instance": f"http://{host}", "streaming": f"ws://{host}"})
        assert await anext(iterator) == ()
        with pytest.raises(Trouble) as caught:
            await asyncio.wait_for(anext(iterator), 10)
    assert caught.value.verdict is Verdict.RETRY
