"""What waits for approval, and the decision about it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right
from makegood.reply import api as reply
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.reply import reply_row, show_composer

__all__ = ["approvals", "approve", "count", "decline"]


@require_GET
@needs(Right.APPROVE)
def approvals(request: MemberRequest) -> HttpResponse:
    """Everything that waits for approval, the longest waiting first; a further page alone for htmx."""
    page = reply.proposed(request.membership, request.GET.get("after", ""))
    more = f"{reverse('approvals')}?{urlencode({'after': page.after})}" if page.after else ""
    context = {
        "section": "inbox",
        "rows": page.rows,
        "next_url": more,
        "may_approve": reply.may_approve(request.membership),
    }
    further = request.htmx and "after" in request.GET
    return render(request, "approvals/rows.html" if further else "approvals/page.html", context)


@require_GET
@needs(Right.APPROVE)
def count(request: MemberRequest) -> HttpResponse:
    """The link in the navigation with how many wait."""
    return render(request, "approvals/link.html", {"to_approve": reply.count_proposed(request.membership)})


@require_POST
@needs(Right.APPROVE)
def approve(request: MemberRequest, pk: int) -> HttpResponse:
    """Sends it, with the approver's words where they have changed it."""
    row = _decidable(request, pk)
    try:
        by_hand = bool(request.POST.get("handoff"))
        reply.approve(row, request.user, request.POST.get("text"), by_hand=by_hand)
    except reply.ReplyError as error:
        return _answer(request, row, problem=str(error))
    return _answer(request, row, said=_("Approved. It goes out in a moment."))


@require_POST
@needs(Right.APPROVE)
def decline(request: MemberRequest, pk: int) -> HttpResponse:
    """Sends it back to its author with a note."""
    row = _decidable(request, pk)
    try:
        reply.decline(row, request.user, request.POST.get("note", ""))
    except reply.ReplyError as error:
        return _answer(request, row, problem=str(error))
    return _answer(request, row, said=_("Declined. Its author has it back, with your note."))


def _decidable(request: MemberRequest, pk: int) -> reply.Reply:
    if not reply.may_approve(request.membership):
        raise PermissionDenied(_("Who is still learning does not approve answers."))
    return reply_row(request, pk)


def _answer(request: MemberRequest, row: reply.Reply, *, said: str = "", problem: str = "") -> HttpResponse:
    if request.htmx.target == "composer":
        return show_composer(request, row.conversation_id, problem)
    context = {
        "reply": reply_row(request, row.pk),
        "said": said,
        "problem": problem,
        "may_approve": True,
        "note": request.POST.get("note", ""),
        "typed": request.POST.get("text"),
    }
    return render(request, "approvals/card.html", context, status=422 if problem else 200)
