"""What became of those who complained, in words: states, reasons, links of the chain."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.winback.api import Journey

__all__ = ["MEANINGS", "REASONS", "SYMBOLS", "moved", "state_name"]

MEANINGS = {
    "unhappy": gettext_lazy("They complained, and nobody has answered since."),
    "acknowledged": gettext_lazy("They were answered; it is not known to be resolved."),
    "resolved": gettext_lazy("It was made good, or they say that it is right."),
    "satisfied": gettext_lazy("They gave 4 or 5 of 5, or thanked us."),
    "returned": gettext_lazy("They bought again after they had heard from us."),
    "advocate": gettext_lazy("They praise us in public, of their own accord."),
    "lost": gettext_lazy("They said goodbye, or did not buy when they would have."),
}
SYMBOLS = {
    "unhappy": "complaint",
    "acknowledged": "reply",
    "resolved": "done",
    "satisfied": "star",
    "returned": "shop",
    "advocate": "mega",
    "lost": "sign-out",
}
REASONS = {
    "complained": gettext_lazy("they complained"),
    "complained_again": gettext_lazy("they complained once more"),
    "low_score": gettext_lazy("they gave a low score"),
    "not_right": gettext_lazy("they say that it is not right"),
    "said_leaving": gettext_lazy("they say that they will not come back"),
    "answered": gettext_lazy("they were answered"),
    "done": gettext_lazy("something was done for them"),
    "solved": gettext_lazy("the case was solved"),
    "said_right": gettext_lazy("they say that it is right now"),
    "score": gettext_lazy("they gave a high score"),
    "thanked": gettext_lazy("they thanked us"),
    "bought": gettext_lazy("they bought again"),
    "told_bought": gettext_lazy("a member was told that they bought again"),
    "praised": gettext_lazy("they praised us elsewhere, in public"),
    "not_back": gettext_lazy("they have not bought, and would have by now if they had stayed"),
    "no_complaint": gettext_lazy("nothing in it is read as a complaint any more"),
}


def state_name(state: str) -> str:
    """A state's name; that it is not followed any more for ""."""
    return str(dict(Journey.State.choices).get(state) or _("Not followed"))


def moved(data: dict[str, Any]) -> str:
    """The journal's line of a move."""
    facts = {"state": state_name(data.get("state", "")), "why": REASONS.get(data.get("reason", ""), "…")}
    return _("noted where the customer stands: %(state)s, as %(why)s") % facts
