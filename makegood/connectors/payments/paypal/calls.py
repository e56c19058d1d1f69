"""Calls to one PayPal account: https://developer.paypal.com/api/rest/requests/"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.paypal import errors
from makegood.connectors.payments.paypal.capability import WHO
from makegood.kit import clock, http
from makegood.kit.http import NetworkError

__all__ = ["LIVE", "SANDBOX", "Calls", "forget_tokens", "open_paypal"]

LIVE = "https://api-m.paypal.com"
SANDBOX = "https://api-m.sandbox.paypal.com"

_EARLY = 300.0
"""Seconds before its end at which a token is renewed."""
_MOST_TOKENS = 1000
# A token lives for hours and is to be used again (https://developer.paypal.com/api/rest/authentication/). It is kept
# in memory only: a digest of account and secret, the token, and until when.
_tokens: dict[str, tuple[str, float]] = {}

_BAD_SECRET = f"PayPal does not accept this client ID and secret. Please check both. {verdicts.RECONNECT}"


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float = 0.0


def forget_tokens() -> None:
    """From now on each account signs in anew."""
    _tokens.clear()


class Calls:
    """Requests on behalf of one account. All raise `Fault`."""

    def __init__(self, client: httpx.AsyncClient, credentials: Mapping[str, Any]) -> None:
        self._client = client
        name, secret = str(credentials["client_id"]), str(credentials["secret"])
        self.base = str(credentials.get("api_base") or (SANDBOX if credentials.get("sandbox") else LIVE))
        self._basic = "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()
        whole = "\n".join([self.base, name, secret])
        self._digest = hashlib.sha256(whole.encode()).hexdigest()

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        """One object."""
        return await self._ask("GET", path, params=params)

    async def post(self, path: str, body: Mapping[str, Any], *, key: str = "") -> dict[str, Any]:
        """Changes something, once a `key`; the whole of what was made is asked for."""
        headers = {"prefer": "return=representation"} | ({"paypal-request-id": key} if key else {})
        return await self._ask("POST", path, json=body, headers=headers)

    async def _ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **kw: Any
    ) -> dict[str, Any]:
        for attempt in (1, 2):
            sent = {"authorization": f"Bearer {await self._token()}", "accept": "application/json", **(headers or {})}
            answer = await self._fetch(method, path, headers=sent, **kw)
            # A token can be taken back early. What was answered with 401 was not done, so asking again is safe.
            if answer.status != 401 or attempt == 2:
                break
            _tokens.pop(self._digest, None)
        if not 200 <= answer.status < 300:
            raise errors.from_answer(answer.status, answer.body, answer.headers, writes=method != "GET")
        return _object(answer, path)

    async def _token(self) -> str:
        """https://developer.paypal.com/api/rest/authentication/"""
        known = _tokens.get(self._digest)
        if known is not None and known[1] > clock.now().timestamp():
            return known[0]
        grant = {"grant_type": "client_credentials"}
        path = "/v1/oauth2/token"
        answer = await self._fetch("POST", path, data=grant, headers={"authorization": self._basic})
        if answer.status in {400, 401}:
            raise Trouble(Verdict.DISCONNECT, _BAD_SECRET, detail=f"HTTP {answer.status} {path}")
        if not 200 <= answer.status < 300:
            raise errors.from_answer(answer.status, answer.body, answer.headers, writes=False)
        try:
            found = msgspec.convert(_object(answer, path), _Token)
        except msgspec.ValidationError as error:
            raise verdicts.no_sense(WHO, f"{path}: {error}") from error
        if len(_tokens) >= _MOST_TOKENS:
            _tokens.clear()
        _tokens[self._digest] = (found.access_token, clock.now().timestamp() + found.expires_in - _EARLY)
        return found.access_token

    async def _fetch(self, method: str, path: str, **kw: Any) -> http.Response:
        try:
            return await http.fetch(self._client, method, f"{self.base}{path}", **kw)
        except NetworkError as error:
            raise verdicts.from_network(WHO, error) from error


def _object(answer: http.Response, path: str) -> dict[str, Any]:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise verdicts.no_sense(WHO, f"{path}: content type {kind[:80] or 'missing'}")
    try:
        found = msgspec.json.decode(answer.body)
    except verdicts.NOT_JSON as error:
        raise verdicts.no_sense(WHO, f"{path}: {error}") from error
    if not isinstance(found, dict):
        raise verdicts.no_sense(WHO, f"{path}: not an object")
    return found


@asynccontextmanager
async def open_paypal(credentials: Mapping[str, Any]) -> AsyncIterator[Calls]:
    """Calls for the length of the block. `credentials` has `client_id`, `secret`, `sandbox`, perhaps `api_base`."""
    async with http.client() as client:
        yield Calls(client, credentials)
