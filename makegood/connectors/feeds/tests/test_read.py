from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from makegood.connectors.contract import Arrival, Page, RouteKind, Trouble, Verdict
from makegood.connectors.feeds import CONNECTOR
from makegood.connectors.feeds.pace import LONGEST, SHORTEST
from makegood.connectors.feeds.read import connect, read
from makegood.kit.tests.loopback import Request, answer, serve
from tests.servers.scripted import always


@pytest.fixture(autouse=True)
def _open_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")


def item(number: int, title: str = "") -> str:
    moment = format_datetime(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number))
    return f"<item><guid>urn:x:{number}</guid><title>{title or number}</title><pubDate>{moment}</pubDate></item>"


def rss(*items: str, extra: str = "") -> bytes:
    return f"<rss version='2.0'><channel><title>The shop</title>{extra}{''.join(items)}</channel></rss>".encode()


async def read_once(reply: Callable[[Request], bytes], cursor: dict[str, Any] | None = None) -> Page:
    async with serve(reply) as server:
        return await read({"url": f"{server.url}/feed"}, cursor or {})


async def trouble(raw: bytes) -> Trouble:
    with pytest.raises(Trouble) as caught:
        await read_once(lambda _: raw)
    assert caught.value.sentence.endswith(".")
    return caught.value


def test_what_it_can_do() -> None:
    capability = CONNECTOR.capability
    assert (capability.network, capability.arrival, capability.route) == (
        "feed",
        (Arrival.POLL,),
        RouteKind.HANDOFF,
    )
    assert capability.route_reason == "Feeds cannot carry an answer back; open the page and answer there."
    assert CONNECTOR.handoff is not None
    assert CONNECTOR.handoff("https://x.example/1", "Sorry!") == "https://x.example/1"


async def test_only_what_is_new_or_edited_comes_again() -> None:
    first = await read_once(lambda _: answer(200, rss(item(2), item(1))))
    assert [a.id for a in first.activities] == ["urn:x:1", "urn:x:2"]
    json.dumps(dict(first.cursor))
    second = await read_once(lambda _: answer(200, rss(item(3), item(2, "Edited"), item(1))), dict(first.cursor))
    assert [a.id for a in second.activities] == ["urn:x:2", "urn:x:3"]
    assert second.activities[0].revision != first.activities[1].revision
    third = await read_once(lambda _: answer(200, rss(item(3), item(2, "Edited"), item(1))), dict(second.cursor))
    assert third.activities == ()


async def test_conditional_requests() -> None:
    marks = {"etag": 'W/"a1"', "last-modified": "Wed, 04 Mar 2026 12:00:00 GMT"}

    def reply(request: Request) -> bytes:
        if request.headers.get("if-none-match") == marks["etag"]:
            assert request.headers["if-modified-since"] == marks["last-modified"]
            return answer(304)
        return answer(200, rss(item(1)), **{name.replace("-", "_"): mark for name, mark in marks.items()})

    first = await read_once(reply)
    second = await read_once(reply, dict(first.cursor))
    assert (len(first.activities), second.activities, second.problems) == (1, (), ())
    assert second.cursor["seen"] == first.cursor["seen"]
    assert second.cursor["interval"] >= first.cursor["interval"]


async def test_a_mark_that_cannot_be_sent_is_left_out() -> None:
    cursor = {"whole": True, "etag": "ä", "modified": "Wed"}
    page = await read_once(lambda r: answer(500) if "if-none-match" in r.headers else answer(200, rss(item(1))), cursor)
    assert len(page.activities) == 1


async def test_a_feed_read_in_part_is_fetched_in_full_again() -> None:
    broken = rss(item(1))[:-30] + b"<item><title>cut"
    first = await read_once(lambda _: answer(200, broken, etag='"x"'))
    assert first.activities
    assert "not written correctly" in first.problems[0]

    def reply(request: Request) -> bytes:
        assert "if-none-match" not in request.headers
        return answer(200, rss(item(1), item(2)))

    second = await read_once(reply, dict(first.cursor))
    assert "urn:x:2" in [a.id for a in second.activities]
    assert second.problems == ()


@pytest.mark.parametrize(
    "cut",
    [
        b"<title>Tea</title><guid>urn:x:",
        b"<guid>urn:x:2</guid><title>Tea</title>",
        b"<guid>u:2</guid><title>T</title></ite",
    ],
)
async def test_an_entry_that_was_cut_off_is_left_for_the_next_time(cut: bytes) -> None:
    whole = rss(item(1))
    broken = whole[: whole.rindex(b"</channel>")] + b"<item>" + cut
    page = await read_once(lambda _: answer(200, broken))
    assert [a.id for a in page.activities] == ["urn:x:1"]
    assert page.problems


async def test_what_was_seen_before_a_feed_was_cut_off_is_not_brought_again() -> None:
    first = await read_once(lambda _: answer(200, rss(item(2), item(1))))
    broken = rss(item(3), item(2), item(1))
    broken = broken[: broken.index(b"urn:x:2")]
    part = await read_once(lambda _: answer(200, broken), dict(first.cursor))
    assert [a.id for a in part.activities] == ["urn:x:3"]
    last = await read_once(lambda _: answer(200, rss(item(3), item(2), item(1))), dict(part.cursor))
    assert last.activities == ()


async def test_the_interval_follows_the_feed() -> None:
    cursor: dict[str, Any] = {"interval": 1000.0}
    page = await read_once(lambda _: answer(200, rss(item(1))), cursor)
    assert page.next_after == 500.0
    for _ in range(40):
        page = await read_once(lambda _: answer(200, rss(item(1))), dict(page.cursor))
    assert page.next_after == LONGEST
    for number in range(2, 20):
        page = await read_once(always(answer(200, rss(item(number)))), dict(page.cursor))
    assert page.next_after == SHORTEST


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        (answer(200, rss(item(1)), cache_control="public, max-age=1800"), 1800.0),
        (answer(200, rss(item(1)), cache_control="max-age=99999999"), LONGEST),
        (answer(200, rss(item(1)), cache_control="s-maxage=1800"), 500.0),
        (answer(200, rss(item(1), extra="<ttl>60</ttl>")), 3600.0),
        (answer(200, rss(item(1), extra="<ttl>soon</ttl>")), 500.0),
        (answer(200, rss(item(1)), retry_after="86400"), 86400.0),
        (answer(200, rss(item(1)), cache_control="max-age=1"), 500.0),
    ],
)
async def test_the_publishers_wish_is_honoured(raw: bytes, seconds: float) -> None:
    page = await read_once(lambda _: raw, {"interval": 1000.0})
    assert page.next_after == seconds


async def test_a_permanent_move_is_remembered_and_ids_stay() -> None:
    body = rss("<item><guid>1</guid><title>x</title></item>")

    def reply(request: Request) -> bytes:
        return answer(301, location="/new") if request.path == "/feed" else answer(200, body)

    async with serve(reply) as server:
        first = await read({"url": f"{server.url}/feed"}, {})
        second = await read({"url": f"{server.url}/feed"}, {**first.cursor, "seen": [], "whole": False})
        assert first.cursor["url"] == f"{server.url}/new"
        assert [r.path for r in server.requests] == ["/feed", "/new", "/new"]
        assert first.activities[0].id == second.activities[0].id == f"{server.url}/feed#1"


async def test_a_passing_redirect_is_not_remembered() -> None:
    page = await read_once(lambda r: answer(302, location="/b") if r.path == "/feed" else answer(200, rss(item(1))))
    assert "url" not in page.cursor


@pytest.mark.parametrize(
    ("raw", "verdict", "wait"),
    [
        (answer(410), Verdict.DISCONNECT, None),
        (answer(401), Verdict.DISCONNECT, None),
        (answer(403), Verdict.RETRY, 3600.0),
        (answer(404), Verdict.RETRY, 3600.0),
        (answer(429, retry_after="77"), Verdict.WAIT, 77.0),
        (answer(429), Verdict.WAIT, 900.0),
        (answer(500), Verdict.RETRY, None),
        (answer(503, retry_after="30"), Verdict.RETRY, 30.0),
        (answer(418), Verdict.REFUSE, None),
        (answer(304), Verdict.REFUSE, None),
        (answer(200, b"half", content_length="9"), Verdict.RETRY, None),
        (answer(200, b"<html><body>Parked</body></html>"), Verdict.RETRY, 3600.0),
        (answer(200, b"\x89PNG\r\n\x1a\n\0\0\0"), Verdict.RETRY, 3600.0),
        (answer(200, b""), Verdict.RETRY, 3600.0),
        (answer(200, b'{"version": "https://jsonfeed.org/version/1.1", "items": ['), Verdict.RETRY, 3600.0),
        (answer(200, b"{" * 100_000), Verdict.RETRY, 3600.0),
        (answer(200, b'{"a":' * 100_000), Verdict.RETRY, 3600.0),
        (answer(200, b"x" * (11 * 2**20)), Verdict.REFUSE, None),
    ],
)
async def test_every_failure_has_its_verdict(raw: bytes, verdict: Verdict, wait: float | None) -> None:
    found = await trouble(raw)
    assert (found.verdict, found.retry_after) == (verdict, wait)


async def test_private_addresses_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEGOOD_PRIVATE_HOSTS")
    async with serve(lambda _: answer(200, rss(item(1)))) as server:
        with pytest.raises(Trouble, match="private network") as caught:
            await connect({"url": server.url})
        assert server.requests == []
    assert caught.value.verdict is Verdict.REFUSE


async def test_an_entity_bomb_stays_small() -> None:
    lols = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    bomb = f"<!DOCTYPE x [<!ENTITY l0 'lol'>{lols}]>".encode() + rss("<item><title>&l9;</title></item>")
    page = await read_once(lambda _: answer(200, bomb))
    assert sum(len(a.text) for a in page.activities) < 10_000


async def test_connect_takes_a_feed() -> None:
    async with serve(lambda _: answer(200, rss(item(1), extra="<link>/about</link>"))) as server:
        found = await connect({"url": f" {server.url}/feed "})
    assert (found.name, found.id, found.url) == ("The shop", f"{server.url}/feed", f"{server.url}/about")
    assert found.credentials == {"url": found.id}
    assert found.handle == f"127.0.0.1:{server.port}"


async def test_connect_finds_the_feed_of_a_page() -> None:
    page = b"""<!doctype html><html><head>
      <LINK rel='alternate' type="application/rss+xml" title="Comments feed" href='/c'>
      <link rel=stylesheet href=x.css>
      <link href="/lost?a=1&amp;b=2" type="application/atom+xml" rel="feed alternate">
      <link rel="alternate" type="application/rss+xml" href="feed.xml"></head></html>"""

    def reply(request: Request) -> bytes:
        pages = {"/blog/": page, "/blog/feed.xml": rss(item(1)), "/c": rss(item(2))}
        return answer(200, pages[request.path]) if request.path in pages else answer(404)

    async with serve(reply) as server:
        found = await connect({"url": f"{server.url}/blog/"})
        assert found.id == f"{server.url}/blog/feed.xml"
        assert [r.path for r in server.requests] == ["/blog/", "/lost?a=1&b=2", "/blog/feed.xml"]


async def test_connect_says_when_there_is_none() -> None:
    async with serve(lambda _: answer(200, b"<html><head></head></html>")) as server:
        with pytest.raises(Trouble, match="no feed at this address") as caught:
            await connect({"url": server.url})
    assert caught.value.verdict is Verdict.REFUSE


@pytest.mark.parametrize("typed", ["", "   ", "ftp://x.example/feed", "http://", "https://exa\0mple"])
async def test_connect_says_what_is_wrong_with_an_address(typed: str) -> None:
    with pytest.raises(Trouble) as caught:
        await connect({"url": typed})
    assert caught.value.verdict is Verdict.REFUSE
    assert caught.value.sentence.endswith(".")
