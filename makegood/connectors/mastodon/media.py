"""Pictures, films and sound that go with a reply. https://docs.joinmastodon.org/methods/media/"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from makegood.connectors.contract import Trouble, Upload, Verdict
from makegood.connectors.mastodon import errors
from makegood.connectors.mastodon.api import Answer, Server
from makegood.connectors.mastodon.errors import Fault

__all__ = ["upload"]

LONGEST_WORK = 90.0
"""Seconds that the server may work on a file before we let the reply wait for another attempt."""
LOOK_AGAIN = 1.0
PROCESSING = frozenset({202, 206})


async def upload(server: Server, file: Upload) -> str:
    """Gives the server a file with its description and waits until it can be used; returns its id. Raises `Trouble`."""
    answer = await _send(server, file)
    found = server.as_object(answer.data, "media")
    file_id = str(found.get("id") or "")
    if not file_id:
        raise errors.no_sense(server.host, "media without id")
    if answer.status in PROCESSING:
        await _ready(server, file_id)
    return file_id


async def _send(server: Server, file: Upload) -> Answer:
    parts: dict[str, Any] = {
        "files": {"file": (file.name or "file", file.content, file.type)},
        "data": {"description": file.alt} if file.alt else {},
        "deadline": LONGEST_WORK,
    }
    try:
        return await server.call("POST", "/api/v2/media", **parts)
    except Fault as fault:
        if not fault.gone:
            raise
    return await server.call("POST", "/api/v1/media", **parts)


async def _ready(server: Server, file_id: str) -> None:
    end = time.monotonic() + LONGEST_WORK
    while time.monotonic() < end:
        await asyncio.sleep(LOOK_AGAIN)
        if (await server.get(f"/api/v1/media/{file_id}")).status not in PROCESSING:
            return
    sentence = f"{server.host} is still working on a picture or film of this reply. We will try again by ourselves."
    raise Trouble(Verdict.RETRY, sentence, detail=f"media {file_id}")
