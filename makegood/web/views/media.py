"""Pictures of an answer: added, shown, taken off."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right
from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.web.composer import media_context
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find

__all__ = ["add", "remove", "show"]

SHOWN = frozenset({"image/jpeg", "image/png"})
"""What we write ourselves; nothing else is ever shown inline."""


def _pictures(request: MemberRequest, row: desk.Conversation) -> HttpResponse:
    capability = reply.capability_for(row, reply.accounts_for(row))
    mine = reply.draft_of(row, request.user)
    return render(request, "inbox/composer_media.html", media_context(row, mine, capability, by_api=True))


@require_POST
@needs(Right.PROPOSE)
def add(request: MemberRequest, pk: int) -> HttpResponse:
    """Puts one picture to the draft. 422 with a sentence when it can't go out."""
    row = find(request, pk)
    file = request.FILES.get("file")
    if file is None or file.size is None:
        return _refused(_("Choose a picture first."))
    if file.size > reply.LARGEST_UPLOAD:
        return _refused(_("This picture is larger than 25 MB. Make it smaller, then add it again."))
    try:
        capability = reply.capability_for(row, reply.accounts_for(row))
        reply.add_media(row, request.user, file.read(), capability)
    except reply.ReplyError as error:
        return _refused(str(error))
    return _pictures(request, row)


def _refused(sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=422, content_type="text/plain; charset=utf-8")


def _row(request: MemberRequest, pk: int) -> reply.ReplyMedia:
    """A picture of an answer that the asker may see; what is in a draft is its author's alone."""
    row = reply.ReplyMedia.objects.within(request.workspace).select_related("reply").filter(pk=pk).first()
    if row is None or (row.reply.state == reply.Reply.State.DRAFT and row.reply.author_id != request.user.pk):
        raise Http404
    find(request, row.reply.conversation_id)
    return row


@require_GET
@needs(Right.SEE)
def show(request: MemberRequest, pk: int) -> HttpResponse:
    """The picture itself."""
    row = _row(request, pk)
    if row.type not in SHOWN:
        raise Http404
    try:
        content = reply.media_path(row).read_bytes()
    except OSError as error:
        raise Http404 from error
    answer = HttpResponse(content, content_type=row.type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Disposition"] = "inline"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


@require_POST
@needs(Right.PROPOSE)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes it off the draft."""
    row = _row(request, pk)
    if row.reply.state != reply.Reply.State.DRAFT:
        raise Http404
    reply.remove_media(row)
    return _pictures(request, find(request, row.reply.conversation_id))
