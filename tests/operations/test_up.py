"""One command starts it all, keeps it running, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.operations.command import Makegood, environment, makegood, up
from tests.servers.base import free_port

pytestmark = pytest.mark.slow
IDLE_BYTES = 300_000_000
OPEN_SHOP = """
from makegood.accounts.models import Workspace
from makegood.listen import api
shop = Workspace.objects.create(name="Teapot & Co", brand="Teapot")
api.fill_sample(shop, None)
"""
COUNT = """
from makegood.desk.models import Conversation
print(Conversation.objects.count())
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Makegood]:
    """A Makegood on a fresh home."""
    with up(tmp_path_factory.mktemp("home"), free_port(), fresh=True) as started:
        yield started


def gone(pids: list[int], seconds: float) -> list[int]:
    """Those of the processes that are still there after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and any(psutil.pid_exists(pid) for pid in pids):
        time.sleep(0.1)
    return [pid for pid in pids if psutil.pid_exists(pid)]


def test_ready_means_that_the_first_page_is_served(running: Makegood) -> None:
    assert running.seen[-1] == f"Makegood is ready: {running.url}"
    status, text = running.page()
    assert status == 200
    assert "<html" in text


def test_the_health_page_says_ok(running: Makegood) -> None:
    assert running.page("/healthz") == (200, "ok\n")


def test_status_shows_the_processes_and_their_memory(running: Makegood) -> None:
    pids = running.until_running()
    said = running.run("status").stdout
    shown = re.findall(r"^(\w+) +running +(\d+) ", said, re.MULTILINE)
    assert {name: int(pid) for name, pid in shown} == pids, said
    total = re.search(r"^together +([\d.]+) MB", said, re.MULTILINE)
    assert total, said
    assert 50_000_000 < float(total[1]) * 1_000_000 < IDLE_BYTES, said
    assert running.url in said
    for line in ("listening", "waiting"):
        assert line in said


def test_check_names_nothing_wrong_on_a_fresh_home(running: Makegood) -> None:
    running.until_running()
    done = running.run("check")
    assert done.returncode == 0, done.stdout
    assert "All well." in done.stdout
    assert "Mail is not set up" in done.stdout


def test_a_second_up_says_where_the_first_one_is(running: Makegood) -> None:
    done = running.run("up")
    assert done.returncode == 0
    assert done.stdout == f"Makegood is already running at {running.url} (process {running.process.pid}).\n"
    assert running.page("/healthz")[0] == 200


@pytest.mark.parametrize("name", ["worker", "listener", "web"])
def test_a_killed_process_comes_back(running: Makegood, name: str) -> None:
    before = running.until_running()
    os.kill(before[name], signal.SIGKILL)
    running.until(f"The {name} ended unexpectedly")
    after = running.until_running()
    assert after[name] != before[name]
    assert {each: pid for each, pid in after.items() if each != name} == {
        each: pid for each, pid in before.items() if each != name
    }


def test_the_processes_work_hand_in_hand(running: Makegood) -> None:
    """What is heard is sorted and opened by a worker that knows every step."""
    running.until_running()
    done = running.run("manage", "shell", "-v0", "-c", OPEN_SHOP)
    assert done.returncode == 0, done.stderr
    end = time.monotonic() + 60
    while running.run("manage", "shell", "-v0", "-c", COUNT).stdout.strip() in ("", "0"):
        assert time.monotonic() < end, running.logs()
    assert "nobody listens" not in running.logs()


def test_logs_and_secrets_stay_in_the_home(running: Makegood) -> None:
    assert {file.name for file in (running.home / "log").iterdir()} >= {
        "web.log",
        "worker.log",
        "listener.log",
    }
    assert (running.home / "secret.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_gracefully_and_leaves_nothing(tmp_path: Path, stop: signal.Signals) -> None:
    with up(tmp_path, free_port()) as started:
        pids = list(started.until_running().values())
        with socket.create_connection(("127.0.0.1", started.port)) as idle:
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            started.process.send_signal(stop)
            assert started.process.wait(12) == 0, started.logs()
        started.until("Makegood has stopped.")
        assert gone(pids, 1) == []
    assert makegood(started.env, "status").returncode == 1


def test_no_child_outlives_a_killed_parent_and_the_next_start_works(tmp_path: Path) -> None:
    port = free_port()
    with up(tmp_path, port) as started:
        pids = list(started.until_running().values())
        started.process.kill()
        started.process.wait(5)
        with up(tmp_path, port) as again:
            assert again.page("/healthz")[0] == 200
        assert gone(pids, 10) == []


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = makegood(environment(tmp_path / "home", port), "up")
    assert done.returncode == 1
    assert f"Port {port} is taken by another program." in done.stdout
    assert not (tmp_path / "home" / "makegood.db").exists()


def test_a_long_home_works_though_a_socket_path_must_be_short(tmp_path: Path) -> None:
    home = tmp_path / ("long " * 20).strip() / "50% #1 ; home"
    with up(home, free_port(), fresh=True) as started:
        assert len(started.until_running()) == 4
        assert (home / "log" / "web.log").exists()
        assert not (home / "run" / "supervisor.sock").exists()


def test_it_runs_on_postgresql(tmp_path: Path, postgres_server: str) -> None:
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS operations")
        server.execute("CREATE DATABASE operations")
    url = f"{postgres_server.rsplit('/', 1)[0]}/operations"
    with up(tmp_path, free_port(), {"DATABASE_URL": url}) as started:
        pids = started.until_running()
        os.kill(pids["worker"], signal.SIGKILL)
        started.until("The worker ended unexpectedly")
        assert started.until_running()["worker"] != pids["worker"]
        done = started.run("check")
        assert done.returncode == 0, done.stdout
    assert not (tmp_path / "makegood.db").exists()
    assert not (tmp_path / "queue.db").exists()
