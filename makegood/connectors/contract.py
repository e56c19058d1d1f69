"""What a connector is: its capabilities as data, its functions, and how it reports trouble.

A connector is a folder. It speaks HTTP and shapes only: no Django, no database, no other connector. It is entered
through one `Connector` value named `CONNECTOR` in its `__init__`, which `makegood.connectors.registry` lists.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from makegood.activity import Activity

__all__ = [
    "Arrival",
    "Capability",
    "Connected",
    "Connector",
    "Draft",
    "Fact",
    "Page",
    "Published",
    "RouteKind",
    "TextRule",
    "Trouble",
    "Verdict",
]


class Verdict(StrEnum):
    """What to do about a failure. Every external call that fails gets exactly one."""

    RETRY = "retry"
    """Passing fault (5xx, time-out, reset): try again soon, nothing is lost."""
    WAIT = "wait"
    """The network asked us to slow down (429): try again at `retry_after`."""
    REFRESH = "refresh"
    """The session has run out: renew it and try again at once."""
    DISCONNECT = "disconnect"
    """The network no longer accepts this account: a person must connect it again."""
    REFUSE = "refuse"
    """This one request will never succeed (deleted parent, blocked, too long): tell the person why."""
    BUG = "bug"
    """The answer makes no sense to us: show it, keep the data, mend the connector."""


class Trouble(Exception):  # noqa: N818 - the domain's word
    """A failure with its verdict and one sentence a shop owner understands.

    `sentence` says what happened and what to do. `retry_after` is in seconds. `detail` is for the log (never a token).
    """

    def __init__(self, verdict: Verdict, sentence: str, *, retry_after: float | None = None, detail: str = "") -> None:
        super().__init__(sentence)
        self.verdict = verdict
        self.sentence = sentence
        self.retry_after = retry_after
        self.detail = detail


class Arrival(StrEnum):
    """How what people say reaches us."""

    STREAM = "stream"
    POLL = "poll"
    WEBHOOK = "webhook"
    FILE = "file"


class RouteKind(StrEnum):
    """How an answer can reach the customer."""

    API = "api"
    HANDOFF = "handoff"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True)
class Fact:
    """A limit or rule of a network, in a sentence, with the page it was taken from."""

    text: str
    source: str


@dataclass(frozen=True)
class TextRule:
    """How the network counts a reply. `unit` is graphemes or characters."""

    unit: str
    limit: int
    source: str


@dataclass(frozen=True)
class Capability:
    """What a network lets us do, as data. Each limit carries its source."""

    network: str
    title: str
    arrival: tuple[Arrival, ...]
    route: RouteKind
    route_reason: str
    """Why replies go this way, in a sentence for the person who is about to type."""
    text: TextRule | None = None
    window: Fact | None = None
    price: Fact | None = None
    rate_limits: tuple[Fact, ...] = ()
    poll_seconds: int = 60
    """How often to look when nothing pushes."""


@dataclass(frozen=True)
class Connected:
    """An account that was connected. `credentials` is secret and stored encrypted; `id` is the permanent id."""

    id: str
    handle: str
    name: str
    url: str
    credentials: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """What one reading brought.

    `cursor` is to be stored in the same transaction as the activities and handed to the next reading. `problems` are
    sentences about what could not be read (one entry of a feed, say); the rest is still good. `deleted` are ids of
    utterances that the network says are gone. `credentials` is set when they were renewed. `next_after` is the
    network's own wish, in seconds, for the next look.
    """

    activities: tuple[Activity, ...] = ()
    cursor: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    credentials: Mapping[str, Any] | None = None
    next_after: float | None = None
    more: bool = False
    """There is another page to read at once."""


@dataclass(frozen=True)
class Draft:
    """A reply about to be sent. `key` was chosen beforehand and makes the write repeatable (send once)."""

    key: str
    text: str
    parent_id: str
    parent_revision: str = ""
    root_id: str = ""
    root_revision: str = ""
    language: str = ""


@dataclass(frozen=True)
class Published:
    """A reply that stands on the network. `credentials` is set when the session was renewed on the way."""

    id: str
    url: str
    revision: str = ""
    credentials: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Connector:
    """A network's functions. A function that is None is something this network cannot do.

    All are async, raise `Trouble` and nothing else for anything the network or the user did, and have a time-out.

    - `connect(form)` -> Connected: checks what the user typed and signs in.
    - `read(credentials, cursor)` -> Page: what is new since `cursor` ({} the first time).
    - `thread(credentials | None, activity_id)` -> tuple[Activity, ...]: the whole thread around one post, oldest first.
    - `reply(credentials, draft)` -> Published: sends; checks beforehand that the parent still stands.
    - `find(credentials, key)` -> Published | None: asks the network whether a reply with this key was already written.
    - `new_key()` -> str: a key for a reply, chosen before it is queued.
    - `count(text)` -> int: length as the network counts it.
    - `handoff(activity_url, text)` -> str: a link that opens the network's own reply box.
    """

    capability: Capability
    connect: Callable[[Mapping[str, str]], Awaitable[Connected]] | None = None
    read: Callable[[Mapping[str, Any], Mapping[str, Any]], Awaitable[Page]] | None = None
    thread: Callable[[Mapping[str, Any] | None, str], Awaitable[tuple[Activity, ...]]] | None = None
    reply: Callable[[Mapping[str, Any], Draft], Awaitable[Published]] | None = None
    find: Callable[[Mapping[str, Any], str], Awaitable[Published | None]] | None = None
    new_key: Callable[[], str] | None = None
    count: Callable[[str], int] | None = None
    handoff: Callable[[str, str], str] | None = None
