"""`makegood up`: prepares the database and keeps web, worker and listener running under one parent."""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from supervisor import events
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.supervisord import Supervisor

from makegood.site import running
from makegood.site.place import Place

__all__ = ["children", "configuration", "port_problem", "socket_path", "up"]

CHILDREN = {"web": "web", "worker": "worker", "listener": "listen"}
MODULE = "makegood.site.command"
STOP_SECONDS = 8
LONGEST_PAUSE = 30
# A Unix socket's path has 104 bytes on macOS, 108 on Linux (man 7 unix); supervisor adds ".<pid>" to it.
LONGEST_SOCKET_PATH = 90
LEFTOVERS_SECONDS = 10.0


def up() -> int:
    """Runs until told to stop by SIGTERM or Ctrl-C. Returns the exit status."""
    place = Place.from_env()
    try:
        with running.hold(place) as lock:
            return _start(place, lock)
    except running.AlreadyRunningError as error:
        where = f" at {error.run.url} (process {error.run.pid})" if error.run else ""
        _say(f"Makegood is already running{where}.")
        return 0
    except OSError as error:
        _say(f"Makegood cannot use its folder {place.home}: {error.strerror}. Set MAKEGOOD_HOME.")
        return 1
    except KeyboardInterrupt:
        return 130


def _start(place: Place, lock: Any) -> int:
    ended_badly = bool(Path(lock.name).read_text("utf-8"))
    problem = port_problem(place, wait=LEFTOVERS_SECONDS if ended_badly else 0.0)
    if problem:
        _say(problem)
        return 1
    place.log.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "MAKEGOOD_HOME": str(place.home),
        "MAKEGOOD_PARENT": str(os.getpid()),
        "MAKEGOOD_PYTHON": sys.executable,
        "PYTHONUNBUFFERED": "1",
        # glibc keeps a heap a thread; a few threads do not need them: man 3 mallopt.
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
    }
    begin_at = _prepared()
    if not begin_at:
        return 1
    socket_file = socket_path(place)
    try:
        running.announce(lock, running.Run(os.getpid(), place.url, str(socket_file), time.time()))
        _supervise(place, socket_file, begin_at)
    finally:
        if socket_file.parent != place.run:
            shutil.rmtree(socket_file.parent, ignore_errors=True)
    running.announce(lock, None)
    _say("Makegood has stopped.")
    return 0


def port_problem(place: Place, wait: float = 0.0) -> str:
    """Why nothing can listen on the port, in a sentence, or "". Tries for `wait` seconds."""
    until = time.monotonic() + wait
    while True:
        problem = _bind(place)
        if not problem or time.monotonic() > until:
            return problem
        time.sleep(0.2)


def _bind(place: Place) -> str:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            # As the web process does: a connection that has just been closed is no reason to wait.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        return f"Port {place.port} needs special rights. Choose one above 1023, as in: PORT=8001 make up"
    except socket.gaierror:
        return f"HOST is {place.host!r}, which is no address of this machine. Leave it out or mend it."
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = place.port + 1 if place.port < 65535 else 8000
            return f"Port {place.port} is taken by another program. Choose another: PORT={other} make up"
        return f"Makegood cannot listen on {place.host}, port {place.port}: {error.strerror}."
    return ""


def _prepared() -> str:
    """Brings the database up to date and returns the address to begin at, or "" when it cannot be."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", MODULE, "prepare"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return done.stdout.strip()
    _say("The database could not be prepared; the lines above say why. Nothing was started.")
    return ""


def socket_path(place: Place) -> Path:
    """Where the supervisor's socket goes: in the home, or in a private folder where that path is too long."""
    path = place.run / "supervisor.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="makegood-", dir="/tmp")) / "s"


def children(environment: Mapping[str, str]) -> dict[str, str]:
    """The processes this machine runs, and the command of each. Where posts wait at NATS_URL, there are listen workers
    among them, as many as LISTEN_PROCESSES says, be it none.
    """
    told = environment.get("LISTEN_PROCESSES", "")
    workers = (int(told) if told.isdecimal() else 1) if environment.get("NATS_URL") else 0
    return CHILDREN | {f"listen-{number}": "listen-worker" for number in range(1, workers + 1)}


def configuration(place: Place, socket_file: Path) -> str:
    """The supervisor's configuration file (http://supervisord.org/configuration.html), for `place.run`.

    Its paths are relative to that folder, so that the home may have any character in its name.
    """
    in_home = socket_file.parent == place.run
    running_here = children(os.environ)
    lines = [
        "[supervisord]",
        "nodaemon=true",
        "silent=true",
        "logfile=../log/up.log",
        "logfile_maxbytes=1MB",
        "logfile_backups=2",
        "pidfile=up.pid",
        "childlogdir=../log",
        "minprocs=1",
        *(["user=root"] if os.getuid() == 0 else []),
        "[unix_http_server]",
        f"file={socket_file.name if in_home else socket_file}",
        "chmod=0600",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        "[group:makegood]",
        f"programs={','.join(running_here)}",
    ]
    for name, command in running_here.items():
        lines += [
            f"[program:{name}]",
            f'command="%(ENV_MAKEGOOD_PYTHON)s" -P -m {MODULE} {command}',
            "autorestart=true",
            "startsecs=1",
            "startretries=1000000",
            f"stopwaitsecs={STOP_SECONDS}",
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile=../log/{name}.log",
            "stdout_logfile_maxbytes=5MB",
            "stdout_logfile_backups=3",
        ]
    return "\n".join(lines) + "\n"


def _supervise(place: Place, socket_file: Path, begin_at: str) -> None:
    file = place.run / "supervisor.conf"
    file.write_text(configuration(place, socket_file), encoding="utf-8")
    os.chdir(place.run)
    options = ServerOptions()
    options.realize(["-n", "-c", file.name])
    options.first, options.test = True, False
    try:
        with contextlib.suppress(ExitNow):  # how the supervisor says that it has stopped
            _Parent(options, place, begin_at).main()
    finally:
        options.close_httpservers()
        options.close_logger()


class _Parent(Supervisor):  # type: ignore[misc]
    """The supervisor, with a word to the person who started it."""

    def __init__(self, options: Any, place: Place, begin_at: str) -> None:
        super().__init__(options)
        self.place, self.begin_at = place, begin_at

    def runforever(self) -> None:
        events.subscribe(events.ProcessStateBackoffEvent, _pause_at_most)
        events.subscribe(events.ProcessStateExitedEvent, self._tell_exit)
        events.subscribe(events.SupervisorStoppingEvent, lambda _: _say("Stopping ..."))
        threading.Thread(target=_tell_when_served, args=(self.place, self.begin_at), daemon=True).start()
        super().runforever()

    def _tell_exit(self, event: Any) -> None:
        name = event.process.config.name
        _say(f"The {name} ended unexpectedly and is started again; see {self.place.log / name}.log")


def _pause_at_most(event: Any) -> None:
    """The pause before each new try grows by a second; it need not grow for ever."""
    process = event.process
    process.backoff = min(process.backoff, LONGEST_PAUSE)
    process.delay = min(process.delay, time.time() + LONGEST_PAUSE)


def _tell_when_served(place: Place, begin_at: str) -> None:
    started, told = time.monotonic(), False
    while not (_status(place, "/healthz") == 200 and _status(place, "/") < 500):
        if not told and time.monotonic() - started > 30:
            told = True
            _say(f"Still waiting for the first page; {place.log / 'web.log'} may say why.")
        time.sleep(0.1)
    _say(f"Makegood is ready: {begin_at}")


def _status(place: Place, path: str) -> int:
    connection = http.client.HTTPConnection(place.dial, place.port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 599
    finally:
        connection.close()


def _say(sentence: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone; the work is not
        print(sentence, flush=True)
