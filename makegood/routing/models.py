"""Rules that give work to members, what each member takes, and what was given by which rule."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Routing", "RoutingRule", "Taken", "WorkProfile"]


class RoutingRule(Scoped):
    """If these, then that. Rules are tried by position; the first that fits ends it, unless it says to go on."""

    name = models.CharField(max_length=80)
    position = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=False)
    conditions = models.JSONField(default=dict)
    """`makegood.routing.rules.Conditions` as a mapping; what is missing asks for nothing."""
    actions = models.JSONField(default=dict)
    """`makegood.routing.rules.Actions` as a mapping."""
    go_on = models.BooleanField(default=False)
    """Whether the rules after it are tried as well."""
    since = models.DateTimeField(null=True)
    """It holds for what is heard from this moment on: when it was switched on. Null while it never was."""
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_routing_rule_a_name")]
        indexes = [models.Index(fields=["workspace", "position", "id"], name="routing_rule_in_order")]


class WorkProfile(Scoped):
    """What a member takes, when and how much. Without one a member takes anything, whenever the shop is open."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    takes = models.BooleanField(default=True)
    """Whether rules that choose among several may choose them."""
    topics = models.JSONField(default=list)
    """What they know about; empty: nothing was said."""
    languages = models.JSONField(default=list)
    """What they speak, as language codes; empty: nothing was said."""
    hours = models.ForeignKey("clocks.BusinessHours", on_delete=models.SET_NULL, null=True, related_name="+")
    """When they work. Null: when the shop is open."""
    most_open = models.PositiveSmallIntegerField(null=True)
    """With so many conversations that need an answer they are given no more. Null: no limit."""
    away_until = models.DateField(null=True)
    """The last day on which they are away, in the shop's time zone."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="one_work_profile_each")]


class Routing(Scoped):
    """That a conversation was routed: once, and what came of it."""

    class State(models.TextChoices):
        DONE = "done", _("nobody was asked for")
        GIVEN = "given", _("given to somebody")
        WAITING = "waiting", _("waits for somebody")
        ENDED = "ended", _("nobody is sought any more")

    conversation = models.OneToOneField("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    rule = models.ForeignKey(RoutingRule, on_delete=models.SET_NULL, null=True, related_name="+")
    """The rule that gives it to somebody."""
    state = models.CharField(max_length=8, choices=State.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=12, blank=True)
    """What it was given for, as it was read then, so that a later look asks for the same."""
    topics = models.JSONField(default=list)
    at = models.DateTimeField(default=clock.now)
    given_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    """While it waits: when somebody was last sought for it."""

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace", "looked_at", "id"], condition=models.Q(state="waiting"), name="routing_waiting"
            ),
            models.Index(
                fields=["workspace", "user", "given_at"], condition=models.Q(state="given"), name="routing_given"
            ),
        ]


class Taken(Scoped):
    """That a rule took a conversation; several may, when one of them says to go on."""

    routing = models.ForeignKey(Routing, on_delete=models.CASCADE, related_name="taken")
    rule = models.ForeignKey(RoutingRule, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["routing", "rule"], name="taken_once")]
        indexes = [models.Index(fields=["rule", "-at"], name="taken_newest")]
