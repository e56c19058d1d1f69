"""What Stripe lets us do, as data, each limit with the page it was taken from (November 2026)."""

from __future__ import annotations

from datetime import timedelta

from makegood.connectors.contract import Fact
from makegood.connectors.payments.contract import PayCapability

__all__ = ["CAPABILITY", "KIND", "WHO"]

KIND = "stripe"
WHO = "Stripe"

CAPABILITY = PayCapability(
    kind=KIND,
    title="Stripe",
    webhooks=True,
    payouts=False,
    # Stripe sets no end; a card that is closed by then sends the money back, and the refund becomes failed.
    refund_days=None,
    refund_source="https://docs.stripe.com/refunds",
    key_life=timedelta(hours=24),
    key_source="https://docs.stripe.com/api/idempotent_requests",
    poll_seconds=300,
    rate_limits=(
        Fact("100 requests a second, 25 in test mode", "https://docs.stripe.com/rate-limits"),
        Fact("100 entries a page of a list", "https://docs.stripe.com/api/pagination"),
    ),
    tested="The official SDK against localstripe on loopback, behind a proxy of ours for what localstripe lacks.",
)
