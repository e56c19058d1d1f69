"""The five considerations before one writes, each with what is known here and now: pure. See questions.py for their
source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.triage.reader import Response

__all__ = ["Around", "Consideration", "considerations"]


@dataclass(frozen=True)
class Around:
    """What stands around an answer: who we are, how long they wait, how far it travels, and where it is to be said."""

    brand: str = ""
    waited: timedelta | None = None
    followers: int | None = None
    voices: int | None = None
    travels: bool = False
    public: bool = True
    severity: int = 0


@dataclass(frozen=True)
class Consideration:
    """One of the five: its name, what it asks of us, and what is known of it in this case ("" for nothing)."""

    slug: str
    title: Any
    text: Any
    fact: str


def considerations(response: str, around: Around) -> tuple[Consideration, ...]:
    """The five, in their order."""
    return (
        Consideration(
            "transparency",
            gettext_lazy("Transparency"),
            gettext_lazy("Say who you are and for whom you speak."),
            _("You write as %(brand)s.") % {"brand": around.brand} if around.brand else "",
        ),
        Consideration(
            "sourcing",
            gettext_lazy("Sourcing"),
            gettext_lazy("Show where it comes from: a link, a picture, an order, your own terms."),
            _sourcing(response),
        ),
        Consideration(
            "timeliness",
            gettext_lazy("Timeliness"),
            gettext_lazy("Be quick, but take the time to be right."),
            _waited(around.waited),
        ),
        Consideration(
            "tone",
            gettext_lazy("Tone"),
            gettext_lazy("Write as one person to another, so that your shop would sign it."),
            _tone(response, around),
        ),
        Consideration(
            "influence",
            gettext_lazy("Influence"),
            gettext_lazy("Think of who reads along, and of how far it goes."),
            _influence(around),
        ),
    )


def _sourcing(response: str) -> str:
    return {
        Response.FIX_FACTS: _("Facts without a source are only your word against theirs."),
        Response.RESTORATION: _("Say what you found about their order before you say what you will do."),
    }.get(Response(response), "")


def _waited(waited: timedelta | None) -> str:
    if waited is None:
        return ""
    hours = int(waited.total_seconds() // 3600)
    if hours >= 48:
        return _("They have waited for %(n)d days.") % {"n": hours // 24}
    if hours >= 2:
        return _("They have waited for %(n)d hours.") % {"n": hours}
    return _("They wrote less than two hours ago.")


def _tone(response: str, around: Around) -> str:
    if around.severity >= 3 or response == Response.RESTORATION:
        return _("They are upset: acknowledge first, explain later, and blame nobody.")
    if response == Response.SHARE_SUCCESS:
        return _("Thank them in your own words; a set phrase is worse than none.")
    return ""


def _influence(around: Around) -> str:
    if not around.public:
        return _("Only they read it.")
    parts = []
    if around.followers is not None:
        count = number_format(around.followers, use_l10n=True, force_grouping=True)
        parts.append(_("%(n)s people follow them.") % {"n": count})
    if around.voices:
        parts.append(_("It was answered and reshared %(n)d times so far.") % {"n": around.voices})
    if around.travels:
        parts.append(_("It travels faster than usual."))
    return " ".join(parts)
