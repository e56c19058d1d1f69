"""Copies of what others said around a conversation: changed and deleted as their authors do."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import msgspec
from django.db import transaction

from makegood.activity import Activity
from makegood.connectors.contract import Page, Trouble
from makegood.desk.models import Message
from makegood.jobs import api as jobs
from makegood.kit import clock, text
from makegood.listen import api as listen

__all__ = ["look_again"]

TOPIC = "looks"
AT_ONCE = 100
TURN_SECONDS = 1.0
LATER = timedelta(minutes=15)


def look_again() -> int:
    """The step: looks at the copies whose time has come. Returns how many were looked at.

    After a moment it lets other work in and comes back.
    """
    until = time.monotonic() + TURN_SECONDS
    count = 0
    while rows := _due():
        groups: dict[tuple[int, str], list[Message]] = defaultdict(list)
        for row in rows:
            groups[row.workspace_id, row.conversation.network].append(row)
        for (workspace_id, network), mine in groups.items():
            _keep(mine, listen.look_at(workspace_id, network, {row.network_id: row.revision for row in mine}))
            count += len(mine)
        if time.monotonic() >= until:
            jobs.wake(TOPIC)
            break
    return count


def _due() -> list[Message]:
    rows = Message.objects.across("one step looks for all workspaces").filter(look_at__lte=clock.now())
    return list(rows.select_related("conversation").order_by("look_at")[:AT_ONCE])


@transaction.atomic
def _keep(rows: Sequence[Message], found: Page | Trouble) -> None:
    now = clock.now()
    if isinstance(found, Trouble):
        wait = timedelta(seconds=found.retry_after) if found.retry_after else LATER
        for row in rows:
            Message.objects.within(row.workspace_id).filter(pk=row.pk).update(look_at=now + wait)
        return
    standing = {each.id[:1000]: each for each in found.activities}
    gone = {each[:1000] for each in found.deleted}
    for row in rows:
        if row.network_id in gone:
            row.text, row.media, row.warning, row.deleted_at, row.look_at = "", [], "", now, None
        else:
            row.look_at = listen.next_look(row.posted_at, now)
            _take_over(row, standing.get(row.network_id))
        row.save(update_fields=["text", "media", "warning", "edited_at", "deleted_at", "look_at"])


def _take_over(row: Message, activity: Activity | None) -> None:
    if activity is None or activity.edited_at is None or activity.edited_at == row.edited_at:
        return
    row.text, row.edited_at = text.clean(activity.text), activity.edited_at
    row.warning, row.media = text.clean(activity.warning)[:500], msgspec.to_builtins(activity.media)
