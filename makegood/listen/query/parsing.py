"""Reads the text of a query, or says what is wrong with it and where.

The grammar is grammar.lark. Before it is applied the pieces are looked at in turn, because a parser knows
only that something is wrong, and a person wants to know what to do.
"""

from __future__ import annotations

import functools
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING

from makegood.listen.query.errors import QueryError
from makegood.listen.query.fields import POSITIONAL
from makegood.listen.query.terms import MAX_DISTANCE, read_number, read_term
from makegood.listen.query.tree import (
    And,
    Fact,
    Hint,
    Leaf,
    Mark,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Query,
    Tagged,
    Words,
    is_narrow,
    leaves,
)

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

__all__ = ["parse"]

MAX_LENGTH = 2000
MAX_DEPTH = 20
STRAIGHT = str.maketrans(dict.fromkeys("“”„‟«»＂", '"') | {"｛": "{", "｝": "}", "～": "~"})
_PAIRED = re.compile(r'["{}]')
OPENS = ("_OPEN", "_NOT", "_MINUS")
JOINS = ("_AND", "_OR", "NEAR")


def parse(text: str) -> Query:
    """Reads a query.

    Raises QueryError, and nothing else, for any text that is not one: with a sentence, and where the trouble
    is.
    """
    straight = text.translate(STRAIGHT)
    try:
        return _parse(text, straight)
    except QueryError as error:
        end = error.position + error.length
        after = straight[end : end + 1]
        if error.suggestion and straight[:end].endswith('"') and after.strip() and error.suggestion[-1] != '"':
            # A quotation mark parted it from what follows.
            raise QueryError(error.message, error.position, error.length, f"{error.suggestion} ") from None
        raise


def _parse(text: str, straight: str) -> Query:
    if len(text) > MAX_LENGTH:
        sentence = f"A query has {MAX_LENGTH:,} characters at most; this one has {len(text):,}. Make two of it."
        raise QueryError(sentence, MAX_LENGTH, len(text) - MAX_LENGTH)
    _check_pairs(straight)
    pieces = list(_parser().lex(straight))
    if not pieces:
        raise QueryError("The query is empty. Write a word to look for, such as the name of the shop.", 0, 0)
    _check_parentheses(pieces)
    _check_neighbours(pieces)
    terms = {_at(piece): read_term(piece.type, str(piece), _at(piece)) for piece in pieces if _is_term(piece)}
    distances = {_at(piece): _distance(piece) for piece in pieces if piece.type == "NEAR"}
    _check_near(pieces, terms)
    node = _build(_tree(straight), terms, distances)
    _check_anchored(node)
    return Query(text, node, _mixes(pieces), _hints(pieces, terms))


@functools.cache
def _parser() -> Lark:
    # Imported late: a process that never reads a query does without the parser.
    from lark import Lark

    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic")


def _tree(text: str) -> Tree[Token]:
    from lark import UnexpectedInput

    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        # The checks have sentences for all that is known to go wrong; this one is for what they overlooked.
        position = max(0, min(error.pos_in_stream or 0, len(text) - 1))
        raise QueryError("The query cannot be read from here on.", position, 1) from error


def _build(tree: Tree[Token], terms: dict[int, Leaf], distances: dict[int, int]) -> Node:
    from lark import Token, Tree

    if tree.data == "leaf":
        token = tree.children[0]
        assert isinstance(token, Token)
        return terms[_at(token)]
    parts = tuple(_build(child, terms, distances) for child in tree.children if isinstance(child, Tree))
    if tree.data == "not_":
        return parts[0].part if isinstance(parts[0], Not) else Not(parts[0])
    if tree.data == "near":
        token = tree.children[1]
        assert isinstance(token, Token)
        return Near(parts[0], parts[1], distances[_at(token)], ordered=token.startswith("O"))
    return And(_flat(parts, And)) if tree.data == "and_" else Or(_flat(parts, Or))


def _flat(parts: tuple[Node, ...], kind: type[And] | type[Or]) -> tuple[Node, ...]:
    """Parts of the same kind inside parentheses are drawn together: a AND (b AND c) is a AND b AND c."""
    return tuple(inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,)))


def _at(piece: Token) -> int:
    assert piece.start_pos is not None
    return piece.start_pos


def _is_term(piece: Token) -> bool:
    return piece.type in ("PHRASE", "RAW", "FIELD", "WORD")


def _check_pairs(text: str) -> None:
    """Quotes and braces come in pairs, and neither stands inside the other."""
    at = 0
    while (match := _PAIRED.search(text, at)) is not None:
        sign, at = match.group(), match.end()
        close = text.find('"' if sign == '"' else "}", at)
        if sign == "}":
            raise QueryError("This brace closes nothing. Remove it.", match.start(), 1)
        if close < 0 and sign == '"':
            sentence = "This quote is never closed. Put another quote mark after the last word of the phrase."
            raise QueryError(sentence, match.start(), 1)
        if close < 0:
            sentence = "This brace is never closed. Put a } after the last word that must be spelled so."
            raise QueryError(sentence, match.start(), 1)
        if sign == "{" and (inner := _PAIRED.search(text, at, close)) is not None:
            sentence = "Between braces stand only words: they are taken exactly as they are."
            raise QueryError(sentence, inner.start(), 1)
        at = close + 1


def _check_parentheses(pieces: list[Token]) -> None:
    opened: list[Token] = []
    for piece in pieces:
        if piece.type == "_OPEN":
            opened.append(piece)
            if len(opened) > MAX_DEPTH:
                sentence = f"Parentheses can stand {MAX_DEPTH} deep inside each other at most."
                raise QueryError(sentence, _at(piece), 1)
        elif piece.type == "_CLOSE":
            if not opened:
                raise QueryError("This parenthesis closes nothing. Remove it.", _at(piece), 1)
            opened.pop()
    if opened:
        sentence = "This parenthesis is never closed. Put a ) where its group ends."
        raise QueryError(sentence, _at(opened[-1]), 1)


def _check_neighbours(pieces: list[Token]) -> None:
    """Every operator needs something on each side that it works on."""
    for before, piece in zip([None, *pieces], [*pieces, None], strict=True):
        kind = piece.type if piece is not None else "end"
        if kind not in (*JOINS, "_CLOSE", "end"):
            if before is not None and before.type in ("_NOT", "_MINUS") and kind in ("_NOT", "_MINUS"):
                raise _error("Two NOTs in a row cancel each other. Remove both.", before)
            continue
        if piece is not None and kind in JOINS and (before is None or before.type in OPENS):
            name = _name(piece)
            raise _error(f'{name} needs something before it. For the word itself write "{name}".', piece)
        if before is not None and before.type in (*JOINS, "_NOT", "_MINUS"):
            name = _name(before)
            hint = "" if before.type == "_MINUS" else f' For the word itself write "{name}".'
            raise _error(f"{name} needs something after it.{hint}", before)
        if before is not None and before.type == "_OPEN":
            raise _error("There is nothing between these parentheses. Remove them.", before, 1)


def _name(piece: Token) -> str:
    return "A minus sign" if piece.type == "_MINUS" else str(piece).partition("/")[0]


def _error(sentence: str, piece: Token, length: int = 0, suggestion: str = "") -> QueryError:
    return QueryError(sentence, _at(piece), length or len(piece), suggestion)


def _distance(piece: Token) -> int:
    name, _, written = str(piece).partition("/")
    number = read_number(written)
    if number is None:
        # Brandwatch's way to write that the order counts.
        forward = written[:-1] if written[-1:] in ("f", "F") and read_number(written[:-1]) is not None else ""
        if forward:
            raise _error("Where the order counts, write ONEAR.", piece, suggestion=f"ONEAR/{forward}")
        sentence = f"{name} needs the number of words that may stand between, such as {name}/5."
        raise _error(sentence, piece, suggestion=f"{name}/5")
    if number > MAX_DISTANCE:
        sentence = f"{name} reaches over {MAX_DISTANCE} words at most. Without a limit, use AND."
        raise _error(sentence, piece, suggestion=f"{name}/{MAX_DISTANCE}")
    return number


def _check_near(pieces: list[Token], terms: dict[int, Leaf]) -> None:
    """NEAR joins two things whose place in the text is known."""
    groups = _groups(pieces)
    for index, piece in enumerate(pieces):
        if piece.type != "NEAR":
            continue
        left = groups.get(index - 1, range(index - 1, index))
        right = groups.get(index + 1, range(index + 1, index + 2))
        if left.start > 0 and pieces[left.start - 1].type == "_MINUS":
            sentence = "NEAR cannot join a word that is left out. Use NOT (one NEAR/5 other) or remove the minus."
            raise _error(sentence, pieces[left.start - 1])
        if left.start > 0 and pieces[left.start - 1].type == "NEAR":
            raise _error("NEAR joins two things. For three, write (a NEAR/5 b) AND (b NEAR/5 c).", piece)
        for inner in (pieces[place] for side in (left, right) for place in side):
            if _is_fact(inner):
                sentence = f"{inner} is about the whole post and stands near nothing. Join it with AND."
                raise _error(sentence, inner)
            term = terms.get(_at(inner))
            if isinstance(term, Words) and term.slack is not None:
                sentence = f"{inner} says by itself how near its words stand. Join it with AND."
                raise _error(sentence, inner)
            if inner.type in ("_AND", "_NOT", "_MINUS", "NEAR"):
                sentence = "NEAR stands between words, phrases or (one OR other)."
                raise _error(sentence, inner)
        for side in (left, right):
            _check_listed_with_or([pieces[place] for place in side])


def _is_fact(piece: Token) -> bool:
    return piece.type == "FIELD" and piece.lower().partition(":")[0] not in POSITIONAL


def _check_listed_with_or(side: list[Token]) -> None:
    for before, piece in itertools.pairwise(side):
        ends = _is_term(before) or before.type == "_CLOSE"
        if ends and (_is_term(piece) or piece.type in ("_OPEN", "_MINUS", "_NOT")):
            sentence = "Beside NEAR, list words with OR between them, or put a phrase in quotes."
            raise _error(sentence, piece)


def _groups(pieces: list[Token]) -> dict[int, range]:
    """For the index of each parenthesis, the indices of its whole group."""
    opened: list[int] = []
    groups: dict[int, range] = {}
    for index, piece in enumerate(pieces):
        if piece.type == "_OPEN":
            opened.append(index)
        elif piece.type == "_CLOSE":
            first = opened.pop()
            groups[first] = groups[index] = range(first, index + 1)
    return groups


def _mixes(pieces: list[Token]) -> bool:
    """Whether AND (written or not) and OR meet inside the same parentheses."""
    seen: list[set[str]] = [set()]
    for before, piece in zip([None, *pieces], pieces, strict=False):
        starts = _is_term(piece) or piece.type in OPENS
        if before is not None and starts and (_is_term(before) or before.type == "_CLOSE"):
            seen[-1].add("_AND")
        if piece.type in ("_AND", "_OR"):
            seen[-1].add(piece.type)
        elif piece.type == "_OPEN":
            seen.append(set())
        elif piece.type == "_CLOSE" and len(seen.pop()) == 2:
            return True
    return len(seen[0]) == 2


def _hints(pieces: list[Token], terms: dict[int, Leaf]) -> tuple[Hint, ...]:
    found = []
    for piece in pieces:
        word = str(piece)
        operator = word.upper()
        if piece.type == "WORD" and word != operator and operator in ("AND", "OR", "NOT"):
            sentence = f"{word} is taken as a word to look for. Write {operator} in capitals to join."
            found.append(Hint(sentence, _at(piece), len(word), operator))
        elif piece.type == "WORD" and word != operator and operator.startswith(("NEAR/", "ONEAR/")):
            sentence = f"{word} is taken as words to look for. Write {operator} in capitals to join."
            found.append(Hint(sentence, _at(piece), len(word), operator))
        elif piece.type == "PHRASE" and "*" in word:
            sentence = "Inside quotes a star stands for nothing: the words are taken as they are."
            found.append(Hint(sentence, _at(piece) + word.index("*"), 1))
        elif "*" in word and isinstance(term := terms.get(_at(piece)), Words) and term.raw:
            sentence = "Where the spelling counts a star stands for itself."
            found.append(Hint(sentence, _at(piece) + word.index("*"), 1))
        elif word.endswith("?") and isinstance(terms.get(_at(piece)), Pattern):
            plain = word.rstrip("?")
            sentence = f"{word} finds longer words only: each ? stands for a letter. Without it, {plain} is found."
            found.append(Hint(sentence, _at(piece), len(word), plain if "?" not in plain else ""))
    return tuple(found)


def _check_anchored(node: Node) -> None:
    """Refuses a query that no particular word leads to: it would have to be tried on every post there is."""
    if (loose := _loose(node, False)) is None:
        return
    leaf, negated = loose
    terms = list(leaves(node))
    if all(negative for _, negative in terms):
        sentence = "This only says what to leave out. Add a word that must be there, such as the name of the shop."
    else:
        alone = not any(is_narrow(term) and not negative for term, negative in terms)
        if alone:
            leaf, negated = next((term, negative) for term, negative in terms if not negative)
        if isinstance(leaf, Pattern) and not negated:
            sentence = (
                f"Before the ? of {leaf.text} stand too few letters to look for it alone. Write the words out with "
                "OR between them, or add a word that must be there."
            )
        elif alone:
            sentence = f"{leaf.text} alone fits nearly everything. Add a word that must be there."
        elif negated:
            sentence = f"One side of OR only leaves out {leaf.text} and fits nearly everything. Put AND between them."
        else:
            sentence = f"One side of OR is only {leaf.text}, which fits nearly everything. Add a word to it with AND."
    raise QueryError(sentence, leaf.start, len(leaf.text))


def _loose(node: Node, negated: bool) -> tuple[Leaf, bool] | None:
    """A leaf (and whether it is left out) that keeps the query from needing any particular word, or None."""
    match node:
        case Not():
            return _loose(node.part, not negated)
        case And() | Or() | Near():
            parts = (node.left, node.right) if isinstance(node, Near) else node.parts
            loose = [_loose(part, negated) for part in parts]
            # Under NOT, an OR asks for all of its parts and an AND for any.
            every = isinstance(node, Or) == negated
            return None if every and None in loose else next((one for one in loose if one is not None), None)
        case Words() | Pattern() | Mark() | Tagged() | Fact():
            return None if is_narrow(node) and not negated else (node, negated)
