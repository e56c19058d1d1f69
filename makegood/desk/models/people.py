"""Who works on what together: what is shared with whom, who is there, who was asked to look."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Notice", "Presence", "Share"]


class Share(Scoped):
    """A conversation that a collaborator may see. They see nothing else."""

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    word = models.CharField(max_length=200, blank=True)
    """What the one who shared it said to them."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="shared_once")]
        indexes = [models.Index(fields=["user", "conversation"], name="shared_with")]


class Presence(Scoped):
    """A member who has a conversation open in this moment."""

    class Doing(models.TextChoices):
        READING = "reading", _("reading")
        TYPING = "typing", _("typing")

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    doing = models.CharField(max_length=8, choices=Doing.choices)
    seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="present_once")]
        indexes = [models.Index(fields=["seen_at"], name="presence_oldest")]


class Notice(Scoped):
    """Something a member should know: named in a note, given work, asked to approve, a promise about to break."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=20)
    text = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "user", "-at"], name="notice_newest"),
            models.Index(fields=["workspace", "user"], condition=models.Q(read_at__isnull=True), name="notice_unread"),
        ]
