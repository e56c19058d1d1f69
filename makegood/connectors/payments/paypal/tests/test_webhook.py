"""PayPal's webhooks: whose certificate, how old, which webhook, what they are about."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.paypal.webhook import check, forget_certificates, verify_async
from tests import faults
from tests.connectors.payments.paypal_server import CERT, HOOK, PayPalServer

Credentials = dict[str, Any]
BODY = b'{"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {"id": "2GG2"}}'


def small(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def refused(server: PayPalServer, headers: dict[str, str], body: bytes = BODY, *, days: int = 30) -> Trouble:
    with pytest.raises(Trouble) as caught:
        check({"webhook_id": HOOK}, small(headers), body, server.certificate(days=days))
    return caught.value


async def test_the_certificate_is_fetched_once(server: PayPalServer, credentials: Credentials) -> None:
    with faults.proxy(server.url) as between:
        there = {**credentials, "api_base": between.url}
        for _ in range(3):
            assert (await verify_async(there, server.signed(BODY, cert=f"{between.url}{CERT}"), BODY)).id == "WH-1"
        assert len(between.asked) == 1
        forget_certificates()
        between.inject(faults.answer(503))
        with pytest.raises(Trouble) as caught:
            await verify_async(there, server.signed(BODY, cert=f"{between.url}{CERT}"), BODY)
    assert caught.value.verdict is Verdict.RETRY, "PayPal is to send it again"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://collector.example/v1/notifications/certs/CERT-1",
        "https://paypal.com.example/v1/notifications/certs/CERT-1",
        "https://evilpaypal.com/v1/notifications/certs/CERT-1",
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
        "https://api.paypal.com@collector.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/../../../redirect",
        "https://www.paypal.com/redirect?to=/v1/notifications/certs/CERT-1",
        "https://[::1",
        "file:///v1/notifications/certs/CERT-1",
    ],
)
async def test_only_paypal_has_certificates(server: PayPalServer, address: str) -> None:
    headers = {**server.signed(BODY), "Paypal-Cert-Url": address}
    with pytest.raises(Trouble) as caught:
        await verify_async({"webhook_id": HOOK}, headers, BODY)
    assert caught.value.verdict is Verdict.REFUSE
    assert not server.asked


async def test_a_certificate_that_leads_elsewhere(server: PayPalServer, credentials: Credentials) -> None:
    with faults.proxy(server.url) as between:
        between.inject(faults.answer(302, b"", location=f"{server.url}{CERT}"))
        there = {**credentials, "api_base": between.url}
        with pytest.raises(Trouble) as caught:
            await verify_async(there, server.signed(BODY, cert=f"{between.url}{CERT}"), BODY)
    assert caught.value.verdict is Verdict.REFUSE


def test_another_webhooks_message_is_refused(server: PayPalServer) -> None:
    assert refused(server, server.signed(BODY, hook="SOMEBODYELSES")).verdict is Verdict.REFUSE


def test_old_messages_and_old_certificates_are_refused(server: PayPalServer) -> None:
    now = datetime.now(UTC)
    good = small(server.signed(BODY, at=now - timedelta(days=3)))
    assert check({"webhook_id": HOOK}, good, BODY, server.certificate()).payments == ("2GG2",)
    trouble = refused(server, server.signed(BODY, at=now - timedelta(days=5)))
    assert "clock" in trouble.sentence
    assert refused(server, server.signed(BODY), days=0).verdict is Verdict.REFUSE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Paypal-Auth-Algo", "none"),
        ("Paypal-Auth-Algo", "SHA1withRSA"),
        ("Paypal-Transmission-Sig", "AAAA"),
        ("Paypal-Transmission-Sig", "no base 64!"),
        ("Paypal-Transmission-Time", "today"),
        ("Paypal-Transmission-Id", "another"),
    ],
)
def test_each_header_counts(server: PayPalServer, name: str, value: str) -> None:
    assert refused(server, {**server.signed(BODY), name: value}).verdict is Verdict.REFUSE


def test_a_certificate_that_is_none(server: PayPalServer) -> None:
    with pytest.raises(Trouble) as caught:
        check({"webhook_id": HOOK}, small(server.signed(BODY)), BODY, b"<html>Wi-Fi</html>")
    assert caught.value.verdict is Verdict.REFUSE


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": 1, "event_type": "x"}', b"\xff", b"[" * 200_000])
def test_signed_and_yet_odd(server: PayPalServer, body: bytes) -> None:
    assert refused(server, server.signed(body), body).verdict is Verdict.BUG


UP = [{"rel": "up", "href": "https://api.sandbox.paypal.com/v2/payments/captures/CAP7"}]


@pytest.mark.parametrize(
    ("kind", "thing", "payments"),
    [
        ("PAYMENT.CAPTURE.COMPLETED", {"id": "CAP1"}, ("CAP1",)),
        ("PAYMENT.CAPTURE.REFUNDED", {"id": "REF1", "links": UP}, ("CAP7",)),
        ("PAYMENT.CAPTURE.REVERSED", {"id": "REF1", "links": UP}, ("CAP7",)),
        ("PAYMENT.SALE.REFUNDED", {"id": "REF1", "sale_id": "SALE1"}, ("SALE1",)),
        ("CUSTOMER.DISPUTE.CREATED", {"disputed_transactions": [{"seller_transaction_id": "CAP2"}, 7]}, ("CAP2",)),
        ("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", {"payout_item_id": "P1"}, ()),
        ("SOMETHING.NEW", {}, ()),
    ],
)
def test_what_an_event_is_about(server: PayPalServer, kind: str, thing: dict[str, Any], payments: tuple[str]) -> None:
    body = json.dumps({"id": "WH-7", "event_type": kind, "create_time": "2026-11-22T10:00:00.5Z", "resource": thing})
    found = check({"webhook_id": HOOK}, small(server.signed(body.encode())), body.encode(), server.certificate())
    assert (found.id, found.kind, found.payments) == ("WH-7", kind, payments)
    assert found.at is not None
