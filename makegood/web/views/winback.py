"""Asking again: what lies ready to be sent, what was answered, and the figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from makegood.accounts.api import Right
from makegood.kit import clock
from makegood.kit.shares import Share
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.said_words import SAID_WORDS
from makegood.winback import api as winback

__all__ = ["winback_page"]

PERIODS = {"90": gettext_lazy("90 days"), "365": gettext_lazy("12 months"), "1825": gettext_lazy("5 years")}


@require_GET
@needs(Right.READ)
def winback_page(request: MemberRequest) -> HttpResponse:
    """The landing page of winning back; a further page of either list alone for htmx. About 10 queries."""
    more = request.GET.get("more", "")
    if request.htmx and more in ("ready", "answers"):
        facts = _ready(request) if more == "ready" else _answers(request)
        return render(request, f"winback/{more}.html", facts)
    chosen = request.GET.get("days", "90")
    chosen = chosen if chosen in PERIODS else "90"
    found = winback.scores(request.workspace, clock.now() - timedelta(days=int(chosen)))
    facts = {
        "section": "winback",
        "tab": "followups",
        "scores": found,
        "satisfied": _share(found.satisfied),
        "answering": _share(found.answering),
        "chart": _chart(found) if found.satisfied else None,
        "fewest": winback.FEWEST,
        "periods": [
            {"title": words, "url": f"{reverse('winback')}?{urlencode({'days': slug})}", "current": slug == chosen}
            for slug, words in PERIODS.items()
        ],
    }
    return render(request, "winback/page.html", facts | _ready(request) | _answers(request))


def _ready(request: MemberRequest) -> dict[str, Any]:
    page = winback.ready_page(request.membership, request.GET.get("after", "") if _is("ready", request) else "")
    return {"ready_rows": page.rows, "ready_url": _more("ready", page.after)}


def _answers(request: MemberRequest) -> dict[str, Any]:
    page = winback.answers_page(request.membership, request.GET.get("after", "") if _is("answers", request) else "")
    return {"answer_rows": page.rows, "answers_url": _more("answers", page.after)}


def _is(which: str, request: MemberRequest) -> bool:
    return request.GET.get("more") == which


def _more(which: str, after: str) -> str:
    return f"{reverse('winback')}?{urlencode({'more': which, 'after': after})}" if after else ""


def _share(found: Share | None) -> dict[str, str] | None:
    """A share as words: the figure, and the span in which the true one lies."""
    if found is None or found.value is None:
        return None
    return {"value": f"{found.value:.0%}", "low": f"{found.low:.0%}", "high": f"{found.high:.0%}"}


@dataclass(frozen=True)
class Bar:
    """One score's bar, in the chart's units."""

    score: int
    name: str
    count: int
    x: int
    y: int
    tall: int
    middle: int


def _chart(found: winback.Scores) -> dict[str, Any]:
    """Bars for the scores 1 to 5, and the same in a sentence for who does not see them."""
    width, gap, height, above = 44, 16, 110, 20
    top = max(found.counts)
    bars = []
    for number, count in enumerate(found.counts):
        tall = round(height * count / top) if top else 0
        tall = max(tall, 2 if count else 0)
        x = number * (width + gap)
        name = SAID_WORDS["en"][str(number + 1)]
        bars.append(Bar(number + 1, name, count, x, above + height - tall, tall, x + width // 2))
    facts = ", ".join(_("%(n)d gave %(score)d") % {"n": bar.count, "score": bar.score} for bar in bars)
    return {
        "bars": bars,
        "bar_width": width,
        "width": len(bars) * (width + gap) - gap,
        "height": above + height + 24,
        "names_y": above + height + 17,
        "words": _("Answers by score: %(facts)s.") % {"facts": facts},
    }
