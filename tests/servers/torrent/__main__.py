"""The torrent's process: a loopback Jetstream that sends events at a set rate, by either protocol, packed or not.

Asked over HTTP on the same port: /begin lets time start, /end stops it, /drop cuts every connection, /stats tells.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import struct
import sys
import threading
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import picows
import zstandard

from tests.servers.torrent.events import Brands, Events

TICK = 0.01
LOT = 500
AHEAD_BYTES = 2**20
NEWER = "/xrpc/network.bsky.jetstream.subscribeEvents"
DICTIONARY = "/xrpc/network.bsky.jetstream.getZstdDictionary"

Answer = picows.WSListener | picows.WSUpgradeResponseWithListener


class Torrent:
    """The server's state."""

    def __init__(self, events: Events, packed: bool) -> None:
        self.events = events
        self.clients: set[Client] = set()
        self.connections = self.newer = self.packed = 0
        self.limit: int | None = None
        samples: list[bytes | bytearray | memoryview] = []
        if packed:
            samples += [events.frame(number, True) for number in range(3000)]
        self.dictionary = zstandard.train_dictionary(2**15, samples, dict_id=77_001) if packed else None

    def due(self) -> int:
        """How many events have happened by now."""
        if not self.events.start:
            return 0
        passed = (time.time_ns() // 1000 - self.events.start) * self.events.rate // 1_000_000
        return min(passed, self.limit) if self.limit is not None else passed

    def route(self, request: picows.WSUpgradeRequest) -> Answer:
        """What a request gets."""
        url = urlsplit(request.path.decode())
        asked = parse_qs(url.query)
        if url.path in ("/subscribe", NEWER):
            return self._subscribe(url.path == NEWER, asked)
        if url.path == DICTIONARY and self.dictionary is not None:
            return _answer(200, self.dictionary.as_bytes())
        control = getattr(self, f"do_{url.path.strip('/')}", None)
        return _answer(200, json.dumps(control()).encode()) if control else _answer(404, b"{}")

    def _subscribe(self, newer: bool, asked: dict[str, list[str]]) -> Answer:
        wanted = int(asked.get("zstdDictionary", ["0"])[0])
        if wanted and (self.dictionary is None or wanted != self.dictionary.dict_id()):
            return _answer(400, b'{"error":"UnknownZstdDictionary","message":"ask for the current one"}')
        cursor = int(asked.get("cursor", ["0"])[0])
        packer = zstandard.ZstdCompressor(level=1, dict_data=self.dictionary) if wanted else None
        return Client(self, newer, packer, self.events.first_at(cursor) if cursor else self.due())

    def do_begin(self) -> dict[str, int]:
        """Time starts."""
        self.events = replace(self.events, start=time.time_ns() // 1000)
        return {"start": self.events.start}

    def do_end(self) -> dict[str, int]:
        """Nothing more happens."""
        self.limit = self.due()
        return {"events": self.limit}

    def do_drop(self) -> dict[str, int]:
        """Every connection is cut."""
        clients = list(self.clients)
        for client in clients:
            client.transport.disconnect(graceful=False)
        return {"dropped": len(clients)}

    def do_stats(self) -> dict[str, int]:
        """Figures."""
        told = {"connections": self.connections, "newer": self.newer, "packed": self.packed}
        behind = max((self.due() - client.position for client in self.clients), default=0)
        return {"events": self.due(), "clients": len(self.clients), "behind": behind, **told}


class Client(picows.WSListener):
    """Somebody who follows."""

    def __init__(self, torrent: Torrent, newer: bool, packer: zstandard.ZstdCompressor | None, position: int) -> None:
        self.torrent, self.newer, self.packer, self.position = torrent, newer, packer, position
        self.transport: picows.WSTransport
        self.task: asyncio.Task[None] | None = None

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """It goes on from there."""
        self.transport = transport
        self.torrent.clients.add(self)
        self.torrent.connections += 1
        self.torrent.newer += self.newer
        self.torrent.packed += self.packer is not None
        self.task = asyncio.create_task(self._send())

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Only a goodbye is of interest."""
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """Gone."""
        self.torrent.clients.discard(self)
        if self.task is not None:
            self.task.cancel()

    async def _send(self) -> None:
        out = self.transport.underlying_transport
        while True:
            due = self.torrent.due()
            while self.position < due and out.get_write_buffer_size() < AHEAD_BYTES:
                end = min(due, self.position + LOT)
                out.write(b"".join(self._framed(number) for number in range(self.position, end)))
                self.position = end
                await asyncio.sleep(0)
            await asyncio.sleep(TICK)

    def _framed(self, number: int) -> bytes:
        payload = self.torrent.events.frame(number, self.newer)
        first = 0x81
        if self.packer is not None:
            payload, first = self.packer.compress(payload), 0x82
        if len(payload) < 126:
            return bytes((first, len(payload))) + payload
        return struct.pack(">BBH", first, 126, len(payload)) + payload


def _answer(status: int, body: bytes) -> picows.WSUpgradeResponseWithListener:
    made = picows.WSUpgradeResponse
    response = made.create_ok_response(body) if status == 200 else made.create_error_response(status, body)
    return picows.WSUpgradeResponseWithListener(response, None)


def _until_parent_ends() -> None:
    sys.stdin.read()
    os._exit(0)


async def _serve(torrent: Torrent) -> None:
    server = await picows.ws_create_server(torrent.route, "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser()
    for name in ("rate", "every", "brands", "seed"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--packed", action="store_true")
    asked = parser.parse_args()
    threading.Thread(target=_until_parent_ends, daemon=True).start()
    events = Events(asked.rate, asked.every, Brands(asked.brands, asked.seed), asked.seed)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(Torrent(events, asked.packed)))


if __name__ == "__main__":
    main()
