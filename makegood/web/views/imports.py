"""Files on their way in: upload, columns, progress."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from makegood.accounts.api import Right
from makegood.connectors.contract import Trouble
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen.api import IMPORT_TARGETS, ImportRun
from makegood.web.forms_listen import UploadForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["cancel", "columns", "detail", "new", "preview"]

SHOWN_ROWS = 5
MOST_DAYS = 36_500
DAYS = 30
ALWAYS_OFFERED = 6
"""How many targets are asked for at once; others are folded away unless a column was guessed for them."""

TARGETS: Mapping[str, tuple[Any, Any]] = {  # target -> (label, what is meant), the most useful first
    "text": (gettext_lazy("What was said"), gettext_lazy("the post, the review, the message")),
    "posted_at": (gettext_lazy("When"), gettext_lazy("date and time")),
    "author_name": (gettext_lazy("Who, by name"), ""),
    "author_handle": (gettext_lazy("Who, by handle"), ""),
    "url": (gettext_lazy("Link to it"), gettext_lazy("to answer there")),
    "title": (gettext_lazy("Title"), ""),
    "id": (gettext_lazy("Number of the post"), gettext_lazy("an id")),
    "author_id": (gettext_lazy("Who, by number"), gettext_lazy("an id")),
    "rating": (gettext_lazy("Stars"), gettext_lazy("1 to 5")),
    "language": (gettext_lazy("Language"), ""),
    "followers": (gettext_lazy("Followers"), ""),
    "parent_id": (gettext_lazy("Answers which post"), ""),
    "root_id": (gettext_lazy("Belongs to which thread"), ""),
}


@require_http_methods(["GET", "POST"])
@needs(Right.LISTEN)
def new(request: MemberRequest) -> HttpResponse:
    """Takes a file in."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                run = listen.begin_import(request.workspace, request.user, file.name, file.chunks())
            except Trouble as trouble:
                form.add_error("file", trouble.sentence)
            else:
                return redirect("import-map", run.pk)
    facts = {"section": "channels", "form": form}
    return render(request, "imports/new.html", facts, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Right.LISTEN)
def columns(request: MemberRequest, pk: int) -> HttpResponse:
    """Which column means what; starts the import."""
    run = _run(request, pk)
    if run.state != ImportRun.State.MAPPING:
        return redirect("import-detail", pk)
    if request.method == "GET":
        return _columns(request, run, run.mapping, str(DAYS))
    mapping, days = _chosen(request), request.POST.get("recent_days", "")
    if not (days.isascii() and days.isdecimal() and int(days[:9]) <= MOST_DAYS):
        problem = _("Give the number of days as a whole number, from 0 to 36,500.")
        return _columns(request, run, mapping, days, problem=problem)
    try:
        listen.start_import(run, request.user, mapping, int(days))
    except Trouble as trouble:
        return _columns(request, run, mapping, days, problem=trouble.sentence)
    return redirect("import-detail", pk)


@require_POST
@needs(Right.LISTEN)
def preview(request: MemberRequest, pk: int) -> HttpResponse:
    """The first rows as they would be read with the chosen columns: a part of the page."""
    run = _run(request, pk)
    if run.state != ImportRun.State.MAPPING:
        raise Http404
    return render(request, "imports/preview.html", _previewed(run, _chosen(request)))


@require_GET
@needs(Right.READ)
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    """How far it is, what was refused and why."""
    if request.htmx and not ImportRun.objects.within(request.workspace).filter(pk=pk).exists():
        # Somebody removed it while this page was open and kept itself up to date.
        return HttpResponseClientRedirect(reverse("channels"))
    run = _run(request, pk)
    facts = {
        "section": "channels",
        "run": run,
        "channel": run.channel,
        "refusals": run.refusals,
        **_pace(run),
    }
    return render(request, "imports/detail.html", facts)


@require_POST
@needs(Right.LISTEN)
def cancel(request: MemberRequest, pk: int) -> HttpResponse:
    """Stops it. What was read stays."""
    run = _run(request, pk)
    listen.cancel_import(run, request.user)
    if ImportRun.objects.within(request.workspace).filter(pk=pk).exists():
        return redirect("import-detail", pk)
    messages.success(request, _("The file is forgotten. Nothing of it was taken in."))
    return redirect("channels")


def _run(request: MemberRequest, pk: int) -> ImportRun:
    rows = ImportRun.objects.within(request.workspace).select_related("channel", "workspace")
    run = rows.filter(pk=pk).first()
    if run is None:
        raise Http404
    return run


def _chosen(request: MemberRequest) -> dict[str, str]:
    found = {target: request.POST.get(f"column-{target}", "") for target in IMPORT_TARGETS}
    return {target: column for target, column in found.items() if column}


def _columns(
    request: MemberRequest, run: ImportRun, mapping: Mapping[str, str], days: str, *, problem: str = ""
) -> HttpResponse:
    fields = [
        {"target": target, "label": label, "hint": hint, "column": mapping.get(target, "")}
        for target, (label, hint) in TARGETS.items()
    ]
    facts = {
        "section": "channels",
        "run": run,
        "days": days,
        "problem": problem,
        "fields": [each for place, each in enumerate(fields) if place < ALWAYS_OFFERED or each["column"]],
        "folded": [each for place, each in enumerate(fields) if place >= ALWAYS_OFFERED and not each["column"]],
        "columns": run.sniffed["columns"],
        "sniffed": run.sniffed,
        **_previewed(run, mapping),
    }
    return render(request, "imports/columns.html", facts, status=422 if problem else 200)


def _previewed(run: ImportRun, mapping: Mapping[str, str]) -> dict[str, Any]:
    try:
        return {"rows": listen.preview_import(run, mapping, SHOWN_ROWS), "trouble": ""}
    except Trouble as trouble:
        return {"rows": [], "trouble": trouble.sentence}


def _pace(run: ImportRun) -> dict[str, Any]:
    """Rows read, rows a second, and seconds left (None where that cannot be said)."""
    read = run.rows_heard + run.rows_known + run.rows_refused
    open_states = (ImportRun.State.QUEUED, ImportRun.State.RUNNING)
    facts: dict[str, Any] = {
        "read": read,
        "is_open": run.state in open_states,
        "percent": 100 * run.bytes_done // run.bytes_total if run.bytes_total else 0,
        "rate": None,
        "minutes_left": None,
    }
    began = _began(run)
    if began is None or not read:
        return facts
    seconds = max(1.0, ((run.finished_at or clock.now()) - began).total_seconds())
    facts["rate"] = round(read / seconds)
    if run.state in open_states and run.bytes_done:
        left = seconds * (run.bytes_total - run.bytes_done) / run.bytes_done
        facts["minutes_left"] = int(left // 60)
    return facts


def _began(run: ImportRun) -> datetime | None:
    lines = Entry.objects.within(run.workspace_id).filter(subject=f"importrun:{run.pk}", verb="import.started")
    return lines.order_by("id").values_list("at", flat=True).first()
