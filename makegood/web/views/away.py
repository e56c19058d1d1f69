"""Who decides in whose place while they are away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from makegood.accounts import api as accounts
from makegood.accounts.api import Right, allows
from makegood.kit import clock
from makegood.resolve import api as resolve
from makegood.web.forms_resolve import AwayForm
from makegood.web.permissions import needs, require
from makegood.web.request import MemberRequest

__all__ = ["away", "away_end"]


@require_http_methods(["GET", "POST"])
@needs(Right.WORK)
def away(request: MemberRequest) -> HttpResponse:
    """Who decides in whose place; POST says who does so while one is away."""
    member = request.membership
    everybody = list(accounts.members(request.workspace))
    owner = allows(member.role, Right.SETTINGS)
    absent = [each for each in everybody if resolve.may_decide(each) and (owner or each.user_id == member.user_id)]
    others = [each for each in everybody if resolve.may_ask(each) and not each.learning]
    # Nobody takes their own place; an owner may take that of others.
    others = [each for each in others if len(absent) > 1 or each.user_id != member.user_id]
    others.sort(key=lambda each: each.user_id == member.user_id)
    absent.sort(key=lambda each: each.user_id != member.user_id)
    names = [[(each.user_id, str(each.user)) for each in some] for some in (absent, others)]
    today = clock.now().astimezone(ZoneInfo(request.workspace.timezone)).date()
    form = AwayForm(*names, request.POST or None, initial={"user": member.user_id, "starts_on": today})
    if request.method == "POST":
        require(request, Right.APPROVE)
        if form.is_valid():
            people = {str(each.user_id): each.user for each in everybody}
            data = form.cleaned_data
            chosen = (people[data["user"]], people[data["to"]], data["starts_on"], data["ends_on"])
            if _noted(form, lambda: resolve.set_delegate(member, *chosen)):
                messages.success(request, _("Noted. Enjoy your time away."))
                return redirect("away")
    rows = [
        {"row": row, "may_end": owner or member.user_id in (row.user_id, row.to_id)}
        for row in resolve.delegates_of(request.workspace)
    ]
    facts = {"section": "settings", "form": form, "rows": rows, "today": today, "may_set": resolve.may_decide(member)}
    return render(request, "resolve_settings/away.html", facts, status=422 if form.errors else 200)


@require_POST
@needs(Right.WORK)
def away_end(request: MemberRequest, pk: int) -> HttpResponse:
    """They are back."""
    row = next((each for each in resolve.delegates_of(request.workspace) if each.pk == pk), None)
    if row is None:
        raise Http404
    try:
        resolve.end_delegate(request.membership, row)
    except resolve.ResolveError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, _("Ended."))
    return redirect("away")


def _noted(form: AwayForm, act: Callable[[], Any]) -> bool:
    """Whether it was done; why not is with the form."""
    try:
        act()
    except resolve.ResolveError as error:
        form.add_error(None, error.sentence)
        return False
    return True
