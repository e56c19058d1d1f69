"""What the documents say is there: every link, picture, `make` target and `makegood` command."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = sorted(
    [*(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")), *(ROOT / "docs").rglob("*.md")]
)
LINK = re.compile(r'\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"')
CODE = re.compile(r"```[^\n]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
SMALL = 200_000


def links(text: str) -> list[str]:
    """The addresses in a document that point into this repository."""
    without_code = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found = [first or second for first, second in LINK.findall(without_code)]
    return [one for one in found if not re.match(r"[a-z]+:", one)]


def code(text: str) -> str:
    """Everything set as code."""
    return "\n".join(first or second for first, second in CODE.findall(text))


def anchors(path: Path) -> set[str]:
    """The headings of a document, as links name them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_picture_is_there(document: Path) -> None:
    for link in links(document.read_text("utf-8")):
        name, _hash, anchor = link.partition("#")
        target = (document.parent / name) if name else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_documents_have_links_and_pictures() -> None:
    found = [link for document in DOCUMENTS for link in links(document.read_text("utf-8"))]
    assert len(found) > 15
    assert "docs/images/inbox-light.png" in found


def test_every_make_target_and_command_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    said = subprocess.run(
        [sys.executable, "-m", "makegood.site.command", "--help"], capture_output=True, text=True, cwd=ROOT
    ).stdout
    commands = set(re.findall(r"^    (\w+) ", said, re.MULTILINE))
    assert {"up", "status", "check"} <= targets & commands
    named: set[str] = set()
    for document in DOCUMENTS:
        text = code(document.read_text("utf-8"))
        made = set(re.findall(r"^(?:[A-Z_]+=\S+ )*make ([a-z-]+)", text, re.MULTILINE))
        ran = set(re.findall(r"^(?:[A-Z_]+=\S+ )*makegood ([a-z]+)", text, re.MULTILINE))
        assert made <= targets, document
        assert ran <= commands, document
        named |= made
    assert {"up", "test", "status", "check"} <= named


def test_pictures_are_small_and_used() -> None:
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs" / "images").iterdir()}
    assert {name: size for name, size in pictures.items() if size > SMALL} == {}
    shown = "\n".join(document.read_text("utf-8") for document in DOCUMENTS)
    assert [name for name in pictures if name not in shown] == []


def test_the_keys_in_the_documents_are_those_of_the_help_sheet() -> None:
    sheet = (ROOT / "makegood" / "web" / "templates" / "components" / "help.html").read_text("utf-8")
    keys = {key for key in re.findall(r"<kbd>(.+?)</kbd>", sheet) if len(key) == 1 and key.isascii()}
    answer = (ROOT / "docs" / "answer.md").read_text("utf-8")
    assert {key for key in keys if f"`{key}`" not in answer} == set()
