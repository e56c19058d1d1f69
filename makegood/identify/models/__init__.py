"""Who they are: people and what ties handles to them, the shops and processors we read, orders and charges."""

from __future__ import annotations

from makegood.identify.models.contact import Contact, Erasure, Identity, IdentitySuggestion, Retention
from makegood.identify.models.money import Charge, ChargeRef, ChargeRefund
from makegood.identify.models.order import Customer, Fulfilment, Order, OrderLine, OrderLink, OrderRef, OrderRefund
from makegood.identify.models.said import SaidNumber
from makegood.identify.models.source import HookEvent, Source
from makegood.identify.models.worth import MoneySettings, ValueModel

__all__ = [
    "Charge",
    "ChargeRef",
    "ChargeRefund",
    "Contact",
    "Customer",
    "Erasure",
    "Fulfilment",
    "HookEvent",
    "Identity",
    "IdentitySuggestion",
    "MoneySettings",
    "Order",
    "OrderLine",
    "OrderLink",
    "OrderRef",
    "OrderRefund",
    "Retention",
    "SaidNumber",
    "Source",
    "ValueModel",
]
