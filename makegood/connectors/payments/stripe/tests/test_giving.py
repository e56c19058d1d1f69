"""Giving back through Stripe, as documented where localstripe is not: keys, lost answers, disputes, odd payments."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import RefundState, RefundWish
from makegood.connectors.payments.stripe.errors import REPLAY_WAIT
from makegood.connectors.payments.stripe.give import find_refund, refund
from makegood.kit import http
from tests.servers.localstripe import Fault, StripeServer

PATIENCE = 0.5


def wish(charge: str, amount: int = 500, key: str = "") -> RefundWish:
    return RefundWish(key or f"key-{charge}-{amount}", charge, amount, "EUR", "Charged twice", {"case": "C-7"})


async def refused(server: StripeServer, wanted: RefundWish) -> Trouble:
    with pytest.raises(Trouble) as caught:
        await refund(server.credentials, wanted)
    return caught.value


async def test_what_the_refund_carries(server: StripeServer) -> None:
    charge = server.charge(4999)["id"]
    made = await refund(server.credentials, wish(charge))
    [there] = [each for each in server.sums()["refunds"] if each["charge"] == charge]
    assert there["metadata"] == {"makegood_key": made.key, "makegood_reason": "Charged twice", "case": "C-7"}
    assert made.reason == "Charged twice"


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "error_after", "odd", "slow", "late"])
async def test_an_answer_that_gets_lost(server: StripeServer, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    charge = server.charge(4999)["id"]
    server.fault(kind, seconds=PATIENCE * 3)
    patient = http.client
    with monkeypatch.context() as patched:
        patched.setattr(http, "client", lambda **_: patient(timeout=PATIENCE))
        trouble = await refused(server, wish(charge))
    assert trouble.verdict is Verdict.RETRY
    if kind == "slow":
        await asyncio.sleep(PATIENCE * 3)
    found = await find_refund(server.credentials, wish(charge))
    assert (found is None) == (kind == "cut_before")
    again = await refund(server.credentials, wish(charge))
    assert found in {None, again}
    assert server.sums()["by_charge"][charge] == 500


async def test_stripe_repeats_its_own_failure_for_a_day(server: StripeServer) -> None:
    """A 500 is kept under the key, whether or not anything was done: https://docs.stripe.com/api/idempotent_requests"""
    charge = server.charge(4999)["id"]
    wanted = wish(charge)
    server.faults(Fault("error_after", "POST", "^/v1/refunds$"), Fault("odd", "POST", "^/v1/refunds$"))
    assert (await refused(server, wanted)).verdict is Verdict.RETRY
    [made] = [each for each in server.sums()["refunds"] if each["charge"] == charge]
    server.lay_over(made["id"], metadata={})
    server.faults()
    trouble = await refused(server, wanted)
    assert (trouble.verdict, trouble.retry_after) == (Verdict.RETRY, REPLAY_WAIT)
    assert server.sums()["by_charge"][charge] == 500, "what cannot be found is not sent under another key"


async def test_stripe_is_busy(server: StripeServer) -> None:
    charge = server.charge(4999)["id"]
    server.fault("busy", seconds=9)
    trouble = await refused(server, wish(charge))
    assert (trouble.verdict, trouble.retry_after) == (Verdict.WAIT, 9)
    assert await find_refund(server.credentials, wish(charge)) is None


async def test_a_key_in_use_waits(server: StripeServer) -> None:
    charge = server.charge(4999)["id"]
    server.fault("slow", seconds=0)
    got = await asyncio.gather(*(refund(server.credentials, wish(charge)) for _ in range(6)), return_exceptions=True)
    assert {each.verdict for each in got if isinstance(each, Trouble)} <= {Verdict.RETRY}
    assert server.sums()["by_charge"][charge] == 500


async def test_other_metadata_under_the_same_key_is_a_fault_of_ours(server: StripeServer) -> None:
    charge = server.charge(4999)["id"]
    await refund(server.credentials, wish(charge))
    [made] = [each for each in server.sums()["refunds"] if each["charge"] == charge]
    server.lay_over(made["id"], metadata={})
    trouble = await refused(server, replace(wish(charge), metadata={"case": "C-8"}))
    assert trouble.verdict is Verdict.BUG
    assert server.sums()["by_charge"][charge] == 500


async def test_a_disputed_payment_is_not_refunded(server: StripeServer) -> None:
    charge = server.charge(4999)["id"]
    server.dispute(charge)
    before = server.sums()["asked"]["POST /v1/refunds"]
    trouble = await refused(server, wish(charge))
    assert trouble.verdict is Verdict.REFUSE
    assert "dispute" in trouble.sentence
    assert server.sums()["asked"]["POST /v1/refunds"] == before, "nothing was sent"


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"status": "failed"}, "failed"), ({"captured": False}, "not gone through"), ({"status": "pending"}, "not gone")],
)
async def test_odd_payments(server: StripeServer, fields: dict[str, object], words: str) -> None:
    charge = server.charge(4999)["id"]
    server.lay_over(charge, **fields)
    trouble = await refused(server, wish(charge))
    assert trouble.verdict is Verdict.REFUSE
    assert words in trouble.sentence


async def test_a_refund_that_failed_leaves_room_for_another(server: StripeServer) -> None:
    charge = server.charge(1000)["id"]
    first = await refund(server.credentials, wish(charge, 1000))
    server.lay_over(first.id, status="failed")
    found = await find_refund(server.credentials, wish(charge, 1000))
    assert found is not None
    assert found.state is RefundState.FAILED, "it stands, and the money is with the shop again"
    await refund(server.credentials, wish(charge, 1000, "another-key"))
    assert server.sums()["by_charge"][charge] == 1000


async def test_a_payment_intent_is_as_good_as_its_charge(server: StripeServer) -> None:
    intent = server.call("POST", "/v1/payment_intents", _intent())
    made = await refund(server.credentials, wish(intent["id"]))
    assert made.payment_id.startswith("ch_")
    assert await find_refund(server.credentials, wish(intent["id"])) == made
    assert server.sums()["by_charge"][made.payment_id] == 500


def _intent() -> dict[str, object]:
    return {"amount": 2500, "currency": "eur", "payment_method": "pm_card_visa", "confirm": "true"}


async def test_a_key_without_the_right_to_refund(server: StripeServer) -> None:
    charge = server.charge(4999)["id"]
    server.refuse_keys(sk_test_teapot=403)
    trouble = await refused(server, wish(charge))
    assert trouble.verdict is Verdict.REFUSE
    assert "rights" in trouble.sentence


@pytest.mark.parametrize("name", ["../account", "ch_1/../../account", "?limit=1", ""])
async def test_an_id_is_never_a_path(server: StripeServer, name: str) -> None:
    trouble = await refused(server, wish(name))
    assert trouble.verdict in {Verdict.REFUSE, Verdict.RETRY}
