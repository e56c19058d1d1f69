"""After a purchase: who agreed to be written to, what they are asked, and what they said."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = [
    "AftercareAnswer",
    "AftercareLink",
    "AftercareMessage",
    "AftercareSettings",
    "AftercareWords",
    "Consent",
    "ConsentSource",
    "Unsubscribed",
]


class AftercareSettings(Scoped):
    """When a shop asks after a purchase; without a row it does not."""

    active = models.BooleanField(default=False)
    after_delivery = models.PositiveSmallIntegerField(default=5)
    """Days after it was delivered."""
    after_shipping = models.PositiveSmallIntegerField(default=10)
    """Days after it was sent, where nobody knows whether it was delivered."""
    after_order = models.PositiveSmallIntegerField(default=14)
    """Days after it was ordered, where nothing else is known."""
    quiet_days = models.PositiveSmallIntegerField(default=60)
    """How long nobody is written to after another of these mails."""
    language = models.CharField(max_length=12, default="en")
    """Of those of whom no language is known."""
    look_at = models.DateTimeField(default=clock.now)
    """When to look next: for orders, and for what is too old or erased."""
    after = models.CharField(max_length=80, blank=True)
    """Up to which order the looking has come, "" at its beginning."""
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_aftercare_settings_each")]
        indexes = [
            models.Index(fields=["look_at"], name="aftercare_to_look"),
        ]


class AftercareWords(Scoped):
    """The shop's own words in one language."""

    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=150)
    body = models.TextField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "language"], name="one_aftercare_text_a_language")]


class ConsentSource(Scoped):
    """Where addresses agreed: a list that a member pasted, or one that they entered by hand."""

    class How(models.TextChoices):
        LIST = "list", _("a list")
        HAND = "hand", _("by hand")

    how = models.CharField(max_length=4, choices=How.choices)
    where = models.CharField(max_length=300)
    """In the member's words: "the checkout's box", "asked in the shop"."""
    count = models.PositiveIntegerField(default=0)
    """Addresses that were taken."""
    left_out = models.PositiveIntegerField(default=0)
    """Those that had unsubscribed."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-at"], name="consent_source_newest")]


class Consent(Scoped):
    """One address agreed. The address itself stays with the customer: here is a keyed hash of it."""

    address_hash = models.CharField(max_length=64)
    source = models.ForeignKey(ConsentSource, on_delete=models.CASCADE, related_name="+")
    agreed_on = models.DateField()
    language = models.CharField(max_length=12, blank=True)
    at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "address_hash"], name="one_consent_an_address")]


class Unsubscribed(Scoped):
    """Somebody wants no mail from this shop: no consent, earlier or later, counts any more. Never deleted."""

    class How(models.TextChoices):
        PAGE = "page", _("on the page")
        MAIL = "mail", _("in their mail program")
        MEMBER = "member", _("they told a member")

    address_hash = models.CharField(max_length=64)
    how = models.CharField(max_length=6, choices=How.choices)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "address_hash"], name="one_unsubscribing_each")]


class AftercareMessage(Scoped):
    """One mail after one order: ready -> queued -> sending -> sent | refused | unknown; or skipped."""

    class State(models.TextChoices):
        READY = "ready", _("ready")
        QUEUED = "queued", _("about to be sent")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        REFUSED = "refused", _("refused")
        UNKNOWN = "unknown", _("perhaps sent")
        SKIPPED = "skipped", _("not sent")

    class Skip(models.TextChoices):
        """Why nobody is asked."""

        NO_CONSENT = "no_consent", _("they have not agreed to it, or took it back")
        UNSUBSCRIBED = "unsubscribed", _("they want no mail")
        TOO_SOON = "too_soon", _("they were asked after another purchase a short while ago")
        OPEN = "open", _("something they wrote to us about is still open")
        REFUNDED = "refunded", _("it was cancelled or refunded")
        OLD = "old", _("nobody sent it in time")
        MEMBER = "member", _("a member let it be")
        ERASED = "erased", _("they were erased, or have no address")

    order = models.ForeignKey("identify.Order", on_delete=models.SET_NULL, null=True, related_name="+")
    address_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices)
    skipped_because = models.CharField(max_length=12, choices=Skip.choices, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    """From when it is released until it is sent: as the member saw it, with {link} where the link will be."""
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    """Names the mail to mail servers and programs, however often it is tried."""
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    send_after = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    sentence = models.CharField(max_length=500, blank=True)
    """What a person should know of the last attempt."""
    sent_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order"], name="one_aftercare_message_an_order")]
        indexes = [
            models.Index(fields=["workspace", "state", "made_at", "id"], name="aftercare_by_state"),
            models.Index(fields=["workspace", "address_hash", "made_at"], name="aftercare_of_address"),
            models.Index(fields=["workspace", "sent_at"], name="aftercare_sent"),
            models.Index(
                fields=["state", "send_after"],
                condition=models.Q(state__in=["queued", "sending"]),
                name="aftercare_to_send",
            ),
        ]


class AftercareLink(Scoped):
    """The way to a mail's pages. Only a hash of its secret is kept. Never deleted: one can always unsubscribe by it."""

    message = models.ForeignKey(AftercareMessage, on_delete=models.CASCADE, related_name="links")
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=clock.now)


class AftercareAnswer(Scoped):
    """What they said on the page."""

    message = models.OneToOneField(AftercareMessage, on_delete=models.CASCADE, related_name="answer")
    arrived = models.BooleanField(null=True)
    good = models.BooleanField(null=True)
    """Whether it is as they hoped."""
    comment = models.TextField(blank=True)
    trouble = models.BooleanField()
    """It has not arrived, or is not as they hoped."""
    ever_trouble = models.BooleanField()
    """It was so in any of their answers."""
    given_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    changes = models.PositiveSmallIntegerField(default=0)
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    handled_note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace", "changed_at", "id"],
                condition=models.Q(trouble=True, handled_at__isnull=True),
                name="aftercare_trouble",
            ),
        ]
