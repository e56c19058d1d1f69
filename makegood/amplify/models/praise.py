"""Praise that was heard, and what its author lets the shop do with it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Permission", "PermissionAsk", "Praise", "Scope"]


class Scope(models.TextChoices):
    """What somebody may let the shop do with their words."""

    RESHARE = "reshare", _("reshare it on the network")
    WALL = "wall", _("show it on the shop’s own site")
    PICTURE = "picture", _("post it as a picture")


class Praise(Scoped):
    """One mention that praises, as the queue of praise shows it: the best first, each once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        THANKED = "thanked", _("thanked")
        PASSED = "passed", _("let stand")
        GONE = "gone", _("deleted by its author")
        OTHER = "other", _("not praise after all")

    mention = models.OneToOneField("listen.Mention", on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    rank = models.FloatField(default=0)
    """By reach and by how specific it is: see `makegood.amplify.praising.rules`."""
    reasons = models.JSONField(default=list)
    """Why it ranks where it does: [[code, value], ...]; each member reads them in their own language."""
    found_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    thanks_words = models.TextField(blank=True)
    """The thanks that were laid into an answer."""
    thanks_from = models.DateTimeField(null=True)
    """Since when an answer in the conversation says thanks; null while nobody is about to, and once it was sent."""
    is_sample = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "state", "-rank", "-id"], name="praise_best"),
            models.Index(fields=["conversation"], name="praise_of_conversation"),
            models.Index(
                fields=["thanks_from"], condition=models.Q(thanks_from__isnull=False), name="praise_to_be_thanked"
            ),
        ]


class PermissionAsk(Scoped):
    """A question for permission that was laid into an answer; a person sends it."""

    class Means(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")

    praise = models.ForeignKey(Praise, on_delete=models.CASCADE, related_name="asks")
    scopes = models.JSONField(default=list)
    words = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ready_at = models.DateTimeField(default=clock.now)
    asked_at = models.DateTimeField(null=True)
    """When the answer that asks was sent; null before."""
    answer = models.ForeignKey("desk.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    """The message that seems to answer it; a member says whether it does."""
    means = models.CharField(max_length=4, choices=Means.choices, blank=True)
    """What that message seems to say."""
    read_until = models.BigIntegerField(default=0)
    """The last message (id) that was looked at for an answer."""
    answered_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["ready_at"], condition=models.Q(answered_at__isnull=True), name="ask_open"),
            models.Index(fields=["workspace", "means", "-id"], name="ask_proposed"),
        ]


class Permission(Scoped):
    """What an author granted for one praise, until they take it back."""

    praise = models.ForeignKey(Praise, on_delete=models.CASCADE, related_name="permissions")
    scope = models.CharField(max_length=10, choices=Scope.choices)
    granted_at = models.DateTimeField()
    evidence = models.ForeignKey("desk.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    """The message in which they said so."""
    words = models.TextField()
    """What they said, kept with it."""
    asked = models.ForeignKey(PermissionAsk, on_delete=models.SET_NULL, null=True, related_name="+")
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    read_until = models.BigIntegerField(default=0)
    """The last message (id) that was looked at for whether they take it back."""
    doubt = models.ForeignKey("desk.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    """A message in which they seem to take it back; a member says whether they do."""
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=300, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    """When every use of it was taken down again, after it was revoked."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["praise", "scope"], condition=models.Q(revoked_at__isnull=True), name="one_permission_a_scope"
            )
        ]
        indexes = [
            models.Index(
                fields=["revoked_at"],
                condition=models.Q(revoked_at__isnull=False, undone_at__isnull=True),
                name="permission_to_undo",
            )
        ]
