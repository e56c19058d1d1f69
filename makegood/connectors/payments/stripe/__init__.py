"""Stripe: charges, refunds and disputes, by its official SDK over our own guarded HTTP. See README.md."""

from __future__ import annotations

from makegood.connectors.payments.contract import Processor
from makegood.connectors.payments.stripe.capability import CAPABILITY
from makegood.connectors.payments.stripe.connect import connect
from makegood.connectors.payments.stripe.give import find_refund, refund
from makegood.connectors.payments.stripe.read import fetch, read
from makegood.connectors.payments.stripe.subscribe import subscribe
from makegood.connectors.payments.stripe.webhook import verify

__all__ = ["CONNECTOR"]

CONNECTOR = Processor(
    capability=CAPABILITY,
    connect=connect,
    read=read,
    fetch=fetch,
    verify=verify,
    subscribe=subscribe,
    refund=refund,
    find_refund=find_refund,
)
