"""Who may be written to. Everything that sends mail to customers asks here, and again at the moment of sending.

An address is kept by its customer alone; here are keyed hashes, so that a refusal outlives the customer's erasure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.winback.aftercare import rules
from makegood.winback.aftercare.members import still_a_member
from makegood.winback.aftercare.rules import AftercareError, Agreed
from makegood.winback.models import AftercareMessage, Consent, ConsentSource, Unsubscribed

__all__ = [
    "agreed_among",
    "agreed_of",
    "grant_list",
    "grant_one",
    "hash_of",
    "may_write",
    "refuse_all_mail",
    "unsubscribe",
    "unsubscribed_among",
    "wants_no_mail",
    "withdraw",
]

BATCH = 500
State = AftercareMessage.State


def hash_of(workspace: Any, address: str) -> str:
    """What an address is kept as: nobody without this installation's key can tell whose it is, or compare two shops."""
    key = workspace if isinstance(workspace, int) else workspace.pk
    salt = "makegood.winback.address"
    return salted_hmac(salt, f"{key}:{address.strip().lower()}", algorithm="sha256").hexdigest()


def may_write(workspace: Any, address: str) -> bool:
    """Whether this shop may send mail to a customer of this address: they agreed, and nothing they said since speaks
    against it. Every mail to customers asks it when it is made, and again at the moment when it is sent. 2 queries.
    """
    mark = hash_of(workspace, address)
    return bool(
        rules.address_of(address)
        and not unsubscribed_among(workspace, [mark])
        and agreed_among(workspace, [mark]).get(mark)
    )


def agreed_among(workspace: Any, marks: Iterable[str]) -> dict[str, Consent]:
    """Those of these hashes who agreed, and have not taken it back. 1 query."""
    rows = Consent.objects.within(workspace).filter(address_hash__in=set(marks), withdrawn_at__isnull=True)
    return {row.address_hash: row for row in rows}


def agreed_of(workspace: Any, address: str) -> Consent | None:
    """What this address agreed to. 1 query."""
    mark = hash_of(workspace, address)
    rows = Consent.objects.within(workspace).filter(address_hash=mark, withdrawn_at__isnull=True)
    return rows.select_related("source__by").first()


def unsubscribed_among(workspace: Any, marks: Iterable[str]) -> set[str]:
    """Those of these hashes who want no mail. 1 query."""
    rows = Unsubscribed.objects.within(workspace).filter(address_hash__in=set(marks))
    return set(rows.values_list("address_hash", flat=True))


def wants_no_mail(workspace: Any, address: str) -> bool:
    """Whether this address has unsubscribed. 1 query."""
    return bool(unsubscribed_among(workspace, [hash_of(workspace, address)]))


def grant_list(member: Membership, text: str, where: str, on: date) -> ConsentSource:
    """Takes a list of addresses that agreed, whole or not at all; who has unsubscribed is left out. `on` is the day of
    those with none of their own. Raises AftercareError.
    """
    still_a_member(member, Right.APPROVE)
    return _grant(member, text, where, on, ConsentSource.How.LIST)


def grant_one(member: Membership, address: str, where: str, on: date) -> ConsentSource:
    """Notes that one customer agreed. Raises AftercareError."""
    still_a_member(member, Right.WORK)
    if not rules.address_of(address):
        raise AftercareError(_("This is no e-mail address."))
    if wants_no_mail(member.workspace_id, address):
        raise AftercareError(_("They want no mail from you; that stays so."))
    return _grant(member, rules.address_of(address), where, on, ConsentSource.How.HAND)


@transaction.atomic
def _grant(member: Membership, text: str, where: str, on: date, how: str) -> ConsentSource:
    said = " ".join(where.split())
    if not 3 <= len(said) <= 300:
        raise AftercareError(_("Say where they agreed, in up to 300 characters: it is kept as the proof."))
    today, languages = clock.now().date(), dict(settings.LANGUAGES)
    if on > today:
        raise AftercareError(_("That day is still to come."))
    found = {hash_of(member.workspace_id, one.address): one for one in rules.read_list(text, on, today, languages)}
    source = ConsentSource.objects.create(workspace_id=member.workspace_id, how=how, where=said, by=member.user)
    marks = list(found)
    for begin in range(0, len(marks), BATCH):
        taken = marks[begin : begin + BATCH]
        out = unsubscribed_among(member.workspace_id, taken)
        source.left_out += len(out)
        source.count += _keep(source, {mark: found[mark] for mark in taken if mark not in out})
    source.save(update_fields=["count", "left_out"])
    facts = {"how": how, "count": source.count, "left_out": source.left_out}
    journal.record(member.workspace_id, "consent.granted", source, actor=member.user, **facts)
    return source


def _keep(source: ConsentSource, found: dict[str, Agreed]) -> int:
    rows = [
        Consent(
            workspace_id=source.workspace_id,
            address_hash=mark,
            source=source,
            agreed_on=one.on,
            language=one.language,
            withdrawn_at=None,
        )
        for mark, one in found.items()
    ]
    Consent.objects.within(source.workspace_id).bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["workspace", "address_hash"],
        update_fields=["source", "agreed_on", "language", "at", "withdrawn_at"],
    )
    return len(rows)


@transaction.atomic
def withdraw(member: Membership, address: str) -> None:
    """Notes that a customer takes their consent back. A later one counts again. Raises AftercareError."""
    still_a_member(member, Right.WORK)
    row = agreed_of(member.workspace_id, address)
    if row is None:
        raise AftercareError(_("This address has not agreed to anything."))
    row.withdrawn_at = clock.now()
    row.save(update_fields=["withdrawn_at"])
    _take_back(row.workspace_id, row.address_hash, AftercareMessage.Skip.NO_CONSENT)
    journal.record(row.workspace_id, "consent.withdrawn", row, actor=member.user)


@transaction.atomic
def refuse_all_mail(member: Membership, address: str) -> None:
    """Notes that a customer told a member that they want no mail. It cannot be undone. Raises AftercareError."""
    still_a_member(member, Right.WORK)
    if not rules.address_of(address):
        raise AftercareError(_("This is no e-mail address."))
    mark = hash_of(member.workspace_id, address)
    unsubscribe(member.workspace_id, mark, Unsubscribed.How.MEMBER, member.user)


@transaction.atomic
def unsubscribe(workspace_id: int, mark: str, how: str, by: Any = None) -> None:
    """No mail to this address (its hash) any more, from this moment on; what lies ready is not sent. Again does
    nothing.
    """
    row, new = Unsubscribed.objects.get_or_create(workspace_id=workspace_id, address_hash=mark, defaults={"how": how})
    _take_back(workspace_id, mark, AftercareMessage.Skip.UNSUBSCRIBED)
    if new:
        journal.record(workspace_id, "customer.unsubscribed", row, actor=by, how=how)


def _take_back(workspace_id: int, mark: str, why: str) -> None:
    rows = AftercareMessage.objects.within(workspace_id).filter(address_hash=mark)
    rows.filter(state__in=[State.READY, State.QUEUED, State.REFUSED]).update(
        state=State.SKIPPED, skipped_because=why, subject="", body="", send_after=None
    )
