"""Calls to an AT Protocol server (https://atproto.com/specs/xrpc), with or without a session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx
import msgspec

from makegood.connectors.bluesky import errors
from makegood.connectors.bluesky.capability import appview
from makegood.connectors.bluesky.errors import Fault
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.verdicts import NOT_JSON
from makegood.kit import http
from makegood.kit.http import NetworkError

__all__ = ["Session", "call", "open_session", "sign_in"]

Body = Mapping[str, Any]


class Blob(NamedTuple):
    """A body that is a file."""

    content: bytes
    type: str


class _Error(msgspec.Struct):
    error: str = ""
    message: str = ""


async def call(
    client: httpx.AsyncClient,
    service: str,
    method: str,
    *,
    params: Mapping[str, Any] | None = None,
    body: Body | Blob | None = None,
    token: str = "",
) -> dict[str, Any]:
    """One call: POST with `body` (JSON, or a file), GET without. Returns the JSON object; raises `Fault` for all
    else.
    """
    headers = {"authorization": f"Bearer {token}"} if token else {}
    url = f"{service}/xrpc/{method}"
    verb = "GET" if body is None else "POST"
    sent: dict[str, Any] = {"json": body}
    if isinstance(body, Blob):
        sent = {"content": body.content}
        headers["content-type"] = body.type
    try:
        answer = await http.fetch(client, verb, url, params=params, headers=headers, **sent)
    except NetworkError as error:
        raise errors.from_network(error) from error
    if not 200 <= answer.status < 300:
        said = _error_of(answer.body)
        raise errors.from_answer(answer.status, said.error, said.message, answer.headers)
    return _object(answer, method)


def _error_of(body: bytes) -> _Error:
    try:
        return msgspec.json.decode(body, type=_Error)
    except NOT_JSON:
        return _Error(message=body[:200].decode(errors="replace"))


def _object(answer: http.Response, method: str) -> dict[str, Any]:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise errors.no_sense(f"{method}: content type {kind[:80] or 'missing'}")
    try:
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except NOT_JSON as error:
        raise errors.no_sense(f"{method}: {error}") from error


async def sign_in(client: httpx.AsyncClient, service: str, identifier: str, password: str) -> dict[str, Any]:
    """`com.atproto.server.createSession`. A refused password raises `Fault` with DISCONNECT."""
    body = {"identifier": identifier, "password": password}
    try:
        return await call(client, service, "com.atproto.server.createSession", body=body)
    except Fault as fault:
        if fault.status == 401 and fault.verdict is not Verdict.DISCONNECT:
            sentence = "Bluesky did not accept this app password. Please connect again with a new one."
            raise Fault(
                Verdict.DISCONNECT, sentence, detail=fault.detail, name=fault.name, status=fault.status
            ) from fault
        raise


class Session:
    """Calls on behalf of one connected account, or of nobody: then the public AppView is asked.

    A session that has run out is renewed by signing in again with the app password. Refresh tokens are not
    used: each works once, so two processes that share an account would throw each other out.
    """

    def __init__(self, client: httpx.AsyncClient, credentials: Mapping[str, Any] | None) -> None:
        self._client = client
        self._credentials = dict(credentials or {})
        self.renewed: Mapping[str, Any] | None = None
        """The credentials to store, once they were renewed on the way."""

    @property
    def did(self) -> str:
        """The account's permanent id."""
        return str(self._credentials["did"])

    @property
    def service(self) -> str:
        """The address of the account's PDS."""
        return str(self._credentials["service"])

    async def get(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A query in the account's name. Raises `Trouble`."""
        if not self._credentials:
            return await call(self._client, appview(), method, params=params)
        return await self._call(method, params, None)

    async def post(self, method: str, body: Body) -> dict[str, Any]:
        """A procedure in the account's name. Raises `Trouble`."""
        return await self._call(method, None, body)

    async def upload(self, content: bytes, kind: str) -> dict[str, Any]:
        """Puts a file of MIME type `kind` onto the account's server, which hands back a reference. Raises `Trouble`."""
        return await self._call("com.atproto.repo.uploadBlob", None, Blob(content, kind))

    async def public(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """A query to the same server without the account's name, for what anyone may read. Raises `Fault`."""
        return await call(self._client, self.service, method, params=params)

    async def _call(self, method: str, params: Mapping[str, Any] | None, body: Body | Blob | None) -> dict[str, Any]:
        if not self._credentials.get("access"):
            await self._renew()
        try:
            return await self._send(method, params, body)
        except Fault as fault:
            if fault.verdict is not Verdict.REFRESH:
                raise
            if self.renewed is None:
                await self._renew()
        try:
            return await self._send(method, params, body)
        except Fault as fault:
            if fault.verdict is Verdict.REFRESH:
                raise Trouble(Verdict.DISCONNECT, fault.sentence, detail=fault.detail) from fault
            raise

    async def _send(self, method: str, params: Mapping[str, Any] | None, body: Body | Blob | None) -> dict[str, Any]:
        token = str(self._credentials["access"])
        return await call(self._client, self.service, method, params=params, body=body, token=token)

    async def _renew(self) -> None:
        password = str(self._credentials["password"])
        made = await sign_in(self._client, self.service, self.did, password)
        access = made.get("accessJwt")
        if not isinstance(access, str) or not access:
            raise errors.no_sense("createSession without accessJwt")
        self._credentials["access"] = access
        self.renewed = self._credentials


@asynccontextmanager
async def open_session(credentials: Mapping[str, Any] | None) -> AsyncIterator[Session]:
    """A session for the length of the block, over one HTTP client."""
    async with http.client() as client:
        yield Session(client, credentials)
