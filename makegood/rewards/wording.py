"""Why somebody has these points, as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.rewards.models import PointLine

__all__ = ["BACK", "weighed_words", "why"]

Kind = PointLine.Kind
Facts = Mapping[str, Any]

HARD = {
    "abuse": gettext_lazy("You answered a complaint that was abusive."),
    "threat": gettext_lazy("You answered a complaint that came with a threat."),
    "rage": gettext_lazy("You answered a complaint full of anger."),
    "urgent": gettext_lazy("You answered a complaint that could not wait."),
    "reopened": gettext_lazy("You took on a complaint that had been opened again."),
}
BACK = {
    "score": gettext_lazy("The customer says now that they are not satisfied."),
    "left": gettext_lazy("The purchase that showed it does not stand any more."),
    "reopened": gettext_lazy("It was opened again."),
    "cause": gettext_lazy("The cause came back."),
    "declined": gettext_lazy("What you asked for was declined."),
    "withdrawn": gettext_lazy("You took back what you had asked for."),
}


def why(line: PointLine) -> str:
    """The reason of a line, a sentence or two."""
    said = _WORDS[Kind(line.kind)](line.facts)
    of = int(line.facts.get("of") or 1)
    if of > 1:
        facts = {"whole": line.facts.get("whole"), "of": of}
        said = f"{said} {_('%(whole)s points, split among the %(of)d who took part.') % facts}"
    return said


def weighed_words(weighed: Facts) -> str:
    """Why kudos count for less than usual; "" when they count whole."""
    if weighed.get("again"):
        return _("The same matter has brought kudos points already, and counts once.")
    nth, mutual = int(weighed.get("nth") or 1), bool(weighed.get("mutual"))
    said = []
    if nth > 3:
        return _("More than three from the same colleague in a month: further ones count for nothing.")
    if nth == 3:
        said.append(_("The third from the same colleague this month counts half."))
    if mutual:
        said.append(_("You thank each other this month, so each counts half."))
    return " ".join(said)


def _kudos(facts: Facts) -> str:
    said = _("%(who)s thanked you.") % {"who": facts.get("from") or _("Somebody")}
    return f"{said} {weighed_words(facts)}".strip()


def _satisfied(facts: Facts) -> str:
    score = int(facts.get("score") or 0)
    return _("A customer who had complained gave %(n)d of 5 afterwards.") % {"n": score}


def _back(facts: Facts) -> str:
    because = BACK.get(str(facts.get("because")), "")
    kind = facts.get("kind")
    if kind in Kind.values:
        return _("%(because)s Before: %(kind)s.") % {"because": because, "kind": Kind(str(kind)).label}
    return str(because)


_WORDS: Mapping[Kind, Callable[[Facts], str]] = {
    Kind.SATISFIED: _satisfied,
    Kind.RETURNED: lambda _facts: _("A customer who had complained bought again."),
    Kind.PROMISE: lambda _facts: _("What was promised to a customer was done in time."),
    Kind.CAUSE: lambda _facts: _("A cause that you look after was fixed."),
    Kind.HARD: lambda facts: str(HARD.get(str(facts.get("because")), HARD["urgent"])),
    Kind.KUDOS: _kudos,
    Kind.REVERSED: _back,
    Kind.HELD: lambda facts: _("You asked for “%(name)s”.") % {"name": facts.get("reward", "")},
    Kind.PAID_BACK: _back,
}
