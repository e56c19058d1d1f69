"""What the tests of the Bluesky connector call in common."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from makegood.connectors.bluesky.auth import connect
from makegood.connectors.contract import Draft, Trouble
from tests.servers.atproto import JWT_SECRET, AtprotoNetwork, TestAccount


async def connected(network: AtprotoNetwork, account: TestAccount) -> dict[str, Any]:
    form = {"identifier": account.handle, "password": network.app_password(account)}
    return dict((await connect(form)).credentials)


def expired(access: str) -> str:
    """The same session, signed by the real server's key, but two hours past its end."""

    def packed(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head, claims, _ = access.split(".")
    content = json.loads(base64.urlsafe_b64decode(claims + "=="))
    content |= {"iat": int(time.time()) - 14400, "exp": int(time.time()) - 7200}
    signed = f"{head}.{packed(json.dumps(content).encode())}"
    return f"{signed}.{packed(hmac.new(JWT_SECRET, signed.encode(), hashlib.sha256).digest())}"


async def trouble_of(coroutine: Any) -> Trouble:
    with pytest.raises(Trouble) as caught:
        await coroutine
    assert caught.value.sentence
    assert "Traceback" not in caught.value.sentence
    return caught.value


def draft_with(key: str) -> Draft:
    """As much of a reply as it takes to ask for it."""
    return Draft(key=key, text="", parent_id="")
