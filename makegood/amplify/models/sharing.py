"""What was carried on: reshares, quotes and pictures on the shop's own accounts, and by what rules."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Share", "SharingRules"]


class Share(Scoped):
    """One use of a praise on one of our accounts.

    queued -> sending -> done | refused | unknown. What is up is taken down by leaving -> removing -> removed | stuck.
    """

    class Kind(models.TextChoices):
        BOOST = "boost", _("reshared as it is")
        QUOTE = "quote", _("with words of our own")
        PICTURE = "picture", _("as a picture")

    class State(models.TextChoices):
        QUEUED = "queued", _("planned")
        SENDING = "sending", _("being shared")
        DONE = "done", _("shared")
        REFUSED = "refused", _("refused")
        UNKNOWN = "unknown", _("unknown")
        WITHDRAWN = "withdrawn", _("taken back")
        LEAVING = "leaving", _("to be taken down")
        REMOVING = "removing", _("being taken down")
        REMOVED = "removed", _("taken down")
        STUCK = "stuck", _("could not be taken down")

    praise = models.ForeignKey("amplify.Praise", on_delete=models.CASCADE, related_name="shares")
    permission = models.ForeignKey("amplify.Permission", on_delete=models.SET_NULL, null=True, related_name="shares")
    """The permission it rests on; null where the shop reshares public posts without asking."""
    channel = models.ForeignKey("listen.Channel", on_delete=models.SET_NULL, null=True, related_name="+")
    network = models.CharField(max_length=30)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    text = models.TextField(blank=True)
    """Our own words with it."""
    picture = models.BinaryField(null=True)
    """The picture (PNG), as the member who sent it saw it."""
    alt = models.TextField(blank=True)
    key = models.CharField(max_length=200)
    """Chosen before it is queued; makes the write repeatable and lets us ask the network about it."""
    send_after = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=500, blank=True)
    """Why it is where it is, for the person."""
    network_id = models.CharField(max_length=1000, blank=True)
    revision = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True)
    down_wanted_at = models.DateTimeField(null=True)
    """Since when it is to be down; once it is set it never goes up again."""
    down_because = models.CharField(max_length=300, blank=True)
    removed_at = models.DateTimeField(null=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            # What is up, or about to be, is there once: two clicks are one reshare.
            models.UniqueConstraint(
                fields=["praise", "channel", "kind"],
                condition=models.Q(state__in=["queued", "sending", "done", "unknown"]),
                name="one_share_a_kind",
            )
        ]
        indexes = [
            models.Index(
                fields=["send_after", "id"],
                condition=models.Q(state="queued"),
                name="share_due",
            ),
            models.Index(
                fields=["lease_until", "id"],
                condition=models.Q(state__in=["sending", "leaving", "removing"]),
                name="share_leased",
            ),
            models.Index(fields=["workspace", "-send_after", "-id"], name="share_newest"),
            models.Index(fields=["permission", "state"], name="share_by_permission"),
        ]


class SharingRules(Scoped):
    """How a workspace carries praise on: how often, whether it asks first, and with what words. At most one row."""

    most_a_day = models.PositiveSmallIntegerField(default=2)
    hours_between = models.PositiveSmallIntegerField(default=4)
    ask_first = models.BooleanField(default=True)
    """Whether a public post is reshared as it is only with its author's permission."""
    words = models.JSONField(default=dict)
    """The question for permission, by network ("" for all others); empty: Makegood's own words."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_row_of_sharing_rules")]
