"""Who is there, with whom a conversation is shared, and what members are told under the bell."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right, members
from makegood.desk import api as desk
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find, show_conversation

__all__ = ["bell", "names", "notices", "presence", "read", "share", "unshare"]


@require_POST
@needs(Right.SEE)
def presence(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes what a page does ("reading", "typing", "left") and says who else is there."""
    row = find(request, pk)
    doing = request.POST.get("doing", "")
    if doing == "left":
        desk.leave(row, request.user)
        return HttpResponse(status=204)
    if doing not in ("reading", "typing"):
        return HttpResponse(_("Say “reading”, “typing” or “left”."), status=400)
    others = desk.be_there(row, request.user, doing)
    facts = {
        "typing": [each.user for each in others if each.doing == "typing"],
        "reading": [each.user for each in others if each.doing == "reading"],
    }
    return render(request, "together/present.html", facts)


@require_GET
@needs(Right.NOTE)
def names(request: MemberRequest, pk: int) -> JsonResponse:
    """Whom one can name in a note on this conversation."""
    found = desk.nameable(find(request, pk), request.membership)
    return JsonResponse({"names": [{"key": each.key, "name": each.name} for each in found]})


@require_POST
@needs(Right.APPROVE)
def share(request: MemberRequest, pk: int) -> HttpResponse:
    """Lets a collaborator see this conversation."""
    row = find(request, pk)
    wanted = request.POST.get("user", "")
    user = next((one.user for one in members(request.workspace) if str(one.user_id) == wanted), None)
    if user is None:
        return HttpResponse(_("That person is not in this workspace."), status=400)
    try:
        desk.share(row, user, request.user, request.POST.get("word", ""))
    except ValueError as error:
        return HttpResponse(str(error), status=400)
    return show_conversation(request, find(request, pk))


@require_POST
@needs(Right.APPROVE)
def unshare(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes it away from them again."""
    row = find(request, pk)
    wanted = request.POST.get("user", "")
    user = next((each.user for each in desk.shares_of(row) if str(each.user_id) == wanted), None)
    if user is not None:
        desk.unshare(row, user, request.user)
    return show_conversation(request, find(request, pk))


@require_GET
@needs(Right.SEE)
def notices(request: MemberRequest) -> HttpResponse:
    """What one was told, newest first."""
    page = desk.list_notices(request.membership, request.GET.get("after", ""))
    facts = {
        "section": "notices",
        "rows": page.rows,
        "after": page.after,
        "first": not request.GET.get("after"),
        "unread": desk.count_notices(request.membership),
    }
    return render(request, "together/notices.html", facts)


@require_GET
@needs(Right.SEE)
def bell(request: MemberRequest) -> HttpResponse:
    """How much is unread, for the header."""
    return render(request, "together/bell.html")


@require_POST
@needs(Right.SEE)
def read(request: MemberRequest) -> HttpResponse:
    """Marks all as read, or the one that `only` names."""
    only = request.POST.get("only", "")
    if only and not (only.isascii() and only.isdigit() and len(only) < 19):
        return HttpResponse(_("That is no notice."), status=400)
    desk.read_notices(request.membership, only=int(only) if only else None)
    if not only:
        messages.success(request, _("All read."))
    return redirect("notices")
