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
from makegood.listen.folding.flow import forget_keys, take_out
from makegood.listen.folding.reading import Copies, copies_of, copy_under, page_of_copies
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
from makegood.listen.replay.flow import MOST_FOUND
from makegood.listen.replay.flow import begin as begin_replay
from makegood.listen.replay.flow import cancel as cancel_replay
from makegood.listen.replay.flow import run_due as run_replays
from makegood.listen.replay.models import ReplayRun
from makegood.listen.replay.reading import Store, found_by, replay_of, store_state
from makegood.listen.replay.sweeping import sweep as sweep_stored
from makegood.listen.replay.wishes import switch as switch_replay
from makegood.listen.replay.wishes import wants as wants_replay
from makegood.listen.sample import fill_sample
from makegood.listen.shape import short
from makegood.listen.uploads import drop_upload, forget_upload, keep_upload

__all__ = [
    "ERASED",
    "IMPORT_TARGETS",
    "MOST_FOUND",
    "Channel",
    "ChannelProblem",
    "Copies",
    "Health",
    "Hearing",
    "Hit",
    "ImportRun",
    "Mention",
    "Proposal",
    "Query",
    "QueryError",
    "ReplayRun",
    "Sampled",
    "Store",
    "StreamCursor",
    "Trial",
    "account_for",
    "begin_connect",
    "begin_import",
    "begin_replay",
    "cancel_import",
    "cancel_replay",
    "capability_of",
    "change",
    "channel_failed",
    "channel_health",
    "connect",
    "copies_of",
    "copy_under",
    "credentials_of",
    "drop_upload",
    "erase_authors",
    "erase_older",
    "explain",
    "fill_sample",
    "finish_connect",
    "first_look",
    "forget_keys",
    "forget_upload",
    "found_by",
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
    "page_of_copies",
    "pause",
    "preview_import",
    "propose",
    "queue_age",
    "rehome",
    "remove",
    "remove_query",
    "replay_of",
    "resume",
    "run_imports",
    "run_replays",
    "save",
    "seal",
    "short",
    "start_import",
    "store",
    "store_state",
    "sweep_stored",
    "switch_replay",
    "take_everything",
    "take_new",
    "take_out",
    "try_out",
    "unseal",
    "wants_replay",
    "work_for_listener",
]


def work_for_listener(url: str | None) -> None:
    """Takes in posts until told to stop: those that wait at the NATS that `url` names, or, without one, those that the
    listener that started this process sends through a pipe. Its process does nothing else.
    """
    if url is None:
        from makegood.listen.spreading import handing

        handing.main()
    else:
        from makegood.listen.spreading import working

        working.main(url)


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
