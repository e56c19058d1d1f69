"""What is chosen before a file of orders is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

__all__ = ["Choices", "Proposal"]


@dataclass(frozen=True)
class Choices:
    """How a file is to be read. All of it can be shown to a person and changed.

    `mapping` is from target (`columns.TARGETS`) to column. `day_first` tells how 3/4/2026 is read. `decimal` is the
    mark before cents, "." or ",". `currency` is an ISO 4217 code for amounts whose row names none. Dates without an
    offset are in `timezone`.
    """

    mapping: Mapping[str, str]
    timezone: tzinfo
    day_first: bool = True
    decimal: str = "."
    currency: str = ""


@dataclass(frozen=True)
class Proposal:
    """Choices that are likely, and what is to be said about them before the file is read.

    `notes` tell what was found. `questions` are the names of choices that the file does not settle, each with the
    sentence that asks for it: day_first, decimal, currency, and targets that must have a column.
    """

    choices: Choices
    notes: tuple[str, ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)
