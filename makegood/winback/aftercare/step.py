"""The step "aftercare": makes mails ready, and sends those that a member has released."""

from __future__ import annotations

from makegood.winback.aftercare import finding, outbox

__all__ = ["look_after_purchases"]


def look_after_purchases() -> None:
    """Looks for orders after which to ask, and sends what is to go out."""
    finding.make_ready()
    outbox.send_due()
