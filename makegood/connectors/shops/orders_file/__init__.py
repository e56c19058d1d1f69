"""Orders out of a file: CSV as shops export it, one row an order or one row a line, with any separator, of any size.

`sniff` looks at a file, `propose` says how it is likely to be read and what only a person can say, `read_pages` reads
it, in the same shape as every shop.
"""

from __future__ import annotations

from pathlib import Path

from makegood.connectors.shops.contract import Shop, ShopCapability
from makegood.connectors.shops.orders_file.columns import TARGETS, guess_columns
from makegood.connectors.shops.orders_file.propose import propose
from makegood.connectors.shops.orders_file.read import read_pages
from makegood.connectors.shops.orders_file.shape import Choices, Proposal
from makegood.connectors.tables import Position, Sniffed
from makegood.connectors.tables import sniff as sniff_table

__all__ = [
    "CONNECTOR",
    "TARGETS",
    "Choices",
    "Position",
    "Proposal",
    "Sniffed",
    "guess_columns",
    "propose",
    "read_pages",
    "sniff",
]


def sniff(path: Path) -> Sniffed:
    """What kind of file this is. Raises Trouble (REFUSE) with what to do when it is empty, packed, or no table."""
    return sniff_table(path, "the orders")


CONNECTOR = Shop(
    capability=ShopCapability(
        kind="file",
        title="Orders file",
        tested="Files written for the tests, laid out as common shops export them.",
    )
)
