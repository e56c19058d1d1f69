"""Removing a person from the praise that was heard of them: what was shared comes down, and no word of theirs stays."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from makegood.amplify.models import Permission, PermissionAsk, Praise, Share
from makegood.amplify.praising.permitting import end_all
from makegood.amplify.sharing.down import UP

__all__ = ["being_shared", "erase_praise", "export_praise", "in_use"]


def being_shared(workspace_id: int, conversations: Collection[int]) -> set[int]:
    """Those of these conversations (ids) whose praise is being shared or taken down in this moment."""
    rows = Share.objects.within(workspace_id).filter(
        praise__conversation__in=conversations, state__in=[Share.State.SENDING, Share.State.REMOVING]
    )
    return set(rows.values_list("praise__conversation_id", flat=True))


def in_use(workspace_id: int, conversations: Collection[int]) -> set[int]:
    """Those of these conversations (ids) whose praise may still be shown, or is: they are not old yet."""
    permitted = Permission.objects.within(workspace_id).filter(revoked_at__isnull=True)
    standing = Share.objects.within(workspace_id).filter(state__in=UP)
    rows = Praise.objects.within(workspace_id).filter(conversation__in=conversations)
    rows = rows.filter(Q(pk__in=permitted.values("praise")) | Q(pk__in=standing.values("praise")))
    return set(rows.values_list("conversation_id", flat=True))


def export_praise(workspace_id: int, conversations: Collection[int]) -> dict[str, Any]:
    """What was asked, granted and shared of these conversations (ids), as plain values ready for JSON. 2 queries."""
    permissions = Permission.objects.within(workspace_id).filter(praise__conversation__in=conversations).order_by("pk")
    shares = Share.objects.within(workspace_id).filter(praise__conversation__in=conversations).order_by("pk")
    return {
        "permissions": [
            {
                "what_for": row.scope,
                "granted_at": row.granted_at.isoformat(),
                "words": row.words,
                "taken_back_at": row.revoked_at.isoformat() if row.revoked_at else None,
            }
            for row in permissions
        ],
        "shared": [
            {
                "how": row.kind,
                "network": row.network,
                "state": row.state,
                "at": row.send_after.isoformat(),
                "url": row.url,
            }
            for row in shares.defer("picture")
        ],
    }


def erase_praise(workspace_id: int, conversations: Collection[int]) -> int:
    """Ends every permission of these conversations (ids), takes down every use, and empties all of words; in the
    caller's transaction. Returns how many praises that were. The caller has looked at `being_shared`.
    """
    rows = Praise.objects.within(workspace_id).filter(conversation__in=conversations)
    found = list(rows.select_for_update(of=("self",)).order_by("pk"))
    for row in found:
        end_all(row, "It was erased.")
    keys = [row.pk for row in found]
    rows = Praise.objects.within(workspace_id).filter(pk__in=keys)
    rows.update(state=Praise.State.GONE, reasons=[], thanks_words="", thanks_from=None)
    Permission.objects.within(workspace_id).filter(praise__in=keys).update(words="", evidence=None, doubt=None)
    PermissionAsk.objects.within(workspace_id).filter(praise__in=keys).update(words="", answer=None)
    # The text of a post that is still up is how it is found on the network; it goes once that is down.
    Share.objects.within(workspace_id).filter(praise__in=keys).update(picture=None, alt="")
    Share.objects.within(workspace_id).filter(praise__in=keys).exclude(state__in=UP).update(text="")
    return len(found)
