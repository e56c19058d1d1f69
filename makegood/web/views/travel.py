"""How far a conversation's thread travels: a part of its side pane."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from makegood.accounts.api import Right
from makegood.triage import api as triage
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.travel_chart import travel_chart
from makegood.web.views.inbox import find

__all__ = ["travel"]


@require_GET
@needs(Right.READ)
def travel(request: MemberRequest, pk: int) -> HttpResponse:
    """A part: three figures, each with its moment, and a chart."""
    row = find(request, pk)
    reach = triage.reach_of(row.latest, row.followers, row.thread_read_at)
    context = {"c": row, "reach": reach, "spread": reach.spread, "chart": travel_chart(reach)}
    return render(request, "travel/side.html", context)
