"""The composer's actions: keep the draft, send, take back, try again."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from makegood.accounts.api import Right
from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import composer_context, find

__all__ = ["discard", "draft", "retry", "send", "undo"]


def _composer(request: MemberRequest, row: desk.Conversation, problem: str = "") -> HttpResponse:
    context = composer_context(request, row, (problem,) if problem else ())
    return render(request, "inbox/composer.html", context, status=422 if problem else 200)


def _reply(request: MemberRequest, pk: int) -> reply.Reply:
    row: reply.Reply | None = (
        reply.Reply.objects.within(request.workspace)
        .select_related("conversation", "conversation__latest")
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise Http404
    return row


@require_POST
@needs(Right.ANSWER)
def draft(request: MemberRequest, pk: int) -> HttpResponse:
    """Keeps what is typed so far."""
    reply.save_draft(find(request, pk), request.user, request.POST.get("text", ""))
    return HttpResponse(status=204)


@require_POST
@needs(Right.ANSWER)
def send(request: MemberRequest, pk: int) -> HttpResponse:
    """Into the outbox; or, with `handoff`, notes that it was answered on the network's own page."""
    row = find(request, pk)
    text = request.POST.get("text", "")
    if request.POST.get("handoff"):
        reply.record_by_hand(row, request.user, text)
        return _composer(request, find(request, pk))
    channel = request.POST.get("channel", "")
    try:
        reply.queue(row, request.user, text, int(channel) if channel.isascii() and channel.isdigit() else None)
    except reply.ReplyError as error:
        reply.save_draft(row, request.user, text)
        return _composer(request, row, str(error))
    return _composer(request, row)


@require_POST
@needs(Right.ANSWER)
def undo(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes back what is not yet being sent."""
    row = _reply(request, pk)
    done = reply.undo(row, request.user)
    return _composer(request, find(request, row.conversation_id), "" if done else "Too late: it is already on its way.")


@require_POST
@needs(Right.ANSWER)
def retry(request: MemberRequest, pk: int) -> HttpResponse:
    """Once more; the network is asked first whether it stands already."""
    row = _reply(request, pk)
    reply.retry(row, request.user)
    return _composer(request, find(request, row.conversation_id))


@require_POST
@needs(Right.ANSWER)
def discard(request: MemberRequest, pk: int) -> HttpResponse:
    """Gives it up; the text comes back into the composer."""
    row = _reply(request, pk)
    reply.discard(row, request.user)
    return _composer(request, find(request, row.conversation_id))
