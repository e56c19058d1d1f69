"""What the pages about alerts show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q

from makegood.alerts.evidence import Found, gather, number_in, seen_in
from makegood.alerts.models import Alert, AlertDestination, AlertRule, Firing
from makegood.alerts.rules import TRIGGERS
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen

__all__ = ["Preview", "RuleRow", "destination", "destinations", "failed", "preview", "rule", "rules", "test_of"]

DAYS = 7
MOST_LINES = 5_000
SHOWN = 5
LASTING = {AlertRule.Trigger.CHANNEL: "channel", AlertRule.Trigger.SOURCE: "source"}
"""Triggers about trouble that lasts: what the journal's lines are about, whose "….recovered" tells of its end."""


@dataclass(frozen=True)
class RuleRow:
    """A rule with what it did: when it last fired, how often lately, and what of it waits."""

    rule: AlertRule
    last_fired_at: datetime | None
    fired: int
    held: int


def rules(workspace: Any) -> list[RuleRow]:
    """The workspace's rules. 4 queries."""
    rows = list(AlertRule.objects.within(workspace).prefetch_related("destinations").order_by("-active", "name", "id"))
    since = clock.now() - timedelta(days=DAYS)
    fired = Firing.objects.within(workspace).values("rule_id").order_by()
    counts = {
        row["rule_id"]: row for row in fired.annotate(last=Max("at"), lately=Count("id", filter=Q(at__gte=since)))
    }
    waiting = Alert.objects.within(workspace).filter(state=Alert.State.HELD).values("rule_id").order_by()
    held = {row["rule_id"]: row["n"] for row in waiting.annotate(n=Count("id"))}
    none: Mapping[str, Any] = {"last": None, "lately": 0}
    return [
        RuleRow(row, (known := counts.get(row.pk, none))["last"], known["lately"], held.get(row.pk, 0)) for row in rows
    ]


def rule(workspace: Any, key: int) -> AlertRule | None:
    """One rule with its destinations, None when the workspace has none of this number."""
    return AlertRule.objects.within(workspace).prefetch_related("destinations").filter(pk=key).first()


def destinations(workspace: Any) -> list[AlertDestination]:
    """The workspace's destinations."""
    return list(AlertDestination.objects.within(workspace).defer("secret").order_by("name", "id"))


def destination(workspace: Any, key: int) -> AlertDestination | None:
    """One destination, None when the workspace has none of this number."""
    return AlertDestination.objects.within(workspace).defer("secret").filter(pk=key).first()


def test_of(row: AlertDestination) -> Alert | None:
    """The newest test of a destination."""
    return Alert.objects.within(row.workspace_id).filter(destination=row, rule=None).order_by("-at", "-id").first()


def failed(workspace: Any, days: int = 1) -> int:
    """How many alerts could not be sent in the last days."""
    rows = Alert.objects.within(workspace).filter(state=Alert.State.FAILED, rule__isnull=False)
    return rows.filter(at__gte=clock.now() - timedelta(days=days)).count()


@dataclass(frozen=True)
class Shown:
    """One time a rule would have fired."""

    who: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Preview:
    """How often a rule would have fired in the last days, and the newest of these. `capped`: only so much was read."""

    count: int = 0
    days: int = DAYS
    shown: list[Shown] = field(default_factory=list)
    capped: bool = False


def preview(asked: AlertRule) -> Preview:
    """What a rule, saved or not, would have told in the last seven days, from what really happened, as far as that is
    known by now: the number of followers is today's, and silence can't be counted afterwards.
    """
    verbs = [*TRIGGERS[asked.trigger].verbs]
    kind = LASTING.get(AlertRule.Trigger(asked.trigger))
    if kind is not None:
        verbs.append(f"{kind}.recovered")
    since = clock.now() - timedelta(days=DAYS)
    rows = journal.Entry.objects.within(asked.workspace_id).filter(verb__in=verbs, at__gte=since).order_by("-id")
    lines = list(rows[: MOST_LINES + 1])
    capped = len(lines) > MOST_LINES
    lines = sorted(lines[:MOST_LINES], key=lambda line: line.pk)
    if kind is not None:
        found, names = _troubles(asked, lines, kind)
    else:
        facts = gather(lines, [asked])
        found = [one for line in lines if (one := seen_in(line, asked, facts)) is not None]
        names = {f"conversation:{key}": row.author_label for key, row in facts.conversations.items()}
    fired = _not_twice(found, timedelta(minutes=asked.repeat_minutes))
    shown = [
        Shown(names.get(f"conversation:{one.conversation_id}") or names.get(one.subject, ""), one.at, one.reason)
        for one in reversed(fired[-SHOWN:])
    ]
    return Preview(len(fired), DAYS, shown, capped)


def _not_twice(found: list[Found], window: timedelta) -> list[Found]:
    told: dict[str, datetime] = {}
    fired = []
    for one in found:
        last = told.get(one.subject)
        if last is None or one.at - last >= window:
            told[one.subject] = one.at
            fired.append(one)
    return fired


def _troubles(asked: AlertRule, lines: list[journal.Entry], kind: str) -> tuple[list[Found], dict[str, str]]:
    """Trouble that lasted as long as the rule asks, from the lines that tell of its beginning and its end."""
    wait = timedelta(minutes=int(asked.parameters["minutes"]))
    begun: dict[int, journal.Entry] = {}
    found: list[Found] = []

    def over(key: int, at: datetime) -> None:
        line = begun.pop(key, None)
        if line is not None and at - line.at >= wait:
            sentence = str(line.data.get("sentence", ""))[:300]
            found.append(Found(f"{kind}:{key}", sentence, line.at + wait, line.pk))

    for line in lines:
        key = number_in(line.subject, kind)
        if key is not None and line.verb == f"{kind}.recovered":
            over(key, line.at)
        elif key is not None:
            begun.setdefault(key, line)
    for key in list(begun):
        over(key, clock.now())
    keys = [key for one in found if (key := number_in(one.subject, kind)) is not None]
    if kind == "channel":
        known = dict(listen.Channel.objects.within(asked.workspace_id).filter(pk__in=keys).values_list("pk", "name"))
    else:
        known = dict(identify.Source.objects.within(asked.workspace_id).filter(pk__in=keys).values_list("pk", "name"))
    names = {f"{kind}:{key}": name for key, name in known.items()}
    return sorted(found, key=lambda one: one.at), names
