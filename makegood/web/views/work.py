"""What a member does with a conversation. Every action answers with the conversation as it then stands."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from makegood.accounts.api import Right, members
from makegood.desk import api as desk
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
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
    """To a member of this workspace, or to nobody."""
    row = find(request, pk)
    wanted = request.POST.get("member", "")
    member = next((one.user for one in members(request.workspace) if str(one.user_id) == wanted), None)
    if wanted and member is None:
        return HttpResponse("That person is not in this workspace.", status=400)
    desk.assign(row, member, request.user)
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
@needs(Right.WORK)
def note(request: MemberRequest, pk: int) -> HttpResponse:
    """A word among colleagues."""
    row = find(request, pk)
    try:
        desk.add_note(row, request.POST.get("text", ""), request.user)
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
