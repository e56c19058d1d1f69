"""Which processes are alive."""

from __future__ import annotations

from django.db import models

__all__ = ["Heartbeat"]


class Heartbeat(models.Model):
    """One row a process name ("web", "worker", "listener"), beaten every few seconds. Not scoped: it serves all."""

    name = models.CharField(max_length=40, unique=True)
    pid = models.IntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    detail = models.JSONField(default=dict)
