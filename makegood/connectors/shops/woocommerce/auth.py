"""Connecting: a shop's address and a key that its owner made for us."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from secrets import token_urlsafe
from typing import Any

from makegood.connectors.contract import Connected, Trouble, Verdict
from makegood.connectors.shops.woocommerce.api import Fault, Server, address_of, open_server, rows_of

__all__ = ["connect"]

_WHERE = "WooCommerce, Settings, Advanced, REST API"


async def connect(form: Mapping[str, str]) -> Connected:
    """Tries the shop at `form["address"]` with the key `form["key"]` (ck_...) and its secret `form["secret"]` (cs_...).

    `form["webhook_secret"]` is what the shop's webhooks are signed with; one is made up where it is left out. The
    credentials hold it as `webhook_secret`, for the page that tells the owner how to set the webhooks up. Raises
    `Trouble`: REFUSE for what the owner can put right.
    """
    base = address_of(form.get("address", ""))
    key, secret = form.get("key", "").strip(), form.get("secret", "").strip()
    if not key.startswith("ck_") or not secret.startswith("cs_") or not f"{key}{secret}".isascii():
        sentence = f"Please give the key (it begins with ck_) and its secret (cs_). They are made under {_WHERE}."
        raise Trouble(Verdict.REFUSE, sentence)
    credentials = {
        "base": base,
        "key": key,
        "secret": secret,
        "webhook_secret": form.get("webhook_secret", "").strip() or token_urlsafe(32),
    }
    about = await _about(credentials)
    await _try_key(credentials)
    async with open_server(credentials) as server:
        money = await server.get("wc/v3/data/currencies/current")
    currency = str(money.get("code", "")) if isinstance(money, dict) else ""
    name = str(about.get("name") or server.host)[:200]
    return Connected(
        id=server.base,
        handle=server.host,
        name=name,
        url=server.base,
        credentials=credentials,
        kind="shop",
        facts={"currency": currency, "query": bool(credentials.get("query"))},
    )


async def _about(credentials: dict[str, Any]) -> Mapping[str, Any]:
    """What WordPress says of itself; notes in `credentials` when it has no pretty permalinks.

    https://developer.wordpress.org/rest-api/extending-the-rest-api/routes-and-endpoints/#routes-vs-endpoints
    """
    for plain in (False, True):
        credentials["plain"] = plain
        async with open_server(credentials) as server:
            try:
                found = await server.get("", signed=False)
            except Fault as fault:
                if fault.status not in (200, 404, 405):
                    raise
                continue
        if isinstance(found, dict) and isinstance(found.get("namespaces"), list):
            if "wc/v3" in found["namespaces"]:
                credentials["base"] = _home(server.base, found.get("home"))
                return found
            sentence = f"{server.host} is a WordPress without WooCommerce. Please check the address."
            raise Trouble(Verdict.REFUSE, sentence)
    sentence = f"{Server.host_of(credentials)} does not answer as WordPress does. Please check the address."
    raise Trouble(Verdict.REFUSE, sentence)


def _home(base: str, home: Any) -> str:
    """The address as WordPress has it, where that differs by a www only: a redirect would lose the key on its way."""
    with suppress(Trouble):
        named = address_of(home) if isinstance(home, str) else base
        scheme, _, host = named.partition("://")
        known, _, typed = base.partition("://")
        if scheme == known and host.removeprefix("www.") == typed.removeprefix("www."):
            return named
    return base


async def _try_key(credentials: dict[str, Any]) -> None:
    """Reads one order; notes in `credentials` when the key has to go into the address.

    Some web servers keep the Authorization header to themselves:
    https://woocommerce.github.io/woocommerce-rest-api-docs/#authentication-over-https
    """
    refused: Fault | None = None
    for query in (False, True):
        credentials["query"] = query
        async with open_server(credentials) as server:
            try:
                rows_of(server, await server.get("wc/v3/orders", {"per_page": 1}), "orders")
                return
            except Fault as fault:
                if fault.status != 401:
                    raise
                refused = fault
    assert refused is not None
    sentence = f"{server.host} does not know this key, or its secret is wrong. Please make a new one under {_WHERE}."
    raise Trouble(Verdict.REFUSE, sentence, detail=refused.detail) from refused
