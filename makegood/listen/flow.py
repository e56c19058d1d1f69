"""Hearing, one transaction a function: rows, journal lines and the cursor stand or fall together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F

from makegood.activity import Activity, Kind
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock, text
from makegood.listen.edits import keep_edits
from makegood.listen.folding.flow import fold, let_go, stand_alone
from makegood.listen.models import (
    Channel,
    ChannelProblem,
    Hearing,
    Mention,
    Query,
    SampledPost,
    StreamCursor,
)
from makegood.listen.shape import clean_json, mention_of, short

__all__ = [
    "Hit",
    "forget",
    "is_behind",
    "keep_sample",
    "keep_streamed",
    "mark_sorted",
    "move_stream",
    "redact",
    "store",
    "take_new",
    "take_page",
]

KEPT_PROBLEMS = 100
KEPT_SAMPLES = 30_000
SAMPLE_LIFE = timedelta(hours=20)


@dataclass(frozen=True)
class Hit:
    """An activity that is for a workspace, and why."""

    activity: Activity
    reason: str
    query_id: int | None = None
    query_name: str = ""
    terms: tuple[tuple[str, int, int] | tuple[str, int, int, str], ...] = ()
    """See `Hearing.terms`."""


def own_ids(workspace_id: int) -> frozenset[str]:
    """The permanent ids of the workspace's own accounts: what they say is not a mention."""
    rows = Channel.objects.within(workspace_id).filter(kind__in=[Channel.Kind.ACCOUNT, Channel.Kind.SAMPLE])
    return frozenset(rows.values_list("address", flat=True))


def store(channel: Channel, hits: Sequence[Hit], *, oldest: datetime | None = None) -> int:
    """Writes what was heard, once, in the caller's transaction; returns how many mentions are new.

    A post that another channel has already brought gets another hearing, not another mention. A copy of what somebody
    else said before stands under that mention (see `folding`) and is not one of the new. What is posted before
    `oldest` is history.
    """
    own = own_ids(channel.workspace_id)
    by_id: dict[str, Activity] = {}
    for hit in hits:
        if hit.activity.author.id not in own:
            by_id.setdefault(short(hit.activity.id), hit.activity)
    if not by_id:
        return 0
    now = clock.now()
    mine = Mention.objects.within(channel.workspace_id)
    network = next(iter(by_id.values())).network
    known = set(mine.filter(network=network, network_id__in=by_id).values_list("network_id", flat=True))
    fresh = [mention_of(channel, each, now, own, oldest) for key, each in by_id.items() if key not in known]
    Mention.objects.bulk_create(fresh, batch_size=200, ignore_conflicts=True)
    keep_edits(channel.workspace_id, {key: each for key, each in by_id.items() if key in known})
    if known and channel.kind == Channel.Kind.ACCOUNT:
        mine.filter(network=network, network_id__in=known, addressed=False).update(addressed=True)
        stand_alone(mine.filter(network=network, network_id__in=known), because="addressed")
    rows = {row.network_id: row for row in mine.filter(network=network, network_id__in=by_id).defer("activity", "text")}
    # Somebody else may have stored the same post in this very moment: ours is the one of our moment.
    new = [row for key, row in rows.items() if key not in known and (row.channel_id, row.heard_at) == (channel.pk, now)]
    _store_hearings(channel, hits, rows, now)
    if new:
        Channel.objects.within(channel.workspace_id).filter(pk=channel.pk).update(last_heard_at=now)
    copies = fold(channel, [(row, by_id[row.network_id]) for row in new])
    new = [row for row in new if row.pk not in copies]
    journal.record_all([journal.line(channel.workspace_id, "mention.heard", row, channel=channel.pk) for row in new])
    if new:
        jobs.wake("heard")
    return len(new)


def _store_hearings(channel: Channel, hits: Sequence[Hit], rows: dict[str, Mention], now: datetime) -> None:
    hearings = [
        Hearing(
            workspace_id=channel.workspace_id,
            mention=rows[key],
            channel=channel,
            query_id=hit.query_id,
            query_name=hit.query_name,
            reason=hit.reason[:300],
            terms=[list(term) for term in hit.terms],
            heard_at=now,
        )
        for hit in hits
        if (key := short(hit.activity.id)) in rows
    ]
    Hearing.objects.bulk_create(hearings, batch_size=200, ignore_conflicts=True)
    queries = {hit.query_id for hit in hits if hit.query_id is not None}
    if queries:
        Query.objects.within(channel.workspace_id).filter(pk__in=queries).update(last_heard_at=now)


def note_problems(channel: Channel, sentences: Iterable[str]) -> None:
    """Keeps what a channel could not read, in the caller's transaction: one row a sentence, with a count."""
    now = clock.now()
    for sentence in list(dict.fromkeys(sentences))[:KEPT_PROBLEMS]:
        row, created = ChannelProblem.objects.get_or_create(
            workspace_id=channel.workspace_id,
            channel=channel,
            sentence=text.clean(sentence)[:500],
            defaults={"first_at": now, "last_at": now},
        )
        if not created:
            ChannelProblem.objects.within(channel.workspace_id).filter(pk=row.pk).update(
                count=F("count") + 1, last_at=now
            )


@transaction.atomic
def take_page(
    channel: Channel,
    hits: Sequence[Hit],
    *,
    cursor: dict[str, Any],
    problems: Sequence[str] = (),
    deleted: Sequence[str] = (),
    secret: str | None = None,
    due_at: datetime | None = None,
) -> int:
    """A page that a poll brought: mentions, what could not be read, and only then the cursor."""
    new = store(channel, hits)
    note_problems(channel, problems)
    redact(deleted)
    changes: dict[str, Any] = {
        "cursor": cursor,
        "state": Channel.State.WORKING,
        "last_good_at": clock.now(),
        "last_error": "",
        "failures": 0,
        "lease_until": None,
        "due_at": due_at,
    }
    if secret is not None:
        changes["secret"] = secret
    recovered = channel.state != Channel.State.WORKING
    # A member may have paused it while the page was on its way.
    rows = Channel.objects.within(channel.workspace_id).filter(pk=channel.pk).exclude(state=Channel.State.PAUSED)
    if rows.update(**changes) and recovered:
        journal.record(channel.workspace_id, "channel.recovered", channel)
    return new


def keep_streamed(
    address: str,
    *,
    hits: dict[int, list[Hit]],
    deleted: Sequence[str] = (),
    gone: Sequence[str] = (),
    problems: Sequence[str] = (),
) -> int:
    """What a public stream brought for all workspaces, in one go; how far it was read is for `move_stream`, later.

    `hits` goes by channel id, `deleted` are ids of posts and `gone` ids of authors whose posts must go. Returns the
    number of new mentions.
    """
    if not (hits or gone or problems or _have_any(deleted)):
        # Most of what is deleted on a network was never here; nobody needs to wait for a write lock for it.
        return 0
    with transaction.atomic():
        channels = {row.pk: row for row in _streams(address)}
        # In one order everywhere: each of them locks what its copies stand under.
        new = sum(store(channels[key], hits[key]) for key in sorted(hits) if key in channels)
        redact([*deleted, *_all_of(gone)])
        for channel in channels.values():
            note_problems(channel, problems)
    return new


def _streams(address: str) -> Any:
    return Channel.objects.across("one stream serves all workspaces").filter(
        kind=Channel.Kind.STREAM, address=address, state__in=[Channel.State.WORKING, Channel.State.TROUBLE]
    )


def _have_any(network_ids: Sequence[str]) -> bool:
    if not network_ids:
        return False
    mentions = Mention.objects.across("a deletion at the source holds for everyone")
    samples = SampledPost.objects.filter(network_id__in=network_ids)
    return mentions.filter(network_id__in=network_ids, deleted_at__isnull=True).exists() or samples.exists()


@transaction.atomic
def move_stream(address: str, *, cursor: int, received: int, problems: Sequence[str] = (), trouble: str = "") -> None:
    """A public stream was read as far as `cursor`, and all that came before is kept; `received` frames since the last
    call. The channels that follow it work, or are in trouble with the sentence `trouble`. `problems` are sentences for
    their pages.
    """
    channels = list(_streams(address))
    for channel in channels:
        note_problems(channel, problems)
        if trouble and (channel.state, channel.last_error) != (Channel.State.TROUBLE, trouble):
            journal.record(channel.workspace_id, "channel.trouble", channel, sentence=trouble[:300])
        elif not trouble and channel.state != Channel.State.WORKING:
            journal.record(channel.workspace_id, "channel.recovered", channel)
    state = Channel.State.TROUBLE if trouble else Channel.State.WORKING
    now = clock.now()
    Channel.objects.across("one stream serves all workspaces").filter(pk__in=[row.pk for row in channels]).update(
        state=state,
        last_good_at=now,
        last_error=trouble,
        last_error_at=now if trouble else F("last_error_at"),
        failures=0,
    )
    row, created = StreamCursor.objects.get_or_create(
        address=address, defaults={"cursor": cursor, "read_at": now, "received": received}
    )
    if not created:
        StreamCursor.objects.filter(pk=row.pk).update(cursor=cursor, read_at=now, received=F("received") + received)


@transaction.atomic
def forget(network_ids: Sequence[str]) -> int:
    """The network says these are gone: what they said is removed here too."""
    return redact(network_ids)


def _all_of(author_ids: Sequence[str]) -> list[str]:
    if not author_ids:
        return []
    rows = Mention.objects.across("a deletion at the source holds for everyone").filter(
        author_id__in=author_ids, deleted_at__isnull=True
    )
    return list(rows.values_list("network_id", flat=True))


def redact(network_ids: Sequence[str], *, workspace_id: int | None = None) -> int:
    """Removes what was said under these ids, in the caller's transaction; returns how many mentions that were.

    In every workspace, unless only one of them was told that they are gone: another's account may see it.
    """
    if not network_ids:
        return 0
    everyone = Mention.objects.across("a deletion at the source holds for everyone")
    mine = everyone if workspace_id is None else Mention.objects.within(workspace_id)
    rows = list(mine.filter(network_id__in=network_ids, deleted_at__isnull=True).only("pk", "workspace_id"))
    if workspace_id is None:
        SampledPost.objects.filter(network_id__in=network_ids).delete()
    if not rows:
        return 0
    mine.filter(pk__in=[row.pk for row in rows]).update(text="", activity={}, deleted_at=clock.now(), look_at=None)
    let_go([row.pk for row in rows])
    journal.record_all([journal.line(row.workspace_id, "mention.deleted", row) for row in rows])
    jobs.wake("gone")
    return len(rows)


@transaction.atomic
def channel_failed(channel: Channel, sentence: str, *, disconnect: bool, due_at: datetime | None) -> None:
    """A channel could not be read: say so on its row, once in the journal, and try again at `due_at`."""
    state = Channel.State.DISCONNECTED if disconnect else Channel.State.TROUBLE
    rows = Channel.objects.within(channel.workspace_id).filter(pk=channel.pk).exclude(state=Channel.State.PAUSED)
    changed = rows.update(
        state=state,
        last_error=sentence,
        last_error_at=clock.now(),
        failures=F("failures") + 1,
        lease_until=None,
        due_at=None if disconnect else due_at,
    )
    if changed and (channel.state != state or channel.last_error != sentence):
        journal.record(channel.workspace_id, "channel.trouble", channel, sentence=sentence[:300])


@transaction.atomic
def keep_sample(network: str, activities: Sequence[Activity], share: float) -> None:
    """Keeps a random share of a public stream for the query tester, and drops the oldest beyond the cap."""
    now = clock.now()
    SampledPost.objects.bulk_create(
        [
            SampledPost(
                network=network,
                network_id=short(each.id),
                heard_at=now,
                share=share,
                activity=clean_json(msgspec.to_builtins(each)),
            )
            for each in activities
        ],
        ignore_conflicts=True,
        batch_size=200,
    )
    # An author who has left must be gone here within a day; no sample lives that long.
    SampledPost.objects.filter(network=network, heard_at__lt=now - SAMPLE_LIFE).delete()
    newest = SampledPost.objects.order_by("-id").values_list("id", flat=True).first()
    if newest:
        SampledPost.objects.filter(id__lte=newest - KEPT_SAMPLES).delete()


def take_new(limit: int) -> list[Mention]:
    """Mentions nobody has sorted yet, with their hearings, oldest first. Nothing is locked: see `mark_sorted`."""
    rows = Mention.objects.across("sorting serves all workspaces").filter(state=Mention.State.NEW)
    return list(rows.prefetch_related("channel", "hearings").order_by("id")[:limit])


def is_behind(most: int) -> bool:
    """Whether more than `most` mentions wait to be sorted."""
    rows = Mention.objects.across("sorting serves all workspaces").filter(state=Mention.State.NEW)
    return rows.order_by("id")[most : most + 1].exists()


def mark_sorted(mentions: Sequence[Mention]) -> set[int]:
    """They were sorted as they were read, in the caller's transaction; returns the ids of those of which that is true.

    Left out is what somebody else has sorted meanwhile, and what was deleted at its source: its words must not live on.
    """
    read = {row.pk: row.deleted_at for row in mentions}
    rows = Mention.objects.across("sorting serves all workspaces").filter(pk__in=read, state=Mention.State.NEW)
    locked = rows.select_for_update().order_by("id").values_list("pk", "deleted_at")
    same = {key for key, deleted_at in locked if deleted_at == read[key]}
    rows.filter(pk__in=same).update(state=Mention.State.SORTED)
    return same


def due_later(seconds: float) -> datetime:
    """The moment so many seconds from now."""
    return clock.now() + timedelta(seconds=seconds)


def reason_of(activity: Activity) -> str:
    """Why something that came through a connected account is for us."""
    return {
        Kind.REPLY: "They replied to you",
        Kind.QUOTE: "They quoted you",
    }.get(activity.kind, "They named your account")
