"""What must not be found any more, though it may still stand in a file: deleted posts, accounts that are gone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from makegood.listen.replay import segments
from makegood.listen.replay.models import ReplayErasure
from makegood.listen.replay.rules import microseconds
from makegood.listen.replay.segments import Block

__all__ = ["Gone", "gone_after", "unclean_after"]


@dataclass(frozen=True)
class Gone:
    """`posts` are hashes, sorted. `authors` are hashes with the number up to which their posts go, `erased` the same
    with the moment (microseconds since 1970). `top` is the number up to which this was read.
    """

    top: int = 0
    posts: Sequence[int] = ()
    authors: Mapping[int, int] = field(default_factory=dict)
    erased: Mapping[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(len(self.posts) or self.authors or self.erased)

    def includes(self, did: str, uri: str, block: Block) -> bool:
        """Whether a post of this block is gone."""
        return self._author(segments.hash_of(did), block) or self._post(segments.hash_of(uri))

    def names(self, uri: str) -> bool:
        """Whether this very post was deleted, wherever it stands."""
        return self._post(segments.hash_of(uri))

    def _author(self, who: int, block: Block) -> bool:
        return block.first < self.authors.get(who, 0) or block.since_us <= self.erased.get(who, -1)

    def _post(self, what: int) -> bool:
        place = bisect_left(self.posts, what)
        return place < len(self.posts) and self.posts[place] == what


def unclean_after(folder: Path) -> int:
    """The number from which on what is gone may still stand in some segment."""
    found = []
    for path in segments.segments(folder):
        try:
            found.append(clean_up_to(path))
        except OSError:
            continue
    return min(found, default=0)


def clean_up_to(path: Path) -> int:
    """The number up to which nothing that is gone stands in this segment: what ended before it began says nothing."""
    try:
        return max(int(path.stem), segments.head_of(path).clean)
    except segments.Broken:
        return int(path.stem)


def gone_after(folder: Path, after: int) -> Gone:
    """All that went with a number of `after` or higher, and whoever was erased by a member."""
    # Here, not above: every process imports this module, few of them ever look back, and numpy takes 7 MB.
    import numpy as np

    top, posts, authors = after, [], dict[int, int]()
    for block in _newer(folder, after):
        top = max(top, block.last + 1)
        if block.kind == segments.POSTS:
            continue
        try:
            hashes = segments.read_hashes(block)
        except (segments.Broken, OSError):
            continue
        if block.kind == segments.DELETED:
            posts.append(np.array(hashes, np.uint64))
        else:
            for each in hashes:
                authors[each] = max(block.first, authors.get(each, 0))
    erased = {
        int(author, 16): microseconds(at)
        for author, at in ReplayErasure.objects.order_by("erased_at").values_list("author", "erased_at")
    }
    together: Any = np.sort(np.concatenate(posts)) if posts else ()
    return Gone(top, together, authors, erased)


def _newer(folder: Path, after: int) -> list[Block]:
    paths = segments.segments(folder)
    last = len(paths) - 1
    return [
        block
        for place, path in enumerate(paths)
        if place == last or int(paths[place + 1].stem) > after
        for block in segments.blocks(path)
        if block.last >= after
    ]
