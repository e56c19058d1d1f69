"""Removing a person from what was heard, in one workspace."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Exists, Q, QuerySet

from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen.folding.flow import let_go
from makegood.listen.models import Mention, SampledPost
from makegood.listen.replay.erasures import NETWORK, forget_authors

__all__ = ["ERASED", "erase_authors", "erase_older", "said_before"]

ERASED = "erased"
"""The author of what was said by somebody who was erased."""
BATCH = 500


def erase_authors(workspace_id: int, authors: Collection[tuple[str, str]], by: Any) -> int:
    """Removes what these authors (network, id) said and who they were, in the caller's transaction.

    Returns how many mentions that were. Under which ids they were heard is kept, so that none is heard again.
    """
    who = Q(pk__in=[])
    for network, author_id in authors:
        who |= Q(network=network, author_id=author_id)
    forget_authors([author_id for network, author_id in authors if network == NETWORK])
    return _erase(workspace_id, who, by)


def erase_older(workspace_id: int, network: str, before: datetime, kept: Exists) -> int:
    """Removes what was said on a network before that moment, but for what is `kept` (true of a mention that stays), at
    most 500 at a time, in the caller's transaction. Returns how many that were.
    """
    keys = said_before(workspace_id, network, before).exclude(kept).values_list("pk", flat=True)[:BATCH]
    # What was folded under it is about to go as well, a few days later.
    return _erase(workspace_id, Q(pk__in=list(keys)), None, quietly=True)


def said_before(workspace_id: int, network: str, before: datetime) -> QuerySet[Mention]:
    """What was said on a network before that moment and is not erased yet, the oldest first."""
    old = Mention.objects.within(workspace_id).filter(network=network, posted_at__lt=before)
    return old.exclude(author_id=ERASED).order_by("posted_at", "pk")


def _erase(workspace_id: int, which: Q, by: Any, *, quietly: bool = False) -> int:
    rows = list(Mention.objects.within(workspace_id).filter(which).only("pk", "workspace_id", "network_id"))
    SampledPost.objects.filter(network_id__in=[row.network_id for row in rows]).delete()
    Mention.objects.within(workspace_id).filter(pk__in=[row.pk for row in rows]).update(
        text="",
        activity={},
        author_id=ERASED,
        author_name="",
        author_handle="",
        url="",
        look_at=None,
        state=Mention.State.SORTED,
        deleted_at=clock.now(),
    )
    let_go([row.pk for row in rows], quietly=quietly)
    journal.record_all([journal.line(workspace_id, "mention.erased", row, actor=by) for row in rows])
    return len(rows)
