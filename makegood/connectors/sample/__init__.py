"""The sample shop: an invented shop and an invented week, so that a newcomer sees a living desk without
any network.

It speaks to nobody: an answer is accepted and goes nowhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from makegood.activity import Activity
from makegood.connectors.contract import (
    Arrival,
    Capability,
    Connector,
    Draft,
    Fact,
    MediaRule,
    PrivateRule,
    Published,
    RouteKind,
    Share,
    TextRule,
    Trouble,
    Verdict,
)
from makegood.connectors.sample.content import BRAND, NETWORK, OWN_AUTHOR_ID, SHOP_NAME, activities
from makegood.kit import clock
from makegood.kit.text import graphemes

__all__ = ["BRAND", "CONNECTOR", "OWN_AUTHOR_ID", "SHOP_NAME", "activities"]

_LIMIT = 300
_CHOSEN = "Chosen for the sample; it stands for no network."


async def _thread(credentials: Mapping[str, Any] | None, activity_id: str) -> tuple[Activity, ...]:
    """The thread around one utterance, oldest first; times are relative to now, as in a freshly loaded
    sample.
    """
    everything = activities(clock.now())
    root = next((activity.thread_id for activity in everything if activity.id == activity_id), None)
    return tuple(activity for activity in everything if activity.thread_id == root)


async def _reply(credentials: Mapping[str, Any], draft: Draft) -> Published:
    if graphemes(draft.text) > _LIMIT:
        raise Trouble(Verdict.REFUSE, f"The answer is longer than {_LIMIT} characters: shorten it and send it again.")
    return _published(draft.key)


async def _find(credentials: Mapping[str, Any], draft: Draft) -> Published | None:
    return _published(draft.key)


async def _share(credentials: Mapping[str, Any], wanted: Share) -> Published:
    return Published(id=f"sample:share:{wanted.key}", url="")


async def _shared(credentials: Mapping[str, Any], wanted: Share) -> Published | None:
    return await _share(credentials, wanted)


async def _unshare(credentials: Mapping[str, Any], wanted: Share) -> None:
    """Nothing stands anywhere."""


async def _unpost(credentials: Mapping[str, Any], made: Published) -> None:
    """Nothing stands anywhere."""


def _published(key: str) -> Published:
    return Published(id=f"sample:reply:{key}", url="")


def _new_key() -> str:
    return secrets.token_hex(8)


CONNECTOR = Connector(
    capability=Capability(
        network=NETWORK,
        title="Sample shop",
        arrival=(Arrival.FILE,),
        route=RouteKind.API,
        route_reason="This is the sample shop: your answer is kept here and sent to nobody.",
        text=TextRule(unit="graphemes", limit=_LIMIT, source=_CHOSEN),
        media=MediaRule(most=4, types=("image/jpeg", "image/png"), bytes=1_000_000, alt_limit=1500, source=_CHOSEN),
        private=PrivateRule(
            route=RouteKind.API, text="In the sample shop a private message goes nowhere either.", source=_CHOSEN
        ),
        chains=True,
        quotes=True,
        reshare=Fact("In the sample shop a reshare goes nowhere.", _CHOSEN),
        own_posts=Fact("In the sample shop a post goes nowhere.", _CHOSEN),
        unposts=True,
    ),
    thread=_thread,
    reply=_reply,
    find=_find,
    new_key=_new_key,
    share=_share,
    shared=_shared,
    unshare=_unshare,
    post=_reply,
    unpost=_unpost,
    count=graphemes,
)
