"""What members do with people, one transaction a function: join two, split them, tie, untie, say who somebody is.

Nothing is joined silently: every function takes the member who does it.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.desk.api import Conversation, Message
from makegood.identify.addresses import read_addresses
from makegood.identify.identities import TieError, end_tie, tie, tie_customer
from makegood.identify.models import Contact, Customer, Identity, IdentitySuggestion
from makegood.identify.suggesting import reason_words
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.kit.text import clean

__all__ = [
    "BY_HAND",
    "add_address",
    "decline",
    "describe",
    "join",
    "split",
    "take_up",
    "tie_by_hand",
    "undo_join",
    "untie",
]

State = IdentitySuggestion.State
BY_HAND = (
    Identity.Basis.TOLD,
    Identity.Basis.ORDER_NUMBER,
    Identity.Basis.VERIFIED_ADDRESS,
    Identity.Basis.PROFILE_LINK,
    Identity.Basis.OPT_IN,
    Identity.Basis.JUDGEMENT,
)


def _locked(workspace_id: int, keys: set[int]) -> dict[int, Contact]:
    rows = Contact.objects.within(workspace_id).select_for_update().filter(pk__in=keys).order_by("pk")
    return {row.pk: row for row in rows}


@transaction.atomic
def describe(contact: Contact, name: str, note: str, by: Any) -> Contact:
    """Another name or note. Raises TieError when the person was erased."""
    row = _locked(contact.workspace_id, {contact.pk})[contact.pk]
    _refuse_erased(row)
    if row.joined_to_id is not None:
        raise TieError(_("%(name)s was joined with somebody else meanwhile. Look again.") % {"name": row.label})
    row.name, row.note, row.changed_at = clean(name).strip()[:300], clean(note).strip()[:5000], clock.now()
    row.save(update_fields=["name", "note", "changed_at"])
    journal.record(row.workspace_id, "contact.described", row, actor=by)
    return row


@transaction.atomic
def join(gone: Contact, keep: Contact, by: Any) -> Contact:
    """Two contacts are one person: `keep` has everything of `gone` afterwards. Can be undone. Returns `keep`."""
    rows = _locked(keep.workspace_id, {keep.pk, gone.pk})
    if len(rows) < 2:
        raise TieError(_("These are the same contact already."))
    keep, gone = rows[keep.pk], rows[gone.pk]
    for row in (keep, gone):
        _refuse_erased(row)
        if row.joined_to_id is not None:
            raise TieError(_("%(name)s was joined with somebody else meanwhile. Look again.") % {"name": row.label})
    moved = Identity.objects.within(keep.workspace_id).filter(contact=gone, ended_at__isnull=True)
    gone.took_along = list(moved.values_list("pk", flat=True))
    moved.update(contact=keep)
    gone.joined_to, gone.joined_by, gone.joined_at = keep, by, clock.now()
    gone.save(update_fields=["took_along", "joined_to", "joined_by", "joined_at"])
    keep.name, keep.changed_at = keep.name or gone.name, clock.now()
    keep.save(update_fields=["name", "changed_at"])
    journal.record(keep.workspace_id, "contact.joined", keep, actor=by, other=gone.pk)
    journal.record(keep.workspace_id, "contact.joined_to", gone, actor=by, other=keep.pk)
    return keep


@transaction.atomic
def undo_join(gone: Contact, by: Any) -> Contact:
    """They are two people after all: what `gone` brought along is its own again. Raises TieError when undone."""
    stays = Contact.objects.within(gone.workspace_id).filter(joined__pk=gone.pk).first()
    if stays is None:
        raise TieError(_("This was undone already."))
    rows = _locked(gone.workspace_id, {gone.pk, stays.pk})
    gone, stays = rows[gone.pk], rows[stays.pk]
    if gone.joined_to_id != stays.pk:
        raise TieError(_("This was undone already."))
    _refuse_erased(gone)
    if stays.joined_to_id is not None:
        raise TieError(_("%(name)s was joined with somebody else since. Undo that first.") % {"name": stays.label})
    # What was untied since stays untied.
    mine = Identity.objects.within(gone.workspace_id).filter(pk__in=gone.took_along, contact=stays)
    mine.filter(ended_at__isnull=True).update(contact=gone)
    gone.joined_to = gone.joined_by = gone.joined_at = None
    gone.took_along, gone.changed_at = [], clock.now()
    gone.save(update_fields=["joined_to", "joined_by", "joined_at", "took_along", "changed_at"])
    journal.record(gone.workspace_id, "contact.parted", gone, actor=by, other=stays.pk)
    journal.record(gone.workspace_id, "contact.parted", stays, actor=by, other=gone.pk)
    return gone


@transaction.atomic
def split(identity: Identity, by: Any, because: str) -> Contact:
    """This is somebody else: it gets a contact of its own. The old tie ends and keeps why.

    Raises TieError without a reason, when the tie has ended, or where the network asks for more than our judgement to
    tie this account to somebody: then `untie` it.
    """
    words = _reason(because)
    _must_be_current(identity)
    end_tie(identity, by, words)
    fresh = Contact.objects.create(workspace_id=identity.workspace_id, name=identity.shown)
    tie(
        fresh,
        kind=identity.kind,
        network=identity.network,
        value=identity.value,
        shown=identity.shown,
        customer=identity.customer,
        basis=Identity.Basis.JUDGEMENT,
        evidence=words,
        conversation=identity.conversation,
        by=by,
    )
    return fresh


@transaction.atomic
def untie(identity: Identity, by: Any, because: str) -> None:
    """The tie proved wrong: it ends and keeps why."""
    _must_be_current(identity)
    end_tie(identity, by, _reason(because))


@transaction.atomic
def tie_by_hand(
    conversation: Conversation, customer: Customer, basis: str, evidence: str, message: Message | None, by: Any
) -> Contact:
    """A member says that the author is this customer, and on what ground. Raises TieError where the network's own rule
    does not allow that ground, or each is somebody else already.
    """
    _must_be_grounded(basis, evidence)
    contact = tie_customer(
        conversation, customer, basis=basis, evidence=clean(evidence).strip(), message=message, by=by
    )
    rows = IdentitySuggestion.objects.within(conversation.workspace_id).filter(conversation=conversation)
    rows.filter(customer=customer, state=State.OPEN).update(state=State.TAKEN, decided_by=by, decided_at=clock.now())
    return contact


@transaction.atomic
def add_address(
    contact: Contact, kind: str, value: str, basis: str, evidence: str, message: Message | None, by: Any
) -> Identity:
    """An e-mail address or phone number of theirs that no shop knows, on what ground. Raises TieError."""
    read = [said for said in read_addresses(value) if said.why == kind]
    if kind not in (Identity.Kind.EMAIL, Identity.Kind.PHONE) or len(read) != 1:
        raise TieError(_("Give one e-mail address, or a phone number with its area: +49 170 1234567."))
    _must_be_grounded(basis, evidence)
    number = "".join(each for each in value if each.isdigit() or each == "+")
    kept = read[0].key if kind == Identity.Kind.EMAIL else number
    words = clean(evidence).strip()
    return tie(contact, kind=kind, value=kept, shown=read[0].words, basis=basis, evidence=words, message=message, by=by)


@transaction.atomic
def take_up(suggestion: IdentitySuggestion, by: Any) -> Contact:
    """The author is this customer, as was suggested; recorded with its ground and the message that shows it."""
    row = _open(suggestion)
    contact = tie_customer(
        row.conversation,
        row.customer,
        basis=row.basis,
        evidence=" ".join(reason_words(reason) for reason in row.reasons)[:300],
        message=row.message,
        by=by,
    )
    row.state, row.decided_by, row.decided_at = State.TAKEN, by, clock.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
    return contact


@transaction.atomic
def decline(suggestion: IdentitySuggestion, by: Any) -> None:
    """They are not the same; it is not suggested again."""
    row = _open(suggestion)
    row.state, row.decided_by, row.decided_at = State.DECLINED, by, clock.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
    journal.record(row.workspace_id, "identity.declined", row.conversation, actor=by, customer=row.customer_id)


def _must_be_grounded(basis: str, evidence: str) -> None:
    if basis not in BY_HAND:
        raise TieError(_("Say on what ground you know that: what shows that it is theirs?"))
    if basis == Identity.Basis.JUDGEMENT and not evidence.strip():
        raise TieError(_("Say in a few words why you think so: a colleague may have to judge it again."))


def _open(suggestion: IdentitySuggestion) -> IdentitySuggestion:
    rows = IdentitySuggestion.objects.within(suggestion.workspace_id).select_for_update(of=("self",))
    row: IdentitySuggestion = rows.select_related("conversation", "customer", "message").get(pk=suggestion.pk)
    if row.state != State.OPEN:
        raise TieError(_("Somebody has decided this already."))
    return row


def _must_be_current(identity: Identity) -> None:
    rows = Identity.objects.within(identity.workspace_id).select_for_update().filter(pk=identity.pk)
    if not rows.filter(ended_at__isnull=True).exists():
        raise TieError(_("This tie has ended already."))


def _refuse_erased(contact: Contact) -> None:
    if contact.erased_at is not None:
        raise TieError(_("This person was erased. Nothing can be added to what is left."))


def _reason(because: str) -> str:
    words = clean(because).strip()
    if not words:
        raise TieError(_("Say in a few words why: whoever looks at it later should understand."))
    return words[:300]
