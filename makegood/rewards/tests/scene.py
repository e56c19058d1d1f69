"""A shop whose people thank each other: conversations, and the journal lines that show what came of them."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

import pytest
from django.db import transaction

from makegood.accounts.models import Membership, User
from makegood.desk.models import Case, Conversation
from makegood.desk.tests.make import conversation_with
from makegood.journal import api as journal
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.tests.make import channel
from makegood.rewards import api as rewards
from makegood.rewards import giving
from makegood.rewards.models import Kudos, PointLine
from makegood.triage.models import Assessment

__all__ = ["COMPLAINT", "Shop", "at", "join", "new_key"]

_numbers = count(1)
COMPLAINT = "My teapot arrived broken and nobody answers. I am very disappointed"


def new_key() -> str:
    """A key as a page makes one."""
    return f"{next(_numbers):032x}"


def join(workspace: Any, user: Any) -> Membership:
    """Somebody's place in the workspace."""
    return Membership.objects.within(workspace).select_related("workspace", "user").get(user=user)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> datetime:
    """From now on the server's clock shows this moment."""
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


class Shop:
    """One workspace."""

    def __init__(self, workspace: Any) -> None:
        self.workspace = workspace
        self.account = channel(workspace, "account", network="sample")

    def person(self, name: str, role: str = "agent") -> Any:
        """A new member."""
        user = User.objects.create_user(f"{name.lower()}@example.com", None, name=name)
        Membership.objects.create(workspace=self.workspace, user=user, role=role)
        return user

    def member(self, user: Any) -> Membership:
        """Somebody's place here."""
        return join(self.workspace, user)

    def talk(self, text: str = COMPLAINT, intent: str = "complaint", **read: Any) -> Conversation:
        """A new conversation, read as told: by itself a complaint that is in no hurry."""
        row = conversation_with(self.account, f"{text} {next(_numbers)}")
        mild = {"severity": 1, "urgency": "today", "flags": [], "intent": intent}
        Assessment.objects.within(self.workspace).filter(mention=row.latest).update(**mild | read)
        return row

    def case(self, *talks: Conversation) -> Case:
        """A case with these conversations in it."""
        case: Case = Case.objects.create(workspace=self.workspace, title="The broken teapot")
        for talk in talks:
            Conversation.objects.within(self.workspace).filter(pk=talk.pk).update(case=case)
            talk.case = case
        return case

    def line(self, verb: str, subject: Any, actor: Any = None, **data: Any) -> Entry:
        """What another stage wrote into the journal."""
        with transaction.atomic():
            return journal.record(self.workspace.pk, verb, subject, actor=actor, **data)

    def about_cause(self, verb: str, number: int, **data: Any) -> Entry:
        """A line about a cause, which need not be there for that."""
        row: Entry = Entry.objects.create(
            workspace=self.workspace, actor="Makegood", verb=verb, subject=f"cause:{number}", data=data
        )
        return row

    def points(self, user: Any) -> int:
        """Somebody's balance, after the journal was read."""
        rewards.give_points()
        return rewards.balance_of(self.workspace.pk, user.pk)

    def kinds(self, user: Any) -> list[tuple[str, int]]:
        """Somebody's lines, oldest first."""
        rewards.give_points()
        rows = PointLine.objects.within(self.workspace).filter(user=user).order_by("pk")
        return [(row.kind, row.points) for row in rows]

    def thank(self, giver: Any, receiver: Any, reason: str = "", **options: Any) -> Kudos:
        """Kudos."""
        words = reason or f"She found the parcel that nobody else found, number {next(_numbers)}"
        options.setdefault("request_key", new_key())
        return giving.give_kudos(self.member(giver), receiver.pk, words, **options)

    def earn(self, user: Any, points: int) -> None:
        """So many points for nothing in particular."""
        with transaction.atomic():
            from makegood.rewards import ledger

            ledger.give(self.workspace.pk, user, "cause", points, f"cause:{next(_numbers)}", facts={})

    def reward(self, by: Any, name: str = "A day off", points: int = 20, **fields: Any) -> Any:
        """A reward in the catalogue."""
        return rewards.save_reward(self.member(by), None, name=name, points=points, **fields)

    def verbs(self) -> list[str]:
        """What this stage wrote into the journal, in order."""
        ours = ("kudos.", "points.", "reward.", "budget.", "thanks.")
        rows = Entry.objects.within(self.workspace).order_by("id").values_list("verb", flat=True)
        return [verb for verb in rows if verb.startswith(ours)]
