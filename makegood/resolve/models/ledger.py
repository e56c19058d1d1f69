"""What goodwill cost: entries that only grow, each of lines that add up to nothing."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["LedgerEntry", "LedgerLine"]

ONLY_GROWS = "The ledger is append-only: what was wrong is put right by an entry against it."


class _OnlyGrows(Scoped):
    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Writes the row once."""
        if not self._state.adding:
            raise TypeError(ONLY_GROWS)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never: the ledger only grows. The database refuses it as well (see the migrations)."""
        raise TypeError(ONLY_GROWS)


class LedgerEntry(_OnlyGrows):
    """One thing that cost money, or that was taken back: of which remedy, for which cause, by whom."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=clock.now)
    key = models.CharField(max_length=100)
    """What it books, once: "refund:12:done"."""
    remedy_id_is = models.BigIntegerField()
    remedy_kind = models.CharField(max_length=12)
    case_id_is = models.BigIntegerField(null=True)
    conversation_id_is = models.BigIntegerField()
    cause = models.CharField(max_length=80, blank=True)
    product = models.CharField(max_length=300, blank=True)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, null=True, related_name="+")
    decider = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, null=True, related_name="+")
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="one_ledger_entry_a_key")]
        indexes = [
            models.Index(fields=["workspace", "-at", "-id"], name="ledger_newest"),
            models.Index(fields=["workspace", "remedy_id_is"], name="ledger_of_remedy"),
        ]


class LedgerLine(_OnlyGrows):
    """One side of an entry: debits positive, credits negative; an entry adds up to 0 in each currency."""

    class Account(models.TextChoices):
        GOODWILL = "goodwill", _("goodwill")
        """What making good has cost."""
        MONEY_BACK = "money_back", _("paid back")
        """Money that left by a processor."""
        VOUCHERS = "vouchers", _("vouchers given")
        GOODS = "goods", _("goods given")
        SERVICE = "service", _("delivery and time")

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(LedgerEntry, on_delete=models.DO_NOTHING, related_name="lines")
    account = models.CharField(max_length=12, choices=Account.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "account", "at"], name="ledger_line_by_account"),
            models.Index(fields=["entry"], name="ledger_line_of_entry"),
        ]
