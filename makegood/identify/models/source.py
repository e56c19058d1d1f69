"""The shops and payment processors we read, and what they told us by themselves."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["HookEvent", "Source"]


class Source(Scoped):
    """A shop or a payment processor that is connected. Read now and then, and when it tells us to."""

    class Side(models.TextChoices):
        SHOP = "shop", _("shop")
        PAYMENTS = "payments", _("payments")

    class State(models.TextChoices):
        WORKING = "working", _("working")
        TROUBLE = "trouble", _("in trouble")
        PAUSED = "paused", _("paused")
        DISCONNECTED = "disconnected", _("disconnected")

    side = models.CharField(max_length=10, choices=Side.choices)
    kind = models.CharField(max_length=20)
    """A key of the shops' or the processors' registry."""
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=1000)
    """The permanent id of the shop or account."""
    url = models.CharField(max_length=1000, blank=True)
    facts = models.JSONField(default=dict)
    secret = models.TextField(blank=True)
    """Its credentials, encrypted."""
    hook = models.CharField(max_length=64, unique=True)
    """The part of its webhook address that nobody can guess."""
    state = models.CharField(max_length=12, choices=State.choices, default=State.WORKING)
    cursor = models.JSONField(default=dict)
    caught_up_at = models.DateTimeField(null=True)
    """When everything it has had been read for the first time."""
    due_at = models.DateTimeField(null=True, default=clock.now)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    last_good_at = models.DateTimeField(null=True)
    problems = models.JSONField(default=list)
    """What could not be read lately: [[sentence, how often, when last], ...], the newest last."""
    connected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    connected_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True)
    """When a member took it away: nothing is read any more and its credentials are gone; what it brought stays."""
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "kind", "address"], name="one_source_an_address")]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state__in=["working", "trouble"]), name="source_due")
        ]


class HookEvent(Scoped):
    """A webhook that was verified: stored, answered, worked later. It keeps which rows to read anew, no content."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=80)
    wants = models.JSONField(default=dict)
    """{"orders": [...], "customers": [...], "payments": [...], "erase": [...]}, the source's ids."""
    at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "event_id"], name="one_hook_event_each")]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(done_at__isnull=True), name="hook_event_due"),
            models.Index(fields=["source", "-received_at"], name="hook_event_newest"),
        ]
