"""Which workspaces want posts kept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.listen.models import Channel
from makegood.listen.replay.models import ReplayWish

__all__ = ["is_wanted", "switch", "wants"]


def wants(workspace: Any) -> bool:
    """Whether this workspace wants posts kept, and the machine is meant to keep any."""
    return bool(settings.REPLAY_BYTES) and ReplayWish.objects.within(workspace).exists()


def is_wanted() -> bool:
    """Whether any workspace that follows a public stream wants its posts kept."""
    if not settings.REPLAY_BYTES:
        return False
    streams = Channel.objects.across("one store serves all workspaces").filter(
        workspace_id=OuterRef("workspace_id"), kind=Channel.Kind.STREAM
    )
    return ReplayWish.objects.across("one store serves all workspaces").filter(Exists(streams)).exists()


@transaction.atomic
def switch(workspace: Any, by: Any, *, on: bool) -> None:
    """Wants posts kept from now on, or no longer. Once nobody does, what is kept goes within a minute."""
    rows = ReplayWish.objects.within(workspace)
    if on == rows.exists():
        return
    if on:
        ReplayWish.objects.get_or_create(workspace=workspace, defaults={"created_by": by})
    else:
        rows.delete()
    journal.record(workspace.pk, "replay.wanted" if on else "replay.unwanted", workspace, actor=by)
    jobs.wake("stored_posts")
