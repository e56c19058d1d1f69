"""The kinds of processor we know: a plain dict. Each is loaded when first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from makegood.connectors.payments.contract import Processor

__all__ = ["KINDS", "SAMPLE", "processor"]

KINDS: dict[str, str] = {
    "paypal": "makegood.connectors.payments.paypal",
    "stripe": "makegood.connectors.payments.stripe",
}

SAMPLE = {"sample": "makegood.connectors.sample.payments"}
"""What nobody connects: it comes and goes with the sample shop."""


@cache
def processor(kind: str) -> Processor:
    """The functions of a kind of processor. An unknown kind is a KeyError: rows only hold kinds that are listed."""
    found = import_module(KINDS.get(kind) or SAMPLE[kind]).CONNECTOR
    assert isinstance(found, Processor)
    return found
