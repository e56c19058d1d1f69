"""How Makegood is doing, on one page: what works, what waits, and what needs somebody."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from makegood.accounts.api import Right, allows
from makegood.alerts import api as alerts
from makegood.jobs import api as jobs
from makegood.web import doing
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["health"]

KINDS = {
    "alert": gettext_lazy("alerts"),
    "channel": gettext_lazy("channels being read"),
    "importrun": gettext_lazy("imports"),
}


@require_GET
@needs(Right.READ)
def health(request: MemberRequest) -> HttpResponse:
    """The page. What is about this installation, and not about the workspace, is for those who may read its journal."""
    workspace, role = request.workspace, request.membership.role
    rows = doing.channels(workspace)
    stuck, stuck_count = doing.stuck_replies(workspace)
    troubled = sum(row.troubled for row in rows)
    facts: dict[str, Any] = {
        "section": "settings",
        "channels": rows,
        "stuck": stuck,
        "stuck_count": stuck_count,
        "interrupted": doing.interrupted_replies(workspace),
    }
    needing = troubled + stuck_count
    if allows(role, Right.CONNECT):
        places = [place for place in alerts.destinations(workspace) if place.last_error]
        facts |= {"places": places, "failed_alerts": alerts.failed(workspace)}
        needing += len(places)
    if allows(role, Right.AUDIT):
        queues, runners = doing.queues(), doing.runners()
        facts |= {"queues": queues, "runners": runners, "machine": True, "expiries": _expiries()}
        needing += sum(queue.late for queue in queues) + sum(runner.silent for runner in runners)
    return render(request, "health/page.html", facts | {"needing": needing})


def _expiries() -> list[tuple[Any, int]]:
    return [(KINDS.get(kind, kind), count) for kind, count in jobs.lease_expiries().items()]
