"""How large the long tests are: small by default, of full size with MAKEGOOD_TEST_SCALE=full."""

from __future__ import annotations

import os

__all__ = ["FULL"]

FULL = os.environ.get("MAKEGOOD_TEST_SCALE", "") == "full"
"""`make test-long` sets it."""
