"""People as their pages show them. Every list is bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet

from makegood.connectors.ties import TieRule, tie_rule
from makegood.desk.api import Conversation
from makegood.identify.contacts import BY_HAND
from makegood.identify.models import Contact, Customer, Erasure, Identity, Order
from makegood.identify.numbers import number_key
from makegood.kit import keyset

__all__ = [
    "ContactRow",
    "bases_for",
    "contact_by_key",
    "contacts_page",
    "erasure_of",
    "find_contacts",
    "find_customers",
    "identities_of",
    "joined_with",
    "order_counts",
]

PAGE = 40
MOST_FOUND = 20
MOST_SHOWN = 100
LEAST = 2


@dataclass(frozen=True)
class ContactRow:
    """A contact with what is tied to them now."""

    contact: Contact
    accounts: list[Identity] = field(default_factory=list)
    customers: list[Identity] = field(default_factory=list)
    addresses: list[Identity] = field(default_factory=list)


def _standing(workspace: Any) -> QuerySet[Contact]:
    return Contact.objects.within(workspace).filter(joined_to__isnull=True, erased_at__isnull=True)


def _named(workspace: Any, words: str) -> Q:
    """Whose name has these words, or what is tied to whom does; an address as it begins."""
    tied = Identity.objects.within(workspace).filter(ended_at__isnull=True)
    said = tied.filter(Q(shown__icontains=words) | Q(customer__email__startswith=words.lower()))
    return Q(name__icontains=words) | Q(pk__in=said.values("contact"))


def contacts_page(workspace: Any, words: str = "", after: str = "", size: int = PAGE) -> tuple[list[ContactRow], str]:
    """Contacts by name, handle or address, who changed last first; and the key of the next page, "" on the last.

    2 queries.
    """
    rows = _standing(workspace)
    said = " ".join(words.split())[:100]
    if said:
        rows = rows.filter(_named(workspace, said))
    if key := keyset.read(after):
        moment, number = key
        rows = rows.filter(Q(changed_at__lt=moment) | Q(changed_at=moment, pk__lt=number))
    found = list(rows.order_by("-changed_at", "-pk")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return with_ties(workspace, found[:size]), keyset.after_row(last.changed_at, last.pk) if last else ""


def with_ties(workspace: Any, contacts: Sequence[Contact]) -> list[ContactRow]:
    """Each with what is tied to it. 1 query."""
    rows = {each.pk: ContactRow(each) for each in contacts}
    tied = Identity.objects.within(workspace).filter(contact__in=rows, ended_at__isnull=True)
    for one in tied.select_related("customer").order_by("at", "pk"):
        row = rows[one.contact_id]
        kinds = {Identity.Kind.AUTHOR: row.accounts, Identity.Kind.CUSTOMER: row.customers}
        kinds.get(Identity.Kind(one.kind), row.addresses).append(one)
    return list(rows.values())


def contact_by_key(workspace: Any, key: int) -> Contact | None:
    """One contact, with whom they were joined to, else None. 1 query."""
    return Contact.objects.within(workspace).select_related("joined_to", "joined_by").filter(pk=key).first()


def find_contacts(workspace: Any, words: str, without: Contact) -> list[ContactRow]:
    """Contacts that this one may be the same person as, at most 20. Without words the newest. 2 queries."""
    rows = _standing(workspace).exclude(pk=without.pk)
    said = " ".join(words.split())[:100]
    if said:
        rows = rows.filter(_named(workspace, said))
    return with_ties(workspace, list(rows.order_by("-changed_at", "-pk")[:MOST_FOUND]))


def find_customers(workspace: Any, words: str) -> list[Customer]:
    """Customers whose name has these words, whose address begins with them, or who bought under that number.

    At most 20, none for a single letter. 1 query.
    """
    said = " ".join(words.split())[:100]
    if len(said) < LEAST:
        return []
    rows = Customer.objects.within(workspace).filter(erased_at__isnull=True)
    bought = Order.objects.within(workspace).filter(number_key=number_key(said) or "-").values("customer")
    wanted = Q(email__startswith=said.lower()) | Q(name__icontains=said) | Q(pk__in=bought)
    return list(rows.filter(wanted).select_related("source").order_by("name", "pk")[:MOST_FOUND])


def identities_of(contact: Contact) -> list[Identity]:
    """What is or was tied to them, what stands first, the newest first. 1 query."""
    rows = Identity.objects.within(contact.workspace_id).filter(contact=contact)
    rows = rows.select_related("by", "ended_by", "customer", "customer__source", "message", "conversation")
    found = list(rows.order_by("-at", "-pk")[:MOST_SHOWN])
    return sorted(found, key=lambda row: row.ended_at is not None)


def joined_with(contact: Contact) -> list[Contact]:
    """Who was joined with them, the newest first. 1 query."""
    rows = Contact.objects.within(contact.workspace_id).filter(joined_to=contact).select_related("joined_by")
    return list(rows.order_by("-joined_at", "-pk")[:MOST_SHOWN])


def order_counts(workspace: Any, customers: Sequence[Customer]) -> dict[int, int]:
    """How many orders each has placed, by the customer's id. 1 query."""
    rows = Order.objects.within(workspace).filter(customer__in=customers, gone_at__isnull=True)
    return dict(rows.values_list("customer").annotate(count=Count("pk")))


def erasure_of(contact: Contact) -> Erasure | None:
    """That they were erased: when, by whom, what of. 1 query."""
    rows = Erasure.objects.within(contact.workspace_id).filter(contact_id_was=contact.pk).select_related("by")
    return rows.order_by("-at").first()


def bases_for(conversation: Conversation) -> tuple[list[str], TieRule | None]:
    """On what grounds a member may tie its author to a customer, and the network's own rule, where it has one."""
    rule = tie_rule(conversation.network)
    return [str(each) for each in BY_HAND if rule is None or each in rule.bases], rule
