"""Looking again at what was heard: has it been changed, is it gone? For networks that don't tell by themselves."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from makegood.activity import Activity
from makegood.connectors.contract import Page, Trouble, Verdict
from makegood.connectors.registry import connector
from makegood.jobs import api as jobs
from makegood.kit import clock
from makegood.listen import flow
from makegood.listen.channels import credentials_of, seal
from makegood.listen.edits import keep_edits
from makegood.listen.looking_rules import next_look
from makegood.listen.models import Channel, Mention
from makegood.listen.shape import short

__all__ = ["account_for", "look_again", "look_at"]

log = logging.getLogger(__name__)
TOPIC = "looks"
AT_ONCE = 100
TURN_SECONDS = 1.0
LATER = timedelta(minutes=15)
Seen = Callable[[int, Sequence[Activity]], object]


def account_for(workspace_id: int, network: str) -> Channel | None:
    """The workspace's working account on a network, the oldest first; None where it has none."""
    rows = Channel.objects.within(workspace_id).filter(network=network, kind=Channel.Kind.ACCOUNT)
    return rows.exclude(state=Channel.State.DISCONNECTED).order_by("id").first()


def look_at(workspace_id: int, network: str, ids: Collection[str], account: Channel | None = None) -> Page | Trouble:
    """How these utterances stand on the network now, as `account` sees it, else the workspace's own, where it has one.

    `ids` may be a mapping to the revision under which each was heard (see `Connector.look`).
    """
    look = connector(network).look
    if look is None:
        return Page()
    account = account or account_for(workspace_id, network)
    try:
        page = asyncio.run(_look(look, credentials_of(account) if account else None, ids))
    except Trouble as trouble:
        return trouble
    except Exception as error:
        log.exception("looking at %s posts on %s", len(ids), network)
        return Trouble(Verdict.BUG, "Something came back that Makegood could not read.", detail=repr(error))
    if account is not None and page.credentials is not None:
        Channel.objects.within(workspace_id).filter(pk=account.pk).update(secret=seal(page.credentials))
    return page


async def _look(look: Any, credentials: Mapping[str, Any] | None, ids: Collection[str]) -> Page:
    page: Page = await look(credentials, ids)
    return page


def look_again(seen: Seen | None = None) -> int:
    """The step: looks at the mentions whose time has come. Returns how many were looked at.

    `seen` is told what stands where (the workspace's id and its activities), for whoever counts with it.

    After a moment it lets other work in and comes back: networks are slow to answer, and what is due may be a flood.
    """
    until = time.monotonic() + TURN_SECONDS
    count = 0
    while rows := _due():
        groups: dict[tuple[int, str, Channel | None], list[Mention]] = defaultdict(list)
        for row in rows:
            groups[row.workspace_id, row.network, _hearer(row)].append(row)
        for (workspace_id, network, account), mine in groups.items():
            ids = {row.activity.get("id", ""): row.activity.get("revision", "") for row in mine}
            page = look_at(workspace_id, network, ids, account)
            _keep(workspace_id, mine, page)
            if seen is not None and isinstance(page, Page):
                seen(workspace_id, page.activities)
            count += len(mine)
        if time.monotonic() >= until:
            jobs.wake(TOPIC)
            break
    return count


def _hearer(row: Mention) -> Channel | None:
    """The account that heard it: what was said to that one in private, another account can't see."""
    channel = row.channel
    able = channel.kind == Channel.Kind.ACCOUNT and channel.state != Channel.State.DISCONNECTED
    return channel if able and channel.network == row.network else None


def _due() -> list[Mention]:
    rows = Mention.objects.across("one step looks for all workspaces").filter(look_at__lte=clock.now())
    return list(rows.select_related("channel").order_by("look_at")[:AT_ONCE])


@transaction.atomic
def _keep(workspace_id: int, rows: Sequence[Mention], found: Page | Trouble) -> None:
    now = clock.now()
    if isinstance(found, Trouble):
        log.info("looking again: %s %s", found.verdict, found.detail)
        wait = timedelta(seconds=found.retry_after) if found.retry_after else LATER
        _put_off(workspace_id, rows, lambda _row: now + wait)
        return
    keep_edits(workspace_id, {short(each.id): each for each in found.activities}, noticed_at=now)
    flow.redact([short(each) for each in found.deleted], workspace_id=workspace_id)
    _put_off(workspace_id, rows, lambda row: next_look(row.posted_at, now))


def _put_off(workspace_id: int, rows: Iterable[Mention], when: Callable[[Mention], datetime | None]) -> None:
    for row in rows:
        standing = Mention.objects.within(workspace_id).filter(pk=row.pk, deleted_at__isnull=True)
        standing.update(look_at=when(row))
