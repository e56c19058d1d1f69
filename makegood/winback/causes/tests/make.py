"""Complaints for tests of causes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from makegood.accounts.models import Membership
from makegood.desk.models import Conversation
from makegood.desk.tests.make import conversation_with
from makegood.kit import clock
from makegood.listen.tests.make import channel
from makegood.triage.models import Assessment
from makegood.winback.causes.rules import Item, stems
from makegood.winback.causes.step import look_after_causes

__all__ = ["LATE", "Shop", "at", "item"]

_numbers = count(1)
LATE = "Where is my parcel? The delivery estimate was missing at checkout and it never arrived, I want a refund!"


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> datetime:
    """From now on the server's clock shows this moment."""
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


def item(text: str = "", **fields: Any) -> Item:
    """A complaint as it is compared."""
    number = next(_numbers)
    facts = {"person": f"p{number}", "topic": "delivery", "product": "", "place": "delivery"} | fields
    return Item(key=number, words=frozenset(stems(text)), **facts)


class Shop:
    """A workspace in which customers complain."""

    def __init__(self, workspace: Any) -> None:
        self.workspace = workspace
        self.account = channel(workspace, "account", network="sample")

    def talk(
        self, text: str = LATE, *, topic: str = "delivery", intent: str = "complaint", **fields: Any
    ) -> Conversation:
        """A new conversation of somebody, sorted as said."""
        row = conversation_with(self.account, text, **fields)
        Assessment.objects.within(self.workspace).filter(mention=row.latest).update(
            intent=intent, topics=[topic] if topic else []
        )
        Conversation.objects.within(self.workspace).filter(pk=row.pk).update(intent=intent)
        return row

    def many(self, texts: Sequence[str], **fields: Any) -> list[Conversation]:
        """One of somebody else each."""
        return [self.talk(text, **fields) for text in texts]

    def look(self) -> int:
        """The step."""
        return look_after_causes()

    def member(self, user: Any) -> Membership:
        """Somebody's place in the workspace."""
        return Membership.objects.within(self.workspace).select_related("workspace", "user").get(user=user)


def days_ago(days: float) -> datetime:
    """So many days before now."""
    return timezone.now() - timedelta(days=days)
