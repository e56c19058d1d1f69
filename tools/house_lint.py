"""The house rules no other tool knows: short modules, and no signals: work is followed by reading calls.

`python -m tools.house_lint` reads the code without running it.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

__all__ = ["LONGEST", "lint", "main"]

ROOT = Path(__file__).resolve().parent.parent
CODE = ("makegood", "tests", "tools", "benchmarks", "training")
LONGEST = 400


def lint(root: Path = ROOT) -> list[str]:
    """One sentence for each thing wrong, as "path:line: sentence"."""
    found = []
    files = [
        root / "conftest.py",
        *(path for folder in CODE for path in sorted((root / folder).rglob("*.py"))),
    ]
    for path in files:
        name = path.relative_to(root).as_posix()
        if not path.exists() or "/migrations/" in name or "/node_modules/" in name:
            continue
        text = path.read_text("utf-8")
        lines = text.count("\n")
        if lines > LONGEST:
            found.append(f"{name}:{LONGEST}: {lines} lines; the most is {LONGEST}: divide it by what it is about.")
        if name.startswith("makegood/") and "/tests/" not in name:
            found += [f"{name}:{line}: {what}" for line, what in _signals(ast.parse(text))]
    return found


def _signals(tree: ast.Module) -> list[tuple[int, str]]:
    sentence = "no signals: call what has to happen, so that a reader finds it."
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = [module, *(f"{module}.{name}" for name in names)]
        if any(name.startswith("django.dispatch") or name.endswith(".signals") for name in names):
            found.append((node.lineno, sentence))
    return found


def main() -> int:
    """Prints what is wrong; 1 when anything is."""
    found = lint()
    for sentence in found:
        print(sentence)
    if not found:
        print("The house rules are kept.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
