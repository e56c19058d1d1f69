"""What comes back: returns by their number, where each is, and by when it is due."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from makegood.accounts.api import Membership, Right
from makegood.desk import api as desk
from makegood.kit import clock, keyset
from makegood.resolve import api as resolve
from makegood.web.forms_resolve import read_amount, show_amount
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["one", "returns"]

PAGE = 30
State = resolve.ReturnCase.State
ICONS = {
    State.OPEN: "waiting",
    State.SENT: "send",
    State.RECEIVED: "inbox",
    State.CHECKED: "check",
    State.CLOSED: "done",
    State.LAPSED: "late",
}


def _rows(member: Membership) -> QuerySet[resolve.ReturnCase]:
    rows = resolve.ReturnCase.objects.within(member.workspace_id)
    return rows.filter(remedy__conversation__in=desk.visible(member))


@require_GET
@needs(Right.WORK)
def returns(request: MemberRequest) -> HttpResponse:
    """The returns of one state, what is due first on top; a further page alone for htmx. 3 queries."""
    chosen = request.GET.get("state", "")
    state = chosen if chosen in State.values else str(State.OPEN)
    rows = _rows(request.membership).filter(state=state).annotate(due=Coalesce("send_by", "changed_at"))
    if key := keyset.read(request.GET.get("after", "")):
        rows = rows.filter(Q(due__gt=key[0]) | Q(due=key[0], pk__gt=key[1]))
    rows = rows.select_related("remedy__conversation", "remedy__order").order_by("due", "pk")
    found = list(rows[: PAGE + 1])
    page = found[:PAGE]
    after = keyset.after_row(page[-1].due, page[-1].pk) if len(found) > PAGE else ""
    facts: dict[str, Any] = {
        "section": "decide",
        "rows": page,
        "now": clock.now(),
        "waits": state in (State.OPEN, State.SENT),
        "next_url": f"{reverse('returns')}?{urlencode({'state': state, 'after': after})}" if after else "",
    }
    if request.htmx and "after" in request.GET:
        return render(request, "returns/rows.html", facts)
    return render(
        request,
        "returns/page.html",
        facts | {"tabs": _tabs(request.membership, state), "here": request.get_full_path()},
    )


def _tabs(member: Membership, state: str) -> list[dict[str, Any]]:
    counted = dict(_rows(member).order_by().values_list("state").annotate(n=Count("pk")))
    return [
        {
            "title": each.label.capitalize(),
            "url": f"{reverse('returns')}?{urlencode({'state': each.value})}",
            "current": each == state,
            "count": counted.get(each.value) or None,
        }
        for each in State
    ]


@require_http_methods(["GET", "POST"])
@needs(Right.WORK)
def one(request: MemberRequest, pk: int) -> HttpResponse:
    """One return; POST says where it is now (`state`), and with that what follows."""
    row = _row(request, pk)
    if request.method == "GET":
        return render(request, "returns/one.html", _facts(row))
    said = request.POST
    try:
        amount = _amount(said.get("refund", ""), row) if said.get("state") == State.CHECKED else None
        tracking, note = said.get("tracking", ""), said.get("note", "")
        resolve.mark(row, said.get("state", ""), request.membership, tracking=tracking, note=note, refund_minor=amount)
    except (resolve.ResolveError, ValueError) as error:
        facts = _facts(_row(request, pk)) | {"problem": str(error), "typed": said}
        return render(request, "returns/one.html", facts, status=422)
    messages.success(request, _("Noted: %(what)s.") % {"what": State(said["state"]).label})
    return redirect("return-one", pk)


def _amount(text: str, row: resolve.ReturnCase) -> int | None:
    """What goes back, in minor units: as it was approved where nothing was written. ValueError with a sentence."""
    return read_amount(text, row.remedy.currency) if text.strip() and row.then_refund_minor else None


def _row(request: MemberRequest, pk: int) -> resolve.ReturnCase:
    rows = _rows(request.membership).select_related(
        "remedy__conversation", "remedy__order", "remedy__case", "remedy__contact"
    )
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _facts(row: resolve.ReturnCase) -> dict[str, Any]:
    refund = resolve.refund_of(row.remedy)
    return {
        "section": "decide",
        "row": row,
        "remedy": row.remedy,
        "refund": refund,
        "ahead": [State(each) for each in resolve.RETURN_AHEAD[row.state]],
        "refund_now": show_amount(row.then_refund_minor, row.remedy.currency),
        "icon": ICONS[State(row.state)],
        "steps": [
            {"state": each, "done": _done(row.state, each)}
            for each in (State.OPEN, State.SENT, State.RECEIVED, State.CHECKED, State.CLOSED)
        ],
        "late": bool(row.send_by and row.send_by < clock.now() and row.state == State.OPEN),
    }


def _done(now: str, step: Any) -> bool:
    order = [State.OPEN, State.SENT, State.RECEIVED, State.CHECKED, State.CLOSED]
    return now in order and order.index(State(now)) >= order.index(step)
