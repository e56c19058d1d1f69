"""What the journal's verbs are called on screen."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.journal.api import Entry

__all__ = ["RESPONSE_NAMES", "said"]

RESPONSE_NAMES = {
    "restoration": gettext_lazy("make it good"),
    "fix_facts": gettext_lazy("give the facts"),
    "share_success": gettext_lazy("thank and share"),
    "monitor": gettext_lazy("only watch"),
    "let_stand": gettext_lazy("let stand"),
}

PLAIN = {
    "mention.heard": gettext_lazy("heard it"),
    "mention.deleted": gettext_lazy("removed its text, as its author deleted it"),
    "conversation.opened": gettext_lazy("opened the conversation"),
    "conversation.grew": gettext_lazy("added what they said next"),
    "conversation.thread_read": gettext_lazy("read the thread around it"),
    "conversation.noted": gettext_lazy("left a note"),
    "conversation.closed": gettext_lazy("closed it"),
    "conversation.reopened": gettext_lazy("opened it again"),
    "conversation.deleted_at_source": gettext_lazy("closed it, as their post was deleted"),
    "reply.queued": gettext_lazy("wrote an answer"),
    "reply.sending": gettext_lazy("is sending the answer"),
    "reply.sent": gettext_lazy("answered; it stands on the network"),
    "reply.withdrawn": gettext_lazy("took the answer back"),
    "reply.discarded": gettext_lazy("gave the answer up"),
    "reply.retried": gettext_lazy("tried the answer again"),
    "reply.unknown": gettext_lazy("could not tell whether the answer was sent"),
    "reply.by_hand": gettext_lazy("answered on the page itself"),
}


def _span(seconds: int) -> str:
    if seconds < 120:
        return _("%(n)d seconds") % {"n": seconds}
    if seconds < 7200:
        return _("%(n)d minutes") % {"n": seconds // 60}
    return _("%(n)d hours") % {"n": seconds // 3600}


def _answered(data: dict[str, Any]) -> str:
    if not data.get("first"):
        return _("noted the answer")
    after = {"span": _span(int(data.get("seconds") or 0))}
    if data.get("in_time"):
        return _("stopped the clock, in time: %(span)s after their post") % after
    return _("stopped the clock, too late: %(span)s after their post") % after


def said(line: Entry) -> str:
    """A journal line as the rest of a sentence that begins with its actor."""
    data = line.data
    response = str(RESPONSE_NAMES.get(data.get("response", ""), data.get("response", "")))
    with_facts = {
        "mention.assessed": lambda: (
            _("read it as a %(intent)s: %(response)s") % {"intent": data.get("intent"), "response": response}
        ),
        "mention.decided": lambda: _("decided: %(response)s") % {"response": response},
        "conversation.assessed": lambda: _("moved it: %(response)s") % {"response": response},
        "conversation.assigned": lambda: (
            _("gave it to %(who)s") % {"who": data["to"]} if data.get("to") else _("gave it to nobody")
        ),
        "conversation.labelled": lambda: _("labelled it “%(label)s”") % {"label": data.get("label")},
        "conversation.unlabelled": lambda: _("took the label “%(label)s” off") % {"label": data.get("label")},
        "conversation.answered": lambda: _answered(data),
        "reply.refused": lambda: _("could not send the answer. %(why)s") % {"why": data.get("sentence", "")},
        "reply.postponed": lambda: (
            _("tries the answer again in %(span)s") % {"span": _span(int(data.get("seconds", 0)))}
        ),
    }
    special = with_facts.get(line.verb)
    if special is not None:
        return special()
    return str(PLAIN.get(line.verb, line.verb))
