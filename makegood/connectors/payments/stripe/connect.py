"""Checks the key that was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from makegood.connectors.contract import Connected, Trouble, Verdict
from makegood.connectors.payments.address import address_of
from makegood.connectors.payments.stripe.calls import API, Calls, open_stripe
from makegood.connectors.payments.stripe.capability import WHO

__all__ = ["connect", "secrets_in"]

_KEY = re.compile(r"(sk|rk)_(test|live)_\w+")
_ACCOUNT = re.compile(r"\bacct_\w+")
_PUBLIC = "This is Stripe’s publishable key, which can only take payments. Please give the secret or a restricted key."
_NO_KEY = "Please give a secret or restricted key of Stripe: it begins with sk_ or rk_."
_NO_SECRET = "Please check the webhook’s signing secret: it begins with whsec_."  # noqa: S105 - a sentence
_NO_ACCOUNT = "This key may not tell whose account it is for. Please let it read the account, then connect it again."


def secrets_in(typed: str) -> list[str]:
    """The signing secrets in what was typed: several while one is being replaced. Raises `Trouble` (REFUSE)."""
    found = typed.replace(",", " ").split()
    if not all(re.fullmatch(r"whsec_\S+", secret) for secret in found):
        raise Trouble(Verdict.REFUSE, _NO_SECRET)
    return found


async def connect(form: Mapping[str, str]) -> Connected:
    """An account by its `key`, with `webhook_secret` (may be empty, may be several) and `api_base` (usually empty).

    What is needed later is tried now: reading charges, refunds and disputes. Whether the key may refund shows with the
    first refund only. Raises `Trouble`.
    """
    key = form.get("key", "").strip()
    if key.startswith("pk_"):
        raise Trouble(Verdict.REFUSE, _PUBLIC)
    if not _KEY.fullmatch(key):
        raise Trouble(Verdict.REFUSE, _NO_KEY)
    credentials: dict[str, Any] = {"key": key, "webhook_secrets": secrets_in(form.get("webhook_secret", ""))}
    base = address_of(form.get("api_base", ""), API, WHO)
    if base != API:
        credentials["api_base"] = base
    async with open_stripe(credentials) as calls:
        account = await _account(calls)
        for path in ("/v1/charges", "/v1/refunds", "/v1/disputes"):
            await calls.get(path, limit=1)
    live = "_live_" in key
    name = _shown(account)
    return Connected(
        id=str(account["id"]),
        handle=str(account.get("email") or ""),
        name=f"{name}" if live else f"{name} (test)",
        url=f"https://dashboard.stripe.com/{'' if live else 'test/'}payments",
        credentials={**credentials, "account": account["id"]},
        facts={"live": live, "currency": str(account.get("default_currency") or "").upper()},
    )


async def _account(calls: Calls) -> dict[str, Any]:
    """https://docs.stripe.com/api/accounts/retrieve. A restricted key is told whose it is all the same."""
    try:
        return await calls.get("/v1/account")
    except Trouble as trouble:
        found = _ACCOUNT.search(trouble.detail)
        if trouble.verdict is not Verdict.REFUSE:
            raise
        if found is None:
            raise Trouble(Verdict.REFUSE, _NO_ACCOUNT, detail=trouble.detail) from trouble
        return {"id": found[0]}


def _shown(account: Mapping[str, Any]) -> str:
    """The name that the shop's owner gave it, else its id."""
    profile = account.get("business_profile")
    settings = account.get("settings")
    board = settings.get("dashboard") if isinstance(settings, Mapping) else None
    names = [
        profile.get("name") if isinstance(profile, Mapping) else None,
        board.get("display_name") if isinstance(board, Mapping) else None,
    ]
    return next((str(name) for name in names if name), str(account["id"]))
