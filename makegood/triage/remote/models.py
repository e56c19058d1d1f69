"""The outside model of a workspace, what it was asked and cost, what it said, and what went wrong with it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["OutsideAnswer", "OutsideModel", "OutsideTrouble", "OutsideUse"]


class OutsideModel(Scoped):
    """How a workspace's outside model is asked, and whether it is."""

    class Kind(models.TextChoices):
        CLASSIFIER = "classifier", _("Hugging Face text classification")
        TEI = "tei", _("Text Embeddings Inference (TEI)")
        ZERO_SHOT = "zero_shot", _("Hugging Face zero-shot classification")
        CHAT = "chat", _("Chat model, OpenAI-compatible")

    class Ask(models.TextChoices):
        DOUBT = "doubt", _("Only where Makegood’s own model is in doubt")
        ALWAYS = "always", _("About every mention")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    url = models.CharField(max_length=500)
    model = models.CharField(max_length=200, blank=True)
    secret = models.TextField(blank=True)
    """The key, encrypted."""
    labels = models.JSONField(default=dict)
    """Their labels with ours ("intent.complaint"), "" for one that means nothing to us."""
    heads = models.JSONField(default=list)
    """What a chat model is asked about."""
    leave_out = models.JSONField(default=list)
    """Parameters this server was found not to take."""
    ask = models.CharField(max_length=8, choices=Ask.choices, default=Ask.DOUBT)
    seconds = models.PositiveSmallIntegerField(default=10)
    """The longest that sorting waits for it."""
    currency = models.CharField(max_length=3, default="USD")
    price_in = models.BigIntegerField(default=0)
    """Of a million tokens sent, in thousandths of the currency's smallest unit; so a token costs so many billionths."""
    price_out = models.BigIntegerField(default=0)
    price_request = models.BigIntegerField(default=0)
    """Of one request, in billionths of the currency's smallest unit."""
    limits = models.JSONField(default=dict)
    """By `budget.LIMITS`; one that is not there does not hold."""
    active = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)
    """In a row, up to now."""
    asleep_until = models.DateTimeField(null=True)
    """Nobody is asked before that."""
    asleep_because = models.CharField(max_length=500, blank=True)
    last_good_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_outside_model_a_workspace")]


class OutsideUse(Scoped):
    """What was asked on one day, in the workspace's time zone. What is under way is counted at its most."""

    day = models.DateField()
    requests = models.BigIntegerField(default=0)
    tokens_in = models.BigIntegerField(default=0)
    tokens_out = models.BigIntegerField(default=0)
    cost = models.BigIntegerField(default=0)
    """In billionths of the currency's smallest unit."""
    answered = models.BigIntegerField(default=0)
    """Texts it read."""
    remembered = models.BigIntegerField(default=0)
    """Texts it had read before, so that it was not asked again."""
    fell_back = models.BigIntegerField(default=0)
    """Texts it should have read, and the embedded model did instead."""
    limited_at = models.DateTimeField(null=True)
    """When a limit was first met on that day."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "day"], name="one_outside_use_a_day")]


class OutsideAnswer(Scoped):
    """What it said of a text, without the text: the key is made of what was sent and of how it is asked."""

    key = models.CharField(max_length=64)
    said = models.JSONField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="one_outside_answer_a_text")]
        indexes = [models.Index(fields=["workspace", "at"], name="outside_answer_by_age")]


class OutsideTrouble(Scoped):
    """Something that went wrong with it, with how many texts at once. Only the newest are kept."""

    kind = models.CharField(max_length=12)
    sentence = models.CharField(max_length=500)
    count = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-at"], name="outside_trouble_newest")]
