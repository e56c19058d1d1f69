"""One thing done to many conversations at once, with what is needed to take it back."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["BulkAction"]


class BulkAction(Scoped):
    """What was done, to which conversations, and how each stood before."""

    action = models.CharField(max_length=20)
    params = models.JSONField(default=dict)
    before = models.JSONField(default=list)
    """[{"id": ..., and the fields that were changed}, ...]"""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-at"], name="bulk_newest")]
