"""What the shop listens for, and trying a query out before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.listen import api as listen
from makegood.listen.api import Channel, Query, QueryError, Sampled
from makegood.web.forms_listen import QueryForm, plain_lines
from makegood.web.highlight import highlight
from makegood.web.permissions import needs, require
from makegood.web.request import MemberRequest
from makegood.web.views import replay

__all__ = ["delete", "edit", "estimate", "new", "queries", "switch", "try_out"]

DAYS = 7
SHOWN_CHARACTERS = 300
LEAD_CHARACTERS = 100
BAR_HEIGHT = 22


@require_GET
@needs(Right.READ)
def queries(request: MemberRequest) -> HttpResponse:
    """Every query with what it heard lately."""
    workspace = request.workspace
    rows = list(Query.objects.within(workspace).order_by("-active", "name", "id"))
    heard = listen.heard_by_day(workspace, DAYS)
    live = Channel.objects.within(workspace).exclude(kind__in=[Channel.Kind.IMPORT, Channel.Kind.SAMPLE])
    facts = {
        "section": "queries",
        "queries": [_row(row, heard.get(row.pk, {})) for row in rows],
        "unheard": bool(rows) and not live.exists(),
    }
    return render(request, "queries/list.html", facts)


def _row(query: Query, heard: dict[date, int]) -> dict[str, Any]:
    today = timezone.localdate()
    counts = [heard.get(today - timedelta(days=back), 0) for back in range(DAYS - 1, -1, -1)]
    return {"query": query, "told": listen.explain(query.text), "total": sum(counts), "bars": _bars(counts)}


def _bars(counts: Sequence[int]) -> list[dict[str, int]]:
    top = max(counts) or 1
    tall = [max(1, round(BAR_HEIGHT * count / top)) for count in counts]
    return [{"x": place * 9, "y": BAR_HEIGHT - high, "height": high} for place, high in enumerate(tall)]


@require_http_methods(["GET", "POST"])
@needs(Right.LISTEN)
def new(request: MemberRequest) -> HttpResponse:
    """A new query, tried out while it is written. `?text=` fills it in."""
    if request.method == "GET":
        return _editor(request, None, {"text": request.GET.get("text", ""), "active": True})
    if _only_try(request):
        return _editor(request, None, _typed(request), tried=True)
    form = QueryForm(request.POST)
    if not form.is_valid():
        return _editor(request, None, form)
    data = form.cleaned_data
    row = listen.save(request.workspace, request.user, data["name"], data["text"])
    messages.success(request, _("Makegood listens for “%(name)s” now.") % {"name": row.name})
    return _after_saving(row)


@require_http_methods(["GET", "POST"])
@needs(Right.READ)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """One query: to change for those who may, to read for everybody."""
    query = _query(request, pk)
    if request.method == "GET":
        return _editor(request, query, {"name": query.name, "text": query.text, "active": query.active})
    require(request, Right.LISTEN)
    if _only_try(request):
        return _editor(request, query, _typed(request), tried=True)
    form = QueryForm(request.POST)
    if not form.is_valid():
        return _editor(request, query, form)
    listen.change(query, request.user, **form.cleaned_data)
    messages.success(request, _("Saved. Makegood takes it up within a few seconds."))
    return _after_saving(query)


@require_POST
@needs(Right.LISTEN)
def switch(request: MemberRequest, pk: int) -> HttpResponse:
    """Stops listening for a query, or listens for it again."""
    query = _query(request, pk)
    active = request.POST.get("active") == "1"
    try:
        listen.change(query, request.user, name=query.name, text=query.text, active=active)
    except QueryError as error:
        messages.error(request, error.message)
        return redirect("query-edit", query.pk)
    return redirect("queries")


@require_POST
@needs(Right.LISTEN)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Removes a query. What it heard stays."""
    query = _query(request, pk)
    name = query.name
    listen.remove_query(query, request.user)
    messages.success(request, _("“%(name)s” is removed. What it heard stays.") % {"name": name})
    return redirect("queries")


@require_POST
@needs(Right.READ)
def try_out(request: MemberRequest) -> HttpResponse:
    """What a query would have found: the part of the editor that follows the typing."""
    text = plain_lines(request.POST.get("text", ""))
    return render(request, "queries/trial.html", _tried(request, text) | {"oob": True})


@require_GET
@needs(Right.READ)
def estimate(request: MemberRequest) -> HttpResponse:
    """What a proposed query would bring, in a line."""
    text = plain_lines(request.GET.get("text", ""))
    return render(request, "queries/estimate.html", _tried(request, text))


def _query(request: MemberRequest, pk: int) -> Query:
    query = Query.objects.within(request.workspace).filter(pk=pk).first()
    if query is None:
        raise Http404
    return query


def _after_saving(query: Query) -> HttpResponse:
    """To its page while it looks back, so that what it finds is seen coming; else to all queries."""
    run = listen.replay_of(query)
    return redirect("query-edit", query.pk) if run is not None and run.finished_at is None else redirect("queries")


def _only_try(request: MemberRequest) -> bool:
    """Whether a browser without scripts asks for a trial, or for a correction to be put in."""
    return "try" in request.POST or "apply" in request.POST


def _typed(request: MemberRequest) -> dict[str, Any]:
    """What stands in the editor, with the correction put in where one was chosen."""
    text = request.POST.get("apply") or request.POST.get("text", "")
    return {
        "name": request.POST.get("name", ""),
        "text": plain_lines(text),
        "active": "active" in request.POST,
    }


def _editor(
    request: MemberRequest, query: Query | None, filled: QueryForm | dict[str, Any], *, tried: bool = False
) -> HttpResponse:
    """The editor with a refused form (422), or with these values; `tried` adds what they would find."""
    refused = isinstance(filled, QueryForm)
    form = filled if isinstance(filled, QueryForm) else QueryForm(initial=filled)
    facts: dict[str, Any] = {"section": "queries", "form": form, "query": query, "trial": None}
    facts |= replay.facts_of(request, query)
    if refused or tried:
        facts |= _tried(request, plain_lines(str(form["text"].value() or "")))
    return render(request, "queries/edit.html", facts, status=422 if refused else 200)


def _tried(request: MemberRequest, text: str) -> dict[str, Any]:
    """A trial as templates show it."""
    if not text.strip():
        return {"trial": None, "text": text}
    trial = listen.try_out(request.workspace, text)
    return {
        "trial": trial,
        "text": text,
        "wrong": _spot(text, trial.error) if trial.error else None,
        "hints": [_spot(text, hint) for hint in trial.hints],
        "matched": [_shown(each) for each in trial.matched],
        "unmatched": [_shown(each) for each in trial.unmatched],
        "heard_any": bool(trial.tried or trial.own_tried),
        "found": trial.matched_count + trial.own_matched,
    }


def _spot(text: str, said: Any) -> dict[str, Any]:
    """A sentence about a place in the text, the text around it, and the text with the suggestion put in."""
    start = max(0, min(said.position, len(text)))
    end = min(start + said.length, len(text))
    before, after = text[:start], text[end:]
    return {
        "message": said.message,
        "before": before,
        "spot": text[start:end],
        "after": after,
        "suggestion": said.suggestion,
        "corrected": f"{before}{said.suggestion}{after}" if said.suggestion else "",
    }


def _shown(sample: Sampled) -> dict[str, Any]:
    said = sample.activity
    return {
        "by": said.author.name or said.author.handle or said.author.id,
        "handle": said.author.handle,
        "network": said.network,
        "at": said.posted_at,
        "url": said.url if said.url.startswith(("https://", "http://")) else "",
        "title": highlight(said.title, sample.title_marks),
        "text": highlight(*_cut(said.text, sample.marks)),
        "tags": sample.tags,
    }


def _cut(text: str, marks: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """A long text cut around its first mark, an ellipsis at each cut, and the marks as they lie in it."""
    if len(text) <= SHOWN_CHARACTERS:
        return text, list(marks)
    first = min((start for start, _end in marks), default=0)
    begin = max(0, min(first - LEAD_CHARACTERS, len(text) - SHOWN_CHARACTERS))
    end = begin + SHOWN_CHARACTERS
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    shift = len(before) - begin
    kept = [(start + shift, min(stop, end) + shift) for start, stop in marks if begin <= start < end]
    return f"{before}{text[begin:end]}{after}", kept
