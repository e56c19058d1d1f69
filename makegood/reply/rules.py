"""Whether and how a conversation can be answered, and how long an answer may be: known before anyone types."""

from __future__ import annotations

from dataclasses import dataclass

from makegood.connectors.contract import Capability, RouteKind, TextRule

__all__ = ["MOST_ATTEMPTS", "Route", "back_off", "route", "too_long"]

MOST_ATTEMPTS = 8


@dataclass(frozen=True)
class Route:
    """The delivery route of an answer, with its reason for the person about to type."""

    kind: RouteKind
    reason: str
    text: TextRule | None = None
    handoff_url: str = ""


def route(capability: Capability, *, has_account: bool, url: str, deleted: bool) -> Route:
    """How an answer can reach the customer.

    A network that takes answers by API needs a connected account; without one, and on networks without such an API,
    the person answers on the network's own page (`url`). Nothing can be answered that is gone or has no page.
    """
    if deleted:
        return Route(RouteKind.NOT_ALLOWED, "Their post was deleted, so there is nothing to answer.")
    title = capability.title
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


def too_long(length: int, rule: TextRule | None) -> str:
    """A sentence when an answer is longer than the network takes, else ""."""
    if rule is None or length <= rule.limit:
        return ""
    over = length - rule.limit
    return f"{over} {rule.unit} too long: the network takes {rule.limit}. Shorten it; your text is kept."


def back_off(attempt: int) -> float:
    """Seconds to wait before attempt number `attempt` + 1: 2, 4, 8 ... 300."""
    return min(300.0, 2.0 ** min(attempt, 10))
