"""Customers and orders, as the shop's own record has them. Money is in minor units of the order's currency."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Customer", "Fulfilment", "Order", "OrderLine", "OrderLink", "OrderRef", "OrderRefund"]


class Customer(Scoped):
    """Somebody who has bought, by a shop's record. A guest is one too, known by their address ("guest:a@b.c")."""

    source = models.ForeignKey("identify.Source", on_delete=models.CASCADE, related_name="customers")
    external_id = models.CharField(max_length=300)
    name = models.CharField(max_length=300, blank=True)
    email = models.CharField(max_length=320, blank=True)
    """In lower case."""
    phone = models.CharField(max_length=40, blank=True)
    phone_key = models.CharField(max_length=8, blank=True)
    """Its last digits, as it is looked up: see `makegood.identify.addresses.phone_key`."""
    verified = models.BooleanField(default=False)
    url = models.CharField(max_length=2000, blank=True)
    since = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(default=clock.now)
    """As of when this is so: what is older than what we have is not written."""
    erased_at = models.DateTimeField(null=True)
    """Who they are is not written again, whatever their shop says."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="one_customer_a_record")]
        indexes = [
            models.Index(fields=["workspace", "email"], name="customer_by_email"),
            models.Index(fields=["workspace", "phone_key"], name="customer_by_phone"),
            models.Index(fields=["workspace", "name", "id"], name="customer_by_name"),
        ]


class Order(Scoped):
    """What somebody bought, as it stands now."""

    class State(models.TextChoices):
        OPEN = "open", _("placed")
        PAID = "paid", _("paid")
        PART_SHIPPED = "part_shipped", _("partly shipped")
        SHIPPED = "shipped", _("shipped")
        DELIVERED = "delivered", _("delivered")
        CANCELLED = "cancelled", _("cancelled")

    source = models.ForeignKey("identify.Source", on_delete=models.CASCADE, related_name="orders")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    external_id = models.CharField(max_length=300)
    number = models.CharField(max_length=100)
    """What the customer knows it by."""
    number_key = models.CharField(max_length=100)
    """The number in capitals without signs, as it is looked up."""
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    shipping_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    """By the shop's own record."""
    state = models.CharField(max_length=14, choices=State.choices)
    placed_at = models.DateTimeField()
    promised_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    """By the shop's clock: what is older than what we have is not written."""
    read_at = models.DateTimeField(default=clock.now)
    """When we asked the shop for it; decides between two states of one moment."""
    payment_refs = models.JSONField(default=list)
    destination = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    gone_at = models.DateTimeField(null=True)
    """When the shop deleted it."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="one_order_each")]
        indexes = [
            models.Index(fields=["workspace", "number_key"], name="order_by_number"),
            models.Index(fields=["customer", "-placed_at"], name="order_of_customer"),
            models.Index(fields=["workspace", "-placed_at", "-id"], name="order_newest"),
        ]


class OrderRef(Scoped):
    """The processor's id of a payment, as the shop noted it: one of `Order.payment_refs`, to be looked up by."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="refs")
    value = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "value"], name="one_order_ref_each")]
        indexes = [models.Index(fields=["workspace", "value"], name="order_ref_by_value")]


class OrderLine(Scoped):
    """One product of an order. `total_minor` was paid for the line, after discounts, tax included."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    external_id = models.CharField(max_length=300)
    name = models.CharField(max_length=300)
    sku = models.CharField(max_length=200, blank=True)
    product_id = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=200, blank=True)
    quantity = models.IntegerField()
    total_minor = models.BigIntegerField()
    cost_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "external_id"], name="one_order_line_each")]


class Fulfilment(Scoped):
    """A parcel of an order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="fulfilments")
    external_id = models.CharField(max_length=300)
    state = models.CharField(max_length=80, blank=True)
    carrier = models.CharField(max_length=120, blank=True)
    tracking = models.CharField(max_length=200, blank=True)
    tracking_url = models.CharField(max_length=2000, blank=True)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "external_id"], name="one_fulfilment_each")]


class OrderRefund(Scoped):
    """Money the shop says it gave back, whoever did it."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="refunds")
    external_id = models.CharField(max_length=300)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=300, blank=True)
    payment_ref = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "external_id"], name="one_order_refund_each")]


class OrderLink(Scoped):
    """A conversation is about this order: they named its number, or a member said so."""

    class How(models.TextChoices):
        NUMBER = "number", _("they named its number")
        MEMBER = "member", _("a member linked it")

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="links")
    how = models.CharField(max_length=8, choices=How.choices)
    message = models.ForeignKey("desk.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    words = models.CharField(max_length=100, blank=True)
    """The number as it was written."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "order"], name="one_order_link_each")]
