"""What a query is made of, once it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["And", "Fact", "Hint", "Leaf", "Mark", "Near", "Node", "Not", "Or", "Query", "Words", "leaves"]


@dataclass(frozen=True)
class Words:
    """A word, a phrase (several keys in a row) or a prefix (one key, `prefix` set); `title` looks in the
    title only.
    """

    keys: tuple[str, ...]
    text: str = field(compare=False)
    start: int = field(compare=False)
    prefix: bool = False
    title: bool = False


@dataclass(frozen=True)
class Mark:
    """A #tag or @handle, by its key."""

    key: str
    text: str = field(compare=False)
    start: int = field(compare=False)


@dataclass(frozen=True)
class Fact:
    """Something true of the whole: `author:`, `site:`, `lang:`, `network:`, `has:`, by its key."""

    key: str
    text: str = field(compare=False)
    start: int = field(compare=False)

    @property
    def narrow(self) -> bool:
        """Whether few posts have it, so that a query may stand on it alone."""
        return self.key.startswith(("author:", "site:"))


@dataclass(frozen=True)
class Near:
    """Both, with at most `distance` words between them, in either order."""

    left: Node
    right: Node
    distance: int


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


Leaf = Words | Mark | Fact
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
        case Words() | Mark() | Fact():
            yield node, negated
        case Near():
            yield from leaves(node.left, negated)
            yield from leaves(node.right, negated)
        case Not():
            yield from leaves(node.part, not negated)
        case And() | Or():
            for part in node.parts:
                yield from leaves(part, negated)


def _shown(leaf: Leaf) -> str:
    text = leaf.text.partition(":")[2] if isinstance(leaf, Words) and leaf.title else leaf.text
    return text.strip('"')


def _read(node: Node, outermost: bool = False) -> str:
    match node:
        case Words() | Mark() | Fact():
            return node.text
        case Not():
            return f"NOT {_read(node.part)}"
        case Near():
            reading = f"{_read(node.left)} NEAR/{node.distance} {_read(node.right)}"
        case And():
            reading = " AND ".join(map(_read, node.parts))
        case Or():
            reading = " OR ".join(map(_read, node.parts))
    return reading if outermost else f"({reading})"
