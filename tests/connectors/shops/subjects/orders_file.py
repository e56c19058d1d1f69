"""Orders out of a file: nothing is asked of anybody, so only the rules about what it says of itself apply."""

from __future__ import annotations

import pytest

from makegood.connectors.shops.orders_file import CONNECTOR
from tests.connectors.shops.subject import ShopSubject

__all__ = ["subject"]


def subject(_request: pytest.FixtureRequest, _patch: pytest.MonkeyPatch) -> ShopSubject:
    """A file is brought by a person; see the folder's own tests."""
    return ShopSubject("file", CONNECTOR)
