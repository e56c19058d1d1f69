"""From the bytes of a feed to activities. No network here."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urljoin, urlsplit

from makegood.activity import Activity, Author, Kind, Media
from makegood.connectors.feeds.jsonfeed import looks_like_json, parse_json
from makegood.connectors.feeds.shape import Entry, Feed
from makegood.connectors.feeds.xmlfeed import parse_xml
from makegood.kit.text import clean, excerpt, html_to_text, squash

__all__ = ["NETWORK", "Reading", "parse", "to_activities"]

NETWORK = "feed"
MAX_TEXT = 50_000
MAX_LINKS = 50
MAX_TAGS = 20

_GLOBAL_ID = re.compile(r"(https?://|urn:|tag:)\S+$", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s{0,9}=\s{0,9}["']([^"'<>\s]{1,2000})""", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_MEDIA_KINDS = ("image", "video", "audio")


@dataclass(frozen=True)
class Reading:
    """What a feed's bytes held. `problems` are sentences about what could not be read."""

    feed: Feed
    activities: tuple[Activity, ...]
    problems: tuple[str, ...]


def parse(body: bytes, content_type: str = "") -> Feed:
    """An RSS, Atom or JSON feed from its bytes and its Content-Type header. `kind` is "" when it is none of
    these.

    Raises whatever feedparser does on input its authors did not think of.
    """
    return parse_json(body) if looks_like_json(body) else parse_xml(body, content_type)


def to_activities(feed: Feed, feed_url: str, now: datetime) -> Reading:
    """The feed's entries in our shape, oldest first, each id once. `feed_url` completes relative links and
    ids that are not unique in the world; `now` (aware) stands for a missing date or one in the future.
    """
    found: dict[str, Activity] = {}
    problems = list(feed.problems)
    for number, entry in enumerate(feed.entries, start=1):
        activity = _activity(entry, feed, feed_url, now)
        if activity is None:
            problems.append(f"Entry {number} has no text, no title and no link. It was left out.")
        else:
            found.setdefault(activity.id, activity)
    ordered = sorted(found.values(), key=lambda activity: activity.posted_at)
    return Reading(feed, tuple(ordered), tuple(problems))


def _activity(entry: Entry, feed: Feed, feed_url: str, now: datetime) -> Activity | None:
    base = urljoin(feed_url, entry.base) if entry.base else feed_url
    link = _web(unwrap(_join(base, entry.link)))
    title = squash(html_to_text(entry.title) if entry.title_is_html else clean(entry.title))
    text = html_to_text(entry.body) if entry.body_is_html else clean(entry.body).strip()
    if not (link or title or text):
        return None
    identity = clean(_identity(entry, link, title, text, feed_url))
    url = link or (_web(entry.id) if entry.id.startswith(("http://", "https://")) else "")
    posted = min(entry.posted_at, now) if entry.posted_at else now
    points_to = [*entry.links, *(_HREF.findall(entry.body[:200_000]) if entry.body_is_html else ())]
    return Activity(
        network=NETWORK,
        id=identity,
        author=_author(entry, feed, feed_url),
        text=_cap(text or title or link),
        posted_at=posted,
        kind=Kind.ARTICLE,
        title=excerpt(title, 500),
        url=url,
        root_id=identity,
        language=_language(entry.language or feed.language),
        tags=tuple(dict.fromkeys(squash(clean(tag)).lstrip("#") for tag in entry.tags if tag.strip()))[:MAX_TAGS],
        links=_all_web([unwrap(_join(base, link)) for link in points_to]),
        media=tuple(
            Media(kind=kind, url=url, alt=squash(clean(alt)))
            for kind, address, alt in entry.media
            if kind in _MEDIA_KINDS and (url := _web(_join(base, address)))
        )[:MAX_LINKS],
        revision=hashlib.sha256(f"{title}\0{text}\0{link}".encode("utf-8", "replace")).hexdigest()[:16],
    )


def _identity(entry: Entry, link: str, title: str, text: str, feed_url: str) -> str:
    if _GLOBAL_ID.match(entry.id):
        return entry.id
    if entry.id:
        return f"{feed_url}#{entry.id}"
    source = link or f"{title}\0{text}"
    return f"{feed_url}#sha256-{hashlib.sha256(source.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _author(entry: Entry, feed: Feed, feed_url: str) -> Author:
    name = squash(clean(entry.author_name))
    if not (name or entry.author_url or entry.author_email):
        site = _web(_join(feed_url, feed.url))
        return Author(id=clean(feed_url), name=feed.title or urlsplit(feed_url).netloc, url=site)
    url = _web(_join(feed_url, entry.author_url)) if entry.author_url else ""
    mail = f"mailto:{clean(entry.author_email)}" if entry.author_email else ""
    name = name or entry.author_email or urlsplit(url).netloc
    return Author(id=url or mail or clean(f"{feed_url}#author={name}"), name=excerpt(name, 200), url=url)


def unwrap(link: str) -> str:
    """The page behind a link of Google Alerts, which go through google.com/url; any other link as it is."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
        if parts.path != "/url" or not re.fullmatch(r"(www\.)?google\.[a-z.]{2,6}", host):
            return link
        asked = parse_qs(parts.query)
    except ValueError:
        return link
    return next((asked[name][0] for name in ("url", "q") if name in asked), link)


def _join(base: str, link: str) -> str:
    try:
        return urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""


def _web(link: str) -> str:
    """`link` when it is one a person can safely click (http or https), else ""."""
    try:
        parts = urlsplit(clean(link).strip())
        sound = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return parts.geturl().replace(" ", "%20") if sound and len(link) <= 2000 else ""


def _all_web(links: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(web for link in links if (web := _web(link))))[:MAX_LINKS]


def _cap(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT].rstrip() + "…"


def _language(declared: str) -> str:
    tag = declared.strip().replace("_", "-")
    return tag if _LANGUAGE.match(tag) and len(tag) <= 35 else ""
