"""What changes opening hours and policies: one transaction a function, each with its line in the journal.

Every change asks for the running clocks to be set anew (`Recount`); the desk does that, batch by batch.
What can't be raises `HoursError`, whose sentence can be shown to the person who tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from makegood.clocks import hours as pure
from makegood.clocks.hours import HoursError, Span
from makegood.clocks.models import BusinessHours, Recount, SlaPolicy, SpecialDay
from makegood.clocks.presets import holidays_of
from makegood.clocks.rules import LONGEST_TARGET
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.kit.ordering import move

__all__ = [
    "ask_for_recount",
    "delete_hours",
    "delete_policy",
    "forget_day",
    "move_policy",
    "save_hours",
    "save_policy",
    "set_day",
    "set_holidays",
]

MOST_HOURS = 30
MOST_POLICIES = 60
MOST_DAYS = 1_000
TARGETS = ("first_answer", "next_update", "resolution")
CONDITIONS = ("labels", "networks", "channels", "intents", "urgencies")


@transaction.atomic
def ask_for_recount(workspace_id: int) -> None:
    """The rules of this workspace have changed: its running clocks are set anew soon."""
    Recount.objects.within(workspace_id).update_or_create(
        workspace_id=workspace_id, defaults={"asked_at": clock.now(), "done_to": 0}
    )
    jobs.wake("clocks")


@transaction.atomic
def save_hours(
    workspace: Any,
    by: Any,
    *,
    name: str,
    timezone: str,
    week: Sequence[Sequence[Span]],
    is_default: bool,
    row: BusinessHours | None = None,
) -> BusinessHours:
    """Makes opening hours, or changes `row`. With `is_default` the workspace's own answer times are counted in them."""
    words = " ".join(name.split())[:80]
    if not words:
        raise HoursError(_("Give the hours a name, such as “Shop” or “Hotline”."))
    if timezone != "UTC" and timezone not in available_timezones():
        raise HoursError(_("This time zone is not known. Choose one from the list."))
    if sentence := pure.problem(week):
        raise HoursError(sentence)
    rows = BusinessHours.objects.within(workspace)
    if row is None and rows.count() >= MOST_HOURS:
        raise HoursError(_("A workspace keeps 30 sets of hours at most. Change one that is there."))
    if is_default:
        rows.filter(is_default=True).update(is_default=False)
    found = row or BusinessHours(workspace_id=workspace.pk)
    found.name, found.timezone, found.is_default = words, timezone, is_default
    found.week = [[list(span) for span in sorted(day)] for day in week]
    found.changed_at = clock.now()
    _save(found, _("There are hours of this name already. Choose another name."))
    journal.record(workspace.pk, "hours.saved", found, actor=by, name=words)
    ask_for_recount(workspace.pk)
    return found


def _save(row: BusinessHours | SlaPolicy, taken: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise HoursError(taken) from error


@transaction.atomic
def delete_hours(row: BusinessHours, by: Any) -> None:
    """Takes opening hours away. Policies that counted in them count around the clock from then on."""
    journal.record(row.workspace_id, "hours.removed", row, actor=by, name=row.name)
    workspace_id = row.workspace_id
    row.delete()
    ask_for_recount(workspace_id)


@transaction.atomic
def set_day(row: BusinessHours, by: Any, day: date, name: str, spans: Sequence[Span]) -> SpecialDay:
    """One day unlike its weekday: closed without spans, open at these hours with them."""
    if sentence := pure.day_problem(spans):
        raise HoursError(sentence)
    _room(row, 1)
    found, _made = SpecialDay.objects.within(row.workspace_id).update_or_create(
        workspace_id=row.workspace_id,
        hours=row,
        day=day,
        defaults={"name": " ".join(name.split())[:120], "spans": [list(span) for span in sorted(spans)]},
    )
    _days_changed(row, by)
    return found


@transaction.atomic
def forget_day(row: BusinessHours, by: Any, key: int) -> None:
    """The day is like its weekday again."""
    if SpecialDay.objects.within(row.workspace_id).filter(hours=row, pk=key).delete()[0]:
        _days_changed(row, by)


@transaction.atomic
def set_holidays(row: BusinessHours, by: Any, country: str, region: str, years: Iterable[int]) -> int:
    """Closes the shop on the public holidays of a place. Days that the shop has set itself stay as they are.

    Returns how many days were added. Raises `ValueError`, a sentence, for a place that is not known.
    """
    found = [pair for year in years for pair in holidays_of(country, region, year)]
    have = set(SpecialDay.objects.within(row.workspace_id).filter(hours=row).values_list("day", flat=True))
    fresh: dict[date, SpecialDay] = {
        day: SpecialDay(workspace_id=row.workspace_id, hours=row, day=day, name=name[:120], spans=[])
        for day, name in found
        if day not in have
    }
    _room(row, len(fresh))
    SpecialDay.objects.bulk_create(fresh.values(), batch_size=200, ignore_conflicts=True)
    _days_changed(row, by)
    return len(fresh)


def _room(row: BusinessHours, more: int) -> None:
    if SpecialDay.objects.within(row.workspace_id).filter(hours=row).count() + more > MOST_DAYS:
        raise HoursError(_("These hours hold 1,000 single days at most. Remove some that have passed."))


def _days_changed(row: BusinessHours, by: Any) -> None:
    journal.record(row.workspace_id, "hours.days_changed", row, actor=by, name=row.name)
    ask_for_recount(row.workspace_id)


@transaction.atomic
def save_policy(workspace: Any, by: Any, values: Mapping[str, Any], row: SlaPolicy | None = None) -> SlaPolicy:
    """Makes a policy (last in order), or changes `row`.

    `values`: name, active, pause_waiting, hours (a row of this workspace or None), the lists of conditions, and the
    targets in minutes or None.
    """
    words = " ".join(str(values["name"]).split())[:80]
    if not words:
        raise HoursError(_("Give the policy a name, such as “Returns”."))
    targets = {name: values.get(name) for name in TARGETS}
    if not any(targets.values()):
        raise HoursError(_("Say at least one target: a policy without any changes nothing."))
    if any(value is not None and not 1 <= value <= LONGEST_TARGET for value in targets.values()):
        raise HoursError(_("A target lies between one minute and 30 days."))
    rows = SlaPolicy.objects.within(workspace)
    if row is None and rows.count() >= MOST_POLICIES:
        raise HoursError(_("A workspace keeps 60 policies at most. Change one that is there."))
    last = rows.order_by("-position").values_list("position", flat=True).first()
    found = row or SlaPolicy(workspace_id=workspace.pk, position=(last or 0) + 1)
    found.name, found.active, found.pause_waiting = words, bool(values["active"]), bool(values["pause_waiting"])
    found.hours = values.get("hours")
    for name in CONDITIONS:
        setattr(found, name, list(values.get(name) or []))
    for name, value in targets.items():
        setattr(found, name, value)
    found.changed_at = clock.now()
    _save(found, _("There is a policy of this name already. Choose another name."))
    journal.record(workspace.pk, "policy.saved", found, actor=by, name=words)
    ask_for_recount(workspace.pk)
    return found


@transaction.atomic
def delete_policy(row: SlaPolicy, by: Any) -> None:
    """Takes a policy away; its conversations go by the next one that fits."""
    journal.record(row.workspace_id, "policy.removed", row, actor=by, name=row.name)
    workspace_id = row.workspace_id
    row.delete()
    ask_for_recount(workspace_id)


@transaction.atomic
def move_policy(row: SlaPolicy, by: Any, *, up: bool) -> None:
    """One place up or down in the order in which policies are tried."""
    rows = list(SlaPolicy.objects.within(row.workspace_id).select_for_update().order_by("position", "id"))
    if not move(rows, row.pk, up=up):
        return
    SlaPolicy.objects.within(row.workspace_id).bulk_update(rows, ["position"])
    journal.record(row.workspace_id, "policy.moved", row, actor=by, name=row.name)
    ask_for_recount(row.workspace_id)
