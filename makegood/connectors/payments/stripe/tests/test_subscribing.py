"""The endpoint that is set up for the owner, by the official SDK, and its signing secret.

localstripe has no webhook endpoints: what answers here keeps to https://docs.stripe.com/api/webhook_endpoints.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.stripe.subscribe import EVENTS, subscribe
from tests.servers.scripted import Answer, Asked, Scripted, as_json

ADDRESS = "https://desk.example/hooks/abc/"
PATH = "/v1/webhook_endpoints"


class Endpoints:
    """What the account has. A secret is told once, when the endpoint is made."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.status = 200

    def __call__(self, asked: Asked) -> Answer:
        if self.status == 403 or (self.status == 400 and asked.method == "POST"):
            return as_json({"error": {"type": "invalid_request_error", "message": "no permission"}}, self.status)
        if asked.method == "GET":
            shown = [{name: each[name] for name in each if name != "secret"} for each in self.rows]
            return as_json({"object": "list", "data": shown, "has_more": False})
        form = parse_qsl(asked.body)
        sent = dict(form)
        events = [value for name, value in form if name.startswith("enabled_events")]
        if asked.path == PATH:
            assert asked.headers["idempotency-key"]
            name = f"we_{len(self.rows) + 1}"
            made = {"id": name, "url": sent["url"], "status": "enabled", "events": events, "secret": f"whsec_{name}"}
            self.rows.append(made)
            return as_json(made)
        row = next(each for each in self.rows if asked.path == f"{PATH}/{each['id']}")
        row["status"] = "disabled" if sent["disabled"] == "true" else "enabled"
        row["events"] = events or row["events"]
        return as_json({name: row[name] for name in row if name != "secret"})


@pytest.fixture
def account() -> Endpoints:
    return Endpoints()


@pytest.fixture
def credentials(account: Endpoints, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    with Scripted(account).serving() as server:
        yield {"key": "rk_test_1", "api_base": server.url, "webhook_secrets": []}


async def test_it_is_made_once_and_its_secret_is_kept(account: Endpoints, credentials: dict[str, Any]) -> None:
    kept = await subscribe(credentials, ADDRESS)
    assert kept["webhook_secrets"] == ["whsec_we_1"]
    [made] = account.rows
    assert (made["url"], made["events"]) == (ADDRESS, list(EVENTS))
    assert await subscribe(kept, ADDRESS) == kept
    assert len(account.rows) == 1


async def test_one_that_was_switched_off_is_switched_on(account: Endpoints, credentials: dict[str, Any]) -> None:
    kept = await subscribe(credentials, ADDRESS)
    account.rows[0] |= {"status": "disabled", "events": []}
    await subscribe(kept, ADDRESS)
    assert (account.rows[0]["status"], account.rows[0]["events"]) == ("enabled", list(EVENTS))


async def test_where_the_secret_is_not_known_a_new_one_takes_its_place(
    account: Endpoints, credentials: dict[str, Any]
) -> None:
    other = {"id": "we_9", "url": "https://other.example/", "status": "enabled", "events": [], "secret": "whsec_o"}
    await subscribe(credentials, ADDRESS)
    account.rows.append(other)
    kept = await subscribe(credentials, ADDRESS)
    assert kept["webhook_secrets"] == ["whsec_we_3"]
    assert [each["status"] for each in account.rows] == ["disabled", "enabled", "enabled"]


@pytest.mark.parametrize("status", [400, 403])
async def test_a_key_that_may_not_or_an_address_that_stripe_does_not_take(
    account: Endpoints, credentials: dict[str, Any], status: int
) -> None:
    account.status = status
    with pytest.raises(Trouble, match="Webhook Endpoints") as caught:
        await subscribe(credentials, ADDRESS)
    assert caught.value.verdict is Verdict.REFUSE


async def test_an_endpoint_without_its_secret_is_no_success(account: Endpoints, credentials: dict[str, Any]) -> None:
    odd = Scripted(lambda asked: as_json({"data": [], "id": "we_1"}))
    with odd.serving() as server, pytest.raises(Trouble) as caught:
        await subscribe({**credentials, "api_base": server.url}, ADDRESS)
    assert caught.value.verdict in {Verdict.RETRY, Verdict.BUG}
