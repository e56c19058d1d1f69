"""Hacker News on loopback: items that are answered for as the search and the site do."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from makegood.kit.tests.loopback import Request, answer

__all__ = ["CAP", "Index"]

CAP = 1000


@dataclass
class Index:
    """What the search knows (`known`), what the site says of single items (`site`), and trees."""

    known: dict[int, dict[str, Any]] = field(default_factory=dict)
    site: dict[int, Any] = field(default_factory=dict)
    trees: dict[int, Any] = field(default_factory=dict)
    cap: int = CAP
    asked: list[dict[str, str]] = field(default_factory=list)

    def say(self, number: int, at: int, text: str = "A teapot.", author: str = "kettle") -> None:
        """Somebody says something under story 1."""
        self.known[number] = {
            "objectID": str(number),
            "author": author,
            "created_at_i": at,
            "comment_text": text,
            "story_id": 1,
            "parent_id": 1,
            "title": None,
            "url": None,
            "story_text": None,
            "_tags": ["comment", f"author_{author}", "story_1"],
        }

    def __call__(self, request: Request) -> bytes:
        path = urlsplit(request.path).path
        if path == "/api/search_by_date":
            return _json(self._search(request))
        kind, number = path.removeprefix("/api/").removesuffix(".json").split("/")
        if kind == "items":
            found = self.trees.get(int(number))
            return _json(found) if found else answer(404, b'{"status":404}', content_type="application/json")
        return _json(self.site.get(int(number)))

    def _search(self, request: Request) -> dict[str, Any]:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        self.asked.append(asked)
        start, end = 0, 10**12
        for sign, moment in re.findall(r"created_at_i(>=|<=)(-?\d+)", asked["numericFilters"]):
            start, end = (int(moment), end) if sign == ">=" else (start, int(moment))
        inside = [one for one in self.known.values() if start <= one["created_at_i"] <= end]
        inside.sort(key=lambda one: (-one["created_at_i"], -int(one["objectID"])))
        most = min(int(asked["hitsPerPage"]), self.cap)
        return {"hits": inside[:most], "nbHits": len(inside), "page": 0, "nbPages": 1, "hitsPerPage": most}


def _json(value: Any) -> bytes:
    return answer(200, json.dumps(value).encode(), content_type="application/json; charset=utf-8")
