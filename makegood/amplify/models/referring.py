"""Links that customers pass on, who came by them, and the orders that they brought.

Nothing here says who a visitor was: see `makegood.amplify.referring.counting`.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["ClickDay", "DaySalt", "ReferralOrder", "SeenToday", "ShortLink"]


class ShortLink(Scoped):
    """One customer's own short link to a page of the shop. Its target is chosen by a member and kept here."""

    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=120)
    """Whose link it is, as members call them."""
    contact = models.ForeignKey("identify.Contact", on_delete=models.SET_NULL, null=True, related_name="+")
    conversation = models.ForeignKey("desk.Conversation", on_delete=models.SET_NULL, null=True, related_name="+")
    """Where it is handed to them."""
    target = models.CharField(max_length=2000)
    """Where it leads: http or https, as the member gave it, with `utm_…` added."""
    coupon = models.CharField(max_length=60, blank=True)
    """The discount code that goes with it, so that orders can be told apart in the shop."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    words = models.TextField(blank=True)
    """What was laid into an answer to hand it over, until that is sent."""
    ready_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    """When the customer was given it: from then on its visitors count towards the average."""
    ended_at = models.DateTimeField(null=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-made_at", "-id"], name="short_link_newest"),
            models.Index(fields=["workspace", "handed_at"], name="short_link_handed"),
            models.Index(
                fields=["conversation"], condition=models.Q(ready_at__isnull=False), name="short_link_to_hand"
            ),
        ]


class ClickDay(Scoped):
    """How often a link was followed on one day (UTC), by where from."""

    class Source(models.TextChoices):
        DIRECT = "direct", _("not said")
        SOCIAL = "social", _("social network")
        SEARCH = "search", _("search engine")
        MAIL = "mail", _("mail in the browser")
        SHOP = "shop", _("the shop itself")
        OTHER = "other", _("another site")

    link = models.ForeignKey(ShortLink, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    source = models.CharField(max_length=6, choices=Source.choices)
    clicks = models.PositiveIntegerField(default=0)
    visitors = models.PositiveIntegerField(default=0)
    """Of those clicks the first ones of a browser on that day."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "day", "source"], name="one_click_day_each")]
        indexes = [models.Index(fields=["workspace", "day"], name="click_day_newest")]


class SeenToday(Scoped):
    """That a browser has followed a link on this day already: a keyed hash whose key goes with the day."""

    link = models.ForeignKey(ShortLink, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(db_index=True)
    mark = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "day", "mark"], name="seen_once_a_day")]


class DaySalt(models.Model):
    """The key of one day's hashes, thrown away when the day is over. Not scoped: it names nobody."""

    day = models.DateField(unique=True)
    salt = models.BinaryField(max_length=32)


class ReferralOrder(Scoped):
    """An order that came by a link: a member found it in the shop by the link's code and noted its number."""

    link = models.ForeignKey(ShortLink, on_delete=models.CASCADE, related_name="orders")
    order = models.OneToOneField("identify.Order", on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
