"""People and teams named in notes: pure.

A note keeps `@[Malik](u12)` where somebody wrote "@Malik" (`t3` is a team), so that a new name shows in old notes too.
The name in brackets is what stands there once nobody knows the number any more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Nameable", "Part", "named", "parts", "plain", "tie"]

_TOKEN = re.compile(r"@\[([^\[\]()]{1,130})\]\(([ut][0-9]{1,18})\)")
_BRACKETS = str.maketrans("", "", "[]()")


@dataclass(frozen=True)
class Nameable:
    """Whom one can name. `key` is "u" and a person's id, or "t" and a team's."""

    key: str
    name: str


@dataclass(frozen=True)
class Part:
    """A piece of a note. `key` says whom it names, "" where it is only words."""

    text: str
    key: str = ""


def tie(text: str, nameable: Sequence[Nameable], chosen: Collection[str] = ()) -> str:
    """The text as it is kept: every "@name" of somebody in `nameable` tied to their number.

    The longest name wins, large and small letters are alike, and a first name will do where only one person has it.
    Of several people with one name those in `chosen` (keys) are meant, else the first. Numbers that come written out
    in the text are taken off: only who may be named is.
    """
    text = _TOKEN.sub(lambda found: f"@{found[1]}", text)
    known = _by_spelling(nameable, chosen)
    if not known:
        return text
    spellings = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w@])@({spellings})(?!\w)", re.IGNORECASE)

    def tied(found: re.Match[str]) -> str:
        who = known[found[1].casefold()]
        return f"@[{_label(who.name)}]({who.key})"

    return pattern.sub(tied, text)


def _label(name: str) -> str:
    return name.translate(_BRACKETS)[:120] or "?"


def _by_spelling(nameable: Sequence[Nameable], chosen: Collection[str]) -> dict[str, Nameable]:
    known: dict[str, Nameable] = {}
    for who in sorted(nameable, key=lambda one: one.key not in chosen):
        known.setdefault(who.name.casefold(), who)
    firsts: dict[str, list[Nameable]] = {}
    for who in nameable:
        first, _space, rest = who.name.partition(" ")
        if rest and who.key.startswith("u"):
            firsts.setdefault(first.casefold(), []).append(who)
    for first, people in firsts.items():
        if len(people) == 1:
            known.setdefault(first, people[0])
    # Casefolding may lengthen a word ("ß"), which the pattern would then not find in the text.
    return {name: who for name, who in known.items() if name and name == name.lower()}


def named(texts: Iterable[str]) -> set[str]:
    """The keys of all who are named in these kept texts."""
    return {found[2] for text in texts for found in _TOKEN.finditer(text)}


def parts(text: str, names: Mapping[str, str]) -> list[Part]:
    """A kept text in pieces, with the names that people and teams have today (`names`: key -> name)."""
    found, end = [], 0
    for token in _TOKEN.finditer(text):
        if token.start() > end:
            found.append(Part(text[end : token.start()]))
        found.append(Part(f"@{names.get(token[2], token[1])}", token[2]))
        end = token.end()
    if end < len(text):
        found.append(Part(text[end:]))
    return found


def plain(text: str, names: Mapping[str, str] | None = None) -> str:
    """A kept text as one reads it."""
    return "".join(part.text for part in parts(text, names or {}))
