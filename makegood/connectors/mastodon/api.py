"""Calls to a server that speaks the Mastodon API, with or without an account on it."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.mastodon import errors
from makegood.connectors.verdicts import NOT_JSON, wait_of
from makegood.kit import clock, http
from makegood.kit.http import NetworkError

__all__ = ["Answer", "Server", "address_of", "open_server"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NEXT = re.compile(r'<[^>]*[?&]max_id=([^&>\s]+)[^>]*>\s*;[^,]*\brel="?next\b')
_HANDLE = re.compile(r"@?[^@/\s]+@([^@/\s]+)")


def address_of(typed: str) -> str:
    """A server's address (scheme, host, port) from what a person typed: a name, a web address, or a whole handle.

    Passwords and tokens travel over https or not at all. Raises `Trouble` (REFUSE) with a sentence.
    """
    text = typed.strip()
    handle = _HANDLE.fullmatch(text)
    name = handle[1] if handle else text
    try:
        url = httpx.URL(name if "://" in name else f"https://{name}")
    except httpx.InvalidURL as error:
        raise _unreadable(typed) from error
    if url.scheme not in {"http", "https"} or not url.host or ("." not in url.host and url.host not in _LOOPBACK):
        raise _unreadable(typed)
    netloc = url.netloc.decode("ascii")
    listed = os.environ.get("MAKEGOOD_PRIVATE_HOSTS", "").replace(" ", "").split(",")
    if url.scheme == "http" and url.host not in _LOOPBACK and netloc not in listed:
        raise Trouble(Verdict.REFUSE, "Please give the server’s address with https://, so that the sign-in is safe.")
    return f"{url.scheme}://{netloc}"


def _unreadable(typed: str) -> Trouble:
    shown = typed.strip().rpartition("://")[2][:80]
    sentence = f"Please check the name: “{shown}” is not a server. It looks like mastodon.social."
    return Trouble(Verdict.REFUSE, sentence if shown else "Please give the name of a server, such as mastodon.social.")


@dataclass(frozen=True)
class Answer:
    """A success: the JSON that came, the status, and where the next older page begins.

    `older` is that page's `max_id`, "" when this is the last, None when the server does not say
    (https://docs.joinmastodon.org/api/guidelines/#pagination).
    """

    data: Any
    status: int
    older: str | None


class Server:
    """Calls to one server on behalf of a connected account, or of nobody. Obeys the server's rate limit."""

    def __init__(self, client: httpx.AsyncClient, credentials: Mapping[str, Any]) -> None:
        self._client = client
        self.credentials = dict(credentials)
        self.base = str(credentials["instance"])
        self.host = self.base.partition("://")[2]
        self.token = str(credentials.get("token", ""))
        self._empty_until: float | None = None

    @property
    def software(self) -> str:
        """What the server runs, as it said when it was asked last."""
        return str(self.credentials.get("software", ""))

    @property
    def domain(self) -> str:
        """What stands behind the @ of those who live there; not always the host that answers."""
        return str(self.credentials.get("domain") or self.host)

    @property
    def pause(self) -> float | None:
        """Seconds until the server takes requests again, None while it does."""
        if self._empty_until is None:
            return None
        left = self._empty_until - clock.now().timestamp()
        return left if left > 0 else None

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """A GET. Raises `Fault`."""
        return await self.call("GET", path, params=dict(params or {}))

    async def call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **kw: Any) -> Answer:
        """Any call; `kw` goes to httpx. Raises `Fault` for all that is not JSON with a 2xx status."""
        if self.pause is not None:
            raise errors.slow_down(self.host, self.pause)
        sent = {"accept": "application/json", **(headers or {})}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        try:
            answer = await self._fetch(method, f"{self.base}{path}", headers=sent, **kw)
        except NetworkError as error:
            raise errors.from_network(self.host, error) from error
        self._mind_the_limit(answer.headers)
        if not 200 <= answer.status < 300:
            said = _said(answer.body)
            raise errors.from_answer(self.host, answer.status, said, answer.headers, signed_in=bool(self.token))
        return Answer(self._json(answer, path), answer.status, _older(answer.headers))

    async def _fetch(self, method: str, url: str, **kw: Any) -> http.Response:
        """Small servers close a connection without a word while we still think it is open.

        So what only reads is asked once more then, and what writes gets a connection of its own.
        """
        if method != "GET":
            async with http.client() as fresh:
                return await http.fetch(fresh, method, url, **kw)
        try:
            return await http.fetch(self._client, method, url, **kw)
        except NetworkError as error:
            if error.kind not in {"protocol", "unreachable"}:
                raise
        return await http.fetch(self._client, method, url, **kw)

    def _mind_the_limit(self, headers: Mapping[str, str]) -> None:
        """https://docs.joinmastodon.org/api/rate-limits/: nothing left means to wait until the reset."""
        if headers.get("x-ratelimit-remaining", "").strip() == "0":
            reset = {name: headers[name] for name in ("date", "x-ratelimit-reset") if name in headers}
            wait = wait_of(reset)
            self._empty_until = clock.now().timestamp() + (errors.DEFAULT_RESET if wait is None else wait)

    def _json(self, answer: http.Response, path: str) -> Any:
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise errors.no_sense(self.host, f"{path}: content type {kind[:80] or 'missing'}")
        try:
            return msgspec.json.decode(answer.body)
        except NOT_JSON as error:
            raise errors.no_sense(self.host, f"{path}: {error}") from error

    async def items(self, path: str, params: Mapping[str, Any]) -> tuple[list[Any], str | None]:
        """A page of a list, and where the next older one begins (see `Answer.older`). Raises `Fault`."""
        answer = await self.get(path, params)
        if not isinstance(answer.data, list):
            raise errors.no_sense(self.host, f"{path}: not a list")
        return answer.data, answer.older

    async def object(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One JSON object. Raises `Fault`."""
        return self.as_object((await self.get(path, params)).data, path)

    def as_object(self, data: Any, what: str) -> dict[str, Any]:
        """`data`, which is to be a JSON object. Raises `Fault`."""
        if not isinstance(data, dict):
            raise errors.no_sense(self.host, f"{what}: not an object")
        return data


class _Error(msgspec.Struct):
    error: str = ""
    error_description: str = ""


def _said(body: bytes) -> str:
    """The words of an error, "" where there are none in the form that the API has for them."""
    try:
        found = msgspec.json.decode(body, type=_Error)
    except NOT_JSON:
        return ""
    return found.error_description or found.error


def _older(headers: Mapping[str, str]) -> str | None:
    link = headers.get("link")
    if link is None:
        return None
    found = _NEXT.search(link)
    return found[1] if found else ""


@asynccontextmanager
async def open_server(credentials: Mapping[str, Any]) -> AsyncIterator[Server]:
    """A `Server` for the length of the block, over one HTTP client. `credentials` has at least `instance`."""
    async with http.client() as client:
        yield Server(client, credentials)
