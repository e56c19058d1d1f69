"""What a workspace has chosen: which checks are on, its jargon, its own words, addresses and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply.models import ToneRules
from makegood.reply.tone.finding import ALWAYS, Code

__all__ = ["Tone", "ToneError", "read_jargon", "read_lines", "save_tone", "tone_of"]

MOST_LINES = 300
LONGEST_LINE = 120


class ToneError(ValueError):
    """What is wrong with the settings of the tone guard, by field: {"jargon": ["..."]}."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__(" ".join(sentence for each in fields.values() for sentence in each))
        self.fields = fields


@dataclass(frozen=True)
class Tone:
    """The chosen settings, ready to be judged by."""

    off: frozenset[str] = frozenset()
    jargon: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


def tone_of(workspace_id: int) -> Tone:
    """The workspace's settings; everything on where it has chosen nothing. One query."""
    row = ToneRules.objects.within(workspace_id).first()
    if row is None:
        return Tone()
    return Tone(frozenset(row.off), dict(row.jargon), tuple(row.words), tuple(row.own))


def read_lines(text: str) -> list[str]:
    """The lines of a box, each once, without empty ones."""
    return list(dict.fromkeys(line for each in text.splitlines() if (line := " ".join(each.split()))))


def read_jargon(text: str) -> dict[str, str]:
    """Jargon from lines such as "RMA = return number"; what stands behind "=" may be left out."""
    pairs = (line.partition("=") for line in read_lines(text))
    return {word.strip(): plain.strip() for word, _sign, plain in pairs if word.strip()}


@transaction.atomic
def save_tone(workspace: Any, by: Any, *, on: set[str], jargon: str, words: str, own: str) -> Tone:
    """Keeps the settings: `on` the codes that are checked, the rest as typed, a line an entry. Raises `ToneError`."""
    lines = {"jargon": read_lines(jargon), "words": read_lines(words), "own": read_lines(own)}
    wrong = {name: [sentence] for name, each in lines.items() if (sentence := _problem(each))}
    if wrong:
        raise ToneError(wrong)
    off = sorted(code for code in Code if code not in on and code not in ALWAYS)
    chosen = {"off": off, "jargon": read_jargon(jargon), "words": lines["words"], "own": lines["own"]}
    rows = ToneRules.objects.within(workspace)
    if not rows.update(**chosen, changed_at=clock.now()):
        ToneRules.objects.create(workspace=workspace, **chosen)
    journal.record(workspace.pk, "tone.saved", workspace, actor=by, off=off)
    return tone_of(workspace.pk)


def _problem(lines: list[str]) -> str:
    if len(lines) > MOST_LINES:
        return _("That is too many: %(most)d lines at most.") % {"most": MOST_LINES}
    long = next((line for line in lines if len(line) > LONGEST_LINE), None)
    if long is not None:
        asked = {"line": f"{long[:30]}…", "most": LONGEST_LINE}
        return _("“%(line)s” is too long: %(most)d characters a line at most.") % asked
    return ""
