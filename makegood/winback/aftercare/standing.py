"""What speaks against asking after these orders: looked at when a mail is made, released, and sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q

from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.kit import clock
from makegood.winback.aftercare.consents import agreed_among, hash_of, unsubscribed_among
from makegood.winback.aftercare.rules import Plan, Standing
from makegood.winback.models import AftercareMessage, Journey

__all__ = ["LIVE", "standings"]

State = AftercareMessage.State
LIVE = (State.READY, State.QUEUED, State.SENDING, State.SENT, State.UNKNOWN)
"""A mail that was, may have been or may be sent."""
SILENT = timedelta(days=30)
"""After so long without a word a conversation that waits for them is no open one any more."""
Queue = desk.Conversation.Queue
UNDER_WAY = (Journey.State.UNHAPPY, Journey.State.ACKNOWLEDGED)
Ties = dict[int, set[int]]


def standings(
    workspace_id: int, orders: Sequence[identify.Order], plan: Plan, own: int | None = None
) -> dict[int, Standing]:
    """How it stands with each of these orders (with their customers), by id. `own` is the mail that is looked at again:
    one that was made earlier goes before it. At most 10 queries, however many orders.
    """
    marks = {row.pk: hash_of(workspace_id, row.customer.email) for row in orders}
    out = unsubscribed_among(workspace_id, marks.values())
    agreed = agreed_among(workspace_id, marks.values())
    complaining = _complaining(workspace_id, orders)
    lately = _asked_lately(workspace_id, set(marks.values()), plan, own)
    return {
        row.pk: Standing(
            known=bool(row.customer.email) and row.customer.erased_at is None,
            unsubscribed=marks[row.pk] in out,
            agreed=marks[row.pk] in agreed,
            undone=row.state == identify.Order.State.CANCELLED or row.gone_at is not None or row.refunded_minor > 0,
            complains=row.pk in complaining,
            asked_lately=marks[row.pk] in lately,
        )
        for row in orders
    }


def _asked_lately(workspace_id: int, marks: set[str], plan: Plan, own: int | None) -> set[str]:
    since = clock.now() - timedelta(days=plan.quiet_days)
    rows = AftercareMessage.objects.within(workspace_id).filter(address_hash__in=marks, made_at__gt=since)
    rows = rows.filter(state__in=LIVE)
    if own is not None:
        rows = rows.filter(pk__lt=own)
    return set(rows.values_list("address_hash", flat=True))


def _open() -> Q:
    waiting = Q(queue=Queue.WAITING, last_message_at__gt=clock.now() - SILENT)
    return Q(queue__in=[Queue.NEEDS_ANSWER, Queue.SNOOZED]) | waiting | Q(case__state=desk.Case.State.OPEN)


def _complaining(workspace_id: int, orders: Sequence[identify.Order]) -> set[int]:
    """Those orders about which, or by whose customer, something is still open."""
    links = identify.OrderLink.objects.within(workspace_id).filter(order__in=orders, removed_at__isnull=True)
    talks = desk.Conversation.objects.within(workspace_id).filter(_open())
    found = set(links.filter(conversation__in=talks.values("pk")).values_list("order_id", flat=True))
    people = _people(workspace_id, orders)
    contacts = {each for held in people.values() for each in held}
    if not contacts:
        return found
    troubled = _talking(workspace_id, contacts)
    journeys = Journey.objects.within(workspace_id).filter(contact__in=contacts, void_at__isnull=True)
    under_way = journeys.filter(state__in=UNDER_WAY).values_list("contact_id", flat=True)
    troubled |= {key for key in under_way if key is not None}
    return found | {row.pk for row in orders if people.get(row.customer_id, set()) & troubled}


def _people(workspace_id: int, orders: Sequence[identify.Order]) -> Ties:
    """The contacts that each customer (by id) is, by the shop's record or by their address."""
    by_email: defaultdict[str, set[int]] = defaultdict(set)
    for row in orders:
        if row.customer.email:
            by_email[row.customer.email].add(row.customer_id)
    ties = identify.Identity.objects.within(workspace_id).filter(ended_at__isnull=True)
    ours = Q(customer__in={row.customer_id for row in orders})
    ours |= Q(kind=identify.Identity.Kind.EMAIL, value__in=set(by_email))
    found: defaultdict[int, set[int]] = defaultdict(set)
    for contact, customer, value in ties.filter(ours).values_list("contact_id", "customer_id", "value"):
        for key in by_email.get(value, set()) | ({customer} if customer else set()):
            found[key].add(contact)
    return found


def _talking(workspace_id: int, contacts: set[int]) -> set[int]:
    """Those contacts with whom a conversation is open."""
    ties = identify.Identity.objects.within(workspace_id).filter(ended_at__isnull=True, contact__in=contacts)
    accounts: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for network, value, contact in ties.filter(kind=identify.Identity.Kind.AUTHOR).values_list(
        "network", "value", "contact_id"
    ):
        accounts[network, value].add(contact)
    talks = desk.Conversation.objects.within(workspace_id).filter(author_id__in={value for _net, value in accounts})
    who = talks.filter(_open()).values_list("network", "author_id")
    return {contact for each in who for contact in accounts.get(each, set())}
