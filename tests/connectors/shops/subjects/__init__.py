"""One small adapter a kind of shop. A new kind gets a module here and a line in `SUBJECTS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.connectors.shops.subject import ShopSubject
from tests.connectors.shops.subjects import orders_file, shopify, vendure, woocommerce

__all__ = ["MARKS", "SUBJECTS"]

SUBJECTS: dict[str, Callable[[pytest.FixtureRequest, pytest.MonkeyPatch], ShopSubject]] = {
    "file": orders_file.subject,
    "shopify": shopify.subject,
    "vendure": vendure.subject,
    "woocommerce": woocommerce.subject,
}

MARKS: dict[str, list[Any]] = {
    "vendure": [pytest.mark.vendure, pytest.mark.slow],
}
"""What it takes to run a shop's tests."""
