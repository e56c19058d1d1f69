"""Telling columns by their names, whatever their spelling."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

__all__ = ["by_name", "plain"]


def plain(column: str) -> str:
    """A column's name in small letters and figures: "E-Mail (Käufer)" is e_mail_kaufer."""
    letters = unicodedata.normalize("NFKD", column.casefold())
    return re.sub(r"[^a-z0-9]+", "_", "".join(c for c in letters if not unicodedata.combining(c))).strip("_")


def by_name(columns: Sequence[str], names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """From each target to the column that bears one of its names, which are given plain and the surest first; each
    column serves once.
    """
    found: dict[str, str] = {}
    spelled = {column: plain(column) for column in columns}
    for target, known in names.items():
        for name in known:
            fits = [column for column in columns if column not in found.values() and spelled[column] == name]
            if fits:
                found[target] = fits[0]
                break
    return found
