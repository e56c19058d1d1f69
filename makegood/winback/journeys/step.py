"""The step "journeys": whoever complained stands where the evidence puts them, and the loyalty report is a day old at
most.
"""

from __future__ import annotations

from makegood.winback.journeys import flow, loyalty

__all__ = ["follow_journeys"]


def follow_journeys() -> None:
    """Everything here that happens by itself. Safe to call at any time, as often as one likes."""
    flow.follow()
    loyalty.count_due()
