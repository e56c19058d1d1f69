"""From text to words: how what people write, and what a query asks for, are cut into the same comparable
pieces.

A word's key is its text in NFKC and case-folded (https://www.unicode.org/reports/tr15/), without what cannot
be seen (soft hyphens, joiners, variation selectors), without the vowel points of Arabic and Hebrew, which are
written or left out at will, and without the stroke that stretches an Arabic word. Accents stay. Scripts
written without spaces, and Korean, give one word a character, so that a term is found inside running text. An
emoji is a word; its skin tone is ignored.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import regex

__all__ = [
    "EMOJI",
    "HIDDEN",
    "LETTER",
    "LaidOut",
    "exact_ends",
    "found_by",
    "handle_keys",
    "host_key",
    "lay_out",
    "marks_in",
    "normal",
    "spaceless",
    "spelled",
    "split",
    "tag_key",
    "tag_words",
    "url_host",
    "word_matches",
    "words_in",
]

_SCRIPTS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"
SPACELESS = rf"[[{_SCRIPTS}]&&[\p{{L}}\p{{N}}]]"
# U+0640 is the stroke that stretches an Arabic word: a letter in Unicode's table, and nothing to a reader.
LETTER = rf"[[\p{{L}}\p{{N}}]--[{SPACELESS}\u0640]]"
HIDDEN = r"\u00ad\u0640\u061c\u200c-\u200f\u2060\ufe00-\ufe0f\ufeff"
POINTS = r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0652\u0670"
MARK = rf"[\p{{M}}{HIDDEN}]"
# ©, ® and ™ count as pictures in Unicode's table; in a brand's name they are not worth a word.
PICTURE = r"[\p{Extended_Pictographic}--[©®™]]"
TONE = r"\U0001f3fb-\U0001f3ff"
_TONED = rf"{PICTURE}[{TONE}\ufe0f\u20e3]*+"
EMOJI = rf"(?:\p{{Regional_Indicator}}\p{{Regional_Indicator}}|{_TONED}(?:\u200d{_TONED})*+)"
WORD = rf"{LETTER}{MARK}*+(?:(?:_++|')?{LETTER}{MARK}*+)*+"

_TOKEN = regex.compile(rf"(?V1){WORD}|{SPACELESS}{MARK}*+|{EMOJI}")
_SPACELESS = regex.compile(rf"(?V1){SPACELESS}")
# The same for text that is all ASCII and in small letters, where Python's own module is faster.
_PLAIN = re.compile(r"[a-z0-9]++(?:(?:_++|')[a-z0-9]++)*+")
_DROPPED = regex.compile(rf"(?V1)[{HIDDEN}{TONE}{POINTS}]")
_CLUSTER = regex.compile(r"\X")
_TAG = regex.compile(rf"(?V1)(?<![[\p{{L}}\p{{N}}_&/#]--{SPACELESS}])#([\p{{L}}\p{{N}}\p{{M}}_{HIDDEN}]++)")
_NOT_IN_TAG = regex.compile(r"(?V1)[^\p{L}\p{N}\p{M}_]")
_HANDLE = regex.compile(
    rf"(?V1)(?<![[\p{{L}}\p{{N}}_.+@/\-]--{SPACELESS}])"
    rf"@({LETTER}(?:{LETTER}|[_\-]|\.(?={LETTER}))*+(?:@{LETTER}(?:{LETTER}|-|\.(?={LETTER}))*+)?)"
)
# Where a hashtag's words part: AcmeFail, NHSFail, sale2026, late_again.
_CAMEL = regex.compile(
    rf"(?V1)(?<=\p{{Ll}}{MARK}*)(?=\p{{Lu}})|(?<=\p{{Lu}}{MARK}*)(?=\p{{Lu}}{MARK}*\p{{Ll}})"
    rf"|(?<=\p{{L}}{MARK}*)(?=\p{{N}})|(?<=\p{{N}}{MARK}*)(?=\p{{L}})|_++"
)

# One character for one, so that offsets stay: every apostrophe becomes the same, signs of ownership become
# spaces (NFKC would make "Acme™" the word "acmetm").
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "＇": "'"})
_ALIKE = _APOSTROPHES | str.maketrans({"™": " ", "℠": " ", "®": " ", "©": " "})

# French and Italian write a short word onto the next one: l'acme, dell'acme.
_ELISIONS = frozenset(("l", "d", "j", "m", "t", "s", "n", "c", "qu", "un", "dell", "all", "nell", "sull", "dall"))
_BEFORE_APOSTROPHE = regex.compile(rf"(?V1)(?:{LETTER}{MARK}*+)++['’‘ʼ＇]")
_POSSESSIVE = regex.compile(rf"(?V1)['’‘ʼ＇][sS][{HIDDEN}]*+$")
_HIDDEN = regex.compile(rf"[{HIDDEN}]")


class LaidOut(NamedTuple):
    """A text in its comparable form, and for each of its characters where the original starts and ends."""

    flat: str
    starts: Sequence[int]
    ends: Sequence[int]


def normal(text: str) -> str:
    """`text` in the form in which it is compared."""
    folded = unicodedata.normalize("NFKC", text.translate(_ALIKE)).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_ALIKE)


def split(text: str) -> tuple[str, ...]:
    """The keys of the words of `text`, in order: one key a word."""
    return tuple(map(_key, words_in(lay_out(text).flat)))


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
        host, account = url_host(name), name.rstrip("/").rpartition("/")[2].lstrip("@")
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


def tag_words(tag: str) -> tuple[str, ...]:
    """The keys of the words inside a hashtag given as it was written: AcmeFail_2 gives acme, fail, 2."""
    return split(_CAMEL.sub(" ", unicodedata.normalize("NFKC", tag)))


def spelled(text: str) -> str:
    """`text` as it is compared where its spelling counts: capitals and signs stay, a stretch of spaces is one."""
    plain = text.translate(_APOSTROPHES)
    return " ".join((plain if plain.isascii() else unicodedata.normalize("NFC", _HIDDEN.sub("", plain))).split())


def exact_ends(raw: str, text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where `raw` (as `spelled` gives it) stands in `text` when its words are those from `start` to `end`, or None
    where they are spelled in another way. An elided article before it and a possessive 's after it do not count.
    """
    lead, trail = _edges(raw)
    article = _BEFORE_APOSTROPHE.match(text, start, end)
    possessive = _POSSESSIVE.search(text, start, end)
    for begin in (start, article.end()) if article else (start,):
        for stop in (end, possessive.start()) if possessive else (end,):
            first, last = _outward(text, begin, -lead), _outward(text, stop, trail)
            if first >= 0 and spelled(text[first:last]) == raw:
                return first, last
    return None


def _outward(text: str, at: int, signs: int) -> int:
    """The place so many signs that can be seen after `at`, or with less than 0 before it; below 0 before the text."""
    step = 1 if signs > 0 else -1
    while signs and 0 <= at - (step < 0) < len(text):
        signs -= 0 if _HIDDEN.match(text[at - (step < 0)]) else step
        at += step
    return at if not signs or step > 0 else -1


@functools.lru_cache(maxsize=10_000)
def _edges(raw: str) -> tuple[int, int]:
    """How many signs stand before the first word of `raw` and after its last."""
    flat, starts, ends = lay_out(raw)
    words = word_matches(flat)
    return starts[words[0].start()], len(raw) - ends[words[-1].end() - 1]


def words_in(flat: str) -> list[str]:
    """The words of a text that was laid out, one after the other."""
    return _PLAIN.findall(flat) if flat.isascii() else _TOKEN.findall(flat)


def word_matches(flat: str) -> list[re.Match[str] | regex.Match[str]]:
    """The same with their places."""
    return list(_PLAIN.finditer(flat) if flat.isascii() else _TOKEN.finditer(flat))


def marks_in(flat: str) -> Iterator[tuple[str, int, int]]:
    """The #tags and @handles of a text that was laid out: key, start, end."""
    if "#" in flat:
        for match in _TAG.finditer(flat):
            if key := tag_key(match.group(1)):
                yield key, match.start(), match.end()
    if "@" in flat:
        for match in _HANDLE.finditer(flat):
            for name in handle_keys(match.group(1)):
                yield f"@{name}", match.start(), match.end()


def lay_out(text: str) -> LaidOut:
    """Brings `text` into its comparable form."""
    if text.isascii():
        return LaidOut(text.lower(), range(len(text)), range(1, len(text) + 1))
    plain = text.translate(_ALIKE)
    folded = plain.casefold()
    if len(folded) == len(plain) and unicodedata.is_normalized("NFKC", folded):
        return LaidOut(folded.translate(_ALIKE), range(len(text)), range(1, len(text) + 1))
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
    return LaidOut("".join(pieces), starts, ends)


def _key(word: str) -> str:
    return word if word.isascii() else _DROPPED.sub("", word)


def found_by(word: str) -> tuple[str, ...]:
    """The key of a word and what else it is found by: without a possessive 's, without an elided article."""
    key = _key(word)
    head, apostrophe, tail = key.rpartition("'")
    if not apostrophe:
        return (key,)
    if tail == "s":
        return (key, head)
    return (key, tail) if head in _ELISIONS else (key,)


def url_host(url: str) -> str:
    """The host of an address as it is compared, or "" where there is none to be read."""
    try:
        return host_key(urlsplit(url).hostname or "")
    except ValueError:
        return ""
