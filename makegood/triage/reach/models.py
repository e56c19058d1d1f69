"""How far a thread has travelled, and how it came there."""

from __future__ import annotations

from django.db import models

from makegood.kit.scope import Scoped

__all__ = ["Snapshot", "Spread"]


class Spread(Scoped):
    """A thread we heard of and how far it has travelled, by the post through which we first heard of it."""

    network = models.CharField(max_length=30)
    thread_id = models.CharField(max_length=1000)
    mention = models.ForeignKey("listen.Mention", on_delete=models.CASCADE, related_name="+")
    """The post that is watched."""
    began_at = models.DateTimeField()
    """When that was posted."""
    replies = models.PositiveIntegerField(null=True)
    reposts = models.PositiveIntegerField(null=True)
    likes = models.PositiveIntegerField(null=True)
    voices = models.PositiveIntegerField(default=0)
    """Answers and reshares together: what the network last said."""
    seen_at = models.DateTimeField(null=True)
    """When it said so; null while it never did."""
    look_at = models.DateTimeField(null=True)
    """When to ask again; null where nobody can be asked, and once it is old."""
    warned_at = models.DateTimeField(null=True)
    warned_because = models.CharField(max_length=300, blank=True)
    heeded_at = models.DateTimeField(null=True)
    """When the desk put it before the others."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "network", "thread_id"], name="one_spread_a_thread")
        ]
        indexes = [
            models.Index(fields=["look_at"], condition=models.Q(look_at__isnull=False), name="spread_to_look_at"),
            models.Index(fields=["workspace", "network", "-began_at"], name="spread_newest"),
            models.Index(
                fields=["warned_at"],
                condition=models.Q(warned_at__isnull=False, heeded_at__isnull=True),
                name="spread_to_heed",
            ),
        ]


class Snapshot(Scoped):
    """What the network said of a thread at one moment."""

    spread = models.ForeignKey(Spread, on_delete=models.CASCADE, related_name="snapshots")
    at = models.DateTimeField()
    age_seconds = models.PositiveIntegerField()
    """How old the post was then: threads are compared at the same age."""
    replies = models.PositiveIntegerField(null=True)
    reposts = models.PositiveIntegerField(null=True)
    likes = models.PositiveIntegerField(null=True)
    voices = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["spread", "at"], name="snapshot_in_order")]
