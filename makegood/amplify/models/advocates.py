"""People who speak for the shop again and again, and what shows it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Advocate", "AdvocateEvidence"]


class AdvocateEvidence(Scoped):
    """One time somebody spoke for the shop: a praise, or an answer to another customer's question."""

    class Kind(models.TextChoices):
        PRAISE = "praise", _("praised")
        ANSWER = "answer", _("answered somebody else")

    kind = models.CharField(max_length=6, choices=Kind.choices)
    network = models.CharField(max_length=30)
    author_id = models.CharField(max_length=500)
    author_name = models.CharField(max_length=300, blank=True)
    author_handle = models.CharField(max_length=300, blank=True)
    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    """Where it stands on the desk."""
    mention = models.OneToOneField("listen.Mention", on_delete=models.CASCADE, null=True, related_name="+")
    """The praise; null for an answer."""
    message = models.OneToOneField("desk.Message", on_delete=models.CASCADE, null=True, related_name="+")
    """The answer; null for a praise."""
    at = models.DateTimeField()
    """When it was posted."""

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "author_id", "network", "-at"], name="advocate_evidence_of"),
            models.Index(fields=["conversation"], name="advocate_evidence_in"),
        ]


class Advocate(Scoped):
    """Somebody who may be an advocate by the rule; a member says whether they are."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        CONFIRMED = "confirmed", _("confirmed")
        DECLINED = "declined", _("not one")

    person_key = models.CharField(max_length=600)
    """"contact:12" where it is known who they are, else the network and the author's id."""
    contact = models.ForeignKey("identify.Contact", on_delete=models.SET_NULL, null=True, related_name="+")
    network = models.CharField(max_length=30)
    author_id = models.CharField(max_length=500)
    name = models.CharField(max_length=300, blank=True)
    handle = models.CharField(max_length=300, blank=True)
    conversation = models.ForeignKey("desk.Conversation", on_delete=models.SET_NULL, null=True, related_name="+")
    """Their own newest one, where they can be thanked; null where they only answered others."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    reasons = models.JSONField(default=list)
    """Why the rule names them: [[code, number, number], ...]; each member reads them in their own language."""
    last_at = models.DateTimeField()
    """When they last spoke for the shop."""
    named_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    words = models.TextField(blank=True)
    """The thanks that were laid into an answer, until it is sent."""
    ready_at = models.DateTimeField(null=True)
    thanked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "person_key"], name="one_advocate_a_person")]
        indexes = [
            models.Index(fields=["workspace", "state", "-last_at", "-id"], name="advocate_newest"),
            models.Index(fields=["conversation"], condition=models.Q(ready_at__isnull=False), name="advocate_to_thank"),
        ]

    @property
    def label(self) -> str:
        """What to call them: their name, else their handle, else that nobody told us."""
        return self.name or self.handle or str(_("Somebody"))
