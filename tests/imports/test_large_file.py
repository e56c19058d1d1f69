"""A large file through the whole product, as somebody would bring it in: all of it once, in flat memory, while the
desk goes on working. The worker is killed twice on the way.
"""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.imports.olga import DRIVER, Olga, watched
from tests.imports.rows import write
from tests.operations.command import drive, up
from tests.scale import FULL
from tests.servers.base import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROWS = 100_000 if FULL else 15_000
GROWTH = 40 * 1_000_000
SOON = 20.0
"""Seconds in which an answer must go out while a file comes in: generous, for this is no measurement."""


def test_a_file_with_very_many_rows(tmp_path: Path) -> None:
    small, large = write(tmp_path / "ten.csv", 10, first=ROWS), write(tmp_path / "posts.csv", ROWS)
    with up(tmp_path / "home", free_port()) as product, ExitStack() as stack:
        drive(product.env, DRIVER, "set-up")
        olga = stack.enter_context(Olga.signed_in(product.url))
        first = drive(product.env, DRIVER, "settle", str(olga.upload(small)), "60")
        assert (first["state"], first["rows"], first["conversations"]) == ("done", [10, 0, 0], 10)
        few = drive(product.env, DRIVER, "queries")

        run = olga.upload(large)
        begun = time.monotonic()
        slowest = 0.0
        kill_at = [0.3, 0.6]
        answers: list[Future[dict[str, Any]]] = []
        killed: set[int] = set()
        with watched(product) as memory, ThreadPoolExecutor(2) as pool:
            settled = pool.submit(drive, product.env, DRIVER, "settle", str(run), "500")
            while not settled.done():
                asked = time.monotonic()
                page = olga.http.get("/inbox/")
                assert page.status_code == 200
                slowest = max(slowest, time.monotonic() - asked)
                memory.at = olga.rows_read(run)
                if len(answers) < 2 and memory.at > (0.15, 0.8)[len(answers)] * ROWS:
                    answers.append(pool.submit(drive, product.env, DRIVER, "answer", str(SOON)))
                if kill_at and memory.at > kill_at[0] * ROWS:
                    kill_at.pop(0)
                    worker = product.pids()["worker"]
                    os.kill(worker, signal.SIGKILL)
                    killed.add(worker)
                time.sleep(1)
            found = settled.result()
        took = time.monotonic() - begun
        many = drive(product.env, DRIVER, "queries")

    print(f"\n{ROWS} rows in {took:.0f} s ({ROWS / took:.0f} a second), inbox at most {slowest:.2f} s")
    begin, end = memory.usual(0, ROWS / 3), memory.usual(ROWS * 2 / 3, ROWS + 1)
    print(f"worker at most {memory.peak() / 1e6:.0f} MB; usually {begin / 1e6:.0f} first, {end / 1e6:.0f} at last")
    print(f"answers meanwhile: {[each.result() for each in answers]}; queries: {few}")
    assert (found["state"], found["sentence"]) == ("done", "")
    assert not kill_at
    assert len(killed) == 2, "the worker was to die twice"
    counted = ("mentions", "ids", "texts", "hearings", "assessments", "conversations", "messages")
    assert {name: found[name] for name in counted} == dict.fromkeys(counted, ROWS)
    assert sum(found["rows"]) == ROWS
    assert end - begin < GROWTH
    assert [each.result()["state"] for each in answers] == ["sent", "sent"]
    assert few == many, "as many queries with very many rows as with ten"
