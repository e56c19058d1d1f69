"""What every test shares: three people, and a database that can be emptied."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.sqlite3.creation import DatabaseCreation
from django.test import Client

from tests.migrated import copy_to, template_on
from tests.temporary_home import HOME

pytest_plugins = ["tests.browser", "tests.servers.fixtures", "tests.honesty"]

PASSWORD = "correct horse battery"  # noqa: S105 - of people who do not exist

# What is drawn at random is drawn anew wherever somebody works on it; whether a change lands must not hang on luck.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI", "").lower() in {"true", "1"}:
    hypothesis.settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--with-database",
        action="store_true",
        help="only the tests that touch the database: for a second run on another one",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--with-database"):
        return
    without = [item for item in items if not _touches_database(item)]
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if _touches_database(item)]


def _touches_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & {"db", "transactional_db"})


def pytest_configure(config: pytest.Config) -> None:
    if settings.HOME != HOME:
        raise pytest.UsageError(f"tests must not run on {settings.HOME}: keep `-p tests.temporary_home` in addopts")
    if settings.ON_SQLITE:
        # A file, as in production: write-ahead log, a connection a thread, real locks.
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(HOME / "test.db")
        DatabaseCreation._create_test_db = _copied  # type: ignore[attr-defined]
    # The real hasher takes a fifth of a second on purpose; the tests make hundreds of people.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    BaseDatabaseOperations.execute_sql_flush = _flush  # type: ignore[method-assign, assignment]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The database of the tests begins as a copy of a migrated one; Django still runs `migrate` on it."""
    if not settings.ON_SQLITE:
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = template_on(os.environ["DATABASE_URL"])


def _copied(creation: Any, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
    name = str(creation._get_test_db_name())
    if not (keepdb and Path(name).exists()):
        Path(name).unlink(missing_ok=True)
        copy_to(Path(name))
    return name


def _flush(operations: BaseDatabaseOperations, statements: Iterable[str]) -> None:
    """Empties the tables after a transactional test.

    The journal's triggers refuse that, rightly; they are set aside for the moment and put back in the same
    transaction.
    """
    database = operations.connection
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        aside, back = _triggers(cursor, database.vendor)
        for statement in [*aside, *statements, *back]:
            cursor.execute(statement)


def _triggers(cursor: Any, vendor: str) -> tuple[list[str], list[str]]:
    """The statements that set every trigger of the database aside, and those that put them back."""
    if vendor == "sqlite":
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        rows = cursor.fetchall()
        return [f'DROP TRIGGER "{name}"' for name, _ in rows], [sql for _, sql in rows]
    cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    tables = [name for (name,) in cursor.fetchall()]
    return (
        [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in tables],
        [f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in tables],
    )


@pytest.fixture
def workspace(db: None) -> Any:
    """The teapot shop. Olga owns it, Malik works in it, Sten has another shop."""
    from makegood.accounts.models import Workspace

    return Workspace.objects.create(name="Teapot & Co", brand="Teapot")


@pytest.fixture
def other_workspace(db: None) -> Any:
    """Sten's shop."""
    from makegood.accounts.models import Workspace

    return Workspace.objects.create(name="Sten's Skis", brand="Sten")


def _person(name: str, workspace: Any, role: str) -> Any:
    from makegood.accounts.models import Membership, User

    person = User.objects.create_user(f"{name.lower()}@example.com", PASSWORD, name=name)
    Membership.objects.create(workspace=workspace, user=person, role=role)
    return person


@pytest.fixture
def olga(workspace: Any) -> Any:
    """The owner of `workspace`."""
    return _person("Olga", workspace, "owner")


@pytest.fixture
def malik(workspace: Any) -> Any:
    """An agent in `workspace`."""
    return _person("Malik", workspace, "agent")


@pytest.fixture
def sten(other_workspace: Any) -> Any:
    """A stranger: the owner of `other_workspace`."""
    return _person("Sten", other_workspace, "owner")


@pytest.fixture
def vera(workspace: Any) -> Any:
    """A viewer in `workspace`: she reads, and may do nothing."""
    return _person("Vera", workspace, "viewer")


@pytest.fixture
def mona(workspace: Any) -> Any:
    """A manager in `workspace`: she approves, shares, invites."""
    return _person("Mona", workspace, "manager")


@pytest.fixture
def cora(workspace: Any) -> Any:
    """A collaborator in `workspace`, a freelancer: she sees only what is shared with her."""
    return _person("Cora", workspace, "collaborator")


def _signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def as_olga(olga: Any) -> Client:
    """A browser in which Olga is signed in."""
    return _signed_in(olga)


@pytest.fixture
def as_malik(malik: Any) -> Client:
    """A browser in which Malik is signed in."""
    return _signed_in(malik)


@pytest.fixture
def as_vera(vera: Any) -> Client:
    """A browser in which Vera, who may only read, is signed in."""
    return _signed_in(vera)


@pytest.fixture
def as_mona(mona: Any) -> Client:
    """A browser in which Mona, a manager, is signed in."""
    return _signed_in(mona)


@pytest.fixture
def as_cora(cora: Any) -> Client:
    """A browser in which Cora, with whom little is shared, is signed in."""
    return _signed_in(cora)


@pytest.fixture
def as_sten(sten: Any) -> Client:
    """A browser in which Sten, a stranger, is signed in."""
    return _signed_in(sten)


@pytest.fixture
def as_nobody(db: None) -> Client:
    """A browser in which nobody is signed in."""
    return Client()
