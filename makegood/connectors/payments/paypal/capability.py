"""What PayPal lets us do, as data, each limit with the page it was taken from (November 2026)."""

from __future__ import annotations

from datetime import timedelta

from makegood.connectors.contract import Fact
from makegood.connectors.payments.contract import PayCapability

__all__ = ["CAPABILITY", "KIND", "WHO"]

KIND = "paypal"
WHO = "PayPal"

_SEARCH = "https://developer.paypal.com/docs/api/transaction-search/v1/"

CAPABILITY = PayCapability(
    kind=KIND,
    title="PayPal",
    webhooks=True,
    payouts=True,
    refund_days=180,
    refund_source="https://developer.paypal.com/api/nvp-soap/paypal-payments-standard/admin/refunds",
    key_life=timedelta(days=45),
    key_source="https://developer.paypal.com/docs/api/payments/v2/#captures_refund",
    payout_key_life=timedelta(days=30),
    payout_key_source="https://developer.paypal.com/docs/api/payments.payouts-batch/v1/",
    # What is new is told after up to three hours anyway; webhooks tell it at once.
    poll_seconds=900,
    rate_limits=(
        Fact("No figure is published; a 429 says to slow down", "https://developer.paypal.com/api/rest/rate-limiting/"),
        Fact("A transaction can take three hours until it is listed", _SEARCH),
        Fact("31 days and 500 transactions a search, three years back", _SEARCH),
    ),
    tested="A server of ours that answers in the documented shapes. PayPal itself, and its sandbox, were not tried.",
)
