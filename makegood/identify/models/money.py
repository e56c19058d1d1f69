"""What was paid and given back, as the processor's own record has it. Amounts are minor units of their currency."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Charge", "ChargeRef", "ChargeRefund"]


class Charge(Scoped):
    """One payment. `double_of` is the one that it looks like the same payment as: see doubles.py."""

    class State(models.TextChoices):
        PENDING = "pending", _("under way")
        PAID = "paid", _("paid")
        FAILED = "failed", _("failed")
        DISPUTED = "disputed", _("disputed")

    source = models.ForeignKey("identify.Source", on_delete=models.CASCADE, related_name="charges")
    external_id = models.CharField(max_length=300)
    order = models.ForeignKey("identify.Order", on_delete=models.SET_NULL, null=True, related_name="charges")
    order_number = models.CharField(max_length=100, blank=True)
    number_key = models.CharField(max_length=100, blank=True)
    """The order's number as `Order.number_key`."""
    state = models.CharField(max_length=10, choices=State.choices)
    amount_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    email = models.CharField(max_length=320, blank=True)
    name = models.CharField(max_length=300, blank=True)
    payer_ref = models.CharField(max_length=300, blank=True)
    description = models.CharField(max_length=500, blank=True)
    method = models.CharField(max_length=120, blank=True)
    fingerprint = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    read_at = models.DateTimeField(default=clock.now)
    """When we asked the processor for it: an answer to an earlier question is not written over it."""
    erased_at = models.DateTimeField(null=True)
    """Whoever paid was erased: who they are is not written again."""
    double_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="doubles")
    double_because = models.JSONField(default=list)
    """[[kind, words], ...]; each member reads them in their own language."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="one_charge_each")]
        indexes = [
            models.Index(fields=["workspace", "email", "at"], name="charge_by_email"),
            models.Index(fields=["workspace", "amount_minor", "at"], name="charge_by_amount"),
            models.Index(fields=["workspace", "fingerprint", "at"], name="charge_by_card"),
            models.Index(fields=["workspace", "number_key"], name="charge_by_number"),
            models.Index(fields=["order"], name="charge_of_order"),
        ]


class ChargeRef(Scoped):
    """Another id of the same payment, as a shop may have noted it."""

    charge = models.ForeignKey(Charge, on_delete=models.CASCADE, related_name="refs")
    value = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["charge", "value"], name="one_charge_ref_each")]
        indexes = [models.Index(fields=["workspace", "value"], name="charge_ref_by_value")]


class ChargeRefund(Scoped):
    """A refund that stands at the processor, whoever made it. `key` is ours where we did."""

    class State(models.TextChoices):
        PENDING = "pending", _("on its way")
        DONE = "done", _("paid back")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    charge = models.ForeignKey(Charge, on_delete=models.CASCADE, related_name="refunds")
    external_id = models.CharField(max_length=300)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices)
    key = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(default=clock.now)
    """As of a charge."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["charge", "external_id"], name="one_charge_refund_each")]
        indexes = [models.Index(fields=["workspace", "key"], condition=~models.Q(key=""), name="charge_refund_by_key")]
