"""How long to wait before something that failed is tried again."""

from __future__ import annotations

import random

__all__ = ["back_off"]


def back_off(failures: int, base: float, longest: float) -> float:
    """Seconds to wait after so many failures in a row: `base` doubled with each, about `longest` at most.

    With jitter of a fifth, so that many that failed at once don't come back at once.
    """
    return min(longest, base * 2.0 ** min(failures, 10)) * random.uniform(0.8, 1.2)  # noqa: S311
