"""Frames of the public stream for tests, in the older protocol's form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from makegood.kit import clock
from makegood.listen.replay.keeping import Pen
from makegood.listen.replay.rules import microseconds

CAP = 10**9
_numbers = count(1)
POST = "app.bsky.feed.post"


def post(text: str, *, did: str = "", key: str = "", at: datetime | None = None) -> bytes:
    """A new post."""
    number = next(_numbers)
    at = at or clock.now()
    record = {"$type": POST, "text": text, "createdAt": at.isoformat(), "langs": ["en"]}
    commit = {
        "rev": "3kxyz",
        "operation": "create",
        "collection": POST,
        "rkey": key or f"3k{number:011d}",
        "record": record,
        "cid": f"bafyrei{number}",
    }
    return _frame(at, did or f"did:plc:author{number}", "commit", commit=commit)


def deletion(frame: bytes, *, at: datetime | None = None) -> bytes:
    """The post of this frame is deleted."""
    event = json.loads(frame)
    commit = {"rev": "3kxyz", "operation": "delete", "collection": POST, "rkey": event["commit"]["rkey"]}
    return _frame(at or clock.now(), event["did"], "commit", commit=commit)


def left(did: str, *, at: datetime | None = None) -> bytes:
    """An account is gone."""
    account = {"active": False, "did": did, "seq": 1, "status": "deleted", "time": clock.now().isoformat()}
    return _frame(at or clock.now(), did, "account", account=account)


def _frame(at: datetime, did: str, kind: str, **parts: Any) -> bytes:
    said = {"did": did, "time_us": microseconds(at), "kind": kind, **parts}
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def uri(frame: bytes) -> str:
    """The address of a frame's post."""
    event = json.loads(frame)
    return f"at://{event['did']}/{POST}/{event['commit']['rkey']}"


def write(folder: Path, *flushes: Sequence[bytes], cap: int = CAP) -> None:
    """Keeps these frames, a block each, as the listener does."""
    pen = Pen(folder, cap)
    for frames in flushes:
        pen.take(frames, clock.now())
        pen.flush()
    pen.close()
