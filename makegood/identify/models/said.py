"""Order numbers in what customers write."""

from __future__ import annotations

from django.db import models

from makegood.kit.scope import Scoped

__all__ = ["SaidNumber"]


class SaidNumber(Scoped):
    """Something in a customer's message that may be an order's number, or an address. It waits for such an order or
    customer, too: the shop may be read, or connected, after the message came. It holds no other words of theirs.
    """

    message = models.ForeignKey("desk.Message", on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    """As `Order.number_key`; an address, as `Customer.email`; a phone number, "tel:" and `Customer.phone_key`."""
    words = models.CharField(max_length=100)
    why = models.CharField(max_length=10)
    """named, marked, shaped or bare, see numbers.py; email or phone, see addresses.py."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "key"], name="one_said_number_each")]
        indexes = [models.Index(fields=["workspace", "key"], name="said_number_by_key")]
