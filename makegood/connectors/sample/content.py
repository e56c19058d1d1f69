"""The sample shop's week: what people said about it, relative to a given moment. All of it is invented."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources

import msgspec

from makegood.activity import Activity, Author, Kind

__all__ = ["BRAND", "NETWORK", "OWN_AUTHOR_ID", "SHOP_NAME", "activities", "names"]

NETWORK = "sample"
SHOP_NAME = "Thimblemoor Tea & Clay"
BRAND = "Thimblemoor"
OWN_AUTHOR_ID = "sample:author:shop"
"""The author id of the shop's own posts."""

_AGO = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_HANDLE = re.compile(r"@([\w-]+(?:\.[\w-]+)+)")
_LINK = re.compile(r"https?://\S+")


class _Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    handle: str
    name: str
    followers: int


class _Mention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    who: str
    ago: str
    text: str
    lang: str
    title: str = ""
    kind: Kind = Kind.POST
    rating: int | None = None
    re: str = ""


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shop: _Person
    authors: tuple[_Person, ...]
    mentions: tuple[_Mention, ...]


@lru_cache(maxsize=1)
def _content() -> _Content:
    data = (resources.files(__package__) / "content.json").read_bytes()
    return msgspec.json.decode(data, type=_Content)


def names() -> dict[str, str]:
    """What those who write are called, by the last part of their author id."""
    return {person.id: person.name for person in _content().authors}


def activities(now: datetime) -> tuple[Activity, ...]:
    """Everything said in the eighteen hours before `now` (aware), oldest first. The same `now` gives the same
    answer.
    """
    content = _content()
    people = {person.id: person for person in (content.shop, *content.authors)}
    by_id = {mention.id: mention for mention in content.mentions}
    said = [_activity(mention, by_id, people, now) for mention in content.mentions]
    return tuple(sorted(said, key=lambda activity: (activity.posted_at, activity.id)))


def _activity(mention: _Mention, by_id: dict[str, _Mention], people: dict[str, _Person], now: datetime) -> Activity:
    root = mention
    while root.re:
        root = by_id[root.re]
    person = people[mention.who]
    return Activity(
        network=NETWORK,
        id=_id(mention.id),
        author=Author(
            id=f"sample:author:{person.id}",
            handle=person.handle,
            name=person.name,
            url=f"https://example.org/sample/people/{person.id}",
            followers=person.followers,
        ),
        text=mention.text,
        title=mention.title,
        posted_at=now - _before(mention.ago),
        kind=Kind.REPLY if mention.re and mention.kind is Kind.POST else mention.kind,
        url=f"https://example.org/sample/{mention.id}",
        root_id=_id(root.id),
        parent_id=_id(mention.re) if mention.re else "",
        language=mention.lang,
        mentions=tuple(_HANDLE.findall(mention.text)),
        links=tuple(_LINK.findall(mention.text)),
        rating=mention.rating,
    )


def _id(key: str) -> str:
    return f"sample:{key}"


def _before(ago: str) -> timedelta:
    # Written as six days, told in eighteen hours: a desk on which everything is days late would discourage anyone.
    written = sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in _AGO.findall(ago)), timedelta())
    return written / 8
