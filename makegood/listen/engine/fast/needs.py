"""What a post must have to fit a query, in the hashes of the compiled pass."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from makegood.listen.engine.fast.book import (
    ADDRESS,
    CAMEL,
    ID,
    LEAST_BYTES,
    MOST_BYTES,
    PREFIX,
    WANTS_BEGINNINGS,
    WANTS_CAMEL,
    WANTS_IDS,
    WANTS_SINGLES,
    WANTS_SITES,
    WORD,
)
from makegood.listen.engine.fast.letters import DROPPED, KIND, LETTERS, LIMIT, VALUE, letters
from makegood.listen.query.tree import And, Fact, Leaf, Mark, Near, Node, Not, Or, Pattern, Tagged, Words

__all__ = ["Clause", "Cut", "Needs", "Term", "needs_of"]

MOST_CLAUSES = 12
"""Clauses that one query keeps: more of them would cost more than they sort out."""

_SIGNS = re.compile(r"[\x00-\x1f\x7f:#\\\"]")
_INSIDE = re.compile(r"['_]")


class Term(NamedTuple):
    """A hash, the share of posts that its length makes one expect, and what the pass has to look for to find it."""

    hash: int
    guess: float
    wants: int


Clause = tuple[Term, ...]
"""One of these must be there; none of none ever is."""
Needs = tuple[Clause, ...]
"""All of these must hold; of what has none, nothing is known."""
Cut = Callable[[str, np.uint64, int], list[int]]
"""The hashes of the words of a text, for a kind of word, with what the pass looks for besides; of a beginning, the pass
is told to look for such ones.
"""


def needs_of(node: Node, cut: Cut, negated: bool = False) -> Needs:
    """What has to be in a post for `node` to hold in it (`negated`: not to hold)."""
    match node:
        case Not():
            return needs_of(node.part, cut, not negated)
        case And() | Or() | Near():
            parts = (node.left, node.right) if isinstance(node, Near) else node.parts
            found = [needs_of(part, cut, negated) for part in parts]
            every = isinstance(node, Or) == negated
            return _best(itertools.chain.from_iterable(found)) if every else _either(found)
        case _:
            return () if negated else _leaf(node, cut)


def _either(found: Sequence[Needs]) -> Needs:
    """What must hold where one of several does: for each choice of one clause a part, one of their terms."""
    if not all(found):
        return ()
    product: list[Clause] = [()]
    for part in found:
        room = max(1, MOST_CLAUSES // len(product))
        product = [(*one, *other) for one in product for other in _best(part, room)]
    return _best(product)


def _best(clauses: Iterable[Clause], most: int = MOST_CLAUSES) -> Needs:
    """The rarest of these clauses, each once."""
    once = {frozenset(term.hash for term in clause): tuple(dict.fromkeys(clause)) for clause in clauses}
    return tuple(sorted(once.values(), key=lambda clause: sum(term.guess for term in clause))[:most])


def _leaf(leaf: Leaf, cut: Cut) -> Needs:
    match leaf:
        case Fact():
            name, _, value = leaf.anchor.partition(":")
            if name == "author":
                return _all(value, cut, ID, WANTS_IDS)
            return _all(value, cut, ADDRESS, WANTS_SITES) if name == "site" else ()
        case Mark():
            is_id = leaf.key.startswith("@") and ":" in leaf.key
            return _all(leaf.key[1:], cut, ID, WANTS_IDS) if is_id else _all(leaf.key[1:], cut)
        case Pattern():
            return _beginning(leaf.head, cut) if leaf.head else ()
        case Tagged():
            return _all(" ".join(leaf.keys), cut, CAMEL, WANTS_CAMEL)
        case Words():
            if leaf.prefix:
                return _beginning(leaf.keys[0], cut)
            if leaf.slack is not None:
                return _best(itertools.chain.from_iterable(_all(key, cut) for key in leaf.keys))
            return _all(" ".join(leaf.keys), cut)


def _all(text: str, cut: Cut, kind: np.uint64 = WORD, wants: int = 0) -> Needs:
    """Every word of `text`; its characters of a script without spaces in pairs, if it has two, or else alone."""
    if any(ord(character) >= LIMIT for character in text):
        # A frame with such a character goes to the core.
        return ((),)
    plain = _SIGNS.sub(" ", text)
    hashes = cut(plain, kind, 0)
    if not hashes:
        hashes = cut(plain, kind, WANTS_SINGLES)
        wants |= WANTS_SINGLES
    guess = 0.5 ** min(40.0, len(plain) / max(1, len(hashes)))
    return _best((Term(found, guess, wants),) for found in hashes)


def _beginning(head: str, cut: Cut) -> Needs:
    """A word that begins so."""
    *whole, last = _INSIDE.split(head)
    needs = _all(" ".join(whole), cut) if whole else ()
    table = letters()[0]
    entries = [(character, table[ord(character)]) for character in last if ord(character) < LIMIT]
    seen = [(character, entry) for character, entry in entries if entry & KIND != DROPPED]
    plain = all(entry & KIND == LETTERS and entry & VALUE == ord(character) for character, entry in seen)
    beginning = "".join(character for character, _ in seen).encode()[:MOST_BYTES].decode("utf-8", "ignore")
    if not plain or len(beginning.encode()) < LEAST_BYTES or len(entries) < len(last):
        return needs
    # A beginning stands for several words; three is a guess.
    guess = min(1.0, 3 * 0.5 ** len(beginning))
    found = cut(beginning, PREFIX, WANTS_BEGINNINGS)
    return (*needs, *((Term(each, guess, WANTS_BEGINNINGS),) for each in found))
