"""What the shop has settled beforehand: return policies, reasons, its own words."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["ReasonCode", "RemedyTemplate", "ReturnPolicy"]


class ReasonCode(Scoped):
    """Why a remedy was given, in the shop's own list; `cause` is what the ledger adds up by."""

    name = models.CharField(max_length=80)
    cause = models.CharField(max_length=80, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_reason_a_name")]


class ReturnPolicy(Scoped):
    """How long and on what conditions something can be sent back. The first that fits the product counts."""

    class From(models.TextChoices):
        DELIVERED = "delivered", _("delivery")
        PLACED = "placed", _("the order")

    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    matches = models.JSONField(default=dict)
    """{"category": ["Shoes"], "sku": ["TEA-"]}: any of these; {} for everything."""
    window_days = models.PositiveSmallIntegerField()
    counts_from = models.CharField(max_length=10, choices=From.choices, default=From.DELIVERED)
    conditions = models.TextField(blank=True)
    customer_pays_return = models.BooleanField(default=False)
    returnable = models.BooleanField(default=True)
    active = models.BooleanField(default=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_return_policy_a_name")]


class RemedyTemplate(Scoped):
    """What the customer is told of a remedy, in the shop's own words, with places like {name} and {amount}."""

    kind = models.CharField(max_length=12)
    language = models.CharField(max_length=12, blank=True)
    text = models.TextField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "kind", "language"], name="one_template_a_kind")]
