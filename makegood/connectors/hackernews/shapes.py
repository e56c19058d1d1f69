"""From what the search and the items say to activities. No network here."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import msgspec

from makegood.activity import Activity, Author, Counts, Kind
from makegood.connectors.hackernews.capability import NETWORK, PLACE
from makegood.kit.text import clean, excerpt, html_to_text, squash

__all__ = ["from_hit", "from_item", "from_tree", "id_of", "number_of", "path_of"]

MAX_TEXT = 50_000
MAX_LINKS = 50
UNUSED = frozenset({"pollopt"})
"""A choice of a poll says nothing by itself."""

_ITEM = re.compile(r"https://news\.ycombinator\.com/item\?id=(\d{1,15})")
_ANCHOR = re.compile(
    r"""<a\s[^<>]{0,40}?href="([^"<>]{1,4000})"[^<>]{0,200}>([^<>]{0,4000}?)\.\.\.</a>""", re.IGNORECASE
)
_HREF = re.compile(r"""<a\s[^<>]{0,40}?href="([^"<>]{1,4000})\"""", re.IGNORECASE)


class Hit(msgspec.Struct, rename={"id": "objectID", "tags": "_tags"}):
    """What the search shows of one item: https://hn.algolia.com/api"""

    id: str
    created_at_i: int
    author: str | None = None
    title: str | None = None
    url: str | None = None
    story_text: str | None = None
    comment_text: str | None = None
    story_id: int | None = None
    parent_id: int | None = None
    tags: tuple[str, ...] = ()
    points: int | None = None
    num_comments: int | None = None


class Tree(msgspec.Struct):
    """One item with all that hangs below it, as `items/ID` of the search shows it."""

    id: int
    created_at_i: int
    type: str = ""
    author: str | None = None
    title: str | None = None
    url: str | None = None
    text: str | None = None
    parent_id: int | None = None
    story_id: int | None = None
    children: tuple[Tree, ...] = ()


class Item(msgspec.Struct):
    """One item as Hacker News itself shows it: https://github.com/HackerNews/API#items"""

    id: int
    type: str = ""
    by: str = ""
    time: int = 0
    text: str = ""
    title: str = ""
    url: str = ""
    parent: int | None = None
    deleted: bool = False
    dead: bool = False
    score: int | None = None
    descendants: int | None = None
    kids: tuple[int, ...] = ()


def id_of(number: int | str) -> str:
    """The permanent id of an item: its address, which no other network's ids can be mistaken for."""
    return f"{PLACE}/item?id={number}"


def number_of(activity_id: str) -> int | None:
    """The item's number in such an id; None where it is not one."""
    found = _ITEM.fullmatch(activity_id)
    return int(found[1]) if found else None


def from_hit(raw: Any) -> Activity | None:
    """An activity for one of the search's hits; None for what says nothing. Raises ValueError on what is no hit."""
    hit = msgspec.convert(raw, Hit, strict=False)
    number = int(hit.id)
    if UNUSED & set(hit.tags) or not hit.author:
        return None
    is_comment = "comment" in hit.tags or (not hit.tags and hit.comment_text is not None)
    return _activity(
        number,
        author=hit.author,
        posted=hit.created_at_i,
        html=(hit.comment_text if is_comment else hit.story_text) or "",
        title="" if is_comment else hit.title or "",
        url=hit.url or "",
        root=hit.story_id if is_comment else number,
        parent=hit.parent_id if is_comment else None,
        counts=_counts(hit.num_comments, hit.points),
    )


def from_item(item: Item, root: int | None) -> Activity | None:
    """An activity for an item as it stands now; `root` is its story's number. None for what says nothing."""
    if not item.by or item.type in UNUSED:
        return None
    is_comment = item.type == "comment"
    return _activity(
        item.id,
        author=item.by,
        posted=item.time,
        html=item.text,
        title=item.title,
        url=item.url,
        root=root if is_comment else item.id,
        parent=item.parent if is_comment else None,
        counts=_counts(len(item.kids) if item.descendants is None else item.descendants, item.score),
    )


def from_tree(tree: Tree, root: int) -> Activity | None:
    """An activity for one item of a thread; None for what was deleted or says nothing."""
    if not tree.author or tree.type in UNUSED:
        return None
    return _activity(
        tree.id,
        author=tree.author,
        posted=tree.created_at_i,
        html=tree.text or "",
        title=tree.title or "",
        url=tree.url or "",
        root=root,
        parent=tree.parent_id,
    )


def path_of(tree: Tree, number: int) -> list[Tree]:
    """The items from the top down to `number` and then all below it; only the top where it is not there."""
    way: dict[int, Tree | None] = {tree.id: None}
    standing = {tree.id: tree}
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        for child in one.children:
            way[child.id], standing[child.id] = one, child
            waiting.append(child)
    if number not in standing:
        return [tree]
    path: list[Tree] = []
    above: Tree | None = way[number]
    while above is not None:
        path.append(above)
        above = way[above.id]
    path.reverse()
    waiting = [standing[number]]
    while waiting:
        one = waiting.pop()
        path.append(one)
        waiting += one.children
    return path


def _counts(replies: int | None, points: int | None) -> Counts | None:
    return Counts(replies=replies, likes=points) if (replies, points) != (None, None) else None


def _activity(
    number: int,
    *,
    author: str,
    posted: int,
    html: str,
    title: str,
    url: str,
    root: int | None,
    parent: int | None,
    counts: Counts | None = None,
) -> Activity | None:
    text = html_to_text(_whole_links(html))
    headline = squash(clean(unescape(title)))
    link = _web(url)
    if not (text or headline):
        return None
    name = clean(author)
    return Activity(
        network=NETWORK,
        id=id_of(number),
        author=Author(id=f"{PLACE}/user?id={name}", handle=name, name=name, url=f"{PLACE}/user?id={name}"),
        # An item that is only a link still needs words to be shown.
        text=_cap(text or headline),
        posted_at=_moment(posted),
        kind=Kind.POST if parent is None else Kind.COMMENT,
        title=excerpt(headline, 500),
        url=id_of(number),
        root_id=id_of(root) if root else id_of(number),
        parent_id=id_of(parent) if parent is not None else "",
        links=tuple(dict.fromkeys(web for each in [link, *map(unescape, _HREF.findall(html))] if (web := _web(each))))[
            :MAX_LINKS
        ],
        counts=counts,
    )


def _whole_links(html: str) -> str:
    """The page shortens what a long link shows; people search for the whole of it."""
    return _ANCHOR.sub(lambda found: found[1] if _shortens(found[1], found[2]) else found[0], html)


def _shortens(address: str, shown: str) -> bool:
    return bool(shown) and unescape(address).startswith(unescape(shown))


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"no moment: {seconds}") from error


def _web(link: str) -> str:
    try:
        parts = urlsplit(clean(link).strip())
        sound = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return parts.geturl() if sound and len(link) <= 2000 else ""


def _cap(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT].rstrip() + "…"
