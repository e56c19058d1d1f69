"""Which items were read already, small enough to keep in the cursor. Pure.

Hacker News numbers everything in one row, some 14,000 a day, so the ids of a stretch of time lie close together: one
bit an id holds a whole day in two kilobytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["KEPT", "is_seen", "with_seen"]

KEPT = 16_384
"""How many ids below the highest are remembered: more than a day's. Older ones count as never seen."""


def is_seen(seen: Mapping[str, Any], number: int) -> bool:
    """Whether this id is in `seen`, which is {"base": lowest id, "bits": hexadecimal, lowest id in the lowest bit}."""
    place = number - int(seen.get("base", 0))
    return 0 <= place <= KEPT and bool(int(seen.get("bits", "0"), 16) >> place & 1)


def with_seen(seen: Mapping[str, Any], numbers: Iterable[int]) -> dict[str, Any]:
    """`seen` with these ids added."""
    base, bits = int(seen.get("base", 0)), int(seen.get("bits", "0"), 16)
    new = list(numbers)
    if not new:
        return {"base": base, "bits": f"{bits:x}"}
    highest = max(*new, base + bits.bit_length() - 1 if bits else new[0], new[0])
    lowest = max(highest - KEPT, min([*new, base] if bits else new))
    shift = lowest - base
    bits = bits >> min(shift, bits.bit_length()) if shift >= 0 else bits << -shift
    for number in new:
        if number >= lowest:
            bits |= 1 << (number - lowest)
    return {"base": lowest, "bits": f"{bits:x}"}
