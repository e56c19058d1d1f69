"""What makes a sentence one that can be shown to a shop owner."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["LONGEST", "faults_of", "secrets_of"]

LONGEST = 240
# Something to do, or that there is nothing to do.
_ADVICE = re.compile(
    r"\b(please|we will|we try|we look|check|ask|you can|connect|choose|shorten|remove|look|open|write)\b",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"Traceback|Exception|Error\b|\bNone\b|HTTP|\bhttpx?\b|0x[0-9a-f]{4}|[{}<>\\]|/(home|tmp|usr|work)/|://[^/\s]*@|\?\w+="
)


def secrets_of(credentials: Mapping[str, Any]) -> list[str]:
    """What must never be shown: passwords and tokens, of eight letters and more."""
    open_names = {"service", "server", "url", "handle", "did", "id", "name", "username", "acct"}
    return [str(value) for name, value in credentials.items() if name not in open_names and len(str(value)) >= 8]


def faults_of(sentence: str, secrets: Iterable[str] = ()) -> list[str]:
    """What is wrong with a sentence; nothing when it is plain, says what to do and gives nothing away."""
    found = []
    if not sentence.strip() or len(sentence) > LONGEST:
        found.append(f"{len(sentence)} letters")
    if not sentence.endswith((".", "?", "!", "”")) or not sentence[:1].isupper() | sentence[:1].isdigit() | (
        "." in sentence.split(" ", 1)[0] or ":" in sentence.split(" ", 1)[0]
    ):
        found.append("not a sentence")
    if not _ADVICE.search(sentence):
        found.append("does not say what to do")
    if machine := _MACHINE.search(sentence):
        found.append(f"machine's words: {machine[0]}")
    found += ["gives a secret away" for secret in secrets if secret in sentence]
    return found
