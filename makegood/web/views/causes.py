"""Causes: what complaints have in common, what it costs, who mends it; and whether there are suddenly more."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from makegood.accounts.api import Right, allows
from makegood.web.permissions import needs, require
from makegood.web.request import MemberRequest
from makegood.web.views.causes_forms import form_for, wish_of
from makegood.winback import api as winback

__all__ = ["cause", "cause_page", "causes", "rises"]

NAMES = {"open": gettext_lazy("To be fixed"), "fixed": gettext_lazy("Fixed"), "all": gettext_lazy("All")}
State = winback.Cause.State
Part = winback.CauseMember.State
LISTS = {"in": Part.IN, "suggested": Part.SUGGESTED}
SPANS = {"week": gettext_lazy("By week"), "day": gettext_lazy("By day")}


@require_GET
@needs(Right.READ)
def causes(request: MemberRequest) -> HttpResponse:
    """What rises, the causes, and what Makegood proposes; a further page of causes alone for htmx. About 10 queries."""
    view = request.GET.get("view", "open")
    view = view if view in winback.CAUSE_VIEWS else "open"
    page = winback.causes_page(request.workspace, view, request.GET.get("after", ""))
    facts: dict[str, Any] = {
        "section": "winback",
        "tab": "causes",
        "rows": page.rows,
        "next_url": _url("causes", view=view, after=page.after) if page.after else "",
    }
    if request.htmx and "after" in request.GET:
        return render(request, "causes/rows.html", facts)
    facts |= {
        "views": [
            {"title": words, "url": _url("causes", view=slug), "current": slug == view} for slug, words in NAMES.items()
        ],
        "rises": _rises(request),
        "proposals": winback.proposals(request.workspace),
        "may_work": allows(request.membership.role, Right.WORK),
    }
    return render(request, "causes/page.html", facts)


def _url(name: str, *keys: int, **query: str) -> str:
    return f"{reverse(name, args=keys)}?{urlencode(query)}"


def _rises(request: MemberRequest) -> list[dict[str, Any]]:
    return [{"rise": row, "because": winback.evidence_words(row)} for row in winback.rises_open(request.workspace)]


@require_GET
@needs(Right.READ)
def cause(request: MemberRequest, pk: int) -> HttpResponse:
    """One cause or proposal; a further page of its complaints alone for htmx. About 15 queries."""
    row = winback.one_cause(request.workspace, pk)
    if row is None:
        raise Http404
    if row.cause.pk != pk:
        return redirect("cause", row.cause.pk)
    if request.htmx and request.GET.get("list") in LISTS:
        return render(request, "causes/members.html", _members(request, row, request.GET["list"]) | _who(request, row))
    return cause_page(request, row)


def cause_page(request: MemberRequest, row: winback.CauseRow, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a cause, with what else is to be said on it."""
    proposed = row.cause.state == State.PROPOSED
    by = request.GET.get("by", "week")
    by = by if by in SPANS else "week"
    trend = winback.trend_of(request.workspace, row.cause, by)
    told, whole = winback.count_to_tell(request.workspace, row.cause)
    facts = {
        "section": "winback",
        "tab": "causes",
        "row": row,
        "trend": _chart(trend),
        "spans": [
            {"title": words, "url": _url("cause", row.cause.pk, by=slug), "current": slug == by}
            for slug, words in SPANS.items()
        ],
        "lists": [] if proposed else [_members(request, row, "in"), _members(request, row, "suggested")],
        "cost": winback.cost_of_cause(request.workspace, row.cause),
        "told": told,
        "whole": whole,
        "rises": [each for each in _rises(request) if each["rise"].cause_id == row.cause.pk],
        "others": [each for each in winback.live_causes(request.workspace) if each.pk != row.cause.pk],
        **_who(request, row),
        **more,
    }
    if proposed:
        facts |= _members(request, row, "suggested")
        facts.setdefault("form", form_for(request.workspace, None, wish_of(row.cause)))
    return render(request, "causes/proposal.html" if proposed else "causes/one.html", facts, status=status)


def _who(request: MemberRequest, row: winback.CauseRow) -> dict[str, Any]:
    role = request.membership.role
    return {
        "cause": row.cause,
        "unticked": set(),
        "may_work": allows(role, Right.WORK),
        "may_answer": allows(role, Right.ANSWER),
        "fixed": row.cause.state == State.FIXED,
        "proposed": row.cause.state == State.PROPOSED,
    }


def _members(request: MemberRequest, row: winback.CauseRow, which: str) -> dict[str, Any]:
    after = request.GET.get("after", "") if request.GET.get("list") == which else ""
    page = winback.members_page(request.workspace, row.cause, LISTS[which], after)
    url = _url("cause", row.cause.pk, list=which, after=page.after) if page.after else ""
    return {"members": page.rows, "next_url": url, "which": which}


def _chart(trend: winback.Trend) -> dict[str, Any]:
    """Bars for the spans, and the same as rows of a table."""
    width, gap, height, above = (14, 5, 84, 14)
    top = max(1, *(count for _day, count in trend.rows))
    bars = []
    for number, (day, count) in enumerate(trend.rows):
        tall = round(height * count / top) if count else 0
        x = number * (width + gap)
        bars.append(
            {
                "x": x,
                "y": above + height - tall,
                "tall": tall,
                "middle": x + width // 2,
                "day": day,
                "count": count,
                "name": formats.date_format(day, "j M") if number % (7 if trend.days == 1 else 5) == 0 else "",
            }
        )
    return {
        "bars": bars,
        "bar_width": width,
        "width": len(bars) * (width + gap) - gap + 24,
        "height": above + height + 20,
        "base": above + height,
        "names_y": above + height + 15,
        "top": top,
        "days": trend.days,
        "whole": sum(count for _day, count in trend.rows),
    }


@require_http_methods(["GET", "POST"])
@needs(Right.READ)
def rises(request: MemberRequest) -> HttpResponse:
    """What is watched for rises and how it stands; POST says how many false alarms there may be. About 14 queries."""
    problem = ""
    typed: Any = winback.per_quarter_of(request.workspace)
    if request.method == "POST":
        require(request, Right.APPROVE)
        typed = request.POST.get("per_quarter", "")
        try:
            winback.set_false_alarms(request.membership, int(typed) if typed.isascii() and typed.isdigit() else 0)
        except winback.CauseError as error:
            problem = error.sentence
        else:
            messages.success(request, _("Saved. It holds from now on."))
            return redirect("rises")
    facts = {
        "section": "winback",
        "tab": "causes",
        "rows": [_watched(each) for each in winback.watched(request.workspace)],
        "per_quarter": typed,
        "problem": problem,
        "may_change": allows(request.membership.role, Right.APPROVE),
    }
    return render(request, "causes/rises.html", facts, status=422 if problem else 200)


def _watched(each: winback.Watched) -> dict[str, Any]:
    evidence = each.verdict.evidence
    return {
        "name": each.name,
        "cause": each.cause,
        "verdict": each.verdict,
        "today": evidence,
        "expected": formats.number_format(evidence.expected, decimal_pos=1) if evidence else "",
    }
