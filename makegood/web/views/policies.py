"""Settings: promises and targets, the policies by which clocks run."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.clocks import api as clocks
from makegood.kit import clock
from makegood.web.forms_clocks import PolicyForm, show_hours
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.spans import show_span
from makegood.web.templatetags.makegood import BADGES, network_name

__all__ = ["delete", "edit", "move", "new", "policies", "preview"]

TARGETS = ("first_answer", "next_update", "resolution")


def _row(request: MemberRequest, pk: int) -> clocks.SlaPolicy:
    row = clocks.one_policy(request.workspace, pk)
    if row is None:
        raise Http404
    return row


def _examples(zone: str) -> list[datetime]:
    """Moments that show what hours do: this morning, an evening before a weekend, a night in it."""
    place = ZoneInfo(zone)
    today = clock.now().astimezone(place).date()
    friday = today + timedelta(days=(4 - today.weekday()) % 7 or 7)
    saturday = friday + timedelta(days=1)
    tuesday = friday + timedelta(days=4)
    return [_at(tuesday, 10, place), _at(friday, 17, place), _at(saturday, 22, place)]


def _at(day: date, hour: int, place: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), place)


def _wall(at: datetime, place: ZoneInfo) -> datetime:
    """What the shop's clock shows then; naive, so that the page shows it as it is."""
    return at.astimezone(place).replace(tzinfo=None)


def _lines(hours: clocks.Hours | None, zone: str, targets: dict[str, int | None]) -> list[dict[str, Any]]:
    """For each example what would be due when."""
    place = ZoneInfo(hours.zone if hours else zone)
    lines = []
    for posted in _examples(place.key):
        due = {}
        for name, minutes in targets.items():
            if minutes:
                due[name] = _wall(clocks.add(hours, posted, timedelta(minutes=minutes)), place)
        lines.append({"posted": _wall(posted, place), **due})
    return lines


@require_GET
@needs(Right.READ)
def policies(request: MemberRequest) -> HttpResponse:
    """Every policy in its order, then the shop's own answer times, which hold where none fits."""
    rows = [{"row": row, "conditions": _conditions(row), "targets": _targets(row)} for row in _all(request)]
    workspace = request.workspace
    own = {"now": workspace.answer_now, "today": workspace.answer_today, "whenever": workspace.answer_whenever}
    book = clocks.books([workspace.pk])[workspace.pk]
    facts = {
        "section": "settings",
        "rows": rows,
        "own": [{"name": BADGES["urgency"][slug][1], "span": show_span(minutes)} for slug, minutes in own.items()],
        "own_hours": next((row for row in clocks.all_hours(workspace) if row.is_default), None),
        "lines": _lines(book.hours, book.zone, {"first_answer": workspace.answer_today}),
    }
    return render(request, "settings/policies.html", facts)


def _all(request: MemberRequest) -> list[clocks.SlaPolicy]:
    return clocks.all_policies(request.workspace)


def _conditions(row: clocks.SlaPolicy) -> list[str]:
    found = [str(BADGES["urgency"][each][1]) for each in row.urgencies if each in BADGES["urgency"]]
    found += [str(BADGES["intent"][each][1]) for each in row.intents if each in BADGES["intent"]]
    found += [_("label %s") % each for each in row.labels]
    found += [network_name(each) for each in row.networks]
    if row.channels:
        found.append(_("certain channels"))
    return found


def _targets(row: clocks.SlaPolicy) -> list[dict[str, Any]]:
    names = {"first_answer": _("first answer"), "next_update": _("later answers"), "resolution": _("closed")}
    return [{"name": names[name], "span": show_hours(minutes)} for name in TARGETS if (minutes := getattr(row, name))]


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def new(request: MemberRequest) -> HttpResponse:
    """A new policy, tried last."""
    if request.method == "POST":
        return _save(request, None)
    own = next((row.pk for row in clocks.all_hours(request.workspace) if row.is_default), "")
    return _page(
        request, None, PolicyForm(request.workspace, initial={"active": True, "hours": own, "pause_waiting": True})
    )


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """One policy."""
    row = _row(request, pk)
    if request.method == "POST":
        return _save(request, row)
    return _page(request, row, PolicyForm(request.workspace, initial=_initial(row)))


def _initial(row: clocks.SlaPolicy) -> dict[str, Any]:
    names = ("name", "active", "pause_waiting", *TARGETS, *PolicyForm.CONDITIONS)
    return {name: getattr(row, name) for name in names} | {"hours": row.hours_id or ""}


def _form(request: MemberRequest, row: clocks.SlaPolicy | None) -> PolicyForm:
    return PolicyForm(request.workspace, request.POST, initial=_initial(row) if row else None)


def _save(request: MemberRequest, row: clocks.SlaPolicy | None) -> HttpResponse:
    form = _form(request, row)
    if form.is_valid():
        try:
            clocks.save_policy(request.workspace, request.user, form.values(), row)
        except clocks.HoursError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. Running clocks follow in a moment."))
            return redirect("policies")
    return _page(request, row, form, status=422)


def _page(request: MemberRequest, row: clocks.SlaPolicy | None, form: PolicyForm, status: int = 200) -> HttpResponse:
    facts = {"section": "settings", "row": row, "form": form, "lines": _of_form(request, form, row)}
    return render(request, "settings/policy_edit.html", facts, status=status)


def _of_form(request: MemberRequest, form: PolicyForm, row: clocks.SlaPolicy | None) -> list[dict[str, Any]]:
    """The preview of what stands in a form; nothing while its targets can't be read."""
    if form.is_bound:
        form.is_valid()
        data = form.cleaned_data
    else:
        data = {name: form.initial.get(name) for name in (*TARGETS, "hours")}
    chosen = form.rows.get(str(data.get("hours") or ""))
    hours = clocks.hours_of(chosen, clocks.days_of(chosen)) if chosen else None
    targets = {name: data.get(name) for name in TARGETS}
    try:
        return _lines(hours, request.workspace.timezone, targets) if any(targets.values()) else []
    except (clocks.HoursError, OverflowError):
        return []


@require_POST
@needs(Right.SETTINGS)
def preview(request: MemberRequest) -> HttpResponse:
    """What the form as it stands would mean for a few moments."""
    form = PolicyForm(request.workspace, request.POST)
    return render(request, "settings/policy_preview.html", {"lines": _of_form(request, form, None)})


@require_POST
@needs(Right.SETTINGS)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes a policy away."""
    clocks.delete_policy(_row(request, pk), request.user)
    messages.success(request, _("Removed."))
    return redirect("policies")


@require_POST
@needs(Right.SETTINGS)
def move(request: MemberRequest, pk: int) -> HttpResponse:
    """Earlier (`up` = 1) or later in the order."""
    clocks.move_policy(_row(request, pk), request.user, up=request.POST.get("up") == "1")
    return redirect("policies")
