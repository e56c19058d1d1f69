"""The step "followups": everything here that happens by itself. Nothing is ever sent by it."""

from __future__ import annotations

from makegood.winback.following import asking, links, resolving

__all__ = ["follow_up"]


def follow_up() -> None:
    """Learns of what was resolved or came back, finds what was sent, and lets what is due take its turn."""
    resolving.learn()
    asking.note_asked()
    asking.pass_due()
    links.forget_old_links()
