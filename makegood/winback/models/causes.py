"""Causes: what many complain of, what belongs to each and why, and rises in how many complain."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Cause", "CauseMember", "Complaint", "Rise", "RiseSettings"]


class Complaint(Scoped):
    """A complaint or suggestion, once a conversation, as far as it is counted and compared.

    Its words go when its author deletes it; that somebody complained that day of that topic stays.
    """

    conversation = models.OneToOneField("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    mention = models.ForeignKey("listen.Mention", on_delete=models.SET_NULL, null=True, related_name="+")
    """What they complained with first."""
    intent = models.CharField(max_length=12)
    topic = models.CharField(max_length=40, blank=True)
    """The topic's slug; "" where it has none."""
    product = models.CharField(max_length=300, blank=True)
    product_from = models.CharField(max_length=8, blank=True)
    """"order" or "text": where the product is known from."""
    place = models.CharField(max_length=12, blank=True)
    """The place in the journey (`causes.rules.PLACES`)."""
    words = models.JSONField(default=dict)
    """What it says, for comparing: {stem: word} (`causes.rules.stems`)."""
    posted_at = models.DateTimeField()
    day = models.DateField()
    """On the shop's calendar."""
    lost_at = models.DateTimeField(null=True)
    """Since when they count as lost; null while they do not."""
    lost_minor = models.BigIntegerField(null=True)
    """What losing them costs, as was expected then; null where there is no saying."""
    lost_currency = models.CharField(max_length=3, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "day", "topic"], name="complaint_by_day"),
            models.Index(fields=["workspace", "-posted_at", "-id"], name="complaint_newest"),
        ]


class Cause(Scoped):
    """Something that makes customers complain: proposed by Makegood, named by a member."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        OPEN = "open", _("open")
        FIXED = "fixed", _("fixed")
        REOPENED = "reopened", _("reopened")
        DECLINED = "declined", _("no cause")
        MERGED = "merged", _("merged")

    name = models.CharField(max_length=120, blank=True)
    """"" while it is proposed."""
    key = models.CharField(max_length=64, blank=True)
    """What Makegood found it by; "" of one that a member began."""
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    topic = models.CharField(max_length=40, blank=True)
    product = models.CharField(max_length=300, blank=True)
    place = models.CharField(max_length=12, blank=True)
    words = models.JSONField(default=list)
    """Its rule: what fits has this topic, product and place (where they are said) and one of these words."""
    joins = models.BooleanField(default=False)
    """Whether what fits belongs to it at once; otherwise it is suggested."""
    people = models.PositiveIntegerField(default=0)
    """Of a proposal: how many customers."""
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    fix_by = models.DateField(null=True)
    fixed_at = models.DateTimeField(null=True)
    fixed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    fixed_words = models.CharField(max_length=300, blank=True)
    """What was changed, for those who are told."""
    again_after = models.PositiveSmallIntegerField(default=3)
    """So many complaints after the fix open it again."""
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "key"], condition=~models.Q(key=""), name="one_cause_a_finding"
            ),
        ]
        indexes = [models.Index(fields=["workspace", "state", "-changed_at", "-id"], name="cause_by_state")]


class CauseMember(Scoped):
    """A complaint that belongs to a cause, may belong to it, or was taken out of it; with why."""

    class State(models.TextChoices):
        SUGGESTED = "suggested"
        IN = "in"
        REMOVED = "removed"

    cause = models.ForeignKey(Cause, on_delete=models.CASCADE, related_name="members")
    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="members")
    state = models.CharField(max_length=9, choices=State.choices)
    reasons = models.JSONField(default=list)
    """[[kind, words], ...] (`causes.rules.reason_words`)."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """The member who put it there or took it out; null for Makegood."""
    at = models.DateTimeField(default=clock.now)
    posted_at = models.DateTimeField()
    """As the complaint's."""
    ready_words = models.TextField(blank=True)
    """What was laid ready for telling them that it is fixed; "" once they are told."""
    ready_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cause", "complaint"], name="once_in_a_cause"),
            models.UniqueConstraint(fields=["complaint"], condition=models.Q(state="in"), name="one_cause_a_complaint"),
        ]
        indexes = [
            models.Index(fields=["cause", "state", "-posted_at", "-id"], name="cause_member_newest"),
            models.Index(fields=["ready_at"], condition=models.Q(ready_at__isnull=False), name="cause_member_to_tell"),
        ]


class RiseSettings(Scoped):
    """How often a workspace puts up with a false alarm about a rise, and whether it is to be looked at anew."""

    per_quarter = models.PositiveSmallIntegerField(default=1)
    """False alarms in three months, over all that is watched."""
    due = models.BooleanField(default=False)
    """A complaint was noted since causes were last proposed and rises looked for."""
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_rise_settings")]
        indexes = [models.Index(fields=["id"], condition=models.Q(due=True), name="causes_to_look_at")]


class Rise(Scoped):
    """More complaints than the week-day pattern explains: told once, until there are as few again as before."""

    series = models.CharField(max_length=60)
    """"all", "topic:delivery", "cause:12"."""
    cause = models.ForeignKey(Cause, on_delete=models.CASCADE, null=True, related_name="rises")
    name = models.CharField(max_length=120, blank=True)
    """What the series was called then; "" for all complaints."""
    day = models.DateField()
    """The last day that showed it."""
    began = models.DateField()
    """The first day of the span that showed it first."""
    facts = models.JSONField()
    """The newest evidence: count, expected, at_most, days, one_in."""
    found_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "series"], condition=models.Q(ended_at__isnull=True), name="one_open_rise_a_series"
            )
        ]
        indexes = [models.Index(fields=["workspace", "-found_at"], name="rise_newest")]
