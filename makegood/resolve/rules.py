"""How much somebody may decide: pure. Amounts are minor units; a limit holds in its own currency and no other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, Role, allows
from makegood.identify.api import Charge, Order
from makegood.kit import amounts
from makegood.resolve.models import ReasonCode, Remedy

__all__ = [
    "COUNTED",
    "Ceiling",
    "Given",
    "Judgement",
    "Over",
    "ResolveError",
    "Wanted",
    "amount_words",
    "counted",
    "judge",
    "may_ask",
    "may_decide",
    "month_began",
    "person_mark",
    "problem",
    "within_words",
    "year_began",
]

Kind = Remedy.Kind
State = Remedy.State
COUNTED = (State.AUTO_APPROVED, State.APPROVED, State.EXECUTED)
"""What has been given, or is about to be: what waits, was declined, expired or was taken back counts nowhere."""
MONEY = (Kind.REFUND, Kind.VOUCHER)
GOODS = (Kind.REPLACEMENT, Kind.GIFT, Kind.COURIER)
MOST_MINOR = 10**12
LONGEST_REASON = 300
LONGEST_WORDS = 10_000
LONGEST_MARK = 80


class ResolveError(Exception):
    """Something that cannot be done for a customer in this way. `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody wants to do for a customer. Amounts are minor units of `currency`.

    `amount_minor` is what the customer gets, at its price; `cost_minor` what it costs the shop, and `cost_from` where
    that comes from. `request_key` is made by the page that asks, so that a second click is the same request.
    """

    kind: str
    currency: str
    request_key: str
    amount_minor: int = 0
    cost_minor: int = 0
    cost_from: str = ""
    order: Order | None = None
    charge: Charge | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    reason: ReasonCode | None = None
    reason_words: str = ""
    words: str = ""
    policy_said: str = ""
    exception: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True)
class Ceiling:
    """How much a role may decide by itself. None: no such limit."""

    currency: str
    per_case: int | None = None
    per_person_year: int | None = None
    per_month: int | None = None
    four_eyes: int | None = None


@dataclass(frozen=True)
class Given:
    """What has been given before, in the limit's currency: in this case, to this person this year, and this month by
    this role's own authority.
    """

    case: int = 0
    person: int = 0
    month: int = 0


@dataclass(frozen=True)
class Over:
    """One thing that somebody may not decide by themselves.

    `limit` is case, person, month, four_eyes, currency (the limit is in another one), none (there is no limit, so
    nothing is allowed) or learning.
    """

    limit: str
    currency: str = ""
    most: int = 0
    used: int = 0
    wanted: int = 0

    @property
    def by(self) -> int:
        """How much it is above the limit."""
        return max(self.used + self.wanted - self.most, 0)

    @property
    def words(self) -> str:
        """Why it has to be asked for, as a sentence."""
        facts = {
            "most": amount_words(self.most, self.currency),
            "used": amount_words(self.used, self.currency),
            "wanted": amount_words(self.wanted, self.currency),
            "currency": self.currency,
        }
        return str(_OVER[self.limit]() % facts)


_OVER = {
    "case": lambda: _("Above %(most)s a case: %(used)s given before, %(wanted)s more."),
    "person": lambda: _("Above %(most)s a person and year: %(used)s given before, %(wanted)s more."),
    "month": lambda: _("Above %(most)s a month: %(used)s given before, %(wanted)s more."),
    "four_eyes": lambda: _("Above %(most)s two others have to agree."),
    "currency": lambda: _("The limit is in %(currency)s and says nothing about other currencies."),
    "none": lambda: _("Nothing of this kind may be given without asking."),
    "learning": lambda: _("Whoever is still learning always asks."),
}


@dataclass(frozen=True)
class Judgement:
    """Whether somebody may decide something by themselves, and where not, why.

    `needs_two`: two people have to agree, neither of them the one who asks.
    """

    overs: tuple[Over, ...] = ()
    needs_two: bool = False
    ceiling: Ceiling | None = None
    given: Given = Given()

    @property
    def allowed(self) -> bool:
        """Whether it can be done at once."""
        return not self.overs

    @property
    def covered(self) -> bool:
        """Whether it is within every limit but that from which two have to agree."""
        return all(each.limit == "four_eyes" for each in self.overs)

    @property
    def why(self) -> str:
        """What it is above, in words; "" when it is allowed."""
        return " ".join(each.words for each in self.overs)


def amount_words(minor: int, currency: str) -> str:
    """An amount for people, in their language: 1234 EUR is "12.34 EUR". A bare number where no currency is known."""
    return amounts.amount_words(minor, currency) if currency else str(minor)


def counted(kind: str, amount_minor: int, cost_minor: int) -> int:
    """What the limits count of a remedy: what the shop gives away.

    Money and vouchers count in full, goods and deliveries with what they cost the shop; a return with what goes back
    for it, as that money is promised with it. A higher cost counts everywhere.
    """
    return cost_minor if kind in (*GOODS, Kind.CALL, Kind.APOLOGY) else max(amount_minor, cost_minor)


def may_ask(member: Membership) -> bool:
    """Whether this member may ask for remedies at all."""
    return allows(member.role, Right.WORK) and allows(member.role, Right.ANSWER)


def may_decide(member: Membership) -> bool:
    """Whether this member decides about what others ask for, within their own authority."""
    return allows(member.role, Right.APPROVE) and not member.learning


def judge(
    role: str, ceiling: Ceiling | None, given: Given, wanted_minor: int, currency: str, *, learning: bool = False
) -> Judgement:
    """Whether a member of this role may decide this by themselves.

    `ceiling` is the limit of the kind, or the one for all kinds; without one nothing is allowed, but to owners
    everything. What costs nothing needs no limit. `wanted_minor` is what the limits count, of `currency`.
    """
    overs = [Over("learning")] if learning else []
    if ceiling is None:
        if wanted_minor and role != Role.OWNER:
            overs.append(Over("none"))
        return Judgement(tuple(overs))
    if not wanted_minor:
        return Judgement(tuple(overs), ceiling=ceiling, given=given)
    if ceiling.currency != currency:
        overs.append(Over("currency", ceiling.currency))
        return Judgement(tuple(overs), ceiling.four_eyes is not None, ceiling, given)
    # Two eyes more are needed by what a case gets in all: halves of it are no way around them.
    found = (
        ("case", ceiling.per_case, given.case),
        ("person", ceiling.per_person_year, given.person),
        ("month", ceiling.per_month, given.month),
        ("four_eyes", ceiling.four_eyes, given.case),
    )
    overs += [
        Over(name, currency, most, used, wanted_minor)
        for name, most, used in found
        if most is not None and used + wanted_minor > most
    ]
    return Judgement(tuple(overs), any(each.limit == "four_eyes" for each in overs), ceiling, given)


def within_words(judgement: Judgement, wanted_minor: int, currency: str) -> str:
    """Which limit something is within, as a sentence; "" where there is none to speak of."""
    ceiling, given = judgement.ceiling, judgement.given
    if ceiling is None or not wanted_minor:
        return ""
    parts = []
    if ceiling.per_case is not None:
        parts.append(_("%(now)s of %(most)s a case") % _fraction(given.case, wanted_minor, ceiling.per_case, currency))
    if ceiling.per_person_year is not None:
        facts = _fraction(given.person, wanted_minor, ceiling.per_person_year, currency)
        parts.append(_("%(now)s of %(most)s a person and year") % facts)
    if ceiling.per_month is not None:
        facts = _fraction(given.month, wanted_minor, ceiling.per_month, currency)
        parts.append(_("%(now)s of %(most)s a month") % facts)
    return _("Within authority: %(parts)s.") % {"parts": ", ".join(parts)} if parts else ""


def _fraction(used: int, more: int, most: int, currency: str) -> dict[str, str]:
    return {"now": amount_words(used + more, currency), "most": amount_words(most, currency)}


def problem(wanted: Wanted) -> str | None:
    """What is wrong with a request, as a sentence; None when it can be judged."""
    for amount in (wanted.amount_minor, wanted.cost_minor):
        if isinstance(amount, bool) or not isinstance(amount, int) or not 0 <= amount <= MOST_MINOR:
            return _("An amount is a whole number of cents, and not less than nothing.")
    if wanted.kind not in Kind.values:
        return _("Choose what to do for them from the list.")
    if not re.fullmatch(r"[A-Z]{3}", wanted.currency):
        return _("A currency has three letters, such as EUR.")
    if not re.fullmatch(r"[\x21-\x7e]{8,64}", wanted.request_key):
        return _("Reload the page and try again: the request could not be told from others.")
    if wanted.kind in MONEY and not wanted.amount_minor:
        return _("Say how much they get; of a discount, the most it can be worth.")
    if wanted.kind in GOODS and not wanted.cost_minor:
        return _("Say what it costs you: what you give away is counted at your own cost.")
    if wanted.kind == Kind.REFUND and wanted.charge is None:
        return _("Choose the payment that is to be paid back.")
    return _words_problem(wanted) or _ties_problem(wanted)


def _words_problem(wanted: Wanted) -> str | None:
    if wanted.exception and not wanted.reason_words.strip():
        return _("The policy says no. Say in a few words why you make an exception.")
    if len(wanted.reason_words) > LONGEST_REASON:
        return _("The reason is too long: 300 characters are enough.")
    if len(wanted.words) > LONGEST_WORDS:
        return _("What they are told is too long. Shorten it.")
    return None


def _ties_problem(wanted: Wanted) -> str | None:
    charge, order = wanted.charge, wanted.order
    if charge is not None and wanted.kind == Kind.REFUND and charge.currency != wanted.currency:
        return _("This was paid in %(currency)s, and is paid back in it.") % {"currency": charge.currency}
    if charge is not None and order is not None and charge.order_id not in (None, order.pk):
        return _("This payment was for another order. Choose the one it belongs to.")
    return None


def month_began(at: datetime, zone: str) -> datetime:
    """When the month of a moment began by the shop's time zone, in UTC."""
    day = at.astimezone(ZoneInfo(zone)).date()
    return _midnight(day.replace(day=1), zone)


def year_began(at: datetime, zone: str) -> datetime:
    """When the calendar year of a moment began by the shop's time zone, in UTC."""
    day = at.astimezone(ZoneInfo(zone)).date()
    return _midnight(day.replace(month=1, day=1), zone)


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def person_mark(key: str) -> str:
    """A person's key as it is kept with a remedy: as it is, or where it is long, by its hash."""
    if len(key) <= LONGEST_MARK:
        return key
    return f"hash:{hashlib.sha256(key.encode()).hexdigest()}"
