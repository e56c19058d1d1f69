"""An activity as it is kept: cut to what the columns hold, without the characters a database refuses."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from makegood.activity import Activity
from makegood.kit import text
from makegood.listen.looking_rules import first_look
from makegood.listen.models import Channel, Mention

__all__ = ["clean_json", "mention_of", "short"]

LONGEST_ID = 500


def short(network_id: str) -> str:
    """A network's id as it is kept: itself, or its beginning and a hash when it is longer than an index entry may be.

    PostgreSQL refuses index rows over 2,704 bytes (https://www.postgresql.org/docs/current/btree.html).
    """
    clean = text.clean(network_id)
    raw = clean.encode()
    if len(raw) <= LONGEST_ID:
        return clean
    return f"{raw[:400].decode(errors='ignore')}#{hashlib.sha256(raw).hexdigest()}"


def mention_of(
    channel: Channel, activity: Activity, now: datetime, own: frozenset[str], oldest: datetime | None
) -> Mention:
    """The row of something heard. Nothing is written yet; what was posted before `oldest` is history."""
    spoken_to = channel.kind == Channel.Kind.ACCOUNT or any(name in own for name in activity.mentions)
    return Mention(
        workspace_id=channel.workspace_id,
        channel=channel,
        network=activity.network,
        network_id=short(activity.id),
        thread_id=short(activity.thread_id),
        parent_id=short(activity.parent_id),
        author_id=short(activity.author.id),
        author_name=text.clean(activity.author.name)[:300],
        author_handle=text.clean(activity.author.handle)[:300],
        url=text.clean(activity.url)[:2000],
        text=text.clean(activity.text),
        # A clock that is ahead must not buy the customer a longer wait.
        posted_at=min(activity.posted_at, now),
        heard_at=now,
        addressed=spoken_to,
        history=oldest is not None and activity.posted_at < oldest,
        activity=clean_json(msgspec.to_builtins(activity)),
        edited_at=activity.edited_at,
        look_at=first_look(activity.network, activity.posted_at, now),
        is_sample=channel.is_sample,
    )


def clean_json(value: Any) -> Any:
    """The same value without the characters PostgreSQL's jsonb refuses."""
    if isinstance(value, str):
        return text.clean(value)
    if isinstance(value, dict):
        return {key: clean_json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(inner) for inner in value]
    return value
