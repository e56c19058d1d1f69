"""Finding advocates: what they said is noted as it happens, and the rule looks at everyone who said something new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from makegood.amplify.advocates.rules import LOOKS_BACK, reasons
from makegood.amplify.models import Advocate, AdvocateEvidence, Praise
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen

__all__ = ["evidence_of", "find_advocates", "look_at", "person_keys_of"]

VERBS = ("praise.found", "conversation.thread_read", "conversation.grew")
Author = tuple[str, str]
"""A network and the permanent id of somebody on it."""


def find_advocates() -> int:
    """Reads the journal on; how many people were looked at."""
    looked = 0

    def take(lines: Sequence[journal.Entry]) -> None:
        nonlocal looked
        talks: dict[int, set[int]] = defaultdict(set)
        for line in lines:
            kind, _colon, key = line.subject.partition(":")
            if kind == "conversation" and key.isdigit():
                talks[line.workspace_id].add(int(key))
        for workspace_id, keys in talks.items():
            looked += look_at(workspace_id, _note(workspace_id, keys))

    while journal.read_on("advocates", VERBS, take):
        pass
    return looked


def _note(workspace_id: int, talks: Collection[int]) -> set[Author]:
    """Keeps what was said for us in these conversations (ids); who said something. Twice is once."""
    ours = set(
        listen.Channel.objects.within(workspace_id)
        .filter(kind=listen.Channel.Kind.ACCOUNT)
        .values_list("network", "address")
    )
    found = [*_praises(workspace_id, talks), *_answers(workspace_id, talks)]
    fresh = [row for row in found if (row.network, row.author_id) not in ours]
    AdvocateEvidence.objects.within(workspace_id).bulk_create(fresh, batch_size=200, ignore_conflicts=True)
    return {(row.network, row.author_id) for row in fresh}


def _praises(workspace_id: int, talks: Collection[int]) -> Iterable[AdvocateEvidence]:
    rows = Praise.objects.within(workspace_id).filter(
        conversation__in=talks, mention__deleted_at__isnull=True, is_sample=False
    )
    for praise in rows.select_related("mention"):
        said = praise.mention
        yield AdvocateEvidence(
            workspace_id=workspace_id,
            kind=AdvocateEvidence.Kind.PRAISE,
            network=said.network,
            author_id=said.author_id,
            author_name=said.author_name,
            author_handle=said.author_handle,
            conversation_id=praise.conversation_id,
            mention=said,
            at=said.posted_at,
        )


def _answers(workspace_id: int, talks: Collection[int]) -> Iterable[AdvocateEvidence]:
    """What others answered to customers who asked or complained: public, and still there."""
    rows = desk.Message.objects.within(workspace_id).filter(
        conversation__in=talks,
        conversation__intent__in=["question", "complaint"],
        conversation__is_sample=False,
        deleted_at__isnull=True,
        visibility__in=["public", "unlisted"],
    )
    said = list(rows.exclude(direction=desk.Message.Direction.OUT).select_related("conversation"))
    asked = {(row.conversation_id, row.network_id) for row in said if row.direction == desk.Message.Direction.IN}
    for row in said:
        theirs = row.direction == desk.Message.Direction.CONTEXT and row.author_id != row.conversation.author_id
        if theirs and (row.conversation_id, row.parent_id) in asked:
            yield AdvocateEvidence(
                workspace_id=workspace_id,
                kind=AdvocateEvidence.Kind.ANSWER,
                network=row.conversation.network,
                author_id=row.author_id,
                author_name=row.author_name,
                author_handle=row.author_handle,
                conversation_id=row.conversation_id,
                message=row,
                at=row.posted_at,
            )


@transaction.atomic
def look_at(workspace_id: int, authors: Collection[Author]) -> int:
    """Lets the rule look at these people, each over all their accounts that are known; how many it names."""
    if not authors:
        return 0
    people = person_keys_of(workspace_id, authors)
    said = evidence_of(workspace_id, {author for every in people.values() for author in every})
    named = 0
    for key, every in people.items():
        rows = sorted((row for author in every for row in said.get(author, [])), key=lambda row: row.at, reverse=True)
        why = reasons([(row.kind, row.at) for row in rows], clock.now())
        if why:
            _keep(workspace_id, key, every, rows, why)
            named += 1
    return named


def person_keys_of(workspace_id: int, authors: Collection[Author]) -> dict[str, set[Author]]:
    """Each person by a key, with all their accounts: those that are tied to one contact are one person. 2 queries."""
    ties = identify.Identity.objects.within(workspace_id).filter(kind="author", ended_at__isnull=True)
    ties = ties.exclude(contact__erased_at__isnull=False)
    wanted = {author_id for _network, author_id in authors}
    contacts = {
        (network, value): contact
        for network, value, contact in ties.filter(value__in=wanted).values_list("network", "value", "contact")
        if (network, value) in authors
    }
    people: dict[str, set[Author]] = defaultdict(set)
    every = ties.filter(contact__in=set(contacts.values()))
    for network, value, contact in every.values_list("network", "value", "contact"):
        people[f"contact:{contact}"].add((network, value))
    for network, author_id in authors:
        if (network, author_id) not in contacts:
            people[f"{network}|{author_id}"].add((network, author_id))
    return dict(people)


def evidence_of(workspace_id: int, authors: Collection[Author]) -> dict[Author, list[AdvocateEvidence]]:
    """What these people said for us in the last six months and still stands, the newest first. 1 query."""
    rows = AdvocateEvidence.objects.within(workspace_id).filter(
        author_id__in={author_id for _network, author_id in authors}, at__gt=clock.now() - LOOKS_BACK
    )
    rows = rows.filter(Q(mention__isnull=True) | Q(mention__deleted_at__isnull=True))
    rows = rows.filter(Q(message__isnull=True) | Q(message__deleted_at__isnull=True))
    found: dict[Author, list[AdvocateEvidence]] = defaultdict(list)
    for row in rows.select_related("mention", "message", "conversation").order_by("-at", "-pk"):
        if (row.network, row.author_id) in authors:
            found[row.network, row.author_id].append(row)
    return found


def _keep(workspace_id: int, key: str, every: set[Author], rows: list[Any], why: list[Any]) -> None:
    newest = rows[0]
    contact = int(key.partition(":")[2]) if key.startswith("contact:") else None
    facts = {
        "network": newest.network,
        "author_id": newest.author_id,
        "name": newest.author_name,
        "handle": newest.author_handle,
        "contact_id": contact,
        "reasons": why,
        "last_at": newest.at,
        "conversation_id": next((row.conversation_id for row in rows if row.kind == "praise"), None),
    }
    mine = Advocate.objects.within(workspace_id)
    alone = {f"{network}|{author_id}" for network, author_id in every}
    if contact is not None and not mine.filter(person_key=key).exists():
        # It has become known who they are: what was decided about one of their accounts holds for them.
        was = mine.filter(person_key__in=alone).order_by("-decided_at", "pk").first()
        if was is not None:
            mine.filter(pk=was.pk).update(person_key=key)
    if contact is not None:
        mine.filter(person_key__in=alone).delete()
    row, made = mine.get_or_create(person_key=key, defaults={"workspace_id": workspace_id, **facts})
    if not made:
        mine.filter(pk=row.pk).update(**facts)
    elif row.conversation is not None:
        journal.record(workspace_id, "advocate.named", row.conversation, advocate=row.pk)
