"""Which policy holds for a conversation, by when something is due, and when to speak up before it breaks: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from makegood.clocks.hours import Hours, add, between

__all__ = [
    "LONGEST_TARGET",
    "WARN_AT",
    "Book",
    "Policy",
    "Subject",
    "Terms",
    "fits",
    "promise_warn_at",
    "terms_for",
    "warn_at",
]

WARN_AT = 0.8
"""The share of its time that is used up when a clock is spoken of."""
LONGEST_TARGET = 30 * 24 * 60
"""Minutes."""
PROMISE_LEAD = timedelta(hours=4)
"""A promise is spoken of so much opening time before it is due, or at 80 % of a short one."""


@dataclass(frozen=True)
class Policy:
    """A policy as the rules need it. An empty condition asks for nothing; targets are minutes of opening time."""

    name: str
    labels: frozenset[str] = frozenset()
    """In lower case."""
    networks: frozenset[str] = frozenset()
    channels: frozenset[int] = frozenset()
    intents: frozenset[str] = frozenset()
    urgencies: frozenset[str] = frozenset()
    first_answer: int | None = None
    next_update: int | None = None
    resolution: int | None = None
    hours: Hours | None = None
    pauses: bool = True
    key: int | None = None


@dataclass(frozen=True)
class Subject:
    """What a policy looks at."""

    network: str
    channel: int | None
    intent: str
    urgency: str
    labels: tuple[str, ...] = ()
    policy: int | None = None
    """The key of the policy that was chosen for it, which goes before all others."""


@dataclass(frozen=True)
class Terms:
    """What is owed to one conversation. `answer` is for a first answer, `update` for every later one."""

    policy: str
    reason: str
    answer: timedelta
    update: timedelta
    resolution: timedelta | None
    hours: Hours | None
    pauses: bool = True


@dataclass(frozen=True)
class Book:
    """The rules of a workspace: its policies in order, and its own answer times (minutes by urgency) and hours."""

    now: int
    today: int
    whenever: int
    zone: str = "UTC"
    hours: Hours | None = None
    policies: tuple[Policy, ...] = field(default=())


def _first_in_both(wanted: frozenset[str], found: Iterable[str]) -> str | None:
    return next((each for each in found if each.casefold() in wanted), None)


def fits(policy: Policy, subject: Subject) -> list[str] | None:
    """Why a policy fits, a clause for each of its conditions; None when it doesn't. One without conditions fits all."""
    why = []
    if policy.labels:
        label = _first_in_both(policy.labels, subject.labels)
        if label is None:
            return None
        why.append(_("label %s") % label)
    if policy.networks:
        if subject.network not in policy.networks:
            return None
        why.append(_("network %s") % subject.network)
    if policy.channels:
        if subject.channel not in policy.channels:
            return None
        why.append(_("its channel"))
    if policy.intents:
        if subject.intent not in policy.intents:
            return None
        why.append(_("it is a %s") % subject.intent)
    if policy.urgencies:
        if subject.urgency not in policy.urgencies:
            return None
        why.append(_("urgency %s") % subject.urgency)
    return why


def _is_chosen(policy: Policy, subject: Subject) -> bool:
    return policy.key is not None and policy.key == subject.policy


def terms_for(book: Book, subject: Subject) -> Terms:
    """What is owed: by the policy chosen for it or the first that fits, else by the workspace's own answer times.

    A policy that says nothing about answers leaves them to the workspace's own times, so that whoever waits for an
    answer always has a clock.
    """
    own = {"now": book.now, "today": book.today}.get(subject.urgency, book.whenever)
    for policy in sorted(book.policies, key=lambda each: not _is_chosen(each, subject)):
        why = [_("it was chosen for this one")] if _is_chosen(policy, subject) else fits(policy, subject)
        if why is None:
            continue
        because = _(", because: %s") % ", ".join(why) if why else _(", which holds for everything")
        answer = policy.first_answer or own
        return Terms(
            policy=policy.name,
            reason=(_("Policy “%s”") % policy.name + because)[:300],
            answer=timedelta(minutes=answer),
            update=timedelta(minutes=policy.next_update or answer),
            resolution=timedelta(minutes=policy.resolution) if policy.resolution else None,
            hours=policy.hours,
            pauses=policy.pauses,
        )
    span = timedelta(minutes=own)
    reason = _("The shop’s own answer time, because: urgency %s") % subject.urgency
    return Terms("", reason[:300], span, span, None, book.hours)


def warn_at(hours: Hours | None, runs_from: datetime, used: timedelta, target: timedelta) -> datetime:
    """When a clock that runs again since `runs_from`, `used` of its target gone by then, has used up 80 % of it."""
    return add(hours, runs_from, max(timedelta(), target * WARN_AT - used))


def promise_warn_at(hours: Hours | None, made: datetime, due: datetime) -> datetime:
    """When to speak of a promise before it breaks, while somebody is there to keep it.

    Four hours of opening time before it is due; of a short one, when 80 % of its opening time has passed; and where
    the shop doesn't open in between at all, at 80 % of the time itself.
    """
    open_time = between(hours, made, due)
    if open_time <= timedelta():
        return made + max(timedelta(), due - made) * WARN_AT
    lead = min(PROMISE_LEAD, open_time * (1 - WARN_AT))
    return add(hours, made, open_time - lead)
