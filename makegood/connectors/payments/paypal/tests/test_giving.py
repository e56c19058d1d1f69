"""Giving back through PayPal: short answers, orders that are gone, lists that come late, payouts, tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import ChargeState, PayoutWish, RefundState, RefundWish
from makegood.connectors.payments.paypal import errors
from makegood.connectors.payments.paypal.calls import open_paypal
from makegood.connectors.payments.paypal.give import find_refund, refund
from makegood.connectors.payments.paypal.payout import pay_out
from makegood.connectors.payments.paypal.read import fetch
from tests import faults
from tests.connectors.payments.paypal_server import PayPalServer
from tests.connectors.sentences import faults_of

Credentials = dict[str, Any]


def wish(payment: str, minor: int = 500, key: str = "key-1") -> RefundWish:
    return RefundWish(key, payment, minor, "EUR")


async def test_a_short_answer_is_looked_up(server: PayPalServer, credentials: Credentials) -> None:
    server.short = True
    payment = server.pay("49.99")
    made = await refund(credentials, wish(payment))
    assert (made.amount_minor, made.key, made.state) == (500, "key-1", RefundState.DONE)


async def test_a_key_that_paypal_knows_for_something_else(server: PayPalServer, credentials: Credentials) -> None:
    one, two = server.pay("49.99"), server.pay("49.99")
    await refund(credentials, wish(one, 500))
    with pytest.raises(Trouble) as caught:
        await refund(credentials, wish(two, 700))
    assert caught.value.verdict is Verdict.BUG, "PayPal answers with the first; it is not taken for the second"
    assert not server.of(two)


async def test_an_order_that_is_gone_and_nothing_was_given_back(server: PayPalServer, credentials: Credentials) -> None:
    payment = server.pay("49.99")
    server.orders.clear()
    assert await find_refund(credentials, wish(payment)) is None
    made = await refund(credentials, wish(payment))
    assert made.amount_minor == 500


async def test_an_order_that_is_gone_and_the_list_has_it(server: PayPalServer, credentials: Credentials) -> None:
    payment = server.pay("49.99", at=datetime.now(UTC) - timedelta(days=100))
    made = await refund(credentials, wish(payment))
    server.give_back(payment, "1.00")
    server.orders.clear()
    found = await find_refund(credentials, wish(payment))
    assert found is not None
    assert (found.id, found.key) == (made.id, "key-1")
    page = await fetch(credentials, (payment,))
    assert "no longer lists" in page.problems[0]


async def test_an_order_that_is_gone_and_the_list_is_late(server: PayPalServer, credentials: Credentials) -> None:
    payment = server.pay("49.99")
    server.lists = False
    await refund(credentials, wish(payment))
    server.orders.clear()
    with pytest.raises(Trouble) as caught:
        await find_refund(credentials, wish(payment))
    assert (caught.value.verdict, caught.value.retry_after) == (Verdict.RETRY, 3600)
    assert not faults_of(caught.value.sentence)
    with pytest.raises(Trouble):
        await refund(credentials, wish(payment, key="key-2"))
    server.captures[payment]["update_time"] = "2026-01-01T00:00:00Z"
    assert await find_refund(credentials, wish(payment)) is None, "the list is complete by now"
    await refund(credentials, wish(payment))
    assert len(server.of(payment)) == 1, "and PayPal-Request-Id holds all the same"


async def test_a_case_is_open(server: PayPalServer, credentials: Credentials) -> None:
    payment = server.pay("49.99")
    server.cases[payment] = "WAITING_FOR_SELLER_RESPONSE"
    assert (await fetch(credentials, (payment,))).payments[0].state is ChargeState.DISPUTED
    with pytest.raises(Trouble) as caught:
        await refund(credentials, wish(payment))
    assert caught.value.sentence == errors.DISPUTED
    server.cases[payment] = "RESOLVED"
    assert (await refund(credentials, wish(payment))).amount_minor == 500


@pytest.mark.parametrize("issue", sorted(errors._ISSUES))
def test_each_issue_has_a_plain_sentence(issue: str) -> None:
    body = f'{{"name": "UNPROCESSABLE_ENTITY", "details": [{{"issue": "{issue}"}}]}}'.encode()
    fault = errors.from_answer(422, body, {}, writes=True)
    assert fault.verdict in {Verdict.REFUSE, Verdict.RETRY, Verdict.BUG}
    assert not faults_of(fault.sentence)
    assert issue in fault.detail


def test_an_issue_that_we_do_not_know_is_told_in_paypals_words() -> None:
    body = b'{"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": "NEW_RULE", "description": "The moon is full."}]}'
    told = errors.from_answer(422, body, {}, writes=True)
    assert told.verdict is Verdict.REFUSE
    assert "The moon is full" in told.sentence
    assert not faults_of(told.sentence)
    assert errors.from_answer(422, body, {}, writes=False).verdict is Verdict.BUG


# Payouts


def payout(minor: int = 2500, email: str = "maya@example.com", key: str = "payout-1") -> PayoutWish:
    return PayoutWish(key, email, minor, "EUR", "We are sorry about the lid.")


async def test_a_payout_is_made_once(server: PayPalServer, credentials: Credentials) -> None:
    first = await pay_out(credentials, payout())
    assert (first.amount_minor, first.currency, first.state, first.key) == (
        2500,
        "EUR",
        RefundState.PENDING,
        "payout-1",
    )
    [batch] = server.payouts.values()
    item = batch["items"][0]["payout_item"]
    assert (item["amount"], item["receiver"]) == ({"value": "25.00", "currency": "EUR"}, "maya@example.com")
    assert (await pay_out(credentials, payout())).id == first.id
    assert len(server.payouts) == 1


@pytest.mark.parametrize("fault", [faults.lost, faults.reset, faults.truncated, lambda: faults.answer(500)])
async def test_a_payout_whose_answer_gets_lost(server: PayPalServer, credentials: Credentials, fault: Any) -> None:
    with faults.proxy(server.url) as between:
        there = {**credentials, "api_base": between.url}
        between.inject(fault(), path="/payouts$", times=1)
        with pytest.raises(Trouble) as caught:
            await pay_out(there, payout())
        assert caught.value.verdict is Verdict.RETRY
        await pay_out(there, payout())
    assert len(server.payouts) == 1


@pytest.mark.parametrize(
    ("batch", "item", "state"),
    [
        ("SUCCESS", "SUCCESS", RefundState.DONE),
        ("SUCCESS", "UNCLAIMED", RefundState.PENDING),
        ("SUCCESS", "RETURNED", RefundState.CANCELLED),
        ("SUCCESS", "FAILED", RefundState.FAILED),
        ("DENIED", "PENDING", RefundState.FAILED),
        ("PROCESSING", "PENDING", RefundState.PENDING),
    ],
)
async def test_how_a_payout_stands(
    server: PayPalServer, credentials: Credentials, batch: str, item: str, state: RefundState
) -> None:
    await pay_out(credentials, payout())
    server.payouts["payout-1"]["batch_header"]["batch_status"] = batch
    server.payouts["payout-1"]["items"][0]["transaction_status"] = item
    assert (await pay_out(credentials, payout())).state is state


async def test_the_same_key_for_another_payout(server: PayPalServer, credentials: Credentials) -> None:
    await pay_out(credentials, payout())
    for other in (payout(2600), payout(email="sten@example.com")):
        with pytest.raises(Trouble) as caught:
            await pay_out(credentials, other)
        assert caught.value.verdict is Verdict.BUG


@pytest.mark.parametrize("email", ["", "maya", "maya@", "@example.com", "maya lund@example.com"])
async def test_an_address_that_is_none(server: PayPalServer, credentials: Credentials, email: str) -> None:
    with pytest.raises(Trouble) as caught:
        await pay_out(credentials, payout(email=email))
    assert caught.value.verdict is Verdict.REFUSE
    assert not server.asked


# Tokens


async def test_a_token_is_used_again_and_renewed_when_it_is_taken_back(
    server: PayPalServer, credentials: Credentials
) -> None:
    payment = server.pay("49.99")
    for _ in range(3):
        await fetch(credentials, (payment,))
    assert server.asked["POST /v1/oauth2/token"] == 1
    server.tokens.clear()
    await refund(credentials, wish(payment))
    assert server.asked["POST /v1/oauth2/token"] == 2
    assert len(server.of(payment)) == 1


async def test_a_token_is_one_accounts_only(server: PayPalServer, credentials: Credentials) -> None:
    await fetch(credentials, ())
    async with open_paypal(credentials) as calls:
        await calls.get(
            "/v1/reporting/transactions", start_date="2026-11-01T00:00:00Z", end_date="2026-11-02T00:00:00Z"
        )
    with pytest.raises(Trouble) as caught:
        await fetch({**credentials, "secret": "another"}, ("X",))
    assert caught.value.verdict is Verdict.DISCONNECT
    assert "another" not in caught.value.detail
