"""Asking a shop's Admin API, and what its refusals mean: https://docs.vendure.io/current/core/reference/graphql-api/admin

Vendure answers nearly everything with status 200: what went wrong stands in `errors`, or as an error result in `data`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.vendure import queries
from makegood.kit import http

__all__ = ["Api", "open_api", "refusal"]

KEY_HEADER = "vendure-api-key"
"""https://docs.vendure.io/current/core/developer-guide/api-keys"""
TOKEN_HEADER = "vendure-auth-token"  # noqa: S105 - a header's name
"""https://docs.vendure.io/current/core/core-concepts/auth"""
CHANNEL_HEADER = "vendure-token"
"""https://docs.vendure.io/current/core/core-concepts/channels"""

SIGNED_OUT = "{who} no longer accepts Makegood’s key or sign-in. Please connect the shop again."
NO_RIGHT = "{who} does not allow Makegood to {what}. Please give its key or account the right {right} in Vendure."
COOKIES_ONLY = "{who} takes sign-ins by cookie only. Please allow “bearer” in its token methods, or use an API key."
NOT_ITS_VERSION = "{who} does not know this request. Its version may not fit Makegood’s: please tell us about it."


class _Problem(msgspec.Struct):
    message: str = ""
    extensions: dict[str, Any] = {}

    @property
    def code(self) -> str:
        return str(self.extensions.get("code", ""))


class _Answer(msgspec.Struct):
    data: dict[str, Any] | None = None
    errors: list[_Problem] = []


class Api:
    """One shop's Admin API, asked with a key or as an administrator.

    `credentials` are kept as they are to be stored; `renewed` when signing in again has changed them.
    """

    def __init__(self, client: httpx.AsyncClient, credentials: Mapping[str, Any]) -> None:
        self._client = client
        self.credentials = dict(credentials)
        self.renewed = False
        self.url = str(credentials["url"])
        self.who = urlsplit(self.url).netloc

    async def ask(self, query: str, what: str = "", right: str = "", **variables: Any) -> dict[str, Any]:
        """The `data` of one request. `what` and `right` say what is asked for, should it not be allowed.

        Raises Trouble: DISCONNECT when the key or the password is no longer taken, REFUSE when only the right to do
        this is missing.
        """
        try:
            return await self._ask(query, variables)
        except _ForbiddenError:
            pass
        if self.credentials.get("password") and not self.renewed:
            await self.sign_in()
            try:
                return await self._ask(query, variables)
            except _ForbiddenError:
                pass
        await self.who_am_i()
        sentence = NO_RIGHT.format(who=self.who, what=what or "see this", right=right or "to read it")
        raise Trouble(Verdict.REFUSE, sentence, detail="FORBIDDEN")

    async def who_am_i(self) -> dict[str, Any]:
        """What anybody who is signed in may know. Raises Trouble (DISCONNECT) when we are not."""
        try:
            return await self._ask(queries.ABOUT, {})
        except _ForbiddenError as error:
            sentence = SIGNED_OUT.format(who=self.who)
            raise Trouble(Verdict.DISCONNECT, sentence, detail="FORBIDDEN") from error

    async def sign_in(self) -> None:
        """Begins a session with the name and password that are kept. Raises Trouble (DISCONNECT) when it may not."""
        name, password = str(self.credentials.get("username", "")), str(self.credentials.get("password", ""))
        self.credentials["token"] = ""
        answer = await self._send(queries.LOGIN, {"username": name, "password": password})
        told = self._data(answer).get("login") or {}
        if refusal(told):
            sentence = SIGNED_OUT.format(who=self.who)
            raise Trouble(Verdict.DISCONNECT, sentence, detail=str(told.get("errorCode")))
        self.credentials["token"] = answer.headers.get(TOKEN_HEADER, "")
        self.renewed = True
        if not self.credentials["token"]:
            raise Trouble(Verdict.REFUSE, COOKIES_ONLY.format(who=self.who))

    async def _ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        return self._data(await self._send(query, variables))

    async def _send(self, query: str, variables: Mapping[str, Any]) -> http.Response:
        headers = {"accept": "application/json"}
        if self.credentials.get("key"):
            headers[KEY_HEADER] = str(self.credentials["key"])
        elif self.credentials.get("token"):
            headers["authorization"] = f"Bearer {self.credentials['token']}"
        if self.credentials.get("channel"):
            headers[CHANNEL_HEADER] = str(self.credentials["channel"])
        body = {"query": query, "variables": dict(variables)}
        try:
            return await http.fetch(self._client, "POST", self.url, headers=headers, json=body)
        except http.NetworkError as error:
            raise verdicts.from_network(self.who, error) from error

    def _data(self, answer: http.Response) -> dict[str, Any]:
        told = self._read(answer)
        if told is None or (answer.status != 200 and not told.errors):
            said = answer.body[:200].decode("utf-8", "replace")
            if answer.status == 200:
                raise verdicts.no_sense(self.who, f"{answer.headers.get('content-type', '')} {said}")
            raise verdicts.from_answer(self.who, answer.status, answer.headers, said)
        if told.errors:
            raise self._trouble(answer, told.errors[0])
        if told.data is None:
            raise verdicts.no_sense(self.who, "neither data nor errors")
        return told.data

    def _read(self, answer: http.Response) -> _Answer | None:
        """The answer, None when it is not one of GraphQL's. A proxy's 429 or 503 may be JSON of its own."""
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in {"application/json", "application/graphql-response+json"}:
            return None
        try:
            return msgspec.json.decode(answer.body, type=_Answer)
        except verdicts.NOT_JSON:
            return None

    def _trouble(self, answer: http.Response, first: _Problem) -> Exception:
        detail = f"HTTP {answer.status} {first.code} {first.message}"[:500]
        if first.code in {"FORBIDDEN", "UNAUTHENTICATED", "UNAUTHORIZED"}:
            return _ForbiddenError(detail)
        if answer.status == 429 or answer.status >= 500:
            return verdicts.from_answer(self.who, answer.status, answer.headers, detail)
        if first.code == "CHANNEL_NOT_FOUND":
            sentence = (
                f"{self.who} does not know this channel. Please connect the shop again with the right channel token."
            )
            return Trouble(Verdict.DISCONNECT, sentence, detail=detail)
        if first.code in {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT", "USER_INPUT_ERROR"}:
            return Trouble(Verdict.BUG, NOT_ITS_VERSION.format(who=self.who), detail=detail)
        if first.code == "ENTITY_NOT_FOUND":
            return verdicts.from_answer(self.who, 404, {}, detail)
        return verdicts.from_answer(self.who, 500, answer.headers, detail)


class _ForbiddenError(Exception):
    """Not allowed: nobody is signed in, or whoever is may not do this. Vendure does not say which."""


def refusal(result: Mapping[str, Any]) -> str:
    """The code of an error result, such as REFUND_AMOUNT_ERROR; "" for a success."""
    return str(result.get("errorCode") or "")


@asynccontextmanager
async def open_api(credentials: Mapping[str, Any]) -> AsyncIterator[Api]:
    """The shop's API for the length of the block, over one HTTP client."""
    async with http.client() as client:
        yield Api(client, credentials)
