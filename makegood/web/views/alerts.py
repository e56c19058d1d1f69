"""Settings, Alerts: what the team is told of, and where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right, mail_works
from makegood.alerts import api as alerts
from makegood.alerts.api import AlertDestination, AlertError, AlertRule
from makegood.kit import clock
from makegood.web.forms_alerts import MailForm, RuleForm, ServiceForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = [
    "add_mail",
    "add_service",
    "overview",
    "preview",
    "propose",
    "remove_destination",
    "remove_rule",
    "rule",
    "rule_new",
    "switch",
    "test",
    "test_state",
]

PATIENCE = timedelta(seconds=60)
"""After that a test that nobody has sent is a worker that does not run."""


@require_GET
@needs(Right.CONNECT)
def overview(request: MemberRequest) -> HttpResponse:
    """Rules with what they did, and destinations with how they are."""
    rows = alerts.rules(request.workspace)
    places = alerts.destinations(request.workspace)
    by_mail = any(place.kind == AlertDestination.Kind.MAIL for place in places)
    facts = {
        "section": "settings",
        "rows": [{"row": row, "trigger": alerts.TRIGGERS[row.rule.trigger]} for row in rows],
        "places": places,
        "mail_missing": by_mail and not mail_works(),
        "proposed": [{"name": each.name, "text": alerts.TRIGGERS[each.trigger].text} for each in alerts.PROPOSED],
    }
    return render(request, "alerts/overview.html", facts)


@require_POST
@needs(Right.CONNECT)
def propose(request: MemberRequest) -> HttpResponse:
    """The proposed rules, in one click."""
    try:
        made = alerts.propose(request.workspace, request.user)
    except AlertError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(n)d rules are at work. Change or pause any of them.") % {"n": len(made)})
    return redirect("alerts")


@require_http_methods(["GET", "POST"])
@needs(Right.CONNECT)
def rule_new(request: MemberRequest) -> HttpResponse:
    """A new rule: first what it waits for, then the rest."""
    trigger = request.GET.get("trigger", "")
    if trigger not in alerts.TRIGGERS:
        choices = [
            {"slug": slug, "label": AlertRule.Trigger(slug).label, "trigger": trigger}
            for slug, trigger in alerts.TRIGGERS.items()
        ]
        return render(request, "alerts/choose.html", {"section": "settings", "choices": choices})
    return _rule_page(request, trigger, None)


@require_http_methods(["GET", "POST"])
@needs(Right.CONNECT)
def rule(request: MemberRequest, pk: int) -> HttpResponse:
    """A rule, to be changed."""
    row = _rule(request, pk)
    return _rule_page(request, row.trigger, row)


def _rule_page(request: MemberRequest, trigger: str, row: AlertRule | None) -> HttpResponse:
    places = alerts.destinations(request.workspace)
    status = 200
    if request.method == "POST":
        form = RuleForm(trigger, places, request.POST)
        if form.is_valid():
            try:
                alerts.save_rule(request.workspace, request.user, form.wish(), row)
            except AlertError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("Saved. It holds for what happens from now on."))
                return redirect("alerts")
        status = 422
        parameters = _parameters(form)
    else:
        form = RuleForm.first(trigger, row, places, _free_name(request, trigger))
        parameters = row.parameters if row else alerts.TRIGGERS[trigger].usual()
    facts = {
        "section": "settings",
        "form": form,
        "rule": row,
        "places": places,
        "slug": trigger,
        "label": AlertRule.Trigger(trigger).label,
        "trigger": alerts.TRIGGERS[trigger],
        "preview": _preview(request, trigger, parameters, row.repeat_minutes if row else None),
    }
    return render(request, "alerts/rule.html", facts, status=status)


def _free_name(request: MemberRequest, trigger: str) -> str:
    taken = {row.rule.name for row in alerts.rules(request.workspace)}
    base = str(AlertRule.Trigger(trigger).label)
    return next(name for name in [base, *(f"{base} {n}" for n in range(2, 99))] if name not in taken)


def _parameters(form: RuleForm) -> dict[str, Any] | None:
    """What was filled in for the trigger; None when a part of it is wrong."""
    form.is_valid()
    wrong = any(name.startswith("p_") for name in form.errors)
    return None if wrong else form.parameters()


def _preview(
    request: MemberRequest, trigger: str, parameters: dict[str, Any] | None, repeat: int | None
) -> alerts.Preview | None:
    if parameters is None:
        return None
    asked = AlertRule(
        workspace=request.workspace,
        trigger=trigger,
        parameters=parameters,
        repeat_minutes=repeat or alerts.TRIGGERS[trigger].repeat_minutes,
    )
    return alerts.preview(asked)


@require_POST
@needs(Right.CONNECT)
def preview(request: MemberRequest, trigger: str) -> HttpResponse:
    """How often a rule would have fired in the last days, while it is filled in."""
    if trigger not in alerts.TRIGGERS:
        raise Http404
    form = RuleForm(trigger, alerts.destinations(request.workspace), request.POST)
    parameters = _parameters(form)
    repeat = form.cleaned_data.get("repeat_minutes")
    found = _preview(request, trigger, parameters, repeat)
    return render(request, "alerts/preview.html", {"preview": found, "slug": trigger})


@require_POST
@needs(Right.CONNECT)
def switch(request: MemberRequest, pk: int) -> HttpResponse:
    """Pauses a rule, or lets it go on."""
    active = request.POST.get("active") == "1"
    alerts.switch(_rule(request, pk), request.user, active)
    said = _("It is at work again.") if active else _("Paused. What it had not told yet is dropped.")
    messages.success(request, said)
    return redirect("alerts")


@require_POST
@needs(Right.CONNECT)
def remove_rule(request: MemberRequest, pk: int) -> HttpResponse:
    """Forgets a rule."""
    alerts.remove_rule(_rule(request, pk), request.user)
    messages.success(request, _("The rule is removed."))
    return redirect("alerts")


@require_http_methods(["GET", "POST"])
@needs(Right.CONNECT)
def add_mail(request: MemberRequest) -> HttpResponse:
    """A mail address alerts can go to."""
    if request.method == "GET":
        form = MailForm(initial={"address": request.user.email})
        return render(request, "alerts/add_mail.html", {"section": "settings", "form": form})
    form = MailForm(request.POST)
    if form.is_valid():
        try:
            place = alerts.add_mail(request.workspace, request.user, **form.cleaned_data)
        except AlertError as error:
            form.add_error(None, str(error))
        else:
            return _added(request, place)
    return render(request, "alerts/add_mail.html", {"section": "settings", "form": form}, status=422)


@sensitive_post_parameters("address")
@never_cache
@require_http_methods(["GET", "POST"])
@needs(Right.CONNECT)
def add_service(request: MemberRequest) -> HttpResponse:
    """A chat or push service alerts can go to."""
    facts: dict[str, Any] = {
        "section": "settings",
        "examples": alerts.EXAMPLES,
        "services": sorted(set(alerts.SERVICES.values()), key=str.casefold),
    }
    if request.method == "GET":
        return render(request, "alerts/add_service.html", facts | {"form": ServiceForm()})
    form = ServiceForm(request.POST)
    if form.is_valid():
        try:
            place = alerts.add_service(request.workspace, request.user, **form.cleaned_data)
        except AlertError as error:
            form.add_error("address", str(error))
        else:
            return _added(request, place)
    return render(request, "alerts/add_service.html", facts | {"form": form}, status=422)


def _added(request: MemberRequest, place: AlertDestination) -> HttpResponse:
    messages.success(request, _("%(name)s is added. Send a test to see that it arrives.") % {"name": place.name})
    return redirect("alerts")


@require_POST
@needs(Right.CONNECT)
def test(request: MemberRequest, pk: int) -> HttpResponse:
    """Sends a test; the part of the page follows what becomes of it."""
    place = _place(request, pk)
    alerts.ask_test(place, request.user)
    return _state(request, place) if request.htmx else redirect("alerts")


@require_GET
@needs(Right.CONNECT)
def test_state(request: MemberRequest, pk: int) -> HttpResponse:
    """What has become of the newest test."""
    return _state(request, _place(request, pk))


def _state(request: MemberRequest, place: AlertDestination) -> HttpResponse:
    found = alerts.test_of(place)
    waits = found is not None and found.state in ("due", "sending")
    stuck = waits and found is not None and clock.now() - found.at > PATIENCE
    facts = {"place": place, "test": found, "waits": waits and not stuck, "stuck": stuck}
    return render(request, "alerts/place_state.html", facts)


@require_POST
@needs(Right.CONNECT)
def remove_destination(request: MemberRequest, pk: int) -> HttpResponse:
    """Forgets a destination."""
    place = _place(request, pk)
    alerts.remove_destination(place, request.user)
    messages.success(request, _("%(name)s is removed.") % {"name": place.name})
    return redirect("alerts")


def _rule(request: MemberRequest, pk: int) -> AlertRule:
    row = alerts.rule(request.workspace, pk)
    if row is None:
        raise Http404
    return row


def _place(request: MemberRequest, pk: int) -> AlertDestination:
    row = alerts.destination(request.workspace, pk)
    if row is None:
        raise Http404
    return row
