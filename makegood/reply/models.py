"""What we answer: from the first letter typed to the moment it stands on the network."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Reply"]


class Reply(Scoped):
    """One answer: draft -> queued -> sending -> sent | refused | unknown. Until it is sending it can be withdrawn."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        QUEUED = "queued", _("about to be sent")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        REFUSED = "refused", _("refused")
        UNKNOWN = "unknown", _("unknown")
        WITHDRAWN = "withdrawn", _("withdrawn")

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="replies")
    channel = models.ForeignKey("listen.Channel", on_delete=models.SET_NULL, null=True, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    by_hand = models.BooleanField(default=False)
    """Sent by the person on the network's own page (hand-off), not by Makegood."""
    parent_id = models.CharField(max_length=1000)
    key = models.CharField(max_length=200, blank=True)
    """Chosen before it is queued; makes the write repeatable and lets us ask the network about it."""
    send_after = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=500, blank=True)
    """Why it is where it is, for the person."""
    network_id = models.CharField(max_length=1000, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "author"], condition=models.Q(state="draft"), name="one_draft_each"
            ),
            models.UniqueConstraint(fields=["channel", "key"], condition=~models.Q(key=""), name="one_reply_a_key"),
        ]
        indexes = [
            models.Index(fields=["send_after"], condition=models.Q(state__in=["queued", "sending"]), name="reply_due"),
            models.Index(fields=["conversation", "created_at"], name="reply_in_order"),
            models.Index(fields=["workspace", "state"], name="reply_by_state"),
        ]
