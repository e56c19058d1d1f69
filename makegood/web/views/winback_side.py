"""Beside a thread: the question that lies ready, what they answered, and the closing line for those who watched."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right, allows
from makegood.connectors.contract import RouteKind
from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.web.inserting import insert, toast
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find
from makegood.web.views.reply import show_composer
from makegood.winback import api as winback

__all__ = ["followup_closing", "followup_let_be", "followup_side", "followup_take"]


def _part(request: MemberRequest, row: desk.Conversation) -> HttpResponse:
    context = {
        "c": row,
        "card": winback.card_of(row),
        "may_ask": allows(request.membership.role, Right.ANSWER),
        "public_place": (row.latest.activity or {}).get("visibility", "public") != "direct",
    }
    return render(request, "winback/side.html", context)


@require_GET
@needs(Right.READ)
def followup_side(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: how it stands with asking again."""
    return _part(request, find(request, pk))


@require_POST
@needs(Right.ANSWER)
def followup_take(request: MemberRequest, pk: int) -> HttpResponse:
    """Puts the question, or the reminder, into the composer. A person sends it."""
    row = find(request, pk)
    try:
        return insert(row, winback.take(request.membership, row))
    except winback.FollowUpError as error:
        return toast(request, HttpResponse(), error.sentence, "error")


@require_POST
@needs(Right.ANSWER)
def followup_let_be(request: MemberRequest, pk: int) -> HttpResponse:
    """They are not asked. Answers with how it stands."""
    row = find(request, pk)
    try:
        winback.let_be(request.membership, row)
    except winback.FollowUpError as error:
        return toast(request, _part(request, row), error.sentence, "error")
    return toast(request, _part(request, row), _("Let be. They are not asked."))


@require_POST
@needs(Right.ANSWER)
def followup_closing(request: MemberRequest, pk: int) -> HttpResponse:
    """Puts the closing line into the composer, to be seen by those who watched. A person sends it."""
    row = find(request, pk)
    words = winback.closing_words(row, winback.satisfaction_of(row))
    if not words:
        return toast(request, show_composer(request, pk), _("There is no closing line to write here now."), "error")
    typed = request.POST.get("text", "").rstrip()
    if reply.route_of(row).kind is not RouteKind.API:
        return insert(row, words)
    text = typed if words in typed else f"{typed}\n\n{words}".strip()
    reply.save_draft(row, request.user, text, purpose=reply.Reply.Purpose.CLOSING)
    return show_composer(request, pk)
