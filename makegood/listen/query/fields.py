"""What a query can say about a post as a whole: a field and its value."""

from __future__ import annotations

import difflib
from collections.abc import Callable

import regex

from makegood.listen.query.errors import QueryError
from makegood.listen.query.facts import HAS, path_keys
from makegood.listen.query.text import handle_keys, host_key, normal, split
from makegood.listen.query.tree import Fact

__all__ = ["EXAMPLES", "FIELDS", "POSITIONAL", "no_star", "read_fact", "unknown"]

EXAMPLES = {
    "author": "author:ann.example.com",
    "country": "country:gb",
    "has": "has:link",
    "lang": "lang:en",
    "links": "links:3",
    "min_followers": "min_followers:1000",
    "network": "network:bluesky",
    "raw": "raw:Apple",
    "site": "site:example.com",
    "tag": "tag:acme",
    "title": "title:review",
    "url": "url:example.com/returns",
}
FIELDS = tuple(EXAMPLES)
POSITIONAL = ("raw", "tag", "title")
"""Fields that ask for words at a place in the text; the others are about the whole post."""

# What other tools call ours.
ALIASES = {
    "by": "author",
    "domain": "site",
    "followers": "min_followers",
    "from": "author",
    "hashtag": "tag",
    "location": "country",
    "source": "network",
}
HAS_ALIASES = {"film": "video", "photo": "image", "pic": "image", "picture": "image", "review": "rating", "url": "link"}

_LETTER = regex.compile(r"[\p{L}\p{N}]")
_NAME = regex.compile(r"[\p{L}\p{N}\p{M}_-]+")
_HOST = regex.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_](?:[\w-]{0,61}[^\W_])?")
_SCHEME = regex.compile(r"^https?://", regex.IGNORECASE)
_COUNTRY = regex.compile(r"[a-z]{2}")
_NUMBER = regex.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,12})(k|m)?", regex.ASCII)
THOUSANDS = {"": 1, "k": 1_000, "m": 1_000_000}


def read_fact(name: str, text: str, value: str, start: int) -> Fact:
    """Reads a field about the whole post: its name in small letters, all that was written, and its value."""
    no_star(text, start)
    if value.startswith("{") or '"~' in value:
        sentence = f"{name}: takes its value as it is, without braces and without ~."
        raise QueryError(sentence, start, len(text), f"{text.partition(':')[0]}:{_bare(value)}")
    if name == "author":
        return Fact(f"author:{_author(text, value, start)}", text, start)
    return Fact(f"{name}:{_READERS[name](text, _bare(value), start)}", text, start)


def no_star(text: str, start: int) -> None:
    """Refuses a star where it stands for nothing."""
    if "*" in text:
        raise QueryError("A star works on words only.", start + text.index("*"), 1)


def unknown(text: str, name: str, start: int) -> QueryError:
    """What to say about a field that does not exist."""
    if name in ("http", "https"):
        host, path, _ = _parts(text)
        known = _HOST.fullmatch(host) is not None
        suggestion = (f"url:{host}/{path}" if path_keys(path) else f"site:{host}") if known else ""
        sentence = "To find links to a site, write site: and its name; for one of its pages, url: and the page."
        return QueryError(sentence, start, len(text), suggestion if "*" not in suggestion else f"site:{host}")
    near = [ALIASES[name]] if name in ALIASES else difflib.get_close_matches(name, FIELDS, n=1, cutoff=0.5)
    known_as = f"Did you mean {near[0]}:?" if near else f"There are {', '.join(f'{field}:' for field in FIELDS)}."
    sentence = f"There is no field {name}:. {known_as} For the words themselves, put them in quotes."
    return QueryError(sentence, start, len(name) + 1, f"{near[0]}:" if near else "")


def _bare(value: str) -> str:
    """The value without quotes or braces around it."""
    if value.startswith('"'):
        return value[1 : value.rindex('"')].strip()
    return value.strip("{}").strip()


def _parts(value: str) -> tuple[str, str, str]:
    """Host, path and what follows a ? or # of an address, with or without https://."""
    bare = _SCHEME.sub("", value)
    address = regex.split(r"[?#]", bare, maxsplit=1)
    host, _, path = address[0].partition("/")
    return host_key(host), path, "".join(address[1:])


def _author(text: str, value: str, start: int) -> str:
    if value.startswith('"'):
        if not (keys := split(value)):
            raise QueryError("There is no name between these quotes.", start, len(text))
        return f'"{" ".join(keys)}"'
    keys = handle_keys(value)
    if not keys or not _LETTER.search(value):
        raise QueryError("An author is given by handle, or by name in quotes.", start, len(text))
    return keys[0]


def _site(text: str, value: str, start: int) -> str:
    host, path, query = _parts(value)
    if _HOST.fullmatch(host) is None:
        sentence = "site: takes the name of a site, such as site:example.com."
        raise QueryError(sentence, start, len(text), EXAMPLES["site"])
    if path or query:
        page = path_keys(path)
        sentence = "site: takes the name of a site without the page." + (" url: takes both." if page else "")
        raise QueryError(sentence, start, len(text), f"url:{host}/{path}" if page else f"site:{host}")
    return host


def _url(text: str, value: str, start: int) -> str:
    host, path, query = _parts(value)
    if _HOST.fullmatch(host) is None:
        sentence = "url: takes the name of a site and a part of its path, such as url:example.com/returns."
        raise QueryError(sentence, start, len(text), EXAMPLES["url"])
    if not (parts := path_keys(path)):
        sentence = "url: needs a part of the path after the site. For the whole site write site:."
        raise QueryError(sentence, start, len(text), f"site:{host}")
    if query:
        sentence = "url: takes the path only, without what follows ? or #."
        raise QueryError(sentence, start, len(text), f'url:"{host}/{path}"' if value in text else EXAMPLES["url"])
    return "/".join((host, *parts))


def _has(text: str, value: str, start: int) -> str:
    key = value.lower().removesuffix("s")
    if key not in HAS:
        sentence = f"There are {', '.join(f'has:{name}' for name in HAS)}."
        raise QueryError(sentence, start, len(text), f"has:{HAS_ALIASES.get(key, 'link')}")
    return key


def _country(text: str, value: str, start: int) -> str:
    key = value.lower()
    if key == "uk" or _COUNTRY.fullmatch(key) is None:
        sentence = "country: takes the two letters of a country, such as country:gb for the United Kingdom."
        raise QueryError(sentence, start, len(text), EXAMPLES["country"])
    return key


def _links(text: str, value: str, start: int) -> str:
    if (number := _number(value)) and number < 1000:
        return str(number)
    host, path, _ = _parts(value)
    sentence = "links: takes how many links a post has at least, such as links:3."
    if _HOST.fullmatch(host) is None or number:
        raise QueryError(sentence, start, len(text), EXAMPLES["links"])
    suggestion = f"url:{host}/{path}" if path_keys(path) else f"site:{host}"
    raise QueryError(f"{sentence} For links to a site write site:.", start, len(text), suggestion)


def _followers(text: str, value: str, start: int) -> str:
    if number := _number(value):
        return str(number)
    sentence = "min_followers: takes how many followers the author has at least, such as min_followers:1000."
    raise QueryError(sentence, start, len(text), EXAMPLES["min_followers"])


def _number(value: str) -> int:
    """A whole number, also as 1,000 or 10k; 0 for what is none."""
    match = _NUMBER.fullmatch(value.lower())
    return int(match[1].replace(",", "")) * THOUSANDS[match[2] or ""] if match else 0


def _plain(text: str, value: str, start: int) -> str:
    key = normal(value).replace("_", "-")
    if _NAME.fullmatch(key) is None:
        name = text.partition(":")[0].lower()
        sentence = f"{name}: takes one short name, such as {EXAMPLES[name]}."
        raise QueryError(sentence, start, len(text), EXAMPLES[name])
    return key


_READERS: dict[str, Callable[[str, str, int], str]] = {
    "country": _country,
    "has": _has,
    "lang": _plain,
    "links": _links,
    "min_followers": _followers,
    "network": _plain,
    "site": _site,
    "url": _url,
}
