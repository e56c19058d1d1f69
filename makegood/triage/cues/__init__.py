"""The words that give an utterance away, one TOML file a language, and how they are found in a text.

A file maps a signal ("complaint", "praise", "topic.delivery", ...) to weights and the terms that carry
them. A term is one or more words in lower case without accents; `don't` is written `dont`, French `c'est`
as `c est`. In a term `word*` stands for every word that begins so, `_` for any one word, and `<name>` for
any word of `[class]`. Weight 1 alone is enough to believe the signal; 0.5 needs company.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from makegood.triage.tokens import Token

__all__ = ["LANGUAGES", "Book", "Hit", "book"]

LANGUAGES = ("en", "de", "fr", "es")

MAX_WORDS = 8


class Hit(NamedTuple):
    """A term found: its signal, weight, and the first and past-the-last token."""

    signal: str
    weight: float
    first: int
    last: int


@dataclass(slots=True)
class _Node:
    kids: dict[str, _Node] = field(default_factory=dict)
    cues: list[tuple[str, float]] = field(default_factory=list)


class Book:
    """The cues of one language, compiled: one walk through the words of a text finds every term."""

    def __init__(self, signals: dict[str, dict[str, list[str]]], classes: dict[str, list[str]]) -> None:
        self._root = _Node()
        self._classes: dict[str, list[str]] = {}
        self._prefixes: dict[str, list[str]] = {}
        self._lengths: tuple[int, ...] = ()
        self._forms: dict[str, tuple[str, ...]] = {}
        self.words = {name: frozenset(words) for name, words in classes.items()}
        for name, words in classes.items():
            for word in words:
                self._enter_word(word, f"<{name}>")
        for signal, weights in signals.items():
            for weight, terms in weights.items():
                for term in terms:
                    self._enter_term(term, signal, float(weight))
        self._lengths = tuple(sorted({len(prefix) for prefix in self._prefixes}))

    def _enter_word(self, word: str, form: str) -> None:
        target = self._prefixes if word.endswith("*") else self._classes
        forms = target.setdefault(word.rstrip("*"), [])
        if form not in forms:
            forms.append(form)

    def _enter_term(self, term: str, signal: str, weight: float) -> None:
        node = self._root
        for word in term.split():
            if word.endswith("*"):
                self._enter_word(word, word)
            node = node.kids.setdefault(word, _Node())
        node.cues.append((signal, weight))

    def forms(self, word: str) -> tuple[str, ...]:
        """Everything a term may call this word: itself, its beginnings that occur in terms, its classes,
        and `_`.
        """
        known = self._forms.get(word)
        if known is not None:
            return known
        forms = [word, *self._classes.get(word, ())]
        for length in self._lengths:
            if length > len(word):
                break
            forms.extend(self._prefixes.get(word[:length], ()))
        if word.isdigit():
            forms.append("<n>")
        forms.append("_")
        # Texts bring ever new words; the memory for them must not grow for ever.
        if len(self._forms) > 100_000:
            self._forms.clear()
        self._forms[word] = result = tuple(dict.fromkeys(forms))
        return result

    def is_a(self, word: str, name: str) -> bool:
        """Whether the word belongs to `[class]` `name`."""
        return f"<{name}>" in self.forms(word)

    def find(self, tokens: list[Token]) -> list[Hit]:
        """Every term in these words, overlapping ones too, by first word."""
        hits: list[Hit] = []
        forms = [self.forms(token.word) for token in tokens]
        count = len(tokens)
        root = self._root.kids
        for first in range(count):
            nodes = [root[form] for form in forms[first] if form in root]
            at = first + 1
            while nodes:
                for node in nodes:
                    if node.cues:
                        hits.extend(Hit(signal, weight, first, at) for signal, weight in node.cues)
                if at >= count or at - first >= MAX_WORDS:
                    break
                nodes = [node.kids[form] for node in nodes if node.kids for form in forms[at] if form in node.kids]
                at += 1
        return hits


def _flatten(tables: dict[str, object]) -> dict[str, dict[str, list[str]]]:
    signals: dict[str, dict[str, list[str]]] = {}
    for name, value in tables.items():
        if not isinstance(value, dict):
            continue
        if name == "topic":
            signals.update({f"topic.{topic}": weights for topic, weights in value.items()})
        elif name != "class":
            signals[name] = value
    return signals


@lru_cache(maxsize=len(LANGUAGES))
def book(language: str) -> Book:
    """The compiled cues of one of `LANGUAGES`, with the emoji and signs that all share."""
    folder = resources.files(__package__)
    own = tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))
    shared = tomllib.loads((folder / "shared.toml").read_text("utf-8"))
    signals = _flatten(own)
    for signal, weights in _flatten(shared).items():
        merged = signals.setdefault(signal, {})
        for weight, terms in weights.items():
            merged[weight] = [*merged.get(weight, []), *terms]
    return Book(signals, own.get("class", {}))
