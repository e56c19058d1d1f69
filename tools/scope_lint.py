"""Nobody else's data: refuses every look at a workspace's rows that does not name the workspace.

`python -m tools.scope_lint` reads the code without running it. A model that inherits `Scoped` may be used
only by `.objects.within(workspace)`, `.objects.across("why")` (not in the pages), `bulk_create`, and
`create`, `get_or_create` or `update_or_create` with `workspace=`. Every other concrete model is listed below
with the reason why it belongs to no workspace. Tests and migrations are not checked.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Finding", "lint", "main"]

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "makegood"

UNSCOPED = {
    "User": "a person may belong to several workspaces",
    "Workspace": "it is the boundary itself",
    "Heartbeat": "processes serve all workspaces",
    "LeaseExpiry": "a count of interruptions, of nobody in particular",
    "DaySalt": "a day’s random key, which names nobody, is thrown away for all workspaces at once",
    "Mark": "one reader of the journal serves all workspaces",
    "StreamCursor": "one connection to a public stream serves all workspaces",
    "StreamShare": "what waits at NATS was said in public, and serves all workspaces",
    "SampledPost": "a public post, kept for nobody in particular",
    "ReplayErasure": "kept posts belong to nobody in particular, and whoever is erased goes from them",
}
BARE_MANAGERS = {
    "makegood/jobs/api.py": "leases rows that a scoped query of the caller's has already chosen",
}
RAW_SQL = {
    "makegood/site/health.py": "SELECT 1",
}
NAMES_A_WORKSPACE = {
    "create",
    "get_or_create",
    "update_or_create",
    "acreate",
    "aget_or_create",
    "aupdate_or_create",
}
BULK = {"bulk_create", "abulk_create"}
SHORTCUTS = {"get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404", "QuerySet"}
MODEL_BASES = {"Model", "AbstractUser", "AbstractBaseUser"}
REASON_LENGTH = 10


@dataclass(frozen=True)
class Finding:
    """Something wrong, where, and what to do."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


@dataclass(frozen=True)
class Models:
    """The project's concrete models by name, and which of them are scoped."""

    all: Mapping[str, tuple[str, int]]
    scoped: frozenset[str]


def lint(root: Path = ROOT) -> list[Finding]:
    """Everything wrong under `root`/makegood."""
    files = {path.relative_to(root).as_posix(): ast.parse(path.read_text("utf-8")) for path in _sources(root)}
    models = _models(files)
    found = [
        Finding(
            path,
            line,
            f"{name} must inherit Scoped, or be listed in tools/scope_lint.py with the reason why not.",
        )
        for name, (path, line) in models.all.items()
        if name not in models.scoped and name not in UNSCOPED
    ]
    for path, tree in files.items():
        found += _File(path, tree, models).findings()
    return sorted(found, key=lambda each: (each.path, each.line))


def _sources(root: Path) -> Iterator[Path]:
    for path in sorted((root / PACKAGE).rglob("*.py")):
        inside = path.relative_to(root).parts
        if "tests" not in inside and "migrations" not in inside:
            yield path


def _models(files: Mapping[str, ast.Module]) -> Models:
    classes: dict[str, list[tuple[set[str], bool, str, int]]] = defaultdict(list)
    for path, tree in files.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases = {_last(base) for base in node.bases}
                classes[node.name].append((bases, _is_abstract(node), path, node.lineno))

    def descends(name: str, roots: set[str], seen: frozenset[str] = frozenset()) -> bool:
        if name in roots:
            return True
        if name not in classes or name in seen:
            return False
        return any(descends(base, roots, seen | {name}) for one in classes[name] for base in one[0])

    concrete = {
        name: (path, line)
        for name, same in classes.items()
        for bases, abstract, path, line in same
        if not abstract and any(descends(base, MODEL_BASES | {"Scoped"}) for base in bases)
    }
    return Models(concrete, frozenset(name for name in concrete if descends(name, {"Scoped"})))


def _is_abstract(node: ast.ClassDef) -> bool:
    for part in node.body:
        if isinstance(part, ast.ClassDef) and part.name == "Meta":
            for line in part.body:
                if isinstance(line, ast.Assign) and _last(line.targets[0]) in ("abstract", "proxy"):
                    return isinstance(line.value, ast.Constant) and line.value.value is True
    return False


def _last(node: ast.expr) -> str:
    """The last name of `a.b.C` or `C[...]`, "" of anything else."""
    if isinstance(node, ast.Subscript):
        return _last(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


class _File:
    """One file's names, and the checks of each expression in it."""

    def __init__(self, path: str, tree: ast.Module, models: Models) -> None:
        self.path, self.tree, self.models = path, tree, models
        self.foreign: set[str] = set()
        self.alias: dict[str, str] = {}
        self.parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                ours = node.level > 0 or (node.module or "").split(".")[0] == PACKAGE
                for name in node.names:
                    local = name.asname or name.name
                    self.alias[local] = name.name
                    if not ours:
                        self.foreign.add(local)

    def findings(self) -> Iterator[Finding]:
        for node in ast.walk(self.tree):
            sentence = self._check(node)
            if sentence:
                yield Finding(self.path, getattr(node, "lineno", 0), sentence)

    def _check(self, node: ast.AST) -> str:
        if isinstance(node, ast.Attribute):
            if node.attr == "objects":
                return self._check_objects(node)
            if node.attr in ("_default_manager", "_base_manager", "default_manager", "base_manager"):
                return "" if self.path in BARE_MANAGERS else f"`.{node.attr}` goes round the scope: use `.objects`."
        if isinstance(node, ast.Call):
            return self._check_call(node)
        return ""

    def _check_call(self, node: ast.Call) -> str:
        name = _last(node.func)
        if name == "across" and self.path.startswith(f"{PACKAGE}/web/"):
            return "a page shows one workspace: use `.within(workspace)`, or ask a stage's front door."
        if name == "cursor" and self.path not in RAW_SQL:
            return "SQL by hand goes round the scope: use the model's manager."
        if name in SHORTCUTS and node.args and self._model(node.args[0]) in self.models.scoped:
            model = self._model(node.args[0])
            return f"`{name}({model}, ...)` finds rows of any workspace: give it `.objects.within(workspace)`."
        return ""

    def _model(self, node: ast.expr) -> str:
        """The model an expression names, "" when it is none of ours, "?" when that cannot be seen."""
        name = _last(node)
        if isinstance(node, ast.Name):
            if name in self.foreign:
                return ""
            name = self.alias.get(name, name)
        return name if name in self.models.all else "?"

    def _check_objects(self, node: ast.Attribute) -> str:
        model = self._model(node.value)
        if model == "?":
            return "whose `.objects` this is cannot be seen here: name the model."
        if model not in self.models.scoped:
            return ""
        method = self.parents.get(node)
        call = self.parents.get(method) if method else None
        if not isinstance(method, ast.Attribute) or not isinstance(call, ast.Call) or call.func is not method:
            return f"`{model}.objects` may not be passed on: use `{model}.objects.within(workspace)`."
        return self._check_method(model, method.attr, call)

    def _check_method(self, model: str, method: str, call: ast.Call) -> str:
        if method in BULK or (method == "within" and (call.args or call.keywords)):
            return ""
        if method == "across":
            why = call.args[0] if call.args else None
            if isinstance(why, ast.Constant) and isinstance(why.value, str) and len(why.value) >= REASON_LENGTH:
                return ""
            return f'`{model}.objects.across(...)` needs its reason as text: `across("why it serves all")`.'
        if method in NAMES_A_WORKSPACE:
            if {word.arg for word in call.keywords} & {"workspace", "workspace_id"}:
                return ""
            return f"`{model}.objects.{method}(...)` must name the workspace: add `workspace=`."
        return f"`{model}.objects.{method}(...)` sees every workspace: use `.objects.within(workspace)` first."


def main() -> int:
    """Prints what is wrong; 1 when anything is."""
    found = lint()
    for finding in found:
        print(finding)
    if not found:
        print("Every look at a workspace's rows names the workspace.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
