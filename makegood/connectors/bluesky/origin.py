"""Who said what a frame of the stream brings, without reading what was said."""

from __future__ import annotations

import msgspec

from makegood.connectors.bluesky.shapes import POST
from makegood.connectors.verdicts import NOT_JSON

__all__ = ["origin_of"]


class _Key(msgspec.Struct):
    rkey: str


class _Older(msgspec.Struct):
    did: str
    commit: _Key


class _Payload(msgspec.Struct):
    did: str
    rkey: str


class _Newer(msgspec.Struct):
    payload: _Payload


_older = msgspec.json.Decoder(_Older)
_newer = msgspec.json.Decoder(_Newer)


def origin_of(frame: bytes) -> tuple[str, str] | None:
    """The author's DID and the post's URI, of a frame of either protocol that brings a new post; None of any other."""
    try:
        event = _older.decode(frame)
        did, rkey = event.did, event.commit.rkey
    except (*NOT_JSON, ValueError):
        try:
            payload = _newer.decode(frame).payload
        except (*NOT_JSON, ValueError):
            return None
        did, rkey = payload.did, payload.rkey
    return did, f"at://{did}/{POST}/{rkey}"
