"""From text to words: how what people write, and what a query asks for, are cut into the same comparable
pieces.

A word's key is its text in NFKC and case-folded (https://www.unicode.org/reports/tr15/), without what cannot
be seen (soft hyphens, joiners, variation selectors). Accents stay. Scripts written without spaces, and
Korean, give one word a character, so that a term is found inside running text. An emoji is a word; its skin
tone is ignored.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

import regex

from makegood.activity import Activity

__all__ = ["Doc", "Span", "handle_keys", "host_key", "normal", "spaceless", "split", "tag_key", "tokens"]

SEGMENT = 1 << 32
"""Positions of the title, the text and each tag start this far apart, so that no phrase reaches across."""
FIRST_TAG = 2

_SCRIPTS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"
SPACELESS = rf"[[{_SCRIPTS}]&&[\p{{L}}\p{{N}}]]"
LETTER = rf"[[\p{{L}}\p{{N}}]--{SPACELESS}]"
HIDDEN = r"\u00ad\u061c\u200c-\u200f\u2060\ufe00-\ufe0f\ufeff"
MARK = rf"[\p{{M}}{HIDDEN}]"
# ©, ® and ™ count as pictures in Unicode's table; in a brand's name they are not worth a word.
PICTURE = r"[\p{Extended_Pictographic}--[©®™]]"
TONE = r"\U0001f3fb-\U0001f3ff"
_TONED = rf"{PICTURE}[{TONE}\ufe0f\u20e3]*+"
EMOJI = rf"(?:\p{{Regional_Indicator}}\p{{Regional_Indicator}}|{_TONED}(?:\u200d{_TONED})*+)"
WORD = rf"{LETTER}{MARK}*+(?:(?:_++|')?{LETTER}{MARK}*+)*+"

_TOKEN = regex.compile(rf"(?V1){WORD}|{SPACELESS}{MARK}*+|{EMOJI}")
_SPACELESS = regex.compile(rf"(?V1){SPACELESS}")
_DROPPED = regex.compile(rf"(?V1)[{HIDDEN}{TONE}]")
_CLUSTER = regex.compile(r"\X")
_TAG = regex.compile(rf"(?V1)(?<![[\p{{L}}\p{{N}}_&/#]--{SPACELESS}])#([\p{{L}}\p{{N}}\p{{M}}_{HIDDEN}]++)")
_NOT_IN_TAG = regex.compile(r"(?V1)[^\p{L}\p{N}\p{M}_]")
_HANDLE = regex.compile(
    rf"(?V1)(?<![[\p{{L}}\p{{N}}_.+@/\-]--{SPACELESS}])"
    rf"@({LETTER}(?:{LETTER}|[_\-]|\.(?={LETTER}))*+(?:@{LETTER}(?:{LETTER}|-|\.(?={LETTER}))*+)?)"
)
_URL = regex.compile(r"https?://(?:[^\s/?#@]*+@)?([\p{L}\p{N}\p{M}_.-]+)", regex.IGNORECASE)

# One character for one, so that offsets stay: every apostrophe becomes the same, signs of ownership become
# spaces (NFKC would make "Acme™" the word "acmetm").
_ALIKE = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "＇": "'", "™": " ", "℠": " ", "®": " ", "©": " "})

# French and Italian write a short word onto the next one: l'acme, dell'acme.
_ELISIONS = frozenset(("l", "d", "j", "m", "t", "s", "n", "c", "qu", "un", "dell", "all", "nell", "sull", "dall"))


class Span(NamedTuple):
    """A stretch of words: positions of its first and last, and its characters in the field it stands in."""

    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True)
class Doc:
    """An activity cut into words, once, for any number of queries.

    `words` gives the positions of every word, `marks` the spans of every #tag and @handle (none when the
    network names it outside the text), `facts` what is true of the whole (`lang:en`, `site:acme.com`),
    `places` the start and end of each word of each segment: title, text, then one segment a tag.
    """

    activity: Activity
    words: dict[str, list[int]]
    marks: dict[str, list[Span]]
    facts: frozenset[str]
    places: tuple[list[tuple[int, int]], ...]

    def where(self, position: int) -> str:
        """The field a position stands in: title, text or tag."""
        return ("title", "text")[position // SEGMENT] if position < FIRST_TAG * SEGMENT else "tag"

    def span(self, first: int, last: int) -> Span:
        """The span from one word to another of the same segment."""
        places = self.places[first // SEGMENT]
        return Span(first, last, places[first % SEGMENT][0], places[last % SEGMENT][1])


def normal(text: str) -> str:
    """`text` in the form in which it is compared."""
    folded = unicodedata.normalize("NFKC", text.translate(_ALIKE)).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_ALIKE)


def split(text: str) -> tuple[str, ...]:
    """The keys of the words of `text`, in order: one key a word."""
    return tuple(_key(match.group()) for match in _TOKEN.finditer(_lay_out(text)[0]))


def spaceless(key: str) -> bool:
    """Whether a key is one character of a script whose words are found inside running text."""
    return _SPACELESS.match(key) is not None


def tag_key(tag: str) -> str:
    """The key of a hashtag given without its #, or "" when it holds no letter. Spaces and punctuation do not
    count.
    """
    name = _NOT_IN_TAG.sub("", _key(normal(tag)))
    return f"#{name}" if name.strip("_") else ""


def handle_keys(handle: str) -> tuple[str, ...]:
    """What a handle can be called: itself, without its server, and its first part alone; without the @.

    A profile's address such as https://example.social/@ann gives ann@example.social and ann.
    """
    name = normal(handle).strip().lstrip("@")
    if "://" in name:
        host, account = _host(name), name.rstrip("/").rpartition("/")[2].lstrip("@")
        name = f"{account}@{host}" if host and account and account != host else name
    if ":" in name:
        return (name,)
    user = name.partition("@")[0]
    return tuple(dict.fromkeys(part for part in (name, user, user.partition(".")[0]) if part))


def host_key(host: str) -> str:
    """A host name as it is compared: lower case, without www., international names in their ASCII form."""
    name = host.strip().strip(".").lower().removeprefix("www.")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return normal(name)
    return name


def tokens(activity: Activity) -> Doc:
    """Cuts an activity's title, text and tags into words and collects what is known about it."""
    words: dict[str, list[int]] = {}
    marks: dict[str, list[Span]] = {}
    places: list[list[tuple[int, int]]] = []
    for text in (activity.title, activity.text, *activity.tags):
        places.append(_read(text, len(places), words, marks))
    for index, tag in enumerate(activity.tags, start=FIRST_TAG):
        if (key := tag_key(tag)) and places[index]:
            last = len(places[index]) - 1
            marks.setdefault(key, []).append(Span(index * SEGMENT, index * SEGMENT + last, 0, len(tag)))
    for mention in activity.mentions:
        for name in handle_keys(mention):
            marks.setdefault(f"@{name}", [])
    return Doc(activity, words, marks, frozenset(_facts(activity)), tuple(places))


def _read(text: str, segment: int, words: dict[str, list[int]], marks: dict[str, list[Span]]) -> list[tuple[int, int]]:
    """Adds the words and marks of one segment and returns where each of its words stands."""
    flat, starts, ends = _lay_out(text)
    found = list(_TOKEN.finditer(flat))
    base = segment * SEGMENT
    for position, match in enumerate(found, start=base):
        for key in _keys(match.group()):
            words.setdefault(key, []).append(position)
    begins = [match.start() for match in found]
    for key, start, end in _marks_in(flat):
        first, last = bisect_left(begins, start), bisect_left(begins, end) - 1
        if first <= last:
            span = Span(base + first, base + last, starts[start], ends[end - 1])
            marks.setdefault(key, []).append(span)
    return [(starts[match.start()], ends[match.end() - 1]) for match in found]


def _marks_in(flat: str) -> Iterator[tuple[str, int, int]]:
    if "#" in flat:
        for match in _TAG.finditer(flat):
            if key := tag_key(match.group(1)):
                yield key, match.start(), match.end()
    if "@" in flat:
        for match in _HANDLE.finditer(flat):
            for name in handle_keys(match.group(1)):
                yield f"@{name}", match.start(), match.end()


def _lay_out(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The comparable form of `text`, and for each of its characters where the original starts and ends."""
    plain = text.translate(_ALIKE)
    if plain.isascii():
        return plain.lower(), range(len(text)), range(1, len(text) + 1)
    folded = plain.casefold()
    if len(folded) == len(plain) and unicodedata.is_normalized("NFKC", folded):
        return folded.translate(_ALIKE), range(len(text)), range(1, len(text) + 1)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    # Cluster by cluster: composing never reaches over the border of one, so each piece knows where it came
    # from.
    for cluster in _CLUSTER.finditer(plain):
        piece = normal(cluster.group())
        pieces.append(piece)
        starts.extend([cluster.start()] * len(piece))
        ends.extend([cluster.end()] * len(piece))
    return "".join(pieces), starts, ends


def _key(word: str) -> str:
    return word if word.isascii() else _DROPPED.sub("", word)


def _keys(word: str) -> tuple[str, ...]:
    """The key of a word and what else it is found by: without a possessive 's, without an elided article."""
    key = _key(word)
    head, apostrophe, tail = key.rpartition("'")
    if not apostrophe:
        return (key,)
    if tail == "s":
        return (key, head)
    return (key, tail) if head in _ELISIONS else (key,)


def _facts(activity: Activity) -> Iterator[str]:
    yield f"network:{normal(activity.network)}"
    for name in (*handle_keys(activity.author.id), *handle_keys(activity.author.handle)):
        yield f"author:{name}"
    yield f'author:"{" ".join(split(activity.author.name))}"'
    yield from (f"lang:{part}" for part in _beginnings(normal(activity.language).replace("_", "-"), "-"))
    if activity.media:
        yield "has:media"
    hosts = [_host(link) for link in activity.links]
    if "://" in activity.text:
        hosts += map(host_key, _URL.findall(activity.text))
    if hosts:
        yield "has:link"
    for host in hosts:
        yield from (f"site:{part}" for part in _endings(host))


def _beginnings(text: str, separator: str) -> Iterable[str]:
    parts = text.split(separator)
    return (separator.join(parts[:count]) for count in range(1, len(parts) + 1) if text)


def _endings(host: str) -> Iterable[str]:
    parts = host.split(".")
    return (".".join(parts[count:]) for count in range(len(parts)))


def _host(url: str) -> str:
    try:
        return host_key(urlsplit(url).hostname or "")
    except ValueError:
        return ""
