"""How long what was said is kept, by network."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from makegood.accounts.api import Right
from makegood.identify import api as identify
from makegood.listen import api as listen
from makegood.web.permissions import needs, require
from makegood.web.request import MemberRequest

__all__ = ["retention"]

CHOICES = (30, 90, 180, 365, 730, 1825, 3650)


@require_http_methods(["GET", "POST"])
@needs(Right.READ)
def retention(request: MemberRequest) -> HttpResponse:
    """What is set, by network; owners change it, one network at a time."""
    error = ""
    if request.method == "POST":
        require(request, Right.SETTINGS)
        network, sent = request.POST.get("network", ""), request.POST.get("days", "")
        if network not in _networks(request):
            error = _("This network is not connected here.")
        elif not (sent == "" or (sent.isascii() and sent.isdigit() and len(sent) < 6)):
            error = _("Between 1 day and 10 years, please.")
        else:
            try:
                identify.keep_for(request.workspace, network, int(sent) if sent else None, request.user)
            except identify.TieError as refused:
                error = refused.sentence
            else:
                messages.success(request, _("Saved."))
                return redirect("retention")
    kept = identify.retentions(request.workspace)
    rows = [
        {"network": each, "days": kept.get(each), "choices": _choices(kept.get(each))} for each in _networks(request)
    ]
    context = {"section": "settings", "rows": rows, "error": error}
    return render(request, "contacts/retention.html", context, status=422 if error else 200)


def _networks(request: MemberRequest) -> list[str]:
    heard = listen.Channel.objects.within(request.workspace).values_list("network", flat=True).distinct()
    return sorted({*heard, *identify.retentions(request.workspace)})


def _choices(days: int | None) -> list[dict[str, Any]]:
    return [{"days": each, "chosen": each == days} for each in sorted({*CHOICES, *([days] if days else [])})]
