"""What the journal says of money on its way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from makegood.resolve.api import amount_words

__all__ = ["PLAIN", "WITH_FACTS"]

Data = dict[str, Any]

PLAIN = {
    "refund.noted": gettext_lazy("noted the refund in the shop’s back office"),
    "refund.not_elsewhere": gettext_lazy("said that the other refund was for something else; this one is paid too"),
}


def _amount(data: Data) -> str:
    if data.get("amount_minor") is None or not data.get("currency"):
        return _("money")
    return amount_words(data["amount_minor"], data["currency"])


def _begun(data: Data) -> str:
    if data.get("way") == "payout":
        return _("set off a payout of %(amount)s") % {"amount": _amount(data)}
    return _("set off a refund of %(amount)s") % {"amount": _amount(data)}


def _sending(data: Data) -> str:
    attempt = int(data.get("attempt") or 1)
    if attempt == 1:
        return _("is paying %(amount)s back") % {"amount": _amount(data)}
    return _("is paying %(amount)s back, attempt %(n)d; it asks first what came of the last one") % {
        "amount": _amount(data),
        "n": attempt,
    }


def _paid(data: Data) -> str:
    if data.get("found"):
        return _("found that %(amount)s had been paid back by an earlier attempt") % {"amount": _amount(data)}
    return _("paid %(amount)s back") % {"amount": _amount(data)}


def _postponed(data: Data) -> str:
    seconds = int(data.get("seconds") or 0)
    span = ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    return _("looks after the refund again in %(span)s") % {"span": span}


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    "refund.begun": _begun,
    "refund.sending": _sending,
    "refund.paid": _paid,
    "refund.postponed": _postponed,
    "refund.arrived": lambda data: _("saw that %(amount)s has arrived") % {"amount": _amount(data)},
    "refund.failed": lambda data: (
        _("got %(amount)s back, as the processor could not deliver it") % {"amount": _amount(data)}
    ),
    "refund.refused": lambda data: (
        _("could not pay %(amount)s back. %(why)s") % {"amount": _amount(data), "why": data.get("sentence", "")}
    ),
    "refund.unknown": lambda data: _("could not tell whether %(amount)s was paid back") % {"amount": _amount(data)},
    "refund.elsewhere": lambda data: (
        _("paid nothing, as somebody had refunded %(amount)s at the processor") % {"amount": _amount(data)}
    ),
    "refund.twice": lambda data: _("saw a second refund of %(amount)s at the processor") % {"amount": _amount(data)},
    "refund.taken_back": lambda data: (
        _("took back the refund of %(amount)s before it was paid") % {"amount": _amount(data)}
    ),
    "refund.not_noted": lambda data: (
        _("could not note the refund in the shop’s back office. %(why)s") % {"why": data.get("sentence", "")}
    ),
}
