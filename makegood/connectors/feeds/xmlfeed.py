"""RSS and Atom by way of feedparser, which reads what is badly written, too."""

from __future__ import annotations

import calendar
import io
import re
from datetime import UTC, datetime
from typing import Any

import feedparser

from makegood.connectors.feeds.shape import Entry, Feed
from makegood.kit.text import html_to_text, squash

__all__ = ["parse_xml"]

MAX_ENTRIES = 2000

_HOUR = re.compile(rb"<hour>\s{0,9}(\d{1,2})\s{0,9}</hour>", re.IGNORECASE)
_BEGUN = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ENDED = re.compile(rb"</(?:\w{1,20}:)?(?:item|entry)\s{0,9}>", re.IGNORECASE)
_SOUND_ANYWAY = ("CharacterEncodingOverride", "NonXMLContentType")


def parse_xml(body: bytes, content_type: str = "") -> Feed:
    """A feed from its bytes and its Content-Type header. `kind` is "" when it is not a feed.

    feedparser promises nothing about hostile input: any exception may come out of it.
    """
    # A stream and never the bytes themselves: feedparser takes those for an address or a file name and opens
    # it. Our own conversion to text makes its HTML cleaning needless, and that is slow on hostile input.
    found = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": content_type} if content_type else {},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    feed = found["feed"]
    problem = _xml_problem(dict.get(found, "bozo_exception"))
    entries = found["entries"]
    if problem and entries and _ends_within_an_entry(body):
        # What is cut may have lost the end of its id, and would come as another post next time.
        entries = entries[:-1]
    return Feed(
        kind=str(dict.get(found, "version") or ("unknown" if entries else "")),
        title=squash(html_to_text(_text(feed, "title"))),
        url=_text(feed, "link"),
        language=_text(feed, "language"),
        entries=tuple(_entry(entry) for entry in entries[:MAX_ENTRIES]),
        ttl=_ttl(feed),
        skip_hours=tuple(sorted({int(hour) % 24 for hour in _HOUR.findall(body)})),
        problems=(problem,) if problem else (),
    )


def _ends_within_an_entry(body: bytes) -> bool:
    """Whether the last entry that begins never ends: the feed was caught half written, or half sent."""
    begun = max((match.start() for match in _BEGUN.finditer(body)), default=-1)
    return begun >= 0 and not _ENDED.search(body, begun)


def _entry(entry: dict[str, Any]) -> Entry:
    body, is_html, language = _body(entry)
    author = dict.get(entry, "author_detail") or {}
    links = [link for link in dict.get(entry, "links") or () if dict.get(link, "href")]
    title_type = dict.get(dict.get(entry, "title_detail") or {}, "type", "")
    return Entry(
        id=_text(entry, "id"),
        link=_text(entry, "link"),
        base=str(dict.get(dict.get(entry, "title_detail") or {}, "base") or ""),
        title=_text(entry, "title"),
        title_is_html=title_type != "text/plain",
        body=body,
        body_is_html=is_html,
        author_name=_text(author, "name") or ("" if author else _text(entry, "author")),
        author_url=_text(author, "href"),
        author_email=_text(author, "email"),
        posted_at=_moment(entry),
        language=language or _text(entry, "language"),
        tags=tuple(_text(tag, "term") for tag in dict.get(entry, "tags") or ()),
        links=tuple(str(link["href"]) for link in links if dict.get(link, "rel") in ("related", "via")),
        media=tuple(_media(entry, links)),
    )


def _body(entry: dict[str, Any]) -> tuple[str, bool, str]:
    """The longest of an entry's contents and its summary: text, whether it is HTML, and its language."""
    offered = [*(dict.get(entry, "content") or ()), dict.get(entry, "summary_detail") or {}]
    best = max(offered, key=lambda part: len(_text(part, "value")))
    if not _text(best, "value"):
        return _text(entry, "summary"), True, ""
    return _text(best, "value"), dict.get(best, "type") != "text/plain", _text(best, "language")


def _media(entry: dict[str, Any], links: list[Any]) -> list[tuple[str, str, str]]:
    found = [(_text(link, "type"), _text(link, "href"), "") for link in links if dict.get(link, "rel") == "enclosure"]
    found += [
        (_text(part, "medium") or _text(part, "type"), _text(part, "url"), "")
        for part in dict.get(entry, "media_content") or ()
    ]
    found += [("image", _text(part, "url"), "") for part in dict.get(entry, "media_thumbnail") or ()]
    unique = {url: (kind.partition("/")[0].lower(), url, alt) for kind, url, alt in reversed(found)}
    return list(reversed(unique.values()))


def _moment(entry: dict[str, Any]) -> datetime | None:
    for name in ("published_parsed", "created_parsed", "updated_parsed"):
        parsed = dict.get(entry, name)
        if parsed:
            try:
                return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
            except (ValueError, OverflowError, OSError, TypeError):
                continue
    return None


def _ttl(feed: dict[str, Any]) -> float:
    """Seconds the publisher wants between two looks: RSS ttl (minutes) or the syndication module's period."""
    minutes = _text(feed, "ttl").strip()
    if minutes.isdecimal() and len(minutes) < 7:
        return int(minutes) * 60.0
    periods = {"hourly": 3600.0, "daily": 86400.0, "weekly": 604800.0}
    period = periods.get(_text(feed, "sy_updateperiod").strip().lower(), 0.0)
    times = _text(feed, "sy_updatefrequency").strip()
    return period / max(1, int(times)) if times.isdecimal() and len(times) < 7 else period


def _xml_problem(error: object) -> str:
    if error is None or type(error).__name__ in _SOUND_ANYWAY:
        return ""
    if type(error).__name__ == "CharacterEncodingUnknown":
        return "It is not certain in which encoding this feed is written; some letters may be wrong."
    line = getattr(error, "getLineNumber", lambda: None)()
    where = f" near line {line}" if line else ""
    return f"This feed is not written correctly{where}. Everything that could be read was kept."


def _text(holder: dict[str, Any], name: str) -> str:
    value = dict.get(holder, name)
    return value if isinstance(value, str) else ""
