"""Webhooks: real deliveries from the server, clocks, secrets being replaced, and what is signed and yet odd."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.stripe.webhook import TOLERANCE, verify
from tests.servers.hooks import signature
from tests.servers.localstripe import StripeServer

NEW, OLD = "whsec_new", "whsec_old"
BODY = json.dumps({"id": "evt_1", "type": "charge.refunded", "created": 1795340001, "data": {"object": {}}}).encode()


def signed(body: bytes = BODY, secrets: tuple[str, ...] = (NEW,), after: float = 0) -> dict[str, str]:
    return {"stripe-signature": signature(body, secrets, time.time() + after)}


def refused(headers: dict[str, str], body: bytes, *secrets: str) -> Trouble:
    with pytest.raises(Trouble) as caught:
        verify({"webhook_secrets": list(secrets)}, headers, body)
    return caught.value


def test_both_secrets_count_while_one_is_being_replaced() -> None:
    both = {"webhook_secrets": [OLD, NEW]}
    assert verify(both, signed(secrets=(OLD,)), BODY).id == "evt_1"
    assert verify(both, signed(secrets=(NEW,)), BODY).id == "evt_1"
    assert verify({"webhook_secrets": [NEW]}, signed(secrets=(OLD, NEW)), BODY).id == "evt_1"
    assert refused(signed(secrets=(OLD,)), BODY, NEW).verdict is Verdict.REFUSE


def test_how_old_a_signature_may_be() -> None:
    credentials = {"webhook_secrets": [NEW]}
    assert verify(credentials, signed(after=20 - TOLERANCE), BODY)
    assert verify(credentials, signed(after=86_400), BODY), "our clock is behind; the secret is proof enough"
    trouble = refused(signed(after=-TOLERANCE - 20), BODY, NEW)
    assert trouble.verdict is Verdict.REFUSE
    assert "clock" in trouble.sentence


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"id": 7, "type": "x"}', b"\xc3\xa4", b"[" * 200_000])
def test_signed_and_yet_odd(body: bytes) -> None:
    assert refused(signed(body), body, NEW).verdict is Verdict.BUG


@pytest.mark.parametrize("header", ["", "t=1", "v1=1", "t=,v1=", "t=9" * 400, "v0=1,t=2", "t=1,v1=\N{SNOWMAN}", "=,=,"])
def test_headers_that_are_none(header: str) -> None:
    assert refused({"Stripe-Signature": header}, BODY, NEW).verdict is Verdict.REFUSE
    assert refused({"Stripe-Signature": header}, BODY).verdict is Verdict.REFUSE


class Door(BaseHTTPRequestHandler):
    """Takes webhooks, the first of each event with a 500."""

    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append((dict(self.headers.items()), body))
        name = json.loads(body)["id"]
        self.send_response(200 if name in self.server.known else 500)
        self.server.known.add(name)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def door() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Door)
    server.taken, server.known = [], set()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_deliveries_twice_late_and_out_of_order(server: StripeServer, door: Any) -> None:
    server.webhooks(f"http://127.0.0.1:{door.server_port}/hook", secrets=(NEW,), copies=2, latest=0.6, seed=3)
    charges = [server.charge(1000 + number)["id"] for number in range(4)]
    for charge in charges:
        server.refund(charge, 100)
    told = server.settle()
    assert told["under_way"] == 0
    credentials = {"webhook_secrets": [NEW]}
    events = [verify(credentials, headers, body) for headers, body in door.taken]
    ours = [each["id"] for each in told["events"] if _charge(each) in charges]
    names = [each.id for each in events if each.id in ours]
    assert set(names) == set(ours)
    assert all(names.count(name) >= 3 for name in ours), "two copies, and one more after the 500"
    assert list(dict.fromkeys(names)) != ours, "out of order"
    assert {charge for each in events for charge in each.payments} >= set(charges)
    assert len({(each.id, each.kind, each.payments) for each in events if each.id in ours}) == len(ours)


def _charge(event: Any) -> str:
    thing = event["data"]["object"]
    return str(thing["id"] if thing["object"] == "charge" else thing.get("charge"))
