"""Connectors that speak to no network: files, and the sample shop."""

from __future__ import annotations

from typing import Any

from makegood.connectors.registry import connector
from tests.connectors.subject import Subject

__all__ = ["file", "sample"]


def file(*_: Any) -> Subject:
    """Posts out of a file."""
    return Subject("file", connector("file"), has_account=False)


def sample(*_: Any) -> Subject:
    """The invented shop."""
    return Subject("sample", connector("sample"), has_account=False)
