"""The proxy passes everything on as it is, and spoils exactly what it is told to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests import faults
from tests.faults import Proxy
from tests.listening.scene import Site, site

BODY = b'{"posts": ["tea", "pot"]}'


@pytest.fixture
def server() -> Iterator[Site]:
    with site(lambda path: (200, {"content-type": "application/json", "x-path": path}, BODY)) as made:
        yield made


@pytest.fixture
def between(server: Site) -> Iterator[Proxy]:
    with faults.proxy(server.url) as made:
        yield made


def get(between: Proxy, path: str = "/") -> httpx.Response:
    return httpx.get(between.url + path, timeout=5, trust_env=False)


def test_it_passes_on_what_it_is_not_told_to_spoil(between: Proxy, server: Site) -> None:
    got = get(between, "/a?b=c%20d")
    assert (got.status_code, got.content, got.headers["x-path"]) == (200, BODY, "/a?b=c%20d")
    assert httpx.post(between.url + "/write", json={"tea": 1}, trust_env=False).status_code == 200
    assert between.asked[-1].body == b'{"tea":1}'
    assert server.asked == ["/a?b=c%20d", "/write"]
    assert (len(between.passed), between.counts) == (2, {})


def test_a_status_instead_of_the_server(between: Proxy, server: Site) -> None:
    between.inject(faults.answer(429, retry_after="7"), times=1)
    got = get(between)
    assert (got.status_code, got.headers["retry-after"]) == (429, "7")
    assert server.asked == []
    assert get(between).status_code == 200
    assert between.counts == {"429": 1}


def test_rules_choose_by_path_and_method(between: Proxy) -> None:
    between.inject(faults.answer(500), path=r"^/read", method="GET")
    assert get(between, "/read/1").status_code == 500
    assert get(between, "/write").status_code == 200
    assert httpx.post(between.url + "/read", trust_env=False).status_code == 200
    between.lift()
    assert get(between, "/read/1").status_code == 200


def test_a_reset_comes_before_the_server_or_after_it(between: Proxy, server: Site) -> None:
    rule = between.inject(faults.reset())
    with pytest.raises(httpx.NetworkError):
        get(between)
    assert server.asked == []
    between.lift(rule)
    between.inject(faults.lost())
    with pytest.raises(httpx.TransportError):
        get(between)
    assert server.asked == ["/"]


def test_bodies_are_cut_broken_and_made_long(between: Proxy) -> None:
    between.inject(faults.truncated(), path="cut")
    between.inject(faults.malformed(), path="broken")
    between.inject(faults.huge(10 * 2**20), path="long")
    between.inject(faults.wrong_type(), path="wifi")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        get(between, "/cut")
    assert get(between, "/broken").content == BODY[: len(BODY) // 2]
    long = get(between, "/long")
    assert (len(long.content), long.json()) == (10 * 2**20, {"posts": ["tea", "pot"]})
    assert "Wi-Fi" in get(between, "/wifi").text


@pytest.mark.parametrize(("fault", "arrives"), [(faults.slow(3), False), (faults.late(3), True)])
def test_a_time_out_before_and_after_the_server(
    between: Proxy, server: Site, fault: faults.Fault, arrives: bool
) -> None:
    between.inject(fault)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(between.url, timeout=0.5, trust_env=False)
    assert bool(server.asked) is arrives


def test_a_clock_that_is_wrong(between: Proxy) -> None:
    between.inject(faults.skewed(-86400))
    ahead = parsedate_to_datetime(get(between).headers["date"]) - datetime.now(UTC)
    assert -86410 < ahead.total_seconds() < -86390


def test_a_server_that_is_down_and_comes_back_at_its_address(between: Proxy) -> None:
    url = between.url
    between.go_down()
    with pytest.raises(httpx.ConnectError):
        get(between)
    between.come_up()
    assert between.url == url
    assert get(between).status_code == 200


def test_the_same_seed_brings_the_same_faults(server: Site) -> None:
    def run(seed: int) -> list[int]:
        with faults.proxy(server.url, seed=seed) as made:
            made.inject(faults.answer(503), share=0.3)
            return [get(made).status_code for _ in range(40)]

    first = run(5)
    assert first == run(5)
    assert first != run(6)
    assert 3 < first.count(503) < 25


def test_addresses_are_rewritten_when_it_is_asked_for() -> None:
    with site(lambda path: (200, {"content-type": "application/json"}, b"")) as server:
        server.reply = lambda path: (200, {"location": f"{server.url}/next"}, f'"{server.url}/me"'.encode())
        with faults.proxy(server.url, rewrite=True) as made:
            got = get(made)
            assert (got.json(), got.headers["location"]) == (f"{made.url}/me", f"{made.url}/next")


async def _echo(there: ServerConnection) -> None:
    async for frame in there:
        await there.send(frame)


async def test_a_websocket_passes_through_and_is_cut() -> None:
    import asyncio

    async with serve(_echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        def talk() -> None:
            with (
                faults.proxy(f"http://127.0.0.1:{port}") as made,
                connect(made.url.replace("http", "ws"), proxy=None) as line,
            ):
                line.send("tea " * 50_000)
                assert line.recv() == "tea " * 50_000
                assert made.cut_streams() == 1
                with pytest.raises(ConnectionClosed):
                    line.recv(timeout=5)

        await asyncio.to_thread(talk)


def test_an_event_stream_arrives_as_it_is_sent(tmp_path: Path) -> None:
    import socket
    import threading

    listening = socket.create_server(("127.0.0.1", 0))

    def speak() -> None:
        line, _ = listening.accept()
        with line:
            line.recv(65536)
            line.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: one\n\n")
            time.sleep(1.5)
            line.sendall(b"data: two\n\n")

    thread = threading.Thread(target=speak)
    thread.start()
    with (
        listening,
        faults.proxy(f"http://127.0.0.1:{listening.getsockname()[1]}") as made,
        httpx.stream("GET", made.url, timeout=5, trust_env=False) as stream,
    ):
        began = time.monotonic()
        lines = stream.iter_lines()
        assert next(lines) == "data: one"
        assert time.monotonic() - began < 1.4, "it was held back"
        next(lines)
        assert next(lines) == "data: two"
    thread.join()
