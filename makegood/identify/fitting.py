"""The step that keeps the models of how a shop's customers buy up to date, a shop and currency at a time."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef

from makegood.accounts.api import Workspace
from makegood.identify.models import MoneySettings, Order, ValueModel
from makegood.identify.spending import spending
from makegood.jobs import api as jobs
from makegood.kit import clock

__all__ = ["fit_due"]

log = logging.getLogger(__name__)
LOOK = timedelta(hours=1)
AGE = timedelta(days=1)
"""Time itself changes a model: who was silent for another day."""
ENOUGH = 0.05
"""The share of orders that were read anew after which it does not wait for the day to pass."""
KEPT = 5
LEASE_SECONDS = 600
AT_ONCE = 4


def fit_due() -> int:
    """Fits the models whose time has come; returns how many. 2 queries where there are none."""
    _begin()
    count = 0
    due = MoneySettings.objects.across("one step fits for all workspaces").filter(fit_at__lte=clock.now())
    while rows := jobs.claim(due.order_by("fit_at"), seconds=LEASE_SECONDS, limit=AT_ONCE):
        for row in rows:
            try:
                count += sum(_fit(row.workspace_id, currency) for currency in _to_fit(row.workspace_id))
            except Exception:
                log.exception("fitting what customers of workspace %s may bring failed", row.workspace_id)
            finally:
                mine = MoneySettings.objects.within(row.workspace_id).filter(pk=row.pk)
                mine.update(fit_at=clock.now() + LOOK, lease_until=None)
    return count


def _begin() -> None:
    """Gives each shop with orders its settings: the currency is the one it sells in most."""
    mine = MoneySettings.objects.across("one step fits for all workspaces").filter(workspace=OuterRef("pk"))
    orders = Order.objects.across("one step fits for all workspaces").filter(workspace=OuterRef("pk"))
    for workspace in Workspace.objects.filter(Exists(orders), ~Exists(mine)):
        sold = Order.objects.within(workspace).order_by().values_list("currency").annotate(n=Count("pk"))
        currency = max(sold, key=lambda row: row[1])[0]
        try:
            with transaction.atomic():
                MoneySettings.objects.create(workspace=workspace, currency=currency)
        except IntegrityError:
            # A member has just saved them.
            continue


def _to_fit(workspace: int) -> list[str]:
    rows = Order.objects.within(workspace).order_by().values_list("currency").annotate(n=Count("pk"))
    return [currency for currency, count in rows if _is_due(workspace, currency, count)]


def _is_due(workspace: int, currency: str, count: int) -> bool:
    newest = _models(workspace, currency).first()
    if newest is None or clock.now() - newest.fitted_at >= AGE:
        return True
    orders = Order.objects.within(workspace).filter(currency=currency, read_at__gt=newest.fitted_at)
    return bool(orders.count() > count * ENOUGH)


def _models(workspace: Any, currency: str) -> Any:
    return ValueModel.objects.within(workspace).filter(currency=currency).order_by("-fitted_at", "-pk")


def _fit(workspace: int, currency: str) -> bool:
    # A third of a second to load: only whoever fits pays for it.
    from makegood.identify.value import fit, summarise

    now: datetime = clock.now()
    found = fit(summarise(spending(workspace, currency), now))
    ValueModel.objects.create(
        workspace_id=workspace,
        currency=currency,
        method=found.method.value,
        model=found.to_dict(),
        customers=found.n_customers,
        repeaters=found.n_repeat,
        until=now,
        fitted_at=now,
    )
    stale = list(_models(workspace, currency).values_list("pk", flat=True)[KEPT:])
    ValueModel.objects.within(workspace).filter(pk__in=stale).delete()
    return True
