"""From the name of the shop to the first queries."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from makegood.accounts import api as accounts
from makegood.accounts.api import AccountError, Right
from makegood.listen import api as listen
from makegood.listen.api import Proposal, Query
from makegood.web.forms_listen import BrandForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["start_brand"]


@require_http_methods(["GET", "POST"])
@needs(Right.LISTEN)
def start_brand(request: MemberRequest) -> HttpResponse:
    """Asks for the shop's name (`?brand=`, `?website=`), proposes queries, listens for the chosen ones."""
    if request.method == "POST":
        return _listen(request)
    if "brand" not in request.GET:
        workspace = request.workspace
        return _page(request, BrandForm(initial={"brand": workspace.brand or workspace.name}))
    form = BrandForm(request.GET)
    if not form.is_valid():
        return _page(request, form, status=422)
    return _page(request, form, _proposals(form))


def _listen(request: MemberRequest) -> HttpResponse:
    form = BrandForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    proposals = _proposals(form)
    chosen = set(request.POST.getlist("query"))
    wanted = [each for each in proposals if each.text in chosen]
    listening = _listening(request)
    if not wanted and not listening:
        sentence = _("Choose at least one query, or Makegood has nothing to listen for.")
        return _page(request, form, proposals, problem=sentence, status=422)
    workspace, user = request.workspace, request.user
    saved = 0
    for each in wanted:
        if each.text not in listening:
            listen.save(workspace, user, each.name, each.text)
            saved += 1
    _keep_brand(request, form.cleaned_data["brand"])
    listen.listen_publicly(workspace, user)
    text = ngettext(
        "Makegood listens for %(n)d query now. What it hears appears here by itself.",
        "Makegood listens for %(n)d queries now. What it hears appears here by itself.",
        saved,
    )
    messages.success(request, text % {"n": saved} if saved else _("Makegood is listening."))
    return redirect("inbox")


def _keep_brand(request: MemberRequest, brand: str) -> None:
    """Remembers the name where the member may; for the others it only served to propose queries."""
    member = request.membership
    if brand == member.workspace.brand or not accounts.allows(member.role, Right.SETTINGS):
        return
    try:
        accounts.change_workspace(member.workspace, request.user, brand=brand)
    except AccountError as error:
        messages.warning(request, error.sentence)


def _proposals(form: BrandForm) -> list[Proposal]:
    return listen.propose(form.cleaned_data["brand"], form.cleaned_data["website"])


def _listening(request: MemberRequest) -> set[str]:
    return set(Query.objects.within(request.workspace).values_list("text", flat=True))


def _page(
    request: MemberRequest,
    form: BrandForm,
    proposals: list[Proposal] | None = None,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    listening = _listening(request)
    again = request.POST.getlist("query") if request.method == "POST" else None
    cards: list[dict[str, Any]] = [
        {
            "proposal": each,
            "known": each.text in listening,
            "chosen": each.text in again if again is not None else True,
        }
        for each in proposals or []
    ]
    facts = {
        "form": form,
        "asked": proposals is not None,
        "cards": cards,
        "problem": problem,
        "first_time": not listening,
        "sampling": bool(cards) and listen.is_sampling(),
    }
    return render(request, "start/brand.html", facts, status=status)
