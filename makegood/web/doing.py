"""How Makegood is doing, from every front door: for the page, the probes and the metrics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.alerts import api as alerts
from makegood.amplify import api as amplify
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.reply import api as reply
from makegood.resolve import api as resolve
from makegood.triage import api as triage
from makegood.winback import api as winback

__all__ = [
    "BOUNDS",
    "PROCESSES",
    "USUAL_BOUND",
    "ChannelRow",
    "Queue",
    "Runner",
    "channels",
    "interrupted_replies",
    "queue_ages",
    "queues",
    "runners",
    "stuck_replies",
    "waits",
]

PROCESSES = ("worker", "listener")
"""The processes that give signs of life. The web server gives its own by answering."""
USUAL_BOUND = 300.0
BOUNDS = {
    "replies to send": 120.0,
    "channels to read": 600.0,
    "threads to read": 900.0,
    "threads to follow": 3600.0,
    "shops to read": 900.0,
    "refunds to pay": 900.0,
    "praise to share": 3600.0,
    "mails after a purchase": 3600.0,
}
"""Seconds the oldest due row of a queue may wait before something is wrong, where that isn't `USUAL_BOUND`."""
NAMES = {
    "mentions to sort": gettext_lazy("Mentions to sort"),
    "mentions to open": gettext_lazy("Mentions to bring to the desk"),
    "channels to read": gettext_lazy("Channels to read"),
    "threads to read": gettext_lazy("Threads to read"),
    "threads to follow": gettext_lazy("Threads to follow"),
    "conversations to compare": gettext_lazy("Conversations to compare"),
    "snoozed to wake": gettext_lazy("Snoozed conversations to bring back"),
    "clocks to mark": gettext_lazy("Clocks to speak of"),
    "replies to send": gettext_lazy("Answers to send"),
    "shops to read": gettext_lazy("Shops and payments to read"),
    "webhooks to work": gettext_lazy("Webhooks to work"),
    "refunds to pay": gettext_lazy("Refunds to pay"),
    "praise to share": gettext_lazy("Praise to share or take down"),
    "alerts to send": gettext_lazy("Alerts to send"),
    "mails after a purchase": gettext_lazy("Mails after a purchase"),
}
SHOWN = 20
DAY = timedelta(hours=24)
TROUBLED = ("trouble", "disconnected")


def waits() -> list[Callable[[], dict[str, float | None]]]:
    """Each stage's account of its queues."""
    return [
        *(listen.queue_age, triage.queue_age, desk.queue_age, reply.queue_age, alerts.queue_age),
        *(identify.queue_age, resolve.queue_age, resolve.remedies_age, alerts.personal_age),
        *(amplify.queue_age, winback.queue_age),
    ]


def queue_ages() -> dict[str, float | None]:
    """Seconds each queue's oldest due row has waited; None where nothing waits."""
    found: dict[str, float | None] = {}
    for age in waits():
        found |= age()
    # What is planned for a moment to come does not wait yet.
    return {slug: None if age is None or age < 0 else age for slug, age in found.items()}


@dataclass(frozen=True)
class Queue:
    """A queue's oldest due row: how many seconds it has waited, and how many it may."""

    slug: str
    age: float | None
    bound: float

    @property
    def name(self) -> str:
        """What it is called on screen."""
        return str(NAMES.get(self.slug, self.slug.capitalize()))

    @property
    def late(self) -> bool:
        """Whether it waits for too long."""
        return self.age is not None and self.age > self.bound

    @property
    def since(self) -> datetime | None:
        """Since when it waits."""
        return None if self.age is None else clock.now() - timedelta(seconds=self.age)


def queues() -> list[Queue]:
    """Every queue of the installation."""
    return [Queue(slug, age, BOUNDS.get(slug, USUAL_BOUND)) for slug, age in queue_ages().items()]


@dataclass(frozen=True)
class Runner:
    """A process' last sign of life, `age` seconds ago, and what it said about itself; None when it never gave one."""

    name: str
    beat_at: datetime | None = None
    age: float | None = None
    silent: bool = True
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def memory(self) -> int | None:
        """In bytes."""
        return self.detail.get("rss")


def runners() -> list[Runner]:
    """The processes that should be running, and any other that gave a sign. 1 query."""
    rows = {row.name: row for row in jobs.beats()}
    named = {name: rows.get(name) for name in [*PROCESSES, *rows]}
    return [
        Runner(name, row.beat_at, row.age, row.silent, row.detail) if row else Runner(name)
        for name, row in named.items()
    ]


@dataclass(frozen=True)
class ChannelRow:
    """A channel's verdict, and what to do."""

    health: listen.Health
    advice: str
    read_once: bool
    """An import or the sample shop, which nothing more comes from."""

    @property
    def troubled(self) -> bool:
        """Whether it needs somebody."""
        return self.health.mood in TROUBLED


def channels(workspace: Any) -> list[ChannelRow]:
    """The workspace's channels, those in trouble first. 2 queries."""
    rows = [_row(each) for each in listen.channel_health(workspace)]
    return sorted(rows, key=lambda row: not row.troubled)


def _row(health: listen.Health) -> ChannelRow:
    row = health.channel
    read_once = row.kind in (listen.Channel.Kind.IMPORT, listen.Channel.Kind.SAMPLE)
    keeps_on = _("Makegood keeps trying. If it stays so, look at the channel.")
    advice = {
        "disconnected": _("Connect it again."),
        "trouble": _("Open it to see what can be done.") if read_once else keeps_on,
    }.get(health.mood, "")
    return ChannelRow(health, advice, read_once)


def stuck_replies(workspace: Any) -> tuple[list[reply.Reply], int]:
    """Refused and unknown answers, the newest first, and how many there are (counted to 1,000). 2 queries."""
    states = [reply.Reply.State.REFUSED, reply.Reply.State.UNKNOWN]
    rows = reply.Reply.objects.within(workspace).filter(state__in=states)
    shown = rows.select_related("conversation", "channel", "author").order_by("-created_at", "-id")[:SHOWN]
    return list(shown), rows.order_by()[:1000].count()


def interrupted_replies(workspace: Any) -> int:
    """How many times in the last 24 hours an answer's sending was cut short and had to be taken up again: an attempt
    that followed another which had neither ended nor been put off. 1 query, of 5,000 lines at most.
    """
    verbs = ["reply.sending", "reply.postponed", "reply.retried", "reply.refused", "reply.unknown"]
    rows = journal.Entry.objects.within(workspace).filter(verb__in=verbs, at__gte=clock.now() - DAY)
    lines = rows.order_by("-id").values_list("id", "verb", "data")[:5000]
    return count_interrupted([(verb, data.get("reply")) for _id, verb, data in sorted(lines)])


def count_interrupted(lines: Sequence[tuple[str, object]]) -> int:
    """How many "reply.sending" follow another of the same answer with nothing in between. Pure."""
    last: defaultdict[object, str] = defaultdict(str)
    count = 0
    for verb, key in lines:
        count += verb == "reply.sending" and last[key] == "reply.sending"
        last[key] = verb
    return count
