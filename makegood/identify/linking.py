"""Which orders a conversation is about, as a member says; and finding orders."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from makegood.desk.api import Conversation
from makegood.identify.models import Customer, Order, OrderLink
from makegood.identify.numbers import number_key
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = ["MOST_FOUND", "find_orders", "link_order", "unlink_order"]

MOST_FOUND = 20
MOST_PEOPLE = 50
LEAST = 2


@transaction.atomic
def link_order(conversation: Conversation, order: Order, by: Any) -> OrderLink:
    """A member says that the conversation is about this order. Safe to call again."""
    assert conversation.workspace_id == order.workspace_id
    row, fresh = OrderLink.objects.get_or_create(
        workspace_id=conversation.workspace_id,
        conversation=conversation,
        order=order,
        defaults={"how": OrderLink.How.MEMBER, "by": by},
    )
    if not fresh and row.removed_at is None:
        return row
    if not fresh:
        row.how, row.by, row.at, row.removed_at, row.removed_by = OrderLink.How.MEMBER, by, clock.now(), None, None
        row.save(update_fields=["how", "by", "at", "removed_at", "removed_by"])
    journal.record(conversation.workspace_id, "order.linked", conversation, actor=by, order=order.pk, how="member")
    return row


@transaction.atomic
def unlink_order(conversation: Conversation, order: Order, by: Any) -> None:
    """A member says that it is not; Makegood does not link the two again by itself. Safe to call again."""
    rows = OrderLink.objects.within(conversation.workspace_id)
    mine = rows.filter(conversation=conversation, order=order, removed_at__isnull=True)
    if mine.update(removed_at=clock.now(), removed_by=by):
        journal.record(conversation.workspace_id, "order.unlinked", conversation, actor=by, order=order.pk)


def find_orders(workspace: Any, words: str) -> list[Order]:
    """The newest orders whose number begins with these words, or whose customer's name or address has them.

    At most `MOST_FOUND`, each with its customer. 2 queries.
    """
    said = " ".join(words.split())
    if len(said) < LEAST:
        return []
    people = Customer.objects.within(workspace).filter(erased_at__isnull=True)
    by_who = people.filter(Q(email__startswith=said.lower()) | Q(name__icontains=said))
    wanted = Q(customer__in=list(by_who.order_by("-id").values_list("pk", flat=True)[:MOST_PEOPLE]))
    if key := number_key(said):
        wanted |= Q(number_key__startswith=key)
    rows = Order.objects.within(workspace).filter(wanted, gone_at__isnull=True).select_related("customer", "source")
    return list(rows.order_by("-placed_at", "-id")[:MOST_FOUND])
