"""RSS, Atom and JSON feeds: blogs, news, forums, review sites, Google Alerts."""

from __future__ import annotations

from makegood.connectors.contract import Arrival, Capability, Connector, RouteKind
from makegood.connectors.feeds.read import connect, read

__all__ = ["CONNECTOR"]


def _handoff(activity_url: str, text: str) -> str:
    """The page itself: a feed cannot carry an answer back, so `text` is for the person to paste there."""
    return activity_url


CONNECTOR = Connector(
    capability=Capability(
        network="feed",
        title="Feed",
        arrival=(Arrival.POLL,),
        route=RouteKind.HANDOFF,
        route_reason="Feeds cannot carry an answer back; open the page and answer there.",
        edits=True,
        poll_seconds=900,
    ),
    connect=connect,
    read=read,
    handoff=_handoff,
)
