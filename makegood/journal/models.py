"""What happened: one line for every change, written with the change itself and never altered."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Entry", "Mark"]

ONLY_GROWS = "The journal is append-only."


class Entry(Scoped):
    """One line of the journal.

    `actor_id` is the member who did it, or null when Makegood did. `subject` names the row it is about, as
    "conversation:12". `data` holds ids and short facts, never what a customer wrote, so that erasing a person leaves
    the journal whole.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=clock.now)
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=120)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "id"], name="journal_tail"),
            models.Index(fields=["workspace", "subject", "id"], name="journal_subject"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Writes the line once."""
        if not self._state.adding:
            raise TypeError(ONLY_GROWS)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never: the journal only grows. The database refuses it as well (see the first migrations)."""
        raise TypeError(ONLY_GROWS)


class Mark(models.Model):
    """How far a later stage has read the journal. Not scoped: one reader serves every workspace."""

    name = models.CharField(max_length=40, unique=True)
    entry_id = models.BigIntegerField(default=0)
