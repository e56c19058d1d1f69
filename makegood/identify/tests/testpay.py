"""Where the registry of processors finds the small processor of the tests."""

from __future__ import annotations

from makegood.identify.tests.world import PAY as CONNECTOR

__all__ = ["CONNECTOR"]
