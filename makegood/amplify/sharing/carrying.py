"""What the outbox does with a network: the share or the post that a row stands for, and the calls for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from makegood.amplify.models import Share as Row
from makegood.connectors.contract import Connector, Draft, Published, Share, Trouble, Upload, Verdict
from makegood.connectors.registry import connector
from makegood.listen import api as listen

__all__ = ["Ready", "load", "remove", "send", "standing"]

_CANNOT = "This network has no way to do this from here. Please do it on the network by hand."


@dataclass(frozen=True)
class Ready:
    """All that a call needs, out of the database. One of `share` and `draft` is set."""

    found: Connector
    secret: Mapping[str, Any]
    share: Share | None
    draft: Draft | None
    published: Published | None


def load(row: Row) -> Ready:
    """Reads what a row stands for."""
    assert row.channel is not None
    mention = row.praise.mention
    revision = str((mention.activity or {}).get("revision", ""))
    boost = row.kind == Row.Kind.BOOST
    share = Share(key=row.key, post_id=mention.network_id, post_revision=revision) if boost else None
    draft = None if boost else _draft(row, mention.network_id, revision)
    published = Published(id=row.network_id, url=row.url, revision=row.revision) if row.network_id else None
    return Ready(connector(row.channel.network), listen.credentials_of(row.channel), share, draft, published)


def _draft(row: Row, post_id: str, revision: str) -> Draft:
    assert row.channel is not None
    found = connector(row.channel.network)
    capability = found.limits(row.channel.facts) if found.limits is not None else found.capability
    quoted = row.kind == Row.Kind.QUOTE and capability.quotes
    picture = row.picture
    media = (Upload(content=bytes(picture), type="image/png", alt=row.alt, name="praise.png"),) if picture else ()
    return Draft(
        key=row.key,
        text=row.text,
        parent_id="",
        quoted_id=post_id if quoted else "",
        quoted_revision=revision if quoted else "",
        media=media,
    )


async def standing(ready: Ready) -> Published | None:
    """Asks the network whether this very share or post stands. Raises `Trouble`."""
    if ready.share is not None and ready.found.shared is not None:
        return await ready.found.shared(ready.secret, ready.share)
    if ready.draft is not None and ready.found.find is not None:
        return await ready.found.find(ready.secret, ready.draft)
    raise Trouble(Verdict.REFUSE, _CANNOT)


async def send(ready: Ready) -> Published:
    """Shares or posts. Raises `Trouble`."""
    if ready.share is not None and ready.found.share is not None:
        return await ready.found.share(ready.secret, ready.share)
    if ready.draft is not None and ready.found.post is not None:
        return await ready.found.post(ready.secret, ready.draft)
    raise Trouble(Verdict.REFUSE, _CANNOT)


async def remove(ready: Ready) -> None:
    """Takes down what stands; where nobody knows whether it does, the network is asked. Raises `Trouble`."""
    if ready.share is not None and ready.found.unshare is not None:
        await ready.found.unshare(ready.secret, ready.share)
        return
    if ready.draft is None or ready.found.unpost is None:
        raise Trouble(Verdict.REFUSE, _CANNOT)
    made = ready.published or await standing(ready)
    if made is not None:
        await ready.found.unpost(ready.secret, made)
