"""What the shop shows of permitted praise on a page of its own, and how."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Wall", "WallItem"]


class Wall(Scoped):
    """A workspace's public page of praise. Off until a member opens it."""

    class Mode(models.TextChoices):
        SELECTED = "selected", _("what we choose")
        EVERYTHING = "everything", _("everything, criticism too")

    slug = models.CharField(max_length=60, unique=True)
    """What its address ends with: chosen by a member, or drawn so that nobody guesses it."""
    is_open = models.BooleanField(default=False)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.SELECTED)
    heading = models.CharField(max_length=100, blank=True)
    noindex = models.BooleanField(default=True)
    """Search engines are asked to leave it out."""
    frame_sites = models.JSONField(default=list)
    """Origins ("https://shop.example") that may show it in a frame; none: nobody."""
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_wall_a_workspace")]


class WallItem(Scoped):
    """What a member decided about one praise: whether it is shown, and where. No row: nobody has decided yet.

    It is no permission: what is shown is joined with the permission that stands each time it is drawn.
    """

    praise = models.OneToOneField("amplify.Praise", on_delete=models.CASCADE, related_name="on_wall")
    shown = models.BooleanField()
    place = models.IntegerField(default=0)
    """The smallest stands first."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    """When the member read it: what its author changed later waits until it was read again."""

    class Meta:
        indexes = [models.Index(fields=["workspace", "shown", "place", "id"], name="wall_in_order")]
