"""Channels that are looked at now and then: accounts and feeds."""

from __future__ import annotations

import logging
from datetime import datetime

from asgiref.sync import sync_to_async

from makegood.connectors.contract import Page, Trouble, Verdict
from makegood.connectors.registry import connector
from makegood.jobs import api as jobs
from makegood.kit import clock
from makegood.kit.pauses import back_off
from makegood.listen import flow
from makegood.listen.channels import credentials_of, seal
from makegood.listen.flow import Hit
from makegood.listen.matching import Desk
from makegood.listen.models import Channel

__all__ = ["claim_due", "poll"]

log = logging.getLogger(__name__)
LEASE_SECONDS = 120.0
LONGEST_BACK_OFF = 120.0
"""A small server shows only the last few dozen of what happened (snac: 64); who looks too seldom misses the rest."""


def claim_due(limit: int) -> list[Channel]:
    """Leases channels whose time has come."""
    rows = Channel.objects.across("one listener serves all workspaces").filter(
        kind__in=[Channel.Kind.ACCOUNT, Channel.Kind.FEED],
        state__in=[Channel.State.WORKING, Channel.State.TROUBLE],
        due_at__lte=clock.now(),
    )
    return jobs.claim(rows.order_by("due_at"), seconds=LEASE_SECONDS, limit=limit)


async def poll(channel: Channel, desk: Desk) -> None:
    """Reads one leased channel and keeps what it brought, or why it failed. Never raises."""
    found = connector(channel.network)
    assert found.read is not None
    try:
        page = await found.read(await sync_to_async(credentials_of)(channel), channel.cursor)
    except Trouble as trouble:
        await _failed(channel, trouble)
        return
    except Exception as error:
        log.exception("reading channel %s failed", channel.pk)
        sentence = "Something came back that Makegood could not read. Nothing is lost; it tries again."
        await _failed(channel, Trouble(Verdict.BUG, sentence, detail=repr(error)))
        return
    await sync_to_async(_take)(channel, page, desk)


def _hits(channel: Channel, page: Page, desk: Desk) -> list[Hit]:
    if channel.kind == Channel.Kind.ACCOUNT:
        return [Hit(activity, flow.reason_of(activity)) for activity in page.activities]
    hits: list[Hit] = []
    for activity in page.activities:
        matched = desk.find(activity).get(channel.workspace_id, [])
        hits += matched
        if channel.take_all and not matched:
            hits.append(Hit(activity, f"In the feed {channel.name}"))
    return hits


def _take(channel: Channel, page: Page, desk: Desk) -> None:
    # In the one thread where the database is: the searches are changed there too.
    hits = _hits(channel, page, desk)
    pause = 0.0 if page.more else page.next_after or connector(channel.network).capability.poll_seconds
    flow.take_page(
        channel,
        hits,
        cursor=dict(page.cursor),
        problems=page.problems,
        deleted=page.deleted,
        secret=seal(page.credentials) if page.credentials is not None else None,
        due_at=flow.due_later(pause),
    )
    if page.facts is not None:
        Channel.objects.within(channel.workspace_id).filter(pk=channel.pk).update(facts=dict(page.facts))


async def _failed(channel: Channel, trouble: Trouble) -> None:
    log.info("channel %s: %s %s", channel.pk, trouble.verdict, trouble.detail)
    base = float(connector(channel.network).capability.poll_seconds)
    wait = (
        trouble.retry_after
        if trouble.retry_after is not None
        else back_off(channel.failures, min(base, 10.0), LONGEST_BACK_OFF)
    )
    due: datetime = flow.due_later(wait)
    gone = trouble.verdict is Verdict.DISCONNECT
    await sync_to_async(flow.channel_failed)(channel, trouble.sentence, disconnect=gone, due_at=due)
