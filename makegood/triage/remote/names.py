"""Finds people's names in a text: those that are known, and those that stand where names stand.

Rather one word too many than a name that leaves: a model needs no names, and a word more or less changes little.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["Known", "find_names", "known"]

Span = tuple[int, int]
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TOKEN = re.compile(r"\w+")
LONGEST_NAME = 6
"""Words of one name that are looked at."""


def _words_of(name: str) -> list[list[str]]:
    """The words of a file beside this one, its lines apart."""
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return [line.split() for line in lines if not line.startswith("#")]


_COMMON: Final = frozenset(word for line in _words_of("common_words.txt") for word in line)


class Known(NamedTuple):
    """Names as `find_names` wants them: by their first word, each the words of a name and whether it counts only with
    a capital.
    """

    by_first: dict[str, list[tuple[tuple[str, ...], bool]]]
    keep: frozenset[str]


def known(names: Iterable[str], keep: Iterable[str] = ()) -> Known:
    """Names of people, handles among them with an @ before them, and words that are kept whatever they look like: the
    shop's own names.

    Of a name of several words each that has four letters counts by itself too, where it is written with a capital. Of
    a handle the part before the server counts, and its first word.
    """
    kept = frozenset(word for each in keep for word in _tokens(each))
    by_first: dict[str, set[tuple[tuple[str, ...], bool]]] = {}
    for name in names:
        handle = name.startswith("@")
        words = _tokens(name.lstrip("@").split("@")[0] if handle else name)[:LONGEST_NAME]
        if not words or set(words) <= kept or len("".join(words)) < 2:
            continue
        parts = words[:1] if handle else words
        alone = {(word,) for word in parts if len(word) >= 4 and word not in _COMMON and word not in kept}
        short = len(words) == 1 and len(words[0]) < 3
        by_first.setdefault(words[0], set()).add((words, short))
        for part in alone - {words}:
            by_first.setdefault(part[0], set()).add((part, True))
    longest_first = {first: sorted(each, key=lambda one: -len(one[0])) for first, each in by_first.items()}
    return Known(longest_first, kept)


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(match.group() for match in _TOKEN.finditer(text.casefold()))


def find_names(text: str, people: Known) -> list[Span]:
    """Where names stand in `text`; the spans may overlap. Linear in the text."""
    spans = [*_known_in(text, people)]
    words = list(_WORD.finditer(text))
    for finder in (_given, _cued, _pairs):
        spans.extend(span for span in finder(text, words) if not _kept(text[slice(*span)], people.keep))
    return spans


def _kept(said: str, keep: Collection[str]) -> bool:
    return bool(keep) and any(word in keep for word in _tokens(said))


def _known_in(text: str, people: Known) -> Iterator[Span]:
    # casefold may change how long a text is, so each word is folded by itself.
    found = [(match.group().casefold(), match.span()) for match in _TOKEN.finditer(text)]
    at = 0
    while at < len(found):
        step = 1
        capital = text[found[at][1][0]].isupper()
        for name, wants_capital in people.by_first.get(found[at][0], ()):
            same = tuple(word for word, _ in found[at : at + len(name)]) == name
            if same and (capital or not wants_capital):
                yield found[at][1][0], found[at + len(name) - 1][1][1]
                step = len(name)
                break
        at += step


@cache
def _given_names() -> tuple[frozenset[str], frozenset[str]]:
    """Those that are names and nothing else, and those that are words as well."""
    lines = _words_of("given_names.txt")
    cut = lines.index(["often", "words"])
    sure, words = (frozenset(word for line in part for word in line) for part in (lines[:cut], lines[cut + 1 :]))
    return sure - words, words


_PLAIN: Final = str.maketrans(
    "áàâäãåçéèêëíìîïñóòôöõøúùûüýÿšžčćłńśźżąęğı", "aaaaaaceeeeiiiinoooooouuuuyyszccln" + "szzaegi"
)


def _given(text: str, words: list[re.Match[str]]) -> Iterator[Span]:
    """Given names, and what follows them with a capital: a surname, an initial."""
    sure, often_words = _given_names()
    for at, word in enumerate(words):
        said = word.group()
        name = said.split("-")[0].split("'")[0].split("’")[0].casefold().translate(_PLAIN)
        after = _surname(text, words, at)
        if (name in sure and not said.islower()) or (name in often_words and said[0].isupper() and after > at):
            yield word.start(), words[after].end()


def _surname(text: str, words: list[re.Match[str]], at: int) -> int:
    """The place of the last word of the name that begins at `at`."""
    end = at
    while end + 1 < len(words) and end - at < 3:
        gap = text[words[end].end() : words[end + 1].start()]
        next_word = words[end + 1].group()
        particle = next_word in _PARTICLES and end + 2 < len(words) and words[end + 2].group()[0].isupper()
        if gap not in (" ", ". ") or (gap == ". " and words[end].end() - words[end].start() > 1):
            break
        if not particle and (not next_word[0].isupper() or next_word.casefold() in _COMMON):
            break
        end += 1
    return end


_PARTICLES: Final = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "ter",
        "zu",
        "al",
        "el",
        "bin",
        "ben",
    ]
)
_LEADS: Final = re.compile(
    r"\b(?:my name is|my name'?s|i am called|name:|this is|ich hei(?:ß|ss)e|mein name ist|je m['’]appelle|mon nom est"
    r"|me llamo|mi nombre es|soy|mi chiamo|il mio nome [eè]|ik heet|mijn naam is|meu nome [eé]|nazywam si[eę]"
    r"|jag heter|jeg heter"
    r"|spoke (?:to|with)|talked (?:to|with)|called|named|employee|manager|colleague|agent|driver"
    r"|regards|sincerely|cheers|thanks|thank you|yours|best|greetings|gr(?:ü|ue)(?:ß|ss)en?|lg|mfg|cordialement|saludos"
    r"|saluti|groeten|abra[cç]os?|(?:mr|mrs|ms|miss|mx|dr|prof|sir|madam|herrn?|frau|fr|mme|mlle|monsieur|madame|sr|sra|se[ñn]ora?"
    r"|sig|signora|dhr|mevr|pan|pani)\b\.?)[ \t]*[,:!–—-]?[ \t]*\n?[ \t]*$",
    re.IGNORECASE,
)
_SIGNED: Final = re.compile(r"(?:^|\n|[.!?] ?)[ \t]*(?:[-–—~/*]+|x+)[ \t]*$")


def _cued(text: str, words: list[re.Match[str]]) -> Iterator[Span]:
    """Names that follow a title, "my name is", a farewell, or a dash at the end."""
    for at, word in enumerate(words):
        said = word.group()
        if not said[0].isupper() or said.casefold() in _COMMON:
            continue
        before = text[max(0, word.start() - 32) : word.start()]
        last = len(text) - word.end() < 40
        if _LEADS.search(before) or (last and _SIGNED.search(before)):
            yield word.start(), words[_surname(text, words, at)].end()


_GERMAN: Final = re.compile(r"\b(?:der|die|das|und|ist|nicht|ich|mit|ein|eine|wir|von)\b", re.IGNORECASE)


def _pairs(text: str, words: list[re.Match[str]]) -> Iterator[Span]:
    """Two or three capitalised words in the middle of a sentence, in languages that capitalise names only."""
    capitals = sum(word.group()[0].isupper() and len(word.group()) > 1 for word in words[1:])
    if 2 * capitals > len(words) or len(_GERMAN.findall(text[:600])) >= 3:
        return
    for at, word in enumerate(words[:-1]):
        before = text[: word.start()].rstrip(" \t")[-1:]
        starts = not before or not (before.isalnum() or before in ",(")
        if starts or not _looks_named(word.group()) or not _looks_named(words[at + 1].group()):
            continue
        end = _surname(text, words, at)
        if end > at:
            yield word.start(), words[end].end()


def _looks_named(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and word[1:].islower() and word.casefold() not in _COMMON
