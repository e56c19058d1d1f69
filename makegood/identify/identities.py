"""Who somebody is, and what ties a handle to them: the least that the rest of the stage stands on."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from makegood.connectors.ties import tie_rule
from makegood.desk.api import Conversation, Message
from makegood.identify.models import Contact, Customer, Identity
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = ["TieError", "contact_of", "customers_of", "end_tie", "person_keys", "tie", "tie_customer"]

MOST_JOINED = 100


class TieError(Exception):
    """Something belongs to somebody else already. `sentence` says so and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def contact_of(conversation: Conversation) -> Contact | None:
    """The person whom the conversation's author is tied to; None while they are only a handle. 1 query."""
    tied = _current(conversation.workspace_id).filter(**_author(conversation)).select_related("contact").first()
    return tied.contact if tied else None


def customers_of(contact: Contact) -> list[Customer]:
    """The shop's records that are this person, the newest tie first. 1 query."""
    tied = _current(contact.workspace_id).filter(contact=contact, kind=Identity.Kind.CUSTOMER, customer__isnull=False)
    rows = tied.select_related("customer").order_by("-at", "-id")[:MOST_JOINED]
    return [row.customer for row in rows if row.customer is not None]


def person_keys(conversation: Conversation) -> frozenset[str]:
    """All keys under which what was done for this person may have been counted.

    "author:bluesky:did:..." of each of their accounts, "contact:7" of the person and of those joined with them. At
    most 4 queries.
    """
    own = f"author:{conversation.network}:{conversation.author_id}"
    contact = contact_of(conversation)
    if contact is None:
        return frozenset({own})
    people = {contact.pk}
    while True:
        rows = Contact.objects.within(contact.workspace_id).filter(joined_to__in=people).exclude(pk__in=people)
        more = set(rows.values_list("pk", flat=True)[:MOST_JOINED])
        if not more or len(people) >= MOST_JOINED:
            break
        people |= more
    # What was tied once counts on: ending a tie must not open a person's limits anew.
    accounts = Identity.objects.within(contact.workspace_id).filter(contact__in=people, kind=Identity.Kind.AUTHOR)
    names = {f"author:{network}:{value}" for network, value in accounts.values_list("network", "value")}
    return frozenset({own, *(f"contact:{pk}" for pk in people), *names})


@transaction.atomic
def tie(
    contact: Contact,
    *,
    kind: str,
    value: str,
    basis: str,
    network: str = "",
    shown: str = "",
    customer: Customer | None = None,
    evidence: str = "",
    message: Message | None = None,
    conversation: Conversation | None = None,
    by: Any = None,
) -> Identity:
    """Records that something belongs to a person, on what ground. Safe to call again.

    Raises TieError when it belongs to somebody else.
    """
    rule = tie_rule(network) if kind == Identity.Kind.AUTHOR else None
    if rule is not None and basis not in rule.bases:
        raise TieError(rule.text)
    _lock(contact)
    held = _current(contact.workspace_id).filter(kind=kind, network=network, value=value[:500])
    row: Identity | None = held.select_related("contact").first()
    if row is not None:
        if row.contact_id != contact.pk:
            raise TieError(
                _("It belongs to %(name)s already. Join the two, or end that tie first.") % {"name": row.contact.label}
            )
        return row
    row = _saved(
        Identity(
            workspace_id=contact.workspace_id,
            contact=contact,
            kind=kind,
            network=network,
            value=value[:500],
            shown=shown[:300],
            customer=customer,
            basis=basis,
            evidence=evidence[:300],
            message=message,
            conversation=conversation,
            by=by,
        )
    )
    Contact.objects.within(contact.workspace_id).filter(pk=contact.pk).update(changed_at=clock.now())
    journal.record(contact.workspace_id, "identity.tied", row, actor=by, contact=contact.pk, kind=kind, basis=basis)
    return row


def _lock(contact: Contact) -> None:
    """Nothing is tied to somebody who is joined or erased in this moment."""
    row = Contact.objects.within(contact.workspace_id).select_for_update().get(pk=contact.pk)
    if row.erased_at is not None:
        raise TieError(_("This person was erased. Nothing can be added to what is left."))
    if row.joined_to_id is not None:
        raise TieError(_("%(name)s was joined with somebody else meanwhile. Look again.") % {"name": row.label})


def _saved(row: Identity) -> Identity:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise TieError(_("Somebody else has tied it to a person in this moment. Look again.")) from None
    return row


@transaction.atomic
def end_tie(identity: Identity, by: Any, because: str = "") -> None:
    """It proved wrong: it ends, and keeps why. Safe to call again."""
    rows = _current(identity.workspace_id).filter(pk=identity.pk)
    if rows.update(ended_at=clock.now(), ended_by=by, ended_because=because[:300]):
        journal.record(identity.workspace_id, "identity.ended", identity, actor=by, contact=identity.contact_id)


@transaction.atomic
def tie_customer(
    conversation: Conversation,
    customer: Customer,
    *,
    basis: str,
    evidence: str = "",
    message: Message | None = None,
    by: Any = None,
) -> Contact:
    """Records that the conversation's author is this customer: both belong to one person afterwards.

    Raises TieError when each of them belongs to another person already: those must be joined first.
    """
    # Two workers, or a worker and a member, at once: the second sees what the first has written.
    locked = Customer.objects.within(customer.workspace_id).select_for_update().get(pk=customer.pk)
    if locked.erased_at is not None:
        raise TieError(_("This customer was erased. Nobody can be tied to what is left."))
    mine = contact_of(conversation)
    held = _current(customer.workspace_id).filter(kind=Identity.Kind.CUSTOMER, value=str(customer.pk))
    theirs = held.select_related("contact").first()
    contact = mine or (theirs.contact if theirs else None) or _new_contact(conversation, customer)
    facts: dict[str, Any] = {
        "basis": basis,
        "evidence": evidence,
        "message": message,
        "conversation": conversation,
        "by": by,
    }
    tie(
        contact,
        kind=Identity.Kind.CUSTOMER,
        value=str(customer.pk),
        shown=customer.name or customer.email,
        customer=customer,
        **facts,
    )
    handle = conversation.author_handle or conversation.author_name
    tie(contact, shown=handle, **{**facts, **_author(conversation)})
    return contact


def _new_contact(conversation: Conversation, customer: Customer) -> Contact:
    name = customer.name or conversation.author_name or conversation.author_handle
    return Contact.objects.create(workspace_id=customer.workspace_id, name=name, is_sample=conversation.is_sample)


def _author(conversation: Conversation) -> dict[str, str]:
    return {"kind": Identity.Kind.AUTHOR, "network": conversation.network, "value": conversation.author_id}


def _current(workspace_id: int) -> Any:
    return Identity.objects.within(workspace_id).filter(Q(ended_at__isnull=True))
