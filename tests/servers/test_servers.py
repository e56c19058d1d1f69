"""The servers themselves: loopback only, stopped with us, and plain about what is missing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.servers.atproto import HERE, AtprotoNetwork
from tests.servers.base import (
    ServerUnavailable,
    cache_dir,
    free_port,
    install_npm,
    needed,
    running,
    wait_until,
)
from tests.servers.jetstream import Jetstream
from tests.servers.postgres import postgres
from tests.servers.redis import redis

ROOT = Path(__file__).parents[2]


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def addresses_of(pid: int) -> set[str]:
    """The local addresses that a process listens on, in hexadecimal: 0100007F is 127.0.0.1."""
    sockets = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            part = line.split()
            if part[3] == "0A" and f"socket:[{part[9]}]" in sockets:
                found.add(part[1].partition(":")[0])
    return found


def pid_listening_on(port: int) -> int:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            sockets = {str(link.readlink()) for link in (process / "fd").iterdir()}
        except OSError:
            continue
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            part = line.split()
            if part[3] == "0A" and part[1].endswith(f":{port:04X}") and f"socket:[{part[9]}]" in sockets:
                return int(process.name)
    raise AssertionError(f"nobody listens on {port}")


def test_a_missing_program_is_named_with_what_to_install() -> None:
    with pytest.raises(ServerUnavailable, match="no-such-program is not installed: install the thing"):
        needed("no-such-program", "the thing")


def test_the_cache_is_outside_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "makegood-tests"
    assert cache_dir().is_dir()
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert not cache_dir().is_relative_to(ROOT)


def test_an_install_that_fails_leaves_nothing_behind_that_looks_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("npm"):
        pytest.skip("server missing: npm is not installed")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "package.json").write_text('{"name": "broken", "dependencies": {"left-pad": "1.0.0"}}')
    (folder / "package-lock.json").write_text("{}")
    with pytest.raises(ServerUnavailable, match="npm ci failed in broken"):
        install_npm(folder)
    assert not list((tmp_path / "makegood-tests").glob("broken-*[0-9a-f]/node_modules"))


def test_the_lock_file_names_no_registry() -> None:
    lock = (HERE / "package-lock.json").read_text()
    assert '"resolved"' not in lock


def test_what_is_started_is_stopped_even_when_the_block_fails() -> None:
    started: list[int] = []

    def fail() -> None:
        with running(["sleep", "300"]) as (process, _):
            started.extend(wait_until(lambda: _children(process.pid), "the child"))
            raise RuntimeError("oh")

    with pytest.raises(RuntimeError, match="oh"):
        fail()
    wait_until(lambda: not Path(f"/proc/{started[0]}").exists(), "the end of the child")


def test_what_is_started_ends_when_we_are_killed(tmp_path: Path) -> None:
    code = (
        "import time\nfrom tests.servers.base import running\n"
        "with running(['sleep', '300']) as (process, log):\n"
        "    print(process.pid, flush=True)\n    time.sleep(300)\n"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    shell = int(parent.stdout.readline())
    child = wait_until(lambda: _children(shell), "the child")[0]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not Path(f"/proc/{child}").exists(), "the end of the child")


def _children(pid: int) -> list[int] | None:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    pids = [int(child) for task in tasks for child in task.read_text().split()]
    found = [child for child in pids if Path(f"/proc/{child}/comm").read_text().strip() == "sleep"]
    return found or None


def test_postgres_is_ours_alone_and_gone_afterwards(postgres_server: str) -> None:
    try:
        with postgres() as address:
            assert address != postgres_server
            with psycopg.connect(address) as connection:
                connection.execute("CREATE TABLE x (y int)")
            port = int(address.rsplit(":", 1)[1].partition("/")[0])
            assert addresses_of(pid_listening_on(port)) == {"0100007F"}
            # A client that stays must not keep it from stopping.
            stays = psycopg.connect(address)
        assert not listening(port)
        stays.close()
    except ServerUnavailable as missing:
        pytest.skip(f"server missing: {missing}")
    with psycopg.connect(postgres_server) as connection:
        assert connection.execute("SELECT to_regclass('x')").fetchone() == (None,)


def test_redis_is_gone_afterwards() -> None:
    try:
        with redis() as address:
            port = int(address.rsplit(":", 1)[1])
            assert addresses_of(pid_listening_on(port)) == {"0100007F"}
    except ServerUnavailable as missing:
        pytest.skip(f"server missing: {missing}")
    assert not listening(port)


@pytest.mark.atproto
def test_the_network_listens_on_loopback_only(atproto_network: AtprotoNetwork) -> None:
    port = int(atproto_network.pds_url.rsplit(":", 1)[1])
    assert addresses_of(pid_listening_on(port)) == {"0100007F"}


@pytest.mark.atproto
def test_the_limited_network_has_real_limits_and_no_appview(atproto_limited: AtprotoNetwork) -> None:
    account = atproto_limited.create_account()
    answer = httpx.get(
        f"{atproto_limited.pds_url}/xrpc/com.atproto.server.getSession",
        headers={"authorization": f"Bearer {account.access_jwt}"},
    )
    assert int(answer.headers["ratelimit-limit"]) == 3000
    assert atproto_limited.appview_url == ""


@pytest.mark.atproto
def test_the_replayer_keeps_times_rising_and_only_what_it_is_told_to_keep(jetstream_unfed: Jetstream) -> None:
    events = [{"did": f"did:plc:{n}", "kind": "account", "account": {"active": True}} for n in range(3)]
    now = time.time_ns() // 1000
    jetstream_unfed.inject([{**event, "time_us": now} for event in events])
    assert jetstream_unfed.stats()["last"] == now + 2
    assert jetstream_unfed.inject(events)["events"] == 6


def test_free_ports_are_free() -> None:
    assert not listening(free_port())
