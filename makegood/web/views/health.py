"""How Makegood is doing, on one page: what works, what waits, and what needs somebody."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from makegood.accounts.api import Right, allows
from makegood.alerts import api as alerts
from makegood.identify import api as identify
from makegood.jobs import api as jobs
from makegood.resolve import api as resolve
from makegood.triage import api as triage
from makegood.web import doing
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["health"]

KINDS = {
    "alert": gettext_lazy("alerts"),
    "channel": gettext_lazy("channels being read"),
    "hookevent": gettext_lazy("webhooks"),
    "importrun": gettext_lazy("imports"),
    "refund": gettext_lazy("refunds"),
    "source": gettext_lazy("shops being read"),
}


@require_GET
@needs(Right.READ)
def health(request: MemberRequest) -> HttpResponse:
    """The page. What is about this installation, and not about the workspace, is for those who may read its journal."""
    workspace, role = request.workspace, request.membership.role
    rows = doing.channels(workspace)
    stuck, stuck_count = doing.stuck_replies(workspace)
    refunds, refunds_count = resolve.stuck_refunds(workspace)
    shops = [each for each in identify.source_health(workspace) if each.mood in doing.TROUBLED]
    troubled = sum(row.troubled for row in rows) + len(shops)
    facts: dict[str, Any] = {
        "section": "settings",
        "channels": rows,
        "shops": shops,
        "stuck": stuck,
        "stuck_count": stuck_count,
        "refunds": refunds,
        "refunds_count": refunds_count,
        "interrupted": doing.interrupted_replies(workspace),
    }
    needing = troubled + stuck_count + refunds_count
    if allows(role, Right.CONNECT):
        places = [place for place in alerts.destinations(workspace) if place.last_error]
        facts |= {"places": places, "failed_alerts": alerts.failed(workspace)}
        needing += len(places)
    if allows(role, Right.AUDIT):
        queues, runners = doing.queues(), doing.runners()
        facts |= {"queues": queues, "runners": runners, "machine": True, "expiries": _expiries()}
        facts["unread"] = triage.model_problem()
        needing += bool(facts["unread"])
        needing += sum(queue.late for queue in queues) + sum(runner.silent for runner in runners)
    return render(request, "health/page.html", facts | {"needing": needing})


def _expiries() -> list[tuple[Any, int]]:
    return [(KINDS.get(kind, kind), count) for kind, count in jobs.lease_expiries().items()]
