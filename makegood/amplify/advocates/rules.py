"""Who speaks for the shop again and again: pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

__all__ = ["ANSWERS", "LOOKS_BACK", "PRAISES", "AdvocateError", "reason_words", "reasons"]

PRAISES, ANSWERS = 3, 2
"""So many praises, or answers to other customers, each on a day of its own: one happy evening is not yet a habit."""
LOOKS_BACK = timedelta(days=180)


class AdvocateError(ValueError):
    """Something that cannot be done about an advocate: a sentence that says why and what to do."""


def reasons(evidence: Sequence[tuple[str, datetime]], now: datetime) -> list[list[str | int]]:
    """Why the rule names somebody: [[code, times, days], ...], "praise" before "answer"; [] where it does not.

    `evidence` is what kind of thing they said and when (aware); what is older than 180 days counts no more. What they
    bought or were given does not count, and neither does how many read them.
    """
    found: list[list[str | int]] = []
    for code, fewest in (("praise", PRAISES), ("answer", ANSWERS)):
        moments = [at for kind, at in evidence if kind == code and now - LOOKS_BACK < at <= now]
        days = len({at.date() for at in moments})
        if days >= fewest:
            found.append([code, len(moments), days])
    return found


def reason_words(kept: Sequence[Sequence[str | int]]) -> list[str]:
    """Kept reasons in the reader's language."""
    said = []
    for code, times, days in kept:
        facts = {"times": times, "days": days}
        if code == "praise":
            said.append(_("praised you %(times)s times on %(days)s days in six months") % facts)
        elif code == "answer":
            words = ngettext(
                "answered another customer once",
                "answered other customers %(times)s times on %(days)s days in six months",
                int(times),
            )
            said.append(words % facts)
    return said
