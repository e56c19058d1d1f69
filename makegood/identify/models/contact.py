"""A person over all their channels, and on what ground each handle, address and number was tied to them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Contact", "Erasure", "Identity", "IdentitySuggestion", "Retention"]


class Contact(Scoped):
    """A person. One that was joined to another stays as it was, so that the joining can be undone."""

    name = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    joined_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="joined")
    took_along = models.JSONField(default=list)
    """Only while joined: the ids of the identities that were its own, which come back when it is split off again."""
    joined_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    joined_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-changed_at", "-id"], name="contact_newest"),
            models.Index(fields=["workspace", "name", "id"], name="contact_by_name"),
        ]

    @property
    def label(self) -> str:
        """What to call them."""
        return self.name or str(_("Somebody"))


class Identity(Scoped):
    """One handle, address, number or shop record that belongs to a contact: on what ground, by whom, since when.

    It is never changed or deleted: a tie that proves wrong ends, and keeps why.
    """

    class Kind(models.TextChoices):
        AUTHOR = "author", _("account on a network")
        EMAIL = "email", _("e-mail address")
        PHONE = "phone", _("phone number")
        CUSTOMER = "customer", _("customer of the shop")

    class Basis(models.TextChoices):
        TOLD = "told", _("they told us themselves")
        ORDER_NUMBER = "order_number", _("they gave an order number")
        VERIFIED_ADDRESS = "verified_address", _("the same verified address")
        PROFILE_LINK = "profile_link", _("their own profile links to it")
        SHOP_RECORD = "shop_record", _("the shop’s own record")
        OWN_WORDS = "own_words", _("they wrote to us from it")
        JUDGEMENT = "judgement", _("a member’s judgement")
        OPT_IN = "opt_in", _("they agreed to it")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    network = models.CharField(max_length=30, blank=True)
    """Of an account; "" for the rest."""
    value = models.CharField(max_length=500)
    """The network's permanent id; an address in lower case; a number as E.164; the customer row's id."""
    shown = models.CharField(max_length=300, blank=True)
    """How a person reads it."""
    customer = models.ForeignKey("identify.Customer", on_delete=models.CASCADE, null=True, related_name="identities")
    basis = models.CharField(max_length=20, choices=Basis.choices)
    evidence = models.CharField(max_length=300, blank=True)
    """What shows it, in words; what they wrote is in `message`."""
    message = models.ForeignKey("desk.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    conversation = models.ForeignKey("desk.Conversation", on_delete=models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "network", "value"],
                condition=models.Q(ended_at__isnull=True),
                name="one_contact_an_identity",
            )
        ]
        indexes = [
            models.Index(fields=["contact", "ended_at"], name="identity_of_contact"),
            models.Index(fields=["customer"], name="identity_of_customer"),
        ]


class IdentitySuggestion(Scoped):
    """The author of a conversation may be this customer; a member decides, never Makegood."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        TAKEN = "taken", _("Taken up")
        DECLINED = "declined", _("Declined")

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey("identify.Customer", on_delete=models.CASCADE, related_name="+")
    basis = models.CharField(max_length=20, choices=Identity.Basis.choices)
    """What it would be recorded as."""
    message = models.ForeignKey("desk.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    reasons = models.JSONField(default=list)
    """[[kind, words], ...], the strongest first; each member reads them in their own language."""
    strength = models.FloatField()
    """0 to 1: how much speaks for it."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "customer"], name="one_identity_suggestion_a_pair")
        ]
        indexes = [models.Index(fields=["conversation", "state", "-strength"], name="identity_suggestion_best")]


class Erasure(Scoped):
    """That a person was erased, by whom and what of; nothing about who they were."""

    contact_id_was = models.BigIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    counts = models.JSONField(default=dict)
    """{"messages": 12, "identities": 3, ...}; what was kept is in it too: {"orders_kept": 2}."""

    class Meta:
        indexes = [models.Index(fields=["workspace", "-at"], name="erasure_newest")]


class Retention(Scoped):
    """How long what was said on a network is kept."""

    network = models.CharField(max_length=30)
    days = models.PositiveIntegerField()
    due_at = models.DateTimeField(default=clock.now)
    """When to look next for what is older."""
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "network"], name="one_retention_a_network")]
