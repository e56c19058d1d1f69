"""What is taken out of a text before it leaves the machine."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import Final, NamedTuple

from makegood.kit.personal import find
from makegood.triage.remote.names import Known, find_names

__all__ = ["LONGEST", "Redacted", "redact"]

LONGEST: Final = 2_000
"""Characters that are sent of one text."""
_TAKEN = 4 * LONGEST
_ROUNDS = 4
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Me"})
_SEEN_AS: Final = {
    "mail": "[mail]",
    "iban": "[account]",
    "card": "[card]",
    "phone": "[phone]",
    "secret_link": "[link]",
    "link": "[link]",
    "ip": "[address]",
    "address": "[address]",
    "order": "[order]",
    "handle": "[handle]",
    "number": "[number]",
    "name": "[name]",
}
_PLACES: Final = frozenset(_SEEN_AS.values())


class Redacted(NamedTuple):
    """A text without personal data, and how often each kind of it was taken out."""

    text: str
    taken: dict[str, int]


def redact(text: str, people: Known) -> Redacted:
    """`text` with a word in brackets for everything that tells who somebody is; at most `LONGEST` characters.

    What is invisible goes, and what looks alike is made one (Unicode NFKC), so that nothing can hide in it. It is
    looked through until nothing more is found.
    """
    seen = _visible(unicodedata.normalize("NFKC", _visible(text[:_TAKEN])))[:_TAKEN]
    taken: Counter[str] = Counter()
    for _ in range(_ROUNDS):
        spans = _spans(seen, people)
        if not spans:
            break
        taken.update(kind for kind, _start, _end in spans)
        seen = _replaced(seen, spans)
    return Redacted(_cut(seen), dict(taken))


def _visible(text: str) -> str:
    kept = (" " if sign in "\r\x0b\x0c\x85\u2028\u2029" else sign for sign in text)
    return "".join(
        sign
        for sign in kept
        if sign in "\n\t" or (unicodedata.category(sign) not in _HIDDEN and not "\ufe00" <= sign <= "\ufe0f")
    )


def _spans(text: str, people: Known) -> list[tuple[str, int, int]]:
    """Kinds and places, in order, joined where they overlap; nothing of what stands for something taken out."""
    places = _places(text)
    named = [("name", start, end) for start, end in find_names(text, people)]
    found: list[tuple[str, int, int]] = []
    for kind, start, end in sorted([*find(text), *named], key=lambda span: span[1:]):
        if any(low < end and start < high for low, high in places):
            pieces = _outside(start, end, places)
        else:
            pieces = [(start, end)]
        for low, high in pieces:
            if not any(sign.isalnum() for sign in text[low:high]):
                continue
            if found and low < found[-1][2]:
                last = found[-1]
                found[-1] = (last[0], last[1], max(last[2], high))
            else:
                found.append((kind, low, high))
    return found


def _places(text: str) -> list[tuple[int, int]]:
    found = []
    for place in _PLACES:
        at = text.find(place)
        while at >= 0:
            found.append((at, at + len(place)))
            at = text.find(place, at + 1)
    return sorted(found)


def _outside(start: int, end: int, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    pieces = []
    for low, high in places:
        if high <= start or low >= end:
            continue
        pieces.append((start, low))
        start = max(start, high)
    pieces.append((start, end))
    return [(low, high) for low, high in pieces if low < high]


def _replaced(text: str, spans: list[tuple[str, int, int]]) -> str:
    parts, at = [], 0
    for kind, start, end in spans:
        parts += [text[at:start], _SEEN_AS[kind]]
        at = end
    return "".join([*parts, text[at:]])


def _cut(text: str) -> str:
    text = "\n".join(line for line in (" ".join(line.split()) for line in text.split("\n")) if line)
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
