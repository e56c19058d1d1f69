"""What an outside model may cost, and what it did: requests, tokens and money a day and a month.

Before anything is asked its most is taken out of what is left, in one transaction; afterwards what was not used is put
back. So no limit is ever passed, by however many processes at once, and a crash in between errs on the safe side.
"""

from __future__ import annotations

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from makegood.journal import api as journal
from makegood.kit import clock
from makegood.kit.amounts import amount_words
from makegood.triage.remote.models import OutsideModel, OutsideUse
from makegood.triage.remote.purse import Purse
from makegood.triage.remote.settings import Config

__all__ = ["BILLION", "LIMITS", "book", "day_of", "left", "note_limit", "reached", "reserve", "settle", "used"]

BILLION: Final = 10**9
LIMITS: Final = ("requests_day", "requests_month", "tokens_day", "tokens_month", "spend_day", "spend_month")
"""Of requests and tokens so many; of money so many of the currency's smallest unit."""
_MEASURES: Final = ("requests", "tokens", "spend")
UNLIMITED = 2**62


def day_of(row: OutsideModel) -> date:
    """Today, where the workspace is."""
    return clock.now().astimezone(ZoneInfo(row.workspace.timezone)).date()


def used(row: OutsideModel, day: date) -> dict[str, int]:
    """What is used up, by `LIMITS`; money in billionths of the smallest unit. 1 query."""
    days = OutsideUse.objects.within(row.workspace_id).filter(day__gte=day.replace(day=1), day__lte=day)
    found = dict.fromkeys(LIMITS, 0)
    for each in days:
        of_day = {"requests": each.requests, "tokens": each.tokens_in + each.tokens_out, "spend": each.cost}
        for name, number in of_day.items():
            found[f"{name}_month"] += number
            if each.day == day:
                found[f"{name}_day"] += number
    return found


def left(row: OutsideModel, day: date) -> dict[str, int]:
    """What may still be used: requests, tokens, and money in billionths of the smallest unit; never below 0."""
    gone = used(row, day)
    found = {}
    for measure in _MEASURES:
        unit = BILLION if measure == "spend" else 1
        names = [f"{measure}_{span}" for span in ("day", "month") if row.limits.get(f"{measure}_{span}") is not None]
        found[measure] = min([max(0, row.limits[name] * unit - gone[name]) for name in names], default=UNLIMITED)
    return found


def reached(row: OutsideModel, day: date) -> str:
    """The sentence that says which limit leaves nothing, or "" where all leave something."""
    gone = used(row, day)
    for name in LIMITS:
        limit = row.limits.get(name)
        if limit is not None and gone[name] >= limit * (BILLION if name.startswith("spend") else 1):
            return _sentence(name, limit, row.currency)
    return ""


def _sentence(name: str, limit: int, currency: str) -> str:
    measure, _sep, span = name.partition("_")
    until = _("until midnight") if span == "day" else _("until the month ends")
    what = {
        "requests": _("%(n)s requests") % {"n": f"{limit:,}"},
        "tokens": _("%(n)s tokens") % {"n": f"{limit:,}"},
        "spend": amount_words(limit, currency),
    }[measure]
    each = _("a day") if span == "day" else _("a month")
    return _("Your limit of %(what)s %(each)s is reached: Makegood’s own model reads %(until)s.") % {
        "what": what,
        "each": each,
        "until": until,
    }


@transaction.atomic
def reserve(row: OutsideModel, config: Config, requests: int, tokens_in: int, tokens_out: int) -> tuple[Purse, date]:
    """Takes what a turn needs at the most out of what is left, or as much as there is."""
    OutsideModel.objects.within(row.workspace_id).select_for_update().get(pk=row.pk)
    day = day_of(row)
    rest = left(row, day)
    most = {
        "requests": requests,
        "tokens": tokens_in + tokens_out,
        "spend": config.cost(tokens_in, tokens_out, requests),
    }
    purse = Purse(config, *(min(most[name], rest[name]) for name in _MEASURES))
    use, _made = OutsideUse.objects.within(row.workspace_id).get_or_create(
        workspace_id=row.workspace_id, day=day, defaults={}
    )
    OutsideUse.objects.within(row.workspace_id).filter(pk=use.pk).update(
        requests=F("requests") + purse.requests, tokens_in=F("tokens_in") + purse.tokens, cost=F("cost") + purse.spend
    )
    return purse, day


@transaction.atomic
def settle(row: OutsideModel, day: date, given: tuple[int, int, int], purse: Purse, counts: dict[str, int]) -> None:
    """Puts back what a turn did not use. `given` is what `reserve` gave: requests, tokens, money; `counts` are texts
    answered, remembered and fallen back.
    """
    cost = purse.config.cost(purse.used_in, purse.used_out, purse.used_requests)
    OutsideUse.objects.within(row.workspace_id).filter(day=day).update(
        requests=F("requests") - given[0] + purse.used_requests,
        tokens_in=F("tokens_in") - given[1] + purse.used_in,
        tokens_out=F("tokens_out") + purse.used_out,
        cost=F("cost") - given[2] + cost,
        **{name: F(name) + number for name, number in counts.items()},
    )


@transaction.atomic
def book(row: OutsideModel, **counts: int) -> None:
    """Counts texts for which nothing was asked: remembered ones, and those that fell back."""
    day = day_of(row)
    OutsideUse.objects.within(row.workspace_id).get_or_create(workspace_id=row.workspace_id, day=day, defaults={})
    OutsideUse.objects.within(row.workspace_id).filter(day=day).update(
        **{name: F(name) + number for name, number in counts.items()}
    )


@transaction.atomic
def note_limit(row: OutsideModel, day: date, sentence: str) -> None:
    """Says to the journal, once a day, that a limit stopped us."""
    fresh = OutsideUse.objects.within(row.workspace_id).filter(day=day, limited_at__isnull=True)
    if fresh.update(limited_at=clock.now()):
        journal.record(row.workspace_id, "outside_model.limited", row, sentence=sentence)
