"""A shop with limits, orders and people who complain, for tests of who may decide what."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from makegood.accounts.models import Membership, User
from makegood.desk.models import Conversation, Notice
from makegood.desk.tests.make import conversation_with
from makegood.identify.models import Charge, Customer, Order, OrderLine, OrderLink, Source
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen.tests.make import channel
from makegood.resolve import asking, deciding
from makegood.resolve.models import ApprovalRequest, Limit, Remedy
from makegood.resolve.rules import Wanted

__all__ = ["Shop", "approve", "at", "join", "new_key", "person"]

_numbers = count(1)
TEXT = "My teapot arrived broken and nobody answers"


def new_key() -> str:
    """A key as a page makes one."""
    return f"request-{next(_numbers)}"


def join(workspace: Any, user: Any) -> Membership:
    """Somebody's place in the workspace."""
    return Membership.objects.within(workspace).select_related("workspace", "user").get(user=user)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> datetime:
    """From now on the server's clock shows this moment."""
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


class Shop:
    """One workspace without any limits but those that a test sets."""

    def __init__(self, workspace: Any) -> None:
        self.workspace = workspace
        self.account = channel(workspace, "account", network="sample")
        self.source = Source.objects.create(
            workspace=workspace, side="shop", kind="orders_file", name="Shop", address="shop", hook=f"h{next(_numbers)}"
        )
        from makegood.resolve.defaults import ensure

        ensure(workspace)
        Limit.objects.within(workspace).delete()

    def limit(self, role: str = "agent", kind: str = "", currency: str = "EUR", **most: Any) -> Limit:
        """A limit, with what it says about a case, a person, a month, four_eyes."""
        names = {
            "case": "per_case_minor",
            "person": "per_person_year_minor",
            "month": "per_month_minor",
            "four_eyes": "four_eyes_minor",
        }
        values = {names[name]: value for name, value in most.items()}
        row: Limit = Limit.objects.create(workspace=self.workspace, role=role, kind=kind, currency=currency, **values)
        return row

    def talk(self, who: str = "") -> Conversation:
        """A new conversation of somebody, or of this account."""
        fields = {"who": who} if who else {}
        return conversation_with(self.account, TEXT, **fields)

    def order(self, customer: Customer | None = None, currency: str = "EUR", **fields: Any) -> Order:
        """An order of a customer, or of a new one."""
        number = next(_numbers)
        buyer = customer or Customer.objects.create(
            workspace=self.workspace, source=self.source, external_id=f"c{number}", name=f"Customer {number}"
        )
        now = clock.now()
        fields.setdefault("placed_at", now - timedelta(days=20))
        fields.setdefault("total_minor", 9000)
        row: Order = Order.objects.create(
            workspace=self.workspace,
            source=self.source,
            customer=buyer,
            external_id=f"o{number}",
            number=f"T-{number}",
            number_key=f"T{number}",
            currency=currency,
            state="delivered",
            changed_at=now,
            **fields,
        )
        return row

    def line(self, order: Order, **fields: Any) -> OrderLine:
        """One product of an order."""
        fields = {"name": "Teapot", "quantity": 1, "total_minor": 9000, **fields}
        row: OrderLine = OrderLine.objects.create(
            workspace=self.workspace, order=order, external_id=f"l{next(_numbers)}", **fields
        )
        return row

    def charge(self, order: Order | None = None, amount: int = 9000, currency: str = "EUR", **fields: Any) -> Charge:
        """A payment."""
        row: Charge = Charge.objects.create(
            workspace=self.workspace,
            source=self.source,
            external_id=f"ch{next(_numbers)}",
            order=order,
            state="paid",
            amount_minor=amount,
            currency=currency,
            at=clock.now(),
            **fields,
        )
        return row

    def link(self, talk: Conversation, order: Order) -> OrderLink:
        """The conversation is about this order."""
        row: OrderLink = OrderLink.objects.create(
            workspace=self.workspace, conversation=talk, order=order, how="member"
        )
        return row

    def ask(self, user: Any, talk: Conversation, amount: int, **fields: Any) -> Remedy:
        """Somebody asks for a voucher, or for what `fields` say."""
        fields = {"kind": "voucher", "currency": "EUR", "request_key": new_key(), **fields}
        worth = fields.pop("worth", None)
        return asking.ask(join(self.workspace, user), talk, Wanted(amount_minor=amount, **fields), worth)

    def request(self, user: Any, talk: Conversation, amount: int, **fields: Any) -> ApprovalRequest:
        """Somebody asks for more than they may give."""
        remedy = self.ask(user, talk, amount, **fields)
        assert remedy.state == "requested", remedy.state
        row: ApprovalRequest = ApprovalRequest.objects.within(self.workspace).get(remedy=remedy)
        return row

    def told(self, user: Any) -> list[str]:
        """What stands under somebody's bell about remedies, oldest first."""
        rows = Notice.objects.within(self.workspace).filter(user=user, kind__contains="remedy")
        return list(rows.order_by("pk").values_list("text", flat=True))

    def verbs(self) -> list[str]:
        """What the journal holds about remedies, oldest first."""
        rows = Entry.objects.within(self.workspace).filter(verb__startswith="remedy.")
        return [verb.removeprefix("remedy.") for verb in rows.order_by("id").values_list("verb", flat=True)]


def person(shop: Shop, name: str, role: str) -> Any:
    """Somebody else who works here."""
    user = User.objects.create_user(f"{name.lower()}@example.com", name=name)
    Membership.objects.create(workspace=shop.workspace, user=user, role=role)
    return user


def approve(shop: Shop, request: ApprovalRequest, user: Any, note: str = "") -> ApprovalRequest:
    """This member says yes."""
    return deciding.approve(request, join(shop.workspace, user), note)
