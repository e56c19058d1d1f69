"""The front door of listening: what is heard, where, and for which query."""

from __future__ import annotations

from makegood.listen.channels import (
    Health,
    begin_connect,
    capability_of,
    channel_health,
    connect,
    credentials_of,
    finish_connect,
    has_sample,
    listen_publicly,
    pause,
    rehome,
    remove,
    resume,
    seal,
    take_everything,
    unseal,
)
from makegood.listen.erasing import ERASED, erase_authors, erase_older
from makegood.listen.flow import (
    Hit,
    channel_failed,
    mark_sorted,
    own_ids,
    store,
    take_new,
)
from makegood.listen.imports import IMPORT_TARGETS
from makegood.listen.imports import begin as begin_import
from makegood.listen.imports import cancel as cancel_import
from makegood.listen.imports import preview as preview_import
from makegood.listen.imports import run_due as run_imports
from makegood.listen.imports import start as start_import
from makegood.listen.looking import account_for, look_again, look_at
from makegood.listen.looking_rules import first_look, next_look
from makegood.listen.models import Channel, ChannelProblem, Hearing, ImportRun, Mention, Query, StreamCursor
from makegood.listen.queries import (
    Sampled,
    Trial,
    change,
    explain,
    heard_by_day,
    is_sampling,
    remove_query,
    save,
    try_out,
)
from makegood.listen.query import Proposal, QueryError, propose
from makegood.listen.sample import fill_sample
from makegood.listen.shape import short
from makegood.listen.uploads import drop_upload, forget_upload, keep_upload

__all__ = [
    "ERASED",
    "IMPORT_TARGETS",
    "Channel",
    "ChannelProblem",
    "Health",
    "Hearing",
    "Hit",
    "ImportRun",
    "Mention",
    "Proposal",
    "Query",
    "QueryError",
    "Sampled",
    "StreamCursor",
    "Trial",
    "account_for",
    "begin_connect",
    "begin_import",
    "cancel_import",
    "capability_of",
    "change",
    "channel_failed",
    "channel_health",
    "connect",
    "credentials_of",
    "drop_upload",
    "erase_authors",
    "erase_older",
    "explain",
    "fill_sample",
    "finish_connect",
    "first_look",
    "forget_upload",
    "has_sample",
    "heard_by_day",
    "is_sampling",
    "keep_upload",
    "listen_publicly",
    "look_again",
    "look_at",
    "mark_sorted",
    "next_look",
    "own_ids",
    "pause",
    "preview_import",
    "propose",
    "queue_age",
    "rehome",
    "remove",
    "remove_query",
    "resume",
    "run_imports",
    "save",
    "seal",
    "short",
    "start_import",
    "store",
    "take_everything",
    "take_new",
    "try_out",
    "unseal",
]


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest due row of each queue of this stage has waited; None where nothing waits."""
    from makegood.kit import clock

    now = clock.now()
    new = Mention.objects.across("the operator sees every queue").filter(state=Mention.State.NEW).order_by("id").first()
    late = (
        Channel.objects.across("the operator sees every queue")
        .filter(state__in=[Channel.State.WORKING, Channel.State.TROUBLE], due_at__lte=now)
        .order_by("due_at")
        .first()
    )
    return {
        "mentions to sort": (now - new.heard_at).total_seconds() if new else None,
        "channels to read": (now - late.due_at).total_seconds() if late and late.due_at else None,
    }
