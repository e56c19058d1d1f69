"""Offers that bring somebody back: the right moment, what the law says, and what was given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from makegood.accounts.api import Membership
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import api as resolve
from makegood.winback.incentives.rules import AFTER_DAYS, GOOD_MOMENTS, Offer, Rule, breaches
from makegood.winback.models import Incentive, Journey

__all__ = ["KINDS", "Moment", "forget_authors", "given_before", "make_offer", "moment_of", "offer_of", "refuse"]

KINDS: dict[str, str] = {
    Incentive.Kind.VOUCHER: resolve.Remedy.Kind.VOUCHER,
    Incentive.Kind.GIFT: resolve.Remedy.Kind.GIFT,
    Incentive.Kind.BEHIND: resolve.Remedy.Kind.GIFT,
    Incentive.Kind.FOUNDER: resolve.Remedy.Kind.CALL,
}
"""By which remedy each is done."""
State = resolve.Remedy.State
NOT_GIVEN = (State.DECLINED, State.EXPIRED, State.COUNTERED, State.REVERSED)


@dataclass(frozen=True)
class Moment:
    """How things stand with somebody who complained: `state` of their journey, "" where there is none; the newest
    offer, if any.
    """

    state: str
    last: Incentive | None

    @property
    def days_since(self) -> int | None:
        """Whole days since the newest offer."""
        return (clock.now() - self.last.at).days if self.last else None

    @property
    def good(self) -> bool:
        """Whether an offer would come at the right time."""
        return not breaches(Offer(state=self.state, days_since=self.days_since))

    @property
    def shown(self) -> bool:
        """Whether there is anything to say of it."""
        return self.state in GOOD_MOMENTS or self.last is not None


def _author_key(conversation: desk.Conversation) -> str:
    return f"author:{conversation.network}:{conversation.author_id}"[:200]


def moment_of(conversation: desk.Conversation) -> Moment:
    """How they stand. 2 queries."""
    rows = Journey.objects.within(conversation.workspace_id).filter(conversation=conversation, void_at__isnull=True)
    journey = rows.select_related("part_of").first()
    told = journey.part_of or journey if journey else None
    given = Incentive.objects.within(conversation.workspace_id).filter(author_key=_author_key(conversation))
    return Moment(told.state if told else "", given.select_related("remedy", "by").order_by("-at", "-pk").first())


def offer_of(conversation: desk.Conversation, ask: str, words: str) -> list[Rule]:
    """The rules that an offer made now would break; [] when it may be made."""
    moment = moment_of(conversation)
    return breaches(Offer(ask=ask, words=words, state=moment.state, days_since=moment.days_since))


@transaction.atomic
def refuse(conversation: desk.Conversation, by: Any, rules: Iterable[Rule]) -> None:
    """Keeps that an offer was refused, and by which rules: who asks about it later can be shown."""
    codes = [rule.code for rule in rules]
    journal.record(conversation.workspace_id, "incentive.refused", conversation, actor=by, rules=codes)


@transaction.atomic
def make_offer(
    membership: Membership, conversation: desk.Conversation, wanted: resolve.Wanted, worth: resolve.Worth, kind: str
) -> resolve.Remedy:
    """Makes the offer by a remedy: at once within the member's authority, else whoever may decides. The same request
    again is the same offer. Raises `resolve.ResolveError` with a sentence, and nothing is written then.
    """
    remedy = resolve.ask(membership, conversation, wanted, worth)
    _row, fresh = Incentive.objects.get_or_create(
        workspace_id=remedy.workspace_id,
        remedy=remedy,
        defaults={
            "conversation": conversation,
            "kind": Incentive.Kind(kind),
            "moment": moment_of(conversation).state,
            "author_key": _author_key(conversation),
            "by": membership.user,
        },
    )
    if fresh:
        journal.record(
            remedy.workspace_id, "incentive.offered", conversation, actor=membership.user, remedy=remedy.pk, kind=kind
        )
    return remedy


def given_before(workspace: Any, conversations: Iterable[desk.Conversation]) -> set[int]:
    """Of these conversations (all of the workspace) the ids of those whose author was offered something in the year
    before: what they say of the shop is shown with that said (16 CFR 255.5). 1 query.
    """
    keys = {talk.pk: _author_key(talk) for talk in conversations}
    since = clock.now() - timedelta(days=AFTER_DAYS)
    rows = Incentive.objects.within(workspace).filter(author_key__in=set(keys.values()), at__gte=since)
    given = set(rows.exclude(remedy__state__in=NOT_GIVEN).values_list("author_key", flat=True))
    return {pk for pk, key in keys.items() if key in given}


def forget_authors(workspace_id: int, conversations: Iterable[int]) -> None:
    """Empties whom the offers in these conversations (ids) were made to, in the caller's transaction."""
    Incentive.objects.within(workspace_id).filter(conversation__in=list(conversations)).update(author_key="")
