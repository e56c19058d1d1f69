"""What goods cost the shop, at least, by its own record: whoever asks cannot state less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from makegood.identify import api as identify
from makegood.resolve.models import Remedy
from makegood.resolve.rules import ResolveError, Wanted

__all__ = ["at_least", "chosen_lines", "cost_of"]

DEFAULT_MARGIN = 40


def chosen_lines(order: identify.Order, details: Mapping[str, Any]) -> list[tuple[identify.OrderLine, int]]:
    """The lines of an order that `details` name as {"lines": [[line, count], ...]}, each with how many.

    Raises `ResolveError` for lines that are not in the order, or more of one than were bought.
    """
    wanted = details.get("lines") or []
    rows = {row.pk: row for row in identify.OrderLine.objects.within(order.workspace_id).filter(order=order)}
    found = []
    for each in wanted:
        key, count = each
        line = rows.pop(key, None)
        if line is None or not isinstance(count, int) or not 0 < count <= line.quantity:
            raise ResolveError(_("Choose products of this order, and no more of each than they bought."))
        found.append((line, count))
    return found


def cost_of(line: identify.OrderLine, count: int, margin_percent: int) -> int:
    """What so many of a line cost the shop, in minor units: by its record, or where that is silent by the margin."""
    total = line.cost_minor if line.cost_minor is not None else -(-line.total_minor * (100 - margin_percent) // 100)
    return -(-total * count // max(line.quantity, 1))


def at_least(wanted: Wanted) -> int:
    """The least that the goods of a request cost by the shop's own record, in minor units; 0 where it says nothing."""
    if wanted.kind not in (Remedy.Kind.REPLACEMENT, Remedy.Kind.GIFT) or not wanted.details.get("lines"):
        return 0
    if wanted.order is None:
        raise ResolveError(_("Choose the order that these products are from."))
    if wanted.order.currency != wanted.currency:
        raise ResolveError(
            _("This order is in %(currency)s: state the cost in it.") % {"currency": wanted.order.currency}
        )
    own = identify.MoneySettings.objects.within(wanted.order.workspace_id).first()
    margin = own.margin_percent if own else DEFAULT_MARGIN
    return sum(cost_of(line, count, margin) for line, count in chosen_lines(wanted.order, wanted.details))
