"""Hacker News: every story and comment, read through its search; answers are written on its own page."""

from __future__ import annotations

from makegood.connectors.contract import Connector
from makegood.connectors.hackernews.capability import CAPABILITY
from makegood.connectors.hackernews.look import look, thread
from makegood.connectors.hackernews.read import connect, read

__all__ = ["CONNECTOR"]


def _handoff(activity_url: str, text: str) -> str:
    """The post's own page: it has the box for an answer below it, for stories and comments alike, and shows what is
    answered. `text` is for the person to paste there.
    """
    return activity_url


CONNECTOR = Connector(capability=CAPABILITY, connect=connect, read=read, look=look, thread=thread, handoff=_handoff)
