"""Settings of the reading: what counts as a complaint and what that costs, own topics, how well it reads."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.triage import api as triage
from makegood.web.costs import slider_of
from makegood.web.permissions import needs
from makegood.web.reports import report_rows, retraining_rows
from makegood.web.request import MemberRequest

__all__ = [
    "add_topic",
    "change_topic",
    "example_add",
    "example_remove",
    "how_well",
    "retrain",
    "retrain_back",
    "topic",
    "topics",
    "undo_counts",
    "what_counts",
]

FIELDS = {"complaint": "intent.complaint", "now": "urgency.now"}
EXAMPLES = 50


# What counts as a complaint


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def what_counts(request: MemberRequest) -> HttpResponse:
    """The sliders, each with what its setting costs. `complaint` and `now` are in 100; POST keeps them."""
    said = request.POST if request.method == "POST" else request.GET
    held = triage.thresholds_of(request.workspace)
    problem = ""
    try:
        wanted = {label: _share(said.get(field), held[label]) for field, label in FIELDS.items()}
        if request.method == "POST":
            changed = triage.change_thresholds(request.workspace, wanted, request.user)
            told = _("Saved. What is open and undecided is read again.") if changed else _("It stood so already.")
            messages.success(request, told)
            return redirect("what-counts")
    except triage.ThresholdError as error:
        problem, wanted = str(error), {label: held[label] for label in FIELDS.values()}
    facts = {
        "section": "settings",
        "problem": problem,
        "sliders": [slider_of(request.workspace, field, label, wanted[label]) for field, label in FIELDS.items()],
        "last": triage.last_change(request.workspace),
    }
    return render(request, "learning/what_counts.html", facts, status=422 if problem else 200)


def _share(text: str | None, held: float) -> float:
    """A setting in 100 as a share; what is not given stays as it is held. ThresholdError where it is no number."""
    if text is None or not text.strip():
        return held
    cleaned = text.strip()
    if not cleaned.isascii() or not cleaned.isdigit() or len(cleaned) > 3:
        raise triage.ThresholdError(_("Choose a setting between 2 and 95 in 100."))
    share = int(cleaned) / 100
    # A slider has whole steps: not moved is not changed.
    return held if round(held * 100) == int(cleaned) else share


@require_POST
@needs(Right.SETTINGS)
def undo_counts(request: MemberRequest) -> HttpResponse:
    """What held before `change` holds again."""
    key = request.POST.get("change", "")
    try:
        wanted = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0
        triage.undo_thresholds(request.workspace, wanted, request.user)
        messages.success(request, _("Back to what held before. What is open and undecided is read again."))
    except triage.ThresholdError as error:
        messages.error(request, str(error))
    return redirect("what-counts")


# Topics


@require_GET
@needs(Right.SETTINGS)
def topics(request: MemberRequest) -> HttpResponse:
    """Ours and theirs, with what each is called and whether it is shown."""
    return _topics(request)


def _topics(request: MemberRequest, problem: str = "", name: str = "") -> HttpResponse:
    rows = triage.topic_rows(request.workspace)
    facts = {
        "section": "settings",
        "ours": [row for row in rows if row.built_in],
        "own": [row for row in rows if not row.built_in],
        "problem": problem,
        "name": name,
    }
    return render(request, "learning/topics.html", facts, status=422 if problem else 200)


@require_POST
@needs(Right.SETTINGS)
def add_topic(request: MemberRequest) -> HttpResponse:
    """A topic of their own, and on to its examples."""
    name = request.POST.get("name", "")
    try:
        row = triage.add_topic(request.workspace, name, request.user)
    except triage.TopicError as error:
        return _topics(request, str(error), name)
    return redirect("topic", row.pk)


@require_POST
@needs(Right.SETTINGS)
def change_topic(request: MemberRequest) -> HttpResponse:
    """Renames, hides or shows one (`slug`)."""
    slug, hidden = request.POST.get("slug", ""), not request.POST.get("shown")
    try:
        triage.change_topic(request.workspace, slug, request.POST.get("name", ""), hidden=hidden, by=request.user)
    except triage.TopicError as error:
        return _topics(request, str(error))
    messages.success(request, _("Saved."))
    return redirect("topics")


def _find(request: MemberRequest, pk: int) -> triage.OwnTopic:
    rows = triage.OwnTopic.objects.within(request.workspace).defer("weights").exclude(slug__in=list(triage.BUILT_IN))
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@require_GET
@needs(Right.SETTINGS)
def topic(request: MemberRequest, pk: int) -> HttpResponse:
    """One of their own, its examples, and how well it is told apart."""
    return _topic(request, _find(request, pk))


def _topic(request: MemberRequest, row: triage.OwnTopic, problem: str = "", text: str = "") -> HttpResponse:
    before = request.GET.get("before", "")
    rows = triage.TopicExample.objects.within(request.workspace).filter(topic=row).select_related("mention", "by")
    older = rows.filter(pk__lt=int(before)) if before.isascii() and before.isdigit() and len(before) < 19 else rows
    found = list(older.order_by("-pk")[: EXAMPLES + 1])
    whole = next(each for each in triage.topic_rows(request.workspace) if each.slug == row.slug)
    facts = {
        "section": "settings",
        "topic": whole,
        "row": row,
        "examples": found[:EXAMPLES],
        "before": found[EXAMPLES - 1].pk if len(found) > EXAMPLES else None,
        "enough": triage.ENOUGH_EXAMPLES,
        "problem": problem,
        "text": text,
    }
    return render(request, "learning/topic.html", facts, status=422 if problem else 200)


@require_POST
@needs(Right.SETTINGS)
def example_add(request: MemberRequest, pk: int) -> HttpResponse:
    """A sentence that is about it."""
    row, text = _find(request, pk), request.POST.get("text", "")
    try:
        triage.add_example(row, text, request.user)
    except triage.TopicError as error:
        return _topic(request, row, str(error), text)
    return redirect("topic", pk)


@require_POST
@needs(Right.SETTINGS)
def example_remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes `example` away."""
    row, key = _find(request, pk), request.POST.get("example", "")
    if key.isascii() and key.isdigit() and len(key) < 19:
        triage.remove_example(row, int(key), request.user)
    return redirect("topic", pk)


# How well it reads


@require_GET
@needs(Right.SETTINGS)
def how_well(request: MemberRequest) -> HttpResponse:
    """How good the reading was on what members corrected and confirmed, and what was learnt from it."""
    report = triage.own_report(request.workspace)
    facts = {
        "section": "settings",
        "report": report,
        "confirmed": report.n - report.corrected,
        "heads": report_rows(report, triage.topic_words(request.workspace)),
        "heads_tried": retraining_rows(triage.small_heads(request.workspace)),
        "in_use": triage.head_in_use(request.workspace),
    }
    return render(request, "learning/how_well.html", facts)


@require_POST
@needs(Right.SETTINGS)
def retrain(request: MemberRequest) -> HttpResponse:
    """Asks the worker to learn from what was corrected."""
    triage.ask_to_retrain(request.workspace, request.user)
    messages.success(request, _("It is being tried. What comes of it stands here in a minute or two."))
    return redirect("how-well")


@require_POST
@needs(Right.SETTINGS)
def retrain_back(request: MemberRequest) -> HttpResponse:
    """Goes back to what was in use before."""
    try:
        before = triage.back(request.workspace, request.user)
    except triage.EvaluationError as error:
        messages.error(request, str(error))
        return redirect("how-well")
    told = _("Version %(n)d reads again.") % {"n": before.number} if before else _("The model reads alone again.")
    messages.success(request, told)
    return redirect("how-well")
