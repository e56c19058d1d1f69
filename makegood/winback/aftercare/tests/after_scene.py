"""A shop that asks after a purchase, for tests."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from email.message import Message
from itertools import count
from typing import Any

import pytest

from makegood.accounts.api import Membership
from makegood.identify import api as identify
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.winback.aftercare import consents, house, releasing, step
from makegood.winback.aftercare.rules import Plan
from makegood.winback.models import AftercareMessage, AftercareSettings

__all__ = ["AfterShop", "body_of", "secret_of"]

_numbers = count(1)


class AfterShop:
    """One shop, switched on, with a clock that can be moved on. `owner` settles, `agent` sends."""

    def __init__(self, workspace: Any, owner: Any, agent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workspace, self.monkeypatch = workspace, monkeypatch
        members = Membership.objects.within(workspace).select_related("user", "workspace")
        self.owner, self.agent = members.get(user=owner), members.get(user=agent)
        self.source = identify.Source.objects.create(
            workspace=workspace, side="shop", kind="testshop", name="Shop", address="shop", hook=f"hook-{id(self)}"
        )
        house.save_plan(self.owner, Plan(active=True))

    def pass_days(self, days: float) -> datetime:
        """It is so many days later."""
        moment = clock.now() + timedelta(days=days)
        self.monkeypatch.setattr(clock, "now", lambda: moment)
        return moment

    def customer(self, email: str = "ann@example.com", name: str = "Ann Lee", **fields: Any) -> identify.Customer:
        """Somebody who bought."""
        row: identify.Customer = identify.Customer.objects.create(
            workspace=self.workspace,
            source=self.source,
            external_id=f"c{next(_numbers)}",
            name=name,
            email=email,
            **fields,
        )
        return row

    def order(self, customer: identify.Customer, delivered: float | None = 6, **fields: Any) -> identify.Order:
        """An order that was delivered so many days ago."""
        number, now = next(_numbers), clock.now()
        facts = {"currency": "EUR", "state": "delivered", "total_minor": 2490, "placed_at": now - timedelta(days=12)}
        facts["delivered_at"] = None if delivered is None else now - timedelta(days=delivered)
        row: identify.Order = identify.Order.objects.create(
            workspace=self.workspace,
            source=self.source,
            customer=customer,
            external_id=f"o{number}",
            number=f"#{number}",
            number_key=f"{number}",
            changed_at=now,
            **facts | fields,
        )
        return row

    def agrees(self, email: str = "ann@example.com", language: str = "") -> None:
        """They agreed."""
        line = f"{email},2026-01-02,{language}" if language else email
        consents.grant_list(self.owner, line, "A box at the checkout", date(2026, 1, 2))

    def step(self) -> None:
        """The step runs, and looks at all orders again."""
        AftercareSettings.objects.within(self.workspace).update(look_at=clock.now(), after="")
        step.look_after_purchases()

    def ready(self, email: str = "ann@example.com", **fields: Any) -> AftercareMessage:
        """A mail to a customer who agreed lies ready."""
        self.agrees(email)
        row = self.order(self.customer(email), **fields)
        self.step()
        return self.mail(row)

    def mail(self, order: identify.Order) -> AftercareMessage:
        """The mail after an order as it is now."""
        return AftercareMessage.objects.within(self.workspace).get(order=order)

    def fresh(self, row: AftercareMessage) -> AftercareMessage:
        """A mail as it is now."""
        return AftercareMessage.objects.within(self.workspace).get(pk=row.pk)

    def release(self, *rows: AftercareMessage) -> releasing.Released:
        """The agent sends them off."""
        return releasing.release(self.agent, [row.pk for row in rows])

    def states(self) -> list[str]:
        """State, or why it was skipped, of each mail in the order they were made."""
        rows = AftercareMessage.objects.within(self.workspace).order_by("pk")
        return [why or state for state, why in rows.values_list("state", "skipped_because")]

    def verbs(self) -> list[str]:
        """What the journal has of this part since it was switched on, oldest first."""
        rows = Entry.objects.within(self.workspace).order_by("id").values_list("verb", flat=True)
        kinds = ("aftercare.", "consent.", "customer.")
        return [verb for verb in rows if verb.startswith(kinds) and verb != "aftercare.settings_saved"]


def body_of(letter: Message) -> str:
    """The words of a mail."""
    payload = letter.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def secret_of(letter: Message) -> str:
    """The secret of the links in a mail."""
    found = re.search(r"/after/([\w.-]+)/", body_of(letter))
    assert found is not None
    return found[1]
