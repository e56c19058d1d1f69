"""Plain text: counting it as people see it, taking it out of HTML, and making it safe to store."""

from __future__ import annotations

import itertools
import re
from html import unescape

import regex

__all__ = ["clean", "excerpt", "graphemes", "html_to_text", "squash"]

MAX_HTML = 200_000
"""Characters of HTML that are looked at; far more than a post has."""

_GRAPHEME = regex.compile(r"\X")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")

_BLOCKS = frozenset(
    [
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "br",
            "center",
            "dd",
            "details",
            "dialog",
            "div",
        ),
        *(
            "dl",
            "dt",
            "fieldset",
            "figcaption",
            "figure",
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
        ),
        *("header", "hr", "html", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section"),
        *("summary", "table", "tbody", "tfoot", "thead", "tr", "ul"),
    ]
)
_PARAGRAPHS = frozenset(["blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"])
_TAG_NAME = re.compile(r"</?([a-zA-Z][^\s/<>]{0,63})")
_TAG_MARK = re.compile(r"[<>\"']")
_ALT = re.compile(r"""\salt\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+)""", re.IGNORECASE)
_SILENT_ENDS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}
MAX_QUOTES = 40
"""Quoted attributes in one tag; past that it ends at the next angle, so that time stays linear."""


def graphemes(text: str) -> int:
    """How many characters a person sees (extended grapheme clusters, https://unicode.org/reports/tr29/)."""
    return sum(1 for _ in _GRAPHEME.finditer(text))


def excerpt(text: str, limit: int) -> str:
    """The beginning of `text` on one line, at most `limit` graphemes, with an ellipsis where it was cut."""
    line = squash(text)
    seen = list(itertools.islice(_GRAPHEME.finditer(line), limit + 1))
    if len(seen) <= limit:
        return line
    if limit < 1:
        return ""
    return line[: seen[limit - 1].start()].rstrip() + "…"


def squash(text: str) -> str:
    """`text` with every run of white space made one space, and none at either end."""
    return " ".join(text.split())


def clean(text: str) -> str:
    """`text` as a database takes it: line ends as newlines, no NUL or other control characters but tab and
    newline, surrogate pairs joined, lone surrogates dropped (PostgreSQL refuses both NUL and surrogates).
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _CONTROL.sub("", _LINE_ENDS.sub("\n", text))


def html_to_text(html: str) -> str:
    """What a person would read in `html`, as plain text: block elements become line breaks, paragraphs are
    set apart, list items begin with a dash, pictures are their alternative text, scripts and styles are
    dropped.

    Takes any input, however malformed, and looks at its first 200,000 characters. Never raises. It is not
    `html.parser` because that needs minutes for 200 kB of opened and never closed tags.
    """
    source = clean(html[:MAX_HTML])
    parts: list[str] = []
    position = 0
    while position < len(source):
        angle = source.find("<", position)
        parts.append(_words(source[position:] if angle < 0 else source[position:angle]))
        if angle < 0:
            break
        position = _step(source, angle, parts)
    lines = [line.strip() for line in _BLANKS.sub(" ", clean("".join(parts))).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _words(source: str) -> str:
    return unescape(source.replace("\n", " ").replace("]]>", ""))


def _step(source: str, angle: int, parts: list[str]) -> int:
    """Reads what starts at the "<" at `angle`, adds what it shows to `parts`, and says where to go on."""
    if source.startswith("<!--", angle):
        return _after(source, "-->", angle)
    if source.startswith("<![CDATA[", angle):
        return angle + len("<![CDATA[")
    if source.startswith(("<!", "<?"), angle):
        return _after(source, ">", angle)
    named = _TAG_NAME.match(source, angle)
    end = _tag_end(source, named.end()) if named else -1
    if named is None or end < 0:
        parts.append("<")
        return angle + 1
    name = named[1].lower()
    closing = source[angle + 1] == "/"
    if name in _SILENT_ENDS and not closing:
        silence = _SILENT_ENDS[name].search(source, end)
        return silence.start() if silence else len(source)
    parts.append(_shown(name, closing, source[angle:end]))
    return end


def _after(source: str, mark: str, start: int) -> int:
    found = source.find(mark, start)
    return len(source) if found < 0 else found + len(mark)


def _tag_end(source: str, position: int) -> int:
    """Where the tag is over whose name ends at `position`; -1 when it is not a tag after all."""
    for _ in range(MAX_QUOTES):
        mark = _TAG_MARK.search(source, position)
        if mark is None or mark[0] == "<":
            return -1
        if mark[0] == ">":
            return mark.end()
        closing = source.find(mark[0], mark.end())
        position = mark.end() if closing < 0 else closing + 1
    end = source.find(">", position)
    return -1 if end < 0 else end + 1


def _shown(name: str, closing: bool, tag: str) -> str:
    if name == "img":
        alt = _ALT.search(tag)
        return _words(alt[1].strip("\"'")) if alt else ""
    if name == "li":
        return "" if closing else "\n- "
    if name in _BLOCKS:
        return "\n\n" if name in _PARAGRAPHS else "\n"
    return " " if name in ("td", "th") else ""
