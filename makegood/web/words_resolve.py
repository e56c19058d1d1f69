"""What the journal says of remedies, of who decided them, and of the limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.accounts.api import Role
from makegood.resolve.api import Remedy, amount_words

__all__ = ["PLAIN", "WITH_FACTS"]

Data = dict[str, Any]

PLAIN = {
    "wish.kept": gettext_lazy("noted what would make it right for them"),
    "remedy.escalated": gettext_lazy("asked everybody else who may decide, as nobody had decided yet"),
    "remedy.expired": gettext_lazy("ended a request, as nobody decided in time"),
    "remedy.counter_left": gettext_lazy("let be what was offered instead"),
}


def _what(data: Data) -> str:
    name = str(dict(Remedy.Kind.choices).get(data.get("kind", ""), _("something")))
    if not data.get("amount_minor") or not data.get("currency"):
        return name
    return _("%(what)s, %(amount)s") % {"what": name, "amount": amount_words(data["amount_minor"], data["currency"])}


def _with_note(words: str, data: Data) -> str:
    if data.get("in_place_of"):
        words = _("%(words)s, in the place of %(who)s") % {"words": words, "who": data["in_place_of"]}
    return _("%(what)s: “%(why)s”") % {"what": words, "why": data["note"]} if data.get("note") else words


def _limit(data: Data) -> str:
    role = dict(Role.choices).get(data.get("role", ""), data.get("role", ""))
    kind = dict(Remedy.Kind.choices).get(data.get("kind", ""))
    return _("%(role)s, %(kind)s") % {"role": role, "kind": kind} if kind else str(role)


def _days(data: Data) -> str:
    return _("from %(since)s to %(until)s") % {"since": data.get("from", ""), "until": data.get("until", "")}


def _delegate(data: Data) -> str:
    facts = {"to": data.get("to") or _("somebody"), "away": data.get("away") or _("somebody"), "days": _days(data)}
    return _("let %(to)s decide in the place of %(away)s %(days)s") % facts


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    "remedy.given": lambda data: _("gave, within authority: %(what)s") % {"what": _what(data)},
    "remedy.requested": lambda data: _("asked for a decision: %(what)s") % {"what": _what(data)},
    "remedy.half_approved": lambda data: _with_note(
        _("agreed to it; another has to agree as well: %(what)s") % {"what": _what(data)}, data
    ),
    "remedy.approved": lambda data: _with_note(_("approved: %(what)s") % {"what": _what(data)}, data),
    "remedy.countered": lambda data: _with_note(
        _("offered something else than %(what)s") % {"what": _what(data)}, data
    ),
    "remedy.counter_taken": lambda data: _("took up what was offered instead: %(what)s") % {"what": _what(data)},
    "remedy.declined": lambda data: _with_note(_("declined: %(what)s") % {"what": _what(data)}, data),
    "remedy.withdrawn": lambda data: _("took the request back: %(what)s") % {"what": _what(data)},
    "limit.set": lambda data: _("set a limit: %(limit)s") % {"limit": _limit(data)},
    "limit.removed": lambda data: _("removed a limit: %(limit)s") % {"limit": _limit(data)},
    "delegate.set": _delegate,
    "delegate.ended": lambda data: (
        _("ended that somebody decides in the place of %(away)s") % {"away": data.get("away") or _("somebody")}
    ),
    "policy.return_saved": lambda data: _("saved the return policy “%(name)s”") % {"name": data.get("name", "")},
    "reason.saved": lambda data: _("saved the reason “%(name)s”") % {"name": data.get("name", "")},
    "remedy.words_saved": lambda data: _("changed what customers are told: %(what)s") % {"what": _what(data)},
}
