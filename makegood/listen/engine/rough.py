"""Rough words: what a text is cut into when it only matters whether a query may fit it.

They are cheaper than the words of `makegood.listen.query` and never fewer: whatever word, tag or handle a text has
there, all of its rough words are among the text's here. A rough word is a run of letters and digits as UTF-8,
case-folded, without accents and other marks; apostrophes and underscores part words, too. Of scripts written without
spaces, neighbouring characters make a pair, over all signs between them. An emoji is a rough word a character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

import regex

from makegood.listen.query.text import EMOJI, HIDDEN, lay_out, normal

__all__ = ["CONTROLS", "beginning_of", "is_single", "pieces_of", "rough_words"]

MOST_KNOWN = 50_000
"""Stretches of text with other than ASCII letters whose rough words are remembered."""
LONGEST_KNOWN = 32
"""Bytes of such a stretch; longer ones hardly come twice."""

CONTROLS = bytes([*range(0x09), *range(0x0E, 0x20), 0x7F])
"""What `makegood.kit.text.clean` takes out of a text, so that it parts no words there."""
_ALIVE = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyz")
_PLAIN = bytes(code if code in _ALIVE or code >= 0x80 else 0x20 for code in bytes(range(256)).lower())

# More than `SPACELESS` of makegood.listen.query.text has once it is folded, in ranges that Python's own module is
# fast with: a text and a query are cut alike, so that more costs nothing.
_SINGLES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u31ff\u3400-\u9fff\ua960-\ua97f\ua9e0-\ua9ff"
    "\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U000116d0-\U000116ff\U00016fe0-\U00016fff\U0001aff0-\U0001b16f"
    "\U00020000-\U0003ffff]+"
)
# Parts of a Korean syllable and the voicing marks of kana: whether they join depends on their neighbours.
_JOINING = re.compile("[\u1100-\u11ff\u3099\u309a\u3131-\u318e\u3200-\u327f\ua960-\ua97f\ud7b0-\ud7ff\uff9e-\uffdc]")
_STABLE = re.compile("[\u3001\u3002\u300c\u300d\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3]+")
"""Most of Chinese, Japanese and Korean: what is the same when it is folded, and punctuation."""
_WHOLE = re.compile("[\u3041-\u3096\u30a1-\u30fa\uac00-\ud7a3]")
"""Characters that keep their marks."""
_MARKS = regex.compile(rf"(?V1)[\p{{M}}{HIDDEN}]+")
_CONTROL = re.compile("[\x80-\x84\x86-\x9f]")
_LETTER = regex.compile(r"[\p{L}\p{N}]")
_PICTURE = regex.compile(rf"(?V1){EMOJI}|\p{{Regional_Indicator}}")
_PUNCTUATION = re.compile("[\u3001\u3002\u300c\u300d]+")
_GONE, _ENDED = "\x1f", "\x1e"
_NO_WORDS: list[bytes] = []
_PAIRS = tuple(slice(at, at + 6) for at in range(0, 3000, 3))


class _Folding(dict[int, str]):
    """What each character is in rough words, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        comparable = normal(character)
        if _CONTROL.match(character):
            folded = _ENDED
        else:
            folded = _GONE if _MARKS.fullmatch(comparable) else "".join(map(_part, _apart(comparable)))
        self[code] = folded
        return folded


_FOLDING = _Folding()
_known: dict[bytes, tuple[list[bytes], str]] = {}


def rough_words(text: str, *, dropped: bytes = b"", singles: bool = False) -> list[bytes]:
    """The rough words of `text`, with repetitions. The control characters in `dropped` are taken out first; others
    part words. With `singles`, the characters of scripts without spaces come one by one as well.
    """
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        # Halves of a surrogate pair, which are no letters.
        encoded = text.encode("utf-8", "replace")
    words = encoded.translate(_PLAIN, dropped).split()
    if text.isascii():
        return words
    run = ""
    for stretch in [each for each in words if not each.isascii()]:
        more, characters = _known.get(stretch) or _cut(stretch)
        words += more
        run += characters
    if len(run) > 1:
        words += _pairs(run)
    if singles:
        words += [character.encode() for character in run]
    return words


def pieces_of(keys: Iterable[str]) -> list[bytes]:
    """The rough words that a text has in which these words (keys of `makegood.listen.query`) stand in a row."""
    words, run = _pieces(" ".join(keys))
    return words + (_pairs(run) if len(run) > 1 else [run.encode()] if run else [])


def beginning_of(key: str) -> tuple[list[bytes], bytes]:
    """The same for a text with a word that begins with `key`: its rough words, and what one more begins with."""
    words, run = _pieces(key)
    if run:
        return _pairs(run) if len(run) > 1 else [run.encode()], b""
    return words[:-1], words[-1]


def is_single(piece: bytes) -> bool:
    """Whether a rough word is one character of a script without spaces."""
    return 2 < len(piece) < 5 and _SINGLES.fullmatch(text := piece.decode()) is not None and len(text) == 1


def _pieces(text: str) -> tuple[list[bytes], str]:
    if text.isascii():
        return text.encode().translate(_PLAIN).split(), ""
    folded = text.translate(_FOLDING).replace(_GONE, "")
    return _SINGLES.sub(" ", folded).encode().translate(_PLAIN).split(), "".join(_SINGLES.findall(folded))


def _cut(stretch: bytes) -> tuple[list[bytes], str]:
    """The rough words of a stretch between ASCII signs, and its characters of scripts without spaces in a row."""
    text = stretch.decode()
    if _STABLE.fullmatch(text):
        return _NO_WORDS, _PUNCTUATION.sub("", text)
    # Where characters may join, this is how a query sees them.
    folded = (lay_out(text).flat if _JOINING.search(text) else text).translate(_FOLDING)
    ways = [folded]
    if _GONE in folded:
        # A mark belongs to the word that it stands in, but a handle ends there.
        ways = [folded.replace(_GONE, ""), folded.replace(_GONE, " ")]
    if _ENDED in folded:
        # A control character is taken out of what a stream brings, and parts words elsewhere.
        ways = [way.replace(_ENDED, by) for by in ("", " ") for way in ways]
    run = "".join(_SINGLES.findall(ways[0]))
    words: dict[bytes, None] = {}
    if len(run) + ways[0].count(" ") < len(ways[0]):
        for way in ways:
            words |= dict.fromkeys(_SINGLES.sub(" ", way).encode().translate(_PLAIN).split())
    found = list(words), run
    if len(stretch) <= LONGEST_KNOWN:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[stretch] = found
    return found


def _pairs(run: str) -> list[bytes]:
    encoded = run.encode()
    if len(encoded) == 3 * len(run) and len(run) <= len(_PAIRS):
        return list(map(encoded.__getitem__, _PAIRS[: len(run) - 1]))
    return [(one + two).encode() for one, two in pairwise(run)]


def _apart(text: str) -> str:
    """Letters without their accents; kana and Korean syllables stay whole."""
    return "".join(each if _WHOLE.match(each) else unicodedata.normalize("NFKD", each) for each in text)


def _part(character: str) -> str:
    if _MARKS.match(character):
        return ""
    if _LETTER.match(character):
        return character
    return f" {character} " if _PICTURE.match(character) else " "
