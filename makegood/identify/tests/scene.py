"""A connected shop and processor for tests, and what is stored of them."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.activity import Author, Visibility
from makegood.connectors.payments import registry as processors
from makegood.connectors.shops import registry as shops
from makegood.desk.models import Conversation
from makegood.desk.tests.make import bring
from makegood.identify import api as identify
from makegood.identify.models import Charge, Order, Source
from makegood.identify.recognising import recognise_new
from makegood.identify.tests.world import world
from makegood.listen.tests.make import activity, channel

__all__ = ["connect", "held_charges", "held_orders", "known_kinds", "says"]


def known_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the registries know the small shop and processor, which hold nothing."""
    monkeypatch.setitem(shops.KINDS, "testshop", "makegood.identify.tests.testshop")
    monkeypatch.setitem(processors.KINDS, "testpay", "makegood.identify.tests.testpay")
    world.clear()


def connect(workspace: Any, side: str = "shop", by: Any = None, **form: str) -> Source:
    """A connected source of the workspace."""
    kind = "testshop" if side == "shop" else "testpay"
    return identify.connect_source(workspace, by, side, kind, {"key": "right", "webhook_secret": "whsec", **form})


def held_orders(workspace: Any) -> dict[str, Any]:
    """All that is stored of orders, in values that can be compared: no row ids, nothing about when it was read."""
    found = {}
    for row in Order.objects.within(workspace).select_related("customer"):
        facts = {
            name: getattr(row, name) for name in ("number", "total_minor", "state", "changed_at", "refunded_minor")
        }
        facts["customer"] = (row.customer.external_id, row.customer.name, row.customer.email, row.customer.phone)
        facts["lines"] = sorted(row.lines.values_list("external_id", "name", "quantity", "total_minor"))
        facts["parcels"] = sorted(row.fulfilments.values_list("external_id", "state", "tracking"))
        facts["refs"] = sorted(row.refs.values_list("value", flat=True))
        found[row.external_id] = facts
    return found


def held_charges(workspace: Any) -> dict[str, Any]:
    """All that is stored of payments, likewise."""
    found = {}
    for row in Charge.objects.within(workspace).select_related("order", "double_of"):
        facts = {name: getattr(row, name) for name in ("amount_minor", "state", "refunded_minor", "method")}
        facts["order"] = row.order.external_id if row.order else None
        facts["double_of"] = row.double_of.external_id if row.double_of else None
        facts["because"] = row.double_because
        facts["refunds"] = sorted(row.refunds.values_list("external_id", "state", "amount_minor"))
        found[row.external_id] = facts
    return found


def says(
    workspace: Any,
    text: str,
    *,
    name: str = "",
    visibility: str = Visibility.PUBLIC,
    who: str = "did:plc:ann",
    **fields: Any,
) -> Conversation:
    """Somebody says this, it comes to the desk, and order numbers in it are looked for."""
    account = channel(workspace, "account")
    said = activity(text, who=who, visibility=visibility, **fields)
    bring(
        account,
        type(said)(
            **{
                **{f: getattr(said, f) for f in said.__struct_fields__},
                "author": Author(id=who, handle="ann.example", name=name),
            }
        ),
    )
    recognise_new()
    return Conversation.objects.within(workspace).order_by("-id")[0]
