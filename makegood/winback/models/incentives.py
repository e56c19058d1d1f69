"""What was offered to somebody so that they come back, beside what made good what went wrong."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Incentive"]


class Incentive(Scoped):
    """One offer, done by a remedy: so within authority, and in the ledger. It asks nothing in return, ever."""

    class Kind(models.TextChoices):
        VOUCHER = "voucher", _("Voucher")
        GIFT = "gift", _("Gift or sample")
        BEHIND = "behind", _("Look behind the scenes")
        FOUNDER = "founder", _("Meeting with the founder")

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    remedy = models.OneToOneField("resolve.Remedy", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    moment = models.CharField(max_length=12)
    """How they stood then: a state of `journeys.rules`."""
    author_key = models.CharField(max_length=200, blank=True)
    """"author:network:id": what they say of the shop afterwards has to say that they were given something."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "author_key", "-at"], name="incentive_of_author"),
            models.Index(fields=["conversation", "-at"], name="incentive_of_conversation"),
        ]
