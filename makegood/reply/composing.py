"""What a member sees before anything is sent: the route, the rules, how long it is, in how many parts it would go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from makegood.connectors.contract import Capability
from makegood.connectors.registry import connector
from makegood.desk import api as desk
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.reply import rules, splitting
from makegood.reply.models import Reply

__all__ = [
    "PUBLIC",
    "Heard",
    "Part",
    "Preview",
    "Rule",
    "accounts_for",
    "answered",
    "capability_for",
    "capability_of",
    "length",
    "link_of",
    "preview",
    "private_link",
    "quotable",
    "route_of",
    "rules_of",
    "split_for",
]

PUBLIC = ("public", "unlisted")


def accounts_for(conversation: desk.Conversation) -> list[listen.Channel]:
    """The channels an answer can go out by, the one that heard it first."""
    kind = listen.Channel.Kind.SAMPLE if conversation.is_sample else listen.Channel.Kind.ACCOUNT
    rows = listen.Channel.objects.within(conversation.workspace_id).filter(network=conversation.network, kind=kind)
    usable = rows.exclude(state=listen.Channel.State.DISCONNECTED).order_by("id")
    return sorted(usable, key=lambda row: row.pk != conversation.latest.channel_id)


def capability_of(network: str, channel: listen.Channel | None) -> Capability:
    """What the network lets us do; what the account's own server says, where there is an account."""
    found = connector(network)
    if channel is not None and found.limits is not None:
        return found.limits(channel.facts)
    return found.capability


def capability_for(conversation: desk.Conversation, accounts: list[listen.Channel]) -> Capability:
    """What the network, or the server of the account that would answer, lets us do."""
    return capability_of(conversation.network, accounts[0] if accounts else None)


def route_of(
    conversation: desk.Conversation, accounts: list[listen.Channel] | None = None, at: datetime | None = None
) -> rules.Route:
    """The delivery route of an answer to this conversation that goes out at `at` (aware; None is now)."""
    able = accounts_for(conversation) if accounts is None else accounts
    latest = conversation.latest
    return rules.route(
        capability_for(conversation, able),
        has_account=bool(able),
        url=link_of(conversation),
        deleted=latest.deleted_at is not None,
        posted_at=latest.posted_at,
        now=at or clock.now(),
    )


def link_of(conversation: desk.Conversation) -> str:
    """The page on which the network lets a person answer, "" where there is none."""
    latest = conversation.latest
    network = connector(conversation.network)
    return network.handoff(latest.url, "") if network.handoff and latest.url else latest.url


def private_link(conversation: desk.Conversation) -> str:
    """The page on which the network lets a person write to them privately, "" where there is none."""
    make = connector(conversation.network).private_link
    return make(conversation.author_handle or conversation.author_id) if make else ""


@dataclass(frozen=True)
class Heard:
    """What an answer goes to: the network's id of it, and who saw it."""

    network_id: str
    visibility: str


def answered(conversation: desk.Conversation, purpose: str) -> Heard:
    """What an answer with this purpose goes to.

    Everything goes to their newest words, and is seen by whoever saw those. A public line (a closing line, or the line
    after a private message) goes to their newest public words, so that onlookers see it.
    """
    activity = conversation.latest.activity or {}
    newest = Heard(conversation.latest.network_id, activity.get("visibility", "public"))
    if purpose == Reply.Purpose.PRIVATE:
        return Heard(newest.network_id, "direct")
    if purpose == Reply.Purpose.ANSWER or newest.visibility in PUBLIC:
        return newest
    messages = desk.Message.objects.within(conversation.workspace_id).filter(
        conversation=conversation,
        direction=desk.Message.Direction.IN,
        visibility__in=PUBLIC,
        deleted_at__isnull=True,
    )
    found = messages.order_by("-posted_at").first()
    return Heard(found.network_id, found.visibility) if found else newest


def quotable(conversation: desk.Conversation, network_id: str) -> desk.Message | None:
    """The message of this conversation's thread that may be quoted, or None."""
    rows = desk.Message.objects.within(conversation.workspace_id).filter(
        conversation=conversation, network_id=network_id, visibility__in=PUBLIC, deleted_at__isnull=True
    )
    return rows.first() if network_id else None


def length(network: str, text: str, capability: Capability | None = None, handle: str = "") -> int:
    """How long a text is as the network counts."""
    found = connector(network)
    rule = (capability or found.capability).text
    return rules.measured(text, rule, found.count or len, handle)


def split_for(conversation: desk.Conversation, text: str, capability: Capability, *, counters: bool) -> list[str]:
    """The parts in which a text goes out. Raises `splitting.CannotSplit`; too long a text stays one where the network
    knows no chains.
    """
    if capability.text is None or not capability.chains:
        return [text.strip()]

    def measure(part: str) -> int:
        return length(conversation.network, part, capability, conversation.author_handle)

    return splitting.split(text, capability.text.limit, measure, counters=counters)


@dataclass(frozen=True)
class Part:
    """One post of an answer as it would go out, with its length as the network counts."""

    text: str
    length: int


@dataclass(frozen=True)
class Preview:
    """How an answer would go out. `problem` says why it can't, "" when it can."""

    parts: list[Part] = field(default_factory=list)
    limit: int | None = None
    unit: str = "characters"
    problem: str = ""
    links: list[str] = field(default_factory=list)
    link_length: int | None = None
    address: str = ""
    """What the network puts before the text, and counts."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to send."""
        return not self.parts

    @property
    def length(self) -> int:
        """The length of the last part, the one that is being written."""
        return self.parts[-1].length if self.parts else 0

    @property
    def left(self) -> int | None:
        """What is left in it; below zero when it is too long."""
        return None if self.limit is None else self.limit - self.length


def preview(conversation: desk.Conversation, text: str, capability: Capability, *, counters: bool = True) -> Preview:
    """How this text would go out."""
    rule = capability.text
    if not text.strip():
        return Preview(limit=rule.limit if rule else None, unit=rule.unit if rule else "characters")
    problem = ""
    try:
        texts = split_for(conversation, text, capability, counters=counters)
    except splitting.CannotSplit as error:
        texts, problem = [text.strip()], str(error)
    handle = conversation.author_handle
    parts = [Part(each, length(conversation.network, each, capability, handle)) for each in texts]
    if not problem and rule is not None:
        problem = next((said for each in parts if (said := rules.too_long(each.length, rule))), "")
    return Preview(
        parts=parts,
        limit=rule.limit if rule else None,
        unit=rule.unit if rule else "characters",
        problem=problem,
        links=rules.links_in(text),
        link_length=rule.link_length if rule else None,
        address=f"@{handle}" if rule and rule.address and handle else "",
    )


@dataclass(frozen=True)
class Rule:
    """A rule of the network for the person about to answer: what it is about, a sentence, and where it was found."""

    about: str
    text: str
    source: str


def rules_of(capability: Capability) -> list[Rule]:
    """What the network allows, each with its source, as the composer shows it."""
    found: list[Rule] = []
    if capability.who:
        found.append(Rule("who", capability.who.text, capability.who.source))
    if capability.window:
        found.append(Rule("window", capability.window.text, capability.window.source))
    if capability.price:
        found.append(Rule("price", capability.price.text, capability.price.source))
    if capability.text:
        found.append(Rule("length", _length_rule(capability), capability.text.source))
    if capability.media:
        rule = capability.media
        text = f"Up to {rule.most} pictures, each at most {rule.bytes / 1e6:g} MB; Makegood makes them smaller."
        found.append(Rule("media", text, rule.source))
    if capability.private:
        found.append(Rule("private", capability.private.text, capability.private.source))
    found += [Rule("rate", fact.text, fact.source) for fact in capability.rate_limits]
    return found


def _length_rule(capability: Capability) -> str:
    rule = capability.text
    assert rule is not None
    text = f"{rule.limit} {rule.unit} in one post."
    if rule.link_length is not None:
        text += f" Any link counts {rule.link_length}."
    if rule.address:
        text += " Their handle is put before the text, and counts."
    if capability.chains:
        text += " What is longer goes out as several posts."
    return text
