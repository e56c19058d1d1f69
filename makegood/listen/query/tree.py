"""What a query is made of, once it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = [
    "And",
    "Fact",
    "Hint",
    "Leaf",
    "Mark",
    "Near",
    "Node",
    "Not",
    "Or",
    "Pattern",
    "Query",
    "Tagged",
    "Words",
    "is_narrow",
    "leaves",
]


_FIELD = re.compile(r"(?:title|raw|tag):", re.IGNORECASE)


@dataclass(frozen=True)
class Words:
    """A word, a phrase (several keys in a row) or a prefix (one key, `prefix` set); `title` looks in the
    title only.

    With `raw` it must also be spelled exactly so, capitals and signs included. With `slack` the keys stand in
    any order with at most so many other words among them.
    """

    keys: tuple[str, ...]
    text: str = field(compare=False)
    start: int = field(compare=False)
    prefix: bool = False
    title: bool = False
    raw: str = ""
    slack: int | None = None


@dataclass(frozen=True)
class Pattern:
    """A word in which each ? of `shape` stands for one letter; with `open` any ending may follow.

    `head` is its beginning up to the first ?, where that has the letters that a prefix needs, else "": then
    no word leads to it.
    """

    shape: str
    head: str
    text: str = field(compare=False)
    start: int = field(compare=False)
    open: bool = False
    title: bool = False


@dataclass(frozen=True)
class Mark:
    """A #tag or @handle, by its key."""

    key: str
    text: str = field(compare=False)
    start: int = field(compare=False)


@dataclass(frozen=True)
class Tagged:
    """A hashtag among whose own words these keys stand in a row: `tag:acme` fits #AcmeFail."""

    keys: tuple[str, ...]
    text: str = field(compare=False)
    start: int = field(compare=False)


@dataclass(frozen=True)
class Fact:
    """Something true of the whole: `author:`, `site:`, `url:`, `lang:`, `has:` and their like, by its key
    (the field and its value).
    """

    key: str
    text: str = field(compare=False)
    start: int = field(compare=False)

    @property
    def anchor(self) -> str:
        """The fact that few posts have and every fitting one does (`author:...`, `site:...`), or ""."""
        name, _, value = self.key.partition(":")
        if name == "url":
            return f"site:{value.partition('/')[0]}"
        return self.key if name in ("author", "site") else ""


@dataclass(frozen=True)
class Near:
    """Both, with at most `distance` words between them: in either order, or with `ordered` left before right."""

    left: Node
    right: Node
    distance: int
    ordered: bool = False


@dataclass(frozen=True)
class Not:
    """What must not hold."""

    part: Node


@dataclass(frozen=True)
class And:
    """All of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """Any of them."""

    parts: tuple[Node, ...]


Leaf = Words | Pattern | Mark | Tagged | Fact
Node = Leaf | Near | Not | And | Or


@dataclass(frozen=True)
class Hint:
    """What is allowed but may not be meant: a sentence, where, and what could stand there instead."""

    message: str
    position: int
    length: int
    suggestion: str = ""


@dataclass(frozen=True)
class Query:
    """A query that was read. `mixes_and_or` is set where AND and OR meet without parentheses: then show
    `reading()`.
    """

    text: str
    ast: Node
    mixes_and_or: bool = False
    hints: tuple[Hint, ...] = ()

    def reading(self) -> str:
        """The query as it is understood, with every operator and parenthesis written out. It parses to the
        same.
        """
        return _read(self.ast, outermost=True)

    def words(self) -> list[str]:
        """The terms that a match can contain, as the user wrote them but without quotes, each once."""
        found = (leaf for leaf, negated in leaves(self.ast) if not negated and not isinstance(leaf, Fact))
        return list(dict.fromkeys(_shown(leaf) for leaf in found))


def leaves(node: Node, negated: bool = False) -> Iterator[tuple[Leaf, bool]]:
    """Every leaf from left to right, and whether it stands under an odd number of NOTs."""
    match node:
        case Words() | Pattern() | Mark() | Tagged() | Fact():
            yield node, negated
        case Near():
            yield from leaves(node.left, negated)
            yield from leaves(node.right, negated)
        case Not():
            yield from leaves(node.part, not negated)
        case And() | Or():
            for part in node.parts:
                yield from leaves(part, negated)


def is_narrow(leaf: Leaf) -> bool:
    """Whether few posts have it and something leads to them, so that a query may stand on it alone."""
    match leaf:
        case Fact():
            return bool(leaf.anchor)
        case Pattern():
            return bool(leaf.head)
        case _:
            return True


def _shown(leaf: Leaf) -> str:
    """What was written, without its field, quotes, braces and distance."""
    text = leaf.text
    if isinstance(leaf, Words | Pattern | Tagged) and (named := _FIELD.match(text)):
        text = text[named.end() :]
    if isinstance(leaf, Words) and leaf.slack is not None:
        text = text[: text.rindex("~")]
    return text.strip('"{}｛｝')


def _read(node: Node, outermost: bool = False) -> str:
    match node:
        case Words() | Pattern() | Mark() | Tagged() | Fact():
            return node.text
        case Not():
            return f"NOT {_read(node.part)}"
        case Near():
            name = "ONEAR" if node.ordered else "NEAR"
            reading = f"{_read(node.left)} {name}/{node.distance} {_read(node.right)}"
        case And():
            reading = " AND ".join(map(_read, node.parts))
        case Or():
            reading = " OR ".join(map(_read, node.parts))
    return reading if outermost else f"({reading})"
