"""A second reading of docs/queries.md: slow and plain, with nothing of the engine but the parsed tree.

It cuts text with Python's own character table, one character at a time, and tries every place.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import product

from makegood.activity import Activity
from makegood.listen.query import Query
from makegood.listen.query.tests.reference_facts import declared, is_fact
from makegood.listen.query.tests.reference_words import ARTICLES, INVISIBLE, UNWRITTEN, cut, cut_at, fold, kind
from makegood.listen.query.tree import And, Fact, Mark, Near, Node, Not, Or, Pattern, Tagged, Words

Place = tuple[int, int, int]
"""Segment, first word, last word."""


def reference_matches(query: Query, activity: Activity) -> bool:
    """Whether the activity fits the query."""
    return holds(query.ast, activity)


def holds(node: Node, activity: Activity) -> bool:
    if isinstance(node, And):
        return all(holds(part, activity) for part in node.parts)
    if isinstance(node, Or):
        return any(holds(part, activity) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, activity)
    if isinstance(node, Near):
        return any(
            beside(one, other, node.distance) and (one < other or not node.ordered)
            for one in stands(node.left, activity)
            for other in stands(node.right, activity)
        )
    if isinstance(node, Fact):
        return is_fact(node.text, activity)
    if isinstance(node, Mark) and node.text.startswith("@") and declared(node.text[1:], activity):
        return True
    return bool(stands(node, activity))


def beside(one: Place, other: Place, distance: int) -> bool:
    first, second = sorted((one, other))
    if first[0] != second[0]:
        return False
    between = second[1] - first[2] - 1
    return 0 <= between <= distance


def stands(node: Node, activity: Activity) -> list[Place]:
    if isinstance(node, Or):
        return [place for part in node.parts for place in stands(part, activity)]
    segments = [activity.title, activity.text, *activity.tags]
    if isinstance(node, Tagged | Mark):
        every = [(index, signed(node, text, index > 1)) for index, text in enumerate(segments)]
        return [(index, *span) for index, spans in every for span in spans]
    assert isinstance(node, Words | Pattern)
    written = re.sub("^(title|raw):", "", node.text)
    searched = list(enumerate(segments[:1] if node.title else segments))
    if isinstance(node, Pattern):
        shape = fold(written.rstrip("*")).strip("'_")
        return [(index, *span) for index, text in searched for span in shaped_so(shape, node.open, text)]
    if node.raw:
        return [(index, *span) for index, text in searched for span in spelled_so(written.strip('"{}'), text)]
    if node.slack is not None:
        phrase = written[: written.rindex("~")].strip('"')
        return [(index, *span) for index, text in searched for span in apart(phrase, node.slack, text)]
    wanted = [keys[0] for keys in cut(written.strip('"').rstrip("*"))]
    places = []
    for index, text in searched:
        words = cut(text)
        for first in range(len(words) - len(wanted) + 1):
            if node.prefix:
                fits = any(key.startswith(wanted[0]) for key in words[first])
            else:
                fits = all(key in words[first + offset] for offset, key in enumerate(wanted))
            if fits:
                places.append((index, first, first + len(wanted) - 1))
    return places


def signed(node: Tagged | Mark, text: str, is_tag: bool) -> list[tuple[int, int]]:
    if isinstance(node, Mark):
        return marked(node.text, text, is_tag)
    return tagged(tag_parts(node.text.partition(":")[2].strip('"{}').lstrip("#＃")), text, is_tag)


def apart(phrase: str, slack: int, text: str) -> list[tuple[int, int]]:
    """The first and last word of every choice of places for the words with few enough others among them."""
    wanted, words = [keys[0] for keys in cut(phrase)], cut(text)
    where = [[place for place, keys in enumerate(words) if one in keys] for one in wanted]
    return [
        (min(choice), max(choice))
        for choice in product(*where)
        if len(set(choice)) == len(wanted) and max(choice) - min(choice) + 1 - len(wanted) <= slack
    ]


def shaped_so(shape: str, is_open: bool, text: str) -> list[tuple[int, int]]:
    words = enumerate(cut(text))
    return [(place, place) for place, keys in words if any(fits_shape(key, shape, is_open) for key in keys)]


def fits_shape(word: str, shape: str, is_open: bool) -> bool:
    """Whether the word fits letter by letter; marks belong to the letter before them."""
    if not shape:
        return is_open or not word
    if not word:
        return False
    if shape[0] != "?":
        return word[0] == shape[0] and fits_shape(word[1:], shape[1:], is_open)
    rest = word[1:]
    while kind(word[0]) in ("single", "letter"):
        if fits_shape(rest, shape[1:], is_open):
            return True
        if not rest or unicodedata.category(rest[0])[0] != "M":
            break
        rest = rest[1:]
    return False


def plain_signs(text: str) -> str:
    for apostrophe in "’‘ʼ＇":
        text = text.replace(apostrophe, "'")
    text = "".join(character for character in text if character not in INVISIBLE)
    return " ".join(unicodedata.normalize("NFC", text).split())


def spelled_so(wanted: str, text: str) -> list[tuple[int, int]]:
    """The first and last word of every stretch that reads exactly so and that begins and ends with a word, but for
    the signs that are wanted, an article written onto its first and an 's after its last.
    """
    words = [word for word, _ in cut_at(fold(text))]
    count = len(cut(wanted))
    spans = []
    for start, end in product(range(len(text)), range(1, len(text) + 1)):
        if (
            start >= end
            or plain_signs(text[start:end]) != plain_signs(wanted)
            or len(text[start:end].strip()) != end - start
        ):
            continue
        before, inside, after = (
            [word for word, _ in cut_at(fold(part))] for part in (text[:start], text[start:end], text[end:])
        )
        glued = fold(text[:start])[-1:] == "'" and before and before[-1] in ARTICLES
        owned = fold(text[end:])[:1] == "'" and after and after[0] == "s"
        first = len(before) - bool(glued)
        for head in [before[-1] + "'"] if glued else [""]:
            for tail in ["'s"] if owned else [""]:
                joined = [head + inside[0], *inside[1:]]
                joined[-1] += tail
                whole = [*before[: len(before) - bool(glued)], *joined, *after[bool(owned) :]]
                if whole == words and len(inside) == count:
                    spans.append((first, first + count - 1))
    return spans


def tag_parts(tag: str) -> list[str]:
    """The words of a hashtag: a new one begins at a capital, at a digit, after a digit, after _."""
    tag = unicodedata.normalize("NFKC", tag)
    letters = unicodedata.normalize("NFC", tag)
    parted = ""
    for place, here in enumerate(letters):
        before = [one for one in letters[:place] if kind(one) != "mark"]
        base = before[-1] if before else " "
        after = next((one for one in letters[place + 1 :] if kind(one) != "mark"), " ")
        sort, base_sort = unicodedata.category(here), unicodedata.category(base)
        if (
            (base_sort == "Ll" and sort == "Lu")
            or (base_sort == sort == "Lu" and unicodedata.category(after) == "Ll")
            or (base_sort[0] == "L" and sort[0] == "N")
            or (base_sort[0] == "N" and sort[0] == "L")
        ):
            parted += " "
        parted += " " if here == "_" else here
    return [keys[0] for keys in cut(parted)]


def tagged(wanted: list[str], text: str, is_tag: bool) -> list[tuple[int, int]]:
    """The first and last word of every hashtag that has the wanted words in a row."""
    spans = []
    for number, _, span in hashtags(text):
        rest = [place for place, character in enumerate(text) if character in "#＃"][number] + 1
        end = rest
        while end < len(text) and kind(text[end]) in ("single", "letter", "mark", "_"):
            end += 1
        if has_in_a_row(tag_parts(text[rest:end]), wanted):
            spans.append(span)
    if is_tag and has_in_a_row(tag_parts(text), wanted):
        spans.append((0, len(cut(text)) - 1))
    return spans


def has_in_a_row(parts: list[str], wanted: list[str]) -> bool:
    return any(parts[at : at + len(wanted)] == wanted for at in range(len(parts)))


def hashtags(text: str) -> list[tuple[int, str, tuple[int, int]]]:
    """Every hashtag in the text: its number among all # signs, its name, its first and last word."""
    folded = fold(text)
    words = cut_at(folded)
    found = []
    for number, place in enumerate(place for place, character in enumerate(folded) if character == "#"):
        before = folded[place - 1] if place else " "
        if kind(before) == "letter" or before in "_&/#":
            continue
        end = place + 1
        while end < len(folded) and kind(folded[end]) in ("single", "letter", "mark", "_"):
            end += 1
        inside = [index for index, (_, start) in enumerate(words) if place <= start < end]
        if inside:
            name = "".join(c for c in folded[place + 1 : end] if c not in UNWRITTEN)
            found.append((number, name, (inside[0], inside[-1])))
    return found


def marked(term: str, text: str, is_tag: bool) -> list[tuple[int, int]]:
    """The first and last word of every place where the #tag or @handle stands."""
    wanted = "".join(c for c in fold(term[1:]) if c not in UNWRITTEN)
    if term[0] == "@":
        return [span for names, span in handles(text) if wanted in names]
    spans = [span for _, name, span in hashtags(text) if name == wanted]
    if is_tag:
        folded = fold(text)
        kept = ("single", "letter", "mark", "_")
        if "".join(c for c in folded if kind(c) in kept and c not in UNWRITTEN) == wanted and cut(text):
            spans.append((0, len(cut(text)) - 1))
    return spans


def handles(text: str) -> list[tuple[list[str], tuple[int, int]]]:
    """What every @handle in the text can be called, and its first and last word."""
    folded = fold(text)
    words = cut_at(folded)
    found = []
    for place, character in enumerate(folded):
        before = folded[place - 1] if place else " "
        if character != "@" or kind(before) == "letter" or before in "_.+@/-":
            continue
        end = handle_end(folded, place + 1)
        name = folded[place + 1 : end]
        inside = [index for index, (_, start) in enumerate(words) if place <= start < end]
        if inside:
            names = [name, name.split("@")[0], name.split("@")[0].split(".")[0]]
            found.append((names, (inside[0], inside[-1])))
    return found


def handle_end(folded: str, place: int) -> int:
    hosted, start = False, place
    while place < len(folded):
        here = folded[place]
        inside = place > start
        next_is_letter = place + 1 < len(folded) and kind(folded[place + 1]) == "letter"
        if inside and here == "@" and not hosted and next_is_letter:
            hosted = True
        elif kind(here) != "letter" and not (
            inside and (here == "-" or (here == "." and next_is_letter) or (here == "_" and not hosted))
        ):
            break
        place += 1
    return place
