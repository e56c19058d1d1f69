"""Folding copies under the mention that said it first, and what becomes of them when that one goes.

All but `take_out` work in the caller's transaction. A copy is a mention like any other (heard once, deleted and erased
with the rest) that nobody sorts: its state is "folded", and a `MentionCopy` says under which one it stands.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import BigIntegerField, Case, F, Min, QuerySet, Value, When

from makegood.activity import Activity
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen.folding.rules import Print, likeness, may_fold, print_of
from makegood.listen.models import Channel, Mention, MentionCopy, MentionKey

__all__ = ["fold", "forget_keys", "let_go", "let_go_channel", "reread", "stand_alone", "take_out"]

WINDOW = timedelta(days=7)
"""How far apart the first and a copy may be posted."""
YOUNG = timedelta(days=14)
"""Whatever stands on its own again asks for attention only so long after it was heard."""
CROWD = 8
"""So many mentions are filed under one key: those that share it and yet are no copies must not slow down the search."""
COMPARED = 5
AT_ONCE = 2_000
HEARD_IN_PUBLIC = frozenset({Channel.Kind.STREAM, Channel.Kind.FEED})
MOST_FOLLOWERS = 2**53


@dataclass
class First:
    """A mention that others may be copies of."""

    pk: int
    seen: Print
    posted_at: datetime


@dataclass
class Shelf:
    """Those mentions by their keys. `filed` is how many are filed under a key in the database, copies of it or not."""

    firsts: dict[int, list[First]] = field(default_factory=lambda: defaultdict(list))
    filed: Counter[int] = field(default_factory=Counter)

    def put(self, first: First) -> list[int]:
        """Adds one; returns the keys under which there is room to file it."""
        for key in first.seen.keys:
            self.firsts[key].append(first)
        room = [key for key in first.seen.keys if key == first.seen.same or self.filed[key] < CROWD]
        self.filed.update(room)
        return room

    def like(self, seen: Print, posted_at: datetime) -> tuple[First, int] | None:
        """The mention it is a copy of and how alike they are: the most alike, the oldest of several."""
        beside = [first for key in seen.keys for first in self.firsts.get(key, ())]
        known = {first.pk: first for first in beside}
        found = []
        for pk, _shared in Counter(first.pk for first in beside).most_common(COMPARED):
            first = known[pk]
            share = likeness(seen, first.seen) if abs(posted_at - first.posted_at) <= WINDOW else None
            if share is not None:
                found.append((first, share))
        return min(found, key=lambda each: (-each[1], each[0].pk), default=None)


def fold(channel: Channel, heard: Sequence[tuple[Mention, Activity]]) -> set[int]:
    """Puts those of these new mentions that are copies under the first that said it; returns the copies' ids.

    What was said to us is never folded, nor what an account, an imported file or the sample shop brought. 7 queries,
    however many mentions.
    """
    if channel.kind not in HEARD_IN_PUBLIC:
        return set()
    own = _own_names(channel.workspace_id)
    apt = [(row, said) for row, said in heard if not (row.addressed or row.history) and may_fold(said, own)]
    if not apt:
        return set()
    prints = {row.pk: print_of(said) for row, said in apt}
    shelf = _shelf(channel.workspace_id, prints.values())
    copies: list[MentionCopy] = []
    keys: list[MentionKey] = []
    for row, said in sorted(apt, key=lambda each: each[0].pk):
        found = shelf.like(prints[row.pk], row.posted_at)
        if found is None:
            room = shelf.put(First(row.pk, prints[row.pk], row.posted_at))
            keys += _keys(row, room)
        else:
            copies.append(_copy(row, said, *found))
    MentionKey.objects.bulk_create(keys, batch_size=500)
    _write(channel.workspace_id, copies)
    return {each.mention_id for each in copies}


def _own_names(workspace_id: int) -> frozenset[str]:
    rows = Channel.objects.within(workspace_id).filter(kind__in=[Channel.Kind.ACCOUNT, Channel.Kind.SAMPLE])
    names = {name for row in rows.values_list("address", "name", "url") for name in row if name}
    return frozenset(name.casefold().lstrip("@") for name in names)


def _shelf(workspace_id: int, prints: Iterable[Print]) -> Shelf:
    """What is on file under the keys of these, locked, so that none of it is deleted while a copy is put under it."""
    shelf = Shelf()
    wanted = sorted({key for each in prints for key in each.keys})
    rows = [
        row
        for start in range(0, len(wanted), AT_ONCE)
        for row in MentionKey.objects.within(workspace_id)
        .filter(value__in=wanted[start : start + AT_ONCE])
        .values_list("value", "mention_id")
    ]
    shelf.filed.update(value for value, _pk in rows)
    for first in _firsts(workspace_id, {pk for _value, pk in rows}):
        for key in set(first.seen.keys).intersection(wanted):
            shelf.firsts[key].append(first)
    return shelf


def _firsts(workspace_id: int, keys: Collection[int]) -> list[First]:
    if not keys:
        return []
    standing = Mention.objects.within(workspace_id).filter(pk__in=keys, deleted_at__isnull=True)
    rows = standing.exclude(state=Mention.State.FOLDED).select_for_update().order_by("id")
    return [First(row.pk, print_of(_said(row)), row.posted_at) for row in rows.only("pk", "activity", "posted_at")]


def _said(row: Mention) -> Activity:
    return msgspec.convert(row.activity, Activity)


def _copy(row: Mention, said: Activity, first: First, share: int) -> MentionCopy:
    followers = said.author.followers
    return MentionCopy(
        workspace_id=row.workspace_id,
        mention=row,
        first_id=first.pk,
        author_id=row.author_id,
        followers=None if followers is None else min(max(followers, 0), MOST_FOLLOWERS),
        likeness=share,
    )


def _keys(row: Mention, values: Iterable[int]) -> list[MentionKey]:
    return [
        MentionKey(workspace_id=row.workspace_id, mention=row, value=value, posted_at=row.posted_at)
        for value in dict.fromkeys(values)
    ]


def _write(workspace_id: int, copies: Sequence[MentionCopy]) -> None:
    if not copies:
        return
    folded = Mention.objects.within(workspace_id).filter(pk__in=[each.mention_id for each in copies])
    folded.update(state=Mention.State.FOLDED)
    MentionCopy.objects.bulk_create(copies, batch_size=200)
    counts = Counter(each.first_id for each in copies)
    journal.record_all(
        [journal.line(workspace_id, "mention.folded", Mention(pk=first), copies=n) for first, n in counts.items()]
    )


def stand_alone(mentions: QuerySet[Mention], *, by: Any = None, because: str = "") -> int:
    """Those of these mentions that are copies are so no longer, and are sorted like any other; returns how many.

    `because` is "addressed", "edited", "gone" (the first was deleted) or "" (a member said so).
    """
    copies = mentions.filter(state=Mention.State.FOLDED, deleted_at__isnull=True).select_for_update().order_by("id")
    rows = list(copies.only("pk", "workspace_id"))
    _forget_copies([row.pk for row in rows])
    return _give_to_the_desk(rows, by=by, because=because)


def _give_to_the_desk(rows: Sequence[Mention], *, by: Any = None, because: str) -> int:
    if not rows:
        return 0
    mine = Mention.objects.across("a copy stands alone in its own workspace").filter(pk__in=[row.pk for row in rows])
    mine.update(state=Mention.State.NEW)
    lines = [journal.line(row.workspace_id, "mention.unfolded", row, actor=by, because=because) for row in rows]
    journal.record_all(lines)
    jobs.wake("heard")
    return len(rows)


@transaction.atomic
def take_out(workspace_id: int, mention_id: int, by: Any) -> bool:
    """A member says that a copy is somebody of their own: it comes to the desk. False when it is no copy any more."""
    return bool(stand_alone(Mention.objects.within(workspace_id).filter(pk=mention_id), by=by))


def _copies_under(firsts: Collection[int]) -> QuerySet[MentionCopy]:
    return MentionCopy.objects.across("the mentions are named, whosever they are").filter(first__in=firsts)


def _forget_copies(mentions: Collection[int]) -> None:
    rows = MentionCopy.objects.across("the mentions are named, whosever they are")
    rows.filter(mention__in=mentions).delete()


def let_go(mentions: Collection[int], *, quietly: bool = False) -> None:
    """These mentions (ids) were deleted at their source or erased: as copies they no longer count, and what was folded
    under them is handed on.

    The copy that was heard first takes the place of what is gone, and the others stand under that one. Where it is
    older than `YOUNG`, or with `quietly`, nobody is asked to look at it: it is kept like what was sorted long ago.
    At most 9 queries.
    """
    _forget_copies(mentions)
    rows = MentionKey.objects.across("the mentions are named, whosever they are")
    rows.filter(mention__in=mentions).delete()
    _hand_on(mentions, quietly=quietly)


def _hand_on(firsts: Collection[int], *, quietly: bool = False) -> None:
    since = clock.now() - YOUNG
    while eldest := _eldest_under(firsts):
        # Locked: what takes the first's place must not be deleted in the same moment. Somebody else may have been
        # quicker; then it is the next one.
        rows = _eldest(eldest.values()).select_for_update(of=("self", "mention")).order_by("pk")
        heirs = {each.first_id: each.mention for each in rows}
        young = {} if quietly else {first: row for first, row in heirs.items() if row.heard_at > since}
        _leave_alone(_copies_under(set(heirs) - set(young)))
        _put_under(young)


def _eldest_under(firsts: Collection[int]) -> dict[int, int]:
    return dict(_copies_under(firsts).order_by().values_list("first").annotate(eldest=Min("pk")))


def _eldest(keys: Iterable[int]) -> QuerySet[MentionCopy]:
    rows = MentionCopy.objects.across("the mentions are named, whosever they are")
    return rows.filter(pk__in=list(keys)).select_related("mention")


def _put_under(heirs: Mapping[int, Mention]) -> None:
    """Each of these takes the place of the mention of that id."""
    if not heirs:
        return
    _forget_copies([row.pk for row in heirs.values()])
    firsts = list(heirs)
    for start in range(0, len(firsts), 200):
        some = firsts[start : start + 200]
        whose = [When(first=first, then=Value(heirs[first].pk)) for first in some]
        _copies_under(some).update(first_id=Case(*whose, default=F("first_id"), output_field=BigIntegerField()))
    keys = [key for row in heirs.values() for key in _keys(row, print_of(_said(row)).keys)]
    MentionKey.objects.bulk_create(keys, batch_size=500)
    _give_to_the_desk(list(heirs.values()), because="gone")


def _leave_alone(copies: QuerySet[MentionCopy]) -> None:
    """Copies of what is gone that nobody needs to look at any more."""
    rows = Mention.objects.across("the mentions are named, whosever they are").filter(state=Mention.State.FOLDED)
    rows.filter(pk__in=copies.values("mention")).update(state=Mention.State.SORTED)
    copies.delete()


def let_go_channel(channel: Channel) -> None:
    """The channel is about to be forgotten with what only it brought: copies that others brought stay."""
    rows = MentionCopy.objects.within(channel.workspace_id)
    rows.filter(mention__channel=channel).delete()
    _hand_on(list(rows.filter(first__channel=channel).values_list("first", flat=True).distinct()))


def reread(changed: Mapping[int, Mention]) -> None:
    """These mentions (by id, as they are now) say something else than before: a copy stands alone, and what was folded
    under one is handed on where its words are no longer alike. Nothing more is folded under it: at most 12 queries.
    """
    _forget_copies(changed)
    rows = MentionKey.objects.across("the mentions are named, whosever they are")
    rows.filter(mention__in=changed).delete()
    other = [
        each.first_id
        for each in _eldest(_eldest_under(changed).values())
        if likeness(print_of(_said(changed[each.first_id])), print_of(_said(each.mention))) is None
    ]
    _hand_on(other)


def forget_keys() -> int:
    """The step: forgets by what copies are found of what is too old for more. Returns how many keys that were."""
    old = clock.now() - WINDOW
    rows = MentionKey.objects.across("one step forgets for all workspaces")
    count = 0
    while True:
        oldest = list(rows.order_by("pk").values_list("pk", "posted_at")[:AT_ONCE])
        gone = [pk for pk, posted_at in oldest if posted_at < old]
        count += rows.filter(pk__in=gone).delete()[0]
        if len(gone) < AT_ONCE:
            return count
