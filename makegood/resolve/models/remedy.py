"""What is done for a customer, from the asking to the doing. Amounts are minor units of their currency."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Outcome", "Remedy", "ReturnCase", "Wish"]


class Wish(Scoped):
    """What they said would make it right, as the member noted it."""

    conversation = models.OneToOneField("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)


class Outcome(Scoped):
    """Whether what was done made it right for them: the question that a person sends, and what they answered."""

    class Answer(models.TextChoices):
        MADE_RIGHT = "made_right", _("made right")
        NOT_YET = "not_yet", _("not right yet")
        NO_ANSWER = "no_answer", _("no answer")

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    words = models.TextField(blank=True)
    """The question as it was put into the answer."""
    ready_at = models.DateTimeField(null=True)
    """Since when an answer that holds `words` asks it; null once it was asked."""
    asked_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)
    """Until when they have to answer before the conversation comes back; null while nothing was asked, or it did."""
    answer = models.CharField(max_length=12, choices=Answer.choices, blank=True)
    at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(answer=""), name="one_open_outcome_a_conversation"
            )
        ]
        indexes = [
            models.Index(fields=["ready_at"], condition=models.Q(ready_at__isnull=False), name="outcome_to_ask"),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="outcome_to_miss"),
        ]


class Remedy(Scoped):
    """One thing done for one customer: requested -> auto_approved | approved | countered | declined | expired
    -> executed -> reversed.
    """

    class Kind(models.TextChoices):
        REFUND = "refund", _("Refund")
        REPLACEMENT = "replacement", _("Replacement")
        RETURN = "return", _("Return")
        VOUCHER = "voucher", _("Voucher")
        GIFT = "gift", _("Gift or sample")
        CALL = "call", _("Call or meeting")
        COURIER = "courier", _("Courier or delivery window")
        APOLOGY = "apology", _("Apology and explanation")

    class State(models.TextChoices):
        REQUESTED = "requested", _("waiting for a decision")
        AUTO_APPROVED = "auto_approved", _("within authority")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        COUNTERED = "countered", _("another offer was made")
        EXPIRED = "expired", _("nobody decided in time")
        EXECUTED = "executed", _("done")
        REVERSED = "reversed", _("taken back")

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("desk.Case", on_delete=models.SET_NULL, null=True, related_name="+")
    contact = models.ForeignKey("identify.Contact", on_delete=models.SET_NULL, null=True, related_name="+")
    person_key = models.CharField(max_length=80)
    """Whose yearly limit it counts against: "contact:7", else "author:..."; what was the same person stays counted."""
    order = models.ForeignKey("identify.Order", on_delete=models.SET_NULL, null=True, related_name="+")
    charge = models.ForeignKey("identify.Charge", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=14, choices=State.choices, default=State.REQUESTED)
    amount_minor = models.BigIntegerField(default=0)
    """What the customer gets, at its price."""
    cost_minor = models.BigIntegerField(default=0)
    """What it costs the shop."""
    counted_minor = models.BigIntegerField(default=0)
    """What the limits count: see `makegood.resolve.rules.counted`."""
    currency = models.CharField(max_length=3)
    cost_from = models.CharField(max_length=300, blank=True)
    """Where the cost comes from, in words."""
    details = models.JSONField(default=dict)
    """By kind: {"way": "original"|"payout", "email": ...}, {"percent": 10, "code": ...}, {"lines": [[line, count]]},
    {"times": [...]}, {"window": [from, until]}, {"item": ...}."""
    words = models.TextField(blank=True)
    """What the customer is told, in the shop's words; a person sends it."""
    reason = models.ForeignKey("resolve.ReasonCode", on_delete=models.PROTECT, null=True, related_name="+")
    reason_words = models.CharField(max_length=300, blank=True)
    policy_said = models.CharField(max_length=500, blank=True)
    exception = models.BooleanField(default=False)
    """The policy says no; it was done all the same, and why is in `reason_words`."""
    request_key = models.CharField(max_length=64)
    """Made by the page that asks: a second click with the same key is the same request."""
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_role = models.CharField(max_length=12, blank=True)
    """The role by whose authority it was decided, as it was then; whose month it counts in."""
    decided_at = models.DateTimeField(null=True)
    decided_because = models.CharField(max_length=300, blank=True)
    """Which limit it was within or above; or what the decider said."""
    counter_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="counters")
    due_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=300, blank=True)
    """A voucher's code, say, or the shop's id of what was made there."""
    problem = models.CharField(max_length=500, blank=True)
    """Why it is decided and yet not done, for the person."""
    to_do = models.CharField(max_length=500, blank=True)
    """What a person has to do by hand before it is done; "" where nothing is left to them."""
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    try_at = models.DateTimeField(null=True)
    """When to do it (again); null once it is done or waits for a person."""
    reversed_at = models.DateTimeField(null=True)
    reversed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reversed_because = models.CharField(max_length=300, blank=True)
    promise = models.ForeignKey("desk.Clock", on_delete=models.SET_NULL, null=True, related_name="+")
    """The promise that was given with it; kept when it is done and the customer knows."""
    ready_words = models.TextField(blank=True)
    """`words` with their places filled, once there is something to tell; a person sends it."""
    ready_public = models.TextField(blank=True)
    """The same as everybody may read them: without amount, order number and code."""
    tell_from = models.DateTimeField(null=True)
    """Since when there is something to tell the customer; null before, and once they have been told."""
    told_at = models.DateTimeField(null=True)
    """When the customer was told of it."""
    outcome = models.ForeignKey(Outcome, on_delete=models.SET_NULL, null=True, related_name="remedies")
    """Whether it made it right for them, once they were asked or have said so; one answer may be about several."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "request_key"], name="one_remedy_a_request")]
        indexes = [
            models.Index(fields=["conversation", "asked_at"], name="remedy_of_conversation"),
            models.Index(fields=["workspace", "state", "-asked_at", "-id"], name="remedy_by_state"),
            models.Index(fields=["workspace", "person_key", "asked_at"], name="remedy_of_person"),
            models.Index(fields=["workspace", "decided_role", "decided_at"], name="remedy_of_month"),
            models.Index(fields=["charge"], name="remedy_of_charge"),
            models.Index(fields=["order"], name="remedy_of_order"),
            models.Index(fields=["try_at"], condition=models.Q(try_at__isnull=False), name="remedy_to_do"),
            models.Index(fields=["-tell_from"], condition=models.Q(tell_from__isnull=False), name="remedy_to_tell"),
        ]


class ReturnCase(Scoped):
    """A return, by its RMA number: what comes back, by when, and where it is."""

    class State(models.TextChoices):
        OPEN = "open", _("waiting for the parcel")
        SENT = "sent", _("on its way back")
        RECEIVED = "received", _("received")
        CHECKED = "checked", _("checked")
        CLOSED = "closed", _("closed")
        LAPSED = "lapsed", _("never sent back")

    remedy = models.OneToOneField(Remedy, on_delete=models.PROTECT, related_name="returned")
    number = models.CharField(max_length=30)
    lines = models.JSONField(default=list)
    """[{"line": 12, "name": "Teapot", "count": 1}, ...]"""
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    label = models.TextField(blank=True)
    """What the customer puts on the parcel."""
    send_by = models.DateTimeField(null=True)
    tracking = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(null=True)
    then_refund_minor = models.BigIntegerField(default=0)
    """What is to be refunded once it is back."""
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="one_return_a_number")]
        indexes = [models.Index(fields=["workspace", "state", "send_by"], name="return_by_state")]
