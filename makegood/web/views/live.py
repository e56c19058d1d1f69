"""What happens, as it happens: one tail of the journal a process, fanned out to every open page."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.http import HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from makegood.accounts.api import Right
from makegood.journal import api as journal
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["live"]

log = logging.getLogger(__name__)
TICK_SECONDS = 0.1
PING_SECONDS = 15.0
# PostgreSQL hands out ids before rows are committed, so a lower id may appear after a higher one: look back a little.
# SQLite has one writer at a time, and its ids come in order.
OVERLAP = 0 if settings.ON_SQLITE else 1_000
# What is heard and sorted shows once it stands in a conversation, a moment later; telling of each would only fetch the
# pages three times.
QUIET = frozenset({"mention.heard", "mention.assessed"})
QUEUE_SIZE = 20
AT_ONCE = 2_000

Event = dict[str, object]


class Tail:
    """Reads the journal while somebody listens, and hands each workspace's lines to its open pages."""

    def __init__(self) -> None:
        self.listeners: dict[asyncio.Queue[Event], int] = {}
        self.task: asyncio.Task[None] | None = None

    def join(self, workspace_id: int) -> asyncio.Queue[Event]:
        """A queue on which the workspace's events arrive."""
        queue: asyncio.Queue[Event] = asyncio.Queue(QUEUE_SIZE)
        self.listeners[queue] = workspace_id
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._follow())
        return queue

    def leave(self, queue: asyncio.Queue[Event]) -> None:
        """The page is gone."""
        self.listeners.pop(queue, None)

    async def _follow(self) -> None:
        newest = await sync_to_async(journal.last_id)()
        seen: set[int] = set(range(max(0, newest - OVERLAP), newest + 1))
        while self.listeners:
            await asyncio.sleep(TICK_SECONDS)
            try:
                lines = await sync_to_async(_since)(max(0, newest - OVERLAP))
                if len(lines) == AT_ONCE:
                    # Somebody imports a file, say. Which lines they were doesn't matter, being late would.
                    newest = await sync_to_async(journal.last_id)()
            except Exception:
                log.exception("the journal could not be read; open pages wait")
                await asyncio.sleep(2.0)
                continue
            fresh = [line for line in lines if line.id not in seen and line.verb not in QUIET]
            for workspace_id, count in Counter(line.workspace_id for line in fresh).items():
                self._tell(workspace_id, count)
            newest = max([newest, *(line.id for line in lines)])
            seen = {number for number in seen | {line.id for line in lines} if number >= newest - OVERLAP}

    def _tell(self, workspace_id: int, count: int) -> None:
        for queue, wanted in list(self.listeners.items()):
            # A full queue means a page that does not read: it has an event waiting that makes it fetch everything.
            if wanted == workspace_id and not queue.full():
                # Not what happened, nor to what: a collaborator listens too, and a page asks for what it may see.
                queue.put_nowait({"count": count})


def _since(entry_id: int) -> list[journal.Happened]:
    close_old_connections()
    return journal.since(entry_id, AT_ONCE)


tail = Tail()


class Events:
    """One page's stream. Django calls `close` when the page is gone, however it went."""

    def __init__(self, workspace_id: int) -> None:
        self.queue = tail.join(workspace_id)
        self.begun = False

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> bytes:
        if not self.begun:
            self.begun = True
            return b"retry: 1000\n\n"
        try:
            event = await asyncio.wait_for(self.queue.get(), PING_SECONDS)
        except TimeoutError:
            return b": still here\n\n"
        # One message for all that happened in the same moment.
        while not self.queue.empty():
            event = self.queue.get_nowait()
        return f"event: journal\ndata: {json.dumps(event)}\n\n".encode()

    def close(self) -> None:
        """Nobody reads on."""
        tail.leave(self.queue)


@require_GET
@needs(Right.SEE)
async def live(request: MemberRequest) -> HttpResponseBase:
    """The stream of this workspace's events: that something happened, never what."""
    response = StreamingHttpResponse(Events(request.workspace.pk), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response
