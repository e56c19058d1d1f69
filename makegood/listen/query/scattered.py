"""Words that stand near each other in any order: the "a b"~n of a query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["scattered"]


def scattered(keys: Sequence[str], places: Sequence[Sequence[int]], slack: int) -> list[int]:
    """The positions of all keys in every stretch that holds each of them with at most `slack` other words.

    `places` are the sorted positions of each key; a key that is given twice needs two of them. No position
    stands for two keys.
    """
    if not all(places):
        return []
    by_key = dict(zip(keys, places, strict=True))
    wanted = sorted({position for found in by_key.values() for position in found})
    several = len(wanted) < sum(map(len, by_key.values()))
    here: dict[int, list[str]] = {position: [] for position in wanted}
    for key, found in by_key.items():
        for position in found:
            here[position].append(key)
    need, have = Counter(keys), Counter[str]()
    missing, begin = len(need), 0
    fitting: dict[int, None] = {}
    for end, position in enumerate(wanted):
        for key in here[position]:
            have[key] += 1
            missing -= have[key] == need[key]
        while wanted[begin] <= position - len(keys) - slack:
            for key in here[wanted[begin]]:
                missing += have[key] == need[key]
                have[key] -= 1
            begin += 1
        stretch = wanted[begin : end + 1]
        if not missing and (not several or _each_has_its_own(keys, stretch, here)):
            fitting.update(dict.fromkeys(stretch))
    return list(fitting)


def _each_has_its_own(keys: Sequence[str], stretch: Sequence[int], here: dict[int, list[str]]) -> bool:
    """Whether every key can be given a position of its own (augmenting paths)."""
    holder: dict[int, int] = {}

    def give(index: int, tried: set[int]) -> bool:
        for position in stretch:
            if keys[index] in here[position] and position not in tried:
                tried.add(position)
                if position not in holder or give(holder[position], tried):
                    holder[position] = index
                    return True
        return False

    return all(give(index, set()) for index in range(len(keys)))
