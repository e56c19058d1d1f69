"""After a purchase: trouble to see to, mails that lie ready, and the figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right, mail_works
from makegood.kit import clock
from makegood.kit.shares import Share
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.winback import api as winback

__all__ = ["aftercare_handled", "aftercare_mail", "aftercare_page", "aftercare_send"]

PERIOD = timedelta(days=90)


@require_GET
@needs(Right.READ)
def aftercare_page(request: MemberRequest) -> HttpResponse:
    """Trouble first; then what lies ready to be sent. About 10 queries."""
    return _page(request)


def _page(request: MemberRequest, problem: str = "", at: int = 0, typed: str = "") -> HttpResponse:
    shop = request.workspace
    figures = winback.aftercare_figures(shop, clock.now() - PERIOD)
    facts = {
        "section": "winback",
        "tab": "aftercare",
        "plan": winback.aftercare_plan(shop),
        "mail_works": mail_works(),
        "troubles": winback.troubles(shop),
        "ready": winback.ready_mails(shop),
        "uncertain": winback.uncertain_mails(shop),
        "counts": winback.aftercare_counts(shop),
        "figures": figures,
        "bars": _bars(figures),
        "answering": _share(figures.answering),
        "troubled": _share(figures.troubled),
        "problem": problem,
        "problem_at": at,
        "typed": typed,
    }
    return render(request, "aftercare/page.html", facts, status=422 if problem else 200)


def _share(found: Share | None) -> dict[str, str] | None:
    if found is None or found.value is None:
        return None
    return {"value": f"{found.value:.0%}", "low": f"{found.low:.0%}", "high": f"{found.high:.0%}"}


@dataclass(frozen=True)
class Bar:
    """One figure's bar, in the chart's units."""

    kind: str
    name: str
    count: int
    y: int
    wide: int


def _bars(found: winback.AftercareFigures) -> list[Bar]:
    """Bars of sent, answered and trouble; none where too few went out."""
    if found.answering is None:
        return []
    counts = (("sent", _("Sent"), found.sent), ("answered", _("Answered"), found.answered))
    rows = (*counts, ("trouble", _("Trouble caught"), found.trouble))
    widest = 220
    return [
        Bar(kind, name, count, 6 + number * 34, max(round(widest * count / found.sent), 2 if count else 0))
        for number, (kind, name, count) in enumerate(rows)
    ]


@require_POST
@needs(Right.ANSWER)
def aftercare_send(request: MemberRequest) -> HttpResponse:
    """Sends those of the mails that are chosen."""
    keys = [int(key) for key in request.POST.getlist("mail") if key.isdecimal() and len(key) < 19]
    try:
        done = winback.release_mails(request.membership, keys)
    except winback.AftercareError as error:
        return _page(request, error.sentence)
    if done.queued:
        words = ngettext("%(n)d mail is on its way.", "%(n)d mails are on their way.", done.queued)
        messages.success(request, words % {"n": done.queued})
    if done.skipped:
        words = ngettext(
            "%(n)d was left out: something speaks against it now.",
            "%(n)d were left out: something speaks against them now.",
            done.skipped,
        )
        messages.info(request, words % {"n": done.skipped})
    if not done.queued and not done.skipped:
        messages.info(request, _("Nothing was sent: choose what is to go out."))
    return redirect("aftercare")


@require_POST
@needs(Right.ANSWER)
def aftercare_mail(request: MemberRequest, pk: int) -> HttpResponse:
    """One mail: let it be, or decide about one that was refused or may not have gone out."""
    get_object_or_404(winback.AftercareMessage.objects.within(request.workspace), pk=pk)
    acts: dict[str, Any] = {
        "leave": lambda: winback.let_one_be(request.membership, pk),
        "arrived": lambda: winback.decide_mail(request.membership, pk, arrived=True),
        "again": lambda: winback.decide_mail(request.membership, pk, arrived=False),
    }
    try:
        acts.get(request.POST.get("act", ""), acts["leave"])()
    except winback.AftercareError as error:
        return _page(request, error.sentence)
    return redirect("aftercare")


@require_POST
@needs(Right.WORK)
def aftercare_handled(request: MemberRequest, pk: int) -> HttpResponse:
    """Trouble has been seen to, as the note says."""
    get_object_or_404(winback.AftercareAnswer.objects.within(request.workspace), pk=pk)
    note = request.POST.get("note", "")
    try:
        winback.handle_trouble(request.membership, pk, note)
    except winback.AftercareError as error:
        return _page(request, error.sentence, pk, note)
    messages.success(request, _("Kept. Thank you for seeing to it."))
    return redirect("aftercare")
