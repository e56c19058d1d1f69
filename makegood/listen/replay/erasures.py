"""Whose posts must not be found any more because a member said so."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from makegood.connectors.bluesky.capability import NETWORK
from makegood.listen.replay.models import ReplayErasure
from makegood.listen.replay.segments import hash_of

__all__ = ["NETWORK", "forget_authors"]


def forget_authors(author_ids: Sequence[str]) -> None:
    """They were erased: nothing they have said until now is found any more, and within a day it is gone from the
    files; in the caller's transaction.
    """
    if settings.REPLAY_BYTES and author_ids:
        ReplayErasure.objects.bulk_create([ReplayErasure(author=f"{hash_of(each):016x}") for each in author_ids])
