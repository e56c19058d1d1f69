"""Stripe's shapes to ours: pairs, and hostile input."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import ChargeState, RefundState
from makegood.connectors.payments.stripe.amounts import from_stripe, to_stripe
from makegood.connectors.payments.stripe.shapes import contested, event_of, payment_of, refund_of
from makegood.connectors.payments.stripe.tests.pairing import PAIRS, ours

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
    card = said["documented-charge-card"]
    assert (card["amount_minor"], card["currency"], card["state"]) == (4999, "EUR", ChargeState.PAID)
    assert (card["order_number"], card["method"]) == ("TP-1042", "Visa ending 4242")
    assert card["refs"] == ["pi_3PqRsT2eZvKYlo2C0xyz"]
    assert card["url"] == "https://dashboard.stripe.com/payments/pi_3PqRsT2eZvKYlo2C0xyz"
    assert said["documented-charge-amex-without-order"]["method"] == "American Express ending 0005"
    assert said["documented-charge-amex-without-order"]["order_number"] == ""
    assert said["documented-charge-disputed"]["state"] == ChargeState.DISPUTED
    debit = said["documented-charge-bank-debit-pending"]
    assert (debit["state"], debit["method"]) == (ChargeState.PENDING, "SEPA direct debit ending 3000")
    assert (debit["email"], debit["fingerprint"]) == ("maya@example.com", "sepa9")
    assert said["documented-charge-failed"]["state"] == ChargeState.FAILED
    assert said["documented-charge-authorised-only"]["state"] == ChargeState.PENDING
    released = said["documented-charge-authorisation-released"]
    assert (released["state"], released["refunded_minor"]) == (ChargeState.FAILED, 0)
    part = said["documented-charge-captured-in-part"]
    assert (part["amount_minor"], part["refunded_minor"]) == (3000, 0), "what was never taken was never given back"
    assert said["documented-charge-yen"]["amount_minor"] == 500
    assert said["documented-charge-kronur"]["amount_minor"] == 500
    assert said["documented-charge-expanded"]["customer_id"] == "cus_QX1"
    assert said["localstripe-charge-refunded"]["refunded_minor"] == 1200
    assert said["localstripe-charge"]["order_number"] == "1042"
    assert said["localstripe-refund"]["key"] == "6f1c3f1e-6f0b-4a54-9d4f-0b8f2d6c7e01"
    assert said["documented-refund-dashboard"]["key"] == ""
    states = {name: each["state"] for name, each in said.items() if "-refund-" in name and "event" not in name}
    assert states["documented-refund-pending"] == RefundState.PENDING
    assert states["documented-refund-needs-action"] == RefundState.PENDING
    assert states["documented-refund-failed"] == RefundState.FAILED
    assert states["documented-refund-cancelled"] == RefundState.CANCELLED
    assert said["documented-refund-without-charge"]["payment_id"] == "pi_3PqRsT2eZvKYlo2C0xyz"
    assert said["documented-event-dispute-created"]["payments"] == ["ch_1"]
    assert said["documented-event-payment-intent"]["payments"] == ["ch_1"]
    assert said["documented-event-payment-intent-without-charge"]["payments"] == ["pi_1"]
    assert said["documented-event-other"]["payments"] == []
    assert said["localstripe-event"]["payments"] == [pair("localstripe-event")["theirs"]["data"]["object"]["id"]]


@pytest.mark.parametrize(
    ("metadata", "number"),
    [
        ({"order_number": " 7 "}, "7"),
        ({"orderId": "8", "order_no": "9"}, "9"),
        ({"order": 10}, "10"),
        ({"order_id": ""}, ""),
        ({"site": "teapot.example", "orders": "11"}, ""),
    ],
)
def test_the_order_number_is_found(metadata: dict[str, Any], number: str) -> None:
    charge = pair("documented-charge-card")["theirs"]
    assert payment_of({**charge, "metadata": metadata}).order_number == number


def test_how_a_dispute_ended_counts() -> None:
    charge = pair("documented-charge-disputed")["theirs"]
    assert payment_of(charge, disputed=False).state is ChargeState.PAID
    assert not contested(["won", "warning_closed"])
    assert not contested(["warning_needs_response"]), "an inquiry: a refund is what ends it"
    assert contested(["won", "lost"])
    assert contested(["something new"])


# Amounts


@pytest.mark.parametrize(
    ("stripe", "currency", "minor"),
    [(1234, "eur", 1234), (500, "jpy", 500), (500, "isk", 5), (700, "ugx", 7), (5, "mga", 500), (5120, "kwd", 5120)],
)
def test_amounts_there_and_back(stripe: int, currency: str, minor: int) -> None:
    assert from_stripe(stripe, currency) == (minor, currency.upper())
    assert to_stripe(minor, currency.upper()) == stripe


@pytest.mark.parametrize(("minor", "currency"), [(5123, "KWD"), (101, "MGA"), (0, "EUR"), (-1, "EUR")])
def test_amounts_that_cannot_be_given_back(minor: int, currency: str) -> None:
    with pytest.raises(Trouble) as caught:
        to_stripe(minor, currency)
    assert caught.value.verdict is Verdict.REFUSE


@pytest.mark.parametrize(("stripe", "currency"), [(501, "isk"), (1, "usdc"), (1, "")])
def test_amounts_that_make_no_sense(stripe: int, currency: str) -> None:
    with pytest.raises(ValueError):
        from_stripe(stripe, currency)


@given(st.integers(1, 10**12), st.sampled_from(["EUR", "JPY", "KWD", "ISK", "UGX", "MGA", "HUF", "TWD", "CLP"]))
def test_what_is_sent_is_what_comes_back(minor: int, currency: str) -> None:
    try:
        sent = to_stripe(minor, currency)
    except Trouble:
        assert currency in {"KWD", "MGA"}
        return
    assert from_stripe(sent, currency.lower()) == (minor, currency)


# Hostile input

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = sorted(pair("documented-charge-card")["theirs"])


@given(st.sampled_from(FIELDS), JSON)
def test_any_field_may_be_anything(name: str, value: Any) -> None:
    charge = {**pair("documented-charge-card")["theirs"], name: value}
    refund = {**pair("documented-refund-dashboard")["theirs"], name: value}
    for read in (payment_of, refund_of):
        with contextlib.suppress(ValueError):
            assert read(charge if read is payment_of else refund)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_body_may_be_anything(body: bytes) -> None:
    with pytest.raises(ValueError):
        event_of(body)
