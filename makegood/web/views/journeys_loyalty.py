"""The loyalty report: whether those who complain buy again, beside others like them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from makegood.accounts.api import Right
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.winback import api as winback

__all__ = ["loyalty"]

WIDTH, LEFT, ROW = 640, 170, 40


@dataclass(frozen=True)
class Row:
    """One comparison, in words; `missing` instead where too few are counted."""

    name: str
    found: winback.Comparison | None
    missing: str = ""
    share: str = ""
    others_share: str = ""
    by: str = ""
    span: str = ""
    times: str = ""
    verdict: str = ""


def _points(value: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    number = formats.number_format(abs(round(100 * value, 1)), decimal_pos=1)
    return f"+{number}" if value > 0 else f"−{number}" if value < 0 else number


def _number(value: float) -> str:
    return str(formats.number_format(round(value, 2), decimal_pos=2))


def _missing(few: winback.TooFew) -> str:
    facts = {"have": few.have, "n": few.missing}
    if few.what == "cases":
        words = ngettext(
            "Counted so far: %(have)d who complained. %(n)d more is needed before anything can be said.",
            "Counted so far: %(have)d who complained. %(n)d more are needed before anything can be said.",
            few.missing,
        )
    elif few.what == "others":
        words = ngettext(
            "Only %(have)d customers are like those who complained. %(n)d more is needed before anything can be said.",
            "Only %(have)d customers are like those who complained. %(n)d more are needed before anything can be said.",
            few.missing,
        )
    elif few.what == "bought":
        words = _("Only %(have)d of all these bought again: too few to say anything. At least %(n)d more must.")
    else:
        words = _("All but %(have)d of these bought again: too few did not to say anything. %(n)d more are needed.")
    return words % facts


def _row(name: str, found: winback.Comparison | winback.TooFew) -> Row:
    if isinstance(found, winback.TooFew):
        return Row(name, None, missing=_missing(found))
    times = found.times
    if found.by.low > 0:
        verdict = _("more often than others like them")
    elif found.by.high < 0:
        verdict = _("less often than others like them")
    else:
        verdict = _("no difference that can be told from chance")
    return Row(
        name=name,
        found=found,
        share=f"{found.share:.1%}",
        others_share=f"{found.others_share:.1%}",
        by=_points(found.by.estimate),
        span=_("%(low)s to %(high)s") % {"low": _points(found.by.low), "high": _points(found.by.high)},
        times=_("%(n)s (%(low)s to %(high)s)")
        % {"n": _number(times.estimate), "low": _number(times.low), "high": _number(times.high)}
        if times
        else "",
        verdict=verdict,
    )


def _chart(rows: list[Row]) -> dict[str, Any]:
    """Each difference with its interval beside the line of no difference."""
    known = [(row, row.found) for row in rows if row.found]
    if not known:
        return {}
    reach = max(max(abs(found.by.low), abs(found.by.high)) for _row_, found in known)
    step = next((each for each in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if reach <= 2.2 * each), 0.5)
    edge = max(reach * 1.05, step)
    middle, half = LEFT + (WIDTH - LEFT) / 2, (WIDTH - LEFT) / 2 - 16

    def x(value: float) -> int:
        return round(middle + half * value / edge)

    bars = [
        {
            "name": row.name,
            "y": number * ROW + 28,
            "low": x(found.by.low),
            "wide": x(found.by.high) - x(found.by.low),
            "top": number * ROW + 24,
            "at": x(found.by.estimate),
            "clear": found.clear,
        }
        for number, (row, found) in enumerate(known)
    ]
    ticks = [{"x": x(part * step), "words": _points(part * step)} for part in range(-2, 3) if abs(part * step) <= edge]
    tall = len(bars) * ROW
    return {"bars": bars, "ticks": ticks, "zero": x(0), "width": WIDTH, "height": tall + 30, "tall": tall}


@require_GET
@needs(Right.READ)
def loyalty(request: MemberRequest) -> HttpResponse:
    """The report for one horizon. About 6 queries: it shows the newest count, which is a day old at most."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, winback.HORIZONS) else winback.HORIZONS[-1]
    found = winback.loyalty_of(request.workspace, days)
    rows = []
    if found is not None:
        rows = [
            _row(_("All who complained"), found.everybody),
            _row(_("Resolved in 30 days"), found.solved),
            _row(_("Not resolved"), found.unsolved),
        ]
    facts = {
        "section": "winback",
        "tab": "journeys",
        "days": days,
        "found": found,
        "rows": rows,
        "first": rows[0] if rows else None,
        "chart": _chart(rows),
        "least": winback.LEAST_TO_COMPARE,
        "horizons": [
            {
                "title": ngettext("%(n)d day", "%(n)d days", each) % {"n": each},
                "url": f"{reverse('loyalty')}?{urlencode({'days': each})}",
                "current": each == days,
            }
            for each in winback.HORIZONS
        ],
    }
    return render(request, "journeys/loyalty.html", facts)
