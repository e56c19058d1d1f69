"""Praise, Advocates: who speaks for the shop again and again, what shows it, and thanks."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right
from makegood.amplify import api as amplify
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["advocates", "decide", "thank"]

State = amplify.Advocate.State
SHOWN = {"proposed": State.PROPOSED, "confirmed": State.CONFIRMED, "declined": State.DECLINED}


@require_GET
@needs(Right.READ)
def advocates(request: MemberRequest) -> HttpResponse:
    """Those who may be, who are, or who are not; a further page alone for htmx."""
    show = request.GET.get("show", "")
    show = show if show in SHOWN else "proposed"
    found = amplify.advocates_page(request.workspace, SHOWN[show], request.GET.get("after", ""))
    names = {"proposed": _("May be advocates"), "confirmed": _("Advocates"), "declined": _("Not advocates")}
    here = reverse("advocates")
    facts = {
        "section": "praise",
        "tab": "advocates",
        "show": show,
        "rows": found.rows,
        "views": [
            {"title": title, "url": f"{here}?{urlencode({'show': slug})}", "current": slug == show}
            for slug, title in names.items()
        ],
        "next_url": f"{here}?{urlencode({'show': show, 'after': found.after})}" if found.after else "",
    }
    further = request.htmx and "after" in request.GET
    return render(request, "advocates/rows.html" if further else "advocates/page.html", facts)


def _find(request: MemberRequest, pk: int) -> None:
    if not amplify.Advocate.objects.within(request.workspace).filter(pk=pk).exists():
        raise Http404


@require_POST
@needs(Right.WORK)
def decide(request: MemberRequest, pk: int) -> HttpResponse:
    """Says that somebody is an advocate (`is` is "1"), or is not."""
    _find(request, pk)
    confirmed = request.POST.get("is") == "1"
    try:
        row = amplify.decide_advocate(request.membership, pk, confirmed)
    except amplify.AdvocateError as error:
        messages.error(request, str(error))
        return redirect("advocates")
    words = _("%(who)s is among your advocates.") if confirmed else _("%(who)s is not proposed again.")
    messages.success(request, words % {"who": row.label})
    return redirect(f"{reverse('advocates')}?{urlencode({'show': 'confirmed' if confirmed else 'proposed'})}")


@require_POST
@needs(Right.ANSWER)
def thank(request: MemberRequest, pk: int) -> HttpResponse:
    """Lays thanks into the answer to them and goes there; a person sends it."""
    _find(request, pk)
    try:
        row = amplify.lay_thanks(request.membership, pk)
    except amplify.AdvocateError as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('advocates')}?{urlencode({'show': 'confirmed'})}")
    messages.success(request, _("The words are in your answer. Make them your own, then send."))
    return redirect("conversation", row.conversation_id)
