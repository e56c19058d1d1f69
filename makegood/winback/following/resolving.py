"""What the journal says of problems that were resolved, or came back: from it, follow-ups begin to wait or are let be.

Each line is judged by how things stand when it is read, so that a line that is read twice does nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.resolve import api as resolve
from makegood.triage import api as triage
from makegood.winback.following import rules
from makegood.winback.following.house import plan_of
from makegood.winback.models import FollowUp
from makegood.winback.models.causes import CauseMember

__all__ = ["causes_of", "gone", "learn", "withdraw"]

State, Why, Withdrawn = FollowUp.State, FollowUp.Why, FollowUp.Withdrawn
LOOKS_BACK = timedelta(days=14)
"""A Makegood that learns to ask does not ask after what is long past."""
COMES_BACK = (
    "conversation.reopened",
    "case.reopened",
    "remedy.taken_back",
    "refund.failed",
    "refund.taken_back",
    "followup.reopened",
)
PENDING = (resolve.Remedy.State.REQUESTED, resolve.Remedy.State.AUTO_APPROVED, resolve.Remedy.State.APPROVED)


def learn() -> None:
    """Part of the step: reads the journal on."""
    while journal.read_on("followups", ACTS.keys(), _take):
        pass


def _take(lines: Sequence[journal.Entry]) -> None:
    oldest = clock.now() - LOOKS_BACK
    for line in lines:
        if line.at >= oldest:
            ACTS[line.verb](line)


def _talks(line: journal.Entry) -> list[desk.Conversation]:
    """The conversations a line is about: the one, or those in the case, the one they wrote in last first."""
    model, _colon, number = line.subject.partition(":")
    rows = desk.Conversation.objects.within(line.workspace_id).select_related("workspace", "latest", "case")
    found = rows.filter(case=int(number)) if model == "case" else rows.filter(pk=int(number))
    return list(found.order_by("-last_message_at", "-pk")[:50])


def gone(talk: desk.Conversation) -> bool:
    """Whether there is nobody to ask: the person was erased, or has deleted what they wrote."""
    return talk.author_id.startswith(f"{listen.ERASED}:") or talk.latest.deleted_at is not None


def _complained(talk: desk.Conversation) -> bool:
    if talk.intent == "complaint" or _remedies(talk).exists():
        return True
    said = desk.Message.objects.within(talk.workspace_id).filter(conversation=talk, mention__isnull=False)
    rows = triage.Assessment.objects.within(talk.workspace_id).filter(mention__in=said.values("mention"))
    return rows.filter(intent="complaint").exists()


def _remedies(talk: desk.Conversation) -> QuerySet[resolve.Remedy]:
    return resolve.Remedy.objects.within(talk.workspace_id).filter(conversation=talk)


def causes_of(talk: desk.Conversation) -> list[int]:
    """The causes (ids) that a conversation belongs to. 1 query."""
    rows = CauseMember.objects.within(talk.workspace_id).filter(complaint__conversation=talk, state="in")
    return list(rows.values_list("cause", flat=True)[:20])


def _case_ended(line: journal.Entry) -> None:
    if not line.data.get("solved"):
        return
    for talk in _talks(line):
        if talk.case is not None and talk.case.state == desk.Case.State.SOLVED and _begin(talk, Why.CASE, line.at):
            # One case is one problem, wherever it was spoken of: they are asked once, where they wrote last.
            return


def _outcome_kept(line: journal.Entry) -> None:
    if line.data.get("answer") == resolve.Outcome.Answer.NOT_YET:
        _came_back(line)
    elif line.data.get("answer") == resolve.Outcome.Answer.MADE_RIGHT:
        for talk in _talks(line):
            _begin(talk, Why.OUTCOME, line.at)


def _remedy_known(line: journal.Entry) -> None:
    rows = resolve.Remedy.objects.within(line.workspace_id).filter(pk=line.data.get("remedy"))
    remedy = rows.filter(state=resolve.Remedy.State.EXECUTED, told_at__isnull=False).first()
    if remedy is not None:
        for talk in _talks(line):
            _begin(talk, Why.REMEDY, line.at, remedy.kind)


def _closed(line: journal.Entry) -> None:
    for talk in _talks(line):
        closed = talk.queue == desk.Conversation.Queue.CLOSED and talk.answered_at is not None
        open_case = talk.case is not None and talk.case.state == desk.Case.State.OPEN
        if closed and not open_case:
            _begin(talk, Why.CLOSED, line.at)


def _begin(talk: desk.Conversation, why: str, at: datetime, remedy_kind: str = "") -> bool:
    """A follow-up waits from here on, unless there is nothing to ask, or it is asked already. Whether one waits."""
    plan = plan_of(talk.workspace)
    if not plan.active or gone(talk) or not _complained(talk) or _remedies(talk).filter(state__in=PENDING).exists():
        return False
    known = _known(talk)
    waiting = known.filter(conversation=talk, state=State.WAITING, resolved_at__lt=at).first()
    kind = remedy_kind or _last_kind(talk)
    due = at + timedelta(days=rules.days_for(plan, kind, causes_of(talk)))
    if waiting is not None:
        if remedy_kind:
            # More was done for them since: what is asked about is all of it.
            rows = FollowUp.objects.within(talk.workspace_id).filter(pk=waiting.pk, state=State.WAITING)
            rows.update(why=why, remedy_kind=kind, resolved_at=at, due_at=due)
        return True
    if known.filter(state__in=[State.WAITING, State.READY, State.ASKED]).exists():
        return False
    last = known.order_by("-resolved_at").first()
    if last is not None and (at <= last.resolved_at or not _trouble_since(talk, last)):
        return False
    FollowUp.objects.create(
        workspace_id=talk.workspace_id,
        conversation=talk,
        case=talk.case,
        person_key=f"{talk.network}:{talk.author_id}",
        why=why,
        remedy_kind=kind,
        resolved_at=at,
        due_at=due,
    )
    return True


def _known(talk: desk.Conversation) -> QuerySet[FollowUp]:
    """The follow-ups of the conversation, or of its case."""
    here = Q(conversation=talk) | Q(case=talk.case_id) if talk.case_id else Q(conversation=talk)
    return FollowUp.objects.within(talk.workspace_id).filter(here)


def _last_kind(talk: desk.Conversation) -> str:
    done = _remedies(talk).filter(state=resolve.Remedy.State.EXECUTED).order_by("-executed_at", "-pk")
    return done.values_list("kind", flat=True).first() or ""


def _trouble_since(talk: desk.Conversation, last: FollowUp) -> bool:
    """Whether something went wrong since the last follow-up: else they have been asked about all there was."""
    since = last.asked_at or last.resolved_at
    lines = journal.Entry.objects.within(talk.workspace_id).filter(verb__in=COMES_BACK, at__gt=last.resolved_at)
    about = [f"conversation:{talk.pk}"] + ([f"case:{talk.case_id}"] if talk.case_id else [])
    if lines.filter(subject__in=about).exists() or _remedies(talk).filter(asked_at__gt=since).exists():
        return True
    said = desk.Message.objects.within(talk.workspace_id).filter(conversation=talk, mention__isnull=False)
    later = triage.Assessment.objects.within(talk.workspace_id).filter(
        mention__in=said.filter(posted_at__gt=since).values("mention"), intent="complaint"
    )
    return later.exists()


def _came_back(line: journal.Entry) -> None:
    for talk in _talks(line):
        rows = FollowUp.objects.within(talk.workspace_id).filter(conversation=talk, resolved_at__lt=line.at)
        for row in rows.filter(state__in=[State.WAITING, State.READY]):
            withdraw(row, Withdrawn.REOPENED)


def _deleted(line: journal.Entry) -> None:
    for talk in _talks(line):
        rows = FollowUp.objects.within(talk.workspace_id).filter(conversation=talk)
        for row in rows.filter(state__in=[State.WAITING, State.READY]):
            withdraw(row, Withdrawn.ERASED)


def withdraw(row: FollowUp, because: str, by: object = None) -> bool:
    """Nobody is asked. Whether it was still to be. In the caller's transaction."""
    rows = FollowUp.objects.within(row.workspace_id).filter(pk=row.pk, state__in=[State.WAITING, State.READY])
    nothing = {"due_at": None, "laid_at": None, "words": "", "ended_at": clock.now()}
    if not rows.update(state=State.WITHDRAWN, withdrawn_because=because, **nothing):
        return False
    facts = {"followup": row.pk, "because": because}
    journal.record(row.workspace_id, "followup.withdrawn", row.conversation, actor=by, **facts)
    return True


ACTS: Mapping[str, Callable[[journal.Entry], None]] = {
    "case.ended": _case_ended,
    "outcome.kept": _outcome_kept,
    "remedy.done": _remedy_known,
    "remedy.told": _remedy_known,
    "conversation.closed": _closed,
    **dict.fromkeys(COMES_BACK, _came_back),
    "conversation.erased": _deleted,
    "conversation.deleted_at_source": _deleted,
}
