"""Places in a canned response that are filled for the one who is answered: pure.

`{{first_name}}` is such a place; `{{first_name|there}}` says what to write where the name is not known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

__all__ = ["VARIABLES", "Filled", "fill", "first_name", "holds", "order_in", "problems"]

VARIABLES: Mapping[str, object] = {
    "first_name": gettext_lazy("their first name"),
    "name": gettext_lazy("their name, as they give it"),
    "shop": gettext_lazy("the name of your shop"),
    "me": gettext_lazy("your own name"),
    "order": gettext_lazy("the order number they wrote, where they wrote one"),
}

_PLACE = re.compile(r"\{\{([^{}|]*)(?:\|([^{}]*))?\}\}")
_BRACES = re.compile(r"\{\{|\}\}")
_ORDER = re.compile(
    r"(?:\border|\bbestell\w*|\bauftrag\w*|\bcommande|\bpedido|\bordine)"
    r"[^\S\n]*(?:(?:number|no\.?|nr\.?|nummer|num\.?|n[°º]|id)\.?)?[^\S\n]*[:#]{0,2}[^\S\n]*"
    r"((?=[\w-]*\d)[A-Za-z]{0,4}-?\d[\w-]{2,18})",
    re.IGNORECASE,
)
_HASHED = re.compile(r"(?<![\w&])#(\d{4,12})\b")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "mx", "miss", "herr", "frau", "mme", "mlle", "sr", "sra", "sir"})
_ARTICLES = frozenset({"the", "der", "die", "das", "le", "la", "les", "el", "los", "las", "il", "lo", "team", "your"})
FEWEST_LETTERS = 12
"""A sentence shorter than this ("Thank you!") is anybody's; it shows nothing."""


def problems(text: str) -> list[str]:
    """What keeps a text from being a canned response, as sentences; none when it is fine."""
    found = []
    known = ", ".join(f"{{{{{name}}}}}" for name in VARIABLES)
    for name in dict.fromkeys(match[1].strip() for match in _PLACE.finditer(text)):
        if name not in VARIABLES:
            asked = {"name": f"{{{{{name}}}}}", "known": known}
            found.append(_("Makegood doesn’t know %(name)s. It knows %(known)s.") % asked)
    if _BRACES.search(_PLACE.sub("", text)):
        found.append(_("A place is written with two braces on each side, like {{first_name}} or {{first_name|there}}."))
    return found


@dataclass(frozen=True)
class Filled:
    """A text with its places filled. `open` names those that are not known; they stand as [order] in the text."""

    text: str
    open: tuple[str, ...] = ()


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Fills the places of a text. What is neither known nor has words to fall back on stays to be filled by hand."""
    missing: list[str] = []

    def word(place: re.Match[str]) -> str:
        name = place[1].strip()
        known = values.get(name, "").strip()
        if known:
            return known
        if place[2] is not None:
            return place[2].strip()
        missing.append(name)
        return f"[{name.replace('_', ' ')}]"

    return Filled(_PLACE.sub(word, text), tuple(dict.fromkeys(missing)))


def first_name(name: str) -> str:
    """The first name in a profile's name, "" where none can be told: "Lena Moor 🌿" -> "Lena", "@lena42" -> ""."""
    for word in unicodedata.normalize("NFC", name).split():
        if all(unicodedata.category(one)[0] in "SPCZ" for one in word) or word.rstrip(".").casefold() in _TITLES:
            continue
        # The first word that is more than an ornament decides: "the_tea_lover" is nobody's first name.
        bare = word.strip(".,;:!?()[]\"'“”„’·|~*")
        letters = bare.replace("-", "").replace("’", "").replace("'", "")
        named = len(letters) > 1 and all(unicodedata.category(one)[0] in "LM" for one in letters)
        return bare if named and bare.casefold() not in _ARTICLES else ""
    return ""


def order_in(text: str) -> str:
    """An order number that is called one ("order no. 4711", "#4711"), "" where there is none."""
    found = _ORDER.search(text) or _HASHED.search(text)
    return found[1] if found else ""


def holds(answer: str, canned: str) -> bool:
    """Whether an answer is made of this canned response: at least half of it stands there, sentence by sentence.

    Places match whatever was filled in. Upper and lower case, and how lines are broken, make no difference.
    """
    said = _squash(answer)
    sentences = [one for one in _sentences(canned) if len(_letters(one)) >= FEWEST_LETTERS]
    if not sentences:
        return bool(_letters(canned)) and _squash(canned) == said
    whole = sum(len(_letters(one)) for one in sentences)
    there = sum(len(_letters(one)) for one in sentences if _pattern(one).search(said))
    return there * 2 >= whole


def _sentences(text: str) -> Iterator[str]:
    yield from (one for one in _SENTENCE.split(text) if one.strip())


def _letters(sentence: str) -> str:
    return "".join(one for one in _PLACE.sub("", sentence) if one.isalpha())


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = _PLACE.split(sentence)[::3]
    return re.compile(".{0,80}?".join(re.escape(_squash(one, edges=False)) for one in pieces))


def _squash(text: str, *, edges: bool = True) -> str:
    squashed = re.sub(r"\s+", " ", text).casefold()
    return squashed.strip() if edges else squashed
