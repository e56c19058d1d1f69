"""Canned responses: their pages in the settings, and the list the composer takes one from."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.reply import api as reply
from makegood.web.forms_work import CannedForm
from makegood.web.permissions import needs, require
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find

__all__ = ["canned", "choices", "edit", "new", "preview", "remove"]


@require_GET
@needs(Right.PROPOSE)
def canned(request: MemberRequest) -> HttpResponse:
    """All of them, or those that hold every word of `q`."""
    search = request.GET.get("q", "").strip()[:200]
    rows = [{"row": row, "used": used} for row, used in reply.canned_list(request.workspace, search)]
    return render(request, "work/canned_list.html", {"section": "settings", "rows": rows, "search": search})


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def new(request: MemberRequest) -> HttpResponse:
    """A new one."""
    return _form(request, None)


@require_http_methods(["GET", "POST"])
@needs(Right.PROPOSE)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """One of them: everybody who writes may read it, those who approve may change it."""
    return _form(request, _one(request, pk))


def _one(request: MemberRequest, pk: int) -> reply.CannedResponse:
    row = reply.canned_one(request.workspace, pk)
    if row is None:
        raise Http404
    return row


def _form(request: MemberRequest, row: reply.CannedResponse | None) -> HttpResponse:
    now = {"name": row.name, "shortcut": row.shortcut, "text": row.text} if row else {}
    if request.method == "GET":
        return _page(request, row, CannedForm(initial=now), now.get("text", ""))
    require(request, Right.APPROVE)
    form = CannedForm(request.POST)
    if form.is_valid():
        try:
            reply.save_canned(request.workspace, request.user, row=row, **form.cleaned_data)
        except reply.CannedError as error:
            for field, sentences in error.fields.items():
                for sentence in sentences:
                    form.add_error(field, sentence)
        else:
            messages.success(request, _("Saved."))
            return redirect("canned")
    return _page(request, row, form, request.POST.get("text", ""), status=422)


def _page(
    request: MemberRequest, row: reply.CannedResponse | None, form: CannedForm, text: str, status: int = 200
) -> HttpResponse:
    places = [{"name": f"{{{{{name}}}}}", "words": words} for name, words in reply.VARIABLES.items()]
    context: dict[str, Any] = {"section": "settings", "row": row, "form": form, "places": places}
    return render(request, "work/canned_edit.html", context | _previews(request, text), status=status)


def _previews(request: MemberRequest, text: str) -> dict[str, Any]:
    ours = {"shop": request.workspace.brand or request.workspace.name, "me": str(request.user)}
    return {
        "sample": reply.fill(text, {**reply.SAMPLE_VALUES, **ours}).text,
        "unknown": reply.fill(text, ours).text,
        "problems": reply.variable_problems(text),
    }


@require_POST
@needs(Right.PROPOSE)
def preview(request: MemberRequest) -> HttpResponse:
    """How a `text` reads for a sample customer, and for one of whom nothing is known."""
    return render(request, "work/canned_preview.html", _previews(request, request.POST.get("text", "")[:5_000]))


@require_POST
@needs(Right.APPROVE)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes it away; what went out with it stays."""
    row = _one(request, pk)
    reply.remove_canned(row, request.user)
    messages.success(request, _("“%(name)s” is removed.") % {"name": row.name})
    return redirect("canned")


@require_GET
@needs(Right.PROPOSE)
def choices(request: MemberRequest, pk: int) -> HttpResponse:
    """All of them, filled for this conversation, as options of the composer's list."""
    found = reply.canned_choices(find(request, pk), request.user)
    return render(request, "work/canned_options.html", {"found": found})
