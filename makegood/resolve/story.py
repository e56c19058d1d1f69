"""A request in four lines and three figures: pure. Its facts are kept; each member reads them in their language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.kit.amounts import span_words
from makegood.resolve.models import ApprovalRequest, Remedy
from makegood.resolve.rules import Over, amount_words

__all__ = ["Facts", "Figure", "Story", "Worth", "as_kept", "from_kept", "story", "story_of"]

LONGEST_QUOTE = 140


@dataclass(frozen=True)
class Worth:
    """What losing this customer may cost, as far as the orders say. Amounts are minor units; None: not known.

    `sentence` says it as the desk does, `source` what it was read from.
    """

    currency: str = ""
    low_minor: int | None = None
    high_minor: int | None = None
    sentence: str = ""
    source: str = ""


@dataclass(frozen=True)
class Facts:
    """What the story is told from. Dates are days in the shop's time zone, written as ISO 8601; "" where unknown."""

    author: str
    network: str
    excerpt: str = ""
    asked_by: str = ""
    kind: str = ""
    amount_minor: int = 0
    cost_minor: int = 0
    currency: str = ""
    cost_from: str = ""
    reason: str = ""
    exception: bool = False
    policy_said: str = ""
    order: str = ""
    order_total_minor: int = 0
    order_currency: str = ""
    placed_on: str = ""
    delivered_on: str = ""
    followers: int | None = None
    replies: int = 0
    public: bool = True
    worth: Worth = Worth()
    overs: tuple[Over, ...] = ()


@dataclass(frozen=True)
class Figure:
    """One of the three figures, with where it comes from."""

    name: str
    text: str
    source: str


@dataclass(frozen=True)
class Story:
    """What a decider reads: who it is, what they bought, what is asked for, what stands against it; and the figures."""

    lines: tuple[str, str, str, str]
    figures: tuple[Figure, Figure, Figure]


def as_kept(facts: Facts) -> dict[str, Any]:
    """The facts as JSON."""
    return asdict(facts)


def from_kept(kept: Mapping[str, Any]) -> Facts:
    """What `as_kept` made; what an older or newer Makegood kept besides is left out."""
    known = {field.name for field in fields(Facts)}
    values = {name: value for name, value in kept.items() if name in known}
    values["worth"] = Worth(**values.get("worth", {}))
    values["overs"] = tuple(Over(**each) for each in values.get("overs", ()))
    return Facts(**{"author": "", "network": "", **values})


def story(facts: Facts) -> Story:
    """Four lines and three figures, in the language that is active."""
    return Story(
        (_who(facts), _bought(facts), _asks(facts), _against(facts)),
        (_losing(facts.worth), _gesture(facts), _travels(facts)),
    )


def story_of(request: ApprovalRequest) -> Story:
    """The story of a request, as things stood when it was asked, in the language that is active."""
    return story(from_kept(request.story))


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= LONGEST_QUOTE else f"{words[: LONGEST_QUOTE - 1].rstrip()}…"


def _who(facts: Facts) -> str:
    if not facts.excerpt:
        return _("%(who)s on %(network)s.") % {"who": facts.author, "network": facts.network}
    said = {"who": facts.author, "network": facts.network, "said": _quoted(facts.excerpt)}
    return _("%(who)s on %(network)s: “%(said)s”") % said


def _day(kept: str) -> str:
    return str(formats.date_format(date.fromisoformat(kept), "SHORT_DATE_FORMAT", use_l10n=True))


def _bought(facts: Facts) -> str:
    if not facts.order:
        return _("No order is linked to it.")
    parts = [
        _("Order %(number)s over %(total)s")
        % {"number": facts.order, "total": amount_words(facts.order_total_minor, facts.order_currency)}
    ]
    if facts.placed_on:
        parts.append(_("placed on %(day)s") % {"day": _day(facts.placed_on)})
    parts.append(
        _("delivered on %(day)s") % {"day": _day(facts.delivered_on)}
        if facts.delivered_on
        else _("no delivery on record")
    )
    return f"{', '.join(parts)}."


def _asks(facts: Facts) -> str:
    what = str(dict(Remedy.Kind.choices).get(facts.kind, facts.kind))
    if facts.amount_minor:
        what = _("%(what)s, %(amount)s") % {
            "what": what,
            "amount": amount_words(facts.amount_minor, facts.currency),
        }
    said = {"who": facts.asked_by, "what": what, "why": _quoted(facts.reason)}
    if not facts.reason:
        return _("%(who)s asks for: %(what)s.") % said
    if facts.exception:
        return _("%(who)s asks for, as an exception: %(what)s. Why: “%(why)s”") % said
    return _("%(who)s asks for: %(what)s. Why: “%(why)s”") % said


def _against(facts: Facts) -> str:
    parts = [facts.policy_said, *(each.words for each in facts.overs)]
    return " ".join(part for part in parts if part) or _("Nothing stands against it.")


def _losing(worth: Worth) -> Figure:
    name = _("Losing this customer")
    source = worth.source or _("no orders of theirs are known here")
    if worth.low_minor is None or worth.high_minor is None:
        return Figure(name, worth.sentence or _("not enough orders to say"), source)
    return Figure(name, span_words(worth.low_minor, worth.high_minor, worth.currency), source)


def _gesture(facts: Facts) -> Figure:
    stated = _("as %(who)s stated it") % {"who": facts.asked_by} if facts.asked_by else _("as you stated it")
    source = facts.cost_from or stated
    cost = facts.cost_minor or facts.amount_minor
    return Figure(_("This gesture"), amount_words(cost, facts.currency) if cost else _("nothing but time"), source)


def _travels(facts: Facts) -> Figure:
    name = _("How far it can travel")
    if not facts.public:
        return Figure(name, _("said in private"), facts.network)
    replies = ngettext("%(n)d reply so far", "%(n)d replies so far", facts.replies) % {"n": facts.replies}
    if facts.followers is None:
        return Figure(name, _("public, %(replies)s") % {"replies": replies}, facts.network)
    followers = formats.number_format(facts.followers, use_l10n=True, force_grouping=True)
    said = {"followers": followers, "replies": replies}
    return Figure(name, _("%(followers)s followers, %(replies)s") % said, facts.network)
