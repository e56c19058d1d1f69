"""What the table of addresses is written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from makegood.accounts.api import Right

__all__ = ["BOTH", "ELSEWHERE", "GET", "OWN", "POST", "Door", "Rule"]

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")


class Door:
    """Addresses that ask for no right."""

    OPEN = "open to everybody"
    SIGNED_IN = "open to whoever is signed in; shows what is their own"


@dataclass(frozen=True)
class Rule:
    """What an address asks for. `asked` are other rights for a method, `data` is posted ("@kind" stands for that row),
    `but` are people for whom it ends otherwise than their role says: a status.
    """

    right: str
    methods: tuple[str, ...]
    row: str = ""
    asked: Mapping[str, Right] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    but: Mapping[str, int] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    """Further arguments of the address ("@kind" stands for that row)."""
    loose: bool = False
    """It may also send on, or say that there is nothing, as the account stands: another package's pages."""


ELSEWHERE = "collaborator-elsewhere"
OWN = dict.fromkeys(("manager", "agent", "collaborator", ELSEWHERE, "viewer"), 404)
"""What is the owner's alone."""
