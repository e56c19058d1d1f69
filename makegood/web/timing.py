"""How many requests this web process has answered, and how long it took: for the metrics."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

__all__ = ["EDGES", "Timed", "TimingMiddleware", "timed"]

EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper edges of the histogram, in seconds; there is one more bucket for what takes longer."""
Handler = Callable[[HttpRequest], HttpResponseBase]
AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@dataclass
class Timed:
    """The answers of one kind: how many in each bucket, and the seconds of all."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(EDGES) + 1))
    seconds: float = 0.0


_seen: dict[tuple[str, str, str], Timed] = {}


def timed() -> dict[tuple[str, str, str], Timed]:
    """Everything since the start, by (name of the address, method, class of status as "2xx")."""
    return dict(_seen)


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    # Names of addresses and known methods only: what a stranger types must not become a series of its own.
    match = request.resolver_match
    view = (match.view_name or "unnamed") if match else "none"
    method = request.method if request.method in ("GET", "HEAD", "POST") else "other"
    found = _seen.setdefault((view, method or "other", f"{status // 100}xx"), Timed())
    found.buckets[bisect_left(EDGES, seconds)] += 1
    found.seconds += seconds


def _middleware(get_response: Handler | AsyncHandler) -> Handler | AsyncHandler:
    """Counts every answer but streams, which last as long as a page is open: of these only the beginning counts."""
    if iscoroutinefunction(get_response):

        async def around_async(request: HttpRequest) -> HttpResponseBase:
            begun = time.perf_counter()
            response: HttpResponseBase = await get_response(request)
            _note(request, response.status_code, time.perf_counter() - begun)
            return response

        return around_async

    def around(request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        response = get_response(request)
        assert isinstance(response, HttpResponseBase)
        _note(request, response.status_code, time.perf_counter() - begun)
        return response

    return around


TimingMiddleware = sync_and_async_middleware(_middleware)
