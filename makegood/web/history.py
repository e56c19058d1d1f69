"""What a conversation's history is about."""

from __future__ import annotations

from django.db.models import Q

from makegood.desk import api as desk
from makegood.identify import api as identify

__all__ = ["subjects_of"]

MOST = 20


def subjects_of(row: desk.Conversation) -> list[str]:
    """The subjects of the journal that belong into its history: itself, what they wrote last, what ties its author to
    somebody, and payments of the orders it is about that look like made twice. 2 queries.
    """
    inside = row.workspace_id
    author = Q(kind=identify.Identity.Kind.AUTHOR, network=row.network, value=row.author_id)
    ties = identify.Identity.objects.within(inside).filter(author | Q(conversation=row))
    links = identify.OrderLink.objects.within(inside).filter(conversation=row, removed_at__isnull=True)
    orders = links.values("order")
    doubles = identify.Charge.objects.within(inside).filter(double_of__isnull=False)
    doubles = doubles.filter(Q(order__in=orders) | Q(double_of__order__in=orders))
    return [
        f"conversation:{row.pk}",
        f"mention:{row.latest_id}",
        *(f"identity:{key}" for key in ties.order_by("-pk").values_list("pk", flat=True)[:MOST]),
        *(f"charge:{key}" for key in doubles.order_by("-pk").values_list("pk", flat=True)[:MOST]),
    ]
