"""Praise: the best first, thanked, and asked whether it may be shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right
from makegood.amplify import api as amplify
from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.web.permissions import needs
from makegood.web.praise_facts import card_facts, messages_of, share_facts
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find

__all__ = ["answer", "ask", "grant", "one", "permission", "praise", "show_one", "side", "stand", "thank"]

PAGE = 20
NAMES = {
    "waiting": gettext_lazy("To thank"),
    "thanked": gettext_lazy("Thanked"),
    "passed": gettext_lazy("Let stand"),
    "gone": gettext_lazy("Deleted by them"),
}


@require_GET
@needs(Right.READ)
def praise(request: MemberRequest) -> HttpResponse:
    """One part of the queue, best first; a further page alone for htmx. 9 queries."""
    asked = request.GET.get("view", "")
    view = asked if asked in amplify.PRAISE_VIEWS else "waiting"
    after = _after(request.GET.get("after", ""))
    cards, more = amplify.cards(request.membership, view, after, PAGE)
    key = urlencode({"view": view, "after": f"{more[0]}~{more[1]}"}) if more else ""
    facts = card_facts(request, cards) | {
        "section": "praise",
        "view": view,
        "next_url": f"{reverse('praise')}?{key}" if key else "",
    }
    if request.htmx and after is not None:
        return render(request, "praise/rows.html", facts)
    counted = amplify.praise_counts(request.membership)
    facts["views"] = [
        {
            "title": name,
            "url": f"{reverse('praise')}?{urlencode({'view': slug})}",
            "current": slug == view,
            "count": counted[slug] or None,
        }
        for slug, name in NAMES.items()
    ]
    facts["proposals"] = amplify.proposals(request.membership)
    facts["here"] = request.get_full_path()
    return render(request, "praise/page.html", facts)


def _after(key: str) -> tuple[float, int] | None:
    """The rank and number of the last row shown; None for whatever is no key."""
    rank, _tilde, number = key.partition("~")
    try:
        return (float(rank), int(number)) if number.isascii() and number.isdigit() and len(number) < 19 else None
    except ValueError:
        return None


def card(request: MemberRequest, pk: int) -> amplify.Card:
    """A praise that the asker may see, else 404."""
    found = amplify.card_of(request.membership, pk)
    if found is None:
        raise Http404
    return found


@require_GET
@needs(Right.READ)
def one(request: MemberRequest, pk: int) -> HttpResponse:
    """One praise: what was asked, what they allow, and how to carry it on."""
    return show_one(request, card(request, pk))


def show_one(request: MemberRequest, found: amplify.Card, problem: str = "", typed: Any = None) -> HttpResponse:
    """The page of one praise, with what is wrong with what was typed."""
    facts = card_facts(request, [found]) | share_facts(request, found)
    facts |= {"section": "praise", "card": found, "why": facts["cards"][0]["why"], "problem": problem}
    facts |= {"typed": typed or {"kind": ""}, "messages_in": messages_of(found)}
    return render(request, "praise/one.html", facts, status=422 if problem else 200)


def _do(request: MemberRequest, pk: int, act: Callable[[], object], said: str) -> HttpResponse:
    """Does something and goes back to where it was asked, with a word on how it went."""
    try:
        act()
    except amplify.PraiseError as error:
        messages.error(request, error.sentence)
    else:
        if said:
            messages.success(request, said)
    return _back(request, pk)


def _back(request: MemberRequest, pk: int) -> HttpResponse:
    if request.POST.get("back") == "queue":
        return redirect("praise")
    return redirect("praise-one", pk)


def _into_composer(request: MemberRequest, found: amplify.Card, take: Callable[[], str]) -> HttpResponse:
    """Lays words into the answer: beside a thread at once, from elsewhere by way of the draft."""
    talk = found.praise.conversation
    try:
        words = take()
    except amplify.PraiseError as error:
        if request.htmx:
            return _side(request, talk, error.sentence)
        messages.error(request, error.sentence)
        return _back(request, found.praise.pk)
    if request.htmx:
        response = _side(request, talk)
        event = {"mg:insert": {"conversation": talk.pk, "text": words, "open": []}}
        response["HX-Trigger-After-Settle"] = json.dumps(event)
        return response
    whole = desk.conversation(request.membership, talk.pk)
    if whole is None:
        raise Http404
    draft = reply.draft_of(whole, request.user)
    before = draft.text.rstrip() if draft else ""
    reply.save_draft(whole, request.user, f"{before}\n\n{words}" if before and words not in before else before or words)
    messages.success(request, _("The words are in your answer. Read them once more, then send."))
    return redirect("conversation", talk.pk)


@require_POST
@needs(Right.PROPOSE)
def thank(request: MemberRequest, pk: int) -> HttpResponse:
    """Lays thanks into the answer."""
    found = card(request, pk)
    return _into_composer(request, found, lambda: amplify.take_thanks(request.membership, pk))


@require_POST
@needs(Right.PROPOSE)
def ask(request: MemberRequest, pk: int) -> HttpResponse:
    """Lays the question for permission into the answer."""
    found = card(request, pk)
    scopes = request.POST.getlist("scope")
    return _into_composer(request, found, lambda: amplify.take_question(request.membership, pk, scopes))


@require_POST
@needs(Right.WORK)
def stand(request: MemberRequest, pk: int) -> HttpResponse:
    """Lets a praise stand without thanks, or (`on`=0) takes it up again."""
    card(request, pk)
    if request.POST.get("on") == "0":
        return _do(request, pk, lambda: amplify.take_up(request.membership, pk), _("It is back in the queue."))
    return _do(request, pk, lambda: amplify.let_stand(request.membership, pk), _("It stands without thanks."))


@require_POST
@needs(Right.WORK)
def grant(request: MemberRequest, pk: int) -> HttpResponse:
    """Notes a permission that stands in one of their messages."""
    card(request, pk)
    scopes, said = request.POST.getlist("scope"), request.POST.get("message", "")
    message = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0
    return _do(
        request,
        pk,
        lambda: amplify.grant(request.membership, pk, message, scopes),
        _("Their permission is kept, with what they wrote."),
    )


SAID = {
    "yes": gettext_lazy("Their permission is kept, with what they wrote."),
    "no": gettext_lazy("Noted: they do not want it."),
    "not": gettext_lazy("Noted. Makegood waits for their answer."),
}


@require_POST
@needs(Right.WORK)
def answer(request: MemberRequest, pk: int) -> HttpResponse:
    """Says what the message means that seems to answer a question: yes, no, or nothing about it."""
    rows = amplify.PermissionAsk.objects.within(request.workspace).filter(pk=pk)
    key = rows.values_list("praise", flat=True).first()
    if key is None:
        raise Http404
    card(request, key)
    acts = {"yes": amplify.confirm, "no": amplify.decline, "not": amplify.not_an_answer}
    means = request.POST.get("means", "")
    if means not in acts:
        raise Http404
    return _do(request, key, lambda: acts[means](request.membership, pk), str(SAID[means]))


@require_POST
@needs(Right.WORK)
def permission(request: MemberRequest, pk: int) -> HttpResponse:
    """Ends a permission that they have taken back, or (`keep`) says that the message does not."""
    rows = amplify.Permission.objects.within(request.workspace).filter(pk=pk)
    key = rows.values_list("praise", flat=True).first()
    if key is None:
        raise Http404
    card(request, key)
    if "keep" in request.POST:
        return _do(request, key, lambda: amplify.keep_doubtful(request.membership, pk), _("The permission stays."))
    because = request.POST.get("because", "").strip()[:300]
    return _do(
        request,
        key,
        lambda: amplify.revoke(request.membership, pk, because),
        _("The permission has ended. Whatever was shared is taken down now."),
    )


def _side(request: MemberRequest, row: desk.Conversation, problem: str = "") -> HttpResponse:
    cards = amplify.praise_in(request.membership, row)
    facts = card_facts(request, cards) | {"c": row, "problem": problem}
    return render(request, "praise/side.html", facts)


@require_GET
@needs(Right.READ)
def side(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: the praise in a conversation, and what was asked and granted. 6 queries."""
    return _side(request, find(request, pk))
