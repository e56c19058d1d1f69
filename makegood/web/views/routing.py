"""Settings, Who gets what: rules that give work to members, what each takes, and a rule tried on the last days."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts import api as accounts
from makegood.accounts.api import Right
from makegood.routing import api as routing
from makegood.web.forms_routing import Offered, ProfileForm, RuleForm, labels_of, offered
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.routing_facts import OUTSIDE
from makegood.web.routing_words import asked_words, given_words

__all__ = ["member", "move", "overview", "remove", "rule", "rule_new", "switch", "test", "try_out"]

TALL = 40
"""The height of the highest bar."""


@require_GET
@needs(Right.WORK)
def overview(request: MemberRequest) -> HttpResponse:
    """The rules in their order, and who takes what."""
    there = offered(request.workspace)
    rows = [_in_words(each.row, there) | {"did": each} for each in routing.rules(request.workspace)]
    facts = {
        "section": "settings",
        "rows": rows,
        "people": [{"row": each, "topics": _topics(each, there)} for each in routing.members(request.workspace)],
        "waiting": routing.waiting_count(request.workspace),
    }
    return render(request, "routing/overview.html", facts)


def _in_words(row: routing.RoutingRule, there: Offered) -> dict[str, Any]:
    found = routing.rule_of(row)
    return {"rule": row, "asked": asked_words(found.conditions, there), "given": given_words(found.actions, there)}


def _topics(row: routing.MemberRow, there: Offered) -> list[str]:
    return [there.topics[slug] for slug in row.profile.topics if slug in there.topics]


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def rule_new(request: MemberRequest) -> HttpResponse:
    """A new rule, tried last and switched off."""
    return _rule_page(request, None)


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def rule(request: MemberRequest, pk: int) -> HttpResponse:
    """A rule, to be changed."""
    return _rule_page(request, _rule(request, pk))


def _rule_page(request: MemberRequest, row: routing.RoutingRule | None) -> HttpResponse:
    there = offered(request.workspace)
    initial = RuleForm.initial_of(row) if row else {"how": ""}
    form = RuleForm(there, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            kept = routing.save_rule(request.workspace, request.user, form.wish(), row)
        except routing.RoutingError as error:
            form.add_error(None, str(error))
        else:
            if kept.active:
                messages.success(request, _("Saved. It holds for what is heard from now on."))
                return redirect("routing")
            messages.success(request, _("Saved, and switched off. See what it would have done, then switch it on."))
            return redirect("routing-test", kept.pk)
    facts = {
        "section": "settings",
        "form": form,
        "rule": row,
        "all_labels": labels_of(request.workspace),
        "no_people": len(there.people) < 2,
    }
    return render(request, "routing/rule.html", facts, status=422 if form.errors else 200)


@require_POST
@needs(Right.APPROVE)
def try_out(request: MemberRequest) -> HttpResponse:
    """What the rule in the form would have done in the last days. Nothing is kept."""
    key = request.POST.get("rule", "")
    row = _rule(request, int(key)) if key.isascii() and key.isdigit() and len(key) < 19 else None
    data = request.POST.copy()
    data["name"] = data.get("name", "").strip() or _("This rule")
    form = RuleForm(offered(request.workspace), data, initial=RuleForm.initial_of(row) if row else None)
    if not form.is_valid():
        return render(request, "routing/trial.html", {"trial": None, "wrong": True}, status=422)
    wish = form.wish()
    draft = routing.Rule(row.pk if row else 0, wish.name, wish.conditions, wish.actions, wish.go_on)
    return render(request, "routing/trial.html", _trial(request, draft, row))


def _trial(request: MemberRequest, draft: routing.Rule, row: routing.RoutingRule | None) -> dict[str, Any]:
    before = routing.rules_before(request.workspace, row)
    found = routing.try_rule(request.workspace, draft, before, OUTSIDE)
    most = max(1, found.busiest)
    bars = [
        {"x": number * 10, "y": TALL - round(count * TALL / most), "height": round(count * TALL / most)}
        for number, count in enumerate(found.days)
    ]
    largest = max((count for _name, count in found.shares), default=1)
    shares = [{"name": name, "count": count, "of": largest} for name, count in found.shares]
    return {"trial": found, "bars": bars, "shares": shares, "days": routing.DAYS, "go_on": draft.go_on}


@require_GET
@needs(Right.APPROVE)
def test(request: MemberRequest, pk: int) -> HttpResponse:
    """What a rule would have done in the last days, beside the button that switches it on."""
    row = _rule(request, pk)
    facts = {"section": "settings", **_in_words(row, offered(request.workspace))}
    return render(request, "routing/test.html", facts | _trial(request, routing.rule_of(row), row))


@require_POST
@needs(Right.APPROVE)
def switch(request: MemberRequest, pk: int) -> HttpResponse:
    """Switches a rule on or off."""
    row = _rule(request, pk)
    active = request.POST.get("active") == "1"
    routing.switch_rule(row, request.user, active)
    if active:
        said = _("“%(name)s” is on. It holds for what is heard from now on.")
    else:
        said = _("“%(name)s” is off. What it gave stays with whoever has it.")
    messages.success(request, said % {"name": row.name})
    return redirect("routing")


@require_POST
@needs(Right.APPROVE)
def move(request: MemberRequest, pk: int) -> HttpResponse:
    """One place earlier or later. The button that was pressed keeps the focus, so that it can be pressed again."""
    row = _rule(request, pk)
    up = request.POST.get("up") == "1"
    routing.move_rule(row, request.user, up=up)
    return redirect(f"{_overview_path()}#rule-{row.pk}")


def _overview_path() -> str:
    return str(redirect("routing").url)


@require_POST
@needs(Right.APPROVE)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Forgets a rule."""
    row = _rule(request, pk)
    routing.remove_rule(row, request.user)
    messages.success(request, _("“%(name)s” is removed.") % {"name": row.name})
    return redirect("routing")


@require_http_methods(["GET", "POST"])
@needs(Right.APPROVE)
def member(request: MemberRequest, pk: int) -> HttpResponse:
    """What a member takes, when and how much."""
    found = next((each for each in accounts.members(request.workspace) if each.pk == pk), None)
    if found is None:
        raise Http404
    profile = routing.profile_of(request.workspace, found.user)
    form = ProfileForm(request.workspace, request.POST or None, initial=ProfileForm.initial_of(profile))
    if request.method == "POST" and form.is_valid():
        try:
            routing.save_profile(request.workspace, request.user, found.user, form.wish())
        except routing.RoutingError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. It holds for what is given from now on."))
            return redirect("routing")
    facts = {"section": "settings", "form": form, "who": found}
    return render(request, "routing/member.html", facts, status=422 if form.errors else 200)


def _rule(request: MemberRequest, pk: int) -> routing.RoutingRule:
    row = routing.one_rule(request.workspace, pk)
    if row is None:
        raise Http404
    return row
