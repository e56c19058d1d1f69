"""Whether and how a conversation can be answered, and how long an answer may be: known before anyone types."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.connectors.contract import Capability, RouteKind, TextRule

__all__ = [
    "LINK",
    "MOST_ATTEMPTS",
    "Piece",
    "Route",
    "back_off",
    "changes",
    "links_in",
    "may_approve",
    "may_propose",
    "may_send",
    "measured",
    "no_media",
    "no_quote",
    "route",
    "too_long",
    "window_end",
]

MOST_ATTEMPTS = 20
"""With the pauses between them, an hour and some minutes: a network's longer outage is for a person to judge."""
# A link ends before the punctuation of the sentence around it.
LINK = re.compile(r"(?<![\w/@])https?://[^\s<>\"]*[^\s<>\".,;:!?'”’»)\]…]", re.IGNORECASE)
Count = Callable[[str], int]


@dataclass(frozen=True)
class Route:
    """The delivery route of an answer, with its reason for the person about to type."""

    kind: RouteKind
    reason: str
    text: TextRule | None = None
    handoff_url: str = ""


def route(
    capability: Capability,
    *,
    has_account: bool,
    url: str,
    deleted: bool,
    posted_at: datetime | None = None,
    now: datetime | None = None,
) -> Route:
    """How an answer can reach the customer.

    A network that takes answers by API needs a connected account; without one, and on networks without such an API,
    the person answers on the network's own page (`url`). Nothing can be answered that is gone or has no page, or whose
    window is over: it runs from `posted_at` and is looked at from `now` (both aware; None where it doesn't matter).
    """
    if deleted:
        return Route(RouteKind.NOT_ALLOWED, "Their post was deleted, so there is nothing to answer.")
    title = capability.title
    end = window_end(capability, posted_at)
    if end is not None and now is not None and now >= end:
        return _too_late(capability, url)
    if capability.route is RouteKind.API and has_account:
        return Route(RouteKind.API, capability.route_reason, capability.text)
    if capability.route is RouteKind.NOT_ALLOWED:
        return Route(RouteKind.NOT_ALLOWED, capability.route_reason)
    if not url:
        return Route(RouteKind.NOT_ALLOWED, f"{title} gave no page on which this could be answered.")
    if capability.route is RouteKind.API:
        reason = f"Connect a {title} account under Channels to answer from here. Until then, answer on the page itself."
        return Route(RouteKind.HANDOFF, reason, capability.text, url)
    return Route(RouteKind.HANDOFF, capability.route_reason, capability.text, url)


def window_end(capability: Capability, posted_at: datetime | None) -> datetime | None:
    """Until when something that was posted at `posted_at` can be answered; None where there is no end."""
    if capability.window_hours is None or posted_at is None:
        return None
    return posted_at + timedelta(hours=capability.window_hours)


def _too_late(capability: Capability, url: str) -> Route:
    rule = capability.window.text if capability.window else ""
    reason = f"It is too late to answer from here. {rule}".strip()
    if capability.window_route is RouteKind.HANDOFF and url:
        return Route(RouteKind.HANDOFF, f"{reason} Answer on the page itself.", capability.text, url)
    return Route(RouteKind.NOT_ALLOWED, reason)


def links_in(text: str) -> list[str]:
    """The web addresses in a text, in order."""
    return [found.group() for found in LINK.finditer(text)]


def measured(text: str, rule: TextRule | None, count: Count, handle: str = "") -> int:
    """How long a text is as the network counts it: a link as much as any link, the address put before it included."""
    words = text
    if rule is not None and rule.link_length is not None:
        length = rule.link_length
        words = LINK.sub(lambda _link: "x" * length, words)
    if rule is not None and rule.address and handle and f"@{handle}".casefold() not in text.casefold():
        words = f"@{handle} {words}"
    return count(words)


def too_long(length: int, rule: TextRule | None) -> str:
    """A sentence when an answer is longer than the network takes, else ""."""
    if rule is None or length <= rule.limit:
        return ""
    over = length - rule.limit
    return f"{over} {rule.unit} too long: the network takes {rule.limit}. Shorten it; your text is kept."


def no_quote(capability: Capability, visibility: str) -> str:
    """Why a post that is seen by `visibility` can't be quoted in an answer, as a sentence; "" when it can."""
    if not capability.quotes:
        return _("%(network)s has no quotes in answers.") % {"network": capability.title}
    if visibility not in ("public", "unlisted"):
        return _("This was not said in public, so it is not quoted.")
    return ""


def no_media(capability: Capability, count: int) -> str:
    """Why no further picture can go with an answer that has `count`, as a sentence; "" when one can."""
    rule = capability.media
    if rule is None:
        return _("Makegood can’t send pictures to %(network)s.") % {"network": capability.title}
    if count >= rule.most:
        facts = {"network": capability.title, "most": rule.most}
        return _("%(network)s takes %(most)s pictures with a post. Remove one first.") % facts
    return ""


def may_send(member: Membership) -> bool:
    """Whether what this member writes goes out without anybody's approval."""
    return allows(member.role, Right.ANSWER) and not member.learning


def may_propose(member: Membership) -> bool:
    """Whether this member may write answers at all, if only for approval."""
    return allows(member.role, Right.PROPOSE)


def may_approve(member: Membership) -> bool:
    """Whether this member decides about what others propose. Who is still learning does not."""
    return allows(member.role, Right.APPROVE) and not member.learning


def back_off(attempt: int) -> float:
    """Seconds to wait before attempt number `attempt` + 1: 2, 4, 8 ... 300."""
    return min(300.0, 2.0 ** min(attempt, 10))


@dataclass(frozen=True)
class Piece:
    """A run of words in a comparison. `kind` is same, gone or new."""

    kind: str
    text: str


def changes(before: str, after: str) -> list[Piece]:
    """What somebody changed in a text, word by word; together the pieces that are not gone are `after`."""
    old, new = re.findall(r"\S+|\s+", before), re.findall(r"\S+|\s+", after)
    pieces: list[Piece] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(old[old_from:old_to])))
            continue
        if old_to > old_from:
            pieces.append(Piece("gone", "".join(old[old_from:old_to])))
        if new_to > new_from:
            pieces.append(Piece("new", "".join(new[new_from:new_to])))
    return pieces
