"""A proxy of our own that stands before a real server and spoils what passes, as real networks do.

`proxy(upstream)` starts one on loopback; README.md says what it can do.
"""

from __future__ import annotations

from tests.faults.plan import (
    Fault,
    Rule,
    answer,
    huge,
    late,
    lost,
    malformed,
    reset,
    skewed,
    slow,
    truncated,
    wrong_type,
)
from tests.faults.proxy import Proxy, proxy

__all__ = [
    "Fault",
    "Proxy",
    "Rule",
    "answer",
    "huge",
    "late",
    "lost",
    "malformed",
    "proxy",
    "reset",
    "skewed",
    "slow",
    "truncated",
    "wrong_type",
]
