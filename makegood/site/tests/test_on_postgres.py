"""A PostgreSQL that is prepared, and one that is gone, seen from processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.servers.base import free_port

PROBE = """
import django
django.setup()
from django.test import Client
answer = Client(headers={"host": "localhost"}).get("/healthz")
print(answer.status_code, answer.content.decode())
"""


def run(home: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "QUEUE_URL"} | {
        "MAKEGOOD_HOME": str(home),
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "makegood.site.settings",
    }
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def empty(postgres_server: str) -> str:
    """The address of a database with nothing in it."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS prepared")
        connection.execute("CREATE DATABASE prepared")
    return f"{postgres_server.rpartition('/')[0]}/prepared"


def test_preparing_makes_the_tables_of_the_queue_too(tmp_path: Path, empty: str) -> None:
    for _again in range(2):
        done = run(tmp_path, empty, "-m", "makegood.site.command", "migrate")
        assert (done.returncode, done.stderr) == (0, "")
    with psycopg.connect(empty) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'huey%'").fetchall()
    assert len(rows) >= 3
    done = run(tmp_path, empty, "-c", PROBE)
    assert done.stdout.startswith("200 ok")


def test_a_web_process_that_starts_without_its_database_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, f"postgresql://nobody@127.0.0.1:{free_port()}/none", "-c", PROBE)
    assert done.stdout.startswith("503 The database does not answer."), done.stderr


def test_preparing_without_a_database_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, f"postgresql://nobody@127.0.0.1:{free_port()}/none", "-m", "makegood.site.command", "migrate")
    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be used:")
    assert "Traceback" not in done.stderr
