"""What the journal says of remedies that are done, of returns, and of what the customer was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.resolve.api import Outcome, Remedy, ReturnCase, amount_words

__all__ = ["PLAIN", "WITH_FACTS"]

Data = dict[str, Any]

PLAIN = {
    "voucher.made": gettext_lazy("made the voucher"),
    "remedy.time_agreed": gettext_lazy("agreed on a time"),
    "outcome.asked": gettext_lazy("asked whether it is right for them now"),
    "outcome.missing": gettext_lazy("brought it back, as they have not said whether it is right for them now"),
}


def _what(data: Data) -> str:
    name = str(dict(Remedy.Kind.choices).get(data.get("kind", ""), _("something")))
    if not data.get("amount_minor") or not data.get("currency"):
        return name
    return _("%(what)s, %(amount)s") % {"what": name, "amount": amount_words(data["amount_minor"], data["currency"])}


def _marked(data: Data) -> str:
    state = dict(ReturnCase.State.choices).get(data.get("state", ""), "")
    return _("marked return %(number)s: %(state)s") % {"number": data.get("number", ""), "state": state}


def _outcome(data: Data) -> str:
    said = {
        Outcome.Answer.MADE_RIGHT: _("noted that it is right for them now"),
        Outcome.Answer.NOT_YET: _("noted that it is not right for them yet"),
        Outcome.Answer.NO_ANSWER: _("noted that they did not say whether it is right now"),
    }
    return said.get(data.get("answer", ""), _("noted how it ended for them"))


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    "remedy.done": lambda data: _("has done it: %(what)s") % {"what": _what(data)},
    "remedy.to_do": lambda data: _("left it to a person: %(what)s") % {"what": _what(data)},
    "remedy.overdue": lambda data: _("asked whether it is done: %(what)s") % {"what": _what(data)},
    "remedy.told": lambda data: _("told them: %(what)s") % {"what": _what(data)},
    "outcome.kept": _outcome,
    "remedy.stuck": lambda data: _("could not do it. %(why)s") % {"why": data.get("sentence", "")},
    "remedy.taken_back": lambda data: (
        _("took it back: %(what)s. “%(why)s”") % {"what": _what(data), "why": data.get("note", "")}
    ),
    "return.opened": lambda data: _("gave the return its number, %(number)s") % {"number": data.get("number", "")},
    "return.marked": _marked,
    "return.lapsed": lambda data: _("ended return %(number)s, as nothing came") % {"number": data.get("number", "")},
}
