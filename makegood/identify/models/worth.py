"""What a customer has brought and may still bring: what the shop says of its money, and the model fitted to it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["MoneySettings", "ValueModel"]


class MoneySettings(Scoped):
    """What the shop says of its money; one row a workspace."""

    currency = models.CharField(max_length=3, default="EUR")
    margin_percent = models.PositiveSmallIntegerField(default=40)
    """Of each sale, what is left after what it cost; used where an order's own cost is not known."""
    discount_percent = models.PositiveSmallIntegerField(default=10)
    """What money a year away is worth less than money today."""
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)
    fit_at = models.DateTimeField(default=clock.now)
    """When to look whether the models have to be fitted again."""
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_money_settings")]
        indexes = [models.Index(fields=["fit_at"], name="money_settings_to_fit")]


class ValueModel(Scoped):
    """The model of how this shop's customers buy, fitted to all its orders in one currency. The newest counts."""

    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=12)
    """See makegood.identify.value: which of the ways the orders were enough for."""
    model = models.JSONField(default=dict)
    customers = models.PositiveIntegerField()
    repeaters = models.PositiveIntegerField()
    until = models.DateTimeField()
    """Orders up to here were counted."""
    fitted_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "currency", "-fitted_at"], name="value_model_newest")]
