"""Numbers and codes that people read out and type: without letters that look like others or make words."""

from __future__ import annotations

import secrets
from datetime import datetime

__all__ = ["return_number", "voucher_code"]

LETTERS = "23456789BCDFGHJKMNPQRTVWXZ"
"""No vowels, so that no word comes out; neither 0 and O, 1, I and L, nor S beside 5."""


def return_number(at: datetime) -> str:
    """A number for a return, with its year: "R26-4K7TX". 26^5 a year, so whoever draws one looks whether it is free."""
    return f"R{at:%y}-{_some(5)}"


def voucher_code() -> str:
    """A code that nobody guesses: "MG-4K7TX-9PWCB-2D", 56 bits."""
    return f"MG-{_some(5)}-{_some(5)}-{_some(2)}"


def _some(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))
