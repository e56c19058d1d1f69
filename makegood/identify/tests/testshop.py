"""Where the registry of shops finds the small shop of the tests."""

from __future__ import annotations

from makegood.identify.tests.world import SHOP as CONNECTOR

__all__ = ["CONNECTOR"]
