"""Being told at once: a network's stream for one account, which makes the listener look there now.

A lost stream is no trouble of its own: the channel is polled all the same, and that tells whether it works.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Collection
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import Q

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.registry import connector
from makegood.jobs import api as jobs
from makegood.kit import clock
from makegood.kit.pauses import back_off
from makegood.listen.channels import credentials_of
from makegood.listen.models import Channel, Mention
from makegood.listen.shape import short

__all__ = ["Nudges", "Place", "bring_forward", "look_soon", "wanted"]

log = logging.getLogger(__name__)
AGAIN_SECONDS = 1.0
LONGEST_PAUSE = 300.0
NO_STREAM_SECONDS = 3600.0
"""How long a server that has no stream is left alone: it may get one."""
STABLE_SECONDS = 60.0
"""A connection that held so long was a good one: the next pause begins small again."""
GATHER_SECONDS = 0.3
LEASED_SECONDS = 30.0


@dataclass(frozen=True)
class Place:
    """A channel as it is followed. With other credentials it is another one."""

    channel_id: int
    workspace_id: int
    network: str
    mark: str


class Nudges:
    """The streams that are open, one task a channel. Touched on the loop only."""

    def __init__(self) -> None:
        self.tasks: dict[Place, asyncio.Task[None]] = {}

    def become(self, wanted: Collection[Place]) -> None:
        """Follows exactly these."""
        for place in [place for place in self.tasks if place not in wanted]:
            self.tasks.pop(place).cancel()
        for place in wanted:
            if place not in self.tasks:
                self.tasks[place] = asyncio.create_task(_follow(place))

    async def stop(self) -> None:
        """Lets go of all."""
        running = list(self.tasks.values())
        self.become(())
        await asyncio.gather(*running, return_exceptions=True)


def wanted() -> set[Place]:
    """The accounts that can be followed."""
    rows = Channel.objects.across("one listener serves all workspaces").filter(
        kind=Channel.Kind.ACCOUNT, state__in=[Channel.State.WORKING, Channel.State.TROUBLE]
    )
    return {
        Place(row.pk, row.workspace_id, row.network, hashlib.sha256(row.secret.encode()).hexdigest())
        for row in rows.only("pk", "workspace_id", "network", "secret")
        if connector(row.network).nudges is not None
    }


async def _follow(place: Place) -> None:
    """Follows one account's stream, and connects again with growing pauses. Until cancelled."""
    failures = 0
    while True:
        began = time.monotonic()
        pause = 0.0
        try:
            await _listen(place)
        except Trouble as trouble:
            log.info("nudges of channel %s: %s %s", place.channel_id, trouble.verdict, trouble.detail)
            pause = trouble.retry_after or 0.0
            if trouble.verdict in {Verdict.REFUSE, Verdict.DISCONNECT}:
                # The poll finds out by itself, and says it, when the account is no longer accepted.
                pause = NO_STREAM_SECONDS
        except Exception:
            log.exception("nudges of channel %s stopped", place.channel_id)
        failures = 0 if time.monotonic() - began > STABLE_SECONDS else failures + 1
        await asyncio.sleep(max(pause, back_off(failures, AGAIN_SECONDS, LONGEST_PAUSE)))


async def _listen(place: Place) -> None:
    nudges = connector(place.network).nudges
    assert nudges is not None
    credentials = await sync_to_async(_credentials)(place)
    # Closed here and now: what the garbage collector closes it closes when the loop may be gone.
    async with aclosing(nudges(credentials)) as told:
        async for ids in told:
            await _tell(place, ids)


def _credentials(place: Place) -> dict[str, Any]:
    row = Channel.objects.within(place.workspace_id).filter(pk=place.channel_id).first()
    if row is None:
        raise Trouble(Verdict.REFUSE, "The channel was removed.")
    return credentials_of(row)


async def _tell(place: Place, ids: tuple[str, ...]) -> None:
    if ids:
        await sync_to_async(look_soon)(place.workspace_id, place.channel_id, ids)
        return
    until = time.monotonic() + LEASED_SECONDS
    # While it is being read its next time is not set yet; what nudged us may have come too late for that reading.
    while not await sync_to_async(bring_forward)(place.workspace_id, place.channel_id):
        if time.monotonic() > until:
            return
        await asyncio.sleep(GATHER_SECONDS)


def bring_forward(workspace_id: int, channel_id: int) -> bool:
    """The channel's time is now. Returns False while it is being read, when it must be told again.

    A channel in trouble keeps the time that was agreed: the network may have asked for that pause.
    """
    now = clock.now()
    mine = Channel.objects.within(workspace_id).filter(pk=channel_id, state=Channel.State.WORKING)
    mine.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now), due_at__gt=now).update(due_at=now)
    return not mine.filter(lease_until__gt=now).exists()


def look_soon(workspace_id: int, channel_id: int, ids: Collection[str]) -> int:
    """What a channel brought under these ids, or revisions, is looked at now; returns how many that are."""
    rows = Mention.objects.within(workspace_id).filter(channel=channel_id, look_at__isnull=False)
    named = Q(network_id__in=[short(each) for each in ids]) | Q(activity__revision__in=list(ids))
    count = rows.filter(named).update(look_at=clock.now())
    if count:
        jobs.wake("looks")
    return count
