"""What the Mastodon API lets us do, as data, each limit with the page it was taken from (November 2026)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from makegood.connectors.contract import (
    Arrival,
    Capability,
    Fact,
    MediaRule,
    PrivateRule,
    RouteKind,
    TextRule,
)

__all__ = ["CAPABILITY", "LINK_LENGTH", "NETWORK", "limits"]

NETWORK = "mastodon"
LINK_LENGTH = 23
"""What a link counts where the server does not say otherwise: https://docs.joinmastodon.org/user/posting/#links"""

_POSTING = "https://docs.joinmastodon.org/user/posting/"
_LIMITS = "https://docs.joinmastodon.org/api/rate-limits/"
_STATUSES = "https://docs.joinmastodon.org/methods/statuses/"
_INSTANCE = "https://docs.joinmastodon.org/entities/Instance/"

CAPABILITY = Capability(
    network=NETWORK,
    title="Mastodon",
    arrival=(Arrival.STREAM, Arrival.POLL),
    route=RouteKind.API,
    route_reason="Any account may answer any post that it can see, unless its author or its server has blocked it.",
    text=TextRule(unit="graphemes", limit=500, source=f"{_POSTING}#text", link_length=LINK_LENGTH, address=True),
    media=MediaRule(
        most=4,
        types=("image/jpeg", "image/png", "image/gif", "image/webp"),
        bytes=16 * 2**20,
        alt_limit=1500,
        source=f"{_POSTING}#attachments",
    ),
    private=PrivateRule(
        route=RouteKind.API,
        text=(
            "It goes on as a post that only the people named in it can read. "
            "Those who run their server or yours could read it too: ask for nothing secret there."
        ),
        source=f"{_POSTING}#private",
    ),
    chains=True,
    edits=True,
    reshare=Fact(
        "Any post that everybody may see can be boosted as it is, once by each account; it can be taken back.",
        f"{_STATUSES}#boost",
    ),
    own_posts=Fact("A post of your own may hold pictures, each with words for those who can’t see it.", _STATUSES),
    unposts=True,
    rate_limits=(
        Fact("A post may hold 500 characters; a server may allow more. A link counts as 23.", f"{_POSTING}#text"),
        Fact("Of somebody’s address only the name counts, not the server.", f"{_POSTING}#mentions"),
        Fact("An account may make 300 requests in 5 minutes.", _LIMITS),
        Fact("An account may upload 30 pictures or films in 30 minutes.", _LIMITS),
    ),
    poll_seconds=30,
)
"""Of a server that has not been asked yet. `limits` has what one server says."""


def limits(facts: Mapping[str, Any]) -> Capability:
    """What the server with these facts lets us do (see `facts.facts_of`); the usual where it told nothing."""
    text, media = CAPABILITY.text, CAPABILITY.media
    assert text is not None
    assert media is not None
    if not facts:
        return CAPABILITY
    most = int(facts["max_characters"])
    link = int(facts["url_length"])
    said = Fact(f"This server allows {most:,} characters in a post, and counts a link as {link}.", _INSTANCE)
    return replace(
        CAPABILITY,
        text=replace(text, limit=most, link_length=link, source=_INSTANCE),
        media=replace(
            media,
            most=int(facts["media_most"]),
            types=tuple(facts["media_types"]) or media.types,
            bytes=int(facts["media_bytes"]) or media.bytes,
            alt_limit=int(facts["alt_limit"]),
            source=_INSTANCE,
        ),
        quotes=bool(facts["quotes"]),
        # snac 2.75 answers 404 to a deletion by its API.
        unposts=facts.get("software") != "snac",
        arrival=(Arrival.STREAM, Arrival.POLL) if facts["streaming"] else (Arrival.POLL,),
        rate_limits=(said, *CAPABILITY.rate_limits[1:]),
    )
