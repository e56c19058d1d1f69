"""Money on its way back: exactly once."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Refund"]


class Refund(Scoped):
    """One refund or payout: due -> sending (lease, attempt, key) -> done | refused | unknown.

    After a crash the processor is asked before anything is sent again. `done` means that it stands at the processor;
    whether the money has arrived is in `arrived_at`.
    """

    class State(models.TextChoices):
        DUE = "due", _("about to be paid")
        SENDING = "sending", _("being paid")
        DONE = "done", _("paid")
        REFUSED = "refused", _("refused")
        UNKNOWN = "unknown", _("unknown")
        ELSEWHERE = "elsewhere", _("paid elsewhere already")
        FAILED = "failed", _("came back")
        """The processor took it and later gave the money back to the shop."""

    class Way(models.TextChoices):
        ORIGINAL = "original", _("the way it was paid")
        PAYOUT = "payout", _("PayPal, to the address they gave")

    remedy = models.ForeignKey("resolve.Remedy", on_delete=models.PROTECT, related_name="refunds")
    charge = models.ForeignKey("identify.Charge", on_delete=models.PROTECT, related_name="+")
    """What was paid: never more goes back, whichever way."""
    source = models.ForeignKey("identify.Source", on_delete=models.PROTECT, related_name="+")
    """The processor that pays."""
    way = models.CharField(max_length=10, choices=Way.choices, default=Way.ORIGINAL)
    payout_to = models.CharField(max_length=320, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    key = models.CharField(max_length=100, unique=True)
    """The processor's idempotency key, chosen with the row."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    processor_id = models.CharField(max_length=300, blank=True)
    processor_state = models.CharField(max_length=12, blank=True)
    sentence = models.CharField(max_length=500, blank=True)
    """Why it is where it is, for the person."""
    send_after = models.DateTimeField(null=True, default=clock.now)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    """How many attempts ended in trouble; one that was cut off by a crash says nothing about the processor."""
    first_sent_at = models.DateTimeField(null=True)
    """When it was first handed to the processor: its key is remembered there for a while only."""
    done_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """The member who said what became of it, where nobody else could."""
    shop_noted_at = models.DateTimeField(null=True)
    """When the shop's own back office was told."""
    shop_try_at = models.DateTimeField(null=True)
    """When to tell it (again)."""
    shop_attempt = models.PositiveSmallIntegerField(default=0)
    shop_sentence = models.CharField(max_length=500, blank=True)
    """Why its back office could not be told."""
    known = models.JSONField(default=list)
    """The processor's ids of the charge's refunds that whoever asked could know of: none of them is this one."""
    look_at = models.DateTimeField(null=True)
    """When to ask the processor what became of it; null before it is paid and once nothing more is to be expected."""
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["remedy"],
                condition=models.Q(state__in=["due", "sending", "done", "unknown", "elsewhere"]),
                name="one_refund_a_remedy",
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_is_positive"),
        ]
        indexes = [
            models.Index(fields=["send_after"], condition=models.Q(state__in=["due", "sending"]), name="refund_due"),
            models.Index(fields=["charge", "state"], name="refund_of_charge"),
            models.Index(fields=["look_at"], condition=models.Q(look_at__isnull=False), name="refund_to_follow"),
            models.Index(fields=["shop_try_at"], condition=models.Q(shop_try_at__isnull=False), name="refund_to_note"),
            models.Index(fields=["workspace", "state", "-at", "-id"], name="refund_by_state"),
        ]
