"""What of Stripe's behaviour is ours in these servers: keys, limits, lists, faults, webhooks."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.base import wait_until
from tests.servers.hooks import signature
from tests.servers.localstripe import KEY, Fault, StripeServer

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server(stripe_server: StripeServer) -> Iterator[StripeServer]:
    yield stripe_server
    stripe_server.faults()
    stripe_server.refuse_keys()
    stripe_server.webhooks()


def post(server: StripeServer, charge: str, amount: int, key: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {KEY}"} | ({"idempotency-key": key} if key else {})
    form = {"charge": charge, "amount": amount, "metadata[makegood_key]": key}
    with httpx.Client(timeout=30) as client:
        return client.post(f"{server.url}/v1/refunds", data=form, headers=headers)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    return answer.status_code, error.get("code") or error["type"]


def test_what_localstripe_does_by_itself(server: StripeServer) -> None:
    """If one of these changes, keeping.py may become smaller."""
    charge = server.charge(1000)["id"]
    headers = {"authorization": f"Bearer {KEY}", "idempotency-key": "twice"}
    own = f"{server.upstream}/v1/refunds"
    made = [server.http.post(own, data={"charge": charge, "amount": 800}, headers=headers) for _ in range(2)]
    assert [each.status_code for each in made] == [200, 200], "it gives back more than was paid, twice under one key"
    assert made[0].json()["id"] != made[1].json()["id"]
    reason = {"charge": charge, "amount": 1, "reason": "duplicate"}
    assert server.http.post(own, data=reason, headers=headers).status_code == 400
    assert charge in server.sums()["over"], "and our sums would tell"
    for each in made:
        server.lay_over(each.json()["id"], status="failed")


def test_a_key_is_worked_once(server: StripeServer) -> None:
    charge = server.charge(1000)["id"]
    first = post(server, charge, 100, "a-key")
    again = post(server, charge, 100, "a-key")
    assert (again.status_code, again.json()) == (200, first.json())
    assert (first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed")) == (None, "true")
    assert error_of(post(server, charge, 200, "a-key")) == (400, "idempotency_error")
    assert server.sums()["by_charge"][charge] == 100
    server.forget_keys()
    assert post(server, charge, 100, "a-key").json()["id"] != first.json()["id"], "as after a day"


def test_a_key_at_work_is_in_use(server: StripeServer) -> None:
    charge = server.charge(1000)["id"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(server, charge, 100, "busy-key"), range(8)))
    told = {each.status_code for each in answers}
    assert 200 in told
    assert told <= {200, 409}
    assert server.sums()["by_charge"][charge] == 100


def test_refusals_are_kept_too(server: StripeServer) -> None:
    charge = server.charge(1000)["id"]
    refused = post(server, charge, 1001, "large")
    assert refused.json()["error"]["param"] == "amount"
    assert post(server, charge, 1001, "large").headers["idempotent-replayed"] == "true"


def test_never_more_than_was_paid(server: StripeServer) -> None:
    charge = server.charge(1000)["id"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: post(server, charge, 300, f"many-{charge}-{number}"), range(8)))
    assert sorted(each.status_code for each in answers) == [200] * 3 + [400] * 5
    post(server, charge, 100)
    assert error_of(post(server, charge, 1)) == (400, "charge_already_refunded")
    other = server.charge(1000)["id"]
    server.dispute(other)
    assert error_of(post(server, other, 1)) == (400, "charge_disputed")
    assert error_of(post(server, "ch_none", 1)) == (404, "resource_missing")
    assert not set(server.sums()["over"]) & {charge, other}


@pytest.mark.parametrize(
    ("kind", "done"),
    [("cut_before", False), ("cut_after", True), ("error_after", True), ("busy", False), ("odd", True), ("slow", True)],
)
def test_what_goes_wrong(server: StripeServer, kind: str, done: bool) -> None:
    charge = server.charge(1000)["id"]
    server.fault(kind, seconds=0.2)
    if kind.startswith("cut"):
        with pytest.raises(httpx.NetworkError):
            post(server, charge, 100, f"{kind}-{charge}")
    else:
        status = {"error_after": 500, "busy": 429}.get(kind, 200)
        assert post(server, charge, 100, f"{kind}-{charge}").status_code == status
    assert server.sums()["by_charge"].get(charge, 0) == (100 if done else 0)
    again = post(server, charge, 100, f"{kind}-{charge}")
    assert again.status_code == (500 if kind == "error_after" else 200)
    assert server.sums()["by_charge"][charge] == 100


def test_a_caller_who_hangs_up_changes_nothing(server: StripeServer) -> None:
    charge = server.charge(1000)["id"]
    server.fault("slow", seconds=0.5)
    headers = {"authorization": f"Bearer {KEY}", "idempotency-key": f"gone-{charge}"}
    with httpx.Client(timeout=0.1) as client, pytest.raises(httpx.ReadTimeout):
        client.post(f"{server.url}/v1/refunds", data={"charge": charge, "amount": 100}, headers=headers)
    wait_until(lambda: server.sums()["by_charge"].get(charge), "the refund")


def test_dice_with_a_seed(server: StripeServer) -> None:
    def fall() -> list[int]:
        server.faults(Fault("busy", "GET", "^/v1/account$", times=None, share=0.5), seed=11)
        headers = {"authorization": f"Bearer {KEY}"}
        return [server.http.get(f"{server.url}/v1/account", headers=headers).status_code for _ in range(20)]

    first = fall()
    assert first == fall()
    assert {200, 429} == set(first)


def test_lists_are_newest_first_and_paged(server: StripeServer) -> None:
    charges = [server.charge(100 + number)["id"] for number in range(5)]
    found, after = list[str](), ""
    while True:
        page = server.call("GET", f"/v1/charges?limit=2{f'&starting_after={after}' if after else ''}")
        found += [each["id"] for each in page["data"]]
        if not page["has_more"] or len(found) >= 6:
            break
        after = found[-1]
    assert found[:5] == charges[::-1]
    later = int(time.time()) + 5
    assert server.call("GET", f"/v1/charges?created[gte]={later}")["data"] == []


def test_the_signature_is_the_documented_one() -> None:
    """The example of an HMAC-SHA256 over "t.body", checked with openssl."""
    header = signature(b'{"a":1}', ["whsec_a", "whsec_b"], 1_700_000_000)
    command = ["openssl", "dgst", "-sha256", "-hmac", "whsec_a"]
    done = subprocess.run(command, input=b'1700000000.{"a":1}', capture_output=True, timeout=20)
    assert header.startswith(f"t=1700000000,v1={done.stdout.decode().split()[-1]},v1=")


def test_both_listen_on_loopback_only_and_end_with_us() -> None:
    code = (
        "import sys, time; from tests.servers.localstripe import stripe_server\n"
        "with stripe_server() as s: print(s.url, s.upstream, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner.stdout:
        urls = owner.stdout.readline().split()
        assert len(urls) == 2
        assert all(url.startswith("http://127.0.0.1:") for url in urls)
        assert all(_answers(url) for url in urls)
        os.kill(owner.pid, signal.SIGKILL)
        owner.wait(10)
    wait_until(lambda: not any(_answers(url) for url in urls), "the servers' end")


def _answers(url: str) -> Any:
    try:
        return httpx.get(f"{url}/v1/charges", timeout=5).status_code
    except httpx.HTTPError:
        return False
