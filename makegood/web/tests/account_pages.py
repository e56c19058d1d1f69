"""What the tests of these pages share: looking into HTML without regular expressions."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client

__all__ = ["PASSWORD", "Page", "get", "text_of"]

PASSWORD = "correct horse battery"


class Page(HTMLParser):
    """The parts of a page that a strict content security policy forbids, and its words and links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.inputs: dict[str, str] = {}
        self.actions: list[str] = []
        self.links: list[str] = []
        self._stack: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        self._stack.append(tag)
        self.forbidden += [f"<{tag} {name}>" for name in facts if name.startswith("on") or name == "style"]
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag == "style":
            self.forbidden.append("<style>")
        if tag == "script" and "src" not in facts and facts.get("type") != "application/json":
            self.forbidden.append("<script> without src")
        for name in ("src", "href", "action"):
            value = (facts.get(name) or "").strip().lower()
            if value.startswith(("javascript:", "http:", "https:", "//")):
                self.forbidden.append(f"{tag} {name}={value}")
        if tag == "input" and facts.get("name"):
            self.inputs.setdefault(str(facts["name"]), facts.get("value") or "")
        if tag == "form":
            self.actions.append(facts.get("action") or "")
        if tag == "a":
            self.links.append(facts.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        while self._stack and self._stack.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "script" in self._stack or "head" in self._stack:
            return
        self.words.append(data)
        if "h1" in self._stack:
            self.headings.append(data.strip())


def text_of(response: Any) -> str:
    """The words of an answer, white space made single."""
    return " ".join(" ".join(Page(response.content.decode()).words).split())


def get(client: Client, path: str) -> Page:
    """A page that must answer 200."""
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code, response.get("Location"))
    return Page(response.content.decode())
