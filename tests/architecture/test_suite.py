"""The suite itself: it keeps off real data, empties its database, and hides nothing it could not test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client

from makegood.journal import api as journal
from makegood.journal.models import Entry
from tests.temporary_home import DEVELOPERS_HOME, HOME

ROOT = Path(__file__).resolve().parent.parent.parent
PLANTED = """
import pytest

def test_skipped():
    pytest.skip("server missing: gadget is not installed: install gadget")

def test_skipped_for_another_reason():
    pytest.skip("not on a Tuesday")

def test_passed():
    pass
"""


def pytest_on(folder: Path, ci: str, *more: str) -> tuple[int, str]:
    """The exit status and the output of a pytest run over the planted tests."""
    (folder / "test_planted.py").write_text(PLANTED)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        "pyproject.toml",
        "-p",
        "tests.honesty",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*command, *more, str(folder / "test_planted.py")],
        cwd=ROOT,
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("more", [(), ("-n", "2")])
def test_a_missing_server_is_listed_loudly(tmp_path: Path, more: tuple[str, ...]) -> None:
    status, said = pytest_on(tmp_path, "", *more)
    assert status == 0, said
    assert "NOT TESTED HERE" in said
    assert "1 tests skipped, server missing: gadget is not installed" in said
    assert "Tuesday" not in said.split("NOT TESTED HERE")[1].split("short test summary")[0]


@pytest.mark.parametrize("more", [(), ("-n", "2")])
def test_on_ci_a_missing_server_is_a_failure(tmp_path: Path, more: tuple[str, ...]) -> None:
    status, said = pytest_on(tmp_path, "true", *more)
    assert status == 1
    assert "1 failed, 1 passed, 1 skipped" in said


def test_tests_have_a_home_of_their_own() -> None:
    assert settings.HOME == HOME
    assert str(HOME) == os.environ["MAKEGOOD_HOME"]
    assert DEVELOPERS_HOME != HOME


@pytest.mark.parametrize("touch", [Path.mkdir, Path.read_bytes, Path.unlink, lambda path: list(path.iterdir())])
def test_a_developers_data_is_out_of_reach(touch: Any) -> None:
    with pytest.raises(AssertionError, match="keep to MAKEGOOD_HOME"):
        touch(DEVELOPERS_HOME / "makegood.db")


def test_the_network_is_out_of_reach() -> None:
    # An address kept for documentation: https://www.rfc-editor.org/rfc/rfc5737
    with socket.socket() as stranger, pytest.raises(Exception, match=r"192\.0\.2\.1"):
        stranger.connect(("192.0.2.1", 80))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_the_journal_is_emptied_after_a_transactional_test_and_guarded_again(workspace: Any, time: str) -> None:
    """Runs twice: the second time shows that the first left nothing, and that the triggers were put back."""
    assert Entry.objects.count() == 0
    with transaction.atomic():
        journal.record(workspace.pk, "suite.tested", workspace)
    for statement in ("UPDATE journal_entry SET verb = 'x'", "DELETE FROM journal_entry"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert Entry.objects.get().verb == "suite.tested"


def test_three_people(as_olga: Client, as_malik: Client, as_sten: Client, workspace: Any, other_workspace: Any) -> None:
    """Olga owns the shop, Malik works in it, Sten is a stranger with a shop of his own."""
    roles = {}
    for client in (as_olga, as_malik, as_sten):
        person: Any = client.get("/healthz").wsgi_request.user
        place = person.memberships.get()
        roles[person.name] = (place.workspace, place.role)
    assert roles == {
        "Olga": (workspace, "owner"),
        "Malik": (workspace, "agent"),
        "Sten": (other_workspace, "owner"),
    }


def test_nobody(as_nobody: Client) -> None:
    assert not as_nobody.get("/healthz").wsgi_request.user.is_authenticated
