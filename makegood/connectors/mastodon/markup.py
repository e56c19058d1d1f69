"""The HTML of a post as plain text: paragraphs kept, links in full, names and hashtags as they are shown.

Servers differ in how they write it: https://docs.joinmastodon.org/spec/activitypub/#sanitization
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape, unescape

from makegood.kit.text import clean, html_to_text

__all__ = ["Said", "plain"]

MAX_HTML = 200_000
"""Characters that are looked at, as in `html_to_text`; far more than a post has."""

_ANCHOR = re.compile(r"<a\s([^<>]*)>", re.IGNORECASE)
_CLOSED = re.compile(r"</a\s*>", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+)""", re.IGNORECASE)
_CLASS = re.compile(r"""\bclass\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+)""", re.IGNORECASE)
_QUOTE_LINE = re.compile(r"""<p\s+class\s*=\s*["']?quote-inline\b[^<>]*>""", re.IGNORECASE)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


@dataclass
class Said:
    """What a post's HTML holds."""

    text: str = ""
    links: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    """The addresses behind the names it names."""


def plain(html: str, *, quoting: bool = False) -> Said:
    """The text of `html`, the links in it, and whom it names. Takes any input; never raises.

    A link whose words are its address, whole or shortened, is written out in full; one with words of its own has the
    address behind them. When `quoting`, the line that repeats the quoted post's address for old software is left out
    (https://docs.joinmastodon.org/client/quotes/).
    """
    source = clean(html[:MAX_HTML])
    if quoting:
        source = _without_quote_line(source)
    said = Said()
    parts: list[str] = []
    position = 0
    while (opened := _ANCHOR.search(source, position)) is not None:
        closed = _CLOSED.search(source, opened.end())
        if closed is None:
            break
        inner = source[opened.end() : closed.start()]
        parts += [source[position : opened.start()], _link(opened[1], inner, said)]
        position = closed.end()
    parts.append(source[position:])
    said.text = html_to_text("".join(parts))
    return said


def _without_quote_line(source: str) -> str:
    opened = _QUOTE_LINE.search(source)
    if opened is None:
        return source
    end = source.find("</p>", opened.end())
    return source if end < 0 else source[: opened.start()] + source[end + 4 :]


def _link(attributes: str, inner: str, said: Said) -> str:
    """What stands for a link in the text, as HTML; notes where it leads."""
    found = _HREF.search(attributes)
    href = unescape(found[1].strip("\"'")).strip() if found else ""
    marked = _CLASS.search(attributes)
    classes = marked[1].strip("\"'").lower().split() if marked else []
    if not _SCHEME.match(href):
        return inner
    if "hashtag" in classes:
        return inner
    if "mention" in classes:
        said.mentions.append(href)
        return inner
    said.links.append(href)
    words = html_to_text(inner)
    if not words or _is_address(words, href):
        return escape(href, quote=False)
    return f"{inner} ({escape(href, quote=False)})"


def _is_address(words: str, href: str) -> bool:
    """Whether the words of a link are no more than its address, perhaps without scheme or cut short."""
    shown = _SCHEME.sub("", words).rstrip("/").removesuffix("…").removesuffix("...")
    whole = _SCHEME.sub("", href)
    return whole.startswith(shown) or whole.removeprefix("www.").startswith(shown)
