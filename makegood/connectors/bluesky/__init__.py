"""Bluesky (AT Protocol): its public stream, the account's notifications, threads, and replies."""

from __future__ import annotations

from makegood.connectors.bluesky.auth import FORM_HELP, connect
from makegood.connectors.bluesky.capability import CAPABILITY, DEFAULT_JETSTREAM, jetstream
from makegood.connectors.bluesky.look import look
from makegood.connectors.bluesky.read import profiles, read, thread
from makegood.connectors.bluesky.share import share, shared, unshare
from makegood.connectors.bluesky.stream import Batch, stream
from makegood.connectors.bluesky.write import (
    count,
    delete,
    find,
    handoff,
    new_key,
    post,
    private_link,
    reply,
    unpost,
)
from makegood.connectors.contract import Connector

__all__ = [
    "CONNECTOR",
    "DEFAULT_JETSTREAM",
    "FORM_HELP",
    "Batch",
    "delete",
    "jetstream",
    "profiles",
    "stream",
]

CONNECTOR = Connector(
    capability=CAPABILITY,
    connect=connect,
    read=read,
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
    private_link=private_link,
)
