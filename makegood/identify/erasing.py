"""A person's right to know what is kept, and to have it erased; and how long what was said is kept at all.

Money records stay, without a name, as tax law asks of the shop (https://gdpr-info.eu/art-17-gdpr/, paragraph 3 b).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from makegood.desk import api as desk
from makegood.identify.forgetting import forget_customers
from makegood.identify.identities import TieError
from makegood.identify.models import (
    Charge,
    Contact,
    Customer,
    Erasure,
    Identity,
    IdentitySuggestion,
    Order,
    OrderLink,
    Retention,
    SaidNumber,
)
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen

__all__ = ["MOST_DAYS", "accounts_of", "erase", "export", "forget_old", "keep_for", "retentions", "threads_of"]

MOST_DAYS = 3650
EVERY = timedelta(hours=1)
Also = Callable[[int, list[int]], object]


def accounts_of(contact: Contact) -> set[tuple[str, str]]:
    """The accounts (network, id) that are tied to them. What was untied may be somebody else's."""
    rows = Identity.objects.within(contact.workspace_id).filter(contact=contact, ended_at__isnull=True)
    return set(rows.filter(kind=Identity.Kind.AUTHOR).values_list("network", "value"))


def threads_of(contact: Contact) -> list[desk.Conversation]:
    """Every conversation with them, the newest first."""
    rows = desk.conversations_of(contact.workspace_id, accounts_of(contact))
    return list(rows.order_by("-last_message_at", "-pk"))


def _customers(contact: Contact) -> list[Customer]:
    held = Identity.objects.within(contact.workspace_id).filter(contact=contact, ended_at__isnull=True)
    keys = held.filter(customer__isnull=False).values("customer_id")
    return list(Customer.objects.within(contact.workspace_id).filter(pk__in=keys).order_by("pk"))


def export(contact: Contact) -> dict[str, Any]:
    """All that this stage and the earlier ones keep of a person, as plain values ready for JSON. At most 15 queries."""
    customers = _customers(contact)
    return {
        "name": contact.name,
        "note": contact.note,
        "known_since": contact.created_at.isoformat(),
        "identities": [_identity(row) for row in _identities(contact)],
        "customers": [
            {"name": row.name, "email": row.email, "phone": row.phone, "since": _at(row.since)} for row in customers
        ],
        "orders": [_order(row) for row in _orders(contact.workspace_id, customers)],
        "payments": [_charge(row) for row in _charges(contact.workspace_id, customers)],
        "conversations": _threads(contact.workspace_id, threads_of(contact)),
    }


def _identities(contact: Contact) -> Iterable[Identity]:
    return Identity.objects.within(contact.workspace_id).filter(contact=contact).order_by("at", "pk")


def _orders(workspace_id: int, customers: list[Customer]) -> Iterable[Order]:
    rows = Order.objects.within(workspace_id).filter(customer__in=customers)
    return rows.prefetch_related("lines", "fulfilments", "refunds").order_by("placed_at", "pk")


def _charges(workspace_id: int, customers: list[Customer]) -> Iterable[Charge]:
    emails = {row.email for row in customers} - {""}
    rows = Charge.objects.within(workspace_id).filter(Q(order__customer__in=customers) | Q(email__in=emails))
    return rows.prefetch_related("refunds").order_by("at", "pk")


def _identity(row: Identity) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "network": row.network,
        "value": row.value,
        "shown": row.shown,
        "basis": row.basis,
        "evidence": row.evidence,
        "since": _at(row.at),
        "until": _at(row.ended_at),
    }


def _order(row: Order) -> dict[str, Any]:
    return {
        "number": row.number,
        "placed": _at(row.placed_at),
        "state": row.state,
        "total_minor": row.total_minor,
        "refunded_minor": row.refunded_minor,
        "currency": row.currency,
        "destination": row.destination,
        "lines": [
            {"name": line.name, "quantity": line.quantity, "total_minor": line.total_minor} for line in row.lines.all()
        ],
        "parcels": [{"carrier": each.carrier, "tracking": each.tracking} for each in row.fulfilments.all()],
        "refunds": [{"amount_minor": each.amount_minor, "at": _at(each.at)} for each in row.refunds.all()],
    }


def _charge(row: Charge) -> dict[str, Any]:
    return {
        "id": row.external_id,
        "at": _at(row.at),
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "method": row.method,
        "refunds": [{"amount_minor": each.amount_minor, "at": _at(each.at)} for each in row.refunds.all()],
    }


def _threads(workspace_id: int, rows: list[desk.Conversation]) -> list[dict[str, Any]]:
    said = desk.Message.objects.within(workspace_id).filter(conversation__in=rows, deleted_at__isnull=True)
    notes = desk.Note.objects.within(workspace_id).filter(conversation__in=rows).exclude(text="")
    found: dict[int, dict[str, Any]] = {
        row.pk: {"network": row.network, "handle": row.author_handle, "messages": [], "notes": []} for row in rows
    }
    for each in said.exclude(direction=desk.Message.Direction.CONTEXT).order_by("posted_at", "pk"):
        facts = {"from": each.direction, "at": _at(each.posted_at), "text": each.text, "address": each.url}
        found[each.conversation_id]["messages"].append(facts)
    for note in notes.order_by("at", "pk"):
        found[note.conversation_id]["notes"].append({"at": _at(note.at), "text": note.text})
    return list(found.values())


def _at(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None


def erase(contact: Contact, by: Any, also: Also) -> Erasure:
    """Erases the person, in the caller's transaction; `also` erases what later stages keep of their conversations.

    Gone are what they said and were told, names, addresses, handles, notes and what tied them; orders and payments stay
    as figures without a name. Raises TieError when they were erased already, or are somebody else's part.
    """
    assert transaction.get_connection().in_atomic_block
    workspace_id = contact.workspace_id
    # In the order in which ties lock them.
    list(Customer.objects.within(workspace_id).select_for_update().filter(pk__in=[r.pk for r in _customers(contact)]))
    family = _family(workspace_id, contact)
    row = family[0]
    accounts, customers = accounts_of(row), _customers(row)
    threads = sorted(desk.conversations_of(workspace_id, accounts).values_list("pk", flat=True))
    also(workspace_id, threads)
    counts = {"mentions": listen.erase_authors(workspace_id, accounts, by)}
    counts |= desk.erase_conversations(workspace_id, threads, by)
    counts["messages"] += desk.erase_mentions_of(workspace_id, accounts)
    _forget_said(workspace_id, threads)
    counts |= _erase_ties(workspace_id, family)
    counts |= forget_customers(workspace_id, customers)
    for each in family:
        each.name = each.note = ""
        each.erased_at = each.changed_at = clock.now()
        each.save(update_fields=["name", "note", "erased_at", "changed_at"])
    done = Erasure.objects.create(workspace_id=workspace_id, contact_id_was=row.pk, by=by, counts=counts)
    journal.record(workspace_id, "contact.erased", row, actor=by, **counts)
    # What the assessments quote, and what of it stands beside other threads.
    jobs.wake("gone")
    return done


def _family(workspace_id: int, contact: Contact) -> list[Contact]:
    """The person and all that were joined with them, locked."""
    keys = {contact.pk}
    while True:
        rows = Contact.objects.within(workspace_id).filter(joined_to__in=keys).exclude(pk__in=keys)
        more = set(rows.values_list("pk", flat=True))
        if not more:
            break
        keys |= more
    locked = Contact.objects.within(workspace_id).select_for_update().filter(pk__in=keys).order_by("pk")
    rows_by_key = {row.pk: row for row in locked}
    row = rows_by_key.pop(contact.pk)
    if row.erased_at is not None:
        raise TieError(_("This person was erased already."))
    if row.joined_to_id is not None:
        raise TieError(_("They were joined with somebody else. Erase that contact, or undo the joining first."))
    return [row, *rows_by_key.values()]


def _forget_said(workspace_id: int, threads: Collection[int]) -> None:
    """What was read from these conversations (ids): numbers, addresses, and what they were taken as evidence of."""
    SaidNumber.objects.within(workspace_id).filter(conversation__in=threads).delete()
    OrderLink.objects.within(workspace_id).filter(conversation__in=threads).update(words="")
    Identity.objects.within(workspace_id).filter(conversation__in=threads).update(evidence="")
    IdentitySuggestion.objects.within(workspace_id).filter(conversation__in=threads).delete()


def _erase_ties(workspace_id: int, family: list[Contact]) -> dict[str, int]:
    rows = list(Identity.objects.within(workspace_id).filter(contact__in=family))
    for row in rows:
        row.value, row.shown, row.evidence, row.ended_because = f"{listen.ERASED}:{row.pk}", "", "", ""
        row.ended_at = row.ended_at or clock.now()
        row.message = row.customer = None
    Identity.objects.within(workspace_id).bulk_update(
        rows, ["value", "shown", "evidence", "ended_because", "ended_at", "message", "customer"], batch_size=200
    )
    return {"identities": len(rows)}


def retentions(workspace: Any) -> dict[str, int]:
    """How many days what was said is kept, by network; a network that is not in it keeps all."""
    return dict(Retention.objects.within(workspace).values_list("network", "days"))


@transaction.atomic
def keep_for(workspace: Any, network: str, days: int | None, by: Any) -> None:
    """Sets how long what was said on a network is kept; None: for as long as the shop likes. Raises TieError."""
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise TieError(_("Between 1 day and 10 years, please."))
    rows = Retention.objects.within(workspace).filter(network=network)
    if days is None:
        rows.delete()
    else:
        Retention.objects.update_or_create(
            workspace=workspace,
            network=network,
            defaults={"days": days, "due_at": clock.now(), "changed_by": by, "changed_at": clock.now()},
        )
    journal.record(workspace.pk, "retention.changed", workspace, actor=by, network=network, days=days or 0)


def forget_old(also: Also, busy: Callable[[int, list[int]], set[int]]) -> int:
    """The step: empties what is older than a shop keeps, once an hour. Returns how many conversations that were.

    `also` empties what later stages keep of these conversations (workspace id, ids), in the same transaction; `busy`
    says in which of them something is under way: they are looked at again the next time.
    """
    done = 0
    due = Retention.objects.across("one step keeps to every shop's own time").filter(due_at__lte=clock.now())
    for row in due.order_by("pk"):
        # Of several workers one does it; when that one stops midway, the next hour goes on.
        if due.filter(pk=row.pk).update(due_at=clock.now() + EVERY):
            done += _forget_older(row, clock.now() - timedelta(days=row.days), also, busy)
    return done


def _forget_older(row: Retention, before: datetime, also: Also, busy: Callable[[int, list[int]], set[int]]) -> int:
    done, held = 0, set[int]()
    while keys := desk.old_conversations(row.workspace_id, row.network, before, without=held):
        with transaction.atomic():
            held |= busy(row.workspace_id, keys)
            free = [key for key in keys if key not in held]
            desk.erase_conversations(row.workspace_id, free, None)
            _forget_said(row.workspace_id, free)
            also(row.workspace_id, free)
        done += len(free)
    # A conversation is kept whole as long as something is said in it.
    kept = desk.mentions_kept(row.workspace_id, row.network)
    forgotten = True
    while forgotten:
        with transaction.atomic():
            forgotten = bool(listen.erase_older(row.workspace_id, row.network, before, kept))
    if done:
        jobs.wake("gone")
    return done
