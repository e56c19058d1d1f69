"""What the journal says of thanks: kudos, points, rewards and their budget. Never for how many points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.kit.amounts import amount_words

__all__ = ["PLAIN", "WITH_FACTS"]

Data = dict[str, Any]

PLAIN = {
    "kudos.given": gettext_lazy("thanked a colleague"),
    "points.given": gettext_lazy("gave somebody points, for what the evidence shows"),
    "points.reversed": gettext_lazy("took points back, as the evidence no longer holds"),
    "thanks.changed": gettext_lazy("changed what counts when the team is thanked"),
}


def _named(words: str, data: Data) -> str:
    return _("%(what)s: “%(name)s”") % {"what": words, "name": data["name"]} if data.get("name") else words


def _paid_back(data: Data) -> str:
    if data.get("because") == "withdrawn":
        return _("took back what they had asked for; the points are theirs again")
    return _("gave the points of a reward back")


def _budget(data: Data) -> str:
    minor, currency, points = data.get("amount_minor"), data.get("currency"), data.get("points")
    parts = [amount_words(minor, currency)] if minor is not None and currency else []
    parts += [_("%(n)d points") % {"n": points}] if points is not None else []
    if not parts:
        return _("set no limit to what rewards may cost in a month")
    return _("set what rewards may cost in a month: %(what)s") % {"what": ", ".join(parts)}


def _takes_part(data: Data) -> str:
    if data.get("wanted"):
        return _("lets somebody take part in thanks and rewards")
    return _("leaves somebody out of thanks and rewards")


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    "reward.saved": lambda data: _named(_("saved a reward of the catalogue"), data),
    "reward.asked": lambda data: _named(_("asked for a reward"), data),
    "reward.fulfilled": lambda data: _named(_("gave a reward"), data),
    "reward.declined": lambda data: _named(_("declined a reward"), data),
    "reward.paid_back": _paid_back,
    "budget.set": _budget,
    "thanks.takes_part": _takes_part,
}
