"""Single terms of a query: a word, a phrase, an exact spelling, a #tag, a @handle, a field and its value."""

from __future__ import annotations

from dataclasses import replace

import regex

from makegood.listen.query.errors import QueryError
from makegood.listen.query.fields import EXAMPLES, FIELDS, POSITIONAL, no_star, read_fact, unknown
from makegood.listen.query.text import HIDDEN, LETTER, handle_keys, spaceless, spelled, split, tag_key, tag_words
from makegood.listen.query.tree import Leaf, Mark, Pattern, Tagged, Words

__all__ = ["MAX_DISTANCE", "read_number", "read_term"]

MIN_PREFIX = 4
MIN_WRITTEN = 3
MAX_DISTANCE = 100
ANY = "\ua66e"
"""Stands for a ? while a word is brought into its comparable form: a letter that nothing changes."""

_LETTER = regex.compile(r"[\p{L}\p{N}]")
_SHAPE = regex.compile(rf"(?V1){LETTER}[\p{{L}}\p{{N}}\p{{M}}{HIDDEN}_'’‘ʼ＇?]*+\*?")
_BEFORE_LETTER = regex.compile(r"\?[\p{L}\p{N}*]")
_HANDLE = regex.compile(r"[\p{L}\p{N}\p{M}_.:@/%-]+")
_TAG = regex.compile(r"[#＃]([\p{L}\p{N}\p{M}\p{Cf}_]+)")


def read_term(kind: str, text: str, start: int) -> Leaf:
    """Reads one term (a PHRASE, RAW, FIELD or WORD of the grammar, quotes straight) that starts at `start`."""
    if kind == "PHRASE":
        return _phrase(text, text, start)
    if kind == "RAW":
        return _raw(text, text[1:-1], start)
    if kind == "FIELD":
        return _field(text, start)
    if text[0] in "#＃":
        return _tag(text, start)
    if text[0] in "@＠":
        return _handle(text, start)
    if text[0] == "~":
        sentence = "~ and a number stand right after the closing quote of a phrase, with no space between."
        raise QueryError(sentence, start, len(text))
    return _word(text, text, start)


def read_number(number: str) -> int | None:
    """How many words may stand between, or None for what is no such number."""
    if not (number.isascii() and number.isdecimal()):
        return None
    return int(number[:6]) if len(number) <= 6 else MAX_DISTANCE + 1


def _word(text: str, content: str, start: int, title: bool = False) -> Leaf:
    if "?" in content:
        if _SHAPE.fullmatch(content) is not None:
            return _shape(text, content, start, title)
        if _BEFORE_LETTER.search(content) is not None:
            raise _no_shape(text, content, start)
    return _starred(text, content, start, title) if "*" in content else _words(text, content, start, title)


def _words(text: str, content: str, start: int, title: bool = False) -> Words:
    keys = split(content)
    if not keys:
        if text[0] in "-‐‑–—−":
            sentence = "A minus sign stands right before the word to leave out, with no space between."
        else:
            sentence = f"There is no word to look for in {text}. Signs alone are not searched."
        raise QueryError(sentence, start, len(text))
    return Words(keys, text, start, title=title)


def _phrase(text: str, value: str, start: int, title: bool = False) -> Words:
    """A phrase in quotes, with how far its words may stand apart or without."""
    content, _, distance = value[1:].rpartition('"')
    words = _words(text, content, start, title)
    if not distance:
        return words
    number = read_number(distance[1:])
    phrase = text[: len(text) - len(distance)]
    if number is None:
        sentence = "~ needs the number of words that may stand between, such as ~5."
        raise QueryError(sentence, start, len(text), f"{phrase}~5")
    if number > MAX_DISTANCE:
        sentence = f"~ reaches over {MAX_DISTANCE} words at most. Without a limit, use AND."
        raise QueryError(sentence, start, len(text), f"{phrase}~{MAX_DISTANCE}")
    if len(words.keys) == 1:
        sentence = "~ says how far words may stand apart, and here is only one."
        raise QueryError(sentence, start, len(text), phrase)
    return replace(words, slack=number)


def _raw(text: str, content: str, start: int, title: bool = False) -> Words:
    return replace(_words(text, content, start, title), raw=spelled(content))


def _starred(text: str, content: str, start: int, title: bool = False) -> Words:
    word = content.rstrip("*")
    keys = split(word.replace("*", " "))
    if "*" in word or len(content) - len(word) > 1:
        field = text[: len(text) - len(content)]
        suggestion = f"{field}{keys[0]}*" if len(keys) == 1 and _long_enough(keys[0]) else ""
        raise QueryError("A star stands once, at the end of a word.", start, len(text), suggestion)
    if keys and spaceless(keys[-1]):
        sentence = "No star is needed here: this is found inside longer words anyway."
        raise QueryError(sentence, start, len(text), text[:-1])
    if len(keys) > 1:
        raise QueryError("A star works on a single word of letters and digits.", start, len(text))
    if not keys or not _long_enough(keys[0]):
        sentence = f"Before a star there must be at least {MIN_PREFIX} letters, or far too much would match."
        raise QueryError(sentence, start, len(text))
    return Words(keys, text, start, prefix=True, title=title)


def _long_enough(key: str) -> bool:
    return _count(key) >= MIN_PREFIX


def _count(key: str) -> int:
    return len(_LETTER.findall(key))


def _shape(text: str, content: str, start: int, title: bool) -> Pattern:
    word = content.rstrip("*")
    keys = split(word.replace("?", ANY))
    if len(keys) > 1 or regex.search(rf"{ANY}\p{{M}}", keys[0]):
        raise _no_shape(text, content, start)
    shape = keys[0].replace(ANY, "?")
    letters = _count(shape)
    if letters < MIN_WRITTEN or letters + shape.count("?") < MIN_PREFIX:
        sentence = f"A word with a ? needs {MIN_PREFIX} letters with it, {MIN_WRITTEN} of them written out."
        plain = text.rstrip("?*")
        raise QueryError(sentence, start, len(text), plain if "?" not in plain and not title else "")
    head = shape.partition("?")[0]
    return Pattern(shape, head if _long_enough(head) else "", text, start, open=word != content, title=title)


def _no_shape(text: str, content: str, start: int) -> QueryError:
    if content[0] == "?":
        sentence = "A ? stands for one letter inside a word or at its end, not at its beginning."
    elif any(map(spaceless, split(content))):
        sentence = "No ? works here: in this script each character is a word. Join those you are sure of with NEAR."
    else:
        sentence = "A ? works on a single word of letters and digits."
    return QueryError(sentence, start, len(text))


def _tag(text: str, start: int) -> Mark:
    key = tag_key(text[1:])
    if not key:
        raise QueryError("A hashtag needs its name right after the #.", start, len(text))
    if _TAG.fullmatch(text) is None:
        sentence = "A hashtag has only letters, digits and _."
        raise QueryError(sentence, start, len(text), "#" + key[1:])
    return Mark(key, text, start)


def _handle(text: str, start: int) -> Mark:
    no_star(text, start)
    name = text[1:].rstrip(".,;:!?@")
    keys = handle_keys(name)
    if not keys or not _LETTER.search(name):
        raise QueryError("A handle needs its name right after the @.", start, len(text))
    if _HANDLE.fullmatch(keys[0]) is None:
        raise QueryError("A handle has only letters, digits and . _ - in it.", start, len(text))
    return Mark(f"@{keys[0]}", text, start)


def _field(text: str, start: int) -> Leaf:
    written, _, value = text.partition(":")
    name = written.lower()
    if name not in FIELDS:
        raise unknown(text, name, start)
    bare = value[1 : value.rindex('"')] if value.startswith('"') else value.strip("{}")
    if not bare.strip():
        sentence = f"{name}: needs its value right after the colon, such as {EXAMPLES[name]}."
        raise QueryError(sentence, start, len(text), EXAMPLES[name])
    if name not in POSITIONAL:
        return read_fact(name, text, value, start)
    if name == "title":
        if value.startswith('"'):
            return _phrase(text, value, start, True)
        return _raw(text, bare, start, True) if value.startswith("{") else _word(text, value, start, True)
    if '"~' in value:
        sentence = f"{name}: takes words in a row, without ~."
        raise QueryError(sentence, start, len(text), text[: text.rindex("~")])
    return _raw(text, bare, start) if name == "raw" else _tagged(text, bare, start)


def _tagged(text: str, content: str, start: int) -> Tagged:
    no_star(text, start)
    if not (keys := tag_words(content.lstrip("#＃"))):
        sentence = "tag: takes a word that stands in a hashtag, such as tag:acme for #AcmeFail."
        raise QueryError(sentence, start, len(text), EXAMPLES["tag"])
    return Tagged(keys, text, start)
