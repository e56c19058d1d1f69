"""What a copy is: pure.

Folding is for what is passed on (reshared texts, syndicated news, waves of spam) and never for what a customer says for
themselves: one who complains in the same words as another is still a customer. So a post is folded only if

- nobody of us is meant: not an answer, quote, comment or review, not named, not in private, not begun with "@";
- nobody speaks for themselves in it (see `voices`), quoted speech aside;
- it points somewhere (a link, an article) or says that it passes something on ("RT @", "via @"): many a complaint says
  no I ("Ordered a teapot, arrived broken"), but hardly one consists of a link and words that somebody else has used;
- it is long enough: `LEAST_SAME` words for the same words, `LEAST_NEAR` for nearly the same;
- nearly the same means: of all runs of three words in either, `LEAST_LIKE` are in both; one has words added or left
  out, but none stands for another, a typing error aside ("blue" for "red"); their numbers are the same (prices, dates,
  order numbers) and so is every "not". An article is also a copy where its headline is the same, of
  `LEAST_HEADLINE` words or more, at another place.

Near-copies are found by MinHash (Broder, 1997, https://doi.org/10.1109/SEQUEN.1997.666900) in `BANDS` bands of `ROWS`
values: two posts that share a band are compared word by word. A pair that has a share `s` of its runs in common is
found with a probability of 1 - (1 - s^ROWS)^BANDS: 0.99 at the least share that counts.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher
from urllib.parse import urlsplit

import regex
import xxhash
from rensa import RMinHash

from makegood.activity import Activity, Kind, Visibility
from makegood.listen.folding.voices import speaks_for_themselves

__all__ = [
    "HEADLINE",
    "LEAST_HEADLINE",
    "LEAST_LIKE",
    "LEAST_NEAR",
    "LEAST_SAME",
    "Print",
    "fold_key",
    "likeness",
    "may_fold",
    "print_of",
    "words_of",
]

LEAST_SAME = 8
LEAST_NEAR = 16
LEAST_HEADLINE = 8
LEAST_LIKE = 0.75
TYPING_ERROR = 0.7
"""The least share of letters that a word and its misspelling have in common."""
BANDS = 8
ROWS = 3
SEED = 20
LONGEST = 20_000
"""Characters that are compared; what comes after them in a long article does not matter."""
HEADLINE = 1
"""The likeness of articles that share a headline and little else."""

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_TOKEN = regex.compile(rf"[{_UNSPACED}]\p{{M}}*|[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]+", regex.V1)
_ALONE = regex.compile(rf"[{_UNSPACED}]")
_INVISIBLE = regex.compile(r"\p{Cf}")
_LINK = regex.compile(r"(?:https?://|\bwww\.)\S+|\b(?:[\w-]+\.)+[a-z]{2,}/\S*", regex.IGNORECASE)
_PASSED_ON = regex.compile(r"^\W*rt\s+@[\w.@-]+:?|\b(?:via|h/t)\s+@[\w.@-]+", regex.IGNORECASE)
_ADDRESSED = regex.compile(r"^[\s.]*@\w")
_SITE_NAME = regex.compile(r"\s+[-–—|·»:]{1,2}\s+")

_NOT = frozenset(
    _TOKEN.findall(
        "not no never nor without cannot t nicht kein keine keinen keiner nie ohne ne pas jamais sans nunca sin não"
        " sem non mai niet geen nooit inte aldrig ikke aldri bez не нет"
    )
)


@dataclass(frozen=True)
class Print:
    """A post as it is compared with others. `same` is the key of its words, `bands` are those of nearly the same,
    `headline` is of an article's, None elsewhere.
    """

    words: tuple[str, ...]
    author: str
    site: str
    same: int
    bands: tuple[int, ...] = ()
    headline: int | None = None

    @property
    def keys(self) -> tuple[int, ...]:
        """All keys it is found by."""
        return (self.same, *self.bands, *(() if self.headline is None else (self.headline,)))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared: without case, marks, emoji, links and "RT @somebody".

    Chinese, Japanese, Thai and their like write no spaces: there each character stands for itself.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[:LONGEST])).casefold()
    return tuple(_TOKEN.findall(_LINK.sub(" ", _PASSED_ON.sub(" ", plain))))


def fold_key(text: str) -> int:
    """The key (64 bits, signed) that texts of the same words have in common."""
    return _key(words_of(text), 0)


def print_of(activity: Activity) -> Print:
    """What a post is compared by, whether or not it may be folded."""
    words = words_of(_whole(activity.title, activity.text))
    bands = _bands(words) if _length(words) >= LEAST_NEAR else ()
    head = words_of(_headline(activity.title)) if activity.kind is Kind.ARTICLE else ()
    headline = _key(head, 1) if _length(head) >= LEAST_HEADLINE else None
    return Print(words, activity.author.id, _site(activity.url), _key(words, 0), bands, headline)


def may_fold(activity: Activity, own: Collection[str]) -> bool:
    """Whether a post may be a copy of another, or another a copy of it. `own` are our accounts' ids and handles."""
    if not _passed_on_in_public(activity) or _means_us(activity, own):
        return False
    whole = _whole(activity.title, activity.text)
    if _length(words_of(whole)) < LEAST_SAME or speaks_for_themselves(whole, activity.language):
        return False
    return activity.kind is Kind.ARTICLE or bool(activity.links or _LINK.search(whole) or _PASSED_ON.search(whole))


def likeness(one: Print, other: Print) -> int | None:
    """How much two posts that may be folded have in common, in percent: 100 where the words are the same, `HEADLINE`
    where it is the headline alone. None where neither is a copy of the other.
    """
    if one.words == other.words:
        return 100
    elsewhere = one.author != other.author or one.site != other.site
    same_headline = one.headline is not None and one.headline == other.headline and elsewhere
    return _nearly(one.words, other.words) or (HEADLINE if same_headline else None)


def _nearly(one: tuple[str, ...], other: tuple[str, ...]) -> int | None:
    if min(_length(one), _length(other)) < LEAST_NEAR or _telling(one) != _telling(other):
        return None
    if not _adds_only(set(one), set(other)):
        return None
    first, second = _runs(one), _runs(other)
    share = len(first & second) / len(first | second)
    return min(99, int(100 * share)) if share >= LEAST_LIKE else None


def _adds_only(one: set[str], other: set[str]) -> bool:
    fewer, more = sorted((one - other, other - one), key=len)
    if len(fewer) > 1:
        return False
    return all(any(SequenceMatcher(None, word, each).ratio() >= TYPING_ERROR for each in more) for word in fewer)


def _passed_on_in_public(activity: Activity) -> bool:
    stands_alone = activity.kind in (Kind.POST, Kind.ARTICLE) and activity.rating is None
    answers = activity.parent_id or activity.quoted_id or activity.thread_id != activity.id
    return stands_alone and not answers and activity.visibility in (Visibility.PUBLIC, Visibility.UNLISTED)


def _means_us(activity: Activity, own: Collection[str]) -> bool:
    text = activity.text.casefold()
    named = {name.casefold().lstrip("@") for name in activity.mentions}
    return bool(_ADDRESSED.match(text)) or any(name in named or f"@{name}" in text for name in own)


def _whole(title: str, text: str) -> str:
    return text if text.startswith(title) else f"{title}\n{text}"


def _headline(title: str) -> str:
    """A headline without the name of the place, which many put behind it."""
    parts = _SITE_NAME.split(title)
    head = title[: title.rindex(parts[-1])] if len(parts) > 1 else title
    return head if _length(words_of(head)) >= LEAST_HEADLINE else title


def _site(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _length(words: Collection[str]) -> float:
    return sum(0.5 if _ALONE.match(word) else 1.0 for word in words)


def _telling(words: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(word for word in words if any(map(str.isdigit, word))), _NOT.intersection(words)


def _runs(words: tuple[str, ...]) -> set[str]:
    return {" ".join(words[place : place + 3]) for place in range(len(words) - 2)}


def _bands(words: tuple[str, ...]) -> tuple[int, ...]:
    sketch = RMinHash(num_perm=BANDS * ROWS, seed=SEED)
    sketch.update(sorted(_runs(words)))
    values = sketch.digest()
    parts = (values[place : place + ROWS] for place in range(0, BANDS * ROWS, ROWS))
    return tuple(_hash(struct.pack(f"<{ROWS}I", *part), 2 + number) for number, part in enumerate(parts))


def _key(words: tuple[str, ...], kind: int) -> int:
    return _hash(" ".join(words).encode("utf-8", "replace"), kind)


def _hash(raw: bytes, kind: int) -> int:
    """Signed, as a column of eight bytes holds it; different kinds of key never meet."""
    return int.from_bytes(xxhash.xxh3_64_digest(raw, seed=kind), "big", signed=True)
