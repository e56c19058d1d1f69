"""What a member does with a conversation. Every action answers with the conversation as it then stands."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from makegood.accounts.api import Right, Team
from makegood.desk import api as desk
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.together import workers
from makegood.web.views.inbox import find, show_conversation

__all__ = ["assess", "assign", "close", "label", "note", "reopen"]


def _again(request: MemberRequest, pk: int) -> HttpResponse:
    return show_conversation(request, find(request, pk))


@require_POST
@needs(Right.WORK)
def assess(request: MemberRequest, pk: int) -> HttpResponse:
    """How we respond to it, by one key."""
    response = request.POST.get("response", "")
    row = find(request, pk)
    if response not in {one.slug for one in desk.RESPONSES}:
        return HttpResponse("Choose one of the five responses.", status=400)
    desk.assess(row, response, request.user)
    return _again(request, pk)


@require_POST
@needs(Right.WORK)
def assign(request: MemberRequest, pk: int) -> HttpResponse:
    """To a member (`member`) and to a team (`team`), or to nobody; what is not posted stays. `because` says why."""
    row = find(request, pk)
    because = request.POST.get("because", "")
    wanted, wanted_team = request.POST.get("member"), request.POST.get("team")
    member = next((one.user for one in workers(request.workspace) if str(one.user_id) == wanted), None)
    if wanted and member is None:
        return HttpResponse(_("That person cannot be given work in this workspace."), status=400)
    team = next((one for one in Team.objects.within(request.workspace)[:200] if str(one.pk) == wanted_team), None)
    if wanted_team and team is None:
        return HttpResponse(_("That team does not exist any more."), status=400)
    if wanted_team is not None and team != row.team:
        desk.assign_team(row, team, request.user, because)
    if wanted is not None and (wanted_team is None or member != row.assignee or because != row.assigned_because):
        desk.assign(row, member, request.user, because)
    return _again(request, pk)


@require_POST
@needs(Right.WORK)
def close(request: MemberRequest, pk: int) -> HttpResponse:
    """Nothing more to do."""
    desk.close(find(request, pk), request.user)
    return _again(request, pk)


@require_POST
@needs(Right.WORK)
def reopen(request: MemberRequest, pk: int) -> HttpResponse:
    """There is more to do after all."""
    desk.reopen(find(request, pk), request.user)
    return _again(request, pk)


@require_POST
@needs(Right.NOTE)
def note(request: MemberRequest, pk: int) -> HttpResponse:
    """A word among colleagues."""
    row = find(request, pk)
    try:
        desk.add_note(row, request.POST.get("text", ""), request.user, request.POST.getlist("named"))
    except ValueError as error:
        return HttpResponse(str(error), status=400)
    return _again(request, pk)


@require_POST
@needs(Right.WORK)
def label(request: MemberRequest, pk: int) -> HttpResponse:
    """Puts a label on (`on` = 1) or takes it off."""
    row = find(request, pk)
    name = request.POST.get("label", "")
    try:
        if request.POST.get("on") == "1":
            desk.label(row, name, request.user)
        else:
            desk.unlabel(row, name, request.user)
    except ValueError as error:
        return HttpResponse(str(error), status=400)
    return _again(request, pk)
