"""Single terms of a query: a word, a phrase, a #tag, a @handle, a field and its value."""

from __future__ import annotations

import difflib

import regex

from makegood.listen.query.text import handle_keys, host_key, normal, spaceless, split, tag_key
from makegood.listen.query.tree import Fact, Leaf, Mark, Words

__all__ = ["QueryError", "read_term"]

MIN_PREFIX = 4
FIELDS = ("author", "has", "lang", "network", "site", "title")
HAS = ("link", "media")

_LETTER = regex.compile(r"[\p{L}\p{N}]")
_NAME = regex.compile(r"[\p{L}\p{N}\p{M}_-]+")
_HOST = regex.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_](?:[\w-]{0,61}[^\W_])?")
_HANDLE = regex.compile(r"[\p{L}\p{N}\p{M}_.:@/%-]+")
_TAG = regex.compile(r"[#＃]([\p{L}\p{N}\p{M}\p{Cf}_]+)")


class QueryError(Exception):
    """A text that is not a query.

    `message` is a sentence for the person who wrote it, `position` and `length` the characters it is about
    (`length` 0 where something is missing), `suggestion` what could stand in their place, or "".
    """

    def __init__(self, message: str, position: int, length: int, suggestion: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.length = length
        self.suggestion = suggestion


def read_term(kind: str, text: str, start: int) -> Leaf:
    """Reads one term (a PHRASE, FIELD or WORD of the grammar, quotes straight) that starts at `start`."""
    if kind == "PHRASE":
        return _words(text, text[1:-1], start)
    if kind == "FIELD":
        return _field(text, start)
    if text[0] in "#＃":
        return _tag(text, start)
    if text[0] in "@＠":
        return _handle(text, start)
    return _starred(text, text, start) if "*" in text else _words(text, text, start)


def _words(text: str, content: str, start: int, title: bool = False) -> Words:
    keys = split(content)
    if not keys:
        if text[0] in "-‐‑–—−":
            sentence = "A minus sign stands right before the word to leave out, with no space between."
        else:
            sentence = f"There is no word to look for in {text}. Signs alone are not searched."
        raise QueryError(sentence, start, len(text))
    return Words(keys, text, start, title=title)


def _starred(text: str, content: str, start: int, title: bool = False) -> Words:
    word = content.rstrip("*")
    keys = split(word.replace("*", " "))
    if "*" in word or len(content) - len(word) > 1:
        field = text[: len(text) - len(content)]
        suggestion = f"{field}{keys[0]}*" if len(keys) == 1 and _long_enough(keys[0]) else ""
        raise QueryError("A star stands once, at the end of a word.", start, len(text), suggestion)
    if keys and spaceless(keys[-1]):
        sentence = "No star is needed here: this is found inside longer words anyway."
        raise QueryError(sentence, start, len(text), text[:-1])
    if len(keys) > 1:
        raise QueryError("A star works on a single word of letters and digits.", start, len(text))
    if not keys or not _long_enough(keys[0]):
        sentence = f"Before a star there must be at least {MIN_PREFIX} letters, or far too much would match."
        raise QueryError(sentence, start, len(text))
    return Words(keys, text, start, prefix=True, title=title)


def _long_enough(key: str) -> bool:
    return len(_LETTER.findall(key)) >= MIN_PREFIX


def _tag(text: str, start: int) -> Mark:
    key = tag_key(text[1:])
    if not key:
        raise QueryError("A hashtag needs its name right after the #.", start, len(text))
    if _TAG.fullmatch(text) is None:
        sentence = "A hashtag has only letters, digits and _."
        raise QueryError(sentence, start, len(text), "#" + key[1:])
    return Mark(key, text, start)


def _handle(text: str, start: int) -> Mark:
    _no_star(text, start)
    name = text[1:].rstrip(".,;:!?@")
    keys = handle_keys(name)
    if not keys or not _LETTER.search(name):
        raise QueryError("A handle needs its name right after the @.", start, len(text))
    if _HANDLE.fullmatch(keys[0]) is None:
        raise QueryError("A handle has only letters, digits and . _ - in it.", start, len(text))
    return Mark(f"@{keys[0]}", text, start)


def _no_star(text: str, start: int) -> None:
    if "*" in text:
        raise QueryError("A star works on words only.", start + text.index("*"), 1)


def _field(text: str, start: int) -> Leaf:
    written, _, value = text.partition(":")
    name = written.lower()
    if name not in FIELDS:
        raise _unknown(text, name, start)
    content = value[1:-1] if value.startswith('"') else value
    if not content.strip():
        sentence = f"{name}: needs its value right after the colon, such as {_EXAMPLES[name]}."
        raise QueryError(sentence, start, len(text), _EXAMPLES[name])
    if name == "title":
        starred = "*" in value and not value.startswith('"')
        read = _starred if starred else _words
        return read(text, content, start, True)
    _no_star(text, start)
    if name == "author":
        return Fact(_author(text, value, start), text, start)
    key = {"site": _site, "has": _has, "lang": _plain, "network": _plain}[name](text, content.strip(), start)
    return Fact(f"{name}:{key}", text, start)


_EXAMPLES = {
    "author": "author:ann.example.com",
    "has": "has:link",
    "lang": "lang:en",
    "network": "network:bluesky",
    "site": "site:example.com",
    "title": "title:review",
}


def _unknown(text: str, name: str, start: int) -> QueryError:
    if name in ("http", "https"):
        host = host_key(text.partition("://")[2].partition("/")[0].partition("?")[0])
        suggestion = f"site:{host}" if _HOST.fullmatch(host) else ""
        return QueryError("To find links to a site, write site: and its name.", start, len(text), suggestion)
    near = difflib.get_close_matches(name, FIELDS, n=1, cutoff=0.5)
    known = f"Did you mean {near[0]}:?" if near else f"There are {', '.join(f'{field}:' for field in FIELDS)}."
    sentence = f"There is no field {name}:. {known} For the words themselves, put them in quotes."
    return QueryError(sentence, start, len(name) + 1, f"{near[0]}:" if near else "")


def _author(text: str, value: str, start: int) -> str:
    if value.startswith('"'):
        if not (keys := split(value)):
            raise QueryError("There is no name between these quotes.", start, len(text))
        return f'author:"{" ".join(keys)}"'
    keys = handle_keys(value)
    if not keys or not _LETTER.search(value):
        raise QueryError("An author is given by handle, or by name in quotes.", start, len(text))
    return f"author:{keys[0]}"


def _site(text: str, value: str, start: int) -> str:
    bare = regex.sub(r"^https?://", "", value, flags=regex.IGNORECASE)
    host = host_key(bare.partition("/")[0])
    if _HOST.fullmatch(host) is None:
        sentence = "site: takes the name of a site, such as site:example.com."
        raise QueryError(sentence, start, len(text), "site:example.com")
    if bare.partition("/")[2]:
        sentence = "site: takes the name of a site without the page."
        raise QueryError(sentence, start, len(text), f"site:{host}")
    return host


def _has(text: str, value: str, start: int) -> str:
    key = value.lower().removesuffix("s")
    if key not in HAS:
        raise QueryError("There are has:link and has:media.", start, len(text), "has:link")
    return key


def _plain(text: str, value: str, start: int) -> str:
    key = normal(value).replace("_", "-")
    if _NAME.fullmatch(key) is None:
        name = text.partition(":")[0].lower()
        sentence = f"{name}: takes one short name, such as {_EXAMPLES[name]}."
        raise QueryError(sentence, start, len(text), _EXAMPLES[name])
    return key
