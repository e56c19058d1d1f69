"""Every address of the product, read off Django's own table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import get_resolver
from django.urls.resolvers import RoutePattern, URLResolver

__all__ = ["Address", "addresses"]


class Address(NamedTuple):
    """A page or endpoint: its name (its route where it has none) and the arguments in its route."""

    name: str
    route: str
    arguments: tuple[str, ...]


def addresses() -> list[Address]:
    """All of them, each name once (the first route of a name is the one that is served)."""
    found: dict[str, Address] = {}
    for each in _walk(get_resolver(), ""):
        found.setdefault(each.name, each)
    return list(found.values())


def _walk(resolver: Any, before: str) -> Iterator[Address]:
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each, route)
        else:
            yield Address(each.name or route, route, tuple(_arguments(each.pattern)) or _outer(before))


def _arguments(pattern: Any) -> list[str]:
    if isinstance(pattern, RoutePattern):
        return list(pattern.converters)
    return list(re.compile(str(pattern)).groupindex)


def _outer(before: str) -> tuple[str, ...]:
    return tuple(re.findall(r"<(?:\w+:)?(\w+)>", before))
