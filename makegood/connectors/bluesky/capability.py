"""What Bluesky lets us do, as data, each limit with the page it was taken from (November 2026)."""

from __future__ import annotations

import os

from makegood.connectors.contract import (
    Arrival,
    Capability,
    Fact,
    MediaRule,
    PrivateRule,
    RouteKind,
    TextRule,
)

__all__ = [
    "CAPABILITY",
    "DEFAULT_APPVIEW",
    "DEFAULT_JETSTREAM",
    "DEFAULT_SERVICE",
    "MAX_BYTES",
    "MAX_GRAPHEMES",
    "MAX_IMAGES",
    "MAX_IMAGE_BYTES",
    "NETWORK",
    "appview",
    "jetstream",
]

NETWORK = "bluesky"

DEFAULT_SERVICE = "https://bsky.social"
"""Where most accounts sign in: https://docs.bsky.app/docs/advanced-guides/api-directory"""
DEFAULT_APPVIEW = "https://public.api.bsky.app"
"""Public reading without an account: https://docs.bsky.app/docs/advanced-guides/api-directory"""
DEFAULT_JETSTREAM = "wss://jetstream2.us-east.bsky.network"
"""One of Bluesky's public instances, whichever protocol it speaks: https://github.com/bluesky-social/jetstream-legacy"""

MAX_GRAPHEMES = 300
MAX_BYTES = 3000
MAX_IMAGES = 4
MAX_IMAGE_BYTES = 1_000_000
"""What every version of the lexicon takes; newer servers take 2 MB."""
LONGEST_ALT = 2000
"""The app's own limit: https://github.com/bluesky-social/social-app/blob/main/src/lib/constants.ts"""

_POST_LEXICON = "https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json"
_REPOST_LEXICON = "https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/repost.json"
_THREADGATE_LEXICON = "https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/threadgate.json"
_IMAGES_LEXICON = "https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/embed/images.json"
_NO_MESSAGE_LINK = "https://github.com/bluesky-social/social-app/issues/8013"
_RATE_LIMITS = "https://docs.bsky.app/docs/advanced-guides/rate-limits"


def appview() -> str:
    """The address public reading goes to; MAKEGOOD_BLUESKY_APPVIEW replaces Bluesky's own."""
    return (os.environ.get("MAKEGOOD_BLUESKY_APPVIEW") or DEFAULT_APPVIEW).rstrip("/")


def jetstream() -> str:
    """The address of the stream; MAKEGOOD_JETSTREAM replaces Bluesky's own."""
    return os.environ.get("MAKEGOOD_JETSTREAM") or DEFAULT_JETSTREAM


CAPABILITY = Capability(
    network=NETWORK,
    title="Bluesky",
    arrival=(Arrival.STREAM, Arrival.POLL),
    route=RouteKind.API,
    route_reason="Any account may answer any post, unless its author has blocked it or closed the replies.",
    text=TextRule(unit="graphemes", limit=MAX_GRAPHEMES, source=_POST_LEXICON),
    who=Fact("Anybody, unless they have blocked the account or closed the replies to their post.", _THREADGATE_LEXICON),
    media=MediaRule(
        most=MAX_IMAGES,
        types=("image/jpeg", "image/png"),
        bytes=MAX_IMAGE_BYTES,
        alt_limit=LONGEST_ALT,
        source=_IMAGES_LEXICON,
    ),
    private=PrivateRule(
        route=RouteKind.HANDOFF,
        text="Private messages are written on Bluesky itself: open their profile and choose Message, if they allow it.",
        source=_NO_MESSAGE_LINK,
    ),
    chains=True,
    quotes=True,
    reshare=Fact(
        "Any public post can be reposted as it is, unless its author has blocked the account; it can be taken back.",
        _REPOST_LEXICON,
    ),
    own_posts=Fact("A post of your own may quote a post and hold four pictures.", _POST_LEXICON),
    unposts=True,
    rate_limits=(
        Fact(
            "A post may hold 300 characters as people count them, and no more than 3,000 bytes.",
            _POST_LEXICON,
        ),
        Fact(
            "An account may spend 5,000 points an hour and 35,000 a day; a reply or a reshare costs 3 points.",
            _RATE_LIMITS,
        ),
        Fact("Signing in is allowed 30 times in 5 minutes and 300 times a day.", _RATE_LIMITS),
        Fact("One address may make 3,000 requests in 5 minutes.", _RATE_LIMITS),
    ),
    poll_seconds=20,
)
