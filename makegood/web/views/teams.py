"""Teams, and who is learning: changed on the page of people."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from makegood.accounts import api as accounts
from makegood.accounts.api import AccountError, Right, Team
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["change", "create", "learning", "remove"]


@require_POST
@needs(Right.INVITE)
def create(request: MemberRequest) -> HttpResponse:
    """A new team."""
    name = request.POST.get("name", "")
    return _try(request, lambda: accounts.create_team(request.workspace, request.user, name), _("The team is there."))


@require_POST
@needs(Right.INVITE)
def change(request: MemberRequest, pk: int) -> HttpResponse:
    """Another name, and who is in it."""
    team = _team(request, pk)
    chosen = {int(key) for key in request.POST.getlist("member") if key.isascii() and key.isdigit() and len(key) < 19}

    def act() -> None:
        accounts.rename_team(request.workspace, request.user, team.pk, request.POST.get("name", ""))
        accounts.set_team_members(request.workspace, request.user, team.pk, chosen)

    return _try(request, act, _("Saved."))


@require_POST
@needs(Right.INVITE)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes the team away; its people stay."""
    team = _team(request, pk)
    done = _("The team “%(name)s” is gone. Its people stay, and its conversations too.") % {"name": team.name}
    return _try(request, lambda: accounts.remove_team(request.workspace, request.user, team.pk), done)


@require_POST
@needs(Right.INVITE)
def learning(request: MemberRequest, pk: int) -> HttpResponse:
    """Whether what an agent writes waits for approval."""
    member = accounts.members(request.workspace).filter(pk=pk).first()
    if member is None:
        raise Http404
    on = request.POST.get("learning") == "1"
    name = {"name": member.user.name}
    done = _("What %(name)s writes waits for approval now.") if on else _("%(name)s answers on their own now.")
    return _try(
        request,
        lambda: accounts.set_learning(request.workspace, request.user, member.pk, learning=on),
        done % name,
    )


def _team(request: MemberRequest, pk: int) -> Team:
    team = Team.objects.within(request.workspace).filter(pk=pk).first()
    if team is None:
        raise Http404
    return team


def _try(request: MemberRequest, act: Callable[[], object], done: str) -> HttpResponse:
    try:
        act()
    except AccountError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, done)
    return redirect("people")
