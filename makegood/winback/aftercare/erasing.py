"""Removing a customer from what they were asked and answered. The figures stay, and that they want no mail."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from makegood.identify import api as identify
from makegood.kit import clock
from makegood.winback.aftercare.consents import hash_of, unsubscribed_among
from makegood.winback.models import AftercareAnswer, AftercareMessage, Consent

__all__ = ["erase_customers", "export_customers", "forget_erased"]

AT_ONCE = 500
State = AftercareMessage.State


def export_customers(workspace_id: int, customers: Collection[identify.Customer]) -> dict[str, Any]:
    """What is kept of these customers here, as plain values ready for JSON. 4 queries."""
    marks = {hash_of(workspace_id, row.email) for row in customers if row.email}
    agreed = Consent.objects.within(workspace_id).filter(address_hash__in=marks).select_related("source")
    rows = AftercareMessage.objects.within(workspace_id).filter(order__customer__in=customers, sent_at__isnull=False)
    said = AftercareAnswer.objects.within(workspace_id).filter(message__order__customer__in=customers)
    return {
        "agreed_to_mail": [
            {
                "on": row.agreed_on.isoformat(),
                "where": row.source.where,
                "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
            }
            for row in agreed.order_by("agreed_on", "pk")
        ],
        "unsubscribed": bool(unsubscribed_among(workspace_id, marks)),
        "asked_after_purchase": [row.sent_at.isoformat() for row in rows.order_by("sent_at", "pk") if row.sent_at],
        "answered_after_purchase": [
            {"at": row.given_at.isoformat(), "arrived": row.arrived, "good": row.good, "comment": row.comment}
            for row in said.order_by("given_at", "pk")
        ],
    }


def erase_customers(workspace_id: int, customers: Collection[identify.Customer]) -> None:
    """Empties what is kept of them, in the caller's transaction, while their addresses are still known. That somebody
    unsubscribed is kept, as a hash that names nobody: it has to be honoured.
    """
    marks = {hash_of(workspace_id, row.email) for row in customers if row.email}
    Consent.objects.within(workspace_id).filter(address_hash__in=marks).delete()
    rows = AftercareMessage.objects.within(workspace_id).filter(order__customer__in=customers)
    _empty(workspace_id, list(rows.values_list("pk", flat=True)))


def forget_erased(workspace_id: int) -> int:
    """Does the same for customers whom their shop had erased, in the caller's transaction. How many mails."""
    rows = AftercareMessage.objects.within(workspace_id).filter(erased_at__isnull=True)
    found = list(
        rows.filter(order__customer__erased_at__isnull=False).values_list("pk", "address_hash").order_by("pk")[:AT_ONCE]
    )
    Consent.objects.within(workspace_id).filter(address_hash__in={mark for _key, mark in found}).delete()
    _empty(workspace_id, [key for key, _mark in found])
    return len(found)


def _empty(workspace_id: int, keys: list[int]) -> None:
    rows = AftercareMessage.objects.within(workspace_id).filter(pk__in=keys)
    rows.filter(state__in=[State.READY, State.QUEUED, State.REFUSED, State.UNKNOWN]).update(
        state=State.SKIPPED, skipped_because=AftercareMessage.Skip.ERASED, send_after=None
    )
    rows.update(subject="", body="", erased_at=clock.now())
    answers = AftercareAnswer.objects.within(workspace_id).filter(message__in=keys)
    answers.update(comment="", handled_note="", trouble=False)
