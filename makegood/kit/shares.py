"""Shares of a count, with how far each can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

__all__ = ["Share", "wilson"]


@dataclass(frozen=True)
class Share:
    """A share of `of`, and between which shares the true one lies, 19 times of 20. None: of nothing."""

    value: float | None
    low: float
    high: float
    of: int


def wilson(hits: int, of: int, z: float = 1.96) -> Share:
    """A share with its 95 % interval after Wilson (1927), which stays honest for few and for shares near 0 and 1.

    https://doi.org/10.1080/01621459.1927.10502953
    """
    if not of:
        return Share(None, 0.0, 1.0, 0)
    p = hits / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return Share(p, max(0.0, middle - half), min(1.0, middle + half), of)
