"""Asking again, some days after something was resolved, and what they say to it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["FollowUp", "FollowUpLink", "FollowUpSettings", "FollowUpWords", "Satisfaction"]


class FollowUpSettings(Scoped):
    """When a shop asks, and how often. Without a row it is as the defaults say."""

    active = models.BooleanField(default=True)
    days = models.PositiveSmallIntegerField(default=5)
    """How long after it was resolved, where neither the remedy nor the cause says otherwise."""
    by_remedy = models.JSONField(default=dict)
    """{"refund": 7, ...}"""
    by_cause = models.JSONField(default=dict)
    """{"12": 14, ...}: by the cause's id; before the remedy."""
    quiet_days = models.PositiveSmallIntegerField(default=3)
    """How long nothing is asked after another question."""
    remind_days = models.PositiveSmallIntegerField(default=5)
    """How long they have to answer before the one reminder, and after it."""
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_follow_up_settings_each")]


class FollowUpWords(Scoped):
    """The shop's own words; `language` is "" for those in its own language."""

    class Kind(models.TextChoices):
        ASK = "ask", _("The question")
        REMIND = "remind", _("The reminder")
        CLOSING = "closing", _("The public closing line")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    language = models.CharField(max_length=12, blank=True)
    text = models.TextField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "kind", "language"], name="one_follow_up_text_a_language")
        ]


class FollowUp(Scoped):
    """One asking after one problem: waiting -> ready -> asked -> answered | missed; or withdrawn."""

    class State(models.TextChoices):
        WAITING = "waiting", _("not due yet")
        READY = "ready", _("ready to be sent")
        ASKED = "asked", _("asked")
        ANSWERED = "answered", _("answered")
        MISSED = "missed", _("no answer")
        WITHDRAWN = "withdrawn", _("not asked")

    class Why(models.TextChoices):
        """What showed that it was resolved."""

        CASE = "case", _("the case was solved")
        OUTCOME = "outcome", _("they said that it is right now")
        REMEDY = "remedy", _("it was made good, and they know")
        CLOSED = "closed", _("it was answered and closed")

    class Withdrawn(models.TextChoices):
        """Why nobody is asked."""

        REOPENED = "reopened", _("it came back")
        MEMBER = "member", _("a member let it be")
        OLD = "old", _("too long ago")
        ERASED = "erased", _("the person or their post was deleted")

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey("desk.Case", on_delete=models.SET_NULL, null=True, related_name="+")
    person_key = models.CharField(max_length=560, blank=True)
    """Who is asked, "network:author id": nobody is asked twice within a few days, wherever they wrote."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=8, choices=Why.choices)
    remedy_kind = models.CharField(max_length=12, blank=True)
    resolved_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """When the next thing is to happen: it lies ready, the reminder does, or it is known that nobody answers."""
    ready_at = models.DateTimeField(null=True)
    words = models.TextField(blank=True)
    """As they were put into the answer last, with [link] where the link was."""
    laid_at = models.DateTimeField(null=True)
    """Since when an answer that holds the words, or the link, asks (or reminds)."""
    asked_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    in_public = models.BooleanField(default=False)
    """Others could read the link."""
    remind_from = models.DateTimeField(null=True)
    """Since when the one reminder lies ready."""
    reminded_at = models.DateTimeField(null=True)
    reminded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=8, choices=Withdrawn.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(state__in=["waiting", "ready", "asked"]),
                name="one_open_follow_up_a_conversation",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="follow_up_due"),
            models.Index(fields=["laid_at"], condition=models.Q(laid_at__isnull=False), name="follow_up_to_hear"),
            models.Index(fields=["workspace", "state", "-ready_at", "-id"], name="follow_up_by_state"),
            models.Index(fields=["workspace", "asked_at"], name="follow_up_asked"),
            models.Index(fields=["workspace", "person_key", "asked_at"], name="follow_up_of_person"),
            models.Index(fields=["workspace", "case"], name="follow_up_of_case"),
        ]

    @property
    def reminds(self) -> bool:
        """Whether what lies ready is the reminder."""
        return self.state == self.State.ASKED and self.remind_from is not None and self.reminded_at is None


class FollowUpLink(Scoped):
    """A way to the page where they answer. Only a hash of its secret is kept."""

    followup = models.ForeignKey(FollowUp, on_delete=models.CASCADE, related_name="links")
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="follow_up_link_expires")]


class Satisfaction(Scoped):
    """What they answered on the page. It can be changed for some days by whoever has the link."""

    followup = models.OneToOneField(FollowUp, on_delete=models.CASCADE, related_name="satisfaction")
    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    """1 (very unhappy) to 5 (very happy)."""
    first_score = models.PositiveSmallIntegerField()
    resolved = models.BooleanField(null=True)
    """Whether it is, as they say; null where they left it open."""
    comment = models.TextField(blank=True)
    asked_in_public = models.BooleanField(default=False)
    """The link could be read by others: it may have been somebody else."""
    given_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    changes = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(score__gte=1, score__lte=5), name="score_of_five"),
        ]
        indexes = [
            models.Index(fields=["workspace", "-given_at", "-id"], name="satisfaction_newest"),
            models.Index(fields=["conversation", "-given_at"], name="satisfaction_of_talk"),
        ]
