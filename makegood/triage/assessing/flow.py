"""Answering the questions and deciding, one transaction a function; and reading what was decided before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from makegood.journal import api as journal
from makegood.kit import clock, keyset
from makegood.listen.api import Mention
from makegood.triage.assessing.considering import Consideration
from makegood.triage.assessing.models import AssessmentRecord
from makegood.triage.assessing.proposing import Proposal
from makegood.triage.assessing.questions import ASKED, Answer, Outcome, Question, outcome, way
from makegood.triage.flow import decide
from makegood.triage.models import Assessment
from makegood.triage.reader import Response

__all__ = [
    "MOST_STEPS",
    "AssessingError",
    "RecordPage",
    "answer",
    "answers_of",
    "conclude",
    "deciders",
    "last_record",
    "open_record",
    "proposals_of",
    "record_page",
    "records",
]

MOST_STEPS = 200
LONGEST_REASON = 500
PAGE = 30


class AssessingError(ValueError):
    """What cannot be done, in a sentence for the person."""


def answers_of(row: AssessmentRecord) -> dict[Question, Answer]:
    """The answers as they stand."""
    return {Question(question): Answer(said) for question, said in row.answers.items()}


def proposals_of(row: AssessmentRecord) -> dict[Question, Proposal]:
    """What Makegood proposed when it began."""
    return {Question(key): Proposal(Answer(said), sure, why) for key, (said, sure, why) in row.proposals.items()}


def open_record(mention: Mention) -> AssessmentRecord | None:
    """The record of a mention that somebody has begun and nobody finished. 1 query."""
    rows = AssessmentRecord.objects.within(mention.workspace_id).filter(mention=mention, finished_at__isnull=True)
    return rows.first()


def last_record(mention: Mention) -> AssessmentRecord | None:
    """The newest finished record of a mention. 1 query."""
    rows = AssessmentRecord.objects.within(mention.workspace_id).filter(mention=mention, finished_at__isnull=False)
    return rows.select_related("finished_by").order_by("-id").first()


@transaction.atomic
def answer(
    mention: Mention, question: Question, said: Answer, by: Any, proposals: Mapping[Question, Proposal]
) -> AssessmentRecord:
    """A member answers one question of a mention's open record; the first answer opens one, with what Makegood proposes
    by now. Raises AssessingError for an answer that a question does not have.
    """
    if said is Answer.UNKNOWN and not ASKED[question].unknowable:
        raise AssessingError(_("Please answer this one with yes or no."))
    row = _opened(mention, proposals)
    if len(row.steps) >= MOST_STEPS:
        raise AssessingError(_("This was answered too many times. Decide, and begin anew if you need to."))
    row.answers = row.answers | {str(question): str(said)}
    step = {"question": str(question), "answer": str(said), "by": by.pk, "name": str(by)}
    row.steps = [*row.steps, step | {"at": clock.now().isoformat()}]
    row.save(update_fields=["answers", "steps"])
    return row


def _opened(mention: Mention, proposals: Mapping[Question, Proposal]) -> AssessmentRecord:
    version = Assessment.objects.within(mention.workspace_id).filter(mention=mention).values_list("version", flat=True)
    proposed = {str(key): [str(each.answer), each.confidence, each.reason] for key, each in proposals.items()}
    row, _made = AssessmentRecord.objects.get_or_create(
        workspace_id=mention.workspace_id,
        mention=mention,
        finished_at=None,
        defaults={"proposals": proposed, "by_version": version.first() or ""},
    )
    rows = AssessmentRecord.objects.within(mention.workspace_id).select_for_update()
    found: AssessmentRecord = rows.get(pk=row.pk)
    return found


def conclude(
    row: AssessmentRecord, response: Response, because: str, by: Any, considered: Sequence[Consideration] = ()
) -> AssessmentRecord:
    """A member decides, in the caller's transaction: as the answers lead, or against them. Raises AssessingError while
    a question is open, where somebody has decided meanwhile, or where nobody says why against the answers.
    """
    rows = AssessmentRecord.objects.within(row.workspace_id).select_for_update(of=("self",)).select_related("mention")
    found: AssessmentRecord = rows.get(pk=row.pk)
    if found.finished_at is not None:
        raise AssessingError(_("Somebody has decided this meanwhile."))
    answers = answers_of(found)
    led = outcome(answers)
    if led is None:
        raise AssessingError(_("There is a question left to answer first."))
    words = " ".join(because.split())[:LONGEST_REASON]
    if response is not led.response and not words:
        raise AssessingError(_("You decide against the answers. Say why, so that others learn from it."))
    _finish(found, led, answers)
    found.response, found.because, found.finished_by, found.finished_at = str(response), words, by, clock.now()
    found.considered = {each.slug: each.fact for each in considered if each.fact}
    found.save()
    _decide(found, response, led, by)
    return found


def _finish(row: AssessmentRecord, led: Outcome, answers: Mapping[Question, Answer]) -> None:
    proposals = proposals_of(row)
    row.led_to, row.also, row.classes = str(led.response), list(map(str, led.also)), list(map(str, led.classes))
    row.changed = sum(proposals[each].answer != answers[each] for each in way(answers) if each in proposals)


def _decide(row: AssessmentRecord, response: Response, led: Outcome, by: Any) -> None:
    decided = decide(row.mention, response, by)
    why = row.because or str(led.why)
    decided.response_reason = _("%(why)s Decided by %(who)s.") % {"why": why[:200], "who": by}
    decided.response_reason = decided.response_reason[:300]
    decided.save(update_fields=["response_reason"])
    facts = {"response": str(response), "led_to": row.led_to, "changed": row.changed, "record": row.pk}
    facts |= {"asked": len(way(answers_of(row)))}
    journal.record(row.workspace_id, "mention.questioned", row.mention, actor=by, **facts)


@dataclass(frozen=True)
class RecordPage:
    """Finished records, the newest first, and the key of the next page ("" on the last)."""

    rows: list[AssessmentRecord]
    after: str


def records(workspace: Any) -> QuerySet[AssessmentRecord]:
    """The finished records of a workspace, with their mentions and who decided."""
    rows = AssessmentRecord.objects.within(workspace).filter(finished_at__isnull=False)
    return rows.select_related("mention", "finished_by")


def record_page(workspace: Any, *, response: str = "", who: int | None = None, after: str = "") -> RecordPage:
    """A page of what was decided: with one response, by one member (a user's id), beginning after a key. 1 query."""
    rows = records(workspace)
    if response:
        rows = rows.filter(response=response)
    if who is not None:
        rows = rows.filter(finished_by=who)
    if key := keyset.read(after):
        rows = rows.filter(Q(finished_at__lt=key[0]) | Q(finished_at=key[0], pk__lt=key[1]))
    found = list(rows.order_by("-finished_at", "-pk")[: PAGE + 1])
    page = found[:PAGE]
    last = page[-1] if len(found) > PAGE else None
    return RecordPage(page, keyset.after_row(last.finished_at, last.pk) if last and last.finished_at else "")


def deciders(workspace: Any) -> list[tuple[int, str]]:
    """Who has decided here (a user's id and name), by name, at most 100. 1 query."""
    rows = AssessmentRecord.objects.within(workspace).filter(finished_by__isnull=False)
    found = rows.order_by().values_list("finished_by", "finished_by__name", "finished_by__email").distinct()[:100]
    return sorted(((key, name or mail) for key, name, mail in found), key=lambda each: each[1].casefold())
