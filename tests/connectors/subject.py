"""A subject: a connector, a real server it speaks to through a proxy, and somebody there who can say things."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from makegood.activity import Activity
from makegood.connectors.contract import Connected, Connector, Draft
from tests.faults import Proxy

__all__ = ["Cannot", "Reader", "Subject", "exemption"]

SETTLED_SECONDS = 30.0


class Cannot(Exception):  # noqa: N818 - a statement about a network
    """What a subject is asked for and its network does not have."""


def _cannot(*_: Any) -> Any:
    raise Cannot


@dataclass
class Subject:
    """A connector under test. The functions are how people on the network act, on its server, past the proxy.

    `say(text)` -> id: somebody says it where `read` must find it. `edit(id, text)` and `delete(id)` are the author's.
    `answers(id)` -> texts that the shop has standing under a post, `shares(id)` -> how often it passes a post on, and
    `posts()` -> the texts of its posts of its own, as the network holds them. `sign_in()` connects the account through
    the proxy as its owner would; `wrong()` tries with what can't work. `few_a_page()` makes the connector ask for pages
    of two or three. `exempt` says why a rule cannot be put to this network, though it has the functions.
    """

    network: str
    connector: Connector
    proxy: Proxy | None = None
    credentials: Mapping[str, Any] = field(default_factory=dict)
    sign_in: Callable[[], Awaitable[Connected]] = _cannot
    wrong: Callable[[], Awaitable[Any]] = _cannot
    say: Callable[[str], str] = _cannot
    edit: Callable[[str, str], None] = _cannot
    delete: Callable[[str], None] = _cannot
    answers: Callable[[str], list[str]] = _cannot
    shares: Callable[[str], int] = _cannot
    posts: Callable[[], list[str]] = _cannot
    few_a_page: Callable[[Any], None] = _cannot
    read_path: str = ""
    """Where the reading asks, as a pattern; others of its requests may be ones it can do without."""
    write_path: str = ""
    share_path: str = ""
    """Where a share is written, and where it is taken back."""
    has_account: bool = True
    exempt: Mapping[str, str] = field(default_factory=dict)
    close: ExitStack = field(default_factory=ExitStack)
    behind: Mapping[str, Any] = field(default_factory=dict)
    """A cursor from before the last thing that was said."""
    parent: Activity | None = None
    """A post that several rules answer."""

    @property
    def between(self) -> Proxy:
        """Its proxy."""
        assert self.proxy is not None
        return self.proxy

    def reader(self, cursor: Mapping[str, Any] | None = None) -> Reader:
        """Somebody who reads on from `cursor`, as the product does."""
        return Reader(self, self.credentials, dict(cursor or {}))

    def draft(self, parent: Activity, text: str, key: str = "") -> Draft:
        """An answer to what somebody said."""
        assert self.connector.new_key is not None
        return Draft(
            key=key or self.connector.new_key(),
            text=text,
            parent_id=parent.id,
            parent_revision=parent.revision,
            root_id=parent.root_id,
            root_revision=parent.root_revision,
            handle=parent.author.handle,
            visibility=parent.visibility,
        )


@dataclass
class Reader:
    """Reads as the product does: keeps what came with the cursor that came with it, or neither."""

    subject: Subject
    credentials: Mapping[str, Any]
    cursor: Mapping[str, Any]
    brought: list[Activity] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    pages: int = 0

    async def read(self) -> list[Activity]:
        """All that is new, page for page. Raises `Trouble`; what came before it is kept."""
        assert self.subject.connector.read is not None
        new: list[Activity] = []
        while True:
            page = await self.subject.connector.read(self.credentials, self.cursor)
            self.cursor = page.cursor
            self.credentials = page.credentials or self.credentials
            self.pages += 1
            new += page.activities
            self.brought += page.activities
            self.deleted += page.deleted
            self.problems += page.problems
            if not page.more:
                return new

    async def until(self, *ids: str) -> list[str]:
        """Reads until all of these were brought; the ids of all that was, in order."""
        end = time.monotonic() + SETTLED_SECONDS
        while True:
            await self.read()
            if set(ids) <= set(self.ids):
                return self.ids
            assert time.monotonic() < end, f"not brought: {set(ids) - set(self.ids)}"
            await asyncio.sleep(0.2)

    @property
    def ids(self) -> list[str]:
        return [activity.id for activity in self.brought]


LACKS = {
    "read": "it brings nothing over the network",
    "sign in": "nobody signs in there",
    "reply": "it takes no answers",
    "find": "it cannot be asked whether a reply stands",
    "share": "it passes no posts on",
    "post": "it writes no posts of its own",
    "unpost": "what it has posted there cannot be taken down from here",
    "look": "it cannot be asked how a post stands now",
    "edits": "authors cannot change there what they said",
    "account": "there is no account whose sign-in could run out",
}


def exemption(subject: Subject, name: str, needs: tuple[str, ...]) -> str:
    """Why a rule is not put to this connector, "" when it must pass: what it lacks, by its own capability, or what
    the subject states.
    """
    found = subject.connector
    has = {
        "read": found.read is not None,
        "sign in": found.connect is not None or found.finish is not None,
        "reply": found.reply is not None and subject.proxy is not None,
        "find": found.find is not None and subject.proxy is not None,
        "share": found.share is not None and subject.proxy is not None,
        "post": found.post is not None and subject.proxy is not None,
        "unpost": found.unpost is not None and subject.proxy is not None,
        "look": found.look is not None,
        "edits": found.capability.edits,
        "account": subject.has_account,
    }
    for need in needs:
        if not has[need]:
            return f"{LACKS[need]}: {found.capability.route_reason}" if need in {"read", "reply"} else LACKS[need]
    return subject.exempt.get(name, "")
