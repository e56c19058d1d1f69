"""Bringing praise into the queue: what triage found to be praise, ranked, and what became of it at its source."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
from django.db import transaction

from makegood.accounts.api import Membership
from makegood.activity import Activity
from makegood.amplify.models import Praise
from makegood.amplify.praising import permitting, rules
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.triage import api as triage

__all__ = ["find_new"]

VERBS = (
    "conversation.opened",
    "conversation.grew",
    "mention.corrected",
    "mention.correction_undone",
    "mention.deleted",
)
"""A mention is assessed before the desk has a conversation for it: only then is there something to answer."""
MOST_PRODUCTS = 300
MOST_PEOPLE = 100
MOST_TURNS = 20
DELETED = "Its author deleted it."


def find_new() -> None:
    """Part of the step "praise": reads the journal on and brings the queue up to date."""
    for _turn in range(MOST_TURNS):
        if not journal.read_on("praise", VERBS, _take):
            return


def _take(lines: Sequence[journal.Entry]) -> None:
    conversations = _keys(lines, "conversation")
    mentions = _keys([line for line in lines if line.verb != "mention.deleted"], "mention")
    gone = _keys([line for line in lines if line.verb == "mention.deleted"], "mention")
    if gone:
        _note_gone(gone)
    rows = desk.Message.objects.across("praise is found for all workspaces").filter(
        direction=desk.Message.Direction.IN, mention__isnull=False, deleted_at__isnull=True
    )
    names = ("mention__assessment", "conversation")
    found: dict[int, desk.Message] = {}
    for wanted in ({"conversation__in": conversations}, {"mention__in": mentions}):
        for row in rows.filter(**wanted).select_related(*names).order_by("pk"):
            if row.mention is not None and hasattr(row.mention, "assessment"):
                found[row.mention.pk] = row
    if found:
        _bring(found)


def _keys(lines: Iterable[journal.Entry], kind: str) -> set[int]:
    parts = (line.subject.partition(":") for line in lines)
    return {int(key) for name, _colon, key in parts if name == kind}


def _bring(found: dict[int, desk.Message]) -> None:
    """Makes rows of what is praise, ranks those anew that are there, and takes out what is praise no longer."""
    rows = Praise.objects.across("praise is found for all workspaces").filter(mention__in=found)
    known = {row.mention_id: row for row in rows.select_for_update(of=("self",)).order_by("pk")}
    names = {key: _Names(key) for key in {message.workspace_id for message in found.values()}}
    fresh: list[Praise] = []
    for key, message in found.items():
        assert message.mention is not None
        praised = message.mention.assessment.intent == triage.Intent.PRAISE
        row = known.get(key)
        if row is None and praised:
            fresh.append(_made(message, names[message.workspace_id]))
        elif row is not None:
            _bring_up_to_date(row, message, names[message.workspace_id], praised=praised)
    if fresh:
        Praise.objects.bulk_create(fresh, ignore_conflicts=True)
        made = {row.mention_id for row in fresh}
        kept = Praise.objects.across("those just found").filter(mention__in=made).select_related("conversation")
        journal.record_all(
            [journal.line(row.workspace_id, "praise.found", row.conversation, praise=row.pk) for row in kept]
        )


class _Names:
    """The names that a workspace would know again in a text. Asked for once a turn, when the first is wanted."""

    def __init__(self, workspace_id: int) -> None:
        self._key = workspace_id
        self._found: tuple[list[str], list[str]] | None = None

    def found(self) -> tuple[list[str], list[str]]:
        """Names of products, and first names of members. 2 queries, the first time."""
        if self._found is None:
            lines = identify.OrderLine.objects.within(self._key).order_by("-pk").values_list("name", flat=True)
            products = [name.split(",")[0].split("(")[0].strip() for name in lines[:MOST_PRODUCTS]]
            members = Membership.objects.within(self._key).select_related("user").order_by("pk")[:MOST_PEOPLE]
            self._found = products, [str(member.user).split(" ")[0] for member in members]
        return self._found


def _ranked(message: desk.Message, names: _Names) -> tuple[float, list[rules.Reason]]:
    mention = message.mention
    assert mention is not None
    activity = msgspec.convert(mention.activity, Activity) if mention.activity else None
    products, people = names.found()
    followers = message.conversation.followers
    return rules.rank_of(
        rules.Facts(
            text=mention.text,
            followers=followers if followers is not None else activity.author.followers if activity else None,
            reposts=activity.counts.reposts if activity and activity.counts else None,
            topics=[str(topic) for topic in mention.assessment.topics],
            products=products,
            people=people,
            pictures=sum(each.kind == "image" for each in activity.media) if activity else 0,
            rating=activity.rating if activity else None,
        )
    )


def _made(message: desk.Message, names: _Names) -> Praise:
    rank, reasons = _ranked(message, names)
    assert message.mention is not None
    return Praise(
        workspace_id=message.workspace_id,
        mention=message.mention,
        conversation=message.conversation,
        rank=rank,
        reasons=reasons,
        is_sample=message.mention.is_sample,
    )


def _bring_up_to_date(row: Praise, message: desk.Message, names: _Names, *, praised: bool) -> None:
    if praised and row.state == Praise.State.OTHER:
        row.state = Praise.State.WAITING
    elif not praised and row.state == Praise.State.WAITING:
        # What a person has thanked for or decided about stays as they left it.
        row.state = Praise.State.OTHER
    row.rank, row.reasons = _ranked(message, names)
    row.save(update_fields=["state", "rank", "reasons"])


@transaction.atomic
def _note_gone(mentions: Collection[int]) -> None:
    """What its author deleted is praise no longer, and may be shown nowhere."""
    rows = Praise.objects.across("a deletion at the source holds for everyone").filter(mention__in=mentions)
    for row in rows.exclude(state=Praise.State.GONE).select_for_update(of=("self",)).order_by("pk"):
        Praise.objects.within(row.workspace_id).filter(pk=row.pk).update(
            state=Praise.State.GONE, thanks_words="", thanks_from=None
        )
        permitting.end_all(row, DELETED)
