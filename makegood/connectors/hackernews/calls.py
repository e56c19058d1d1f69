"""Requests to the search and to Hacker News itself; whatever goes wrong is a `Trouble`."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.hackernews.capability import items_api, search_api
from makegood.connectors.hackernews.shapes import Item, Tree
from makegood.kit import http

__all__ = ["MOST_HITS", "Answer", "item", "search", "tree"]

MOST_HITS = 1000
"""As many as the search ever shows for one question: https://github.com/algolia/hn-search/issues/230"""
MAX_BYTES = 20 * 2**20
SEARCH, SITE = "Hacker News’ search", "Hacker News"
HOUR = 3600.0
FIELDS = "author,created_at_i,title,url,story_text,comment_text,story_id,parent_id,_tags"


class Answer(msgspec.Struct, rename={"per_page": "hitsPerPage"}):
    """A page of hits, newest first. The hits are read one by one, so that one bad one costs no other."""

    hits: list[Any]
    per_page: int = MOST_HITS


async def search(client: httpx.AsyncClient, since: int, until: int | None, most: int = MOST_HITS) -> Answer:
    """The newest items from `since` to `until` (seconds since 1970, both included), `most` at once."""
    stretch = f"created_at_i>={since}" + (f",created_at_i<={until}" if until is not None else "")
    params = {
        "numericFilters": stretch,
        "hitsPerPage": str(most),
        "attributesToRetrieve": FIELDS,
        "attributesToHighlight": "none",
    }
    body = await _get(client, SEARCH, f"{search_api()}/search_by_date", params)
    found: Answer = _read(SEARCH, body, Answer)
    return found


async def tree(client: httpx.AsyncClient, number: int) -> Tree:
    """An item with all that hangs below it."""
    found: Tree = _read(SEARCH, await _get(client, SEARCH, f"{search_api()}/items/{number}", {}), Tree)
    return found


async def item(client: httpx.AsyncClient, number: int) -> Item | None:
    """An item as Hacker News shows it; None when it knows no such item."""
    body = await _get(client, SITE, f"{items_api()}/item/{number}.json", {})
    found: Item | None = _read(SITE, body, Item | None)
    return found


async def _get(client: httpx.AsyncClient, who: str, url: str, params: dict[str, str]) -> bytes:
    try:
        response = await http.fetch(client, "GET", url, params=params, max_bytes=MAX_BYTES)
    except http.NetworkError as error:
        raise verdicts.from_network(who, error) from error
    if response.status == 200:
        return response.body
    said = response.body[:200].decode("utf-8", "replace")
    if response.status in (401, 403):
        # There is no account here: it is this machine's address that is turned away.
        sentence = f"{who} turns us away: too many requests may have come from this address. We try again in an hour."
        wait = verdicts.wait_of(response.headers) or HOUR
        raise Trouble(Verdict.WAIT, sentence, retry_after=wait, detail=f"HTTP {response.status} {said}")
    raise verdicts.from_answer(who, response.status, response.headers, said)


def _read(who: str, body: bytes, wanted: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=wanted)
    except verdicts.NOT_JSON as error:
        raise verdicts.no_sense(who, f"{error!r} {body[:200]!r}") from error
