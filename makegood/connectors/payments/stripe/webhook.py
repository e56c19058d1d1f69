"""Verifies webhooks, by the SDK's own check over the bytes as they came: https://docs.stripe.com/webhooks#verify-official"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import PayEvent
from makegood.connectors.payments.stripe.shapes import event_of

__all__ = ["TOLERANCE", "verify"]

TOLERANCE = 300
"""Seconds between Stripe's signing and our reading. A body that was caught and sent again later is refused."""

_NONE = "No signing secret is known for these webhooks. Please copy it from Stripe’s Dashboard into the settings."
_FORGED = "This message is not signed by Stripe with a secret we know. Please check the webhook’s signing secret."
_OLD = "This message was signed more than five minutes ago. Please check the clock of this machine."
_ODD = "Stripe sent an event that we cannot read. Nothing is lost: please tell us about it."


def verify(credentials: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> PayEvent:
    """The event in a webhook. `credentials` has `webhook_secrets`: two while one is being replaced.

    Pure, but for the clock. Raises `Trouble`: REFUSE when forged or too old, BUG when signed and yet unreadable.
    """
    secrets = [str(secret) for secret in credentials.get("webhook_secrets") or ()]
    if not secrets:
        raise Trouble(Verdict.REFUSE, _NONE)
    header = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), "")
    signer = next((secret for secret in secrets if _signed(body, header, secret, None)), None)
    if signer is None:
        raise Trouble(Verdict.REFUSE, _FORGED, detail=f"{len(secrets)} secrets, {len(body)} bytes")
    if not _signed(body, header, signer, TOLERANCE):
        raise Trouble(Verdict.REFUSE, _OLD, detail=header.partition(",")[0][:40])
    try:
        return event_of(body)
    except ValueError as error:
        raise Trouble(Verdict.BUG, _ODD, detail=str(error)[:200]) from error


def _signed(body: bytes, header: str, secret: str, tolerance: int | None) -> bool:
    from stripe import SignatureVerificationError, WebhookSignature

    # hmac.compare_digest takes no text beyond ASCII, and no honest header has any.
    if not header.isascii():
        return False
    try:
        WebhookSignature.verify_header(body, header, secret, tolerance)
    except (SignatureVerificationError, UnicodeDecodeError):
        return False
    return True
