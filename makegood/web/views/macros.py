"""Macros: their pages in the settings, and running one on a conversation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.web.permissions import needs, require
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find, show_conversation
from makegood.web.work import responses, say

__all__ = ["choices", "edit", "macros", "new", "remove", "run"]

Steps = list[dict[str, str]]


def _described(request: MemberRequest) -> list[dict[str, Any]]:
    """Each macro with its steps in words and what is broken. 5 queries."""
    known = reply.known_to_macros(request.workspace)
    return [
        {
            "row": row,
            "steps": [
                {"words": reply.step_words(step, known), "problem": problem}
                for step, problem in zip(row.steps, problems, strict=True)
            ],
            "broken": any(problems),
        }
        for row in reply.macro_list(request.workspace)
        for problems in [reply.step_problems(row.steps, known)]
    ]


@require_GET
@needs(Right.WORK)
def macros(request: MemberRequest) -> HttpResponse:
    """All of them, with their steps, and which are broken."""
    return render(request, "work/macro_list.html", {"section": "settings", "rows": _described(request)})


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def new(request: MemberRequest) -> HttpResponse:
    """A new one."""
    return _form(request, None)


@require_http_methods(["GET", "POST"])
@needs(Right.WORK)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """One of them: everybody who works may read it, those who approve may change it."""
    return _form(request, _one(request, pk))


def _one(request: MemberRequest, pk: int) -> reply.Macro:
    row = reply.macro_one(request.workspace, pk)
    if row is None:
        raise Http404
    return row


def _form(request: MemberRequest, row: reply.Macro | None) -> HttpResponse:
    if request.method == "GET":
        return _page(request, row, row.name if row else "", list(row.steps) if row else [])
    require(request, Right.APPROVE)
    name, steps = request.POST.get("name", ""), _posted(request)
    if "save" not in request.POST:
        return _page(request, row, name, _rearranged(request, steps))
    try:
        reply.save_macro(request.workspace, request.user, name=name, steps=steps, row=row)
    except reply.MacroError as error:
        return _page(request, row, name, steps, error)
    messages.success(request, _("Saved."))
    return redirect("macros")


def _posted(request: MemberRequest) -> Steps:
    """The steps as they stand in the form, in order."""
    pairs = zip(request.POST.getlist("do"), request.POST.getlist("value"), strict=False)
    return [{"do": do, "value": value.strip()[:200]} for do, value in pairs][:50]


def _rearranged(request: MemberRequest, steps: Steps) -> Steps:
    """The steps after one of the form's buttons: `add` a kind, or `up`, `down` and `drop` with a step's place."""
    added = request.POST.get("add", "")
    if added in reply.STEP_KINDS:
        return [*steps, {"do": added, "value": ""}]
    for move, by in (("up", -1), ("down", 1)):
        at = _place(request.POST.get(move, ""), steps)
        if at is not None and 0 <= at + by < len(steps):
            steps[at], steps[at + by] = steps[at + by], steps[at]
            return steps
    at = _place(request.POST.get("drop", ""), steps)
    return steps if at is None else steps[:at] + steps[at + 1 :]


def _place(text: str, steps: Steps) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) < len(steps) else None


def _page(
    request: MemberRequest, row: reply.Macro | None, name: str, steps: Steps, error: reply.MacroError | None = None
) -> HttpResponse:
    known = reply.known_to_macros(request.workspace)
    # What has just been added has no value yet; only what once had one is broken.
    wrong = reply.step_problems(steps, known)
    problems = wrong if error else [text if step["value"] else "" for text, step in zip(wrong, steps, strict=True)]
    offered: dict[str, list[tuple[str, str]]] = {
        "label": list(known.labels.items()),
        "unlabel": list(known.labels.items()),
        "assign": [
            ("me", _("whoever runs it")),
            ("nobody", _("nobody")),
            *known.teams.items(),
            *known.people.items(),
        ],
        "assess": responses(),
        "snooze": [(slug, str(words)) for slug, words in desk.SPANS.items()],
        "canned": list(known.canned.items()),
    }
    shown = [
        {
            "do": step["do"],
            "title": reply.STEP_KINDS.get(step["do"], step["do"]),
            "value": step["value"],
            "offered": offered.get(step["do"]),
            "missing": bool(step["value"]) and step["value"] not in dict(offered.get(step["do"], [])),
            "problem": problem,
        }
        for step, problem in zip(steps, problems, strict=True)
    ]
    context = {
        "section": "settings",
        "row": row,
        "name": name,
        "name_problem": error.name if error else "",
        "problem": str(error) if error else "",
        "steps": shown,
        "kinds": reply.STEP_KINDS.items(),
    }
    return render(request, "work/macro_edit.html", context, status=422 if error else 200)


@require_POST
@needs(Right.APPROVE)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes it away; what it did stays done."""
    row = _one(request, pk)
    reply.remove_macro(row, request.user)
    messages.success(request, _("“%(name)s” is removed.") % {"name": row.name})
    return redirect("macros")


@require_GET
@needs(Right.WORK)
def choices(request: MemberRequest, pk: int) -> HttpResponse:
    """What can be run on this conversation."""
    return render(request, "work/macro_choices.html", {"c": find(request, pk), "rows": _described(request)})


@require_POST
@needs(Right.WORK)
def run(request: MemberRequest, pk: int, key: int) -> HttpResponse:
    """Runs it. What it puts into the composer waits there for a person to send it."""
    row, macro = find(request, pk), _one(request, key)
    try:
        ran = reply.run_macro(row, macro, request.user)
    except (reply.MacroError, desk.BulkError, desk.MomentError) as error:
        return HttpResponse(str(error), status=400)
    events: dict[str, Any] = {}
    if ran.insert is not None:
        events["mg:insert"] = {"conversation": pk, "text": ran.insert.text, "open": list(ran.insert.open)}
    text = _("“%(name)s” is done.") if ran.action or ran.insert else _("“%(name)s” had nothing to change.")
    answer = show_conversation(request, find(request, pk))
    return say(request, answer, text % {"name": macro.name}, undo=ran.action, events=events)
