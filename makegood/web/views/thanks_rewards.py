"""The catalogue, asking for a reward, and what one has asked for."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right, allows
from makegood.rewards import api as rewards
from makegood.web.forms_thanks import request_key
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.thanks import number, tabs

__all__ = ["ask", "rewards_page", "withdraw"]


@require_GET
@needs(Right.SEE)
def rewards_page(request: MemberRequest) -> HttpResponse:
    """What points can be turned into; a further page of one's own requests alone for htmx."""
    if request.htmx and "before" in request.GET:
        rows, before = rewards.requests_of(request.membership, number(request.GET.get("before")))
        return render(request, "thanks/requests_rows.html", {"rows": rows, "before": before})
    return _page(request)


def _page(request: MemberRequest, problem: str = "", about: int = 0) -> HttpResponse:
    member = request.membership
    seat = rewards.seat_of(member)
    rows, before = rewards.requests_of(member)
    shown = seat.takes_part or allows(member.role, Right.READ)
    facts = {
        "section": "thanks",
        "tabs": tabs(request, "thanks-rewards"),
        "seat": seat,
        "shown": shown,
        "catalogue": [(row, uuid.uuid4().hex) for row in (rewards.catalogue(request.workspace) if shown else [])],
        "balance": rewards.balance_of(request.workspace.pk, member.user_id),
        "rows": rows,
        "before": before,
        "problem": problem,
        "about": about,
        "wish": request.POST.get("wish", ""),
    }
    return render(request, "thanks/rewards.html", facts, status=422 if problem else 200)


@require_POST
@needs(Right.NOTE)
def ask(request: MemberRequest, pk: int) -> HttpResponse:
    """Asks for a reward; its points are held."""
    if rewards.reward(request.workspace, pk) is None:
        raise Http404
    try:
        key = request_key(request.POST.get("request_key", ""))
        row = rewards.ask_for(request.membership, pk, request_key=key, wish=request.POST.get("wish", ""))
    except (rewards.RewardError, ValueError) as error:
        return _page(request, getattr(error, "sentence", "") or str(error), pk)
    messages.success(request, _("You asked for “%(name)s”. Its points are held for it.") % {"name": row.reward_name})
    return redirect("thanks-rewards")


@require_POST
@needs(Right.NOTE)
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes one's own request back."""
    row = rewards.RewardRequest.objects.within(request.workspace).filter(pk=pk, user_id=request.membership.user_id)
    if not row.exists():
        raise Http404
    try:
        rewards.withdraw_request(request.membership, pk)
    except rewards.RewardError as error:
        return _page(request, error.sentence)
    messages.success(request, _("Taken back. Its points are yours again."))
    return redirect("thanks-rewards")
