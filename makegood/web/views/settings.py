"""Settings of the workspace and of oneself, and the workspace's journal."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts import api as accounts
from makegood.accounts.api import AccountError, Right
from makegood.clocks import api as clocks
from makegood.journal.api import Entry
from makegood.web.forms_accounts import ProfileForm, WorkspaceForm
from makegood.web.middleware import without_workspace
from makegood.web.permissions import needs, require
from makegood.web.request import MemberRequest

__all__ = ["journal", "profile", "settings"]

LINES = 100


@require_http_methods(["GET", "POST"])
@needs(Right.SEE)
def settings(request: MemberRequest) -> HttpResponse:
    """The workspace's settings, which owners may change, and the way to one's own."""
    if request.method == "GET":
        return _page(request)
    require(request, Right.SETTINGS)
    form = WorkspaceForm(request.POST)
    if form.is_valid():
        try:
            accounts.change_workspace(request.workspace, request.user, **form.cleaned_data)
            clocks.ask_for_recount(request.workspace.pk)
        except AccountError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("Saved."))
            return redirect("settings")
    return _page(request, form=form, status=422)


@require_POST
@without_workspace
def profile(request: MemberRequest) -> HttpResponse:
    """Changes one's own name and language."""
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _page(request, profile_form=form, status=422)
    accounts.change_profile(request.user, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("settings")


@require_GET
@needs(Right.AUDIT)
def journal(request: MemberRequest) -> HttpResponse:
    """What happened in the workspace, newest first; `before` is the id of the last line already seen."""
    before = request.GET.get("before", "")
    rows = Entry.objects.within(request.workspace).order_by("-id")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(id__lt=int(before))
    lines = list(rows[: LINES + 1])
    older = lines[LINES - 1].pk if len(lines) > LINES else None
    return render(
        request,
        "settings/journal.html",
        {"section": "settings", "lines": lines[:LINES], "older": older, "first": not before},
    )


def _page(
    request: MemberRequest,
    *,
    form: WorkspaceForm | None = None,
    profile_form: ProfileForm | None = None,
    status: int = 200,
) -> HttpResponse:
    workspace = request.workspace
    user = request.user
    now = {name: getattr(workspace, name) for name in WorkspaceForm.base_fields} if workspace else {}
    facts = {
        "section": "settings",
        "form": form or WorkspaceForm(initial=now),
        "profile_form": profile_form or ProfileForm(initial={"name": user.name, "language": user.language}),
    }
    return render(request, "settings/settings.html", facts, status=status)
