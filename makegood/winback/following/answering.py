"""What they answer on the page, kept; and what is not resolved comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Workspace, membership_of
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.winback.following import rules
from makegood.winback.following.links import find_link
from makegood.winback.following.resolving import gone
from makegood.winback.following.rules import Given
from makegood.winback.models import FollowUp, Satisfaction

__all__ = ["Asked", "Shut", "ShutError", "give", "is_own", "open_page"]

State = FollowUp.State


class Shut(StrEnum):
    """Why a link opens nothing."""

    WRONG = "wrong"
    EXPIRED = "expired"
    GONE = "gone"
    """There is nothing left to ask about."""
    STANDS = "stands"
    """It is answered, and stays as it is."""
    OWN = "own"
    """Who opens it works for the shop that asks."""


class ShutError(ValueError):
    """A link that opens nothing, or an answer that cannot be kept. The page says why in the asker's words."""

    def __init__(self, why: Shut, workspace: Workspace | None = None, language: str = "") -> None:
        super().__init__(str(why))
        self.why = why
        self.workspace = workspace
        self.language = language


@dataclass(frozen=True)
class Asked:
    """What the page needs: who asks, in which language, and what was answered so far. Nothing of what was said."""

    shop: str
    language: str
    answer: Satisfaction | None
    may_change: bool


def open_page(secret: str, now: datetime | None = None) -> Asked:
    """What a link leads to; nothing is stored by this. Raises `ShutError`."""
    row = _opened(secret)
    answer = Satisfaction.objects.within(row.workspace_id).filter(followup=row).first()
    changeable = answer is None or _changeable(answer, now or clock.now())
    return Asked(row.workspace.name, row.conversation.language, answer, changeable)


def _changeable(answer: Satisfaction, now: datetime) -> bool:
    return rules.may_change(answer.given_at, answer.changes, now, in_public=answer.asked_in_public)


def _opened(secret: str) -> FollowUp:
    link = find_link(secret)
    if link is None:
        raise ShutError(Shut.WRONG)
    row, workspace = link.followup, link.workspace
    language = row.conversation.language
    if gone(row.conversation) or row.state == State.WITHDRAWN:
        raise ShutError(Shut.GONE, workspace, language)
    if link.expires_at <= clock.now():
        raise ShutError(Shut.EXPIRED, workspace, language)
    row.workspace = workspace
    return row


def is_own(secret: str, viewer: Any) -> bool:
    """Whether who is signed in, if anybody, works for the shop that asks. Raises `ShutError`."""
    return _works_for(viewer, _opened(secret).workspace)


def _works_for(viewer: Any, workspace: Workspace) -> bool:
    return bool(viewer and viewer.is_authenticated) and membership_of(viewer, workspace) is not None


@transaction.atomic
def give(secret: str, given: Given, viewer: Any = None) -> Satisfaction:
    """Keeps an answer, or the change of one; the same once more changes nothing. Raises `ShutError`.

    `viewer` is who is signed in, if anybody: no member answers for a customer.
    """
    opened = _opened(secret)
    shut = (opened.workspace, opened.conversation.language)
    if _works_for(viewer, opened.workspace):
        raise ShutError(Shut.OWN, *shut)
    rows = FollowUp.objects.within(opened.workspace_id).select_for_update(of=("self",))
    row = rows.select_related("conversation__assignee", "conversation__latest", "case", "asked_by").get(pk=opened.pk)
    answer = Satisfaction.objects.within(row.workspace_id).filter(followup=row).first()
    if answer is None:
        return _first(row, given)
    if (answer.score, answer.resolved, answer.comment) == (given.score, given.resolved, given.comment):
        return answer
    now = clock.now()
    if not _changeable(answer, now):
        raise ShutError(Shut.STANDS, *shut)
    was_bad = bool(rules.reopens(answer.score, answer.resolved))
    answer.score, answer.resolved, answer.comment = given.score, given.resolved, given.comment
    answer.changed_at, answer.changes = now, answer.changes + 1
    answer.save()
    _kept(row, answer, was_bad=was_bad)
    return answer


def _first(row: FollowUp, given: Given) -> Satisfaction:
    now = clock.now()
    answer = Satisfaction.objects.create(
        workspace_id=row.workspace_id,
        followup=row,
        conversation=row.conversation,
        score=given.score,
        first_score=given.score,
        resolved=given.resolved,
        comment=given.comment,
        asked_in_public=row.in_public,
        given_at=now,
        changed_at=now,
    )
    row.state, row.ended_at, row.due_at, row.laid_at, row.words = State.ANSWERED, now, None, None, ""
    # An answer may come before the step has found the question that was sent.
    row.asked_at = row.asked_at or now
    row.save(update_fields=["state", "ended_at", "due_at", "laid_at", "words", "asked_at"])
    _kept(row, answer, was_bad=False)
    return answer


def _kept(row: FollowUp, answer: Satisfaction, *, was_bad: bool) -> None:
    journal.record(
        row.workspace_id,
        "satisfaction.given",
        row.conversation,
        followup=row.pk,
        score=answer.score,
        resolved=answer.resolved,
        commented=bool(answer.comment),
        changed=answer.changes > 0,
        public=answer.asked_in_public,
    )
    because = rules.reopens(answer.score, answer.resolved)
    if because and not was_bad:
        _reopen(row, answer, because)
    else:
        _tell(row, _("heard from them: %(n)d of 5") % {"n": answer.score})


def _reopen(row: FollowUp, answer: Satisfaction, because: str) -> None:
    talk = row.conversation
    if talk.waiting_since is None:
        desk.reopen(talk, None, since=clock.now())
    if row.case is not None and row.case.has_ended:
        desk.reopen_case(row.case, None)
    facts = {"followup": row.pk, "score": answer.score, "because": because}
    journal.record(row.workspace_id, "followup.reopened", talk, **facts)
    if because == "not_resolved":
        _tell(row, _("opened it again: they say that it is not resolved (%(n)d of 5)") % {"n": answer.score})
    else:
        _tell(row, _("opened it again: they gave %(n)d of 5") % {"n": answer.score})


def _tell(row: FollowUp, text: str) -> None:
    talk = row.conversation
    people = [one for one in (talk.assignee, row.asked_by) if one is not None]
    desk.notify_all(people, talk, "followup", text)
