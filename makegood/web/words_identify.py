"""What the journal's verbs about shops, orders and people are called on screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from makegood.identify import api as identify

__all__ = ["PLAIN", "WITH_FACTS"]

PLAIN = {
    "money.changed": gettext_lazy("changed what the shop says of its money"),
    "source.connected": gettext_lazy("connected a shop or its payments"),
    "source.reconnected": gettext_lazy("connected a shop or its payments again"),
    "source.paused": gettext_lazy("paused a shop or its payments"),
    "source.resumed": gettext_lazy("resumed a shop or its payments"),
    "source.removed": gettext_lazy("removed a shop or its payments"),
    "source.recovered": gettext_lazy("reads from a shop again"),
    "source.caught_up": gettext_lazy("read all that a shop has for the first time"),
    "source.redacted": gettext_lazy("erased all that came from a shop, as the shop has to"),
    "source.subscribed": gettext_lazy("had a shop or its payments tell of changes at once"),
    "source.file_brought": gettext_lazy("brought a file of orders in"),
    "source.file_started": gettext_lazy("had a file of orders read"),
    "source.file_forgotten": gettext_lazy("forgot a file of orders"),
    "order.changed": gettext_lazy("read what has changed in the order"),
    "order.unlinked": gettext_lazy("said that it is not about this order"),
    "charge.refunded": gettext_lazy("saw at the processor how a refund stands"),
    "charge.doubled": gettext_lazy("found a payment that looks like one made twice"),
    "identity.ended": gettext_lazy("ended what tied a person to something"),
    "identity.suggested": gettext_lazy("suggests who they may be"),
    "identity.declined": gettext_lazy("said that they are somebody else"),
    "contact.described": gettext_lazy("changed the name or note"),
    "contact.joined": gettext_lazy("joined another contact with this one"),
    "contact.joined_to": gettext_lazy("joined this contact with another"),
    "contact.parted": gettext_lazy("undid the joining"),
    "contact.exported": gettext_lazy("exported all that is kept of them"),
    "contact.erased": gettext_lazy("erased them"),
    "conversation.erased": gettext_lazy("erased what was said"),
    "mention.erased": gettext_lazy("erased what was said"),
}


def _tied(data: Mapping[str, Any]) -> str:
    kinds, bases = dict(identify.Identity.Kind.choices), dict(identify.Identity.Basis.choices)
    kind, basis = kinds.get(str(data.get("kind"))), bases.get(str(data.get("basis")))
    if kind is None or basis is None:
        return _("noted who they are")
    return _("tied to them: %(what)s, because: %(why)s") % {"what": kind, "why": basis}


def _retention(data: Mapping[str, Any]) -> str:
    days = int(data.get("days") or 0)
    if not days:
        return _("keeps what was said on a network as long as they like")
    return ngettext(
        "keeps what was said on a network for %(n)d day", "keeps what was said on a network for %(n)d days", days
    ) % {"n": days}


def _order_linked(data: Mapping[str, Any]) -> str:
    if data.get("how") == "member":
        return _("linked an order")
    return _("linked an order whose number they gave")


WITH_FACTS: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "identity.tied": _tied,
    "order.linked": _order_linked,
    "retention.changed": _retention,
    "source.trouble": lambda data: _("could not read from a shop. %(why)s") % {"why": data.get("sentence", "")},
}
