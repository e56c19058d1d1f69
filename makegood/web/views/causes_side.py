"""Beside a thread: which cause its complaint belongs to."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right, allows
from makegood.desk import api as desk
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find
from makegood.winback import api as winback

__all__ = ["cause_put", "cause_side"]


def _part(request: MemberRequest, row: desk.Conversation, problem: str = "") -> HttpResponse:
    found = winback.causes_of(request.workspace, row)
    names = winback.cause_choices(request.workspace)
    complaint = winback.complaint_in(request.workspace, row)
    belongs = [each for each in found if each.state == winback.CauseMember.State.IN]
    facts = {
        "c": row,
        "complaint": complaint,
        "rows": [{"member": each, "why": winback.reason_words(each.reasons, names)} for each in belongs or found],
        "belongs": bool(belongs),
        "others": winback.live_causes(request.workspace) if complaint is not None else [],
        "may_work": allows(request.membership.role, Right.WORK),
        "problem": problem,
    }
    return render(request, "causes/side.html", facts, status=422 if problem else 200)


@require_GET
@needs(Right.READ)
def cause_side(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: the cause of what they complain of, or what it may be. At most 8 queries."""
    return _part(request, find(request, pk))


@require_POST
@needs(Right.WORK)
def cause_put(request: MemberRequest, pk: int) -> HttpResponse:
    """Puts the complaint of a conversation into a cause (`into`). Answers with how it stands."""
    row = find(request, pk)
    complaint = winback.complaint_in(request.workspace, row)
    chosen = [each for each in winback.live_causes(request.workspace) if str(each.pk) == request.POST.get("into", "")]
    if complaint is None or not chosen:
        return _part(request, row, _("Choose a cause first."))
    try:
        winback.move_complaint(request.membership, complaint, chosen[0])
    except winback.CauseError as error:
        return _part(request, row, error.sentence)
    return _part(request, row)
