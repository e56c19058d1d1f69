"""Activities and channels for tests, with as little to say as possible."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from makegood.activity import Activity, Author
from makegood.kit import clock
from makegood.listen.models import Channel

_numbers = count(1)


def activity(text: str = "Hello Acme", **fields: Any) -> Activity:
    """Something somebody said a minute ago on Bluesky, with an id of its own."""
    number = next(_numbers)
    who = fields.pop("who", f"did:plc:author{number}")
    fields.setdefault("id", f"at://{who}/app.bsky.feed.post/{number}")
    fields.setdefault("posted_at", clock.now() - timedelta(minutes=1))
    fields.setdefault("network", "bluesky")
    return Activity(author=Author(id=who, handle=fields.pop("handle", "")), text=text, **fields)


def channel(workspace: Any, kind: str = "stream", **fields: Any) -> Channel:
    """A working channel of the workspace."""
    fields.setdefault("network", "bluesky")
    fields.setdefault("address", "jetstream" if kind == "stream" else f"did:plc:own{next(_numbers)}")
    fields.setdefault("name", fields["address"])
    row: Channel = Channel.objects.create(workspace=workspace, kind=kind, **fields)
    return row


def minutes_ago(minutes: float) -> datetime:
    """So many minutes before now."""
    return clock.now() - timedelta(minutes=minutes)
