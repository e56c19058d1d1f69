"""Who bought is forgotten; what was bought and paid stays, as figures without a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.crypto import salted_hmac

from makegood.identify.models import (
    Charge,
    ChargeRefund,
    Contact,
    Customer,
    Fulfilment,
    Identity,
    IdentitySuggestion,
    Order,
    OrderRefund,
)
from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["NOBODY", "ORDER_OF_NOBODY", "PAID_BY_NOBODY", "PARTS_OF_NOBODY", "erased_key", "forget_customers"]

NOBODY: dict[str, Any] = {"name": "", "email": "", "phone": "", "phone_key": "", "url": "", "verified": False}
ORDER_OF_NOBODY: dict[str, Any] = {"destination": "", "url": ""}
PAID_BY_NOBODY: dict[str, Any] = {
    "email": "",
    "name": "",
    "payer_ref": "",
    "description": "",
    "method": "",
    "fingerprint": "",
    "url": "",
}
PARTS_OF_NOBODY: dict[type[Scoped], dict[str, Any]] = {
    Fulfilment: {"tracking": "", "tracking_url": ""},
    OrderRefund: {"reason": ""},
}
"""What is emptied of the parts of an order, by their model."""


def erased_key(source_id: int, external_id: str) -> str:
    """Under which an erased customer is known whose id in the shop is an address: the same each time, and nobody can
    read the address out of it.
    """
    digest = salted_hmac("makegood.identify.erased", f"{source_id}:{external_id}", algorithm="sha256")
    return f"erased:{digest.hexdigest()}"


def forget_customers(workspace_id: int, customers: Iterable[Customer], at: datetime | None = None) -> dict[str, int]:
    """Forgets who these customers are, in the caller's transaction; returns how many there were, and what was kept.

    `at` is noted as the moment (now). Their shop may go on telling who they are: see `makegood.identify.storing`, which
    does not write it again. What ties them to a person stands, without their name.
    """
    rows, at = list(customers), at or clock.now()
    _forget_names(workspace_id, rows)
    emails = {row.email for row in rows} - {""}
    keys = [row.pk for row in rows]
    IdentitySuggestion.objects.within(workspace_id).filter(customer__in=keys).delete()
    for row in rows:
        if "@" in row.external_id:
            row.external_id = erased_key(row.source_id, row.external_id)
        row.erased_at = at
        for name, value in NOBODY.items():
            setattr(row, name, value)
    Customer.objects.within(workspace_id).bulk_update(rows, ["external_id", "erased_at", *NOBODY], batch_size=200)
    orders = Order.objects.within(workspace_id).filter(customer__in=keys)
    parcels = Fulfilment.objects.within(workspace_id).filter(order__in=orders.values("pk"))
    parcels.update(**PARTS_OF_NOBODY[Fulfilment])
    refunded = OrderRefund.objects.within(workspace_id).filter(order__in=orders.values("pk"))
    refunded.update(**PARTS_OF_NOBODY[OrderRefund])
    theirs = Charge.objects.within(workspace_id).filter(Q(order__in=orders.values("pk")) | Q(email__in=emails))
    charges = list(theirs.values_list("pk", flat=True))
    refunds = ChargeRefund.objects.within(workspace_id).filter(charge__in=charges)
    refunds.update(reason="")
    # What was read of one payment about another names the payer.
    doubles = Charge.objects.within(workspace_id).filter(Q(pk__in=charges) | Q(double_of__in=charges))
    doubles.update(double_because=[])
    paid = Charge.objects.within(workspace_id).filter(pk__in=charges)
    return {
        "customers": len(rows),
        "orders_kept": orders.update(**ORDER_OF_NOBODY),
        "payments_kept": paid.update(**PAID_BY_NOBODY, erased_at=at),
    }


def _forget_names(workspace_id: int, customers: Sequence[Customer]) -> None:
    """What the ties and the contacts have of these customers' names."""
    ties = Identity.objects.within(workspace_id).filter(customer__in=[row.pk for row in customers])
    tied = list(ties.values_list("contact_id", "evidence"))
    people = {contact for contact, _evidence in tied}
    # The tie of their account was recorded on the same evidence.
    said = {evidence for _contact, evidence in tied} - {""}
    Identity.objects.within(workspace_id).filter(contact__in=people, evidence__in=said).update(evidence="")
    ties.update(shown="")
    names = {each for row in customers for each in (row.name, row.email)} - {""}
    Contact.objects.within(workspace_id).filter(pk__in=people, name__in=names).update(name="")
