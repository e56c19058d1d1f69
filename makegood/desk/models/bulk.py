"""One thing done to many conversations at once, with what is needed to take it back."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["BulkAction"]


class BulkAction(Scoped):
    """What was done, to how many conversations, and what each of them looked like before and after.

    A macro is one too: several steps, one conversation, taken back as a whole.
    """

    action = models.CharField(max_length=20)
    """assign, label, unlabel, close, reopen, let_stand, snooze; or macro."""
    params = models.JSONField(default=dict)
    """What goes with it, in words: {"to": "Malik"}, {"label": "late"}, {"macro": "Lost parcel"}."""
    changes = models.JSONField(default=list)
    """One entry for each conversation that changed; see `makegood.desk.standing`."""
    count = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    left = models.JSONField(default=list)
    """What the undo left as it was, and why: [{"id": 12, "why": "moved"}, ...]"""

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="bulk_newest")]
