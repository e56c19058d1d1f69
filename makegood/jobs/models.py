"""Which processes are alive, and what work was cut short."""

from __future__ import annotations

from django.db import models

from makegood.kit import clock

__all__ = ["SILENT_SECONDS", "Heartbeat", "LeaseExpiry"]

SILENT_SECONDS = 30.0
"""How long a healthy process may give no sign of life."""


class Heartbeat(models.Model):
    """One row a process name ("web", "worker", "listener"), beaten every few seconds. Not scoped: it serves all."""

    name = models.CharField(max_length=40, unique=True)
    pid = models.IntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    @property
    def age(self) -> float:
        """Seconds since the last beat."""
        return (clock.now() - self.beat_at).total_seconds()

    @property
    def silent(self) -> bool:
        """Whether it has been quiet for longer than a healthy process is."""
        return self.age > SILENT_SECONDS


class LeaseExpiry(models.Model):
    """How often in one hour work of a kind was taken up again, as whoever had leased it never came back. Not scoped: it
    is a count, of nobody in particular.
    """

    kind = models.CharField(max_length=40)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "hour"], name="one_count_a_kind_and_hour")]
