"""What the journal says of the wall, of advocates and of customers' links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

__all__ = ["PLAIN", "WITH_FACTS"]

Data = dict[str, Any]

PLAIN = {
    "wall.shown": gettext_lazy("put it on the wall"),
    "wall.hidden": gettext_lazy("took it off the wall"),
    "wall.moved": gettext_lazy("moved it on the wall"),
    "advocate.named": gettext_lazy("proposed them as an advocate"),
    "advocate.confirmed": gettext_lazy("said that they are an advocate"),
    "advocate.declined": gettext_lazy("said that they are no advocate"),
    "advocate.thanked": gettext_lazy("thanked them for speaking up"),
    "referral.made": gettext_lazy("made a link for a customer"),
    "referral.ready": gettext_lazy("laid their own link into an answer"),
    "referral.handed": gettext_lazy("handed a customer their link"),
    "referral.ended": gettext_lazy("ended a customer’s link"),
    "referral.order_out": gettext_lazy("took an order out from under a link"),
}


def _changed(data: Data) -> str:
    if not data.get("open"):
        return _("closed the wall, or left it closed")
    if data.get("mode") == "everything":
        return _("let the wall show everything, criticism too")
    return _("let the wall show what is chosen")


def _orders(data: Data) -> str:
    count = int(data.get("orders", 0))
    return ngettext("noted an order under a link", "noted %(n)d orders under a link", count) % {"n": count}


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {"wall.changed": _changed, "referral.orders": _orders}
