"""Connecting: a shop's name and an app of its own.

Shops that made an app before 2026 have its token (shpat_...); newer apps have a client ID and secret, which bring a
token for a day: https://shopify.dev/docs/apps/build/dev-dashboard/get-api-access-tokens
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Connected, Trouble, Verdict
from makegood.connectors.shops.shopify.api import open_admin, shop_name
from makegood.connectors.shops.shopify.capability import NEEDED, WANTED
from makegood.connectors.shops.shopify.queries import ABOUT

__all__ = ["connect"]


class _Shop(msgspec.Struct, rename="camel"):
    name: str
    myshopify_domain: str
    currency_code: str
    url: str


class _Scope(msgspec.Struct):
    handle: str


class _Installation(msgspec.Struct, rename="camel"):
    access_scopes: list[_Scope]


class _About(msgspec.Struct, rename="camel"):
    shop: _Shop
    current_app_installation: _Installation


async def connect(form: Mapping[str, str]) -> Connected:
    """Tries the shop `form["shop"]` with `form["client_id"]` and `form["client_secret"]`, or with `form["token"]`.

    The client secret signs the webhooks too; with a token alone they cannot be verified. `facts` has the shop's
    currency and what the app is not allowed (`missing`), in words. Raises `Trouble`: REFUSE for what the owner can put
    right.
    """
    shop = shop_name(form.get("shop", ""))
    given = {name: form.get(name, "").strip() for name in ("token", "client_id", "client_secret")}
    if not given["token"] and not (given["client_id"] and given["client_secret"]):
        raise Trouble(Verdict.REFUSE, "Please give the app’s client ID and client secret, or its access token.")
    if not "".join(given.values()).isascii():
        raise Trouble(Verdict.REFUSE, "Please copy the app’s ID, secret or token anew: they are plain letters.")
    async with open_admin({"handle": shop, **given}) as admin:
        try:
            answer = await admin.ask(ABOUT)
        except Trouble as trouble:
            if trouble.verdict is not Verdict.DISCONNECT:
                raise
            sentence = f"{shop} does not accept this app. Please check that it is installed there, and what you copied."
            raise Trouble(Verdict.REFUSE, sentence, detail=trouble.detail) from trouble
        try:
            about = msgspec.convert(answer.data, _About)
        except msgspec.ValidationError as error:
            raise verdicts.no_sense(shop, str(error)) from error
        scopes = sorted(each.handle for each in about.current_app_installation.access_scopes)
        lacking = [each for each in NEEDED if each not in scopes and each.replace("read_", "write_") not in scopes]
        if lacking:
            sentence = f"The app may not read what we need. Please give it the access scopes {', '.join(lacking)}."
            raise Trouble(Verdict.REFUSE, sentence)
        credentials = {**admin.credentials, "scopes": scopes}
    return Connected(
        id=f"https://{shop}",
        handle=shop,
        name=about.shop.name or shop,
        url=about.shop.url,
        credentials=credentials,
        kind="shop",
        facts={
            "currency": about.shop.currency_code,
            "missing": [words for scope, words in WANTED.items() if scope not in scopes],
            "webhooks": bool(given["client_secret"]),
        },
    )
