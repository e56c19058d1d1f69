"""Reads together what shows how it went with those who complained: in so many queries, however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.kit import clock
from makegood.resolve import api as resolve
from makegood.winback.journeys import rules
from makegood.winback.journeys.rules import Evidence, Fact
from makegood.winback.models import Journey, JourneyEvidence, Satisfaction

__all__ = ["Gathered", "People", "Said", "gather", "people_of", "said_in"]

MOST_SAID = 5_000
OPEN_TO_ALL = ("public", "unlisted")
TOLD = JourneyEvidence.Kind
Account = tuple[str, str]


class Said(NamedTuple):
    """A message that matters here."""

    pk: int
    conversation: int
    ours: bool
    at: datetime
    public: bool
    intent: str
    leaving: bool

    @property
    def fact(self) -> Fact:
        """As evidence."""
        return Fact(self.at, f"message:{self.pk}")


@dataclass(frozen=True)
class People:
    """Who the authors are. `contacts` by account, `accounts` and `customers` by contact, all ids as they are now."""

    contacts: dict[Account, int] = field(default_factory=dict)
    accounts: dict[int, set[Account]] = field(default_factory=dict)
    customers: dict[int, set[int]] = field(default_factory=dict)


class _Order(NamedTuple):
    at: datetime
    pk: int
    minor: int
    currency: str


@dataclass(frozen=True)
class Gathered:
    """What is known of one complaint: the evidence, and the figures that its row keeps."""

    evidence: Evidence
    figures: dict[str, Any]
    before: Sequence[_Order] = ()
    """What they had bought by then, oldest first."""


def said_in(workspace: int, conversations: Collection[int]) -> dict[int, list[Said]]:
    """Complaints, praise and our answers in these conversations, oldest first. What was deleted since still counts as
    having been said, but is no praise any more. 1 query.
    """
    ours = Q(direction=desk.Message.Direction.OUT)
    theirs = Q(direction=desk.Message.Direction.IN, mention__assessment__intent__in=("complaint", "praise"))
    rows = desk.Message.objects.within(workspace).filter(ours | theirs, conversation__in=conversations)
    return _said(rows)


def _said(rows: Any) -> dict[int, list[Said]]:
    found: defaultdict[int, list[Said]] = defaultdict(list)
    names = ("pk", "conversation_id", "direction", "posted_at", "visibility", "deleted_at", "text")
    read = rows.order_by("posted_at", "pk").values_list(
        *names, "mention__assessment__intent", "mention__assessment__flags"
    )
    for pk, talk, direction, at, visibility, deleted, text, intent, flags in read[:MOST_SAID]:
        ours = direction == desk.Message.Direction.OUT
        gone = deleted is not None
        # Kind words that may mean the opposite show nothing.
        empty = intent == "praise" and (gone or "sarcasm" in (flags or ()))
        leaving = intent == "complaint" and rules.says_leaving(text)
        means = "" if empty else intent or ""
        found[talk].append(Said(pk, talk, ours, at, visibility in OPEN_TO_ALL, means, leaving))
    return found


def people_of(workspace: int, accounts: Collection[Account]) -> People:
    """The persons whom these accounts (network, author id) are tied to, with all of theirs. 2 queries."""
    current = identify.Identity.objects.within(workspace).filter(ended_at__isnull=True)
    kind = identify.Identity.Kind
    tied = current.filter(kind=kind.AUTHOR, value__in={author for _network, author in accounts})
    contacts = {
        (network, value): contact
        for network, value, contact in tied.values_list("network", "value", "contact_id")
        if (network, value) in accounts
    }
    found = People(contacts)
    mine = current.filter(contact__in=set(contacts.values()), kind__in=(kind.AUTHOR, kind.CUSTOMER))
    for contact, each, network, value, customer in mine.values_list(
        "contact_id", "kind", "network", "value", "customer_id"
    ):
        if each == kind.AUTHOR:
            found.accounts.setdefault(contact, set()).add((network, value))
        elif customer is not None:
            found.customers.setdefault(contact, set()).add(customer)
    return found


def gather(
    workspace: int, groups: Mapping[int, Sequence[Journey]], said: Mapping[int, list[Said]], people: People
) -> dict[int, Gathered]:
    """What is known of each group of journeys, by the key of its head, which comes first in it. Each journey has its
    conversation with the case, and `contact_id` as it is now. At most 9 queries, and 1 for each currency.
    """
    talks = [row.conversation_id for rows in groups.values() for row in rows]
    made_good = _made_good(workspace, talks)
    costs = resolve.costs_by_thread(workspace, talks)
    told = _told(workspace, [row.pk for rows in groups.values() for row in rows])
    contacts = {row.contact_id for rows in groups.values() for row in rows if row.contact_id}
    orders = _orders(workspace, {one for each in contacts for one in people.customers.get(each, ())})
    elsewhere = _elsewhere(workspace, {account for rows in groups.values() for account in _accounts(rows, people)})
    found = {}
    for key, rows in groups.items():
        bought = [
            each
            for contact in {row.contact_id for row in rows if row.contact_id}
            for one in people.customers.get(contact, ())
            for each in orders.get(one, ())
        ]
        mine = {row.conversation_id for row in rows}
        others = [
            each
            for account in _accounts(rows, people)
            for each in elsewhere.get(account, ())
            if each.conversation not in mine
        ]
        found[key] = _Group(rows, said, sorted(bought), sorted(others, key=_moment), told, made_good, costs).gathered()
    return _with_expected(workspace, found)


def _moment(each: Said) -> tuple[datetime, int]:
    return each.at, each.pk


def _accounts(rows: Iterable[Journey], people: People) -> set[Account]:
    found = {(row.conversation.network, row.conversation.author_id) for row in rows}
    for row in rows:
        found |= people.accounts.get(row.contact_id or 0, set())
    return found


def _elsewhere(workspace: int, accounts: Collection[Account]) -> dict[Account, list[Said]]:
    """What they say of the shop, in whatever conversation. 2 queries."""
    talks = desk.Conversation.objects.within(workspace).filter(author_id__in={author for _net, author in accounts})
    owners = {
        pk: (network, author)
        for pk, network, author in talks.order_by("-last_message_at").values_list("pk", "network", "author_id")[:2000]
        if (network, author) in accounts
    }
    theirs = desk.Message.objects.within(workspace).filter(
        conversation__in=owners,
        direction=desk.Message.Direction.IN,
        deleted_at__isnull=True,
        mention__assessment__intent__in=("complaint", "praise"),
    )
    found: defaultdict[Account, list[Said]] = defaultdict(list)
    for talk, each in _said(theirs).items():
        found[owners[talk]].extend(each)
    return found


def _orders(workspace: int, customers: Collection[int]) -> dict[int, list[_Order]]:
    """What these customers bought and paid for: what costs nothing is a replacement, no purchase. 1 query."""
    rows = identify.Order.objects.within(workspace).filter(
        customer__in=customers, gone_at__isnull=True, total_minor__gt=0
    )
    rows = rows.exclude(state=identify.Order.State.CANCELLED).order_by("placed_at", "pk")
    found: defaultdict[int, list[_Order]] = defaultdict(list)
    for pk, customer, at, minor, currency in rows.values_list(
        "pk", "customer_id", "placed_at", "total_minor", "currency"
    ):
        found[customer].append(_Order(at, pk, minor, currency))
    return found


@dataclass(frozen=True)
class _MadeGood:
    remedies: dict[int, list[tuple[datetime, int, str]]]
    answers: dict[int, list[tuple[Fact, bool]]]
    scores: dict[int, list[tuple[Fact, int, bool | None]]]


def _made_good(workspace: int, talks: Collection[int]) -> _MadeGood:
    """What was done, whether they said that it is right, and how happy they said they are. 3 queries."""
    remedies: defaultdict[int, list[tuple[datetime, int, str]]] = defaultdict(list)
    done = resolve.Remedy.objects.within(workspace).filter(conversation__in=talks, state=resolve.Remedy.State.EXECUTED)
    for talk, pk, kind, at in done.values_list("conversation_id", "pk", "kind", "executed_at"):
        if at is not None:
            remedies[talk].append((at, pk, kind))
    answers: defaultdict[int, list[tuple[Fact, bool]]] = defaultdict(list)
    kept = resolve.Outcome.objects.within(workspace).filter(conversation__in=talks, at__isnull=False)
    for talk, pk, at, answer in kept.values_list("conversation_id", "pk", "at", "answer"):
        if at is not None and answer in ("made_right", "not_yet"):
            answers[talk].append((Fact(at, f"outcome:{pk}"), answer == "made_right"))
    scores: defaultdict[int, list[tuple[Fact, int, bool | None]]] = defaultdict(list)
    given = Satisfaction.objects.within(workspace).filter(conversation__in=talks)
    for talk, pk, at, score, resolved in given.values_list("conversation_id", "pk", "changed_at", "score", "resolved"):
        scores[talk].append((Fact(at, f"satisfaction:{pk}"), score, resolved))
    return _MadeGood(remedies, answers, scores)


def _told(workspace: int, journeys: Collection[int]) -> dict[int, list[tuple[str, Fact]]]:
    rows = JourneyEvidence.objects.within(workspace).filter(journey__in=journeys, withdrawn_at__isnull=True)
    found: defaultdict[int, list[tuple[str, Fact]]] = defaultdict(list)
    for journey, pk, kind, at in rows.values_list("journey_id", "pk", "kind", "at"):
        found[journey].append((kind, Fact(at, f"told:{pk}")))
    return found


@dataclass(frozen=True)
class _Group:
    """One complaint with all that was read of it."""

    rows: Sequence[Journey]
    said: Mapping[int, list[Said]]
    orders: list[_Order]
    others: list[Said]
    told: Mapping[int, list[tuple[str, Fact]]]
    made_good: _MadeGood
    costs: Mapping[int, Mapping[str, int]]

    def gathered(self) -> Gathered:
        """The evidence and the figures, but for what the value model expects."""
        talks = [row.conversation_id for row in self.rows]
        said = sorted((each for talk in talks for each in self.said.get(talk, ())), key=_moment)
        complaints = [each for each in said if each.intent == "complaint"]
        began = complaints[0].at
        told = [each for row in self.rows for each in self.told.get(row.pk, ())]
        scores = [each for talk in talks for each in self.made_good.scores.get(talk, ())]
        answers = [each for talk in talks for each in self.made_good.answers.get(talk, ())]
        remedies = sorted(each for talk in talks for each in self.made_good.remedies.get(talk, ()))
        bought = [each for each in self.orders if each.at > began]
        after = [each for each in self.others if each.at > began]

        def said_so(kind: str) -> list[Fact]:
            return [fact for each, fact in told if each == kind]

        evidence = Evidence(
            now=clock.now(),
            complaints=[each.fact for each in complaints],
            answers=[each.fact for each in said if each.ours and each.at > began],
            remedied=[Fact(at, f"remedy:{pk}") for at, pk, _kind in remedies if at > began],
            solved=self._solved(),
            right=[f for f, yes in answers if yes] + [f for f, _s, yes in scores if yes] + said_so(TOLD.RIGHT),
            not_right=[f for f, yes in answers if not yes]
            + [f for f, _s, yes in scores if yes is False]
            + said_so(TOLD.NOT_RIGHT),
            scores=[(fact, score) for fact, score, _yes in scores],
            thanks=[each.fact for each in said if each.intent == "praise"],
            praise=[each.fact for each in after if each.intent == "praise" and each.public],
            bought=[Fact(each.at, f"order:{each.pk}") for each in bought],
            told_bought=said_so(TOLD.BOUGHT),
            leaving=[each.fact for each in complaints if each.leaving] + said_so(TOLD.LEAVING),
        )
        settled = rules.resolved_at(evidence)
        before = [each for each in self.orders if each.at <= began]
        figures = self._figures(evidence, complaints, remedies, bought, said + after, settled, after)
        return Gathered(evidence, figures, before)

    def _solved(self) -> list[Fact]:
        cases = {row.conversation.case for row in self.rows if row.conversation.case is not None}
        return [
            Fact(case.ended_at, f"case:{case.pk}")
            for case in cases
            if case.ended_at is not None and case.state == desk.Case.State.SOLVED
        ]

    def _figures(
        self,
        evidence: Evidence,
        complaints: Sequence[Said],
        remedies: Sequence[tuple[datetime, int, str]],
        bought: Sequence[_Order],
        said: Iterable[Said],
        settled: datetime | None,
        after: Sequence[Said],
    ) -> dict[str, Any]:
        costs: defaultdict[str, int] = defaultdict(int)
        for row in self.rows:
            for currency, minor in self.costs.get(row.conversation_id, {}).items():
                costs[currency] += minor
        score = max(evidence.scores, default=None)
        first_answer = min(evidence.answers, default=None)
        since = min((at for at in (settled, first_answer.at if first_answer else None) if at), default=None)
        thanks = [each for each in said if each.intent == "praise" and each.public and since and each.at > since]
        public = min(thanks, key=_moment, default=None)
        newest, order = (after[-1] if after else None), (bought[0] if bought else None)
        return {
            "complained_at": complaints[0].at,
            "complaint_id": complaints[0].pk,
            "answered_at": first_answer.at if first_answer else None,
            "remedies": list(dict.fromkeys(kind for _at, _pk, kind in remedies)),
            "remedied_at": remedies[0][0] if remedies else None,
            "costs": dict(sorted(costs.items())),
            "resolved_at": settled,
            "score": score[1] if score else None,
            "score_at": score[0].at if score else None,
            "said_id": public.pk if public else None,
            "said_at": public.at if public else None,
            "order_id": order.pk if order else None,
            "bought_at": order.at if order else None,
            "bought_minor": order.minor if order else None,
            "bought_currency": order.currency if order else "",
            "bought_count": len(bought),
            "after_id": newest.pk if newest else None,
            "after_at": newest.at if newest else None,
            "after_intent": newest.intent if newest else "",
            "expected_by": None,
        }


def _with_expected(workspace: int, found: Mapping[int, Gathered]) -> dict[int, Gathered]:
    """The same with the moment by which those who bought before they complained would have come back."""
    habits: dict[int, identify.Habit] = {}
    for key, each in found.items():
        if each.before:
            currency = each.before[-1].currency
            moments = [order.at for order in each.before if order.currency == currency]
            habits[key] = identify.Habit(currency, moments, each.figures["complained_at"])
    back = identify.expected_back(workspace, habits)
    return {
        key: replace(
            each,
            evidence=replace(each.evidence, expected_by=back.get(key)),
            figures=each.figures | {"expected_by": back.get(key)},
        )
        for key, each in found.items()
    }
