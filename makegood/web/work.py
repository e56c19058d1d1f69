"""Sentences about snoozing, bulk actions, canned responses and macros, and the answers that carry them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from makegood.desk import api as desk
from makegood.reply import api as reply

__all__ = ["bulk_words", "due_warning", "left_words", "responses", "say", "undone_words", "used_words", "when"]

RESPONSES = {
    "restoration": gettext_lazy("make it good"),
    "fix_facts": gettext_lazy("give the facts"),
    "share_success": gettext_lazy("thank and share"),
    "monitor": gettext_lazy("only watch"),
    "let_stand": gettext_lazy("let stand"),
}


def responses() -> list[tuple[str, str]]:
    """The five ways to respond, as choices of a form."""
    return [(one.slug, str(RESPONSES[one.slug])) for one in desk.RESPONSES]


def when(moment: datetime) -> str:
    """A moment in the shop's time, in as few words as are clear: "14:00", "Tuesday 09:00", "3 March 09:00"."""
    here, now = timezone.localtime(moment), timezone.localtime()
    clock = date_format(here, "TIME_FORMAT")
    days = (here.date() - now.date()).days
    if days == 0:
        return clock
    if 0 < days < 7:
        return f"{date_format(here, 'l')} {clock}"
    day = date_format(here, "j F" if here.year == now.year else "j F Y")
    return f"{day} {clock}"


def due_warning(row: desk.Conversation, until: datetime) -> str:
    """What to know before putting it off so long; "" when there is nothing to say."""
    if row.due_at is None or not desk.due_while_away(row, until):
        return ""
    if row.due_at <= timezone.now():
        return _("Their answer is late already.")
    return _("Their answer is due %(when)s, before this wakes.") % {"when": when(row.due_at)}


def bulk_words(action: desk.BulkAction) -> str:
    """What a bulk action did: "37 closed"."""
    n, params = action.count, action.params
    facts: dict[str, Any] = {"n": n, **{key: str(value) for key, value in params.items()}}
    if action.action == "macro":
        return _("“%(macro)s” run") % facts
    if action.action == "assign":
        if not params.get("to"):
            return ngettext("%(n)d given to nobody", "%(n)d given to nobody", n) % facts
        return ngettext("%(n)d given to %(to)s", "%(n)d given to %(to)s", n) % facts
    if action.action == "label":
        return ngettext("%(n)d labelled “%(label)s”", "%(n)d labelled “%(label)s”", n) % facts
    if action.action == "unlabel":
        return ngettext("“%(label)s” taken off %(n)d", "“%(label)s” taken off %(n)d", n) % facts
    if action.action == "snooze":
        return ngettext("%(n)d put off until %(until)s", "%(n)d put off until %(until)s", n) % facts
    if action.action == "close":
        return ngettext("%(n)d closed", "%(n)d closed", n) % facts
    if action.action == "reopen":
        return ngettext("%(n)d reopened", "%(n)d reopened", n) % facts
    return ngettext("%(n)d let stand", "%(n)d let stand", n) % facts


def left_words(left: list[dict[str, Any]]) -> str:
    """Why an undo left some alone: "2 were left alone: 1 moved since, 1 where something was said since."; or ""."""
    if not left:
        return ""
    counts = Counter(one.get("why", "") for one in left)
    words = {
        "said": ngettext(
            "%(n)d where something was said since", "%(n)d where something was said since", counts["said"]
        ),
        "moved": ngettext("%(n)d that was moved since", "%(n)d that were moved since", counts["moved"]),
        "given": ngettext("%(n)d that was given away since", "%(n)d that were given away since", counts["given"]),
        "labelled": ngettext("%(n)d labelled anew since", "%(n)d labelled anew since", counts["labelled"]),
        "gone": ngettext("%(n)d that is gone", "%(n)d that are gone", counts["gone"]),
    }
    parts = ", ".join(words[why] % {"n": n} for why, n in counts.items() if why in words)
    begin = ngettext("%(n)d was left alone", "%(n)d were left alone", len(left)) % {"n": len(left)}
    return f"{begin}: {parts}."


def undone_words(undone: desk.Undone) -> str:
    """What an undo did, in a sentence or two."""
    if undone.already:
        return _("That was undone already.")
    n = undone.restored
    begin = ngettext("%(n)d is as it was before.", "%(n)d are as they were before.", n) % {"n": n}
    return f"{begin} {left_words(undone.left)}".strip()


def used_words(used: reply.Used) -> str:
    """How often a canned response went out, gently: "used 14 times this month, to 3 people today"; "" when never."""
    if not used.month:
        return ""
    month = ngettext("used once this month", "used %(n)d times this month", used.month) % {"n": used.month}
    if not used.people_today:
        return month
    n = used.people_today
    today = ngettext("last time to one person today", "last time to %(n)d people today", n) % {"n": n}
    return f"{month}; {today}"


def say(
    request: HttpRequest,
    response: HttpResponse,
    text: str,
    *,
    level: str = "success",
    undo: desk.BulkAction | None = None,
    events: dict[str, Any] | None = None,
) -> HttpResponse:
    """Adds a message to an htmx answer, with a button that undoes `undo`; `events` are told to the page."""
    toast = render_to_string("work/toast.html", {"text": text, "level": level, "undo": undo}, request)
    response.content += toast.encode()
    if events:
        response["HX-Trigger-After-Settle"] = json.dumps(events)
    return response
