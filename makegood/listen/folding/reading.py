"""What was folded under a mention, for the pages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Sum

from makegood.listen.models import MentionCopy

__all__ = ["Copies", "copies_of", "copy_under", "page_of_copies"]

PAGE = 40


@dataclass(frozen=True)
class Copies:
    """How many copies of a mention there are. `reach` is how many follow those who passed it on, each author counted
    once and the first one not at all; None where no network says. `known` is of how many authors it says.
    """

    count: int
    reach: int | None = None
    known: int = 0


def copies_of(workspace: Any, mentions: Collection[int]) -> dict[int, Copies]:
    """The copies of these mentions (ids), by mention; who has none is left out. 2 queries."""
    mine = MentionCopy.objects.within(workspace).filter(first__in=mentions).order_by()
    counts = dict(mine.values_list("first").annotate(n=Count("pk")))
    if not counts:
        return {}
    same = MentionCopy.objects.within(workspace).filter(
        first=OuterRef("first"), author_id=OuterRef("author_id"), pk__lt=OuterRef("pk")
    )
    once = mine.filter(~Exists(same)).exclude(author_id=F("first__author_id"))
    told = once.values_list("first").annotate(reach=Sum("followers"), known=Count("followers"))
    reaches = {first: (reach, known) for first, reach, known in told}
    return {first: Copies(count, *reaches.get(first, (None, 0))) for first, count in counts.items()}


def page_of_copies(workspace: Any, mention_id: int, after: int = 0, size: int = PAGE) -> tuple[list[MentionCopy], int]:
    """A page of the copies of a mention with theirs, the newest first, after the copy of that id (0: from the start).

    Returns the copies and the `after` of the next page, 0 on the last. 1 query.
    """
    rows = MentionCopy.objects.within(workspace).filter(first=mention_id).select_related("mention")
    if after:
        rows = rows.filter(pk__lt=after)
    found = list(rows.order_by("-pk")[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else 0


def copy_under(workspace: Any, mention_id: int, key: int) -> MentionCopy | None:
    """The copy of that id under a mention, None where there is none."""
    return MentionCopy.objects.within(workspace).filter(first=mention_id, pk=key).first()
