"""What is true of an activity as a whole: who said it, where, in which language, with which links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import regex

from makegood.activity import Activity
from makegood.listen.query.text import handle_keys, host_key, normal, split

__all__ = ["HAS", "Link", "author_keys", "facts_of", "holds", "links_of", "path_keys", "site_keys"]

# The page is only looked at: another link may begin in it (https://archive.example/https://acme.com).
_URL = regex.compile(
    r"https?://(?:[^\s/?#@]*+@)?([\p{L}\p{N}\p{M}_.-]++)(?=(?::\d+)?+((?:/[^\s?#]*+)?+(?:\?[^\s#]*+)?+))",
    regex.IGNORECASE,
)
_CLOSING = ".,;:!?)]}>'\"»”’…*"
"""Signs at the end of a link in running text that belong to the sentence."""


class Link(NamedTuple):
    """A link, comparable: its host, the parts of its path, and what follows the ?. A link that cannot be read is
    all in `query`.
    """

    host: str
    path: tuple[str, ...]
    query: str


HAS: dict[str, Callable[[Activity, Sequence[Link]], bool]] = {
    "audio": lambda said, _: any(each.kind == "audio" for each in said.media),
    "image": lambda said, _: any(each.kind == "image" for each in said.media),
    "link": lambda _, links: bool(links),
    "media": lambda said, _: bool(said.media),
    "rating": lambda said, _: said.rating is not None,
    "title": lambda said, _: bool(split(said.title)),
    "video": lambda said, _: any(each.kind == "video" for each in said.media),
}
"""What `has:` can ask for."""


def author_keys(activity: Activity) -> Iterator[str]:
    """The facts about who said it: `author:` by permanent id, by handle, and by name in quotes."""
    for name in (*handle_keys(activity.author.id), *handle_keys(activity.author.handle)):
        yield f"author:{name}"
    yield f'author:"{" ".join(split(activity.author.name))}"'


def site_keys(links: Iterable[Link]) -> Iterator[str]:
    """The facts about where it links to: `site:` for every host and all that it is below."""
    for link in links:
        parts = link.host.split(".")
        yield from (f"site:{'.'.join(parts[count:])}" for count in range(len(parts)))


def links_of(activity: Activity) -> list[Link]:
    """The links an activity holds, in its text or beside it, each once."""
    found = [_link(link) for link in activity.links]
    if "://" in activity.text:
        for host, page in _URL.findall(activity.text):
            path, _, query = page.rstrip(_CLOSING).partition("?")
            found.append(Link(host_key(host), path_keys(path), query))
    return list(dict.fromkeys(found))


def facts_of(activity: Activity, links: Sequence[Link]) -> frozenset[str]:
    """All that is true of an activity and is asked for by its name."""
    facts = {f"network:{normal(activity.network)}", *author_keys(activity), *site_keys(links)}
    subtags = normal(activity.language).replace("_", "-").split("-")
    facts.update(f"lang:{'-'.join(subtags[:count])}" for count in range(1, len(subtags) + 1) if subtags[0])
    if country := _region(subtags):
        facts.add(f"country:{country}")
    facts.update(f"has:{name}" for name, has in HAS.items() if has(activity, links))
    return frozenset(facts)


def holds(key: str, activity: Activity, links: Sequence[Link], facts: frozenset[str]) -> bool:
    """Whether the fact of this key is true of the activity, whose links and other facts these are."""
    name, _, value = key.partition(":")
    if name == "min_followers":
        return activity.author.followers is not None and activity.author.followers >= int(value)
    if name == "links":
        return len(links) >= int(value)
    if name == "url":
        host, _, path = value.partition("/")
        return any(_is_below(link.host, host) and _in_a_row(path.split("/"), link.path) for link in links)
    return key in facts


def path_keys(path: str) -> tuple[str, ...]:
    """The parts of a path between its slashes, comparable."""
    return tuple(normal(part) for part in unquote(path).split("/") if part)


def _region(subtags: Sequence[str]) -> str:
    """The region of a language tag (RFC 5646, section 2.2.4): two letters after the language and its script."""
    for subtag in subtags[1:]:
        if len(subtag) == 1:
            return ""
        if len(subtag) == 2 and subtag.isascii() and subtag.isalpha():
            return subtag
    return ""


def _is_below(host: str, site: str) -> bool:
    return host == site or host.endswith(f".{site}")


def _in_a_row(wanted: Sequence[str], parts: Sequence[str]) -> bool:
    count = len(wanted)
    return any(list(parts[at : at + count]) == wanted for at in range(len(parts) - count + 1))


def _link(url: str) -> Link:
    try:
        parts = urlsplit(url)
        return Link(host_key(parts.hostname or ""), path_keys(parts.path), parts.query)
    except ValueError:
        return Link("", (), url)
