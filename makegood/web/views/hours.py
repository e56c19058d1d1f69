"""Settings: business hours and holidays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.clocks import api as clocks
from makegood.kit import clock
from makegood.web.forms_clocks import DayForm, HolidaysForm, HoursForm, show_day
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["day", "delete", "edit", "forget_day", "holidays", "hours", "new", "regions"]

WEEK = [[(540, 1080)]] * 5 + [[], []]


def _row(request: MemberRequest, pk: int) -> clocks.BusinessHours:
    row = clocks.one_hours(request.workspace, pk)
    if row is None:
        raise Http404
    return row


def _shown(row: clocks.BusinessHours) -> list[dict[str, Any]]:
    """The week in as few lines as it takes: Monday to Friday 9:00-18:00."""
    lines: list[dict[str, Any]] = []
    for number, spans in enumerate(row.week):
        text = show_day(spans) or _("closed")
        if lines and lines[-1]["text"] == text:
            lines[-1]["last"] = datetime(2024, 1, 1 + number).date()  # noqa: DTZ001 - a Monday and what follows
        else:
            lines.append({"first": datetime(2024, 1, 1 + number).date(), "last": None, "text": text})  # noqa: DTZ001
    return lines


@require_GET
@needs(Right.READ)
def hours(request: MemberRequest) -> HttpResponse:
    """Every set of hours, and when each next opens."""
    rows = []
    for row in clocks.all_hours(request.workspace):
        now = clock.now()
        today = now.astimezone(ZoneInfo(row.timezone)).date()
        days = clocks.days_of(row, since=today)
        pure = clocks.hours_of(row, days)
        rows.append(
            {
                "row": row,
                "week": _shown(row),
                "open": clocks.is_open(pure, now),
                "opens": clocks.next_opening(pure, now).astimezone(ZoneInfo(row.timezone)).replace(tzinfo=None),
                "days": days[:3],
            }
        )
    return render(request, "settings/hours.html", {"section": "settings", "rows": rows})


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def new(request: MemberRequest) -> HttpResponse:
    """New hours, Monday to Friday to begin with."""
    if request.method == "POST":
        return _save(request, None)
    start = {f"day{number}": spans for number, spans in enumerate(WEEK)}
    first = not clocks.all_hours(request.workspace)
    facts = {"timezone": request.workspace.timezone, "is_default": first, "name": _("Shop") if first else ""}
    return _page(request, None, HoursForm(initial=start | facts))


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """One set of hours: its week, and its single days."""
    row = _row(request, pk)
    if request.method == "POST":
        return _save(request, row)
    return _page(request, row, _form_of(row))


def _form_of(row: clocks.BusinessHours) -> HoursForm:
    week = {f"day{number}": spans for number, spans in enumerate(row.week)}
    return HoursForm(initial={"name": row.name, "timezone": row.timezone, "is_default": row.is_default, **week})


def _save(request: MemberRequest, row: clocks.BusinessHours | None) -> HttpResponse:
    form = HoursForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    try:
        saved = clocks.save_hours(request.workspace, request.user, row=row, **form.values())
    except clocks.HoursError as error:
        form.add_error(None, str(error))
        return _page(request, row, form, status=422)
    messages.success(request, _("Saved. Running clocks follow in a moment."))
    return redirect("hours-edit", saved.pk)


def _page(
    request: MemberRequest, row: clocks.BusinessHours | None, form: HoursForm, status: int = 200, **more: Any
) -> HttpResponse:
    facts: dict[str, Any] = {"section": "settings", "row": row, "form": form}
    if row is not None:
        country = clocks.country_of(row.timezone)
        here = clock.now().astimezone(ZoneInfo(row.timezone)).date()
        facts |= {
            "days": [{"row": each, "text": show_day(each.spans)} for each in clocks.days_of(row, since=here)],
            "holidays_form": HolidaysForm(country=country, initial={"country": country}),
            "day_form": DayForm(),
        }
    return render(request, "settings/hours_edit.html", facts | more, status=status)


@require_GET
@needs(Right.SETTINGS)
def regions(request: MemberRequest) -> HttpResponse:
    """The choice of regions, once a country is chosen."""
    country = request.GET.get("country", "")
    form = HolidaysForm(country=country)
    return render(request, "components/field.html", {"field": form["region"]})


def _with_days(
    request: MemberRequest, pk: int, form: Any, name: str, act: Callable[[clocks.BusinessHours], str]
) -> HttpResponse:
    """Does something to the single days and shows the page again, with a word on how it went."""
    row = _row(request, pk)
    if not form.is_valid():
        return _page(request, row, _form_of(row), 422, **{name: form})
    try:
        done = act(row)
    except ValueError as error:
        form.add_error(None, str(error))
        return _page(request, row, _form_of(row), 422, **{name: form})
    messages.success(request, done)
    return redirect("hours-edit", pk)


@require_POST
@needs(Right.SETTINGS)
def holidays(request: MemberRequest, pk: int) -> HttpResponse:
    """Closes on the public holidays of a place, this year and next."""
    form = HolidaysForm(request.POST, country=request.POST.get("country", ""))

    def act(row: clocks.BusinessHours) -> str:
        year = clock.now().astimezone(ZoneInfo(row.timezone)).year
        data = form.cleaned_data
        count = clocks.set_holidays(row, request.user, data["country"], data["region"], (year, year + 1))
        return ngettext("%(n)d day added.", "%(n)d days added.", count) % {"n": count}

    return _with_days(request, pk, form, "holidays_form", act)


@require_POST
@needs(Right.SETTINGS)
def day(request: MemberRequest, pk: int) -> HttpResponse:
    """One day unlike its weekday."""
    form = DayForm(request.POST)

    def act(row: clocks.BusinessHours) -> str:
        data = form.cleaned_data
        clocks.set_day(row, request.user, data["day"], data["name"], data["spans"])
        return _("Saved.")

    return _with_days(request, pk, form, "day_form", act)


@require_POST
@needs(Right.SETTINGS)
def forget_day(request: MemberRequest, pk: int, day: int) -> HttpResponse:
    """The day is like its weekday again."""
    clocks.forget_day(_row(request, pk), request.user, day)
    return redirect("hours-edit", pk)


@require_POST
@needs(Right.SETTINGS)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes hours away; what was counted in them is counted around the clock."""
    clocks.delete_hours(_row(request, pk), request.user)
    messages.success(request, _("Removed."))
    return redirect("hours")
