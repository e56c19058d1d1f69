"""Order numbers in new messages: the order is linked, and who wrote it may be its customer.

A number is not a secret: it stands on a parcel, and others may have read it in public. So a link to the order is made
at once, and the tie to a person is only suggested; in a private message it is made when a second fact agrees (their
name, or the address the order was placed with). See docs/decisions/0024.

What is said and what the shop knows may come in any order: the numbers are kept, and looked at again when orders come.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from makegood.activity import Visibility
from makegood.connectors.shops.contract import ShopCapability
from makegood.desk.api import Conversation, Message
from makegood.identify.addresses import read_addresses
from makegood.identify.identities import TieError, contact_of, customers_of, tie_customer
from makegood.identify.models import (
    Customer,
    Identity,
    IdentitySuggestion,
    Order,
    OrderLink,
    SaidNumber,
    Source,
)
from makegood.identify.numbers import read_numbers
from makegood.identify.rows import lock_sources
from makegood.identify.sources import SHOP, connector_of
from makegood.identify.suggesting import name_words, suggest_by_address, suggest_by_profile
from makegood.jobs import api as jobs
from makegood.journal import api as journal

__all__ = ["link_said", "recognise_new"]

TOPIC = "numbers"
TURN_SECONDS = 1.0
VERBS = ("conversation.opened", "conversation.grew", "conversation.thread_read")
TEXTS = 10
"""The newest messages of a conversation that are looked at."""
MOST_ORDERS = 3
MOST_SAID = 500
PUBLIC, PRIVATE, AGREES = 0.5, 0.8, 0.95
_EMAIL = re.compile(r"(?<![\w@.+%/-])[\w.%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}(?![\w-])", re.IGNORECASE)


def recognise_new() -> int:
    """The step: looks through what was said since it last did. Returns how many orders were linked.

    After a moment it lets other work in and comes back.
    """
    until = time.monotonic() + TURN_SECONDS
    count = 0

    def take(lines: Sequence[journal.Entry]) -> None:
        nonlocal count
        count += _examine({int(line.subject.partition(":")[2]) for line in lines})

    while journal.read_on(TOPIC, VERBS, take):
        if time.monotonic() >= until:
            jobs.wake(TOPIC)
            break
    _forget_deleted()
    return count


def _examine(keys: Iterable[int]) -> int:
    """Keeps the numbers that are said in these conversations (ids), and links the orders that bear them."""
    place = Window(RowNumber(), partition_by="conversation_id", order_by=[F("posted_at").desc(), F("id").desc()])
    rows = Message.objects.across("one step reads for all workspaces").filter(
        conversation__in=list(keys), direction=Message.Direction.IN, deleted_at__isnull=True
    )
    by_workspace: defaultdict[int, list[Message]] = defaultdict(list)
    for row in rows.annotate(place=place).filter(place__lte=TEXTS):
        by_workspace[row.workspace_id].append(row)
    count = 0
    for workspace_id, messages in sorted(by_workspace.items()):
        lock_sources(workspace_id)
        said = _keep(workspace_id, messages)
        count += _link(workspace_id, said)
        suggest_by_address(workspace_id, said)
        suggest_by_profile(workspace_id, {message.conversation_id for message in messages})
    return count


def _keep(workspace_id: int, messages: Sequence[Message]) -> list[SaidNumber]:
    """The numbers in these messages; what an edited one no longer says is forgotten."""
    shapes = _shapes(workspace_id)
    rows = SaidNumber.objects.within(workspace_id)
    known = {(row.message_id, row.key): row for row in rows.filter(message__in=messages)}
    fresh, standing = [], []
    for message in messages:
        for said in [*read_numbers(message.text, shapes), *read_addresses(message.text)]:
            row = known.pop((message.pk, said.key), None)
            if row is not None:
                standing.append(row)
                continue
            fresh.append(
                SaidNumber(
                    workspace_id=workspace_id,
                    message=message,
                    conversation_id=message.conversation_id,
                    key=said.key,
                    words=said.words,
                    why=said.why,
                )
            )
    if known:
        rows.filter(pk__in=[row.pk for row in known.values()]).delete()
    rows.bulk_create(fresh, batch_size=200)
    return [*standing, *fresh]


def _shapes(workspace_id: int) -> list[str]:
    sources = Source.objects.within(workspace_id).filter(side=SHOP, removed_at__isnull=True).defer("secret", "cursor")
    shapes = set()
    for source in sources:
        can = connector_of(source).capability
        assert isinstance(can, ShopCapability)
        shapes.add(can.order_number)
    return sorted(shapes - {""})


def link_said(workspace_id: int, orders: Sequence[Order]) -> int:
    """These orders are new or have changed: what was said before may have meant them. In the caller's transaction."""
    keys = {order.number_key for order in orders if order.number_key}
    rows = SaidNumber.objects.within(workspace_id).filter(key__in=keys, message__deleted_at__isnull=True)
    return _link(workspace_id, list(rows.order_by("-id")[:MOST_SAID]))


def _link(workspace_id: int, said: Sequence[SaidNumber]) -> int:
    """Links the orders that bear these numbers; returns how many links are new."""
    orders: defaultdict[str, list[Order]] = defaultdict(list)
    wanted = Order.objects.within(workspace_id).filter(number_key__in={row.key for row in said}, gone_at__isnull=True)
    for order in wanted.select_related("customer").order_by("id"):
        orders[order.number_key].append(order)
    meant = [(row, order) for row in said for order in orders[row.key][:MOST_ORDERS]]
    if not meant:
        return 0
    links = OrderLink.objects.within(workspace_id)
    known = set(
        links.filter(conversation__in={row.conversation_id for row, _order in meant}).values_list(
            "conversation_id", "order_id"
        )
    )
    messages = Message.objects.within(workspace_id).filter(pk__in={row.message_id for row, _order in meant})
    by_id = {row.pk: row for row in messages.select_related("conversation")}
    count = 0
    for row, order in meant:
        # A member who took the link away knew better.
        if (row.conversation_id, order.pk) in known:
            continue
        known.add((row.conversation_id, order.pk))
        message = by_id[row.message_id]
        OrderLink.objects.create(
            workspace_id=workspace_id,
            conversation=message.conversation,
            order=order,
            how=OrderLink.How.NUMBER,
            message=message,
            words=row.words,
        )
        journal.record(workspace_id, "order.linked", message.conversation, order=order.pk, how=row.why)
        _who_they_are(message.conversation, order, message, row)
        count += 1
    return count


def _who_they_are(conversation: Conversation, order: Order, message: Message, said: SaidNumber) -> None:
    customer = order.customer
    contact = contact_of(conversation)
    if customer.erased_at is not None or (contact is not None and customer in customers_of(contact)):
        return
    agrees = _agrees(customer, conversation, message)
    private = message.visibility == Visibility.DIRECT
    if private and agrees and said.why != "bare":
        words = f"{said.words}; {agrees[0][0]}"
        try:
            with transaction.atomic():
                basis = Identity.Basis.ORDER_NUMBER
                tie_customer(conversation, customer, basis=basis, evidence=words, message=message)
            return
        except TieError:
            # Each belongs to another person already; a member decides whether those are one.
            pass
    _suggest(conversation, customer, message, [["order_number", "private" if private else "public"], *agrees])


def _agrees(customer: Customer, conversation: Conversation, message: Message) -> list[list[str]]:
    """What else speaks for it, besides the number: [[kind, words], ...]."""
    found = []
    if customer.email and customer.email in {each.lower() for each in _EMAIL.findall(message.text)}:
        found.append(["email", customer.email])
    words = name_words(customer.name)
    if len(words) > 1 and words == name_words(conversation.author_name):
        found.append(["name", customer.name])
    return found


def _suggest(conversation: Conversation, customer: Customer, message: Message, reasons: list[list[str]]) -> None:
    strength = AGREES if len(reasons) > 1 else PRIVATE if reasons[0][1] == "private" else PUBLIC
    row, fresh = IdentitySuggestion.objects.get_or_create(
        workspace_id=conversation.workspace_id,
        conversation=conversation,
        customer=customer,
        defaults={
            "basis": Identity.Basis.ORDER_NUMBER,
            "message": message,
            "reasons": reasons,
            "strength": strength,
        },
    )
    if fresh:
        journal.record(conversation.workspace_id, "identity.suggested", conversation, customer=customer.pk)
    elif row.state == IdentitySuggestion.State.OPEN and row.strength < strength:
        rows = IdentitySuggestion.objects.within(conversation.workspace_id).filter(pk=row.pk)
        rows.update(reasons=reasons, strength=strength, message=message, basis=Identity.Basis.ORDER_NUMBER)


@transaction.atomic
def _forget_deleted() -> None:
    """What its author deleted is gone here too, the number in it as well; that the order was linked stays."""
    gone = SaidNumber.objects.across("a deletion at the source holds for everyone").filter(
        message__deleted_at__isnull=False
    )
    rows = list(gone.values_list("pk", "message_id")[:MOST_SAID])
    if not rows:
        return
    links = OrderLink.objects.across("a deletion at the source holds for everyone")
    links.filter(message__in={message for _pk, message in rows}).update(words="")
    ties = Identity.objects.across("a deletion at the source holds for everyone")
    ties.filter(message__in={message for _pk, message in rows}).update(evidence="")
    gone.filter(pk__in=[pk for pk, _message in rows]).delete()
