"""Requests to a shop; whatever goes wrong is a `Fault`."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.kit import http
from makegood.kit.http import NetworkError

__all__ = ["PAGE", "Fault", "Server", "address_of", "object_of", "open_server", "rows_of"]

PAGE = 100
"""Rows asked for at a time, the most there are:
https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/includes/rest-api/Controllers/Version3/class-wc-rest-crud-controller.php
"""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_KEY_ERROR = "woocommerce_rest_authentication_error"
_BLANK = b"\xef\xbb\xbf \t\r\n"
"""What a theme or plugin leaves before the answer when its file begins with it."""


class Fault(Trouble):
    """A `Trouble` that knows the answer's status (0 where there was none) and WordPress's word for it ("" without)."""

    def __init__(self, trouble: Trouble, status: int = 0, code: str = "") -> None:
        super().__init__(trouble.verdict, trouble.sentence, retry_after=trouble.retry_after, detail=trouble.detail)
        self.status = status
        self.code = code


def address_of(typed: str) -> str:
    """A shop's address, without a slash at its end, from what a person typed.

    What follows the shop's own folder is cut off: wp-admin, wp-json, a page's file. The key travels over https or not
    at all. Raises `Trouble` (REFUSE) with a sentence.
    """
    text = typed.strip()
    try:
        url = httpx.URL(text if "://" in text else f"https://{text}")
    except httpx.InvalidURL as error:
        raise _unreadable(text) from error
    wild = re.search(r"[\s%<>]", url.host) or ("." not in url.host and url.host not in _LOOPBACK)
    if url.scheme not in {"http", "https"} or not url.host or wild:
        raise _unreadable(text)
    netloc = url.netloc.decode("ascii")
    if url.scheme == "http" and url.host not in _LOOPBACK and netloc not in _listed():
        raise Trouble(Verdict.REFUSE, "Please give the shop’s address with https://, so that its key stays secret.")
    folder = re.split(r"/wp-(?:admin|json|login)|/[^/]*\.php", url.path)[0].rstrip("/")
    return f"{url.scheme}://{netloc}{folder}"


def _listed() -> list[str]:
    return os.environ.get("MAKEGOOD_PRIVATE_HOSTS", "").replace(" ", "").split(",")


def _unreadable(text: str) -> Trouble:
    shown = text.rpartition("://")[2][:80]
    sentence = f"Please check the address: “{shown}” is not a shop. It looks like https://shop.example."
    return Trouble(
        Verdict.REFUSE, sentence if shown else "Please give the shop’s address, such as https://shop.example."
    )


class Server:
    """Requests to one shop. `credentials`: base, key, secret; `plain` and `query` where the shop needs them.

    `plain`: the shop has no pretty permalinks. `query`: its web server swallows the Authorization header.
    """

    def __init__(self, client: httpx.AsyncClient, credentials: Mapping[str, Any]) -> None:
        self._client = client
        self.base = str(credentials["base"])
        self.host = self.host_of(credentials)
        self._key = str(credentials.get("key", ""))
        self._secret = str(credentials.get("secret", ""))
        self._plain = bool(credentials.get("plain"))
        self._query = bool(credentials.get("query"))

    @staticmethod
    def host_of(credentials: Mapping[str, Any]) -> str:
        """The shop's name in sentences."""
        return str(credentials["base"]).partition("://")[2]

    async def get(self, path: str, params: Mapping[str, Any] | None = None, *, signed: bool = True) -> Any:
        """The JSON at `path`, such as "wc/v3/orders". Raises `Fault`."""
        return await self._call("GET", path, dict(params or {}), signed=signed)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What was made of `body`. Raises `Fault`."""
        return await self._call("POST", path, {}, json=dict(body))

    async def _call(self, method: str, path: str, params: dict[str, Any], *, signed: bool = True, **kw: Any) -> Any:
        headers = {"accept": "application/json"}
        url = f"{self.base}/wp-json/{path}"
        if self._plain:
            url = f"{self.base}/"
            params = {"rest_route": f"/{path}", **params}
        if signed and self._query:
            params |= {"consumer_key": self._key, "consumer_secret": self._secret}
        elif signed:
            headers["authorization"] = "Basic " + b64encode(f"{self._key}:{self._secret}".encode()).decode("ascii")
        try:
            answer = await http.fetch(self._client, method, url, params=params, headers=headers, **kw)
        except NetworkError as error:
            raise Fault(verdicts.from_network(self.host, error)) from error
        if not 200 <= answer.status < 300:
            raise self._fault(method, answer)
        return self._json(answer, path)

    def _json(self, answer: http.Response, path: str) -> Any:
        try:
            return msgspec.json.decode(answer.body.lstrip(_BLANK))
        except verdicts.NOT_JSON as error:
            said = answer.body[:200].decode("utf-8", "replace")
            raise Fault(verdicts.no_sense(self.host, f"{path}: {error} {said!r}"), answer.status) from error

    def _fault(self, method: str, answer: http.Response) -> Fault:
        status, code, message = answer.status, *_said(answer.body)
        trouble = verdicts.from_answer(self.host, status, answer.headers, f"{code} {message}")
        sentence = self._sentence(method, status, code)
        if sentence:
            trouble = Trouble(Verdict.REFUSE, sentence, detail=trouble.detail)
        return Fault(trouble, status, code)

    def _sentence(self, method: str, status: int, code: str) -> str:
        """What WordPress says in words of its own, where that is a refusal; "" for what all servers say alike."""
        if status == 401 and code == _KEY_ERROR and method != "GET":
            return (
                f"The key for {self.host} may only read. Please make one with the permission Read/Write, "
                "and connect the shop again."
            )
        if status == 403 and code:
            return (
                f"The person whose key this is may not do that on {self.host}. "
                "Please make the key for somebody who manages the shop."
            )
        if status == 403:
            return f"A firewall or a security plugin of {self.host} turned us away. Please allow Makegood there."
        if code == "rest_no_route":
            return f"WooCommerce does not answer on {self.host}. Please check that it is switched on there."
        if code == "rest_invalid_param" and method == "GET":
            return f"The WooCommerce of {self.host} is too old to be read. Please update it to 5.8 or newer."
        if code == "woocommerce_rest_cannot_create_order_refund":
            return (
                f"{self.host} did not take the refund: it may be more than is left of the order. "
                "Please look at the order there."
            )
        return ""


def _said(body: bytes) -> tuple[str, str]:
    """WordPress's code and message, or "" and a page's first words.

    https://woocommerce.github.io/woocommerce-rest-api-docs/#errors
    """
    try:
        found = msgspec.json.decode(body.lstrip(_BLANK))
    except verdicts.NOT_JSON:
        return "", body[:200].decode("utf-8", "replace")
    if not isinstance(found, dict):
        return "", ""
    return str(found.get("code", ""))[:100], str(found.get("message", ""))[:200]


def rows_of(server: Server, found: Any, path: str) -> list[dict[str, Any]]:
    """A list of objects, each with an id that is a number. Raises `Fault` (RETRY) for anything else."""
    if not isinstance(found, list) or not all(
        isinstance(row, dict) and isinstance(row.get("id"), int) for row in found
    ):
        raise Fault(verdicts.no_sense(server.host, f"{path}: {str(found)[:200]!r}"), 200)
    return found


def object_of(server: Server, found: Any, path: str) -> dict[str, Any]:
    """An object with an id that is a number. Raises `Fault` (RETRY) for anything else."""
    return rows_of(server, [found], path)[0]


@asynccontextmanager
async def open_server(credentials: Mapping[str, Any]) -> AsyncIterator[Server]:
    """A `Server` for as long as the block lasts."""
    async with http.client(timeout=30.0) as client:
        yield Server(client, credentials)
