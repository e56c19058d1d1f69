"""Reading Stripe: what is open stays in sight, disputes, what cannot be read, restricted keys, and the way out."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import ChargeState, Payment, PayPage, RefundState
from makegood.connectors.payments.stripe.calls import open_stripe
from makegood.connectors.payments.stripe.connect import connect
from makegood.connectors.payments.stripe.read import OPEN_FOR, fetch, read
from makegood.kit import http
from tests import faults
from tests.servers.localstripe import KEY, StripeServer


def of(page: PayPage, charge: str) -> Payment:
    return {each.id: each for each in page.payments}[charge]


def ids(page: PayPage) -> set[str]:
    return {each.id for each in page.payments}


async def whole(server: StripeServer, cursor: dict[str, Any] | None = None) -> PayPage:
    page = await read(server.credentials, cursor or {})
    payments, refunds = list(page.payments), list(page.refunds)
    while page.more:
        page = await read(server.credentials, page.cursor)
        payments, refunds = payments + list(page.payments), refunds + list(page.refunds)
    return PayPage(tuple(payments), tuple(refunds), page.cursor, page.problems)


async def test_a_payment_that_is_pending_is_looked_at_until_it_is_not(server: StripeServer) -> None:
    charge = server.charge(4999)["id"]
    server.lay_over(charge, status="pending", created=int(time.time()) - 86_400)
    first = await whole(server)
    assert of(first, charge).state is ChargeState.PENDING
    assert charge in [name for name, _ in first.cursor["open"]]
    server.lay_over(charge, status="succeeded")
    second = await whole(server, dict(first.cursor))
    assert of(second, charge).state is ChargeState.PAID
    assert charge not in [name for name, _ in second.cursor["open"]]


async def test_a_refund_that_is_pending_is_looked_at_until_it_is_not(server: StripeServer) -> None:
    charge = server.charge(4999)["id"]
    made = server.refund(charge, 700)
    server.lay_over(made["id"], status="pending", created=int(time.time()) - 3600)
    server.lay_over(charge, created=int(time.time()) - 7200)
    first = await whole(server)
    server.lay_over(made["id"], status="failed")
    second = await whole(server, dict(first.cursor))
    assert {each.id: each.state for each in second.refunds}[made["id"]] is RefundState.FAILED
    assert of(second, charge).refunded_minor == 0


async def test_what_stays_open_is_given_up_after_three_months(server: StripeServer) -> None:
    charge = server.charge(4999)["id"]
    server.lay_over(charge, status="pending", created=int(time.time()) - OPEN_FOR - 60)
    first = await whole(server)
    assert charge in ids(first)
    assert charge not in [name for name, _ in first.cursor["open"]]


async def test_all_that_is_open_has_its_turn(server: StripeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["makegood.connectors.payments.stripe.read"], "OPEN_AT_ONCE", 2)
    charges = [server.charge(100 + number)["id"] for number in range(5)]
    for number, charge in enumerate(charges):
        server.lay_over(charge, status="pending", created=int(time.time()) - 86_400 - number)
    page = await whole(server)
    server_side = set(charges)
    for _ in range(12):
        page = await whole(server, dict(page.cursor))
        server_side -= {each.id for each in page.payments}
        if not server_side:
            break
    assert not server_side
    for charge in charges:
        server.lay_over(charge, status="succeeded")


async def test_a_dispute_is_seen_and_how_it_ended(server: StripeServer) -> None:
    charge = server.charge(4999)["id"]
    server.lay_over(charge, created=int(time.time()) - 86_400 * 20)
    first = await whole(server)
    server.dispute(charge)
    second = await whole(server, dict(first.cursor))
    assert of(second, charge).state is ChargeState.DISPUTED
    server.dispute(charge, "won")
    third = await whole(server, dict(second.cursor))
    assert of(third, charge).state is ChargeState.PAID


async def test_what_cannot_be_read_is_told_and_the_rest_is_read(server: StripeServer) -> None:
    odd, good = server.charge(4999)["id"], server.charge(5000)["id"]
    server.lay_over(odd, currency="usdc")
    try:
        page = await whole(server)
        assert odd not in ids(page)
        assert good in ids(page)
        assert any(odd in problem for problem in page.problems)
    finally:
        server.lay_over(odd, currency="eur")


async def test_a_payment_intent_brings_its_charge(server: StripeServer) -> None:
    form = {"amount": 2500, "currency": "eur", "payment_method": "pm_card_visa", "confirm": "true"}
    intent = server.call("POST", "/v1/payment_intents", form)
    page = await fetch(server.credentials, (intent["id"],))
    assert [each.refs for each in page.payments] == [(intent["id"],)]


async def test_a_restricted_key_connects_without_the_right_to_the_account(server: StripeServer) -> None:
    form = {"key": "rk_test_restricted", "api_base": server.url}
    made = await connect(form)
    assert made.id == "acct_1MakegoodTeapot"
    server.refuse_keys(rk_test_restricted=403)
    with pytest.raises(Trouble) as caught:
        await connect(form)
    assert "rights" in caught.value.sentence


async def test_what_connecting_brings(server: StripeServer) -> None:
    made = await connect({"key": KEY, "webhook_secret": "whsec_one, whsec_two", "api_base": server.url})
    assert (made.name, made.handle) == ("Teapot & Co (test)", "olga@teapot.example")
    assert made.facts == {"live": False, "currency": "EUR"}
    assert made.credentials["webhook_secrets"] == ["whsec_one", "whsec_two"]


async def test_the_sdk_asks_once_and_tells_nothing_of_this_machine(server: StripeServer) -> None:
    with faults.proxy(server.url) as between:
        body = b'{"error": {"type": "api_error", "message": "bad day"}}'
        between.inject(faults.answer(500, body, content_type="application/json"))
        async with open_stripe({**server.credentials, "api_base": between.url}) as calls:
            for _ in range(2):
                with pytest.raises(Trouble) as caught:
                    await calls.post("/v1/refunds", "key-7", charge="ch_1", metadata={"a": "b"})
                assert caught.value.verdict is Verdict.RETRY
        assert len(between.asked) == 2
        asked = between.asked[-1]
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["idempotency-key"] == "key-7"
    assert asked.headers["stripe-version"]
    assert asked.headers["user-agent"] == http.USER_AGENT
    assert b"metadata[a]=b" in asked.body
    assert not [name for name in asked.headers if "telemetry" in name or "client-user-agent" in name]


async def test_the_way_out_is_guarded(server: StripeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEGOOD_PRIVATE_HOSTS")
    with pytest.raises(Trouble) as caught:
        await read(server.credentials, {})
    assert caught.value.verdict is Verdict.REFUSE
    assert http.permitted("127.0.0.1", 1, ["127.0.0.1"]) == []


def test_a_process_that_asks_nothing_does_not_carry_the_sdk() -> None:
    code = (
        "import sys; from makegood.connectors.payments.registry import processor;"
        "assert processor('stripe').capability.title == 'Stripe'; assert 'stripe' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
