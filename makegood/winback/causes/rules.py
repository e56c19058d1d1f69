"""What complaints have in common, and what fits a cause. Pure."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

__all__ = [
    "FEWEST_PEOPLE",
    "MOST_WORDS",
    "PLACES",
    "CauseError",
    "Cluster",
    "Item",
    "Reasons",
    "Rule",
    "alike",
    "clusters",
    "fits",
    "place_of",
    "product_in",
    "read_words",
    "stem",
    "stems",
]

PLACES: Final[Mapping[str, Any]] = {
    "ordering": gettext_lazy("Ordering"),
    "paying": gettext_lazy("Paying"),
    "delivery": gettext_lazy("Delivery"),
    "using": gettext_lazy("Using it"),
    "service": gettext_lazy("Help and returns"),
}
_BY_TOPIC = {
    "ordering": "ordering",
    "website": "ordering",
    "account": "ordering",
    "billing": "paying",
    "delivery": "delivery",
    "defect": "using",
    "refund": "service",
    "staff": "service",
}
FEWEST_PEOPLE = 3
MOST_WORDS = 12
"""Words of a rule."""
MOST_STEMS = 80
STEM = 6
SHORTEST = 4
COMMON = 0.25
"""A word that more than so many of all complaints have says nothing about any of them."""
HANDFUL = 50
LIFT = 2.0
"""A word belongs to a group when it is so many times as frequent there as among the rest."""
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*")
_NOT_SAID = regex.compile(r"https?://\S+|www\.\S+|[@#][\p{L}\p{N}._@-]+")
Reasons = list[list[str]]
"""[[kind, what], ...]: "topic", a slug; "product", whence it is known ("order" or "text") and its name, apart by ":";
"place"; "words", what they said of the rule's words; "member", who put it there."""


class CauseError(Exception):
    """What can't be done with a cause. `sentence` says why, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Item:
    """A complaint as far as it is compared; `person` is the same for all that one author wrote."""

    key: int
    person: str
    topic: str
    product: str
    place: str
    words: frozenset[str]


@dataclass(frozen=True)
class Rule:
    """What fits has the topic, the product and the place, where they are said, and one of the words, where some are."""

    topic: str = ""
    product: str = ""
    place: str = ""
    words: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether everything would fit."""
        return not (self.topic or self.product or self.place or self.words)


@dataclass(frozen=True)
class Cluster:
    """Complaints that may have one cause: the rule that holds for them, and of each (by key) why it belongs."""

    rule: Rule
    members: Mapping[int, Reasons]
    people: int

    @property
    def key(self) -> str:
        """Another for each cluster that was found at one time."""
        first = self.rule.words[0] if self.rule.words else ""
        return "|".join((self.rule.topic, self.rule.product[:24], self.rule.place, first))[:64]


def alike(one: Rule, other: Rule) -> bool:
    """Whether two rules tell of the same: as a group grows, its words change, but not all of them."""
    if (one.topic, one.product, one.place) != (other.topic, other.product, other.place):
        return False
    first, second = {stem(word) for word in one.words}, {stem(word) for word in other.words}
    return bool(first & second) or first == second


def stem(word: str) -> str:
    """What is compared of a word: its first six letters, small and without accents, so that "delivery" and "delivered"
    are one.
    """
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(each for each in plain if not unicodedata.combining(each))[:STEM]


def stems(text: str) -> dict[str, str]:
    """The stems of what a text says, each with the word as it was said first; without addresses, names, numbers and
    short words. At most 80.
    """
    said = _WORD.findall(_NOT_SAID.sub(" ", text[:4000]))
    found: dict[str, str] = {}
    for word in said:
        if len(word) >= SHORTEST and not word.isdigit() and len(found) < MOST_STEMS:
            found.setdefault(stem(word), word.casefold()[:40])
    return found


def read_words(text: str) -> tuple[str, ...]:
    """The words of a rule as a member types them: apart by commas or spaces. Raises CauseError for more than 12."""
    found = tuple(dict.fromkeys(word.casefold() for word in _WORD.findall(text)))
    if any(len(word) < SHORTEST for word in found):
        raise CauseError(_("A word of a rule has four letters or more; shorter ones stand in every text."))
    if len(found) > MOST_WORDS:
        raise CauseError(_("That is more than 12 words. A few rare ones tell a cause better."))
    return tuple(word[:40] for word in found)


def place_of(topic: str, order_state: str = "") -> str:
    """The place in the journey: by the topic; where that says nothing, by how far the order they speak of has come."""
    if topic in _BY_TOPIC:
        return _BY_TOPIC[topic]
    if order_state in ("open", "paid", "part_shipped", "shipped"):
        return "delivery"
    return "using" if order_state == "delivered" else ""


def product_in(text: str, names: Iterable[str]) -> str:
    """The product whose name the text holds: all its words of two letters or more. The longest where several are."""
    said = {word.casefold() for word in _WORD.findall(text[:4000])}
    found = [name for name in names if _named(name, said)]
    return max(found, key=lambda name: (len(name), name), default="")


def _named(name: str, said: set[str]) -> bool:
    words = {word.casefold() for word in _WORD.findall(name) if len(word) >= 2}
    return bool(words) and words <= said


def fits(rule: Rule, item: Item, product_from: str = "text") -> Reasons | None:
    """Why a complaint fits a rule, None where it does not."""
    if rule.empty:
        return None
    same = ((rule.topic, item.topic), (rule.product, item.product), (rule.place, item.place))
    if any(asked and asked != had for asked, had in same):
        return None
    said = [word for word in rule.words if stem(word) in item.words]
    if rule.words and not said:
        return None
    reasons: Reasons = [["topic", rule.topic]] if rule.topic else []
    reasons += [["product", f"{product_from}:{rule.product}"]] if rule.product else []
    reasons += [["place", rule.place]] if rule.place and _BY_TOPIC.get(rule.topic) != rule.place else []
    return reasons + ([["words", ", ".join(said)]] if said else [])


def clusters(items: Sequence[Item], most: int = 10) -> list[Cluster]:
    """Groups of complaints of at least three people each, the largest first; each complaint is in one at most.

    A group has the same topic, place and product, and rare words that its members share; without a product, the words
    must tell. Only a word that most complaints do not have counts, and only one that is twice as frequent in the group
    as among the rest.
    """
    frequency = Counter(word for item in items for word in item.words)
    rare = {
        word for word, count in frequency.items() if count >= FEWEST_PEOPLE and count <= max(COMMON * len(items), 6)
    }
    groups: dict[tuple[str, str, str], list[Item]] = {}
    for item in items:
        if item.product:
            groups.setdefault((item.topic, item.product, item.place), []).append(item)
        groups.setdefault((item.topic, "", item.place), []).append(item)
    found: list[Cluster] = []
    for (topic, product, place), group in groups.items():
        found += _in_group(Rule(topic, product, place), group, items, frequency, rare)
    found.sort(key=lambda each: (-each.people, -bool(each.rule.product), each.key))
    return _apart(found, items)[:most]


def _in_group(
    rule: Rule, group: Sequence[Item], items: Sequence[Item], frequency: Mapping[str, int], rare: set[str]
) -> list[Cluster]:
    if _people(group) < FEWEST_PEOPLE:
        return []
    found, left = [], list(group)
    while _people(left) >= FEWEST_PEOPLE:
        word = _telling(left, len(items), frequency, rare)
        if word is None:
            break
        inside = [item for item in left if word in item.words]
        words = (word, *_beside(word, inside, frequency, rare))
        found.append(_cluster(Rule(rule.topic, rule.product, rule.place, words), inside))
        left = [item for item in left if word not in item.words]
    if rule.product and _people(left) >= FEWEST_PEOPLE:
        found.append(_cluster(rule, left))
    return found


def _people(items: Iterable[Item]) -> int:
    return len({item.person for item in items})


def _telling(group: Sequence[Item], whole: int, frequency: Mapping[str, int], rare: set[str]) -> str | None:
    """The word that sets most of the group apart from the rest, None where none does."""
    inside = Counter(word for item in group for word in item.words if word in rare)
    best: tuple[float, str] | None = None
    for word, count in inside.items():
        elsewhere = frequency[word] - count
        outside = elsewhere / max(whole - len(group), 1)
        if count / len(group) < LIFT * outside or _people(i for i in group if word in i.words) < FEWEST_PEOPLE:
            continue
        # Among a handful of complaints every word seems frequent.
        # Nor does a short word tell as much as a long one: it is more often one of those that join others.
        weight = count * len(word) * math.log((max(whole, HANDFUL) + 1) / frequency[word])
        best = max(best or (0.0, ""), (weight, word))
    return best[1] if best and best[1] else None


def _beside(word: str, inside: Sequence[Item], frequency: Mapping[str, int], rare: set[str]) -> tuple[str, ...]:
    """Up to two words that most of those who say this one say too, and few others."""
    beside = Counter(each for item in inside for each in item.words if each in rare and each != word)
    telling = [
        each for each, count in beside.most_common() if 2 * count >= len(inside) and 2 * count >= frequency[each]
    ]
    return tuple(sorted(telling, key=lambda each: (-beside[each] * len(each), each))[:2])


def _cluster(rule: Rule, members: Sequence[Item]) -> Cluster:
    reasons = {item.key: fits(rule, item) or [] for item in members}
    return Cluster(rule, reasons, _people(members))


def _apart(found: Sequence[Cluster], items: Sequence[Item]) -> list[Cluster]:
    """Each complaint in the first cluster that has it; what is too small after that falls away."""
    person = {item.key: item.person for item in items}
    taken: set[int] = set()
    kept = []
    for each in found:
        left = {key: why for key, why in each.members.items() if key not in taken}
        people = len({person[key] for key in left})
        if people >= FEWEST_PEOPLE:
            kept.append(Cluster(each.rule, left, people))
            taken |= left.keys()
    return kept
