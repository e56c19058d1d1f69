"""PayPal's shapes to ours: pairs, amounts, and hostile input."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import ChargeState, RefundState
from makegood.connectors.payments.paypal.amounts import from_paypal, to_paypal
from makegood.connectors.payments.paypal.shapes import listed_of, payment_of, payment_of_listed, refund_of
from makegood.connectors.payments.paypal.tests.pairing import PAIRS, ours

NAMES = sorted(path.stem for path in PAIRS.glob("*.json"))


def pair(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAIRS / f"{name}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_pair(name: str) -> None:
    recorded = pair(name)
    assert ours(name, recorded["theirs"]) == recorded["ours"]


def test_what_the_pairs_say() -> None:
    said = {name: pair(name)["ours"] for name in NAMES}
    paid = said["capture-paid"]
    assert (paid["amount_minor"], paid["currency"], paid["state"]) == (4999, "EUR", ChargeState.PAID)
    assert (paid["email"], paid["name"], paid["order_number"]) == ("maya@example.com", "Maya Lund", "WC-1042")
    assert paid["refs"] == ["5O190127TN364715T"]
    assert said["capture-partly-refunded"]["refunded_minor"] == 1234, "what failed does not count"
    assert said["capture-refunded-without-order"]["refunded_minor"] == 4999
    assert said["capture-pending"]["state"] == ChargeState.PENDING
    assert said["capture-declined"]["state"] == ChargeState.FAILED
    assert said["capture-forint"]["amount_minor"] == 1_200_000
    assert said["capture-forint"]["order_number"] == "1043"
    assert said["capture-yen"]["amount_minor"] == 500
    assert said["refund-done"]["key"] == "6f1c3f1e-6f0b"
    assert said["refund-done"]["at"] == "2026-11-21T16:00:00Z"
    assert said["refund-pending-by-hand"]["key"] == ""
    assert said["refund-pending-by-hand"]["state"] == RefundState.PENDING
    assert said["refund-failed"]["state"] == RefundState.FAILED
    assert said["refund-cancelled"]["state"] == RefundState.CANCELLED
    listed = said["listed-payment"]
    assert (listed["id"], listed["fingerprint"], listed["name"]) == ("2GG279541U471931P", "QYR5Z8XDVJNXQ", "Maya Lund")
    assert said["listed-payment-pending"]["state"] == ChargeState.PENDING
    assert said["listed-payment-denied"]["state"] == ChargeState.FAILED
    assert said["listed-payment-reversed"]["refunded_minor"] == 4999
    back = said["listed-refund"]
    assert (back["payment_id"], back["amount_minor"], back["key"]) == ("2GG279541U471931P", 1234, "6f1c3f1e-6f0b")
    assert said["listed-money-that-went-out"] is None
    assert said["listed-withdrawal"] is None


@pytest.mark.parametrize(
    ("minor", "currency", "value"),
    [(1234, "EUR", "12.34"), (5, "EUR", "0.05"), (500, "JPY", "500"), (120_000, "HUF", "1200"), (30_000, "TWD", "300")],
)
def test_amounts_there_and_back(minor: int, currency: str, value: str) -> None:
    assert to_paypal(minor, currency) == value
    assert from_paypal(value, currency) == minor


@pytest.mark.parametrize(("minor", "currency"), [(150, "HUF"), (199, "TWD"), (0, "EUR"), (-1, "EUR")])
def test_amounts_that_cannot_be_given_back(minor: int, currency: str) -> None:
    with pytest.raises(Trouble) as caught:
        to_paypal(minor, currency)
    assert caught.value.verdict is Verdict.REFUSE


@pytest.mark.parametrize("value", ["", "1e9", "12,34", "nan", "-", "1" * 30])
def test_amounts_that_make_no_sense(value: str) -> None:
    with pytest.raises(ValueError):
        from_paypal(value, "EUR")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.data(), JSON)
def test_any_field_may_be_anything(data: st.DataObject, value: Any) -> None:
    capture, refund = pair("capture-paid")["theirs"]["capture"], pair("refund-done")["theirs"]
    listed = pair("listed-refund")["theirs"]["transaction_info"]
    with contextlib.suppress(ValueError):
        assert payment_of({**capture, data.draw(st.sampled_from(sorted(capture))): value}, [])
    with contextlib.suppress(ValueError):
        assert refund_of({**refund, data.draw(st.sampled_from(sorted(refund))): value})
    with contextlib.suppress(ValueError):
        found = listed_of({"transaction_info": {**listed, data.draw(st.sampled_from(sorted(listed))): value}})
        assert found.back or payment_of_listed(found)
