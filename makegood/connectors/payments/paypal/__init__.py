"""PayPal: captures, refunds, payouts and webhooks, over plain HTTP. See README.md beside this file."""

from __future__ import annotations

from makegood.connectors.payments.contract import Processor
from makegood.connectors.payments.paypal.capability import CAPABILITY
from makegood.connectors.payments.paypal.connect import connect
from makegood.connectors.payments.paypal.give import find_refund, refund
from makegood.connectors.payments.paypal.payout import pay_out
from makegood.connectors.payments.paypal.read import fetch, read
from makegood.connectors.payments.paypal.subscribe import subscribe
from makegood.connectors.payments.paypal.webhook import verify_async

__all__ = ["CONNECTOR"]

CONNECTOR = Processor(
    capability=CAPABILITY,
    connect=connect,
    read=read,
    fetch=fetch,
    verify_async=verify_async,
    subscribe=subscribe,
    refund=refund,
    find_refund=find_refund,
    pay_out=pay_out,
)
