"""Following how far threads travel, one transaction a function.

Counts come with everything that is read of a network: what is heard, threads that are read, posts that are looked at
again. Where none of that happens in time, the network is asked.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.activity import Activity, Counts
from makegood.connectors.contract import Trouble
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen.api import Mention
from makegood.triage.models import Assessment
from makegood.triage.reach.models import Snapshot, Spread
from makegood.triage.reach.rules import ENOUGH, HOUR, LEAST, WATCHED, Pace, Point, gained, judge, next_look, voices_of
from makegood.triage.reader import Intent, Response, Urgency

__all__ = ["TOPIC", "begin", "mark_heeded", "note_counts", "pace_of", "peers_of", "take_travelling", "watch_reach"]

log = logging.getLogger(__name__)
TOPIC = "reach"
AT_ONCE = 100
TURN_SECONDS = 1.0
LATER = timedelta(minutes=15)
APART = timedelta(minutes=5)
"""Snapshots are not kept closer together; the newest figures are kept all the same."""
STILL = timedelta(hours=1)
"""Where nothing moved, a snapshot is kept only so often."""
PEERS = 200
PEERS_WITHIN = timedelta(days=90)
OPEN_TO_ALL = ("public", "unlisted")


def begin(mentions: Collection[Mention]) -> None:
    """Follows the threads of these mentions that are young and public, in the caller's transaction. 3 queries, and one
    a workspace.
    """
    now = clock.now()
    young = [each for each in mentions if _is_followed(each, now)]
    own = {key: listen.own_ids(key) for key in {each.workspace_id for each in young}}
    theirs = [each for each in young if each.author_id not in own[each.workspace_id]]
    if not theirs:
        return
    rows = [
        Spread(
            workspace_id=each.workspace_id,
            network=each.network,
            thread_id=each.thread_id,
            mention=each,
            began_at=each.posted_at,
            look_at=next_look(each.posted_at, now) if _can_look(each, now) else None,
        )
        for each in theirs
    ]
    Spread.objects.bulk_create(rows, ignore_conflicts=True, batch_size=200)
    counted = {each.pk: counts for each in theirs if (counts := _counts_of(each)) is not None}
    fresh = Spread.objects.across("sorting serves all workspaces").filter(mention__in=counted, seen_at__isnull=True)
    for row in fresh:
        _take_over(row, counted[row.mention_id], row.mention.heard_at)


def _is_followed(mention: Mention, now: datetime) -> bool:
    if mention.history or mention.deleted_at is not None or not mention.activity:
        return False
    return now - mention.posted_at < WATCHED and mention.activity.get("visibility", "public") in OPEN_TO_ALL


def _can_look(mention: Mention, now: datetime) -> bool:
    return listen.first_look(mention.network, mention.posted_at, now) is not None


def _counts_of(mention: Mention) -> Counts | None:
    found = mention.activity.get("counts")
    return msgspec.convert(found, Counts) if found else None


def _take_over(row: Spread, counts: Counts, at: datetime) -> None:
    """The newest figures; and a snapshot of them, where enough has passed since the last."""
    before = (row.replies, row.reposts, row.likes)
    row.replies, row.reposts, row.likes, row.voices = voices_of(counts)
    row.seen_at = at
    row.save(update_fields=["replies", "reposts", "likes", "voices", "seen_at"])
    last = row.snapshots.order_by("-at").values_list("at", flat=True).first()
    wait = APART if (row.replies, row.reposts, row.likes) != before else STILL
    if last is not None and at - last < wait:
        return
    Snapshot.objects.create(
        workspace_id=row.workspace_id,
        spread=row,
        at=at,
        age_seconds=max(0, int((at - row.began_at).total_seconds())),
        replies=row.replies,
        reposts=row.reposts,
        likes=row.likes,
        voices=row.voices,
    )


@transaction.atomic
def note_counts(workspace_id: int, found: Iterable[Activity]) -> int:
    """Keeps what a network says by now about threads that are followed; returns how many of them that were.

    Warns of those that travel faster than their peers.
    """
    said = {listen.short(each.id): each for each in found if each.counts is not None}
    if not said:
        return 0
    now = clock.now()
    network = next(iter(said.values())).network
    rows = Spread.objects.within(workspace_id).filter(network=network, mention__network_id__in=said)
    locked = list(rows.select_related("mention").select_for_update(of=("self",)).order_by("id"))
    for row in locked:
        counts = said[row.mention.network_id].counts
        assert counts is not None
        _take_over(row, counts, now)
        if row.warned_at is None and row.voices >= LEAST and now - row.began_at < WATCHED:
            _warn(row, now)
    return len(locked)


def peers_of(row: Spread, age: timedelta) -> list[int]:
    """The voices that this workspace's other threads had at that age: the newest 200 that came to it within 90 days, on
    the same network where there are enough of those. 1 query, or 2.
    """
    old_enough = Spread.objects.within(row.workspace_id).filter(
        began_at__gt=clock.now() - PEERS_WITHIN, began_at__lte=clock.now() - age, seen_at__isnull=False
    )
    others = old_enough.exclude(pk=row.pk)
    same = _voices_at(others.filter(network=row.network), age)
    return same if len(same) >= ENOUGH else _voices_at(others, age)


def _voices_at(rows: Any, age: timedelta) -> list[int]:
    newest = list(rows.order_by("-began_at").values_list("pk", flat=True)[:PEERS])
    counted = Snapshot.objects.across("the spreads are one workspace's").filter(
        spread__in=newest, age_seconds__lte=age.total_seconds()
    )
    return list(counted.values("spread").annotate(most=Max("voices")).order_by().values_list("most", flat=True))


def pace_of(row: Spread, points: Sequence[Point], now: datetime) -> Pace:
    """How a thread stands among its peers at its age when it was last counted. 2 to 4 queries."""
    at = row.seen_at or now
    return judge(row.voices, gained(points, row.began_at, at), peers_of(row, at - row.began_at))


def _warn(row: Spread, now: datetime) -> None:
    points = [Point(*each) for each in row.snapshots.order_by("at").values_list("at", "voices")]
    # The newest count may be too close to the last snapshot to be one.
    pace = pace_of(row, [*points, Point(now, row.voices)], now)
    if not pace.travels:
        return
    row.warned_at, row.warned_because = now, _because(row, pace, now)[:300]
    row.save(update_fields=["warned_at", "warned_because"])
    facts: dict[str, Any] = {"voices": pace.voices, "usual": pace.usual, "peers": pace.peers}
    facts |= {"because": row.warned_because, "hours": round((now - row.began_at) / HOUR, 1)}
    journal.record(row.workspace_id, "mention.travelling", row.mention, **facts)
    _raise(row)
    jobs.wake(TOPIC)


def _because(row: Spread, pace: Pace, now: datetime) -> str:
    minutes = max(1, int((now - row.began_at).total_seconds() // 60))
    span = (
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
        if minutes < 120
        else ngettext("%(n)d hour", "%(n)d hours", minutes // 60) % {"n": minutes // 60}
    )
    facts = {"voices": pace.voices, "span": span, "usual": pace.usual, "peers": pace.peers}
    if pace.peers:
        return (
            ngettext(
                "It travels fast: %(voices)d answers and reshares in %(span)s, where %(usual)d is usual "
                "(beside %(peers)d other thread).",
                "It travels fast: %(voices)d answers and reshares in %(span)s, where %(usual)d is usual "
                "(beside %(peers)d other threads).",
                pace.peers,
            )
            % facts
        )
    return _("It travels fast: %(voices)d answers and reshares in %(span)s.") % facts


def _raise(row: Spread) -> None:
    """What this author says in this thread is urgent now; but for praise, for spam, and for what a member let stand."""
    rows = Assessment.objects.within(row.workspace_id).filter(
        mention__network=row.network, mention__thread_id=row.thread_id, mention__author_id=row.mention.author_id
    )
    for one in rows.exclude(intent=Intent.PRAISE).select_for_update(of=("self",)):
        settled = one.decided_by_id is not None and one.response == Response.LET_STAND
        if "spam" in one.flags or settled:
            continue
        one.urgency, one.urgency_reason = Urgency.NOW, row.warned_because
        one.save(update_fields=["urgency", "urgency_reason"])


def take_travelling(limit: int) -> list[Spread]:
    """Threads that were warned of and that the desk has not put before the others yet, locked to the caller's
    transaction, oldest first.
    """
    rows = Spread.objects.across("the desk serves all workspaces").filter(warned_at__isnull=False, heeded_at=None)
    locked = rows.select_related("mention").select_for_update(skip_locked=True, of=("self",))
    return list(locked.order_by("warned_at")[:limit])


def mark_heeded(rows: Sequence[Spread]) -> None:
    """The desk has them, in the caller's transaction."""
    keys = [row.pk for row in rows]
    Spread.objects.across("the desk serves all workspaces").filter(pk__in=keys).update(heeded_at=clock.now())


def watch_reach() -> int:
    """The step: asks the networks about threads whose time has come. Returns how many were asked about.

    After a moment it lets other work in and comes back: networks are slow to answer.
    """
    until = time.monotonic() + TURN_SECONDS
    count = 0
    while rows := _due():
        groups: dict[tuple[int, str], list[Spread]] = defaultdict(list)
        for row in rows:
            groups[row.workspace_id, row.network].append(row)
        for (workspace_id, network), mine in groups.items():
            _ask(workspace_id, network, mine)
            count += len(mine)
        if time.monotonic() >= until:
            jobs.wake(TOPIC)
            break
    return count


def _due() -> list[Spread]:
    rows = Spread.objects.across("one step looks for all workspaces").filter(look_at__lte=clock.now())
    return list(rows.select_related("mention").order_by("look_at")[:AT_ONCE])


def _ask(workspace_id: int, network: str, rows: Sequence[Spread]) -> None:
    now = clock.now()
    standing = [row for row in rows if row.mention.deleted_at is None]
    ids = {row.mention.activity.get("id", ""): row.mention.activity.get("revision", "") for row in standing}
    found = listen.look_at(workspace_id, network, ids) if ids else None
    wait: datetime | None = None
    if isinstance(found, Trouble):
        log.info("looking how far it travels: %s %s", found.verdict, found.detail)
        wait = now + (timedelta(seconds=found.retry_after) if found.retry_after else LATER)
    elif found is not None:
        note_counts(workspace_id, found.activities)
    for row in rows:
        then = None if row not in standing else wait or next_look(row.began_at, now)
        Spread.objects.within(workspace_id).filter(pk=row.pk).update(look_at=then)
