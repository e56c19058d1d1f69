"""What a connector is: its capabilities as data, its functions, and how it reports trouble.

A connector is a folder. It speaks HTTP and shapes only: no Django, no database, no other connector. It is entered
through one `Connector` value named `CONNECTOR` in its `__init__`, which `makegood.connectors.registry` lists.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from makegood.activity import Activity, Visibility

__all__ = [
    "Arrival",
    "Begun",
    "Capability",
    "Connected",
    "Connector",
    "Draft",
    "Fact",
    "MediaRule",
    "Page",
    "PrivateRule",
    "Published",
    "RouteKind",
    "Share",
    "Sieve",
    "TextRule",
    "Trouble",
    "Upload",
    "Verdict",
]

Sieve = Callable[[Sequence[bytes]], Sequence[int]]
"""Frames of a public stream, each a new post as it came; the places of those that may fit somebody's query."""


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
    """How the network counts a reply. `unit` is graphemes or characters.

    `link_length` is what any link counts, None where it counts as it is written. With `address` the answered author's
    handle is put before the text, and counts.
    """

    unit: str
    limit: int
    source: str
    link_length: int | None = None
    address: bool = False


@dataclass(frozen=True)
class MediaRule:
    """What may go with a reply: how many files, of which MIME types, how large (bytes), how long a description."""

    most: int
    types: tuple[str, ...]
    bytes: int
    alt_limit: int
    source: str


@dataclass(frozen=True)
class PrivateRule:
    """Whether and how a conversation can go on out of the public's sight."""

    route: RouteKind
    text: str
    """How it works there, in a sentence for the person about to do it."""
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
    """How long after their post it can be answered; None where there is no end."""
    window_hours: float | None = None
    """The same in hours, where it can be counted from their post."""
    window_route: RouteKind = RouteKind.NOT_ALLOWED
    """How they can be reached once it is over: on the network's own page (HANDOFF), or not at all."""
    who: Fact | None = None
    """Whom we may answer, where that is not everybody."""
    price: Fact | None = None
    media: MediaRule | None = None
    private: PrivateRule | None = None
    chains: bool = False
    """An answer too long for one post may go out as several, each under the one before."""
    quotes: bool = False
    """An answer may quote another public post."""
    reshare: Fact | None = None
    """How a public post of somebody is passed on as it is from one's own account; None where it can't be."""
    own_posts: Fact | None = None
    """What a post of one's own is that answers nothing; None where Makegood can't write one."""
    unposts: bool = False
    """A post of one's own can be taken down from here."""
    edits: bool = False
    """Authors can change what they said."""
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
    kind: str = "account"
    """account: we answer from it, and what it brings was said to us. feed: a public place that is only read."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the server says about itself (its software, its limits), not secret: `Connector.limits` reads it."""


@dataclass(frozen=True)
class Begun:
    """A sign-in that goes on on the network's own page, `url`. `pending` is secret, and handed to `finish`."""

    url: str
    pending: Mapping[str, Any]


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
    facts: Mapping[str, Any] | None = None
    """What the server says about itself, when it was asked anew (see `Connected.facts`)."""


@dataclass(frozen=True)
class Upload:
    """A file that goes with a reply: its content, MIME type, and description for those who can't see it."""

    content: bytes
    type: str
    alt: str = ""
    name: str = ""


@dataclass(frozen=True)
class Draft:
    """A reply about to be sent, or a post of its own where `parent_id` is "". `key` was chosen beforehand and makes the
    write repeatable (send once).

    `handle` is the answered author's, put before the text where the network wants it (`TextRule.address`).
    `visibility` is never wider than what is answered. `quoted_id` is a public post to show under the text.
    """

    key: str
    text: str
    parent_id: str
    parent_revision: str = ""
    root_id: str = ""
    root_revision: str = ""
    language: str = ""
    handle: str = ""
    visibility: Visibility = Visibility.PUBLIC
    warning: str = ""
    quoted_id: str = ""
    quoted_revision: str = ""
    media: tuple[Upload, ...] = ()


@dataclass(frozen=True)
class Share:
    """A public post about to be passed on as it is. `key` was chosen beforehand and makes the write repeatable."""

    key: str
    post_id: str
    post_revision: str = ""


@dataclass(frozen=True)
class Published:
    """What stands on the network: a reply, a post, a reshare. `credentials` is set when the session was renewed."""

    id: str
    url: str
    revision: str = ""
    credentials: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Connector:
    """A network's functions. A function that is None is something this network cannot do.

    All are async, raise `Trouble` and nothing else for anything the network or the user did, and have a time-out.

    - `connect(form)` -> Connected: checks what the user typed and signs in, or finds the public place to read.
    - `begin(form, back)` -> Begun: starts a sign-in on the network's own page, which returns to the address `back`.
    - `finish(pending, answer)` -> Connected: ends it with the parameters (`answer`) the network came back with.
    - `limits(facts)` -> Capability: what the server of one account lets us do, by what it said about itself.
    - `read(credentials, cursor)` -> Page: what is new since `cursor` ({} the first time).
    - `nudges(credentials)` -> async generator that yields while it is connected: () when there may be something
      new, which `read` then brings, or ids (or revisions) of what may have changed or gone, for `look`. Losing one
      costs a poll's period, nothing else. REFUSE means that there is no such stream.
    - `look(credentials | None, ids)` -> Page: how these utterances stand now; what is certainly gone is in `deleted`.
      `ids` may be a mapping to the revision under which each was heard, which some networks need to be certain.
    - `thread(credentials | None, activity_id)` -> tuple[Activity, ...]: the whole thread around one post, oldest first.
    - `reply(credentials, draft)` -> Published: sends; checks beforehand that the parent still stands.
    - `find(credentials, draft)` -> Published | None: asks the network whether this very reply was already written.
    - `new_key()` -> str: a key for a reply, a share or a post, chosen before it is queued.
    - `share(credentials, share)` -> Published: passes a post on as it is. The key makes it repeatable.
    - `shared(credentials, share)` -> Published | None: asks the network whether this very share stands.
    - `unshare(credentials, share)`: takes it back. What does not stand is no trouble.
    - `post(credentials, draft)` -> Published: a post of its own, `draft` without a parent; `find` asks for it.
    - `unpost(credentials, published)`: takes such a post down. What does not stand is no trouble.
    - `count(text)` -> int: length as the network counts it.
    - `handoff(activity_url, text)` -> str: a link that opens the network's own reply box.
    - `private_link(handle)` -> str: a link that opens the network's own private message to somebody.
    """

    capability: Capability
    connect: Callable[[Mapping[str, str]], Awaitable[Connected]] | None = None
    begin: Callable[[Mapping[str, str], str], Awaitable[Begun]] | None = None
    finish: Callable[[Mapping[str, Any], Mapping[str, str]], Awaitable[Connected]] | None = None
    limits: Callable[[Mapping[str, Any]], Capability] | None = None
    read: Callable[[Mapping[str, Any], Mapping[str, Any]], Awaitable[Page]] | None = None
    nudges: Callable[[Mapping[str, Any]], AsyncGenerator[tuple[str, ...]]] | None = None
    look: Callable[[Mapping[str, Any] | None, Collection[str]], Awaitable[Page]] | None = None
    thread: Callable[[Mapping[str, Any] | None, str], Awaitable[tuple[Activity, ...]]] | None = None
    reply: Callable[[Mapping[str, Any], Draft], Awaitable[Published]] | None = None
    find: Callable[[Mapping[str, Any], Draft], Awaitable[Published | None]] | None = None
    new_key: Callable[[], str] | None = None
    share: Callable[[Mapping[str, Any], Share], Awaitable[Published]] | None = None
    shared: Callable[[Mapping[str, Any], Share], Awaitable[Published | None]] | None = None
    unshare: Callable[[Mapping[str, Any], Share], Awaitable[None]] | None = None
    post: Callable[[Mapping[str, Any], Draft], Awaitable[Published]] | None = None
    unpost: Callable[[Mapping[str, Any], Published], Awaitable[None]] | None = None
    count: Callable[[str], int] | None = None
    handoff: Callable[[str, str], str] | None = None
    private_link: Callable[[str], str] | None = None
