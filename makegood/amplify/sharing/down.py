"""Taking down: a use of a praise that is not to be seen any more, whatever state it is in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from makegood.amplify.models import Permission, Praise, Scope, Share
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = ["UP", "settle_undone", "take_down", "take_down_all", "take_down_of"]

State = Share.State
UP = (State.QUEUED, State.SENDING, State.DONE, State.UNKNOWN, State.LEAVING, State.REMOVING, State.STUCK)
"""What stands on a network, or may."""


def take_down_of(permission: Permission, because: str) -> int:
    """Takes down every use that rests on a permission, in the caller's transaction. Returns how many there were.

    Who no longer lets it be reshared means as well what was reshared without asking.
    """
    uses = Q(permission=permission)
    if permission.scope == Scope.RESHARE:
        uses |= Q(praise=permission.praise_id, permission__isnull=True)
    return take_down(Share.objects.within(permission.workspace_id).filter(uses), because)


def take_down_all(praise: Praise, because: str) -> int:
    """Takes down every use of a praise, those too that rest on no permission. In the caller's transaction."""
    return take_down(Share.objects.within(praise.workspace_id).filter(praise=praise), because)


def take_down(rows: QuerySet[Share], because: str) -> int:
    """Takes down those of these that stand or may: what has not gone out never does. Returns how many that were."""
    now = clock.now()
    wanted = rows.filter(down_wanted_at__isnull=True)
    facts: dict[str, Any] = {"down_wanted_at": now, "down_because": because[:300], "changed_at": now}
    # What is being sent in this moment is taken down by whoever finishes that.
    count = wanted.filter(state=State.SENDING).update(**facts)
    count += wanted.filter(state=State.QUEUED).update(**facts, state=State.WITHDRAWN)
    standing = wanted.filter(state__in=[State.DONE, State.UNKNOWN])
    return count + standing.update(**facts, state=State.LEAVING, lease_until=now, attempt=0, sentence="")


def settle_undone() -> int:
    """Part of the step: notes of which permissions, taken back, every use is down. Returns how many."""
    rows = Permission.objects.across("the step looks after the permissions of all workspaces")
    waiting = rows.filter(revoked_at__isnull=False, undone_at__isnull=True)
    standing = Share.objects.across("their uses").filter(state__in=UP, permission__isnull=False)
    over = waiting.exclude(pk__in=standing.values("permission")).select_related("praise").order_by("pk")[:200]
    return sum(_undone(row, clock.now()) for row in over)


def _undone(row: Permission, now: datetime) -> bool:
    with transaction.atomic():
        held = Permission.objects.within(row.workspace_id).filter(pk=row.pk, undone_at__isnull=True)
        if not held.update(undone_at=now):
            return False
        talk = desk.Conversation(pk=row.praise.conversation_id)
        journal.record(row.workspace_id, "permission.undone", talk, praise=row.praise_id, scope=row.scope)
    return True
