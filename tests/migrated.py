"""A database that every migration has been run on, with nothing in it: made once, copied wherever a test needs one.

Running them costs ten seconds of a processor; a copy takes a moment. What makes them is their files and Django, so the
name of what is kept tells both, and a change of either makes it anew. Whoever copies one still runs `migrate` on it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.servers.base import cache_dir

__all__ = ["copy_to", "kept", "template_on"]

ROOT = Path(__file__).resolve().parent.parent
BROUGHT = ("django", "django-allauth")
"""Whose migrations come with them."""
LOCK_KEY = 7_211_001
MIGRATE_SECONDS = 280


def copy_to(target: Path) -> None:
    """Puts a migrated SQLite database at `target`, whose folder is made if it is missing; nothing may be there yet."""
    with kept() as file:
        target.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy)


@contextmanager
def kept() -> Iterator[Path]:
    """The one that is copied, made if it is missing, and left alone by all other processes meanwhile."""
    with (cache_dir() / "migrated.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        while not (file := cache_dir() / f"migrated-{_mark()}.db").exists():
            for old in cache_dir().glob("migrated-*.db"):
                old.unlink()
            # Its name is that of the files it was made from, even if somebody writes one meanwhile.
            made = _made()
            if file.stem.endswith(_mark()):
                made.rename(file)
        yield file


def template_on(url: str) -> str:
    """The name of a migrated database on the PostgreSQL server of `url`, for `CREATE DATABASE ... TEMPLATE`.

    It is made there if it is missing; what other migrations have made is dropped.
    """
    begins = "makegood_migrated_"
    name = f"{begins}{_mark()}"
    with psycopg.connect(_at(url, "postgres"), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        found = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'makegood\\_migrated\\_%'"
        ).fetchall()
        if (name,) not in found:
            for (old,) in found:
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
            part = f"{begins}part_{os.getpid()}"
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(part)))
            with tempfile.TemporaryDirectory(prefix="makegood-migrated-") as home:
                _migrate({"MAKEGOOD_HOME": home, "DATABASE_URL": _at(url, part)})
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(part), sql.Identifier(name)))
    return name


def _mark() -> str:
    """A name for all that has a say in what the migrations make."""
    told = hashlib.sha256(" ".join(f"{each} {version(each)}" for each in BROUGHT).encode())
    for file in sorted(ROOT.glob("makegood/**/migrations/*.py")):
        told.update(f"\0{file.relative_to(ROOT)}\0".encode())
        told.update(file.read_bytes())
    told.update((ROOT / "makegood" / "site" / "settings.py").read_bytes())
    return told.hexdigest()[:16]


def _made() -> Path:
    """A new one, under a name that nobody looks for."""
    part = cache_dir() / "migrated.part"
    with tempfile.TemporaryDirectory(prefix="makegood-migrated-") as home:
        _migrate({"MAKEGOOD_HOME": home})
        file = Path(home) / "makegood.db"
        with closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(file, part)
    return part


def _migrate(where: Mapping[str, str]) -> None:
    unset = ("DATABASE_URL", "QUEUE_URL", "MAKEGOOD_PARENT", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    command = [sys.executable, "-m", "makegood.site.command", "manage", "migrate", "--verbosity", "0"]
    done = subprocess.run(
        command, cwd=ROOT, env={**kept, **where}, capture_output=True, text=True, timeout=MIGRATE_SECONDS
    )
    if done.returncode != 0:
        raise RuntimeError(f"the migrations failed: {(done.stdout + done.stderr).strip()[-2000:]}")


def _at(url: str, database: str) -> Any:
    return urlsplit(url)._replace(path=f"/{database}").geturl()
