"""Promises: found in a draft, given with an answer or by hand, kept, moved, and on Today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from makegood.accounts.api import Right
from makegood.clocks import api as clocks
from makegood.desk import api as desk
from makegood.kit import clock
from makegood.reply.api import Reply
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find, show_conversation

__all__ = ["Given", "add", "asked", "find_in_draft", "keep", "move", "promises_today", "take", "withdraw"]

MOST = 5
SHOWN = 8


@dataclass(frozen=True)
class Given:
    """A promise that a member wants kept track of, from the composer's form."""

    words: str
    due_at: datetime
    why: str


def _zone(request: MemberRequest) -> str:
    book = clocks.books([request.workspace.pk])[request.workspace.pk]
    return book.hours.zone if book.hours else book.zone


def _local(at: datetime, zone: str) -> str:
    """A moment as a datetime-local input holds it, in the shop's time."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def _ticked(request: MemberRequest) -> list[tuple[str, str, str]]:
    """(words, moment, why) of each promise whose box is ticked, as posted."""
    form = request.POST
    rows = [number for number in form.getlist("promise") if number in {str(each) for each in range(MOST)}]
    return [
        (form.get(f"promise-words-{n}", ""), form.get(f"promise-due-{n}", ""), form.get(f"promise-why-{n}", ""))
        for n in rows
    ]


@require_POST
@needs(Right.PROPOSE)
def find_in_draft(request: MemberRequest, pk: int) -> HttpResponse:
    """The promises in what is typed so far. What was ticked or dated already stays so while its words stay."""
    row = find(request, pk)
    book = clocks.books([request.workspace.pk])[request.workspace.pk]
    zone = book.hours.zone if book.hours else book.zone
    ticked = {words: due for words, due, _why in _ticked(request)}
    found = [
        {
            "words": each.words,
            "why": each.why,
            "due_at": each.due_at,
            "value": ticked.get(each.words) or _local(each.due_at, zone),
            "ticked": each.words in ticked,
        }
        for each in clocks.find_promises(request.POST.get("text", ""), clock.now(), book.zone, book.hours)
    ]
    return render(request, "inbox/promise.html", {"c": row, "found": found, "zone": zone})


def asked(request: MemberRequest) -> list[Given]:
    """The promises to keep track of that were posted with an answer. Raises `desk.MomentError`, before it goes out."""
    ticked = _ticked(request)
    if not ticked:
        return []
    zone, now = _zone(request), clock.now()
    return [Given(words[:300], desk.read_moment(due, now, zone), why[:300]) for words, due, why in ticked if words]


def take(request: MemberRequest, row: desk.Conversation, given: list[Given], sent: Reply) -> None:
    """Keeps track of these, given in an answer that is queued, proposed or sent by now."""
    for each in given:
        desk.promise(row, each.words, each.due_at, request.user, made_in=f"reply:{sent.pk}", why=each.why)


@require_POST
@needs(Right.WORK)
def add(request: MemberRequest, pk: int) -> HttpResponse:
    """One by hand: on the telephone, say."""
    row = find(request, pk)
    try:
        due_at = desk.read_moment(request.POST.get("due", ""), clock.now(), _zone(request))
        desk.promise(row, request.POST.get("words", ""), due_at, request.user, why=_("Added by hand"))
    except (desk.MomentError, desk.PromiseError) as error:
        return HttpResponse(str(error), status=400)
    return show_conversation(request, find(request, pk))


def _do(request: MemberRequest, pk: int, promise: int, act: Callable[[desk.Clock], object]) -> HttpResponse:
    row = find(request, pk)
    found = desk.promise_of(row, promise)
    if found is None:
        raise Http404
    try:
        act(found)
    except (desk.MomentError, desk.PromiseError) as error:
        return HttpResponse(str(error), status=400)
    return show_conversation(request, find(request, pk))


@require_POST
@needs(Right.WORK)
def keep(request: MemberRequest, pk: int, promise: int) -> HttpResponse:
    """What was promised is done."""
    return _do(request, pk, promise, lambda row: desk.keep_promise(row, request.user))


@require_POST
@needs(Right.WORK)
def move(request: MemberRequest, pk: int, promise: int) -> HttpResponse:
    """To another moment, with the reason."""

    def act(row: desk.Clock) -> None:
        due_at = desk.read_moment(request.POST.get("due", ""), clock.now(), _zone(request))
        desk.move_promise(row, due_at, request.POST.get("reason", ""), request.user)

    return _do(request, pk, promise, act)


@require_POST
@needs(Right.WORK)
def withdraw(request: MemberRequest, pk: int, promise: int) -> HttpResponse:
    """It was no promise after all."""
    return _do(request, pk, promise, lambda row: desk.withdraw_promise(row, request.user))


def promises_today(request: MemberRequest) -> dict[str, Any]:
    """What Today shows of promises and clocks: broken, due today and tomorrow, and how it went week by week."""
    viewer, zone = request.membership, request.workspace.timezone
    return {
        "promises": desk.promises_due(viewer, zone, SHOWN),
        "promise_count": desk.promises_due_count(viewer, zone),
        "promises_shown": SHOWN,
        "kept_weeks": desk.kept_by_week(request.workspace.pk, zone),
    }
