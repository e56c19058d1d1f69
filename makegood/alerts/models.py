"""What the team wants to be told, where, and what it was told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.alerts.models_personal import PersonalDestination, PersonalMessage
from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = [
    "Alert",
    "AlertDestination",
    "AlertRule",
    "Firing",
    "PersonalDestination",
    "PersonalMessage",
]


class AlertDestination(Scoped):
    """Where alerts go: a mail address, or a service that Apprise knows."""

    class Kind(models.TextChoices):
        MAIL = "mail", _("mail")
        SERVICE = "service", _("chat or push service")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=80)
    address = models.EmailField(blank=True)
    """Of mail. Empty for a service."""
    service = models.CharField(max_length=40, blank=True)
    """What the service is called: all that is ever shown of its address."""
    secret = models.TextField(blank=True)
    """The service's address, encrypted: whoever has it can write there."""
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    last_good_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    last_error_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_destination_a_name")]


class AlertRule(Scoped):
    """When to tell whom."""

    class Trigger(models.TextChoices):
        FOLLOWERS = "followers", _("A complaint from somebody with many followers")
        URGENT = "urgent", _("A complaint that can’t wait")
        CLOCK_WARNED = "clock_warned", _("A clock is about to break")
        CLOCK_BROKEN = "clock_broken", _("A clock or a promise is broken")
        CHANNEL = "channel", _("A channel is in trouble or silent")
        SOURCE = "source", _("A shop or payments are in trouble")
        THREAD = "thread", _("A thread grows fast")
        TRAVELLING = "travelling", _("Something travels faster than usual")
        REPLY = "reply", _("An answer could not be sent")
        ROUTED = "routed", _("A routing rule asks for it")
        RISING = "rising", _("More complaints than usual")

    name = models.CharField(max_length=120)
    trigger = models.CharField(max_length=14, choices=Trigger.choices)
    parameters = models.JSONField(default=dict)
    destinations = models.ManyToManyField(AlertDestination, related_name="rules")
    digest_minutes = models.PositiveIntegerField(default=0)
    """0: at once. Otherwise what comes within so many minutes is told in one message."""
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    """In the shop's time zone. What comes between the two is told when they end."""
    even_at_night = models.BooleanField(default=False)
    """Bad enough to break the quiet."""
    most_an_hour = models.PositiveIntegerField(default=10)
    repeat_minutes = models.PositiveIntegerField(default=60)
    """Of the same thing nothing more is told for so long."""
    active = models.BooleanField(default=True)
    since = models.DateTimeField(default=clock.now)
    """It holds for what happens from this moment on: when it was made, changed, or let go on."""
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_alert_rule_a_name")]


class Firing(Scoped):
    """A rule held true of something. It keeps what it is about and why, never what a customer wrote."""

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="firings")
    subject = models.CharField(max_length=80)
    """What it is about, as "conversation:12": of one subject a rule speaks once within its repeat time."""
    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, null=True, related_name="+")
    channel = models.ForeignKey("listen.Channel", on_delete=models.CASCADE, null=True, related_name="+")
    source = models.ForeignKey("identify.Source", on_delete=models.CASCADE, null=True, related_name="+")
    reason = models.CharField(max_length=300)
    entry_id = models.BigIntegerField(null=True)
    """The journal line that showed it; null for what no line tells, such as silence."""
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "entry_id", "subject"], name="a_line_fires_a_rule_once"),
        ]
        indexes = [
            models.Index(fields=["rule", "subject", "-at"], name="firing_of_subject"),
            models.Index(fields=["rule", "-at"], name="firing_newest"),
        ]


class Alert(Scoped):
    """One firing on its way to one destination: due or held -> sending -> sent | failed."""

    class State(models.TextChoices):
        DUE = "due", _("about to be sent")
        HELD = "held", _("held back")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    destination = models.ForeignKey(AlertDestination, on_delete=models.CASCADE, related_name="alerts")
    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, null=True, related_name="alerts")
    """Null for a test."""
    firing = models.ForeignKey(Firing, on_delete=models.CASCADE, null=True, related_name="alerts")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    send_after = models.DateTimeField()
    batch = models.CharField(max_length=40, blank=True)
    """What goes out in one message; chosen before it is sent, and the same at every attempt."""
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=500, blank=True)
    """Why it is where it is, for the person."""
    at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firing", "destination"], name="one_alert_a_firing_and_destination")
        ]
        indexes = [
            models.Index(
                fields=["send_after"],
                condition=models.Q(state__in=["due", "held", "sending"]),
                name="alert_due",
            ),
            models.Index(fields=["rule", "destination", "state", "sent_at"], name="alert_of_rule"),
            models.Index(fields=["destination", "-at"], name="alert_of_destination"),
            models.Index(fields=["workspace", "state", "-at"], name="alert_by_state"),
        ]
