"""When a praise goes out, so that praise does not come in a heap, and what may be shared how: pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from makegood.clocks.api import Hours, is_open, next_opening
from makegood.connectors.contract import Capability

__all__ = ["MOST_ATTEMPTS", "OPEN_TO_ALL", "TAKEN_DOWN_WITHIN", "back_off", "kinds_of", "next_slot"]

MOST_ATTEMPTS = 6
"""After as many a person looks whether it stands."""
TAKEN_DOWN_WITHIN = timedelta(hours=24)
"""What is to come down is tried for as long; then a person is told what to do."""
OPEN_TO_ALL = ("public", "unlisted")
"""Who sees a post that may be shared: everybody."""
FURTHEST = 400
"""Steps that are tried to find a free slot; more would be months ahead."""


def back_off(attempt: int) -> float:
    """Seconds to wait before attempt number `attempt` + 1: 2, 4, 8 ... 900."""
    return min(900.0, 2.0 ** min(attempt, 10))


def next_slot(
    now: datetime, taken: Sequence[datetime], hours: Hours | None, zone: str, most_a_day: int, hours_between: int
) -> datetime:
    """The first moment from `now` on (aware) that is within opening hours (`hours`; None: always open), `hours_between`
    hours from every one `taken`, on a day (in `zone`) that has fewer than `most_a_day` of them.

    Where none is found within months, the last moment looked at.
    """
    place = ZoneInfo(zone)
    apart = timedelta(hours=hours_between)
    slot = now
    for _step in range(FURTHEST):
        if not is_open(hours, slot):
            slot = next_opening(hours, slot)
        near = [each for each in taken if abs(each - slot) < apart]
        if near:
            slot = max(near) + apart
            continue
        day = slot.astimezone(place).date()
        if sum(each.astimezone(place).date() == day for each in taken) >= most_a_day:
            # The day is full: from the first moment of the next one on.
            slot = datetime.combine(day + timedelta(days=1), time(), place).astimezone(now.tzinfo)
            continue
        return slot
    return slot


def kinds_of(capability: Capability, network: str) -> list[str]:
    """In which ways (kinds of `Share`) an account of this capability can carry on a praise said on `network`."""
    same = capability.network == network
    found = []
    if same and capability.reshare is not None:
        found.append("boost")
    if same and capability.own_posts is not None:
        found.append("quote")
    if capability.own_posts is not None and capability.media is not None:
        found.append("picture")
    return found
