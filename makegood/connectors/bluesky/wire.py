"""A WebSocket that is only read, fast: a frame costs a microsecond, and a reader that is busy makes the server wait."""

from __future__ import annotations

import asyncio
from datetime import datetime

import picows

from makegood.kit import clock
from makegood.kit.http import USER_AGENT

__all__ = ["Lost", "Refused", "Wire", "open_wire"]

CONNECT_SECONDS = 15.0
FRAME_BYTES = 2**20
GATHER_SECONDS = 0.03
HELD_BYTES = 8 * 2**20
"""What is held for a reader that is busy; then the connection is no longer read until half of it is gone."""
_GOING = (picows.WSMsgType.TEXT, picows.WSMsgType.BINARY, picows.WSMsgType.CONTINUATION)


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault of ours
    """The server did not open the WebSocket, but answered with this HTTP `status`, `headers` and `body`."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(f"{status} {body[:200]!r}")
        self.status = status
        self.headers = headers
        self.body = body


class Lost(Exception):  # noqa: N818 - everyday
    """There is no connection, or no longer one; the message is for the log."""


class Wire(picows.WSListener):
    """An open connection. Frames come in beside whoever reads; `take` hands them over."""

    def __init__(self) -> None:
        self.held: list[bytes] = []
        self.held_bytes = 0
        self.paused = False
        self.end = ""
        """Why the connection ended, once it has."""
        self._parts: list[bytes] = []
        self._since: datetime | None = None
        self._stirred = asyncio.Event()
        self._transport: picows.WSTransport | None = None

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """The handshake is done."""
        self._transport = transport

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Something came."""
        if frame.msg_type == picows.WSMsgType.CLOSE:
            self.end = f"closed: {frame.get_close_code()} {frame.get_close_message()!r}"
            transport.disconnect()
        if frame.msg_type not in _GOING:
            return
        payload = frame.get_payload_as_bytes()
        if not frame.fin or self._parts:
            self._parts.append(payload)
            if sum(map(len, self._parts)) > FRAME_BYTES:
                self.end = "a message is too long"
                transport.disconnect(graceful=False)
            if not frame.fin:
                return
            payload, self._parts = b"".join(self._parts), []
        if self._since is None:
            self._since = clock.now()
            self._stirred.set()
        self.held.append(payload)
        self.held_bytes += len(payload)
        if self.held_bytes > HELD_BYTES and not self.paused:
            self.paused = True
            transport.underlying_transport.pause_reading()

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """It is over."""
        self.end = self.end or "lost"
        self._stirred.set()

    async def take(self, most: int, idle_seconds: float) -> tuple[list[bytes], datetime]:
        """Waits for a frame, and a few hundredths of a second for more; at most so many, and when the first came in.

        What came before the connection ended is handed over first. Raises `TimeoutError` when nothing comes for so
        long, and `Lost`.
        """
        if not self.held:
            async with asyncio.timeout(idle_seconds):
                await self._stirred.wait()
        if len(self.held) < most and not self.end:
            await asyncio.sleep(GATHER_SECONDS)
        if not self.held:
            raise Lost(self.end)
        taken, self.held = self.held[:most], self.held[most:]
        received, self._since = self._since or clock.now(), clock.now() if self.held else None
        self.held_bytes -= sum(map(len, taken))
        if not self.held and not self.end:
            self._stirred.clear()
        if self.paused and self.held_bytes < HELD_BYTES / 2 and self._transport is not None:
            self.paused = False
            self._transport.underlying_transport.resume_reading()
        return taken, received

    def close(self) -> None:
        """Hangs up; safe to call again."""
        if self._transport is not None:
            if not self.end:
                self._transport.send_close(picows.WSCloseCode.OK)
            self._transport.disconnect(graceful=False)


async def open_wire(url: str) -> Wire:
    """Connects. Raises `Refused` with the server's answer, or `Lost`."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, wire = await picows.ws_connect(
                Wire,
                url,
                websocket_handshake_timeout=CONNECT_SECONDS,
                max_frame_size=FRAME_BYTES,
                extra_headers={"User-Agent": USER_AGENT},
                max_redirects=3,
            )
    except picows.WSHandshakeError as error:
        if error.response is None:
            raise Lost(repr(error)) from error
        headers = {name.lower(): value for name, value in error.response.headers.items()}
        raise Refused(int(error.response.status), headers, error.raw_body or b"") from error
    except (picows.WSError, OSError, TimeoutError) as error:
        raise Lost(repr(error)) from error
    assert isinstance(wire, Wire)
    return wire
