"""The questions about what somebody said, answered one key each; and what was decided before, to learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right
from makegood.desk import api as desk
from makegood.kit import clock, text
from makegood.triage import api as triage
from makegood.web.claims import claims_for
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find

__all__ = ["answer", "conclude", "printed", "questions", "record", "records"]

A = triage.Answer
KEYS = {A.YES: "y", A.NO: "n", A.UNKNOWN: "u"}
WORDS = {A.YES: gettext_lazy("Yes"), A.NO: gettext_lazy("No"), A.UNKNOWN: gettext_lazy("Can’t tell")}
EXCERPT = 220


@dataclass(frozen=True)
class Step:
    """A question as the page shows it. `answer` is "" while it has none."""

    slug: str
    asked: triage.Asked
    proposal: triage.Proposal | None
    answer: str = ""
    by: str = ""
    at: datetime | None = None
    current: bool = False

    @property
    def said(self) -> Any:
        """Its answer in a word."""
        return WORDS[A(self.answer)] if self.answer else ""

    @property
    def proposed(self) -> Any:
        """What Makegood would answer, in a word."""
        return WORDS[self.proposal.answer] if self.proposal else ""

    @property
    def agreed(self) -> bool:
        """Whether a person answered as Makegood proposed."""
        return self.proposal is not None and self.answer == self.proposal.answer

    @property
    def percent(self) -> int:
        """How likely Makegood's answer is right."""
        return round(100 * self.proposal.confidence) if self.proposal else 0

    @property
    def sure(self) -> Any:
        """The same in words."""
        percent = self.percent
        if percent >= 90:
            return _("very sure")
        if percent >= 75:
            return _("fairly sure")
        return _("rather sure") if percent >= 60 else _("not sure")


def steps_of(row: triage.AssessmentRecord) -> list[Step]:
    """The questions of a record that were asked, each with its last answer, by whom and when."""
    answers, proposals = triage.answers_of(row), triage.proposals_of(row)
    last = {each["question"]: each for each in row.steps}
    return [
        Step(
            str(question),
            triage.ASKED[question],
            proposals.get(question),
            str(answers[question]),
            last[question]["name"],
            datetime.fromisoformat(last[question]["at"]),
        )
        for question in triage.way(answers)
        if question in answers and question in last
    ]


@require_GET
@needs(Right.WORK)
def questions(request: MemberRequest, pk: int) -> HttpResponse:
    """The question that is next, or `at` another one."""
    return _page(request, find(request, pk), request.GET.get("at", ""))


@require_POST
@needs(Right.WORK)
def answer(request: MemberRequest, pk: int) -> HttpResponse:
    """Answers one `question` with `answer`, and shows the next."""
    row = find(request, pk)
    question, said = request.POST.get("question", ""), request.POST.get("answer", "")
    if question not in list(triage.Question) or said not in list(A):
        return HttpResponse(_("Answer with yes or no."), status=400)
    try:
        triage.answer(row.latest, triage.Question(question), A(said), request.user, _proposals(request, row))
    except triage.AssessingError as error:
        return _page(request, row, question, problem=str(error))
    return _page(request, row, "") if request.htmx else redirect("assess-questions", pk)


@require_POST
@needs(Right.WORK)
def conclude(request: MemberRequest, pk: int) -> HttpResponse:
    """Decides: `response`, and `because` where it is not what the answers lead to."""
    row = find(request, pk)
    response, because = request.POST.get("response", ""), request.POST.get("because", "")
    found = triage.open_record(row.latest)
    if response not in list(triage.Response) or found is None:
        return _page(request, row, "", problem=_("Answer the questions first, then choose one of the five responses."))
    try:
        done = desk.conclude(row, found, response, because, request.user, _considered(request, row, response))
    except triage.AssessingError as error:
        return _page(request, row, "", problem=str(error), chosen=response, because=because)
    messages.success(request, _("Decided and kept: %(what)s.") % {"what": done.get_response_display()})
    address = reverse("conversation", args=[pk])
    if request.htmx:
        answered = HttpResponse(status=204)
        answered["HX-Redirect"] = address
        return answered
    return redirect(address)


def _assessment(row: desk.Conversation) -> triage.Assessment:
    found: triage.Assessment = triage.Assessment.objects.within(row.workspace_id).get(mention_id=row.latest_id)
    return found


def _proposals(request: MemberRequest, row: desk.Conversation) -> dict[triage.Question, triage.Proposal]:
    """What Makegood proposes: as it did when the record was begun, else by what is known now."""
    found = triage.open_record(row.latest)
    if found is not None:
        return triage.proposals_of(found)
    assessment = _assessment(row)
    claims = claims_for(request.membership, row, assessment.topics)
    return triage.propose(triage.Reading.of(assessment), claims)


def _page(request: MemberRequest, row: desk.Conversation, at: str, **more: Any) -> HttpResponse:
    record, assessment = triage.open_record(row.latest), _assessment(row)
    proposals = _proposals(request, row)
    answers = triage.answers_of(record) if record else {}
    asked = triage.way(answers)
    current = next((each for each in asked if each == at), triage.next_question(answers))
    given = {step.slug: step for step in steps_of(record)} if record else {}
    # What would come if every open proposal were right: so one sees how far it is.
    ahead = triage.way({question: each.answer for question, each in proposals.items()} | answers)
    shown = (*asked, *ahead[len(asked) :])
    steps = [given.get(str(each)) or Step(str(each), triage.ASKED[each], proposals[each]) for each in shown]
    place = [step.slug for step in steps].index(current) if current else len(steps)
    context = {
        "c": row,
        "section": "inbox",
        "assessment": assessment,
        "steps": steps,
        "current": steps[place] if current else None,
        "number": place + 1,
        "before": steps[place - 1].slug if place else "",
        "choices": _choices(steps[place]) if current else [],
        "last": triage.last_record(row.latest),
    } | more
    context |= _outcome(request, row, answers) if current is None else {}
    name = "assessing/walk.html" if request.htmx else "assessing/page.html"
    if not request.htmx:
        topics = triage.topic_words(request.workspace)
        context["topics_shown"] = [topics[slug] for slug in assessment.topics if slug in topics]
    return render(request, name, context, status=422 if "problem" in more else 200)


def _choices(step: Step) -> list[dict[str, Any]]:
    found = [A.YES, A.NO, A.UNKNOWN] if step.asked.unknowable else [A.YES, A.NO]
    proposed = step.proposal.answer if step.proposal else None
    return [
        {"value": str(each), "key": KEYS[each], "words": WORDS[each], "proposed": each == proposed} for each in found
    ]


def _outcome(request: MemberRequest, row: desk.Conversation, answers: Any) -> dict[str, Any]:
    led = triage.outcome(answers)
    assert led is not None
    return {
        "led": led,
        "classes": [triage.ASKED[each].holds for each in led.classes],
        "considerations": _considered(request, row, str(led.response)),
        "responses": [{"choice": one, "led": one.slug == led.response} for one in desk.RESPONSES],
    }


def _considered(request: MemberRequest, row: desk.Conversation, response: str) -> tuple[triage.Consideration, ...]:
    """The five considerations with what is known here and now."""
    reach = triage.reach_of(row.latest, row.followers, row.thread_read_at)
    around = triage.Around(
        brand=request.workspace.brand or request.workspace.name,
        waited=clock.now() - row.waiting_since if row.waiting_since else None,
        followers=reach.followers,
        voices=reach.pace.voices if reach.pace else None,
        travels=bool(reach.spread and reach.spread.warned_at),
        public=(row.latest.activity or {}).get("visibility", "public") in ("public", "unlisted"),
        severity=_assessment(row).severity,
    )
    return triage.considerations(response, around)


@require_GET
@needs(Right.READ)
def records(request: MemberRequest) -> HttpResponse:
    """How we decided: with one `response`, by one member (`who`); a further page `after` a key. 4 queries."""
    response, who = request.GET.get("response", ""), request.GET.get("who", "")
    response = response if response in triage.AssessmentRecord.Response.values else ""
    chosen = int(who) if who.isascii() and who.isdigit() and len(who) < 10 else None
    page = triage.record_page(request.workspace, response=response, who=chosen, after=request.GET.get("after", ""))
    kept = {"response": response, "who": str(chosen or "")}
    context = {
        "section": "inbox",
        "rows": [{"row": row, "excerpt": excerpt(row), "classes": classes(row)} for row in page.rows],
        "next_url": f"{reverse('assessments')}?{urlencode(kept | {'after': page.after})}" if page.after else "",
        "response": response,
        "responses": triage.AssessmentRecord.Response.choices,
        "who": chosen,
        "deciders": triage.deciders(request.workspace),
    }
    partial = request.htmx and "after" in request.GET
    return render(request, "assessing/rows.html" if partial else "assessing/records.html", context)


def excerpt(row: triage.AssessmentRecord) -> str:
    """How what they said begins; "" once it is gone."""
    return text.excerpt(text.squash(row.mention.text), EXCERPT)


def classes(row: triage.AssessmentRecord) -> list[Any]:
    """What was found to hold, in words."""
    return [triage.ASKED[triage.Question(each)].holds for each in row.classes]


def _found(request: MemberRequest, pk: int) -> dict[str, Any]:
    row = triage.records(request.workspace).filter(pk=pk).first()
    if row is None:
        raise Http404
    rows = desk.Message.objects.within(request.workspace).filter(mention_id=row.mention_id)
    names = dict(triage.AssessmentRecord.Response.choices)
    five = triage.considerations(row.response, triage.Around())
    return {
        "section": "inbox",
        "row": row,
        "steps": steps_of(row),
        "classes": classes(row),
        "also": [names[each] for each in row.also if each in names],
        "conversation": rows.values_list("conversation_id", flat=True).first(),
        "considerations": [replace(each, fact=row.considered.get(each.slug, "")) for each in five],
        "twice": len(row.steps) > len({each["question"] for each in row.steps}),
        "history": [_line(each) for each in row.steps],
    }


def _line(step: dict[str, Any]) -> dict[str, Any]:
    """One answer as it was given, in words."""
    asked = triage.ASKED[triage.Question(step["question"])].short
    return step | {"asked": asked, "said": WORDS[A(step["answer"])], "when": datetime.fromisoformat(step["at"])}


@require_GET
@needs(Right.READ)
def record(request: MemberRequest, pk: int) -> HttpResponse:
    """One record: what was asked, what Makegood proposed, what was answered and by whom, and what was decided."""
    return render(request, "assessing/record.html", _found(request, pk))


@require_GET
@needs(Right.READ)
def printed(request: MemberRequest, pk: int) -> HttpResponse:
    """The same for paper."""
    return render(request, "assessing/print.html", _found(request, pk) | {"now": clock.now()})
