"""Opening hours and policies as pages show them."""

from __future__ import annotations

from datetime import date
from typing import Any

from makegood.clocks.models import BusinessHours, Recount, SlaPolicy, SpecialDay

__all__ = ["all_hours", "all_policies", "days_of", "one_hours", "one_policy", "recount_done", "recounts"]

SHOWN_DAYS = 60


def all_hours(workspace: Any) -> list[BusinessHours]:
    """Every set of hours, by name (30 at most)."""
    return list(BusinessHours.objects.within(workspace).order_by("name"))


def one_hours(workspace: Any, key: int) -> BusinessHours | None:
    """One set of hours of the workspace."""
    return BusinessHours.objects.within(workspace).filter(pk=key).first()


def days_of(row: BusinessHours, since: date | None = None) -> list[SpecialDay]:
    """Its single days in order; with `since` only those to come, 60 at most."""
    rows = SpecialDay.objects.within(row.workspace_id).filter(hours=row).order_by("day")
    return list(rows if since is None else rows.filter(day__gte=since)[:SHOWN_DAYS])


def all_policies(workspace: Any) -> list[SlaPolicy]:
    """Every policy in the order in which they are tried (60 at most)."""
    return list(SlaPolicy.objects.within(workspace).select_related("hours").order_by("position", "id"))


def one_policy(workspace: Any, key: int) -> SlaPolicy | None:
    """One policy of the workspace."""
    return SlaPolicy.objects.within(workspace).select_related("hours").filter(pk=key).first()


def recounts() -> list[Recount]:
    """The workspaces whose clocks are to be set anew, the longest waiting first."""
    return list(Recount.objects.across("one step keeps the clocks of all workspaces").order_by("asked_at")[:100])


def recount_done(row: Recount, upto: int | None) -> None:
    """So far the clocks are set anew: to the conversation `upto`, or all (None).

    When the rules have changed once more meanwhile, it begins anew.
    """
    mine = Recount.objects.within(row.workspace_id).filter(pk=row.pk, asked_at=row.asked_at)
    if upto is None:
        mine.delete()
    else:
        mine.update(done_to=upto)
