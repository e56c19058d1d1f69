"""The frames of Bluesky's public stream, of either protocol, read into a batch. No network in here.

The older protocol's frame is the event itself; the newer one's is a message around it:
https://github.com/bluesky-social/jetstream/blob/main/lexicons/network/bsky/jetstream/subscribeEvents.json
Which of them a frame is, is seen by the frame, so that what was kept or handed on can be read without knowing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from makegood.activity import Activity, Author
from makegood.connectors.bluesky.shapes import POST, PostRecord, from_record, profile_url
from makegood.connectors.contract import Sieve
from makegood.connectors.verdicts import NOT_JSON

__all__ = ["Batch", "batch_of", "cursor_of", "is_post", "moment_of"]

MOST_PROBLEMS = 5
DAY = timedelta(days=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Both protocols write compact JSON. In a text a quotation mark has a backslash, so that nobody can say these.
_CREATE = b'"operation":"create"'
_OF_A_POST = f'"collection":"{POST}"'.encode()
_AS_A_RULE = b'"operation":"create",' + _OF_A_POST
_MESSAGE = b'{"$type":"message"'


@dataclass(frozen=True)
class Batch:
    """What came within a few hundredths of a second.

    `deleted` are URIs of posts and `gone` are DIDs of accounts whose content must go. `cursor` (microseconds
    since 1970, the server's clock) is to be stored once the rest is; None if no frame could be read yet.
    `received` is when the first frame came in. `frames` counts all frames, `created` those that brought a new post,
    whether the sieve left it out of `activities` or not, `malformed` those that could not be read; `problems` says of
    the first few why.
    """

    activities: tuple[Activity, ...]
    deleted: tuple[str, ...]
    cursor: int | None
    received: datetime
    gone: tuple[str, ...] = ()
    frames: int = 0
    created: int = 0
    malformed: int = 0
    problems: tuple[str, ...] = ()


class _Account(msgspec.Struct):
    active: bool
    status: str = ""


class _Commit(msgspec.Struct):
    operation: str
    collection: str
    rkey: str
    cid: str = ""
    record: msgspec.Raw = msgspec.Raw(b"null")


class _Older(msgspec.Struct):
    did: str
    time_us: int
    kind: str
    commit: _Commit | None = None
    account: _Account | None = None


class _Payload(msgspec.Struct):
    type: str = msgspec.field(name="$type")
    did: str = ""
    time: datetime | None = None
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    cid: str = ""
    record: msgspec.Raw = msgspec.Raw(b"null")
    account: _Account | None = None


class _Newer(msgspec.Struct):
    payload: _Payload


class _OlderTime(msgspec.Struct):
    time_us: int


class _PayloadTime(msgspec.Struct):
    time: datetime


class _NewerTime(msgspec.Struct):
    payload: _PayloadTime


_older = msgspec.json.Decoder(_Older)
_newer = msgspec.json.Decoder(_Newer)
_older_time = msgspec.json.Decoder(_OlderTime)
_newer_time = msgspec.json.Decoder(_NewerTime)
_record = msgspec.json.Decoder(PostRecord)


@dataclass
class _Gathered:
    activities: list[Activity] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    created: int = 0
    malformed: int = 0


def is_post(frame: bytes) -> bool:
    """Whether the frame brings a new post, as far as its bytes tell: for choosing frames, not for reading them."""
    return _AS_A_RULE in frame or (_CREATE in frame and _OF_A_POST in frame)


def batch_of(frames: Sequence[bytes], received: datetime, last: int | None, sieve: Sieve | None = None) -> Batch:
    """The batch of these frames, as they came in at `received`; `last` is the cursor before them.

    Of the new posts only those that the sieve lets through are read; deletions and accounts are always read.
    """
    found = _Gathered()
    to_read = _to_read(frames, sieve) if sieve is not None else frames
    found.created = len(frames) - len(to_read)
    for frame in to_read:
        try:
            _take(frame, found)
        except (*NOT_JSON, ValueError, OverflowError) as error:
            found.malformed += 1
            if len(found.problems) < MOST_PROBLEMS:
                found.problems.append(f"An event of Bluesky's stream could not be read ({str(error)[:200]}).")
    return Batch(
        activities=tuple(found.activities),
        deleted=tuple(found.deleted),
        cursor=cursor_of(frames, received, last),
        received=received,
        gone=tuple(found.gone),
        frames=len(frames),
        created=found.created,
        malformed=found.malformed,
        problems=tuple(found.problems),
    )


def cursor_of(frames: Sequence[bytes], received: datetime, last: int | None) -> int | None:
    """How far the stream was read once these frames are dealt with: the time of the last that tells one."""
    latest = received + DAY
    for frame in reversed(frames):
        moment = moment_of(frame)
        # One absurd time must not move the cursor past all that follows; our own clock may be a day off.
        if moment is not None and moment <= latest:
            return max(last or 0, (moment - _EPOCH) // _MICROSECOND)
    return last


def moment_of(frame: bytes) -> datetime | None:
    """When the stream's server saw what this frame tells of; None where the frame does not say."""
    for decode in (_newer_moment, _older_moment):
        try:
            return decode(frame)
        except (*NOT_JSON, ValueError, OverflowError):
            continue
    return None


def _newer_moment(frame: bytes) -> datetime:
    moment = _newer_time.decode(frame).payload.time
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _older_moment(frame: bytes) -> datetime:
    return _EPOCH + timedelta(microseconds=_older_time.decode(frame).time_us)


def _to_read(frames: Sequence[bytes], sieve: Sieve) -> list[bytes]:
    """The frames without the new posts that the sieve leaves out."""
    # Spelled out, since the call would cost as much as the look.
    posts = [place for place, frame in enumerate(frames) if _AS_A_RULE in frame or is_post(frame)]
    every = len(posts) == len(frames)
    kept = {posts[index] for index in sieve(frames if every else [frames[place] for place in posts])}
    if not every:
        kept |= set(range(len(frames))).difference(posts)
    return [frames[place] for place in sorted(kept)]


def _take(frame: bytes, found: _Gathered) -> None:
    if frame.startswith(_MESSAGE):
        _take_newer(_newer.decode(frame).payload, found)
        return
    try:
        event = _older.decode(frame)
    except msgspec.ValidationError:
        # A message whose parts come in another order is one all the same.
        if b'"payload"' not in frame:
            raise
        _take_newer(_newer.decode(frame).payload, found)
        return
    if event.kind == "account":
        _take_account(event.did, event.account, found)
    if event.kind == "commit" and event.commit is not None:
        _take_commit(event.did, event.commit, _EPOCH + timedelta(microseconds=event.time_us), found)


def _take_newer(payload: _Payload, found: _Gathered) -> None:
    kind = payload.type.rpartition("#")[2]
    if kind == "account":
        _take_account(payload.did, payload.account, found)
    if kind == "commit" and payload.time is not None:
        commit = _Commit(payload.operation, payload.collection, payload.rkey, payload.cid, payload.record)
        _take_commit(payload.did, commit, payload.time, found)


def _take_account(did: str, account: _Account | None, found: _Gathered) -> None:
    if account is not None and account.status in {"deleted", "takendown"}:
        found.gone.append(did)


def _take_commit(did: str, commit: _Commit, seen: datetime, found: _Gathered) -> None:
    if commit.collection != POST:
        return
    uri = f"at://{did}/{POST}/{commit.rkey}"
    if commit.operation == "delete":
        found.deleted.append(uri)
    elif commit.operation == "create":
        who = Author(id=did, url=profile_url(did))
        found.activities.append(from_record(uri, commit.cid, who, _record.decode(commit.record), seen))
        found.created += 1
