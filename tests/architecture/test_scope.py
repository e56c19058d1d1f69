"""The scope lint holds, and every way round the workspace is refused."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.apps import apps

from makegood.kit.scope import Scoped
from tools import scope_lint

MODELS = """
from django.db import models
from makegood.kit.scope import Scoped, ScopedManager

class Base(Scoped):
    class Meta:
        abstract = True

class Parcel(Scoped):
    objects = ScopedManager()

class Letter(Base):
    pass

class Workspace(models.Model):
    pass
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A small project with scoped models, to plant lines in."""
    for folder in ("post", "web"):
        (tmp_path / "makegood" / folder).mkdir(parents=True)
    (tmp_path / "makegood" / "post" / "models.py").write_text(MODELS)
    return tmp_path


def plant(shop: Path, line: str, where: str = "post/flow.py") -> list[str]:
    """What the lint says about one line of code."""
    imports = "from makegood.post.models import Letter, Parcel, Workspace\nfrom makegood.post import models\n"
    (shop / "makegood" / where).write_text(f"{imports}{line}\n")
    return [str(finding) for finding in scope_lint.lint(shop)]


def test_the_code_is_clean() -> None:
    assert [str(finding) for finding in scope_lint.lint()] == []


def test_the_lint_sees_the_models_that_django_sees() -> None:
    """Read without running, the code must show the same models as it has when it runs."""
    files = {path.as_posix(): ast.parse(path.read_text()) for path in scope_lint._sources(scope_lint.ROOT)}
    seen = scope_lint._models(files)
    real = {model for model in apps.get_models() if model.__module__.startswith("makegood.")}
    assert set(seen.all) == {model.__name__ for model in real}
    assert seen.scoped == {model.__name__ for model in real if issubclass(model, Scoped)}


def test_the_list_of_unscoped_models_has_no_strays() -> None:
    real = {model.__name__ for model in apps.get_models() if model.__module__.startswith("makegood.")}
    assert set(scope_lint.UNSCOPED) <= real
    assert all(scope_lint.UNSCOPED.values())


@pytest.mark.parametrize(
    "line",
    [
        "Parcel.objects.within(workspace).filter(pk=1)",
        "Letter.objects.within(workspace)",
        "Parcel.objects.across('one sweep serves everybody').count()",
        "Parcel.objects.create(workspace=workspace, weight=3)",
        "Parcel.objects.create(workspace_id=3)",
        "Parcel.objects.get_or_create(workspace=workspace, defaults={})",
        "Parcel.objects.bulk_create(rows)",
        "Workspace.objects.all()",
        "models.Workspace.objects.get(pk=1)",
        "from allauth.account.models import EmailAddress\nEmailAddress.objects.filter(user=1)",
        "get_object_or_404(Parcel.objects.within(workspace), pk=1)",
        "get_object_or_404(Workspace, pk=1)",
    ],
)
def test_what_names_the_workspace_is_allowed(shop: Path, line: str) -> None:
    assert plant(shop, line) == []


@pytest.mark.parametrize(
    "line",
    [
        "Parcel.objects.all()",
        "Parcel.objects.get(pk=1)",
        "Letter.objects.filter(pk=1)",
        "models.Parcel.objects.filter(pk=1)",
        "from makegood.post.models import Parcel as P\nP.objects.first()",
        "Parcel.objects.using('default')",
        "rows = Parcel.objects",
        "look(Parcel.objects.within)",
        "Parcel.objects.within()",
        "Parcel.objects.across()",
        "Parcel.objects.across('')",
        "Parcel.objects.across('all')",
        "Parcel.objects.across(reason)",
        "Parcel.objects.create(weight=3)",
        "Parcel.objects.create(**fields)",
        "Parcel.objects.get_or_create(defaults={'workspace': 1})",
        "Parcel.objects.update_or_create(pk=1)",
        "Parcel._default_manager.all()",
        "type(row)._base_manager.get(pk=1)",
        "Parcel._meta.default_manager.all()",
        "get_object_or_404(Parcel, pk=1)",
        "get_list_or_404(models.Letter)",
        "QuerySet(Parcel)",
        "type(row).objects.all()",
        "model.objects.all()",
        "connection.cursor()",
        "Parcel.objects.raw('SELECT 1')",
    ],
)
def test_every_way_round_the_workspace_is_refused(shop: Path, line: str) -> None:
    found = plant(shop, line)
    assert len(found) == 1, found
    assert found[0].startswith(f"makegood/post/flow.py:{3 + line.count(chr(10))}: ")


def test_a_page_never_looks_across_workspaces(shop: Path) -> None:
    line = "Parcel.objects.across('one sweep serves everybody')"
    assert plant(shop, line) == []
    assert any("a page shows one workspace" in each for each in plant(shop, line, "web/views.py"))


def test_a_new_model_must_be_scoped_or_explained(shop: Path) -> None:
    with (shop / "makegood" / "post" / "models.py").open("a") as file:
        file.write("class Secret(models.Model):\n    pass\n")
    found = plant(shop, "")
    assert len(found) == 1
    assert "Secret must inherit Scoped" in found[0]


def test_tests_and_migrations_may_look_anywhere(shop: Path) -> None:
    (shop / "makegood" / "post" / "tests").mkdir()
    assert plant(shop, "Parcel.objects.all()", "post/tests/test_it.py") == []
