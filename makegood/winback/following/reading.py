"""What pages and other parts read: what lies ready, what was answered, and the figures with their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from makegood.accounts.api import Membership
from makegood.desk import api as desk
from makegood.kit import keyset
from makegood.kit.shares import Share, wilson
from makegood.resolve import api as resolve
from makegood.winback.following import rules
from makegood.winback.following.house import fill, words_for
from makegood.winback.models import FollowUp, FollowUpWords, Satisfaction

__all__ = [
    "AnswerPage",
    "Card",
    "ReadyPage",
    "Scores",
    "answers_page",
    "card_of",
    "closing_words",
    "count_ready",
    "ready_page",
    "satisfaction_of",
    "scores",
]

State = FollowUp.State
PAGE = 25
COUNTED = 99
LIES_READY = Q(state=State.READY) | Q(state=State.ASKED, remind_from__isnull=False, reminded_at__isnull=True)


def satisfaction_of(conversation: desk.Conversation) -> Satisfaction | None:
    """What they answered last about this conversation; None where they have not. 1 query."""
    rows = Satisfaction.objects.within(conversation.workspace_id).filter(conversation=conversation)
    return rows.select_related("followup").order_by("-given_at", "-pk").first()


@dataclass(frozen=True)
class Scores:
    """What was answered to what was asked in a time. The shares are None under `rules.FEWEST`."""

    asked: int
    answered: int
    counts: tuple[int, int, int, int, int]
    """How many gave 1, 2, 3, 4, 5."""
    satisfied: Share | None
    """How many gave 4 or 5, of those who answered."""
    answering: Share | None
    """How many answered, of those who were asked."""
    unresolved: int
    public: int
    """How many answered a link that others could read."""


def scores(workspace: Any, since: datetime, until: datetime | None = None) -> Scores:
    """The figures of the follow-ups that were asked from `since` on, and before `until` (aware). 2 queries."""
    asked = FollowUp.objects.within(workspace).filter(asked_at__gte=since)
    if until is not None:
        asked = asked.filter(asked_at__lt=until)
    number = asked.count()
    given = Satisfaction.objects.within(workspace).filter(followup__in=asked)
    names = {f"n{score}": Count("pk", filter=Q(score=score)) for score in range(1, 6)}
    names |= {
        "unresolved": Count("pk", filter=Q(resolved=False)),
        "public": Count("pk", filter=Q(asked_in_public=True)),
    }
    found = given.aggregate(**names)
    counts = (found["n1"], found["n2"], found["n3"], found["n4"], found["n5"])
    answered = sum(counts)
    happy = sum(counts[rules.SATISFIED - 1 :])
    return Scores(
        asked=number,
        answered=answered,
        counts=counts,
        satisfied=wilson(happy, answered) if answered >= rules.FEWEST else None,
        answering=wilson(answered, number) if number >= rules.FEWEST else None,
        unresolved=found["unresolved"],
        public=found["public"],
    )


@dataclass(frozen=True)
class ReadyPage:
    """Follow-ups that lie ready, the newest first. `after` is the key of the next page, "" on the last."""

    rows: list[FollowUp]
    after: str


def ready_page(viewer: Membership, after: str = "", size: int = PAGE) -> ReadyPage:
    """What lies ready for a person to send: questions and reminders. 1 query."""
    rows = FollowUp.objects.within(viewer.workspace_id).filter(LIES_READY)
    if key := keyset.read(after):
        rows = rows.filter(Q(ready_at__lt=key[0]) | Q(ready_at=key[0], pk__lt=key[1]))
    names = ("conversation__assignee", "asked_by", "case")
    found = list(rows.select_related(*names).order_by("-ready_at", "-pk")[: size + 1])
    page = found[:size]
    last = page[-1] if len(found) > size else None
    return ReadyPage(page, keyset.after_row(last.ready_at, last.pk) if last and last.ready_at else "")


def count_ready(workspace: Any) -> int:
    """How many lie ready, counted to `COUNTED` and one more. 1 query."""
    return FollowUp.objects.within(workspace).filter(LIES_READY).order_by()[: COUNTED + 1].count()


@dataclass(frozen=True)
class AnswerPage:
    """Answers, the newest first. `after` is the key of the next page, "" on the last."""

    rows: list[Satisfaction]
    after: str


def answers_page(viewer: Membership, after: str = "", size: int = PAGE) -> AnswerPage:
    """What was answered. 1 query."""
    rows = Satisfaction.objects.within(viewer.workspace_id)
    if key := keyset.read(after):
        rows = rows.filter(Q(given_at__lt=key[0]) | Q(given_at=key[0], pk__lt=key[1]))
    names = ("conversation__assignee", "followup")
    found = list(rows.select_related(*names).order_by("-given_at", "-pk")[: size + 1])
    page = found[:size]
    return AnswerPage(page, keyset.after_row(page[-1].given_at, page[-1].pk) if len(found) > size else "")


@dataclass(frozen=True)
class Card:
    """How it stands with one conversation. `closing` are words for onlookers, "" where none are due."""

    followup: FollowUp | None
    answer: Satisfaction | None
    closing: str

    @property
    def ready(self) -> bool:
        """Whether a question or a reminder lies ready."""
        return self.followup is not None and (self.followup.state == State.READY or self.followup.reminds)


def card_of(conversation: desk.Conversation) -> Card:
    """How it stands with a conversation. At most 6 queries."""
    rows = FollowUp.objects.within(conversation.workspace_id).filter(conversation=conversation)
    row = rows.select_related("asked_by", "reminded_by").order_by("-pk").first()
    answer = satisfaction_of(conversation)
    return Card(row, answer, closing_words(conversation, answer))


def closing_words(conversation: desk.Conversation, answer: Satisfaction | None) -> str:
    """A drafted closing line for those who watched, once it is known that it ended well; "" where none is due.

    It is due where the complaint was public and we went on in private. At most 3 queries.
    """
    if conversation.private_at is None or conversation.closing_line_at is not None:
        return ""
    if not _ended_well(conversation, answer):
        return ""
    return fill(words_for(conversation.workspace, FollowUpWords.Kind.CLOSING, conversation.language), conversation)


def _ended_well(conversation: desk.Conversation, answer: Satisfaction | None) -> bool:
    """What they said last decides; where they have said nothing, whether the case was solved."""
    if answer is not None:
        return answer.score >= rules.SATISFIED and answer.resolved is not False
    rows = resolve.Outcome.objects.within(conversation.workspace_id).filter(conversation=conversation)
    said = rows.filter(at__isnull=False).order_by("-at").values_list("answer", flat=True).first()
    if said in (resolve.Outcome.Answer.MADE_RIGHT, resolve.Outcome.Answer.NOT_YET):
        return said == resolve.Outcome.Answer.MADE_RIGHT
    return conversation.case is not None and conversation.case.state == desk.Case.State.SOLVED
