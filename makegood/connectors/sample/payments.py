"""Where the sample's customers pay: it says what it is, and does nothing."""

from __future__ import annotations

from makegood.connectors.payments.contract import PayCapability, Processor

__all__ = ["CONNECTOR"]

CONNECTOR = Processor(PayCapability(kind="sample", title="Sample payments"))
