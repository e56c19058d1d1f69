"""Thanks beside a conversation: who was thanked for it, and a small form to thank somebody."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from makegood.accounts.api import Right
from makegood.desk import api as desk
from makegood.rewards import api as rewards
from makegood.web.forms_thanks import KudosForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.inbox import find
from makegood.web.views.thanks import counts_for, try_give

__all__ = ["form", "side"]


@require_GET
@needs(Right.SEE)
def side(request: MemberRequest, pk: int) -> HttpResponse:
    """The kudos for this conversation that the member may read, and a button."""
    return _side(request, find(request, pk))


def _side(request: MemberRequest, talk: desk.Conversation, said: str = "") -> HttpResponse:
    seat = rewards.seat_of(request.membership)
    rows = rewards.kudos_about(request.membership, seat.takes_part, talk)
    facts = {"c": talk, "rows": rows, "seat": seat, "toast": said}
    return render(request, "thanks/side.html", facts)


@require_http_methods(["GET", "POST"])
@needs(Right.NOTE)
def form(request: MemberRequest, pk: int) -> HttpResponse:
    """The form in the dialog; POST gives, and answers with the part beside the conversation."""
    talk = find(request, pk)
    row, people = rewards.settings_of(request.workspace), rewards.colleagues(request.membership, talk)
    own = KudosForm(people, row.values, request.POST if request.method == "POST" else None)
    if request.method == "POST" and (kudos := try_give(request, own, talk)) is not None:
        answer = _side(request, talk, counts_for(kudos))
        answer["HX-Retarget"], answer["HX-Reswap"] = "#thanks-part", "innerHTML"
        return answer
    facts = {
        "c": talk,
        "form": own,
        "people": people,
        "seat": rewards.seat_of(request.membership),
        "left": rewards.left_today(request.membership),
        "a_day": row.kudos_a_day,
        "request_key": request.POST.get("request_key") or uuid.uuid4().hex,
    }
    return render(request, "thanks/form.html", facts, status=422 if own.errors else 200)
