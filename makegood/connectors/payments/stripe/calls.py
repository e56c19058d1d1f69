"""Calls to one Stripe account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from makegood.connectors import verdicts
from makegood.connectors.payments.stripe import errors
from makegood.connectors.payments.stripe.capability import WHO
from makegood.kit import http
from makegood.kit.http import NetworkError

__all__ = ["API", "PAGE", "Calls", "open_stripe"]

API = "https://api.stripe.com"
PAGE = 100
"""Entries a page, the most there are: https://docs.stripe.com/api/pagination"""
MOST_PAGES = 100


class Calls:
    """Requests on behalf of one account, by the SDK. All raise `Trouble`."""

    def __init__(self, client: Any, wire: Any) -> None:
        self._client = client
        self._wire = wire

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        """One object."""
        return await self._ask("get", path, params)

    async def post(self, path: str, key: str, **params: Any) -> dict[str, Any]:
        """Changes something, once a `key`."""
        return await self._ask("post", path, {**params, "idempotency_key": key})

    async def page(self, path: str, **params: Any) -> tuple[list[dict[str, Any]], bool]:
        """One page of a list, newest first, and whether there is more."""
        found = await self.get(path, limit=PAGE, **{name: value for name, value in params.items() if value})
        data = found.get("data")
        if not isinstance(data, list):
            raise verdicts.no_sense(WHO, f"{path}: no list")
        return [each for each in data if isinstance(each, dict)], found.get("has_more") is True

    async def every(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """A whole list, which is known to be short: what belongs to one charge."""
        found: list[dict[str, Any]] = []
        for _ in range(MOST_PAGES):
            page, more = await self.page(path, starting_after=found[-1].get("id") if found else "", **params)
            found += page
            if not more or not page:
                return found
        raise verdicts.no_sense(WHO, f"{path}: a list without end")

    async def _ask(self, method: str, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        from stripe import StripeError

        try:
            answer = await self._client.raw_request_async(method, path, **params)
        except NetworkError as error:
            raise verdicts.from_network(WHO, error) from error
        except StripeError as error:
            status, writes = error.http_status or 0, method != "get"
            raise errors.from_answer(status, error.json_body, self._wire.headers, writes=writes) from error
        if not isinstance(answer.data, dict):
            raise verdicts.no_sense(WHO, f"{path}: not an object")
        return dict(answer.data)


@asynccontextmanager
async def open_stripe(credentials: Mapping[str, Any]) -> AsyncIterator[Calls]:
    """Calls for the length of the block. `credentials` has `key`, and `api_base` where it is not Stripe's own."""
    from makegood.connectors.payments.stripe.wire import Wire, sdk_client

    async with http.client() as client:
        wire = Wire(client)
        yield Calls(sdk_client(wire, str(credentials["key"]), str(credentials.get("api_base") or API)), wire)
