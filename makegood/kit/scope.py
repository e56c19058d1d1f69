"""Nobody else's data: every row that belongs to a workspace says so, and every look at such rows names the workspace.

`Model.objects.within(workspace)` is the way in. Work that serves all workspaces at once (the outbox, the listener)
says `Model.objects.across("why")`. `tools/scope_lint.py` refuses any other use of `.objects` on a scoped model.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from django.db import models

__all__ = ["Scoped", "ScopedManager"]

M = TypeVar("M", bound=models.Model)


class ScopedManager(models.Manager[M], Generic[M]):
    """The manager of a scoped model."""

    def within(self, workspace: Any) -> models.QuerySet[M]:
        """The rows of one workspace (an instance or its id)."""
        key = workspace if isinstance(workspace, int) else workspace.pk
        return self.filter(workspace_id=key)

    def across(self, why: str) -> models.QuerySet[M]:
        """The rows of all workspaces, for work that no single person asked for. `why` is read by reviewers."""
        assert why
        return self.all()


class Scoped(models.Model):
    """A row that belongs to one workspace."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")

    objects = ScopedManager()

    class Meta:
        abstract = True
