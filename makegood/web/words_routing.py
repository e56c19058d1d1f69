"""What the journal's verbs about routing are called on screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

__all__ = ["PLAIN", "WITH_FACTS", "labelled"]

Data = dict[str, Any]

PLAIN = {
    "routing.rule_moved": gettext_lazy("changed the order in which rules give work"),
}
URGENCIES = {
    "now": pgettext_lazy("urgency", "now"),
    "today": pgettext_lazy("urgency", "today"),
    "whenever": pgettext_lazy("urgency", "whenever"),
}


def _rules(data: Data) -> str:
    return ", ".join(_("“%(name)s”") % {"name": name} for name in data.get("rules") or ())


def _by_rule(words: str, data: Data) -> str:
    """With the rules by which it was done, where it was not a member."""
    rules = _rules(data)
    return _("%(what)s, by rule %(rules)s") % {"what": words, "rules": rules} if rules else words


def labelled(data: Data) -> str:
    """That a label was put on, and by which rule."""
    return _by_rule(_("labelled it “%(label)s”") % {"label": data.get("label")}, data)


def _routed(data: Data) -> str:
    words = _("looked at the rules: it falls under %(rules)s") % {"rules": _rules(data)}
    if data.get("alert"):
        words = _("%(what)s, which tells the team") % {"what": words}
    return _("%(what)s: %(why)s") % {"what": words, "why": data["waits"]} if data.get("waits") else words


def _raised(data: Data) -> str:
    urgency = data.get("urgency", "")
    words = _("raised its urgency to “%(urgency)s”") % {"urgency": URGENCIES.get(urgency, urgency)}
    return _by_rule(words, data)


def _named(words: Any) -> Callable[[Data], str]:
    return lambda data: str(words) % {"name": data.get("name", "")}


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    "conversation.routed": _routed,
    "conversation.raised": _raised,
    "routing.rule_saved": _named(gettext_lazy("saved the rule “%(name)s”, which gives work")),
    "routing.rule_on": _named(gettext_lazy("switched the rule “%(name)s” on")),
    "routing.rule_off": _named(gettext_lazy("switched the rule “%(name)s” off")),
    "routing.rule_removed": _named(gettext_lazy("removed the rule “%(name)s”")),
    "routing.profile_saved": lambda data: _("changed what %(name)s takes") % {"name": data.get("who", "")},
}
