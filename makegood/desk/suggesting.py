"""Which conversations may belong to one case: found by a step, kept with its reasons, decided by a member.

Nothing here puts a conversation into a case; that is done in cases.py alone, by a member.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from makegood.desk.clues import MOST_PEOPLE, SAME_ACCOUNT_WITHIN, THRESHOLD, Clue, Facts, Finding, clues_of, weigh
from makegood.desk.models import CaseClue, CaseSuggestion, Conversation, Message
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = ["Suggestion", "compare_again", "compare_age", "forget", "suggest_new", "suggestions_for"]

BATCH = 50
TURN_SECONDS = 1.0
MOST_SHARING = 12
"""Rows looked at for one clue; a dozen conversations that share it are enough to know that it is common."""
MOST_OF_ACCOUNT = 3
MOST_KEPT = 5
TEXTS = 3
SHOWN = 20
Shared = dict[int, dict[Clue, int]]


def compare_again(keys: Iterable[int]) -> None:
    """These conversations (ids) have changed in what ties them to others. In the caller's transaction."""
    if wanted := list(keys):
        rows = Conversation.objects.across("one step opens for all workspaces").filter(pk__in=wanted)
        # A new moment each time: who is comparing them just now sees that what was read has been overtaken.
        rows.update(compare_at=clock.now())
        jobs.wake("opened")


def forget(keys: Iterable[int]) -> None:
    """Something in these conversations (ids) was deleted at its source: nothing that was read from it stays here.

    What a member has decided stays decided. In the caller's transaction.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return
    compare_again(wanted)
    CaseClue.objects.across("a deletion at the source holds for everyone").filter(conversation__in=wanted).delete()
    rows = CaseSuggestion.objects.across("a deletion at the source holds for everyone")
    rows = rows.filter(Q(first__in=wanted) | Q(second__in=wanted))
    rows.filter(state=CaseSuggestion.State.OPEN).delete()
    rows.update(reasons=[])


def suggest_new() -> int:
    """The step: looks, for each conversation that is new or has changed, for others that may belong to it.

    Returns how many were looked at. After a moment it lets other work in and comes back.
    """
    until = time.monotonic() + TURN_SECONDS
    count = 0
    while done := _compare_batch():
        count += done
        if time.monotonic() >= until:
            jobs.wake("opened")
            break
    return count


def _compare_batch() -> int:
    """Looks at a few and writes down what was found. Reading takes far longer than writing, and locks nobody out."""
    due = Conversation.objects.across("one step compares for all workspaces").filter(compare_at__isnull=False)
    rows = list(due.order_by("compare_at", "id").select_related("latest")[:BATCH])
    if not rows:
        return 0
    facts = _facts(rows)
    kept = {row.pk: clues_of(facts[row.pk]) for row in rows}
    _keep_clues(rows, kept)
    for row in rows:
        # What is closed asks nobody for anything; its clues stand for those who come later.
        asks = row.queue != Conversation.Queue.CLOSED
        _settle(row, *(_compare(row, facts[row.pk], kept[row.pk]) if asks else ({}, {})))
    return len(rows)


@transaction.atomic
def _keep_clues(rows: Sequence[Conversation], kept: dict[int, list[Clue]]) -> None:
    # In the order of their ids, so that two workers at once wait for each other instead of for ever.
    locked = Conversation.objects.across("one step compares for all workspaces").filter(pk__in=kept)
    standing = set(locked.select_for_update(no_key=True).order_by("id").values_list("pk", flat=True))
    CaseClue.objects.across("one step compares for all workspaces").filter(conversation__in=standing).delete()
    CaseClue.objects.bulk_create(
        [
            CaseClue(workspace_id=row.workspace_id, conversation=row, kind=kind, value=value)
            for row in rows
            if row.pk in standing
            for kind, value in kept[row.pk]
        ],
        batch_size=500,
    )


def _facts(rows: Sequence[Conversation]) -> dict[int, Facts]:
    """What ties each to others. 1 query, whatever the length of the threads."""
    said: dict[int, list[str]] = {row.pk: [] for row in rows}
    theirs = Message.objects.across("one step compares for all workspaces").filter(
        conversation__in=rows, direction=Message.Direction.IN, deleted_at__isnull=True
    )
    place = Window(RowNumber(), partition_by="conversation_id", order_by=[F("posted_at").desc(), F("id").desc()])
    newest = theirs.annotate(place=place).filter(place__lte=TEXTS).order_by("conversation_id", "place")
    for key, text in newest.values_list("conversation_id", "text"):
        said[key].append(text)
    return {
        row.pk: Facts(
            network=row.network,
            author_id=row.author_id,
            handle=row.author_handle,
            name=row.author_name,
            url=((row.latest.activity or {}).get("author") or {}).get("url", ""),
            texts=said[row.pk],
            at=row.last_message_at,
        )
        for row in rows
    }


def sharing(row: Conversation, clue: Clue) -> QuerySet[CaseClue]:
    """The other conversations with this clue, the newest first, read from one index."""
    rows = CaseClue.objects.within(row.workspace_id).filter(kind=clue[0], value=clue[1])
    return rows.exclude(conversation_id=row.pk).order_by("-conversation_id")[:MOST_SHARING]


def _shared(row: Conversation, clues: Sequence[Clue]) -> Shared:
    """For each other conversation the clues it shares, and with how many people each is shared. A query a clue."""
    found: Shared = {}
    for clue in clues:
        others = list(sharing(row, clue).values_list("conversation_id", "conversation__author_id"))
        people = len({author for _key, author in others} - {row.author_id})
        if people <= MOST_PEOPLE and len(others) < MOST_SHARING:
            for key, _author in others:
                found.setdefault(key, {})[clue] = people
    same = Conversation.objects.within(row.workspace_id).filter(
        author_id=row.author_id, network=row.network, last_message_at__gte=row.last_message_at - SAME_ACCOUNT_WITHIN
    )
    if row.author_handle:
        for key in same.exclude(pk=row.pk).order_by("-last_message_at").values_list("pk", flat=True)[:MOST_OF_ACCOUNT]:
            found.setdefault(key, {})
    return found


def _compare(
    row: Conversation, mine: Facts, clues: Sequence[Clue]
) -> tuple[dict[int, Finding], dict[int, Conversation]]:
    """What speaks for each conversation that may belong to this one, and those conversations. Writes nothing."""
    shared = _shared(row, clues)
    others = Conversation.objects.within(row.workspace_id).filter(pk__in=shared).select_related("latest")
    known = {other.pk: other for other in others}
    facts = _facts(list(known.values())) if known else {}
    return {key: weigh(mine, facts[key], shared[key]) for key in known}, known


@transaction.atomic
def _settle(row: Conversation, found: dict[int, Finding], known: dict[int, Conversation]) -> None:
    """Writes down what was found for a conversation. What has changed since it was read is looked at again."""
    same = Conversation.objects.within(row.workspace_id).filter(pk=row.pk, compare_at=row.compare_at)
    if not same.update(compare_at=None):
        return
    pairs = _pairs_of(row)
    good = sorted((key for key in found if found[key].strength >= THRESHOLD), key=lambda key: -found[key].strength)
    apart = [key for key in good if row.case_id is None or known[key].case_id != row.case_id]
    standing = Conversation.objects.within(row.workspace_id).filter(pk__in=apart)
    there = set(standing.values_list("pk", flat=True)) if apart else set()
    fresh = [key for key in apart if key not in pairs and key in there][:MOST_KEPT]
    for key, pair in pairs.items():
        _renew(pair, found.get(key))
    CaseSuggestion.objects.bulk_create([_pair(row, key, found[key]) for key in fresh], ignore_conflicts=True)
    journal.record_all(
        [
            journal.line(row.workspace_id, "case.suggested", row, other=key, strength=found[key].strength)
            for key in fresh
        ]
    )


def _pair(row: Conversation, other: int, finding: Finding) -> CaseSuggestion:
    first, second = sorted((row.pk, other))
    return CaseSuggestion(
        workspace_id=row.workspace_id,
        first_id=first,
        second_id=second,
        reasons=finding.reasons,
        strength=finding.strength,
    )


def _pairs_of(row: Conversation) -> dict[int, CaseSuggestion]:
    rows = CaseSuggestion.objects.within(row.workspace_id)
    # Two questions: for one with "or", SQLite reads all of the workspace's.
    pairs = [*rows.filter(first=row), *rows.filter(second=row)]
    return {pair.second_id if pair.first_id == row.pk else pair.first_id: pair for pair in pairs}


def _renew(pair: CaseSuggestion, finding: Finding | None) -> None:
    """An open suggestion follows what is known by now; a decided one stays decided."""
    if pair.state != CaseSuggestion.State.OPEN:
        return
    if finding is None or finding.strength < THRESHOLD:
        pair.delete()
    elif finding.reasons != pair.reasons:
        pair.reasons, pair.strength = finding.reasons, finding.strength
        pair.save(update_fields=["reasons", "strength"])


def compare_age() -> dict[str, float | None]:
    """Seconds the oldest conversation has waited to be compared with others; None where none waits."""
    rows = Conversation.objects.across("the operator sees every queue").filter(compare_at__isnull=False)
    oldest = rows.order_by("compare_at").values_list("compare_at", flat=True).first()
    return {"conversations to compare": (clock.now() - oldest).total_seconds() if oldest else None}


@dataclass(frozen=True)
class Suggestion:
    """A suggestion as one of the two conversations sees it."""

    pk: int
    one: Conversation
    other: Conversation
    reasons: list[list[str]]
    strength: float


def suggestions_for(rows: Sequence[Conversation]) -> list[Suggestion]:
    """What is suggested for these conversations of one workspace and not decided yet, the strongest first.

    What is in one case already is left out. 1 query.
    """
    if not rows:
        return []
    mine = {row.pk for row in rows}
    pairs: Any = CaseSuggestion.objects.within(rows[0].workspace_id).filter(state=CaseSuggestion.State.OPEN)
    pairs = pairs.filter(Q(first__in=mine) | Q(second__in=mine)).select_related("first__case", "second__case")
    shown = []
    for pair in pairs.order_by("-strength", "-id")[: SHOWN * 2]:
        one, other = (pair.first, pair.second) if pair.first_id in mine else (pair.second, pair.first)
        if one.case_id is None or one.case_id != other.case_id:
            shown.append(Suggestion(pair.pk, one, other, pair.reasons, pair.strength))
    return shown[:SHOWN]
