"""What we answer: from the first letter typed to the moment it stands on the network."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["CannedResponse", "CannedUse", "Macro", "Reply", "ReplyMedia", "SaidBefore", "ToneRules"]


class Reply(Scoped):
    """One answer: draft -> queued -> sending -> sent | refused | unknown. Until it is sending it can be withdrawn.

    What a newcomer writes is proposed first, and approved (then queued) or declined. What was planned for later is held
    when the customer has written again meanwhile: a person decides.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PROPOSED = "proposed", _("waiting for approval")
        DECLINED = "declined", _("declined")
        QUEUED = "queued", _("about to be sent")
        HELD = "held", _("held back")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        REFUSED = "refused", _("refused")
        UNKNOWN = "unknown", _("unknown")
        WITHDRAWN = "withdrawn", _("withdrawn")

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="replies")
    channel = models.ForeignKey("listen.Channel", on_delete=models.SET_NULL, null=True, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    by_hand = models.BooleanField(default=False)
    """Sent by the person on the network's own page (hand-off), not by Makegood."""

    class Purpose(models.TextChoices):
        ANSWER = "answer", _("answer")
        PRIVATE = "private", _("private message")
        CLOSING = "closing", _("public closing line")

    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.ANSWER)
    visibility = models.CharField(max_length=10, default="public")
    parent_id = models.CharField(max_length=1000)
    quoted_id = models.CharField(max_length=1000, blank=True)
    quoted_revision = models.CharField(max_length=300, blank=True)
    # An answer too long for one post is several rows: each waits, without `send_after`, for the one before.
    lead = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="parts")
    """The first part; null on it, and where there is one part only."""
    position = models.PositiveSmallIntegerField(default=0)
    counters = models.BooleanField(default=True)
    """Whether parts say which they are: "(1/3)"."""
    whole = models.TextField(blank=True)
    """On the first of several parts: the text as it was written, which an undo brings back."""
    follow_up = models.CharField(max_length=300, blank=True)
    """A public line to send once this private message stands."""
    scheduled = models.BooleanField(default=False)
    """A member chose the moment of `send_after`."""
    own_data = models.BooleanField(default=False)
    """A member has said that what looks like personal data in it is the shop's own, and may be read by everybody."""
    # Approval: what a newcomer or collaborator wrote, and what became of it.
    proposed_text = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=500, blank=True)
    key = models.CharField(max_length=200, blank=True)
    """Chosen before it is queued; makes the write repeatable and lets us ask the network about it."""
    send_after = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=500, blank=True)
    """Why it is where it is, for the person."""
    network_id = models.CharField(max_length=1000, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    revision = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "author"], condition=models.Q(state="draft"), name="one_draft_each"
            ),
            models.UniqueConstraint(fields=["channel", "key"], condition=~models.Q(key=""), name="one_reply_a_key"),
        ]
        indexes = [
            models.Index(fields=["send_after"], condition=models.Q(state__in=["queued", "sending"]), name="reply_due"),
            models.Index(fields=["conversation", "created_at"], name="reply_in_order"),
            models.Index(fields=["workspace", "state", "created_at", "id"], name="reply_by_state"),
            models.Index(fields=["lead", "position"], name="reply_parts"),
        ]


class ReplyMedia(Scoped):
    """A file that goes out with an answer."""

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="media")
    path = models.CharField(max_length=500)
    """Below the media folder; named by us, never by who uploaded it."""
    type = models.CharField(max_length=60)
    bytes = models.PositiveIntegerField()
    alt = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField(default=clock.now)


class CannedResponse(Scoped):
    """Words the shop has found good, with places for the customer's name and the like."""

    name = models.CharField(max_length=80)
    shortcut = models.CharField(max_length=30, blank=True)
    text = models.TextField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_canned_response_a_name"),
            models.UniqueConstraint(
                fields=["workspace", "shortcut"],
                condition=~models.Q(shortcut=""),
                name="one_canned_response_a_shortcut",
            ),
        ]


class CannedUse(Scoped):
    """An answer that went out with a canned response in it. One taken back before it was sent does not count."""

    canned = models.ForeignKey(CannedResponse, on_delete=models.CASCADE, related_name="uses")
    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["canned", "reply"], name="one_use_a_reply")]
        indexes = [models.Index(fields=["workspace", "at"], name="canned_use_newest")]


class Macro(Scoped):
    """Several steps by one key: label, assign, assess, snooze, close, put words into the composer."""

    name = models.CharField(max_length=80)
    steps = models.JSONField(default=list)
    """[{"do": "label", "value": "late"}, ...] in order."""
    uses = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_macro_a_name")]


class SaidBefore(Scoped):
    """What an answer that went out is known again by (`tone/sketches.py`); its words can't be read back from it."""

    reply = models.OneToOneField(Reply, on_delete=models.CASCADE, related_name="said_before")
    sketch = models.BinaryField()
    sentences = models.BinaryField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-at"], name="said_before_newest")]


class ToneRules(Scoped):
    """What a workspace has chosen for the tone guard; without a row everything is checked."""

    off = models.JSONField(default=list)
    """Codes of the checks that are switched off."""
    jargon = models.JSONField(default=dict)
    """The shop's words of the trade, each with what to say instead ("" where nobody has said)."""
    words = models.JSONField(default=list)
    """Words that are spelled right here."""
    own = models.JSONField(default=list)
    """Addresses and numbers of the shop itself, which may stand in public."""
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_tone_a_workspace")]
