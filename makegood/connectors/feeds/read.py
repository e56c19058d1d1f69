"""Finding a feed behind an address, and reading what is new in it."""

from __future__ import annotations

import asyncio
import hashlib
import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from makegood.activity import Activity
from makegood.connectors import verdicts
from makegood.connectors.contract import Connected, Page, Trouble, Verdict
from makegood.connectors.feeds.pace import SHORTEST, adapt, first_interval, next_look
from makegood.connectors.feeds.shape import Feed
from makegood.connectors.feeds.shapes import Reading, parse, to_activities
from makegood.kit import clock, http

__all__ = ["connect", "read"]

MAX_BYTES = 10 * 2**20
PARSE_SECONDS = 60.0
HOUR = 3600.0
MAX_REMEMBERED = 2000
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
)

_LINK = re.compile(r"<link\b([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z-]{1,20})\s{0,9}=\s{0,9}("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")

_PASSING = ("timeout", "unreachable", "truncated", "tls", "protocol")


async def connect(form: Mapping[str, str]) -> Connected:
    """Finds the feed at `form["url"]`, or the one that the web page there names, and its title.

    `Connected.id` is the feed's final address; `credentials` holds it as "url", for `read`. Raises Trouble.
    """
    url = _completed(form.get("url", ""))
    async with http.client(headers={"accept": ACCEPT}) as client:
        response = await _get(client, url, {})
        feed = await _parse(response)
        if not feed.kind:
            response, feed = await _discover(client, response)
    final = response.url
    host = urlsplit(final).netloc
    site = urljoin(final, feed.url) if feed.url else final
    return Connected(id=final, handle=host, name=feed.title or host, url=site, credentials={"url": final}, kind="feed")


async def read(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> Page:
    """What is new or has changed in the feed at `credentials["url"]` since `cursor`, oldest first.

    The cursor holds where the feed has moved to for good, the marks for a conditional request, the interval,
    and a short hash of each entry the feed held last time. Raises Trouble.
    """
    url = str(credentials["url"])
    async with http.client(headers={"accept": ACCEPT}) as client:
        response = await _get(client, str(cursor.get("url") or url), _conditions(cursor))
    now = clock.now()
    kept = {**cursor, **({"url": response.moved} if response.moved else {})}
    digest = hashlib.sha256(response.body).hexdigest()[:32]
    if response.status == 304 or (cursor.get("body") == digest and cursor.get("whole")):
        interval = adapt(_interval(cursor), changed=False)
        wait = next_look(interval, response.headers, float(cursor.get("ttl", 0)), cursor.get("skip", ()), now)
        return Page(cursor={**kept, "interval": interval}, next_after=_polite(wait, response))
    feed = await _parse(response)
    if not feed.kind:
        raise _not_a_feed(response, feed)
    reading = await asyncio.to_thread(to_activities, feed, url, now)
    seen = [_mark(activity) for activity in reading.activities]
    before = cursor.get("seen", ())
    known = set(before)
    new = tuple(a for a, mark in zip(reading.activities, seen, strict=True) if mark not in known)
    if reading.problems:
        # What was seen before may only be missing because the rest of the feed is.
        seen = [*(mark for mark in before if mark not in set(seen)), *seen]
    interval = _next_interval(cursor, reading, bool(new))
    wait = next_look(interval, response.headers, feed.ttl, feed.skip_hours, now)
    following = {
        **kept,
        "etag": response.headers.get("etag", ""),
        "modified": response.headers.get("last-modified", ""),
        "body": digest,
        # A feed that could only be read in part is fetched again in full: it may have been caught half
        # written.
        "whole": not reading.problems,
        "interval": interval,
        "ttl": feed.ttl,
        "skip": list(feed.skip_hours),
        "seen": seen[-MAX_REMEMBERED:],
    }
    return Page(activities=new, cursor=following, problems=reading.problems, next_after=_polite(wait, response))


def _completed(typed: str) -> str:
    url = typed.strip()
    if not url:
        raise Trouble(Verdict.REFUSE, "Please type the address of a feed or of a page that has one.")
    url = re.sub(r"^feed:(//)?(?=https?:)", "", url, flags=re.IGNORECASE)
    url = re.sub(r"^feed://", "https://", url, flags=re.IGNORECASE)
    return url if "://" in url else f"https://{url}"


def _conditions(cursor: Mapping[str, Any]) -> dict[str, str]:
    if not cursor.get("whole"):
        return {}
    marks = {"if-none-match": cursor.get("etag"), "if-modified-since": cursor.get("modified")}
    return {name: str(mark) for name, mark in marks.items() if mark and str(mark).isascii()}


async def _get(client: httpx.AsyncClient, url: str, headers: dict[str, str]) -> http.Response:
    try:
        response = await http.fetch(client, "GET", url, max_bytes=MAX_BYTES, headers=headers)
    except http.NetworkError as error:
        raise _no_answer(error) from error
    if response.status == 200 or (response.status == 304 and headers):
        return response
    raise _trouble(response)


def _no_answer(error: http.NetworkError) -> Trouble:
    if error.kind in _PASSING:
        return Trouble(Verdict.RETRY, f"{error.sentence} {verdicts.AGAIN}", detail=error.detail)
    advice = " Please look for a shorter feed there." if error.kind == "too_big" else ""
    return Trouble(Verdict.REFUSE, error.sentence + advice, detail=error.detail)


def _trouble(response: http.Response) -> Trouble:
    site = urlsplit(response.url).netloc
    wait = verdicts.wait_of(response.headers)
    status = response.status
    answers: dict[int, tuple[Verdict, str, float | None]] = {
        401: (Verdict.DISCONNECT, f"{site} asks for a password. Only public feeds can be read.", None),
        403: (Verdict.RETRY, f"{site} does not let us read this feed. Ask its owner, or remove it.", HOUR),
        404: (Verdict.RETRY, f"{site} has nothing at this address. Check whether the feed has moved.", HOUR),
        410: (Verdict.DISCONNECT, f"{site} has taken this feed away for good. You can remove it.", None),
        429: (Verdict.WAIT, f"{site} asks us to look less often. We will.", 900.0),
    }
    if status in answers:
        verdict, sentence, usual = answers[status]
        return Trouble(verdict, sentence, retry_after=wait or usual, detail=f"HTTP {status}")
    shared = verdicts.from_answer(site, status, response.headers)
    if shared.verdict is Verdict.RETRY:
        return shared
    sentence = f"{site} answered in a way we do not understand. Check the feed's address."
    return Trouble(Verdict.REFUSE, sentence, detail=f"HTTP {status}")


async def _parse(response: http.Response) -> Feed:
    try:
        async with asyncio.timeout(PARSE_SECONDS):
            return await asyncio.to_thread(parse, response.body, response.headers.get("content-type", ""))
    except TimeoutError as error:
        raise Trouble(Verdict.BUG, "This feed is too tangled to be read.", detail="parsing timed out") from error
    except Exception as error:
        # feedparser promises nothing about hostile input; whatever it trips over is the feed's fault to us.
        raise Trouble(
            Verdict.BUG, "This feed is written in a way that cannot be read.", detail=repr(error)[:300]
        ) from error


def _not_a_feed(response: http.Response, feed: Feed) -> Trouble:
    site = urlsplit(response.url).netloc
    sentence = f"{site} sent something at this address that is not a feed. Check the address."
    if feed.problems and feed.problems[0].startswith("This"):
        sentence = feed.problems[0]
    if b"<html" in response.body[:2000].lower():
        sentence = f"{site} now shows a web page where the feed was. Check the address."
    return Trouble(Verdict.RETRY, sentence, retry_after=HOUR)


async def _discover(client: httpx.AsyncClient, page: http.Response) -> tuple[http.Response, Feed]:
    source = page.body[:500_000].decode("utf-8", "replace")
    for address in _alternates(source, page.url)[:5]:
        try:
            response = await _get(client, address, {})
            feed = await _parse(response)
        except Trouble:
            continue
        if feed.kind:
            return response, feed
    raise Trouble(
        Verdict.REFUSE,
        "There is no feed at this address. Look for a link named RSS, Atom or feed, and paste that.",
    )


def _alternates(source: str, base: str) -> list[str]:
    """The addresses of the feeds that an HTML page names, those of its comments last."""
    found = []
    for link in _LINK.finditer(source):
        attributes = {name.lower(): html.unescape(value.strip("\"'")) for name, value in _ATTRIBUTE.findall(link[1])}
        kind = attributes.get("type", "").partition(";")[0].strip().lower()
        if "alternate" in attributes.get("rel", "").lower().split() and kind in _FEED_TYPES:
            title = attributes.get("title", "")
            found.append((bool(re.search("comment", title, re.IGNORECASE)), attributes.get("href", "")))
    ordered = [href for _, href in sorted(found, key=lambda pair: pair[0]) if href]
    return list(dict.fromkeys(urljoin(base, href) for href in ordered))


def _mark(activity: Activity) -> str:
    return hashlib.sha256(f"{activity.id}\0{activity.revision}".encode("utf-8", "replace")).hexdigest()[:16]


def _interval(cursor: Mapping[str, Any]) -> float:
    stored = cursor.get("interval")
    return float(stored) if isinstance(stored, int | float) else SHORTEST


def _next_interval(cursor: Mapping[str, Any], reading: Reading, changed: bool) -> float:
    if "interval" in cursor:
        return adapt(_interval(cursor), changed=changed)
    dated = [entry.posted_at for entry in reading.feed.entries if entry.posted_at]
    return first_interval([moment for moment in dated if moment <= clock.now()], clock.now())


def _polite(wait: float, response: http.Response) -> float:
    return max(wait, http.retry_after(response.headers, clock.now()) or 0.0)
