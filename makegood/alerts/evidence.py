"""What a journal line shows: whether a rule holds true of it, and why."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from makegood.alerts.models import AlertRule
from makegood.alerts.rules import KINDS, TRIGGERS, Said, growth
from makegood.desk import api as desk
from makegood.journal.api import Entry

__all__ = ["Facts", "Found", "gather", "number_in", "seen_in"]

MOST_SAID = 20_000
Thread = tuple[int, str, str]
T = AlertRule.Trigger


@dataclass(frozen=True)
class Found:
    """A rule holds true: of what, why, and since when. `entry_id` is the line that showed it."""

    subject: str
    reason: str
    at: datetime
    entry_id: int | None = None
    conversation_id: int | None = None
    channel_id: int | None = None
    source_id: int | None = None


@dataclass(frozen=True)
class Facts:
    """What the lines are about, as it stands now."""

    conversations: Mapping[int, desk.Conversation] = field(default_factory=dict)
    said: Mapping[Thread, Sequence[Said]] = field(default_factory=dict)


def number_in(subject: str, kind: str) -> int | None:
    """12 from "conversation:12" where that is the kind asked for."""
    found, _colon, number = subject.partition(":")
    return int(number) if found == kind and number.isdigit() else None


def gather(lines: Sequence[Entry], rules: Iterable[AlertRule]) -> Facts:
    """The conversations these lines are about, and their threads where a rule asks. 2 queries."""
    keys = {key for line in lines if (key := number_in(line.subject, "conversation")) is not None}
    rows = desk.Conversation.objects.across("alerts are found for all workspaces at once").filter(pk__in=keys)
    known = {row.pk: row for row in rows.select_related("workspace", "latest").filter(is_sample=False)}
    spans = [int(rule.parameters.get("minutes", 0)) for rule in rules if rule.trigger == T.THREAD]
    if not spans or not known:
        return Facts(known)
    return Facts(known, _said(known.values(), min(line.at for line in lines) - timedelta(minutes=max(spans))))


def _said(rows: Iterable[desk.Conversation], since: datetime) -> Mapping[Thread, Sequence[Said]]:
    """What was said in these threads by whoever is not us: each customer there has a conversation of their own."""
    threads = {_thread(row) for row in rows}
    messages = desk.Message.objects.across("alerts are found for all workspaces at once").filter(
        conversation__workspace__in={thread[0] for thread in threads},
        conversation__thread_id__in={thread[2] for thread in threads},
        posted_at__gte=since,
    )
    found: defaultdict[Thread, list[Said]] = defaultdict(list)
    fields = (
        "workspace_id",
        "conversation__network",
        "conversation__thread_id",
        "network_id",
        "author_id",
        "posted_at",
    )
    others = messages.exclude(direction=desk.Message.Direction.OUT).order_by("-posted_at")
    for workspace_id, network, thread_id, network_id, author_id, posted_at in others.values_list(*fields)[:MOST_SAID]:
        found[workspace_id, network, thread_id].append(Said(network_id, author_id, posted_at))
    return found


def _thread(row: desk.Conversation) -> Thread:
    return (row.workspace_id, row.network, row.thread_id)


def seen_in(line: Entry, rule: AlertRule, facts: Facts) -> Found | None:
    """What this line shows to this rule, None when nothing. The rule need not be saved."""
    if rule.trigger not in (*JUDGES, T.RISING) or line.verb not in TRIGGERS[rule.trigger].verbs:
        return None
    if rule.trigger == T.RISING:
        return _rising(line, rule)
    key = number_in(line.subject, "conversation")
    row = facts.conversations.get(key) if key is not None else None
    if row is None or row.workspace_id != rule.workspace_id:
        return None
    judged = JUDGES[rule.trigger](line, row, rule.parameters, facts)
    if judged is None:
        return None
    subject, reason = judged
    return Found(subject, reason[:300], line.at, line.pk, conversation_id=row.pk)


def _rising(line: Entry, rule: AlertRule) -> Found | None:
    """It is about no conversation: about a cause, a topic, or all there is."""
    if line.workspace_id != rule.workspace_id:
        return None
    name, because = str(line.data.get("name", "")), str(line.data.get("because", ""))
    return Found(line.subject, f"{name}: {because}"[:300] if name else because[:300], line.at, line.pk)


Judged = tuple[str, str] | None
Judge = Callable[[Entry, desk.Conversation, Mapping[str, Any], Facts], Judged]


def _urgent(line: Entry, row: desk.Conversation, asked: Mapping[str, Any], facts: Facts) -> Judged:
    if row.intent != "complaint" or row.urgency != "now":
        return None
    return f"conversation:{row.pk}", _("It is a complaint that has to be answered now.")


def _followers(line: Entry, row: desk.Conversation, asked: Mapping[str, Any], facts: Facts) -> Judged:
    if row.intent != "complaint" or row.followers is None or row.followers <= int(asked["followers"]):
        return None
    count = number_format(row.followers, use_l10n=True, force_grouping=True)
    return f"conversation:{row.pk}", _("It is a complaint, and %(n)s people follow them.") % {"n": count}


def _clock(line: Entry, row: desk.Conversation, asked: Mapping[str, Any], facts: Facts) -> Judged:
    kind = str(line.data.get("kind", ""))
    if asked["which"] not in ("any", kind):
        return None
    told = {"what": dict(KINDS).get(kind, kind), "when": _local(line.data.get("due_at"), row.workspace.timezone)}
    words = _("%(what)s: due %(when)s.") if line.verb == "clock.warned" else _("%(what)s: was due %(when)s.")
    return f"conversation:{row.pk}:{kind}"[:80], words % told


def _thread_grows(line: Entry, row: desk.Conversation, asked: Mapping[str, Any], facts: Facts) -> Judged:
    minutes = int(asked["minutes"])
    messages, people = growth(facts.said.get(_thread(row), ()), line.at, minutes)
    if messages < int(asked["messages"]) and people < int(asked["people"]):
        return None
    mark = hashlib.sha256("\0".join(map(str, _thread(row))).encode()).hexdigest()[:32]
    counts = {"n": messages, "people": people, "minutes": minutes}
    return f"thread:{mark}", _("%(n)d messages by %(people)d people within %(minutes)d minutes.") % counts


def _travelling(line: Entry, row: desk.Conversation, asked: Mapping[str, Any], facts: Facts) -> Judged:
    return f"conversation:{row.pk}", str(line.data.get("because", ""))


def _reply(line: Entry, row: desk.Conversation, asked: Mapping[str, Any], facts: Facts) -> Judged:
    subject = f"reply:{line.data.get('reply')}"
    if line.verb == "reply.refused":
        return subject, _("The answer was refused. %(why)s") % {"why": line.data.get("sentence", "")}
    return subject, _("Nobody can tell whether the answer was sent. Please look.")


def _routed(line: Entry, row: desk.Conversation, asked: Mapping[str, Any], facts: Facts) -> Judged:
    rules = line.data.get("alert") or []
    if not rules:
        return None
    return f"conversation:{row.pk}", _("It falls under your rule “%(name)s”.") % {"name": rules[0]}


JUDGES: Mapping[str, Judge] = {
    T.URGENT: _urgent,
    T.FOLLOWERS: _followers,
    T.CLOCK_WARNED: _clock,
    T.CLOCK_BROKEN: _clock,
    T.THREAD: _thread_grows,
    T.TRAVELLING: _travelling,
    T.REPLY: _reply,
    T.ROUTED: _routed,
}


def _local(moment: object, zone: str) -> str:
    try:
        at = datetime.fromisoformat(str(moment)).astimezone(ZoneInfo(zone))
    except ValueError:
        return _("by now")
    return date_format(at, "SHORT_DATETIME_FORMAT")
