"""What was answered to the questions of a response assessment, by whom and when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["AssessmentRecord"]


class AssessmentRecord(Scoped):
    """One way through the questions, from the first answer to the decision. Nothing of it is changed afterwards.

    It holds no words of the author's: those stand with the mention, and go with it.
    """

    class Response(models.TextChoices):
        RESTORATION = "restoration", _("make it good")
        FIX_FACTS = "fix_facts", _("give the facts")
        SHARE_SUCCESS = "share_success", _("thank and share")
        MONITOR = "monitor", _("only watch")
        LET_STAND = "let_stand", _("let stand")

    mention = models.ForeignKey("listen.Mention", on_delete=models.CASCADE, related_name="+")
    proposals = models.JSONField(default=dict)
    """What Makegood proposed when it began: {question: [answer, confidence, reason]}."""
    answers = models.JSONField(default=dict)
    """{question: answer} as it stands."""
    steps = models.JSONField(default=list)
    """Every answer as it was given, changed ones too: [{question, answer, by, name, at}]."""
    by_version = models.CharField(max_length=40, blank=True)
    """What read the text for the proposals."""
    response = models.CharField(max_length=15, choices=Response.choices, blank=True)
    """What was decided; empty until then."""
    led_to = models.CharField(max_length=15, choices=Response.choices, blank=True)
    """What the answers come to, which a member may decide against."""
    also = models.JSONField(default=list)
    classes = models.JSONField(default=list)
    considered = models.JSONField(default=dict)
    """What was known for each of the five considerations when it was decided: {slug: sentence}."""
    because = models.CharField(max_length=500, blank=True)
    """Why, in the member's own words."""
    changed = models.PositiveSmallIntegerField(default=0)
    """How many answers are not what Makegood proposed."""
    begun_at = models.DateTimeField(default=clock.now)
    finished_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mention"], condition=models.Q(finished_at__isnull=True), name="one_open_record_a_mention"
            )
        ]
        indexes = [
            models.Index(
                fields=["workspace", "-finished_at", "-id"],
                condition=models.Q(finished_at__isnull=False),
                name="record_newest",
            ),
            models.Index(fields=["mention", "-id"], name="record_of_mention"),
        ]
