"""Checks the client ID and secret that were typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from makegood.connectors import verdicts
from makegood.connectors.contract import Connected, Trouble, Verdict
from makegood.connectors.payments.address import address_of
from makegood.connectors.payments.paypal.calls import LIVE, SANDBOX, open_paypal
from makegood.connectors.payments.paypal.capability import WHO
from makegood.connectors.payments.paypal.read import period
from makegood.kit import clock

__all__ = ["connect"]

_BOTH = "Please give the client ID and the secret of a REST app. You can make one at developer.paypal.com."
_WEBHOOK = "Please check the webhook’s ID: it is letters and figures, and stands beside the webhook in your app."


async def connect(form: Mapping[str, str]) -> Connected:
    """An account by `client_id` and `secret`, with `sandbox` ("" or "1"), `webhook_id` and `api_base` (may be empty).

    Whose account it is tells the list of transactions, which is needed later anyway. Raises `Trouble`.
    """
    name, secret, hook = (form.get(field, "").strip() for field in ("client_id", "secret", "webhook_id"))
    if not name or not secret:
        raise Trouble(Verdict.REFUSE, _BOTH)
    if not re.fullmatch(r"[A-Za-z0-9]*", hook):
        raise Trouble(Verdict.REFUSE, _WEBHOOK)
    sandbox = bool(form.get("sandbox", "").strip())
    usual = SANDBOX if sandbox else LIVE
    credentials: dict[str, Any] = {"client_id": name, "secret": secret, "sandbox": sandbox, "webhook_id": hook}
    base = address_of(form.get("api_base", ""), usual, WHO)
    if base != usual:
        credentials["api_base"] = base
    now = clock.now()
    async with open_paypal(credentials) as calls:
        found = await calls.get("/v1/reporting/transactions", **period(now - timedelta(days=1), now), page_size=1)
    account = str(found.get("account_number") or "")
    if not account:
        raise verdicts.no_sense(WHO, "no account_number")
    return Connected(
        id=account,
        handle="",
        name=f"PayPal {account}{' (sandbox)' if sandbox else ''}",
        url=f"https://www.{'sandbox.' if sandbox else ''}paypal.com/activities/",
        credentials={**credentials, "account": account},
        facts={"live": not sandbox},
    )
