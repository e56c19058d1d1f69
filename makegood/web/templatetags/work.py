"""What templates say of snoozing, bulk actions, canned responses and macros."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.web import work

register = template.Library()


@register.filter
def when(moment: datetime) -> str:
    """A moment in the shop's time, shortly."""
    return work.when(moment)


@register.filter
def did(action: desk.BulkAction) -> str:
    """What a bulk action did."""
    return work.bulk_words(action)


@register.filter
def left_alone(action: desk.BulkAction) -> str:
    """Why its undo left some alone."""
    return work.left_words(action.left)


@register.filter
def times_used(used: reply.Used) -> str:
    """How often a canned response went out."""
    return work.used_words(used)


@register.inclusion_tag("work/snooze_dialog.html", takes_context=True)
def snooze_dialog(context: Any, conversation: desk.Conversation | None = None) -> dict[str, Any]:
    """The moments to put a conversation off to; without one, those of the bulk bar."""
    workspace = context["workspace"]
    now = timezone.now()
    moments = [
        {
            "slug": one.slug,
            "title": one.title,
            "at": one.at,
            "late": conversation is not None and desk.due_while_away(conversation, one.at),
        }
        for one in desk.presets(now, workspace.timezone)
    ]
    return {
        "c": conversation,
        "moments": moments,
        "earliest": timezone.localtime(now).strftime("%Y-%m-%dT%H:%M"),
        "is_late": bool(conversation and conversation.due_at and conversation.due_at <= now),
    }
