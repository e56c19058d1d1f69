"""Who is asked after which purchase, and what an answer means: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from makegood.winback.models import AftercareMessage

__all__ = [
    "FEWEST",
    "FRESH",
    "LONGEST_BODY",
    "LONGEST_COMMENT",
    "LONGEST_SUBJECT",
    "MOST_ADDRESSES",
    "MOST_ATTEMPTS",
    "MOST_DAYS",
    "OPEN_FOR",
    "PLACES",
    "READY_FOR",
    "AftercareError",
    "Agreed",
    "Answered",
    "Bought",
    "Plan",
    "Standing",
    "back_off",
    "due_at",
    "is_trouble",
    "may_change",
    "plan_problem",
    "read_answer",
    "read_list",
    "skip_reason",
    "words_problem",
]

MOST_DAYS = 90
MOST_QUIET = 365
FRESH = timedelta(days=7)
"""An order for which the day to ask has passed for longer is let be: whoever switches it on writes to nobody about an
old purchase.
"""
READY_FOR = timedelta(days=14)
"""How long a mail lies ready before it is too late for it."""
OPEN_FOR = timedelta(days=60)
"""How long one can answer. Unsubscribing has no end."""
CHANGE_FOR = timedelta(days=14)
MOST_CHANGES = 20
LONGEST_COMMENT = 2_000
LONGEST_SUBJECT = 120
LONGEST_BODY = 2_000
MOST_ADDRESSES = 5_000
FEWEST = 10
"""With fewer mails than that no share is shown."""
MOST_ATTEMPTS = 6
BACK_OFF = (60.0, 120.0, 300.0, 900.0, 3600.0)
PLACES = ("name", "order", "shop", "link")
# As much as a mail server minds (https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1); whether it exists, it says.
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,200}\.[^\s@<>,;:\"()\[\]\\.]{2,63}")
Skip = AftercareMessage.Skip


class AftercareError(ValueError):
    """Something that cannot be done, with a sentence for the person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Plan:
    """When a shop asks; all in days."""

    active: bool = False
    after_delivery: int = 5
    after_shipping: int = 10
    after_order: int = 14
    quiet_days: int = 60
    language: str = "en"


def plan_problem(plan: Plan, languages: Iterable[str]) -> str:
    """What is wrong with a plan, as a sentence; "" when it is fine."""
    if not all(1 <= days <= MOST_DAYS for days in (plan.after_delivery, plan.after_shipping, plan.after_order)):
        return _("Between 1 and 90 days, please.")
    if not 1 <= plan.quiet_days <= MOST_QUIET:
        return _("Between 1 and 365 days of quiet, please.")
    if plan.language not in languages:
        return _("Choose a language from the list.")
    return ""


@dataclass(frozen=True)
class Bought:
    """An order, as far as it matters when it is asked after."""

    placed_at: datetime
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None


def due_at(bought: Bought, plan: Plan) -> datetime:
    """When to ask: after the delivery, else after it was sent, else after it was ordered."""
    if bought.delivered_at is not None:
        return bought.delivered_at + timedelta(days=plan.after_delivery)
    if bought.shipped_at is not None:
        return bought.shipped_at + timedelta(days=plan.after_shipping)
    return bought.placed_at + timedelta(days=plan.after_order)


@dataclass(frozen=True)
class Standing:
    """What speaks against asking them now."""

    known: bool = True
    """They have an address and were not erased."""
    unsubscribed: bool = False
    agreed: bool = True
    undone: bool = False
    """The order was cancelled, deleted or (partly) refunded."""
    complains: bool = False
    """Something they wrote to us about is open."""
    asked_lately: bool = False


def skip_reason(standing: Standing) -> str:
    """Why they are not asked, a `Skip`; "" when they may be. What they said of mail goes before everything else."""
    if not standing.known:
        return Skip.ERASED
    if standing.unsubscribed:
        return Skip.UNSUBSCRIBED
    if not standing.agreed:
        return Skip.NO_CONSENT
    if standing.undone:
        return Skip.REFUNDED
    if standing.complains:
        return Skip.OPEN
    return Skip.TOO_SOON if standing.asked_lately else ""


def words_problem(subject: str, body: str) -> str:
    """What is wrong with the words of a mail, as a sentence; "" when they are fine."""
    if not subject.strip() or not body.strip():
        return _("A mail needs a subject and words.")
    if len(subject) > LONGEST_SUBJECT or "\n" in subject or "\r" in subject:
        return _("A subject is one line of at most 120 characters.")
    if len(body) > LONGEST_BODY:
        return _("Few words are read: at most 2,000 characters fit.")
    unknown = [place for place in re.findall(r"\{([^{}]*)\}", subject + body) if place not in PLACES]
    if unknown:
        facts = {"name": f"{{{unknown[0]}}}", "known": ", ".join(f"{{{place}}}" for place in PLACES)}
        return _("Makegood doesn’t know %(name)s. It knows %(known)s.") % facts
    if "{link}" in subject:
        return _("The link belongs in the mail, not in its subject.")
    if "{link}" not in body:
        return _("Put {link} where the link to their answer belongs.")
    return ""


@dataclass(frozen=True)
class Agreed:
    """A line of a list: who agreed, when, and the language they read, "" where it is not said."""

    address: str
    on: date
    language: str = ""


def address_of(text: str) -> str:
    """An address as it is compared: in lower case; "" for what is none."""
    found = text.strip().strip("<>").lower()
    return found if len(found) <= 320 and _ADDRESS.fullmatch(found) else ""


def read_list(text: str, usual: date, today: date, languages: Iterable[str]) -> list[Agreed]:
    """Who is on a list: an address a line, then the day (2026-03-31) and the language, each if there is one, with
    commas, semicolons or tabs between. A first line without an address is taken for headings.

    Raises AftercareError with the number of the line that cannot be read: a list is taken whole or not at all.
    """
    known = set(languages)
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if lines and "@" not in lines[0][1]:
        lines = lines[1:]
    if not lines:
        raise AftercareError(_("There is no address in it. Write one a line."))
    if len(lines) > MOST_ADDRESSES:
        raise AftercareError(_("5,000 addresses at a time are the most. Take the list in parts."))
    found: dict[str, Agreed] = {}
    for number, line in lines:
        parts = [part.strip().strip('"') for part in re.split(r"[,;\t]", line)]
        address = address_of(parts[0])
        if not address:
            raise AftercareError(_("Line %(n)d does not begin with an address. Nothing was taken.") % {"n": number})
        day = _day(parts[1] if len(parts) > 1 else "", usual, number)
        if day > today:
            raise AftercareError(_("Line %(n)d: that day is still to come. Nothing was taken.") % {"n": number})
        language = (parts[2] if len(parts) > 2 else "").split("-")[0].lower()
        if language and language not in known:
            facts = {"n": number, "known": ", ".join(sorted(known))}
            raise AftercareError(_("Line %(n)d: the language is one of %(known)s. Nothing was taken.") % facts)
        found[address] = Agreed(address, day, language)
    return list(found.values())


def _day(text: str, usual: date, number: int) -> date:
    if not text:
        return usual
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        words = _("Line %(n)d: write the day as 2026-03-31. Nothing was taken.")
        raise AftercareError(words % {"n": number}) from error


@dataclass(frozen=True)
class Answered:
    """What they said. None: they left it open."""

    arrived: bool | None
    good: bool | None
    comment: str = ""


def read_answer(arrived: str, good: str, comment: str) -> Answered:
    """An answer from the page's fields ("yes", "no" or ""). Raises AftercareError, "empty" or "long"."""
    said = {"yes": True, "no": False}
    words = comment.strip()
    came = said.get(arrived)
    # What has not come cannot be good or bad.
    found = Answered(came, None if came is False else said.get(good), words)
    if found.arrived is None and found.good is None and not words:
        raise AftercareError("empty")
    if len(words) > LONGEST_COMMENT:
        raise AftercareError("long")
    return found


def is_trouble(said: Answered) -> bool:
    """Whether somebody has to see to it."""
    return said.arrived is False or said.good is False


def may_change(given_at: datetime, changes: int, now: datetime) -> bool:
    """Whether an answer may still be changed."""
    return now < given_at + CHANGE_FOR and changes < MOST_CHANGES


def back_off(attempt: int) -> float:
    """Seconds to wait after this many attempts that certainly did not go through."""
    return BACK_OFF[min(max(attempt, 1), len(BACK_OFF)) - 1]
