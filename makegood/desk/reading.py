"""Lists and figures of the desk. Every list is keyset-paged and served by an index; counts are capped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from makegood.accounts.api import Membership, Team
from makegood.desk.models import Conversation, Label, Message, Note
from makegood.desk.rules import BREACHING_WITHIN
from makegood.desk.snoozing import snoozed_age
from makegood.desk.suggesting import compare_age
from makegood.desk.visibility import sees_all, visible, visible_notes
from makegood.desk.watching import clocks_age
from makegood.kit import clock, keyset

__all__ = [
    "VIEWS",
    "Day",
    "Listed",
    "View",
    "conversation",
    "count_unanswered",
    "count_view",
    "first_answer_minutes",
    "labels",
    "list_view",
    "messages_of",
    "newest_complaints",
    "notes_of",
    "queue_age",
    "views_of",
    "week",
]

PAGE = 40
COUNTED = 1_000
"""Counts stop here and say "1000+": nobody compares further, and counting a million rows on each page would cost."""

Q_ = Conversation.Queue
Narrow = Callable[[QuerySet[Conversation], Membership], QuerySet[Conversation]]


@dataclass(frozen=True)
class View:
    """A queue view: what is in it and in which order."""

    slug: str
    title: Any
    narrow: Narrow
    by_due: bool = False
    by_waking: bool = False


def _breaching(rows: QuerySet[Conversation], _viewer: Membership) -> QuerySet[Conversation]:
    # What was put off is late all the same.
    return rows.filter(queue__in=[Q_.NEEDS_ANSWER, Q_.SNOOZED, Q_.WAITING], due_at__lte=clock.now() + BREACHING_WITHIN)


def _of_my_teams(rows: QuerySet[Conversation], viewer: Membership) -> QuerySet[Conversation]:
    mine = Team.objects.within(viewer.workspace_id).filter(members=viewer.user_id)
    return rows.filter(team__in=mine.values("pk"), queue=Q_.NEEDS_ANSWER)


NO_CLOSING_LINE = Q(private_at__isnull=False, closing_line_at__isnull=True) | Q(unsettled_at__isnull=False)

VIEWS: dict[str, View] = {
    view.slug: view
    for view in (
        View("needs-answer", _("Needs an answer"), lambda rows, _m: rows.filter(queue=Q_.NEEDS_ANSWER), by_due=True),
        View(
            "mine",
            _("Mine"),
            lambda rows, viewer: rows.filter(assignee_id=viewer.user_id, queue=Q_.NEEDS_ANSWER),
            by_due=True,
        ),
        View("my-team", _("My team"), _of_my_teams, by_due=True),
        View("breaching", _("Breaching"), _breaching, by_due=True),
        View("snoozed", _("Snoozed"), lambda rows, _m: rows.filter(queue=Q_.SNOOZED), by_waking=True),
        View("praise", _("Praise"), lambda rows, _m: rows.filter(queue=Q_.PRAISE)),
        View("let-stand", _("Let stand"), lambda rows, _m: rows.filter(queue=Q_.LET_STAND)),
        View("waiting", _("Waiting for them"), lambda rows, _m: rows.filter(queue=Q_.WAITING)),
        View("closing-line", _("Closing line due"), lambda rows, _m: rows.filter(NO_CLOSING_LINE)),
        View("closed", _("Closed"), lambda rows, _m: rows.filter(queue=Q_.CLOSED)),
        View("shared", _("Shared with me"), lambda rows, _m: rows),
    )
}


def views_of(viewer: Membership) -> dict[str, View]:
    """The views that this member is offered. A collaborator has one; who is in no team needs no view of it. 1 query."""
    if not sees_all(viewer):
        return {"shared": VIEWS["shared"]}
    without = {"shared"}
    if not Team.objects.within(viewer.workspace_id).filter(members=viewer.user_id).exists():
        without.add("my-team")
    return {slug: view for slug, view in VIEWS.items() if slug not in without}


@dataclass(frozen=True)
class Listed:
    """A page of a list. `after` is the key of the next page, "" on the last."""

    rows: list[Conversation]
    after: str


def list_view(viewer: Membership, slug: str, after: str = "", size: int = PAGE) -> Listed:
    """One page of a view: most urgent first where an answer is owed, by its return what is put off, else newest first.

    1 query.
    """
    view = VIEWS[slug]
    rows = view.narrow(visible(viewer), viewer).select_related("assignee", "team")
    forward = "due_at" if view.by_due else "snoozed_until" if view.by_waking else ""
    if forward:
        rows = rows.order_by(forward, "id")
        if key := keyset.read(after):
            rows = rows.filter(Q((f"{forward}__gt", key[0])) | Q((forward, key[0]), id__gt=key[1]))
    else:
        rows = rows.order_by("-last_message_at", "-id")
        if key := keyset.read(after):
            rows = rows.filter(Q(last_message_at__lt=key[0]) | Q(last_message_at=key[0], id__lt=key[1]))
    found = list(rows[: size + 1])
    page = found[:size]
    if len(found) <= size:
        return Listed(page, "")
    last = page[-1]
    return Listed(page, keyset.after_row(getattr(last, forward or "last_message_at"), last.pk))


def count_view(viewer: Membership, slug: str) -> int:
    """How many are in a view, counted to `COUNTED` at most."""
    rows = VIEWS[slug].narrow(visible(viewer), viewer)
    return rows.order_by()[: COUNTED + 1].count()


def count_unanswered(viewer: Membership) -> int:
    """How many customers wait for an answer, of those that the viewer sees. The goal is zero.

    Those we have put off wait like the others: snoozing moves them out of sight, not out of the count.
    """
    put_off = Q(queue=Q_.SNOOZED, snoozed_from=Q_.NEEDS_ANSWER)
    return visible(viewer).filter(Q(queue=Q_.NEEDS_ANSWER) | put_off).order_by()[: COUNTED + 1].count()


def newest_complaints(viewer: Membership, size: int) -> list[Conversation]:
    """The newest complaints that wait for an answer. 1 query."""
    rows = visible(viewer).filter(queue=Q_.NEEDS_ANSWER, intent="complaint")
    return list(rows.order_by("-last_message_at", "-id")[:size])


def conversation(viewer: Membership, key: int) -> Conversation | None:
    """One conversation with what its page needs; None when there is none, or none that the viewer may see."""
    rows = visible(viewer).select_related("assignee", "team", "latest", "latest__channel")
    return rows.prefetch_related("labels").filter(pk=key).first()


def messages_of(row: Conversation, limit: int = 200) -> list[Message]:
    """The newest messages of the thread, oldest first."""
    rows = Message.objects.within(row.workspace_id).filter(conversation=row).select_related("member")
    return list(reversed(rows.order_by("-posted_at", "-id")[:limit]))


def notes_of(row: Conversation, viewer: Membership) -> list[Note]:
    """Its newest notes, as far as the viewer may read them, oldest first."""
    rows = visible_notes(viewer, row).select_related("author")
    return list(reversed(rows.order_by("-at", "-id")[:200]))


def labels(workspace: Any) -> list[Label]:
    """All labels of the workspace."""
    return list(Label.objects.within(workspace).order_by("name")[:200])


@dataclass(frozen=True)
class Day:
    """One day's figures."""

    day: Any
    heard: int
    answered: int


def week(workspace: Any, zone: str, days: int = 7) -> list[Day]:
    """Conversations opened and answered on each of the last days, in the workspace's time zone. 2 queries."""
    place = ZoneInfo(zone)
    today = clock.now().astimezone(place).date()
    first = today - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=place)
    rows = Conversation.objects.within(workspace)
    opened = _by_day(rows.filter(opened_at__gte=since), "opened_at", place)
    answered = _by_day(rows.filter(answered_at__gte=since), "answered_at", place)
    span = [first + timedelta(days=number) for number in range(days)]
    return [Day(day, opened.get(day, 0), answered.get(day, 0)) for day in span]


def _by_day(rows: QuerySet[Conversation], field: str, place: ZoneInfo) -> dict[Any, int]:
    grouped = rows.annotate(day=TruncDate(field, tzinfo=place)).values("day").order_by("day").annotate(n=Count("id"))
    return {row["day"]: row["n"] for row in grouped}


def first_answer_minutes(workspace: Any, days: int = 7) -> tuple[float | None, int]:
    """Median minutes from post to first answer over the last days, and from how many answers (500 at most)."""
    since = clock.now() - timedelta(days=days)
    rows = Conversation.objects.within(workspace).filter(answered_at__gte=since).order_by("-answered_at")
    seconds = list(rows.values_list("answer_seconds", flat=True)[:500])
    known = [value for value in seconds if value is not None]
    return (median(known) / 60 if known else None, len(known))


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest row of each kind has waited to be done; None: nothing waits."""
    rows = Conversation.objects.across("the operator sees every queue").filter(thread_wanted_at__isnull=False)
    oldest = rows.order_by("thread_wanted_at").values_list("thread_wanted_at", flat=True).first()
    threads = {"threads to read": (clock.now() - oldest).total_seconds() if oldest else None}
    return threads | snoozed_age() | compare_age() | clocks_age()
