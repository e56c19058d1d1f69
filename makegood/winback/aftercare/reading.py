"""What the page "After a purchase" shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from makegood.identify import api as identify
from makegood.kit.shares import Share, wilson
from makegood.winback.aftercare.house import texts_of
from makegood.winback.aftercare.releasing import MOST_AT_ONCE, words_of
from makegood.winback.aftercare.rules import FEWEST
from makegood.winback.models import AftercareAnswer, AftercareMessage, ConsentSource, Unsubscribed
from makegood.winback.models.aftercare import Consent

__all__ = [
    "AftercareFigures",
    "Agreements",
    "ReadyMail",
    "Trouble",
    "aftercare_counts",
    "aftercare_figures",
    "agreements",
    "ready_mails",
    "troubles",
    "uncertain_mails",
]

MOST = 50
State = AftercareMessage.State


@dataclass(frozen=True)
class Trouble:
    """What a customer said that somebody has to see to."""

    row: AftercareAnswer
    order: identify.Order | None
    contact: int | None


def troubles(workspace: Any) -> list[Trouble]:
    """What nobody has seen to yet, the oldest first. 2 queries."""
    rows = AftercareAnswer.objects.within(workspace).filter(trouble=True, handled_at__isnull=True)
    found = list(rows.select_related("message__order__customer").order_by("changed_at", "pk")[:MOST])
    people = _contacts(workspace, [row.message.order for row in found if row.message.order is not None])
    return [
        Trouble(row, row.message.order, people.get(row.message.order.customer_id) if row.message.order else None)
        for row in found
    ]


def _contacts(workspace: Any, orders: Iterable[identify.Order]) -> dict[int, int]:
    ties = identify.Identity.objects.within(workspace).filter(ended_at__isnull=True)
    tied = ties.filter(customer__in={order.customer_id for order in orders})
    return {customer: contact for customer, contact in tied.values_list("customer_id", "contact_id") if customer}


@dataclass(frozen=True)
class ReadyMail:
    """A mail that lies ready, with its words as they would go out now."""

    row: AftercareMessage
    order: identify.Order
    subject: str
    body: str


def ready_mails(workspace: Any) -> list[ReadyMail]:
    """The mails that lie ready, the oldest first; as many as are sent at once. 2 queries."""
    rows = AftercareMessage.objects.within(workspace).filter(state=State.READY, order__isnull=False)
    found = list(rows.select_related("order__customer").order_by("made_at", "pk")[:MOST_AT_ONCE])
    texts = texts_of(workspace)
    return [
        ReadyMail(row, row.order, *words_of(row, row.order, workspace.name, texts))
        for row in found
        if row.order is not None
    ]


def uncertain_mails(workspace: Any) -> list[AftercareMessage]:
    """Those that were refused or may not have gone out, the newest first. 1 query."""
    rows = AftercareMessage.objects.within(workspace).filter(state__in=[State.REFUSED, State.UNKNOWN])
    return list(rows.select_related("order__customer").order_by("-made_at", "-pk")[:MOST])


def aftercare_counts(workspace: Any) -> dict[str, int]:
    """How many mails lie ready, and how many are on their way. 1 query."""
    rows = AftercareMessage.objects.within(workspace).filter(state__in=[State.READY, State.QUEUED, State.SENDING])
    found = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    return {"ready": found.get(State.READY, 0), "going": found.get(State.QUEUED, 0) + found.get(State.SENDING, 0)}


@dataclass(frozen=True)
class AftercareFigures:
    """How many mails went out, how many were answered, and in how many trouble was caught. A share is None where there
    are too few for one.
    """

    sent: int
    answered: int
    trouble: int

    @property
    def answering(self) -> Share | None:
        """The share of the mails that were answered."""
        return wilson(self.answered, self.sent) if self.sent >= FEWEST else None

    @property
    def troubled(self) -> Share | None:
        """The share of the answers that told of trouble."""
        return wilson(self.trouble, self.answered) if self.answered >= FEWEST else None


def aftercare_figures(workspace: Any, since: datetime) -> AftercareFigures:
    """Of the mails that went out since then. 1 query."""
    rows = AftercareMessage.objects.within(workspace).filter(sent_at__gte=since)
    found = rows.aggregate(
        sent=Count("pk"), answered=Count("answer"), trouble=Count("answer", filter=Q(answer__ever_trouble=True))
    )
    return AftercareFigures(**found)


@dataclass(frozen=True)
class Agreements:
    """Who may be written to, in figures, and where that is known from."""

    agreed: int
    unsubscribed: int
    sources: list[ConsentSource]


def agreements(workspace: Any) -> Agreements:
    """How many addresses agreed, and the lists they came from, the newest first. 3 queries."""
    sources = ConsentSource.objects.within(workspace).select_related("by").order_by("-at", "-pk")[:MOST]
    refused = Unsubscribed.objects.within(workspace)
    agreed = Consent.objects.within(workspace).filter(withdrawn_at__isnull=True)
    agreed = agreed.exclude(address_hash__in=refused.values("address_hash"))
    return Agreements(agreed.count(), refused.count(), list(sources))
