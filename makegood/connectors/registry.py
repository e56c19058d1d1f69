"""The networks we know: a plain dict. A connector is loaded when first asked for, so that each process stays small."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from makegood.connectors.contract import Connector

__all__ = ["CONNECTORS", "connector"]

CONNECTORS: dict[str, str] = {
    "bluesky": "makegood.connectors.bluesky",
    "feed": "makegood.connectors.feeds",
    "file": "makegood.connectors.files",
    "hackernews": "makegood.connectors.hackernews",
    "mastodon": "makegood.connectors.mastodon",
    "sample": "makegood.connectors.sample",
}


@cache
def connector(network: str) -> Connector:
    """The connector of a network. An unknown network is a KeyError: rows only hold networks that are listed."""
    found = import_module(CONNECTORS[network]).CONNECTOR
    assert isinstance(found, Connector)
    return found
