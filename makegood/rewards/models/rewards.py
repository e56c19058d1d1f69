"""Kudos, the ledger of points, and what points can be turned into."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Kudos", "Participant", "PointLine", "Reward", "RewardRequest", "ThanksSettings"]

ONLY_GROWS = "The ledger is append-only: write a line that takes another one back."


class ThanksSettings(Scoped):
    """How a workspace thanks its people; one row a workspace."""

    kudos_a_day = models.PositiveSmallIntegerField(default=3)
    values = models.JSONField(default=list)
    """What the shop stands for, a few words each; kudos may name one."""
    points = models.JSONField(default=dict)
    """Points by kind of evidence, where they are not `makegood.rewards.rules.DEFAULTS`."""
    board = models.BooleanField(default=False)
    """Whether there is a leader board."""
    currency = models.CharField(max_length=3, default="EUR")
    budget_minor = models.BigIntegerField(null=True)
    """What rewards may cost in a calendar month; null: not limited."""
    budget_points = models.PositiveIntegerField(null=True)
    """How many points may be turned into rewards in a calendar month; null: not limited."""
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_thanks_settings")]


class Participant(Scoped):
    """How one person takes part. Whoever spends their points or gives kudos locks this row first."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    takes_part = models.BooleanField(null=True)
    """What a manager chose; null: as the role has it."""
    on_board = models.BooleanField(default=True)
    """Whether they may stand on the leader board: their own choice."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="one_participant_each")]


class Kudos(Scoped):
    """A colleague's thanks. Names are kept as in the journal: they stay when somebody leaves."""

    giver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    giver_name = models.CharField(max_length=120)
    receiver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    receiver_name = models.CharField(max_length=120)
    reason = models.TextField(blank=True)
    """Why, in the giver's own words; empty only once a customer whom it may name was erased."""
    value = models.CharField(max_length=60, blank=True)
    public = models.BooleanField(default=True)
    """Whether the whole team reads it, or the two alone."""
    conversation = models.ForeignKey("desk.Conversation", on_delete=models.SET_NULL, null=True, related_name="+")
    case = models.ForeignKey("desk.Case", on_delete=models.SET_NULL, null=True, related_name="+")
    day = models.DateField()
    """The day on which it was given, in the shop's time zone: what is not given by its end is gone."""
    points = models.PositiveSmallIntegerField(default=0)
    weighed = models.JSONField(default=dict)
    """Why it counts for so many: {"nth": which of this giver to this receiver in the month, "mutual": ..., ...}."""
    request_key = models.CharField(max_length=40)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "request_key"], name="one_kudos_a_click")]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="kudos_newest"),
            models.Index(fields=["workspace", "giver", "day"], name="kudos_given"),
            models.Index(fields=["workspace", "receiver", "day"], name="kudos_received"),
            models.Index(fields=["conversation"], name="kudos_of_conversation"),
        ]


class PointLine(Scoped):
    """One line of somebody's points. Never changed, never deleted: all lines of a person add up to their balance."""

    class Kind(models.TextChoices):
        SATISFIED = "satisfied", _("A customer is satisfied after a complaint")
        RETURNED = "returned", _("A customer came back after a complaint")
        PROMISE = "promise", _("A promise was kept in time")
        CAUSE = "cause", _("A cause of complaints was fixed")
        HARD = "hard", _("A hard conversation was taken on")
        KUDOS = "kudos", _("Kudos")
        REVERSED = "reversed", _("Taken back")
        HELD = "held", _("Asked for a reward")
        PAID_BACK = "paid_back", _("Given back")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    points = models.IntegerField()
    matter = models.CharField(max_length=60)
    """What it is about, "case:12": a matter counts once for each kind and person."""
    round = models.PositiveSmallIntegerField(default=0)
    """How often it was taken back in this matter before."""
    evidence = models.BigIntegerField(null=True)
    """The journal line that shows it."""
    facts = models.JSONField(default=dict)
    """What the reason says; each member reads it in their own language."""
    conversation = models.ForeignKey("desk.Conversation", on_delete=models.SET_NULL, null=True, related_name="+")
    undoes = models.OneToOneField("self", on_delete=models.RESTRICT, null=True, related_name="undone_by")
    """The line that this one takes back; a line is taken back once."""
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "user", "kind", "matter", "round"],
                condition=~models.Q(kind__in=["reversed", "paid_back"]),
                name="one_line_a_kind_and_matter",
            ),
            models.CheckConstraint(
                condition=(models.Q(kind__in=["reversed", "held"]) & models.Q(points__lt=0))
                | (~models.Q(kind__in=["reversed", "held"]) & models.Q(points__gt=0)),
                name="points_have_their_sign",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "user", "-id"], name="points_of_person"),
            models.Index(fields=["workspace", "matter", "kind"], name="points_of_matter"),
            models.Index(fields=["workspace", "at"], name="points_in_time"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Writes the line once."""
        if not self._state.adding:
            raise TypeError(ONLY_GROWS)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never: the ledger only grows."""
        raise TypeError(ONLY_GROWS)


class Reward(Scoped):
    """Something in the catalogue; it need not cost money."""

    name = models.CharField(max_length=80)
    text = models.CharField(max_length=300, blank=True)
    points = models.PositiveIntegerField()
    cost_minor = models.BigIntegerField(default=0)
    """What it costs the shop, in `currency`'s minor units; 0 for a day off or the choice of the music."""
    currency = models.CharField(max_length=3, default="EUR")
    stock = models.PositiveIntegerField(null=True)
    """How many are left; null: as many as are asked for."""
    active = models.BooleanField(default=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_reward_a_name")]


class RewardRequest(Scoped):
    """Somebody would like a reward: its points are held until a manager has decided."""

    class State(models.TextChoices):
        ASKED = "asked", _("waiting")
        FULFILLED = "fulfilled", _("given")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("taken back")

    reward = models.ForeignKey(Reward, on_delete=models.RESTRICT, related_name="requests")
    reward_name = models.CharField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    user_name = models.CharField(max_length=120)
    points = models.PositiveIntegerField()
    cost_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    wish = models.CharField(max_length=300, blank=True)
    """A word of who asks: which day, which music."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    request_key = models.CharField(max_length=40)
    asked_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "request_key"], name="one_request_a_click")]
        indexes = [
            models.Index(fields=["workspace", "state", "-id"], name="reward_request_by_state"),
            models.Index(fields=["workspace", "user", "-id"], name="reward_request_of_person"),
            models.Index(fields=["workspace", "decided_at"], name="reward_request_decided"),
        ]
