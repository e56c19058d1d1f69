"""What managers look after: requests, the budget, the catalogue, what counts, and who takes part."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right, allows, members
from makegood.identify import api as identify
from makegood.rewards import api as rewards
from makegood.web.forms_thanks import BudgetForm, RewardForm, RulesForm
from makegood.web.permissions import needs, require
from makegood.web.request import MemberRequest
from makegood.web.views.thanks import number, tabs

__all__ = ["budget", "catalogue", "decide", "manage", "reward", "rules", "takes_part"]


@require_GET
@needs(Right.APPROVE)
def manage(request: MemberRequest) -> HttpResponse:
    """Requests and the budget; a further page of either list alone for htmx."""
    if request.htmx and "before" in request.GET:
        waiting = request.GET.get("waiting") == "1"
        before = number(request.GET.get("before"))
        rows, more = rewards.requests_page(request.workspace, waiting=waiting, before=before)
        name = "waiting_rows" if waiting else "decided_rows"
        return render(request, f"thanks/{name}.html", {name: rows, "more": more})
    return _manage(request)


def _manage(request: MemberRequest, problem: str = "", about: int = 0, form: BudgetForm | None = None) -> HttpResponse:
    waiting, more_waiting = rewards.requests_page(request.workspace, waiting=True)
    decided, more_decided = rewards.requests_page(request.workspace, waiting=False)
    facts: dict[str, Any] = {
        "section": "thanks",
        "tabs": tabs(request, "thanks-manage"),
        "waiting_rows": waiting,
        "more_waiting": more_waiting,
        "decided_rows": decided,
        "more_decided": more_decided,
        "budget": rewards.budget_now(request.workspace),
        "problem": problem,
        "about": about,
        "note": request.POST.get("note", ""),
    }
    if allows(request.membership.role, Right.SETTINGS):
        initial = BudgetForm.as_now(rewards.settings_of(request.workspace))
        facts["form"] = form or BudgetForm(initial=initial)
    return render(request, "thanks/manage.html", facts, status=422 if problem or form else 200)


@require_POST
@needs(Right.APPROVE)
def decide(request: MemberRequest, pk: int) -> HttpResponse:
    """Gives what somebody asked for, or declines it with a word (`do`)."""
    if not rewards.RewardRequest.objects.within(request.workspace).filter(pk=pk).exists():
        raise Http404
    note = request.POST.get("note", "")
    try:
        if request.POST.get("do") == "decline":
            row = rewards.decline_request(request.membership, pk, note)
            messages.success(request, _("Declined. %(who)s has the points back.") % {"who": row.user_name})
        else:
            row = rewards.fulfil(request.membership, pk, note)
            messages.success(request, _("Given. %(who)s knows.") % {"who": row.user_name})
    except rewards.RewardError as error:
        return _manage(request, error.sentence, pk)
    return redirect("thanks-manage")


@require_POST
@needs(Right.SETTINGS)
def budget(request: MemberRequest) -> HttpResponse:
    """Sets what rewards may cost in a month."""
    form = BudgetForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            rewards.set_budget(
                request.membership, currency=said["currency"], minor=said["minor"], points=said["points"]
            )
        except rewards.RewardError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("Saved. It holds from this month on."))
            return redirect("thanks-manage")
    return _manage(request, form=form)


def _saved(request: MemberRequest, row: rewards.Reward | None, form: RewardForm) -> bool:
    if not form.is_valid():
        return False
    try:
        rewards.save_reward(request.membership, row, **form.values())
    except rewards.RewardError as error:
        form.add_error(None, error.sentence)
        return False
    messages.success(request, _("The catalogue has it."))
    return True


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def catalogue(request: MemberRequest) -> HttpResponse:
    """The whole catalogue; POST adds a reward."""
    form = RewardForm(request.POST or None, initial={"active": True, "currency": _currency(request)})
    if request.method == "POST" and _saved(request, None, form):
        return redirect("thanks-catalogue")
    rows = rewards.catalogue(request.workspace, everything=True)
    facts = {"section": "thanks", "tabs": tabs(request, "thanks-catalogue"), "rows": rows, "form": form}
    return render(request, "thanks/catalogue.html", facts, status=422 if form.errors else 200)


def _currency(request: MemberRequest) -> str:
    row = rewards.settings_of(request.workspace)
    if row.pk:
        return row.currency
    money = identify.MoneySettings.objects.within(request.workspace).first()
    return money.currency if money else "EUR"


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def reward(request: MemberRequest, pk: int) -> HttpResponse:
    """Changes a reward."""
    row = rewards.reward(request.workspace, pk)
    if row is None:
        raise Http404
    form = RewardForm(request.POST or None, initial=RewardForm.as_now(row))
    if request.method == "POST" and _saved(request, row, form):
        return redirect("thanks-catalogue")
    facts = {"section": "thanks", "row": row, "form": form}
    return render(request, "thanks/reward.html", facts, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def rules(request: MemberRequest) -> HttpResponse:
    """What counts and who takes part; an owner changes the former by POST."""
    form = RulesForm(initial=RulesForm.as_now(rewards.settings_of(request.workspace)))
    if request.method == "POST":
        require(request, Right.SETTINGS)
        form = RulesForm(request.POST)
        if form.is_valid() and _kept(request, form):
            return redirect("thanks-rules")
    facts = {
        "section": "thanks",
        "tabs": tabs(request, "thanks-rules"),
        "form": form,
        "seats": rewards.seats(request.workspace),
        "owns": allows(request.membership.role, Right.SETTINGS),
    }
    return render(request, "thanks/rules.html", facts, status=422 if form.errors else 200)


def _kept(request: MemberRequest, form: RulesForm) -> bool:
    try:
        rewards.save_rules(request.membership, **form.rules())
    except rewards.RewardError as error:
        form.add_error(None, error.sentence)
        return False
    messages.success(request, _("Saved. It holds from now on; what was given stays as it was."))
    return True


@require_POST
@needs(Right.APPROVE)
def takes_part(request: MemberRequest, pk: int) -> HttpResponse:
    """Lets a member take part, or leaves them out."""
    member = members(request.workspace).filter(pk=pk).first()
    if member is None:
        raise Http404
    try:
        rewards.let_take_part(request.membership, member, request.POST.get("wanted") == "1")
    except rewards.RewardError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, _("Saved."))
    return redirect("thanks-rules")
