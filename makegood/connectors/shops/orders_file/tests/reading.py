"""Writing a file of orders and reading it back, as the tests of this folder do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from makegood.connectors.shops.contract import ShopOrder, ShopPage
from makegood.connectors.shops.orders_file import Proposal, propose, read_pages, sniff

BERLIN = ZoneInfo("Europe/Berlin")


def write(folder: Path, content: str | bytes) -> Path:
    file = folder / "orders"
    for old in folder.glob("orders*"):
        old.unlink()
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def proposal(file: Path, currency: str = "") -> Proposal:
    return propose(file, sniff(file), BERLIN, currency)


def pages(file: Path, **choices: Any) -> list[ShopPage]:
    found = sniff(file)
    chosen = replace(propose(file, found, BERLIN, "EUR").choices, **choices)
    return list(read_pages(file, found, chosen))


def read(file: Path, **choices: Any) -> tuple[list[ShopOrder], list[str]]:
    """All orders and all problems of the file, read as it is proposed, but for `choices`."""
    all_pages = pages(file, **choices)
    assert [page.more for page in all_pages] == [*[True] * (len(all_pages) - 1), False]
    orders = [order for page in all_pages for order in page.orders]
    return orders, [problem for page in all_pages for problem in page.problems]
