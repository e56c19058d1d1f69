"""The import contracts hold, and they fail when somebody breaks them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

LAYERS = "Work flows one way"
CONNECTORS = "A connector knows no other connector"
NO_DJANGO = "Connectors and the activity shape know no Django"
DOORS = "A stage is entered by its front door"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code alone, to be broken."""
    for source in (ROOT / "makegood").rglob("*.py"):
        if "tests" not in source.parts:
            target = tmp_path / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path) -> tuple[int, str]:
    """The exit status of the import linter in a folder, and what it says."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def broken(said: str) -> set[str]:
    """The contracts that are reported as broken."""
    known = {LAYERS, CONNECTORS, NO_DJANGO, DOORS}
    lines = [line for line in said.splitlines() if " BROKEN" in line]
    return {name for name in known for line in lines if line.startswith(name)}


def test_the_code_keeps_every_contract(copy: Path) -> None:
    status, said = lint(copy)
    assert status == 0, said


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("triage/planted.py", "from makegood.desk import api", LAYERS),
        ("desk/planted.py", "from makegood.routing import api", LAYERS),
        ("routing/planted.py", "from makegood.identify import api", LAYERS),
        ("kit/planted.py", "import makegood.site.settings", LAYERS),
        ("journal/planted.py", "from makegood.web import apps", LAYERS),
        ("jobs/planted.py", "def later() -> None:\n    from makegood.journal import api", LAYERS),
        ("connectors/feeds/planted.py", "import makegood.connectors.bluesky", CONNECTORS),
        ("connectors/bluesky/planted.py", "from makegood.connectors import files", CONNECTORS),
        ("connectors/feeds/planted.py", "from django.conf import settings", NO_DJANGO),
        ("connectors/planted.py", "import sqlite3", NO_DJANGO),
        ("connectors/planted.py", "from makegood.kit import scope", NO_DJANGO),
        ("connectors/planted.py", "from makegood.journal import api", NO_DJANGO),
        ("activity/planted.py", "from django.db import models", NO_DJANGO),
        ("web/planted.py", "from makegood.desk.models import Conversation", DOORS),
        ("web/planted.py", "from makegood.listen import models", DOORS),
        ("web/planted.py", "import makegood.journal.models", DOORS),
        ("web/planted.py", "from makegood.routing.models import RoutingRule", DOORS),
        ("desk/planted.py", "from makegood.triage.reader import Intent", DOORS),
        ("site/planted.py", "from makegood.jobs.worker import main", DOORS),
        ("web/planted.py", "from makegood.listen.query import parse", DOORS),
    ],
)
def test_a_contract_fails_when_it_is_broken(copy: Path, module: str, line: str, contract: str) -> None:
    (copy / "makegood" / module).write_text(f"{line}\n")
    status, said = lint(copy)
    assert status == 1, said
    assert contract in broken(said), said


def test_a_new_package_must_take_its_place_in_the_order(copy: Path) -> None:
    (copy / "makegood" / "surprise").mkdir()
    (copy / "makegood" / "surprise" / "__init__.py").touch()
    status, said = lint(copy)
    assert status == 1
    assert LAYERS in broken(said), said
    assert "surprise" in said
