"""kill -9 of the worker while it pays, at random moments: what was approved stands at the processor, to the cent.

The processor is a real localstripe behind tests/servers/keeping.py; what it adds of Stripe's behaviour is said there.
Clicks come twice and from two pages at once, webhooks twice and out of order, every tenth answer of the processor is
lost, and somebody refunds some of the payments in its back office.
"""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.refund_driver import PHASES, PROGRESS
from tests.migrated import copy_to
from tests.operations.command import COMMAND, drive, environment
from tests.scale import FULL
from tests.servers.base import free_port, wait_until
from tests.servers.localstripe import KEY, Fault, StripeServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

REFUNDS, KILLS = (200, 500) if FULL else (15, 30)
BY_HAND = 8
LONGEST = 3000
DRIVER = "tests.crash.refund_driver"
SEED = 11


def amount(number: int) -> int:
    """Of the payment with this number, in cents; no two are equal."""
    return 1000 + 37 * number


@contextmanager
def web(env: Mapping[str, str], log: Path) -> Iterator[str]:
    """The product's web process, which webhooks are sent to; its address."""
    url = f"http://127.0.0.1:{env['PORT']}"
    with log.open("w") as file:
        process = subprocess.Popen([*COMMAND, "web"], env=dict(env), stdout=file, stderr=file, stdin=subprocess.DEVNULL)

    def there() -> bool:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    try:
        wait_until(there, "the web process", seconds=120)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def test_refunds_are_what_was_approved(stripe_server: StripeServer, tmp_path: Path) -> None:
    server = stripe_server
    for number in range(REFUNDS):
        server.charge(amount(number))
    env = environment(tmp_path / "home", free_port(), {"MAKEGOOD_PRIVATE_HOSTS": "*"})
    copy_to(tmp_path / "home" / "makegood.db")
    done = subprocess.run([*COMMAND, "migrate"], env=dict(env), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    begun = drive(env, DRIVER, "set-up", server.url, KEY)
    assert begun["charges"] == REFUNDS
    progress = tmp_path / "progress"
    progress.write_bytes(PROGRESS.pack(0, 0))
    with web(env, tmp_path / "web.log") as url:
        server.webhooks(f"{url}/hooks/{begun['hook']}/", copies=2, soonest=0.0, latest=3.0)
        server.faults(Fault("cut_after", "POST", "^/v1/refunds$", times=None, share=0.1), seed=SEED)
        with ThreadPoolExecutor(3) as pool:
            paying = pool.submit(drive, env, DRIVER, "work", str(KILLS), str(progress), str(SEED), seconds=LONGEST)
            pages = [
                pool.submit(
                    drive, env, DRIVER, "click", str(page), str(KILLS), str(progress), str(BY_HAND), seconds=LONGEST
                )
                for page in range(2)
            ]
            clicked = [page.result() for page in pages]
            worked = paying.result()
        told = server.settle()
        drive(env, DRIVER, "rest", seconds=120)
    found, sums = drive(env, DRIVER, "report"), server.sums()
    figures = {**worked, "clicks": clicked, "deliveries": len(told["deliveries"]), **found, "met": sums["met"]}
    print(json.dumps({name: value for name, value in figures.items() if name not in ("standing", "attempts")}))
    expected = sum(amount(number) // 3 if amount(number) % 3 == 0 else amount(number) for number in range(REFUNDS))
    by_hand = clicked[0]["by_hand"]

    assert worked["left"] == 0, found["sentences"]
    assert sum(worked["killed"].values()) == KILLS
    assert worked["killed"].get(PHASES[2], 0) + worked["killed"].get(PHASES[3], 0) >= KILLS // 20, "too few kills hit"
    assert sums["over"] == [], "more went back than was paid"
    assert sums["amounts"] == {"eur": expected}, "what went back is what was asked for"
    assert sums["count"] == REFUNDS, "one refund a payment"
    assert {one["id"]: one["amount"] for one in sums["refunds"]} == found["standing"], "each known by its id"
    assert found["record"] == expected, "as webhooks and readings have it"
    assert found["approved"] == expected
    assert found["ledger"] == {"goodwill": expected, "money_back": -expected}
    assert found["unbalanced"] == []
    assert found["remedies"] == {"executed": REFUNDS}
    assert found["refunds"].get("elsewhere", 0) <= by_hand
    assert set(found["refunds"]) <= {"done", "elsewhere"}
    assert found["found"] > 0, "some were found by asking"
