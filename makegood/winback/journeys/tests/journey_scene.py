"""A shop in which people complain, are answered, and buy again or don't: each a line in a test."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from makegood.desk import api as desk
from makegood.desk.tests.make import bring
from makegood.identify import api as identify
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen.tests.make import activity, channel
from makegood.resolve import ledger
from makegood.resolve.models import Outcome, Remedy
from makegood.triage import api as triage
from makegood.winback.journeys import flow
from makegood.winback.models import FollowUp, Journey, JourneyMove, Satisfaction

__all__ = ["JourneyShop", "ago"]

_numbers = count(1)


def ago(days: float) -> datetime:
    """So many days before now."""
    return clock.now() - timedelta(days=days)


class JourneyShop:
    """One workspace; what is said in it is what the test says it is."""

    def __init__(self, workspace: Any, agent: Any) -> None:
        self.workspace, self.agent = workspace, agent
        self.account = channel(workspace, "account", network="bluesky")
        self.source = identify.Source.objects.create(
            workspace=workspace, side="shop", kind="testshop", name="Shop", address="shop", hook=f"hook-{id(self)}"
        )

    def says(self, who: str, text: str, intent: str, days: float, **fields: Any) -> desk.Conversation:
        """Somebody says something, so many days ago; in a thread of its own unless `root_id` names one."""
        said = activity(text, who=who, handle=f"{who[-8:]}.example.com", posted_at=ago(days), **fields)
        bring(self.account, said)
        rows = triage.Assessment.objects.within(self.workspace).filter(mention__network_id=said.id)
        rows.update(intent=intent, response="restoration" if intent == "complaint" else "share_success")
        found = desk.Message.objects.within(self.workspace).get(network_id=said.id).conversation
        return desk.Conversation.objects.within(self.workspace).select_related("latest", "workspace").get(pk=found.pk)

    def complains(self, who: str = "", days: float = 20, text: str = "It came broken", **f: Any) -> desk.Conversation:
        """Somebody complains."""
        return self.says(who or f"did:plc:c{next(_numbers)}", text, "complaint", days, **f)

    def adds(self, talk: desk.Conversation, text: str, intent: str, days: float, **fields: Any) -> desk.Conversation:
        """The author of a conversation says more in it."""
        return self.says(talk.author_id, text, intent, days, root_id=talk.thread_id, **fields)

    def answers(self, talk: desk.Conversation, days: float) -> None:
        """We answer."""
        said = desk.Answer(
            network_id=f"at://us/{next(_numbers)}",
            parent_id=talk.latest.network_id,
            text="We are sorry.",
            url="",
            at=ago(days),
            author_id="us",
            author_name="Us",
            author_handle="us",
        )
        with transaction.atomic():
            desk.note_answer(talk.pk, said, self.agent)

    def customer(self, talk: desk.Conversation | None = None) -> identify.Customer:
        """A customer of the shop, whom a conversation's author is tied to."""
        number = next(_numbers)
        row: identify.Customer = identify.Customer.objects.create(
            workspace=self.workspace, source=self.source, external_id=f"c{number}", name=f"Customer {number}"
        )
        if talk is not None:
            identify.tie_customer(talk, row, basis="told", by=self.agent)
        return row

    def orders(self, customer: identify.Customer, *days: float, minor: int = 2500, **fields: Any) -> None:
        """They ordered, so many days ago each."""
        for each in days:
            number = next(_numbers)
            facts = {"currency": "EUR", "state": "paid", **fields}
            identify.Order.objects.create(
                workspace=self.workspace,
                source=self.source,
                customer=customer,
                external_id=f"o{number}",
                number=f"#{number}",
                number_key=f"{number}",
                total_minor=minor,
                placed_at=ago(each),
                changed_at=ago(each),
                **facts,
            )

    def gives(self, talk: desk.Conversation, days: float, cost: int = 700, kind: str = "gift") -> Remedy:
        """Something is done for them."""
        row: Remedy = Remedy.objects.create(
            workspace=self.workspace,
            conversation=talk,
            kind=kind,
            state="executed",
            executed_at=ago(days),
            cost_minor=cost,
            currency="EUR",
            person_key=f"author:{talk.pk}",
            request_key=f"click-{next(_numbers)}",
            asked_by=self.agent,
        )
        lines = (ledger.Line("goodwill", cost, "EUR"), ledger.Line("goods", -cost, "EUR"))
        with transaction.atomic():
            ledger.book(f"gift:{row.pk}", row, lines, at=ago(days))
        return row

    def rates(self, talk: desk.Conversation, score: int, days: float, resolved: bool | None = None) -> Satisfaction:
        """They answer the follow-up."""
        asked = FollowUp.objects.create(
            workspace=self.workspace, conversation=talk, state="answered", why="remedy", resolved_at=ago(days + 1)
        )
        row: Satisfaction = Satisfaction.objects.create(
            workspace=self.workspace,
            followup=asked,
            conversation=talk,
            score=score,
            first_score=score,
            resolved=resolved,
            given_at=ago(days),
            changed_at=ago(days),
        )
        return row

    def tells(self, talk: desk.Conversation, answer: str, days: float) -> None:
        """They say whether it is right."""
        Outcome.objects.create(workspace=self.workspace, conversation=talk, answer=answer, at=ago(days))

    def follow(self) -> None:
        """The step runs, as often as it takes: on a busy machine one turn may not do."""
        due = Journey.objects.within(self.workspace).filter(look_at__lte=clock.now(), erased_at__isnull=True)
        flow.follow()
        while due.exists():
            flow.follow()

    def again(self) -> None:
        """A day has passed, and the step runs."""
        rows = Journey.objects.within(self.workspace).filter(look_at__isnull=False)
        rows.update(look_at=clock.now(), looked_at=ago(1))
        self.follow()

    def journey(self, talk: desk.Conversation) -> Journey:
        """The way of a conversation's complaint, read anew."""
        row: Journey = Journey.objects.within(self.workspace).get(conversation=talk)
        return row.part_of if row.part_of is not None else row

    def state(self, talk: desk.Conversation) -> tuple[str, str]:
        """Where it stands, and why."""
        self.again()
        row = self.journey(talk)
        return row.state, row.reason

    def moves(self, talk: desk.Conversation) -> list[tuple[str, str, str]]:
        """Every move: from, to, why."""
        rows = JourneyMove.objects.within(self.workspace).filter(journey=self.journey(talk)).order_by("pk")
        return list(rows.values_list("was", "state", "reason"))

    def lines(self) -> list[dict[str, Any]]:
        """What the journal says of moves, without the row's number."""
        rows = Entry.objects.within(self.workspace).filter(verb="journey.moved").order_by("id")
        return [{name: value for name, value in row.data.items() if name != "journey"} for row in rows]
