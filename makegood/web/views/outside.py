"""The outside model: which one, what it gets, trying it out, what its labels mean, on and off, what it costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.kit import money
from makegood.triage.api import outside
from makegood.web.forms_outside import HEAD_NAMES, OutsideForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["edit", "labels", "page", "preview", "remove", "switch", "try_out"]

PAGE = "outside/page.html"
LONGEST = 5_000
WORTH_SAYING = 0.3
"""A label that neither model thinks as likely as this is left out of the table."""
EXAMPLE = gettext_lazy(
    "Hi, this is Anna Berg. My teapot (order #48213) came broken and nobody answers! Write to anna.berg@example.com"
    " or call 030 1234567."
)
MEANINGS = {
    "intent": {
        "complaint": gettext_lazy("a complaint"),
        "question": gettext_lazy("a question"),
        "praise": gettext_lazy("praise"),
        "suggestion": gettext_lazy("a suggestion"),
        "other": gettext_lazy("none of these"),
    },
    "severity": {
        "0": gettext_lazy("no complaint"),
        "1": gettext_lazy("a problem, without reproach"),
        "2": gettext_lazy("disapproval"),
        "3": gettext_lazy("an accusation"),
        "4": gettext_lazy("blame"),
    },
    "urgency": {
        "now": gettext_lazy("now"),
        "today": gettext_lazy("today"),
        "whenever": gettext_lazy("whenever"),
        "never": gettext_lazy("never"),
    },
    "sentiment": {
        "negative": gettext_lazy("negative"),
        "neutral": gettext_lazy("neutral"),
        "positive": gettext_lazy("positive"),
    },
    "topic": {
        "ordering": gettext_lazy("ordering"),
        "delivery": gettext_lazy("delivery"),
        "defect": gettext_lazy("a defect"),
        "billing": gettext_lazy("billing"),
        "refund": gettext_lazy("a refund"),
        "staff": gettext_lazy("staff"),
        "account": gettext_lazy("the account"),
        "website": gettext_lazy("the website"),
        "other": gettext_lazy("something else"),
    },
    "flag": {
        "abuse": gettext_lazy("abuse"),
        "threat": gettext_lazy("a threat"),
        "spam": gettext_lazy("spam"),
        "sarcasm": gettext_lazy("sarcasm"),
        "person": gettext_lazy("asks for a person"),
    },
}
"""Our labels in words; a test holds that none is missing."""


@require_GET
@needs(Right.READ)
def page(request: MemberRequest) -> HttpResponse:
    """How it is, what it cost, and, for those who may, everything to change it."""
    return _page(request)


@sensitive_post_parameters("key")
@never_cache
@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def edit(request: MemberRequest) -> HttpResponse:
    """Chooses an outside model, or changes how it is asked and what it may cost."""
    row = outside.outside_model(request.workspace)
    form = OutsideForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_bound and form.is_valid():
        try:
            outside.save(request.workspace, request.user, form.wish())
        except outside.OutsideError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. Try it out before you switch it on."))
            return redirect("outside-model")
    facts = {"section": "settings", "form": form, "row": row}
    return render(request, "outside/edit.html", facts, status=422 if form.errors else 200)


@require_POST
@needs(Right.SETTINGS)
def labels(request: MemberRequest) -> HttpResponse:
    """Takes what its labels mean: `theirs` and `ours`, as many of each."""
    theirs, ours = request.POST.getlist("theirs"), request.POST.getlist("ours")
    try:
        if len(theirs) != len(ours):
            raise outside.OutsideError(_("Please send the whole form."))
        outside.explain_labels(request.workspace, request.user, dict(zip(theirs, ours, strict=True)))
    except outside.OutsideError as error:
        return _page(request, error=str(error))
    messages.success(request, _("Saved."))
    return redirect("outside-model")


@require_POST
@needs(Right.SETTINGS)
def preview(request: MemberRequest) -> HttpResponse:
    """What exactly would be sent for a text, as a part of the page."""
    row = outside.outside_model(request.workspace)
    facts: dict[str, Any] = {}
    try:
        if row is None:
            raise outside.OutsideError(_("There is no outside model yet."))
        facts["shown"] = outside.shown(row, request.POST.get("text", "")[:LONGEST])
    except outside.OutsideError as error:
        facts["error"] = str(error)
    return render(request, "outside/shown.html", facts)


@require_POST
@needs(Right.SETTINGS)
def try_out(request: MemberRequest) -> HttpResponse:
    """Asks about one text and shows what came of it."""
    row = outside.outside_model(request.workspace)
    text = request.POST.get("text", "")[:LONGEST]
    try:
        if row is None:
            raise outside.OutsideError(_("There is no outside model yet."))
        trial = outside.try_out(row, text)
    except outside.OutsideError as error:
        return _page(request, text=text, error=str(error))
    return _page(request, text=text, trial=trial)


@require_POST
@needs(Right.SETTINGS)
def switch(request: MemberRequest) -> HttpResponse:
    """Switches it on (`on` is 1) or off."""
    on = request.POST.get("on") == "1"
    try:
        outside.switch(request.workspace, request.user, on=on)
    except outside.OutsideError as error:
        return _page(request, error=str(error))
    said = _("Switched on: it reads what comes from now on.") if on else _("Switched off: nothing is sent any more.")
    messages.success(request, said)
    return redirect("outside-model")


@require_POST
@needs(Right.SETTINGS)
def remove(request: MemberRequest) -> HttpResponse:
    """Forgets it and its key."""
    try:
        outside.remove(request.workspace, request.user)
    except outside.OutsideError as error:
        return _page(request, error=str(error))
    messages.success(request, _("Removed. Makegood’s own model reads everything."))
    return redirect("outside-model")


def _page(
    request: MemberRequest, *, text: str = "", trial: outside.Trial | None = None, error: str = ""
) -> HttpResponse:
    row = outside.outside_model(request.workspace)
    facts: dict[str, Any] = {"section": "settings", "row": row, "error": error, "text": text or str(EXAMPLE)}
    if row is not None:
        view = outside.overview(row)
        facts |= {
            "view": view,
            "cost": _money(view.cost, row.currency),
            "bars": _bars(view),
            "meanings": _meanings(),
            "known": sorted(row.labels.items()),
            "heads": [str(HEAD_NAMES[name]) for name in row.heads if name in HEAD_NAMES],
            "chat": row.kind == outside.OutsideModel.Kind.CHAT,
            "own_labels": row.kind == outside.OutsideModel.Kind.ZERO_SHOT,
        }
    if trial is not None and row is not None:
        facts["trial"] = trial
        facts["trial_cost"] = _money(trial.cost, row.currency)
        facts["said"] = [
            {"label": _meaning(label), "chance": round(100 * chance), "own": None if own is None else round(100 * own)}
            for label, chance, own in trial.said
            if max(chance, own or 0.0) >= WORTH_SAYING
        ]
    return render(request, PAGE, facts, status=422 if error else 200)


def _meaning(label: str) -> str:
    head, _sep, name = label.partition(".")
    return f"{HEAD_NAMES[head]}: {MEANINGS[head][name]}" if head != "flag" else str(MEANINGS[head][name])


def _meanings() -> list[dict[str, Any]]:
    return [
        {"head": HEAD_NAMES[head], "labels": [(f"{head}.{name}", words) for name, words in names.items()]}
        for head, names in MEANINGS.items()
    ]


def _money(billionths: int, currency: str) -> str:
    """An amount that may be far below a cent: at least two digits that say something."""
    places = money.exponent(currency)
    exact = Decimal(billionths).scaleb(-places - 9)
    finest = places if not exact or exact >= 1 else min(places + 6, max(places, 1 - exact.adjusted()))
    return f"{number_format(round(exact, finest), finest, use_l10n=True, force_grouping=True)} {currency}"


def _bars(view: outside.Overview) -> dict[str, Any]:
    """Bars of what each day cost, or of requests where nothing has a price."""
    priced = any(day.cost for day in view.days)
    top = max((day.cost if priced else day.requests for day in view.days), default=0)
    width, gap, height = 8, 4, 60
    bars = [
        {
            "x": number * (width + gap),
            "tall": tall,
            "y": height - tall,
            "day": day.day,
            "name": date_format(day.day, "j"),
            "requests": day.requests,
            "cost": _money(day.cost, view.row.currency),
        }
        for number, day in enumerate(view.days)
        for tall in [round(height * (day.cost if priced else day.requests) / top) if top else 0]
    ]
    size = {"height": height, "bar": width, "width": 31 * (width + gap)}
    return {"bars": bars if top else [], "priced": priced, **size}
