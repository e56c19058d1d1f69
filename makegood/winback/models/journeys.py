"""What became of somebody who complained: the way from the complaint to the next purchase, and every move on it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Journey", "JourneyEvidence", "JourneyMove", "LoyaltyCount"]


class Journey(Scoped):
    """One complaint of one person, told by a conversation; the others about the same complaint are `part_of` it.

    Everything but `look_at` is written by `journeys.flow` alone, from evidence: see `journeys.rules`.
    """

    class State(models.TextChoices):
        UNHAPPY = "unhappy", _("Unhappy")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        RESOLVED = "resolved", _("Resolved")
        SATISFIED = "satisfied", _("Satisfied")
        RETURNED = "returned", _("Returned")
        ADVOCATE = "advocate", _("Advocate")
        LOST = "lost", _("Lost")

    conversation = models.OneToOneField("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    """The one in which they complained (first)."""
    part_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="parts")
    case = models.ForeignKey("desk.Case", on_delete=models.SET_NULL, null=True, related_name="+")
    contact = models.ForeignKey("identify.Contact", on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, blank=True)
    """"" while it has not been looked at."""
    reason = models.CharField(max_length=30, blank=True)
    """What moved it there: a code of `journeys.rules`."""
    state_at = models.DateTimeField(default=clock.now)
    complained_at = models.DateTimeField()
    complaint = models.ForeignKey("desk.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    remedies = models.JSONField(default=list)
    """The kinds of what was done for them, each once."""
    costs = models.JSONField(default=dict)
    """What that cost by the ledger, in minor units by currency."""
    remedied_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    """When it was first shown to be resolved, purchases aside."""
    score = models.PositiveSmallIntegerField(null=True)
    score_at = models.DateTimeField(null=True)
    said = models.ForeignKey("desk.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    """Where they said in public that it was made good."""
    said_at = models.DateTimeField(null=True)
    order = models.ForeignKey("identify.Order", on_delete=models.SET_NULL, null=True, related_name="+")
    """Their next purchase after the complaint."""
    bought_at = models.DateTimeField(null=True)
    bought_minor = models.BigIntegerField(null=True)
    bought_currency = models.CharField(max_length=3, blank=True)
    bought_count = models.PositiveIntegerField(default=0)
    """How many purchases there were since the complaint."""
    after = models.ForeignKey("desk.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    """The newest that they said of the shop elsewhere since then."""
    after_at = models.DateTimeField(null=True)
    after_intent = models.CharField(max_length=12, blank=True)
    expected_by = models.DateTimeField(null=True)
    """By when they would have bought again, by the value model; null where it cannot say."""
    void_at = models.DateTimeField(null=True)
    """Since when nothing in it is read as a complaint any more."""
    erased_at = models.DateTimeField(null=True)
    """Since when it stands still: who it was about was erased."""
    look_at = models.DateTimeField(null=True, default=clock.now)
    """When to see again where it stands."""
    looked_at = models.DateTimeField(default=clock.now)
    is_sample = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["look_at"], condition=models.Q(look_at__isnull=False), name="journey_to_look_at"),
            models.Index(
                fields=["workspace", "state", "-state_at", "-id"],
                condition=models.Q(part_of__isnull=True, void_at__isnull=True),
                name="journey_by_state",
            ),
            models.Index(fields=["workspace", "contact", "complained_at"], name="journey_of_contact"),
            models.Index(fields=["workspace", "case"], name="journey_of_case"),
        ]


class JourneyMove(Scoped):
    """That it moved from one state to another, why, and what shows it. Never changed."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="moves")
    was = models.CharField(max_length=12, choices=Journey.State.choices, blank=True)
    state = models.CharField(max_length=12, choices=Journey.State.choices, blank=True)
    """"" when nothing in it is a complaint any more."""
    reason = models.CharField(max_length=30)
    evidence = models.CharField(max_length=60, blank=True)
    """The row that shows it: "message:12", "order:7"; "" where it is that time has passed."""
    evidence_at = models.DateTimeField(null=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["journey", "id"], name="journey_move_in_order")]


class JourneyEvidence(Scoped):
    """What a member knows of it from elsewhere, in their words. It moves nothing by itself: the rules read it."""

    class Kind(models.TextChoices):
        BOUGHT = "bought", _("They bought again")
        RIGHT = "right", _("They say that it is right now")
        NOT_RIGHT = "not_right", _("They say that it is not right")
        LEAVING = "leaving", _("They say that they will not come back")

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="told")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    note = models.CharField(max_length=300)
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["journey", "at"], name="journey_told_in_order")]


class LoyaltyCount(Scoped):
    """How many of those who complained, and of those like them who had not, bought again within so many days.

    Numbers only, by stratum; what they say is worked out when they are shown (`journeys.comparing`).
    """

    days = models.PositiveSmallIntegerField()
    counted_at = models.DateTimeField(default=clock.now)
    strata = models.JSONField(default=list)
    """[{"orders", "recency", "spend": bands; "cases", "bought", "solved", "solved_bought", "others",
    "others_bought": counts}, ...]"""
    left_out = models.JSONField(default=dict)
    """How many complainers were not counted, by why: {"unknown": 3, "no_order": 1, "too_recent": 12}."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "days"], name="one_loyalty_count_a_horizon")]
