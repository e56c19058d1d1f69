"""Lists of cases, and what a case's page shows. Every list is keyset-paged and takes a bounded number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from makegood.desk.cases import MOST_IN_CASE
from makegood.desk.models import Case, CaseSuggestion, Clock, Conversation, Note
from makegood.journal import api as journal
from makegood.kit import keyset

__all__ = [
    "CASE_VIEWS",
    "CaseRow",
    "Found",
    "case_of",
    "cases_page",
    "conversations_in",
    "history_of",
    "merged_into",
    "next_clocks",
    "notes_in",
    "search_cases",
    "search_conversations",
    "suggestion_of",
]

PAGE = 40
FOUND = 20
NOTES = 50
HISTORY = 40
CASE_VIEWS = ("open", "mine", "ended")
# The case itself tells of each of its conversations coming and going.
TOLD_ELSEWHERE = ("conversation.moved_case", "conversation.thread_read")
Q_ = Conversation.Queue


@dataclass
class CaseRow:
    """A case as a list shows it."""

    case: Case
    conversations: int = 0
    networks: list[str] = field(default_factory=list)
    unanswered: int = 0
    due_at: datetime | None = None


def cases_page(workspace: Any, member: Any, view: str, after: str = "", size: int = PAGE) -> tuple[list[CaseRow], str]:
    """A page of a view of CASE_VIEWS, the last changed first, and the next page's key, "" on the last. 2 queries."""
    rows = Case.objects.within(workspace).select_related("owner")
    if view == "ended":
        rows = rows.filter(state__in=[Case.State.SOLVED, Case.State.UNSOLVED])
    else:
        rows = rows.filter(state=Case.State.OPEN)
    if view == "mine":
        rows = rows.filter(owner=member)
    if key := keyset.read(after):
        rows = rows.filter(Q(changed_at__lt=key[0]) | Q(changed_at=key[0], id__lt=key[1]))
    found = list(rows.order_by("-changed_at", "-id")[: size + 1])
    page = found[:size]
    more = keyset.after_row(page[-1].changed_at, page[-1].pk) if len(found) > size else ""
    return _rows(workspace, page), more


def _rows(workspace: Any, cases: Sequence[Case]) -> list[CaseRow]:
    listed = {case.pk: CaseRow(case) for case in cases}
    figures = (
        Conversation.objects.within(workspace)
        .filter(case__in=listed)
        .values("case_id", "network")
        .annotate(n=Count("id"), owing=Count("id", filter=Q(queue=Q_.NEEDS_ANSWER)), due=Min("due_at"))
        .order_by("-n", "network")
    )
    for line in figures if listed else ():
        row = listed[line["case_id"]]
        row.conversations += line["n"]
        row.unanswered += line["owing"]
        row.networks.append(line["network"])
        row.due_at = min((due for due in (row.due_at, line["due"]) if due), default=None)
    return list(listed.values())


def case_of(workspace: Any, key: int) -> Case | None:
    """One case of the workspace, or None."""
    rows = Case.objects.within(workspace).select_related("owner", "opened_by", "merged_into")
    return rows.filter(pk=key).first()


def conversations_in(case: Case) -> list[Conversation]:
    """Its conversations, the most urgent first; of a merged case those that it took along. 1 query."""
    rows = Conversation.objects.within(case.workspace_id).select_related("assignee", "latest__channel", "case")
    rows = rows.filter(pk__in=case.took_along) if case.state == Case.State.MERGED else rows.filter(case=case)
    found = list(rows[:MOST_IN_CASE])
    return sorted(found, key=lambda row: (row.due_at is None, row.due_at or row.opened_at, row.pk))


def next_clocks(rows: Sequence[Conversation]) -> dict[int, Clock]:
    """For each conversation (by id) the clock that runs out first, where one runs. 1 query."""
    if not rows:
        return {}
    running = Clock.objects.within(rows[0].workspace_id).filter(conversation__in=rows, stopped_at__isnull=True)
    found: dict[int, Clock] = {}
    for row in running.filter(due_at__isnull=False).order_by("due_at", "id"):
        found.setdefault(row.conversation_id, row)
    return found


def merged_into(case: Case) -> list[Case]:
    """The cases that were merged into this one. 1 query."""
    return list(Case.objects.within(case.workspace_id).filter(merged_into=case).order_by("pk")[:MOST_IN_CASE])


def notes_in(rows: Sequence[Conversation]) -> list[Note]:
    """The newest notes of all these conversations, newest first. 1 query."""
    if not rows:
        return []
    notes = Note.objects.within(rows[0].workspace_id).filter(conversation__in=rows)
    return list(notes.select_related("author", "conversation").order_by("-at", "-id")[:NOTES])


def history_of(
    case: Case, rows: Sequence[Conversation], merged: Iterable[Case], before: int = 0
) -> tuple[list[journal.Entry], int]:
    """A page of one timeline: the lines of the case, of its conversations and of what was merged into it. 1 query.

    Newest first, with the `before` of the next page, 0 on the last.
    """
    subjects = [f"case:{case.pk}", *(f"case:{one.pk}" for one in merged), *(f"conversation:{row.pk}" for row in rows)]
    return journal.page_about(case.workspace_id, subjects, before=before, limit=HISTORY, without=TOLD_ELSEWHERE)


@dataclass(frozen=True)
class Found:
    """A page of what was searched for. `after` is the key of the next page, 0 on the last."""

    rows: list[Any]
    after: int


def search_conversations(workspace: Any, words: str, after: int = 0, *, without: Case | None = None) -> Found:
    """Conversations by author, by what they begin with, or by number ("12", "#12"), newest first. 1 query.

    Without words the newest. Those of the case `without` are left out.
    """
    rows = Conversation.objects.within(workspace).select_related("case")
    for word in words.split()[:6]:
        said = Q(author_name__icontains=word) | Q(author_handle__icontains=word) | Q(excerpt__icontains=word)
        rows = rows.filter(said | _number(word))
    if without is not None:
        rows = rows.exclude(case=without)
    return _found(rows, after)


def search_cases(workspace: Any, words: str, after: int = 0, *, without: Case | None = None) -> Found:
    """Open cases by title, problem or number, newest first. 1 query."""
    rows = Case.objects.within(workspace).filter(state=Case.State.OPEN).select_related("owner")
    for word in words.split()[:6]:
        rows = rows.filter(Q(title__icontains=word) | Q(problem__icontains=word) | _number(word))
    if without is not None:
        rows = rows.exclude(pk=without.pk)
    return _found(rows, after)


def _number(word: str) -> Q:
    digits = word.removeprefix("#")
    return Q(pk=int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 18 else Q(pk__in=())


def _found(rows: QuerySet[Any], after: int) -> Found:
    if after:
        rows = rows.filter(id__lt=after)
    found = list(rows.order_by("-id")[: FOUND + 1])
    return Found(found[:FOUND], found[FOUND - 1].pk if len(found) > FOUND else 0)


def suggestion_of(workspace: Any, key: int) -> CaseSuggestion | None:
    """One suggestion of the workspace with its two conversations, or None."""
    rows = CaseSuggestion.objects.within(workspace).select_related("first__latest", "second")
    return rows.filter(pk=key).first()
