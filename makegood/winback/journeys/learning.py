"""Whose evidence may have changed: by the journal of the earlier parts, and by what was bought lately."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from django.db.models import F, Min, Q

from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.winback.journeys import gathering
from makegood.winback.models import Journey

__all__ = ["VERBS", "mark_buyers", "take_lines"]

OF_CONVERSATIONS = (
    "conversation.opened",
    "conversation.grew",
    "conversation.answered",
    "conversation.moved_case",
    "conversation.thread_read",
    "satisfaction.given",
    "outcome.kept",
    "remedy.done",
    "remedy.taken_back",
    "refund.paid",
    "refund.failed",
    "order.changed",
)
OF_MENTIONS = ("mention.corrected", "mention.correction_undone")
OF_CASES = ("case.ended", "case.reopened")
OF_PEOPLE = ("identity.tied", "identity.ended", "contact.joined", "contact.parted")
VERBS = (*OF_CONVERSATIONS, *OF_MENTIONS, *OF_CASES, *OF_PEOPLE)
LATELY, SLACK = timedelta(days=7), timedelta(minutes=5)
MOST_BUYERS = 500


def take_lines(lines: Sequence[journal.Entry]) -> None:
    """Marks those whose evidence these lines may have changed. Safe to call again."""
    by_workspace: defaultdict[int, list[journal.Entry]] = defaultdict(list)
    for line in lines:
        by_workspace[line.workspace_id].append(line)
    for workspace, mine in by_workspace.items():
        talks = _ids(mine, OF_CONVERSATIONS)
        mentions, cases, people = _ids(mine, OF_MENTIONS), _ids(mine, OF_CASES), _people(mine)
        if mentions:
            said = desk.Message.objects.within(workspace).filter(mention__in=mentions)
            talks |= set(said.values_list("conversation_id", flat=True))
        if cases:
            inside = desk.Conversation.objects.within(workspace).filter(case__in=cases)
            talks |= set(inside.values_list("pk", flat=True))
        if people:
            talks |= _talks_of(workspace, people)
        if talks:
            _mark(workspace, talks)


def _ids(lines: Iterable[journal.Entry], verbs: Collection[str]) -> set[int]:
    return {int(line.subject.partition(":")[2]) for line in lines if line.verb in verbs}


def _people(lines: Iterable[journal.Entry]) -> set[int]:
    """The contacts (ids) that these lines are about."""
    mine = [line for line in lines if line.verb in OF_PEOPLE]
    found = {int(line.data[name]) for line in mine for name in ("contact", "other") if line.data.get(name)}
    return found | _ids([line for line in mine if line.subject.startswith("contact:")], OF_PEOPLE)


def _talks_of(workspace: int, contacts: Collection[int]) -> set[int]:
    """The conversations of these people that are followed: by who they are now, and who they were then."""
    tied = identify.Identity.objects.within(workspace).filter(contact__in=contacts, kind=identify.Identity.Kind.AUTHOR)
    accounts = set(tied.values_list("network", "value"))
    rows = Journey.objects.within(workspace).filter(
        Q(contact__in=contacts) | Q(conversation__author_id__in={value for _network, value in accounts})
    )
    return set(rows.values_list("conversation_id", flat=True))


def _mark(workspace: int, talks: Collection[int]) -> None:
    """Whoever complained in these conversations is followed, and whoever said something in them is looked at again."""
    now = clock.now()
    complaints = desk.Message.objects.within(workspace).filter(
        conversation__in=talks, direction=desk.Message.Direction.IN, mention__assessment__intent="complaint"
    )
    began = complaints.order_by().values_list("conversation_id", "conversation__is_sample").annotate(Min("posted_at"))
    fresh = [
        Journey(workspace_id=workspace, conversation_id=talk, complained_at=at, state_at=at, is_sample=sample)
        for talk, sample, at in began
    ]
    Journey.objects.within(workspace).bulk_create(fresh, batch_size=200, ignore_conflicts=True)
    authors = desk.Conversation.objects.within(workspace).filter(pk__in=talks).values_list("author_id", "network")
    accounts = {(network, author) for author, network in authors}
    contacts = set(gathering.people_of(workspace, accounts).contacts.values())
    rows = Journey.objects.within(workspace).filter(
        Q(conversation__in=talks) | Q(conversation__author_id__in={a for _n, a in accounts}) | Q(contact__in=contacts)
    )
    rows.filter(erased_at__isnull=True).update(look_at=now)


def mark_buyers() -> int:
    """Whoever ordered since they were last looked at is looked at now, not tomorrow; how many. At most 2 queries."""
    now = clock.now()
    rows = Journey.objects.across("one step follows the customers of all workspaces")
    # An order is there some moments after the shop was asked for it.
    ordered = rows.filter(
        part_of__isnull=True,
        erased_at__isnull=True,
        look_at__gt=now,
        contact__identities__ended_at__isnull=True,
        contact__identities__customer__orders__placed_at__gte=now - LATELY,
        contact__identities__customer__orders__read_at__gte=F("looked_at") - SLACK,
    )
    keys = list(ordered.order_by().values_list("pk", flat=True).distinct()[:MOST_BUYERS])
    return rows.filter(pk__in=keys).update(look_at=now) if keys else 0
