"""Who wants posts kept, searches through them, and whose posts are not to be kept any longer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["ReplayErasure", "ReplayRun", "ReplayWish"]


class ReplayWish(Scoped):
    """A workspace wants public posts kept for a while. Without such a row it does not."""

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_replay_wish")]


class ReplayRun(Scoped):
    """A query on its way through the kept posts, from the newest to the oldest."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("looking back")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("stopped")

    query = models.ForeignKey("listen.Query", on_delete=models.CASCADE, related_name="replays")
    text = models.TextField()
    """The query as it was when this began."""
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    before = models.BigIntegerField(null=True, blank=True)
    """The number (see replay/segments.py) down to which everything was looked at; null: nothing yet."""
    reached_at = models.DateTimeField(null=True, blank=True)
    """The moment of the stream down to which everything was looked at."""
    posts_total = models.BigIntegerField(default=0)
    posts_done = models.BigIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    capped = models.BooleanField(default=False)
    """It ended before the oldest post, because it had found enough."""
    seconds = models.FloatField(default=0.0)
    """Spent looking, without the waiting in between."""
    sentence = models.TextField(blank=True)
    turned_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["query"], condition=models.Q(state__in=["queued", "running"]), name="one_replay_a_query"
            )
        ]
        indexes = [
            models.Index(fields=["state", "turned_at"], name="replay_due"),
            models.Index(fields=["query", "-id"], name="replay_newest"),
        ]


class ReplayErasure(models.Model):
    """Somebody was erased: what of theirs is kept goes. Not scoped: kept posts belong to nobody in particular."""

    author = models.CharField(max_length=16)
    """A hash of their id: not even who it was stays here."""
    erased_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["erased_at"], name="replay_erasure_age")]
