"""The front door of replying."""

from __future__ import annotations

from makegood.kit import clock
from makegood.reply.canned import (
    SAMPLE_VALUES,
    CannedError,
    Used,
    canned_choices,
    canned_list,
    canned_one,
    remove_canned,
    save_canned,
)
from makegood.reply.composing import (
    Preview,
    Rule,
    accounts_for,
    answered,
    capability_for,
    length,
    link_of,
    preview,
    private_link,
    quotable,
    route_of,
    rules_of,
)
from makegood.reply.erasing import being_sent, erase_threads
from makegood.reply.flow import (
    ReplyError,
    discard,
    draft_of,
    queue,
    record_by_hand,
    retry,
    save_draft,
    undo,
)
from makegood.reply.macros import (
    STEP_KINDS,
    MacroError,
    Ran,
    known_to_macros,
    macro_list,
    macro_one,
    remove_macro,
    run_macro,
    save_macro,
    step_problems,
    step_words,
)
from makegood.reply.media import add as add_media
from makegood.reply.media import describe as describe_media
from makegood.reply.media import forget_old as forget_media
from makegood.reply.media import path_of as media_path
from makegood.reply.media import remove as remove_media
from makegood.reply.models import CannedResponse, Macro, Reply, ReplyMedia
from makegood.reply.outbox import WAITS_FOR_ACCOUNT, send_due
from makegood.reply.outgoing import Outgoing, pending
from makegood.reply.pictures import LARGEST_UPLOAD
from makegood.reply.planning import moment, presets, replan, send_now
from makegood.reply.proposals import (
    amended,
    approve,
    count_proposed,
    decline,
    declined_for,
    propose,
    proposed,
    take_back,
)
from makegood.reply.rules import (
    Piece,
    Route,
    changes,
    may_approve,
    may_propose,
    may_send,
    no_media,
    no_quote,
    too_long,
    window_end,
)
from makegood.reply.tone.checking import Checked
from makegood.reply.tone.finding import ALWAYS as TONE_ALWAYS
from makegood.reply.tone.finding import Code, Finding
from makegood.reply.tone.looking import look as look_at_tone
from makegood.reply.tone.reasons import CHECKS as TONE_CHECKS
from makegood.reply.tone.reasons import MARKS as TONE_MARKS
from makegood.reply.tone.settings import Tone, ToneError, save_tone, tone_of
from makegood.reply.variables import VARIABLES, Filled, fill, first_name, holds
from makegood.reply.variables import problems as variable_problems

__all__ = [
    "LARGEST_UPLOAD",
    "SAMPLE_VALUES",
    "STEP_KINDS",
    "TONE_ALWAYS",
    "TONE_CHECKS",
    "TONE_MARKS",
    "VARIABLES",
    "CannedError",
    "CannedResponse",
    "Checked",
    "Code",
    "Filled",
    "Finding",
    "Macro",
    "MacroError",
    "Outgoing",
    "Piece",
    "Preview",
    "Ran",
    "Reply",
    "ReplyError",
    "ReplyMedia",
    "Route",
    "Rule",
    "Tone",
    "ToneError",
    "Used",
    "accounts_for",
    "add_media",
    "amended",
    "answered",
    "approve",
    "being_sent",
    "canned_choices",
    "canned_list",
    "canned_one",
    "capability_for",
    "changes",
    "count_proposed",
    "decline",
    "declined_for",
    "describe_media",
    "discard",
    "draft_of",
    "erase_threads",
    "fill",
    "first_name",
    "forget_media",
    "holds",
    "known_to_macros",
    "length",
    "link_of",
    "look_at_tone",
    "macro_list",
    "macro_one",
    "may_approve",
    "may_propose",
    "may_send",
    "media_path",
    "moment",
    "no_media",
    "no_quote",
    "pending",
    "presets",
    "preview",
    "private_link",
    "propose",
    "proposed",
    "queue",
    "queue_age",
    "quotable",
    "record_by_hand",
    "remove_canned",
    "remove_macro",
    "remove_media",
    "replan",
    "retry",
    "route_of",
    "rules_of",
    "run_macro",
    "save_canned",
    "save_draft",
    "save_macro",
    "save_tone",
    "send_due",
    "send_now",
    "step_problems",
    "step_words",
    "take_back",
    "tone_of",
    "too_long",
    "undo",
    "variable_problems",
    "window_end",
]


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest due answer has waited to be sent; None where nothing waits."""
    rows = Reply.objects.across("the operator sees every queue").filter(
        state__in=[Reply.State.QUEUED, Reply.State.SENDING], send_after__lte=clock.now()
    )
    # What waits for its account to be connected again is not the queue's delay.
    oldest = rows.exclude(WAITS_FOR_ACCOUNT).order_by("send_after").values_list("send_after", flat=True).first()
    return {"replies to send": (clock.now() - oldest).total_seconds() if oldest else None}
