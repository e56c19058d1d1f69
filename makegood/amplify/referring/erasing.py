"""Removing a person from the wall, from the advocates and from the links."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from makegood.amplify.models import Advocate, AdvocateEvidence, ShortLink, WallItem
from makegood.desk import api as desk
from makegood.kit import clock

__all__ = ["erase_shown", "export_shown", "forget_sample_links"]


def erase_shown(workspace_id: int, conversations: Collection[int], *, who: bool) -> None:
    """Empties what stands on the wall, of advocates and of links from these conversations (ids).

    With `who` it is the person that is erased: they are no advocate any more, and their links end. What links brought
    stays: it names nobody. In the caller's transaction.
    """
    WallItem.objects.within(workspace_id).filter(praise__conversation__in=conversations).delete()
    AdvocateEvidence.objects.within(workspace_id).filter(conversation__in=conversations).delete()
    links = ShortLink.objects.within(workspace_id).filter(conversation__in=conversations)
    if who:
        _forget_people(workspace_id, conversations)
        links.filter(ended_at__isnull=True).update(ended_at=clock.now())
    links.update(name="", words="", ready_at=None, contact=None, conversation=None)
    Advocate.objects.within(workspace_id).filter(conversation__in=conversations).update(conversation=None, words="")


def _forget_people(workspace_id: int, conversations: Collection[int]) -> None:
    talks = desk.Conversation.objects.within(workspace_id).filter(pk__in=conversations)
    authors = set(talks.values_list("network", "author_id"))
    if authors:
        theirs = reduce(or_, (Q(network=network, author_id=author) for network, author in authors))
        AdvocateEvidence.objects.within(workspace_id).filter(theirs).delete()
        Advocate.objects.within(workspace_id).filter(theirs | Q(conversation__in=conversations)).delete()


def forget_sample_links(workspace: Any) -> None:
    """Removes the links that were made for the sample shop's customers. In the caller's transaction."""
    ShortLink.objects.within(workspace).filter(is_sample=True).delete()


def export_shown(workspace_id: int, conversations: Collection[int]) -> dict[str, Any]:
    """What is kept of these conversations (ids) there, as plain values ready for JSON. 3 queries."""
    items = WallItem.objects.within(workspace_id).filter(praise__conversation__in=conversations).order_by("pk")
    people = Advocate.objects.within(workspace_id).filter(conversation__in=conversations).order_by("pk")
    links = ShortLink.objects.within(workspace_id).filter(conversation__in=conversations).order_by("pk")
    return {
        "on_wall": [{"shown": each.shown, "at": each.at.isoformat()} for each in items],
        "advocate": [{"state": each.state, "why": each.reasons, "since": each.named_at.isoformat()} for each in people],
        "links": [{"code": each.code, "target": each.target, "made": each.made_at.isoformat()} for each in links],
    }
