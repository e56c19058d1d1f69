"""The house rules hold, and the lint sees when they don't."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import house_lint


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """An empty project."""
    (tmp_path / "makegood" / "desk" / "tests").mkdir(parents=True)
    return tmp_path


def test_the_code_is_clean() -> None:
    assert house_lint.lint() == []


def test_a_module_is_not_too_long(house: Path) -> None:
    module = house / "makegood" / "desk" / "flow.py"
    module.write_text("x = 1\n" * house_lint.LONGEST)
    assert house_lint.lint(house) == []
    module.write_text("x = 1\n" * (house_lint.LONGEST + 1))
    assert house_lint.lint(house) == [
        "makegood/desk/flow.py:400: 401 lines; the most is 400: divide it by what it is about."
    ]


@pytest.mark.parametrize(
    "line",
    [
        "from django.dispatch import receiver",
        "import django.dispatch",
        "from django.db.models.signals import post_save",
        "from django.db.models import signals",
        "from allauth.account.signals import user_logged_in",
        "def later():\n    from django.core import signals",
    ],
)
def test_signals_are_refused(house: Path, line: str) -> None:
    (house / "makegood" / "desk" / "flow.py").write_text(f"{line}\n")
    assert len(house_lint.lint(house)) == 1
    (house / "makegood" / "desk" / "flow.py").rename(house / "makegood" / "desk" / "tests" / "test_flow.py")
    assert house_lint.lint(house) == []


def test_the_operating_systems_signals_are_something_else(house: Path) -> None:
    (house / "makegood" / "desk" / "flow.py").write_text("import signal\n")
    assert house_lint.lint(house) == []
