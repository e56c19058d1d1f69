"""The second reading of docs/queries.md, second half: what is true of a post as a whole."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from makegood.activity import Activity
from makegood.listen.query.tests.reference_words import cut, fold, kind

__all__ = ["declared", "is_fact"]


def called(handle: str) -> list[str]:
    name = fold(handle).strip().lstrip("@")
    if name.startswith("http"):
        name = name.rstrip("/").split("/")[-1].lstrip("@") + "@" + str(urlsplit(name).hostname)
    if ":" in name:
        return [name]
    return [name, name.split("@")[0], name.split("@")[0].split(".")[0]]


def declared(name: str, activity: Activity) -> bool:
    return any(fold(name) in called(mention) for mention in activity.mentions)


def is_fact(text: str, activity: Activity) -> bool:
    name, value = text.lower().split(":", 1)
    if name == "author" and value.startswith('"'):
        return [k[0] for k in cut(value)] == [k[0] for k in cut(activity.author.name)]
    if name == "author":
        return fold(value) in called(activity.author.handle) + called(activity.author.id)
    if name == "lang":
        return (activity.language.lower() + "-").startswith(value + "-")
    if name == "network":
        return activity.network == value
    if name == "has":
        kinds = [media.kind for media in activity.media]
        said = {"media": kinds, "link": links(activity), "rating": activity.rating, "title": cut(activity.title)}
        return bool(said[value]) if value in said else value in kinds
    if name == "country":
        return bool(re.match(rf"^[a-z]+(-[a-z]{{4}})?-{value}(-|$)", activity.language.lower()))
    if name == "min_followers":
        wanted = value.replace(",", "").replace("k", "000")
        return (activity.author.followers or 0) >= int(wanted)
    if name == "links":
        return len({page_of(link) for link in links(activity)}) >= int(value)
    if name == "url":
        site, _, wanted = value.strip('"').partition("/")
        return any(
            (host_of(link) == site or host_of(link).endswith("." + site)) and f"/{wanted}/" in path_of(link)
            for link in links(activity)
        )
    assert name == "site"
    hosts = [host_of(link) for link in links(activity)]
    return any(host == value or host.endswith("." + value) for host in hosts)


def page_of(link: str) -> str:
    """What tells two links apart: all but the scheme, www., the closing slash and what follows #."""
    rest, _, query = link.partition("://")[2].partition("#")[0].partition("?")
    return f"{rest.removeprefix('www.').lower().rstrip('/')}?{query}"


def path_of(link: str) -> str:
    """The path with a slash at both ends."""
    path = link.partition("://")[2].partition("#")[0].partition("?")[0].partition("/")[2]
    return "/" + fold(unquote(path)).strip("/") + "/"


def links(activity: Activity) -> list[str]:
    text = activity.text.replace("HTTPS://", "http://").replace("https://", "http://")
    starts = [place for place in range(len(text)) if text.startswith("http://", place)]
    written = [text[place:].split()[0].partition("#")[0].rstrip(".,;:!?)]}>'\"»”’…*") for place in starts]
    return [*activity.links, *(link for link in written if host_of(link))]


def host_of(link: str) -> str:
    rest = link.split("://")[1].lower().split("/")[0].split("@", 1)[-1]
    host = ""
    for character in rest:
        if kind(character) not in ("single", "letter", "mark") and character not in "_-.":
            break
        host += character
    return host.strip(".").removeprefix("www.")
