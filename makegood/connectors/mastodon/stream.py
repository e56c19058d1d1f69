"""Being told at once: the account's stream, as server-sent events or over a WebSocket.

https://docs.joinmastodon.org/methods/streaming/. Mastodon has both; GoToSocial and Pleroma have the WebSocket only.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.mastodon import errors
from makegood.connectors.mastodon.errors import Fault
from makegood.connectors.verdicts import NOT_JSON
from makegood.kit import http
from makegood.kit.http import NetworkError

__all__ = ["nudges", "told_by"]

SILENCE = 90.0
"""Seconds without a word after which a stream is taken for dead: Mastodon sends a heartbeat every 15."""
LONGEST_LINE = 2**20
OPENED = "opened"
"""Our own event: from now on nothing is missed, and what was said before is to be read."""
NO_STREAM = "This server has no stream that can be followed. We look there now and then instead."
_OTHER_WAY = frozenset({400, 404, 405, 406, 426, 501})
"""What a server answers whose stream is a WebSocket."""


class _Event(msgspec.Struct):
    event: str = ""
    payload: Any = None


async def nudges(credentials: Mapping[str, Any]) -> AsyncGenerator[tuple[str, ...]]:
    """Yields when there may be something new: () for `read` to bring, or the ids of posts to `look` at.

    A post whose author changed it goes by its id; one that was deleted by the revision it was heard under, as the
    server tells no more. Ends or raises `Trouble` when the connection does; REFUSE where there is no stream.
    """
    address = str(credentials.get("streaming", ""))
    parts = urlsplit(address)
    own = urlsplit(str(credentials["instance"]))
    if not parts.netloc:
        raise Trouble(Verdict.REFUSE, NO_STREAM)
    secure = parts.scheme in {"wss", "https"}
    if not secure and own.scheme == "https":
        raise Trouble(Verdict.REFUSE, NO_STREAM, detail="the token does not travel in the clear")
    token, host = str(credentials["token"]), own.netloc
    events = _server_sent(f"{'https' if secure else 'http'}://{parts.netloc}", token, host)
    try:
        async with aclosing(events):
            async for event in events:
                told = told_by(event, host)
                if told is not None:
                    yield told
        return
    except Fault as fault:
        if fault.status not in _OTHER_WAY:
            raise
    async with aclosing(_web_socket(f"{'wss' if secure else 'ws'}://{parts.netloc}", token, host)) as events:
        async for event in events:
            told = told_by(event, host)
            if told is not None:
                yield told


def told_by(event: _Event, host: str) -> tuple[str, ...] | None:
    """What an event means for us: see `nudges`; None when nothing."""
    if event.event in {OPENED, "notification", "notifications_merged"}:
        return ()
    if event.event == "delete":
        # It does not say who could see the post: both marks are tried.
        return tuple(f"{host}/{event.payload}{mark}" for mark in ("", "#closed")) if event.payload else None
    if event.event == "status.update":
        status = _unpacked(event.payload)
        uri = status.get("uri") if isinstance(status, dict) else None
        return (uri,) if isinstance(uri, str) and uri else None
    return None


def _unpacked(payload: Any) -> Any:
    """A payload is JSON in a string, in some servers plain JSON."""
    if not isinstance(payload, str):
        return payload
    try:
        return msgspec.json.decode(payload)
    except NOT_JSON:
        return None


async def _server_sent(base: str, token: str, host: str) -> AsyncGenerator[_Event]:
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    try:
        async with http.client() as client:
            patience = httpx.Timeout(20.0, read=SILENCE)
            request = client.build_request("GET", f"{base}/api/v1/streaming/user", headers=headers, timeout=patience)
            response = await client.send(request, stream=True)
            try:
                _must_stream(response, host)
                yield _Event(OPENED)
                reader = _Reader()
                async for chunk in response.aiter_text():
                    for event in reader.feed(chunk):
                        yield event
                    if reader.too_long:
                        raise errors.no_sense(host, "a line of the stream has no end")
            finally:
                await response.aclose()
    except NetworkError as error:
        raise errors.from_network(host, error) from error
    except httpx.HTTPError as error:
        raise errors.from_network(host, NetworkError("unreachable", "", repr(error))) from error


def _must_stream(response: httpx.Response, host: str) -> None:
    if response.status_code != 200:
        status = response.status_code if response.next_request is None else 404
        raise errors.from_answer(host, status, "", response.headers, signed_in=True)
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        raise Fault(Trouble(Verdict.REFUSE, NO_STREAM, detail="not an event stream"), status=406)


class _Reader:
    """Takes server-sent events out of text (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

    def __init__(self) -> None:
        self._rest = ""
        self._name = ""
        self._data: list[str] = []

    @property
    def too_long(self) -> bool:
        """Whether more came without a line's or an event's end than any event has."""
        return len(self._rest) + sum(map(len, self._data)) > LONGEST_LINE

    def feed(self, chunk: str) -> Iterator[_Event]:
        """The events that are complete with this chunk."""
        *lines, self._rest = (self._rest + chunk).split("\n")
        for line in (each.removesuffix("\r") for each in lines):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if not line:
                if self._name or self._data:
                    yield _Event(self._name, "\n".join(self._data))
                self._name, self._data = "", []
            elif field == "event":
                self._name = value
            elif field == "data":
                self._data.append(value)


class _Straight(connect):
    """Goes where it was sent and nowhere else: another host is to get neither the token nor a look at private ones."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def _web_socket(base: str, token: str, host: str) -> AsyncGenerator[_Event]:
    parts = urlsplit(base)
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    try:
        addresses = await http.resolve(parts.hostname or "", port)
        socket = await _Straight(
            f"{base}/api/v1/streaming?stream=user",
            host=addresses[0],
            port=port,
            additional_headers={"authorization": f"Bearer {token}"},
            user_agent_header=http.USER_AGENT,
            open_timeout=20,
            ping_interval=30,
            ping_timeout=SILENCE,
            max_size=LONGEST_LINE,
            proxy=None,
        )
        async with socket:
            yield _Event(OPENED)
            async for message in socket:
                try:
                    yield msgspec.json.decode(message, type=_Event)
                except NOT_JSON:
                    continue
    except InvalidStatus as error:
        status = error.response.status_code
        if status in _OTHER_WAY or status < 400:
            raise Trouble(Verdict.REFUSE, NO_STREAM, detail=f"HTTP {status}") from error
        raise errors.from_answer(host, status, "", error.response.headers, signed_in=True) from error
    except NetworkError as error:
        raise errors.from_network(host, error) from error
    except (WebSocketException, OSError, TimeoutError) as error:
        raise errors.from_network(host, NetworkError("unreachable", "", repr(error))) from error
