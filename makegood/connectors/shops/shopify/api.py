"""Requests to a shop's GraphQL Admin API; whatever goes wrong is a `Trouble`.

https://shopify.dev/docs/api/admin-graphql
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.shopify.capability import API_VERSION
from makegood.kit import clock, http
from makegood.kit.http import NetworkError

__all__ = ["Admin", "Answer", "TooCostly", "open_admin", "shop_name"]

_SHOP = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.myshopify\.com")
_ADMIN_PAGE = re.compile(r"admin\.shopify\.com/store/([a-z0-9-]+)")
EARLY = timedelta(minutes=10)
"""A token is renewed this long before it ends."""
HOUR = 3600.0

_STATUSES = {
    402: (Verdict.WAIT, "{who} is frozen until its bill with Shopify is paid. We look again every hour."),
    403: (Verdict.REFUSE, "{who} does not allow our app to do that. Please look at the app’s access scopes there."),
    404: (Verdict.REFUSE, "Shopify has no shop called {who}. Please check its address."),
    423: (Verdict.WAIT, "Shopify has locked {who} for now. We look again every hour."),
    430: (Verdict.WAIT, "Shopify turned our requests for {who} away as suspicious. We look again in an hour."),
}
"""What Shopify means by these: https://shopify.dev/docs/api/usage/response-codes"""


class TooCostly(Trouble):
    """A request that costs more than one may. `share` is how much smaller it has to be, from 0 to 1."""

    def __init__(self, who: str, share: float, detail: str) -> None:
        sentence = f"A request to {who} was too large. Nothing is lost; please tell us about it."
        super().__init__(Verdict.BUG, sentence, detail=detail)
        self.share = share


@dataclass(frozen=True)
class Answer:
    """What a request brought. `denied`: what of it Shopify kept to itself. `pause`: seconds before the next one."""

    data: dict[str, Any]
    denied: tuple[str, ...] = ()
    pause: float | None = None


def shop_name(typed: str) -> str:
    """A shop's permanent name, name.myshopify.com, from what a person typed: that, its first part, or an address of
    its admin pages. Nothing else is ever asked, whatever was typed. Raises `Trouble` (REFUSE).
    """
    text = typed.strip().lower().removeprefix("https://").removeprefix("http://").strip()
    page = _ADMIN_PAGE.match(text)
    name = page[1] if page else text.partition("/")[0]
    name = name if "." in name else f"{name}.myshopify.com"
    if not _SHOP.fullmatch(name):
        shown = re.sub(r"[^\w.:/-]", "", typed)[:60]
        sentence = (
            f"Please check the address: “{shown}” is not a shop’s permanent one. "
            "That ends with .myshopify.com, and stands under Settings, Domains."
        )
        raise Trouble(Verdict.REFUSE, sentence if shown else "Please give the shop’s address, name.myshopify.com.")
    return name


class Admin:
    """Requests on behalf of one shop.

    `credentials`: handle (name.myshopify.com), and token, or client_id and client_secret for a token of one day.
    """

    def __init__(self, client: httpx.AsyncClient, credentials: Mapping[str, Any]) -> None:
        self._client = client
        self.shop = shop_name(str(credentials["handle"]))
        self.credentials = dict(credentials)
        # Only tests replace it.
        self._base = os.environ.get("MAKEGOOD_SHOPIFY", f"https://{self.shop}").rstrip("/")

    @property
    def scopes(self) -> frozenset[str]:
        """What the app may do, as Shopify said when it was connected."""
        return frozenset(self.credentials.get("scopes") or ())

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Answer:
        """Asks a question; renews the token where that helps. Raises `Trouble`."""
        if not self.credentials.get("token") or self._ends():
            await self._renew()
        try:
            return await self._ask(query, variables)
        except Trouble as trouble:
            if trouble.verdict is not Verdict.DISCONNECT or not self.credentials.get("client_id"):
                raise
        await self._renew()
        return await self._ask(query, variables)

    def _ends(self) -> bool:
        ends = str(self.credentials.get("ends") or "")
        return bool(ends) and datetime.fromisoformat(ends) < clock.now() + EARLY

    async def _renew(self) -> None:
        """https://shopify.dev/docs/apps/build/authentication-authorization/client-credentials-grant"""
        body = {
            "grant_type": "client_credentials",
            "client_id": str(self.credentials.get("client_id") or ""),
            "client_secret": str(self.credentials.get("client_secret") or ""),
        }
        answer = await self._send("/admin/oauth/access_token", data=body)
        found = self._json(answer)
        token = found.get("access_token")
        if answer.status in (400, 401, 403) or (answer.status == 200 and not isinstance(token, str)):
            sentence = f"{self.shop} no longer accepts our app’s client ID and secret. Please connect the shop again."
            raise Trouble(Verdict.DISCONNECT, sentence, detail=f"HTTP {answer.status} {str(found)[:200]}")
        self._check(answer)
        seconds = found.get("expires_in")
        life = timedelta(seconds=seconds if isinstance(seconds, int) and 0 < seconds < 10**8 else 3600)
        self.credentials |= {"token": token, "ends": (clock.now() + life).astimezone(UTC).isoformat()}

    async def _ask(self, query: str, variables: Mapping[str, Any] | None) -> Answer:
        headers = {"x-shopify-access-token": str(self.credentials.get("token") or "")}
        body = {"query": query, "variables": dict(variables or {})}
        answer = await self._send(f"/admin/api/{API_VERSION}/graphql.json", headers=headers, json=body)
        self._check(answer)
        found = self._json(answer)
        cost = _cost(found)
        if found.get("errors"):
            return self._partial(found, cost)
        if not isinstance(found.get("data"), dict):
            raise verdicts.no_sense(self.shop, f"no data: {str(found)[:200]}")
        return Answer(found["data"], pause=_wait(cost, ahead=True))

    async def _send(self, path: str, **kw: Any) -> http.Response:
        try:
            return await http.fetch(self._client, "POST", f"{self._base}{path}", **kw)
        except NetworkError as error:
            raise verdicts.from_network(self.shop, error) from error

    def _json(self, answer: http.Response) -> dict[str, Any]:
        try:
            found = msgspec.json.decode(answer.body)
        except verdicts.NOT_JSON as error:
            if answer.status != 200:
                return {}
            raise verdicts.no_sense(self.shop, f"{error} {answer.body[:200]!r}") from error
        if not isinstance(found, dict):
            raise verdicts.no_sense(self.shop, f"not an object: {answer.body[:200]!r}")
        return found

    def _check(self, answer: http.Response) -> None:
        if answer.status == 200:
            return
        said = answer.body[:200].decode("utf-8", "replace")
        if answer.status in _STATUSES:
            verdict, sentence = _STATUSES[answer.status]
            wait = HOUR if verdict is Verdict.WAIT else None
            raise Trouble(
                verdict, sentence.format(who=self.shop), retry_after=wait, detail=f"HTTP {answer.status} {said}"
            )
        raise verdicts.from_answer(self.shop, answer.status, answer.headers, said)

    def _partial(self, found: dict[str, Any], cost: Mapping[str, Any]) -> Answer:
        """An answer with errors: what is there, where all that is missing was denied below the top; else `Trouble`.

        https://shopify.dev/docs/api/usage/response-codes#error-handling
        """
        errors = found["errors"] if isinstance(found["errors"], list) else [{"message": str(found["errors"])}]
        errors = [each if isinstance(each, dict) else {"message": str(each)} for each in errors]
        codes = [str(_dict(each.get("extensions")).get("code") or "") for each in errors]
        said = "; ".join(str(each.get("message"))[:200] for each in errors[:5])
        data = found.get("data")
        if set(codes) == {"ACCESS_DENIED"}:
            if isinstance(data, dict) and data and all(value is not None for value in data.values()):
                return Answer(data, tuple(dict.fromkeys(_path(each) for each in errors)), _wait(cost, ahead=True))
            sentence = f"{self.shop} does not let our app see that. Please look at the app’s access scopes there."
            raise Trouble(Verdict.REFUSE, sentence, detail=said)
        raise self._trouble(codes, errors, said, cost)

    def _trouble(self, codes: list[str], errors: list[dict[str, Any]], said: str, cost: Mapping[str, Any]) -> Trouble:
        if "THROTTLED" in codes:
            sentence = f"{self.shop} asked us to slow down. We will go on as soon as it allows."
            return Trouble(Verdict.WAIT, sentence, retry_after=_wait(cost) or 2.0, detail=said)
        if "MAX_COST_EXCEEDED" in codes:
            told = _dict(errors[codes.index("MAX_COST_EXCEEDED")].get("extensions"))
            return TooCostly(self.shop, _share(told.get("maxCost"), told.get("cost")), said)
        if "SHOP_INACTIVE" in codes:
            return Trouble(
                Verdict.WAIT, f"{self.shop} is closed. We look again every hour.", retry_after=HOUR, detail=said
            )
        if {"INTERNAL_SERVER_ERROR", "TIMEOUT"} & set(codes):
            return verdicts.meaning_of(500).trouble(self.shop, detail=said)
        return verdicts.meaning_of(400).trouble(self.shop, detail=said)


def _share(most: Any, asked: Any) -> float:
    """How much of what was asked for is allowed, from 0 to 1; a half where Shopify does not say."""
    if isinstance(most, int | float) and isinstance(asked, int | float) and 0 < most < asked:
        return float(most) / float(asked)
    return 0.5


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _path(error: Mapping[str, Any]) -> str:
    """Which field an error is about, without the numbers of list entries."""
    path = error.get("path")
    return ".".join(str(each) for each in path if isinstance(each, str)) if isinstance(path, list) else ""


def _cost(found: Mapping[str, Any]) -> dict[str, Any]:
    return _dict(_dict(found.get("extensions")).get("cost"))


def _wait(cost: Mapping[str, Any], *, ahead: bool = False) -> float | None:
    """How many seconds until as many points are there as the request wants (with `ahead`: the next one like it).

    None where they are there already or the answer does not say.
    """
    status = _dict(cost.get("throttleStatus"))
    figures = [cost.get("requestedQueryCost"), status.get("currentlyAvailable"), status.get("restoreRate")]
    if not all(isinstance(each, int | float) and math.isfinite(each) for each in figures):
        return None
    wanted, there, rate = (float(each or 0) for each in figures)
    if rate <= 0 or (ahead and there >= wanted):
        return None
    return min(max(1.0, math.ceil((wanted - there) / rate)), HOUR)


@asynccontextmanager
async def open_admin(credentials: Mapping[str, Any]) -> AsyncIterator[Admin]:
    """An `Admin` for as long as the block lasts."""
    async with http.client(timeout=30.0) as client:
        yield Admin(client, credentials)
