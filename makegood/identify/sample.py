"""The sample shop's customers, orders and payments: with it they come, and with it they go."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.connectors.sample import SHOP_NAME
from makegood.connectors.sample.stock import AUTHORS, bought, paid
from makegood.identify.charging import store_pay_page
from makegood.identify.identities import tie
from makegood.identify.models import Contact, Customer, Identity, MoneySettings, Order, Source, ValueModel
from makegood.identify.sources import new_hook
from makegood.identify.storing import store_shop_page
from makegood.kit import clock

__all__ = ["fill_sample", "forget_sample"]

KIND = NETWORK = "sample"


@transaction.atomic
def fill_sample(workspace: Any, by: Any) -> None:
    """Adds what the sample shop's customers bought and paid, and who of them writes. Safe to call again."""
    if Source.objects.within(workspace).filter(is_sample=True).exists():
        return
    now = clock.now()
    shop = _source(workspace, by, Source.Side.SHOP, SHOP_NAME)
    store_shop_page(shop, bought(now), now)
    store_pay_page(_source(workspace, by, Source.Side.PAYMENTS, _("Payments of the sample shop")), paid(now), now)
    for customer in Customer.objects.within(workspace).filter(source=shop, external_id__in=AUTHORS):
        _known(customer, by)


def _source(workspace: Any, by: Any, side: str, name: str) -> Source:
    now = clock.now()
    return Source.objects.create(
        workspace=workspace,
        side=side,
        kind=KIND,
        name=name,
        address=f"{KIND}:{side}",
        hook=new_hook(),
        # Nothing is ever read there.
        due_at=None,
        caught_up_at=now,
        last_good_at=now,
        connected_by=by,
        is_sample=True,
    )


def _known(customer: Customer, by: Any) -> None:
    """Their account and their customer record are one person's."""
    contact = Contact.objects.create(workspace_id=customer.workspace_id, name=customer.name, is_sample=True)
    facts: dict[str, Any] = {"evidence": _("Part of the sample shop"), "by": by}
    tie(
        contact,
        kind=Identity.Kind.CUSTOMER,
        value=str(customer.pk),
        shown=customer.name,
        customer=customer,
        basis=Identity.Basis.SHOP_RECORD,
        **facts,
    )
    author = AUTHORS[customer.external_id]
    tie(
        contact,
        kind=Identity.Kind.AUTHOR,
        network=NETWORK,
        value=author,
        shown=customer.external_id,
        basis=Identity.Basis.TOLD,
        **facts,
    )


@transaction.atomic
def forget_sample(workspace: Any) -> None:
    """Removes them all, and what was worked out from them alone. What later stages keep of them goes first."""
    Contact.objects.within(workspace).filter(is_sample=True).delete()
    Source.objects.within(workspace).filter(is_sample=True).delete()
    if not Order.objects.within(workspace).exists():
        ValueModel.objects.within(workspace).delete()
        MoneySettings.objects.within(workspace).filter(changed_by__isnull=True).delete()
