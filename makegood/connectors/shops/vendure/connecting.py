"""Connecting a shop: its address, and an API key or an administrator's name and password."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Connected, Trouble, Verdict
from makegood.connectors.shops.vendure import queries
from makegood.connectors.shops.vendure.api import Api, open_api

__all__ = ["connect"]

NO_ADDRESS = "Please give the address of your shop’s server, such as https://shop.example.com."
NO_SIGN_IN = "Please give an API key, or the name and password of an administrator."
NOT_TAKEN = (
    "{who} does not accept this {what}. Please check it; an API key also needs “api-key” among Vendure’s token methods."
)
NO_SHOP = "There is no Vendure Admin API at {url}. Please check the address; it often ends with /admin-api."
# Where people look at their shop, and no API answers.
_PAGES = re.compile(r"/(admin|dashboard)(/.*)?$")


class _Channel(msgspec.Struct, rename="camel"):
    code: str
    token: str
    default_currency_code: str


class _Server(msgspec.Struct, rename="camel"):
    money_strategy_precision: int = 2


class _Settings(msgspec.Struct, rename="camel"):
    server_config: _Server


class _About(msgspec.Struct, rename="camel"):
    active_channel: _Channel
    global_settings: _Settings


async def connect(form: Mapping[str, str]) -> Connected:
    """Checks that the shop answers and lets us see orders and customers. Raises Trouble.

    `form` has `url`, and `key` (an API key: https://docs.vendure.io/current/core/developer-guide/api-keys, Vendure 3.6
    and later) or `username` and `password`; and may have `channel` (the token of one of several channels), `dashboard`
    (the back office's address, for links) and `noted` (payment methods whose refunds in Vendure move no money,
    separated by commas). The credentials hold these, the digits that amounts have, and a session's `token`.
    """
    url = _api_address(form.get("url", ""))
    key, username, password = (form.get(name, "").strip() for name in ("key", "username", "password"))
    if not key and not (username and password):
        raise Trouble(Verdict.REFUSE, NO_SIGN_IN)
    credentials: dict[str, Any] = {"url": url, "channel": form.get("channel", "").strip()}
    credentials |= {"key": key} if key else {"username": username, "password": password, "token": ""}
    async with open_api(credentials) as api:
        about = await _about(api, "key" if key else "name and password")
        one = {"options": {"take": 1}}
        await api.ask(queries.ORDERS, "read orders", "ReadOrder", **one)
        await api.ask(queries.CUSTOMERS, "read customers", "ReadCustomer", **one)
        kept = api.credentials
    channel = about.active_channel
    kept["precision"] = about.global_settings.server_config.money_strategy_precision
    kept["currency"] = channel.default_currency_code
    kept["dashboard"] = form.get("dashboard", "").strip().rstrip("/") or f"{_root(url)}/dashboard"
    kept["noted"] = [name.strip() for name in form.get("noted", "").split(",") if name.strip()]
    several = channel.code != "__default_channel__"
    host = urlsplit(url).netloc
    return Connected(
        id=f"{url}#{channel.code}" if several else url,
        handle="",
        name=f"{host} ({channel.code})" if several else host,
        url=_root(url),
        credentials=kept,
        facts={"precision": kept["precision"], "currency": kept["currency"]},
    )


async def _about(api: Api, what: str) -> _About:
    """What the shop says of itself once we are let in. Here a wrong key or address is a typing error, no more."""
    try:
        if "password" in api.credentials:
            await api.sign_in()
        return msgspec.convert(await api.who_am_i(), _About)
    except msgspec.ValidationError as error:
        raise verdicts.no_sense(api.who, str(error)) from error
    except Trouble as trouble:
        if trouble.verdict is Verdict.DISCONNECT:
            sentence = NOT_TAKEN.format(who=api.who, what=what)
            raise Trouble(Verdict.REFUSE, sentence, detail=trouble.detail) from trouble
        garbled = trouble.sentence == verdicts.no_sense(api.who, "").sentence
        if trouble.verdict is Verdict.BUG or garbled or trouble.detail.startswith(("HTTP 404", "HTTP 405")):
            raise Trouble(
                Verdict.REFUSE, NO_SHOP.format(url=api.url.partition("://")[2]), detail=trouble.detail
            ) from trouble
        raise


def _api_address(typed: str) -> str:
    """Where the Admin API is: the address as it was typed, without what belongs to a page, /admin-api where no path is
    left. Raises Trouble.
    """
    typed = typed.strip()
    if typed and "://" not in typed:
        typed = f"https://{typed}"
    try:
        parts = urlsplit(typed)
        host = parts.hostname
    except ValueError as error:
        raise Trouble(Verdict.REFUSE, NO_ADDRESS) from error
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise Trouble(Verdict.REFUSE, NO_ADDRESS)
    path = _PAGES.sub("", parts.path.rstrip("/")) or "/admin-api"
    return urlunsplit((parts.scheme, parts.netloc.lower(), path, "", ""))


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
