"""The recorded triage of a mention."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from makegood.kit import clock
from makegood.kit.scope import Scoped
from makegood.triage.assessing.models import AssessmentRecord
from makegood.triage.reach.models import Snapshot, Spread
from makegood.triage.remote.models import OutsideAnswer, OutsideModel, OutsideTrouble, OutsideUse

__all__ = [
    "Assessment",
    "AssessmentRecord",
    "Correction",
    "OutsideAnswer",
    "OutsideModel",
    "OutsideTrouble",
    "OutsideUse",
    "OwnTopic",
    "SmallHead",
    "Snapshot",
    "Spread",
    "ThresholdChange",
    "TopicExample",
]


class Assessment(Scoped):
    """What a mention is, how urgent, and how we respond: with reasons, and who decided."""

    class State(models.TextChoices):
        NEW = "new"
        TAKEN = "taken"

    mention = models.OneToOneField("listen.Mention", on_delete=models.CASCADE, related_name="assessment")
    language = models.CharField(max_length=12, blank=True)
    intent = models.CharField(max_length=12)
    intents = models.JSONField(default=dict)
    urgency = models.CharField(max_length=10)
    urgency_reason = models.CharField(max_length=300, blank=True)
    topics = models.JSONField(default=list)
    severity = models.PositiveSmallIntegerField(default=0)
    """0 (no complaint) to 4; see `heads.SEVERITIES`."""
    sentiment = models.CharField(max_length=8, blank=True)
    flags = models.JSONField(default=list)
    """Those of `heads.FLAGS` that hold."""
    scores = models.JSONField(default=dict)
    """The model's calibrated probability of every label, such as "intent.complaint"; empty where only rules read."""
    reasons = models.JSONField(default=list)
    doubts = models.JSONField(default=list)
    response = models.CharField(max_length=15)
    response_reason = models.CharField(max_length=300, blank=True)
    version = models.CharField(max_length=40)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """The member who decided; null while it is Makegood's own reading."""
    decided_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=6, choices=State.choices, default=State.NEW)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(state="new"), name="assessment_new")]


class ThresholdChange(Scoped):
    """From which probability on a label is believed, as a member set it. The newest row holds; older ones stay.

    What is open and undecided is read again after each; `done_to` is how far that has come (the id of a conversation,
    from the newest down), null once it is done.
    """

    values = models.JSONField()
    """A threshold for each label that was chosen, such as {"intent.complaint": 0.3}."""
    before = models.JSONField(default=dict)
    """What held until then, of the same labels."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    done_to = models.BigIntegerField(null=True)
    looked = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-id"], name="threshold_newest"),
            models.Index(fields=["id"], condition=models.Q(done_to__isnull=False), name="threshold_due"),
        ]


class Correction(Scoped):
    """What a member says a mention is, of one head. No text is kept here: it is read from the mention, while it has it.

    With `after` as `before`, they confirmed what was read.
    """

    mention = models.ForeignKey("listen.Mention", on_delete=models.CASCADE, related_name="corrections")
    head = models.CharField(max_length=12)
    before = models.JSONField()
    after = models.JSONField()
    beside = models.JSONField(default=dict)
    """What followed from it and was Makegood's own to say: {field: what it was before}."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    version = models.CharField(max_length=40)
    """Who had read it before."""
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["mention", "head", "-id"], name="correction_newest"),
            models.Index(fields=["workspace", "head", "-id"], name="correction_by_head"),
        ]


class OwnTopic(Scoped):
    """A topic of the workspace's own, or what it calls one of ours (`slug` says which)."""

    slug = models.CharField(max_length=40)
    name = models.CharField(max_length=40)
    hidden = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    weights = models.BinaryField(null=True)
    """What was learnt from the examples; null while they are too few."""
    learnt_from = models.CharField(max_length=80, blank=True)
    """Which examples those were, so that it is noticed when others are there."""
    learnt_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict)
    """How well it tells them apart: examples, found, others, mistaken."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "slug"], name="one_topic_a_slug")]


class TopicExample(Scoped):
    """A text that is about a topic, or is not (`holds`): a mention, or a sentence that a member typed."""

    topic = models.ForeignKey(OwnTopic, on_delete=models.CASCADE, related_name="examples")
    mention = models.ForeignKey("listen.Mention", on_delete=models.CASCADE, null=True, related_name="+")
    text = models.CharField(max_length=500, blank=True)
    holds = models.BooleanField(default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "mention"], condition=models.Q(mention__isnull=False), name="one_example_a_mention"
            )
        ]


class SmallHead(Scoped):
    """What was learnt on top of a model from a workspace's corrections, and whether it is in use."""

    class State(models.TextChoices):
        ASKED = "asked"
        IN_USE = "in_use"
        KEPT = "kept"
        TURNED_DOWN = "turned_down"

    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    based_on = models.CharField(max_length=40, blank=True)
    """The version of the model it was learnt on; it fits no other."""
    weights = models.BinaryField(null=True)
    report = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="one_head_a_number"),
            models.UniqueConstraint(fields=["workspace"], condition=models.Q(state="in_use"), name="one_head_in_use"),
        ]
        indexes = [models.Index(fields=["id"], condition=models.Q(state="asked"), name="head_asked")]
