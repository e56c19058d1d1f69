"""The Mastodon API: Mastodon, GoToSocial, snac, Pleroma and their like. An account, or a hashtag without one."""

from __future__ import annotations

from makegood.connectors.contract import Connector
from makegood.connectors.mastodon.auth import begin, connect, finish
from makegood.connectors.mastodon.capability import CAPABILITY, limits
from makegood.connectors.mastodon.look import look
from makegood.connectors.mastodon.read import read
from makegood.connectors.mastodon.share import post, share, shared, unpost, unshare
from makegood.connectors.mastodon.stream import nudges
from makegood.connectors.mastodon.threads import thread
from makegood.connectors.mastodon.write import count, find, handoff, new_key, reply

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(
    capability=CAPABILITY,
    connect=connect,
    begin=begin,
    finish=finish,
    limits=limits,
    read=read,
    nudges=nudges,
    look=look,
    thread=thread,
    reply=reply,
    find=find,
    new_key=new_key,
    share=share,
    shared=shared,
    unshare=unshare,
    post=post,
    unpost=unpost,
    count=count,
    handoff=handoff,
)
