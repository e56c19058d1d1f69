"""Scripts, styles and fonts, straight from the web process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

__all__ = ["StaticFilesMiddleware"]


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise for an asynchronous server.

    WhiteNoise itself knows synchronous servers only: Django would send every request through a thread because of it,
    and warn at each file that has to be read before it can be sent.
    """

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """The file at this address, or what comes after this middleware."""
        return self._answer(request) if iscoroutinefunction(self) else super().__call__(request)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        found = await sync_to_async(self.find_file)(path) if self.autorefresh else self.files.get(path)
        if found is None:
            after: HttpResponseBase = await self.get_response(request)
            return after
        response = await sync_to_async(self.serve)(found, request)
        response.streaming_content = _read(response.streaming_content)
        file: HttpResponseBase = response
        return file


async def _read(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    # Our files are small: one visit to a thread for each is less than one for each piece.
    for piece in await sync_to_async(_all)(pieces):
        yield piece


def _all(pieces: Iterable[bytes]) -> list[bytes]:
    return list(pieces)
