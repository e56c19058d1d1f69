"""The recorded triage of a mention."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Assessment"]


class Assessment(Scoped):
    """What a mention is, how urgent, and how we respond: with reasons, and who decided."""

    class State(models.TextChoices):
        NEW = "new"
        TAKEN = "taken"

    mention = models.OneToOneField("listen.Mention", on_delete=models.CASCADE, related_name="assessment")
    language = models.CharField(max_length=12, blank=True)
    intent = models.CharField(max_length=12)
    intents = models.JSONField(default=dict)
    urgency = models.CharField(max_length=10)
    urgency_reason = models.CharField(max_length=300, blank=True)
    topics = models.JSONField(default=list)
    reasons = models.JSONField(default=list)
    doubts = models.JSONField(default=list)
    response = models.CharField(max_length=15)
    response_reason = models.CharField(max_length=300, blank=True)
    version = models.CharField(max_length=40)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """The member who decided; null while it is Makegood's own reading."""
    decided_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=6, choices=State.choices, default=State.NEW)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(state="new"), name="assessment_new")]
