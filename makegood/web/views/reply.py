"""The composer's actions: keep the draft, send, take back, try again."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from makegood.accounts.api import Right
from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.web.composer import composer_context, preview_context
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.together import collision_of
from makegood.web.views import promises
from makegood.web.views.inbox import find

__all__ = ["discard", "draft", "options", "propose", "replan", "reply_row", "retry", "send", "show_composer", "undo"]

PURPOSES = frozenset(reply.Reply.Purpose.values)


def show_composer(
    request: MemberRequest, pk: int, problem: str = "", collision: desk.Collision | None = None
) -> HttpResponse:
    """The composer of a conversation as it stands now; 422 with a problem, or when somebody else was faster."""
    context = composer_context(request, find(request, pk), (problem,) if problem else ())
    context["collision"] = collision
    return render(request, "inbox/composer.html", context, status=422 if problem or collision else 200)


def reply_row(request: MemberRequest, pk: int) -> reply.Reply:
    """An answer in a conversation that the asker may see, else 404."""
    rows = reply.Reply.objects.within(request.workspace).select_related(
        "author", "conversation__latest", "conversation__workspace"
    )
    row: reply.Reply | None = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    find(request, row.conversation_id)
    return row


def _kept(request: MemberRequest, row: desk.Conversation, **changed: Any) -> reply.Reply | None:
    """Saves the form as the member's draft: its words, and how they are to be sent."""
    form = request.POST
    wanted: dict[str, Any] = {}
    if form.get("purpose") in PURPOSES:
        wanted["purpose"] = form["purpose"]
    if "counters" in form:
        wanted["counters"] = form.getlist("counters")[-1] == "1"
    if "quoted_id" in form:
        wanted["quoted_id"] = form["quoted_id"][:1000]
    if "follow_up" in form:
        wanted["follow_up"] = form["follow_up"].strip()[:300] if form.get("say_so") else ""
    draft = reply.save_draft(row, request.user, form.get("text", ""), **(wanted | changed))
    if draft is not None:
        _describe(request, row, draft)
    return draft


def _describe(request: MemberRequest, row: desk.Conversation, draft: reply.Reply) -> None:
    rule = reply.capability_for(row, reply.accounts_for(row)).media
    for one in draft.media.all():
        said = request.POST.get(f"alt-{one.pk}")
        if rule is not None and said is not None and said.strip() != one.alt:
            reply.describe_media(one, said[: rule.alt_limit], rule.alt_limit)


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


@require_POST
@needs(Right.PROPOSE)
def draft(request: MemberRequest, pk: int) -> HttpResponse:
    """Keeps what is typed so far, and answers with how it would go out."""
    row = find(request, pk)
    kept = _kept(request, row)
    capability = reply.capability_for(row, reply.accounts_for(row))
    return render(request, "inbox/composer_preview.html", {"c": row, **preview_context(row, kept, capability)})


@require_POST
@needs(Right.PROPOSE)
def options(request: MemberRequest, pk: int) -> HttpResponse:
    """Changes how it is to be sent: `mode` (answer, private, closing), `quote` (a message's number, "" takes it
    off).
    """
    row = find(request, pk)
    changed: dict[str, Any] = {}
    mode = request.POST.get("mode", "")
    if mode in PURPOSES:
        changed["purpose"] = mode
        if mode == reply.Reply.Purpose.PRIVATE:
            changed["follow_up"] = _("We have sent you a private message.")
    if "quote" in request.POST:
        number = _number(request.POST["quote"])
        message = desk.Message.objects.within(request.workspace).filter(conversation=row, pk=number or 0).first()
        changed["quoted_id"] = message.network_id if message else ""
    _kept(request, row, **changed)
    return show_composer(request, pk)


@require_POST
@needs(Right.ANSWER)
def send(request: MemberRequest, pk: int) -> HttpResponse:
    """Into the outbox, at once or at the moment `when`; or, with `handoff`, notes that it was answered on the
    network's own page. What a newcomer sends is proposed.
    """
    row = find(request, pk)
    _kept(request, row)
    if request.POST.get("handoff"):
        return _by_hand(request, row)
    return _go(request, row, propose_only=not reply.may_send(request.membership))


@require_POST
@needs(Right.PROPOSE)
def propose(request: MemberRequest, pk: int) -> HttpResponse:
    """Lays it before those who approve."""
    row = find(request, pk)
    _kept(request, row)
    return _go(request, row, propose_only=True)


def _go(request: MemberRequest, row: desk.Conversation, *, propose_only: bool) -> HttpResponse:
    collision = collision_of(request, row)
    if collision is not None:
        return show_composer(request, row.pk, collision=collision)
    text, channel = request.POST.get("text", ""), _number(request.POST.get("channel", ""))
    when = request.POST.get("when", "")
    act = reply.propose if propose_only else reply.queue
    own_data = bool(request.POST.get("own_data"))
    try:
        at = reply.moment(when, row.workspace.timezone) if when else None
        given = promises.asked(request)
        sent = act(row, request.user, text, channel, send_at=at, own_data=own_data)
    except (reply.ReplyError, desk.MomentError) as error:
        return show_composer(request, row.pk, str(error))
    promises.take(request, row, given, sent)
    return show_composer(request, row.pk)


def _by_hand(request: MemberRequest, row: desk.Conversation) -> HttpResponse:
    if not reply.may_send(request.membership):
        raise PermissionDenied(_("Somebody has to approve what you write before it goes out."))
    try:
        given = promises.asked(request)
    except desk.MomentError as error:
        return show_composer(request, row.pk, str(error))
    done = reply.record_by_hand(row, request.user, request.POST.get("text", ""))
    promises.take(request, row, given, done)
    said = done.follow_up if done.purpose == reply.Reply.Purpose.PRIVATE else ""
    if not said:
        return show_composer(request, row.pk)
    try:
        reply.queue(find(request, row.pk), request.user, said, _number(request.POST.get("channel", "")))
    except reply.ReplyError as error:
        reply.save_draft(row, request.user, said)
        return show_composer(request, row.pk, str(error))
    return show_composer(request, row.pk)


@require_POST
@needs(Right.PROPOSE)
def undo(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes back what is not yet being sent; a proposal only its author."""
    row = reply_row(request, pk)
    if row.state == reply.Reply.State.PROPOSED:
        done = reply.take_back(row, request.user)
        return show_composer(request, row.conversation_id, "" if done else _("Somebody has decided already."))
    if row.author_id != request.user.pk and not reply.may_send(request.membership):
        raise PermissionDenied(_("Only who wrote it, or somebody who may send answers, can take it back."))
    done = reply.undo(row, request.user)
    return show_composer(request, row.conversation_id, "" if done else _("Too late: it is already on its way."))


@require_POST
@needs(Right.ANSWER)
def replan(request: MemberRequest, pk: int) -> HttpResponse:
    """Lets a planned or held answer go out at another moment, `when`; without one, now."""
    row = reply_row(request, pk)
    _must_send(request)
    when = request.POST.get("when", "")
    try:
        if when:
            done = reply.replan(row, request.user, reply.moment(when, request.workspace.timezone))
        else:
            done = reply.send_now(row, request.user)
    except reply.ReplyError as error:
        return show_composer(request, row.conversation_id, str(error))
    return show_composer(request, row.conversation_id, "" if done else _("Too late: it is already on its way."))


@require_POST
@needs(Right.ANSWER)
def retry(request: MemberRequest, pk: int) -> HttpResponse:
    """Once more; the network is asked first whether it stands already."""
    row = reply_row(request, pk)
    _must_send(request)
    reply.retry(row, request.user)
    return show_composer(request, row.conversation_id)


@require_POST
@needs(Right.ANSWER)
def discard(request: MemberRequest, pk: int) -> HttpResponse:
    """Gives it up; the text comes back into the composer."""
    row = reply_row(request, pk)
    reply.discard(row, request.user)
    return show_composer(request, row.conversation_id)


def _must_send(request: MemberRequest) -> None:
    if not reply.may_send(request.membership):
        raise PermissionDenied(_("Somebody has to approve what you write before it goes out."))
