"""How one member is reached, and what was told them there."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["PersonalDestination", "PersonalMessage"]


class PersonalDestination(Scoped):
    """A way to one member of one workspace: their own mail address, a service that Apprise knows, or a browser."""

    class Kind(models.TextChoices):
        MAIL = "mail", _("mail")
        SERVICE = "service", _("chat or push service")
        PUSH = "push", _("this browser")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=80)
    active = models.BooleanField(default=True)
    """Mail goes to the member's own address and is switched off, not removed, so that it does not come back."""
    mark = models.CharField(max_length=64, blank=True)
    """A hash of the service's or browser's address: the same is kept once. "" of mail."""
    secret = models.TextField(blank=True)
    """The service's address or the browser's subscription, encrypted: whoever has it can write there. "" of mail."""
    created_at = models.DateTimeField(default=clock.now)
    last_good_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    last_error_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user", "kind", "mark"], name="one_personal_destination_each")
        ]


class PersonalMessage(Scoped):
    """One thing told to one member by one way: due -> sending (lease, attempt) -> sent | failed."""

    class State(models.TextChoices):
        DUE = "due", _("about to be sent")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    destination = models.ForeignKey(PersonalDestination, on_delete=models.CASCADE, related_name="messages")
    key = models.CharField(max_length=120)
    """What it tells, once: "approval:12:asked"."""
    sealed = models.TextField(blank=True)
    """What it says, encrypted, as it may hold a link that decides; "" once it is sent or given up."""
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    send_after = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=500, blank=True)
    """Why it is where it is, for the person."""
    at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["destination", "key"], name="one_personal_message_a_key")]
        indexes = [
            models.Index(
                fields=["send_after"], condition=models.Q(state__in=["due", "sending"]), name="personal_message_due"
            ),
            models.Index(fields=["destination", "-at"], name="personal_message_newest"),
        ]
