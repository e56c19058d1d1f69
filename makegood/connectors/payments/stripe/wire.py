"""The SDK's way out: our own HTTP, so that private addresses, size and time are guarded as everywhere.

Importing this module imports the SDK (0.2 s and 12 MiB): only `calls` does, when something is to be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import stripe

from makegood.connectors import verdicts
from makegood.connectors.payments.stripe import errors
from makegood.connectors.payments.stripe.capability import WHO
from makegood.kit import http

__all__ = ["Wire", "sdk_client"]

# What they say of this machine and of earlier requests is nobody's business.
_TELLTALE = frozenset({"x-stripe-client-user-agent", "x-stripe-client-telemetry", "user-agent"})


class Wire(stripe.HTTPClient):
    """Sends what the SDK composed. `headers` are those of the last answer."""

    name = "makegood"

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__()
        self._http = client
        self.headers: Mapping[str, str] = {}

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One request. Raises `NetworkError`, and `Trouble` for an answer that is none of Stripe's.

        The page of a Wi-Fi or of a gateway never reaches the SDK, which would trip over it.
        """
        sent = {name: value for name, value in headers.items() if name.lower() not in _TELLTALE}
        answer = await http.fetch(self._http, method.upper(), url, headers=sent, content=post_data)
        self.headers = answer.headers
        body = _body(answer)
        if answer.status < 300 and not isinstance(body, dict):
            raise verdicts.no_sense(
                WHO, f"not the JSON that was promised: {answer.headers.get('content-type', '')[:80]}"
            )
        if answer.status >= 300 and not (isinstance(body, dict) and isinstance(body.get("error"), dict)):
            raise errors.from_answer(answer.status, None, answer.headers, writes=method.lower() != "get")
        return answer.body, answer.status, answer.headers


def _body(answer: http.Response) -> Any:
    """The JSON of an answer, None where it is none."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        return msgspec.json.decode(answer.body) if kind == "application/json" else None
    except verdicts.NOT_JSON:
        return None


def sdk_client(wire: Wire, key: str, base: str) -> stripe.StripeClient:
    """The SDK's client for one account. It never asks twice by itself: that is for whoever keeps the row."""
    return stripe.StripeClient(key, base_addresses={"api": base}, http_client=wire, max_network_retries=0)
