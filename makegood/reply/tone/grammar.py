"""English grammar by Harper, which runs in this process and asks nobody (https://writewithharper.com, Apache-2.0).

Its dictionary takes a second and some 130 MB: both are spent at the first English draft, never where the check is off.
Spelling it would check as well, but looks long for what might be meant by every name; `spelling` does that here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from makegood.reply.tone.finding import Code, Draft, Finding

if TYPE_CHECKING:
    from harper import Lint, Linter

__all__ = ["grammar"]

LONGEST = 4_000
MOST = 8
# What is wrong, not what could be nicer: an Oxford comma is nobody's mistake.
_KINDS = frozenset(
    {
        "Agreement",
        "BoundaryError",
        "Capitalization",
        "Eggcorn",
        "Grammar",
        "Malapropism",
        "Nonstandard",
        "Repetition",
        "Typo",
        "WordChoice",
    }
)
_ARTICLE = "Incorrect indefinite article."
"""Harper files it under “Miscellaneous”, with much that is taste."""
_SPELLS = ("SpellCheck", "OrthographicConsistency")
_CODE = re.compile(r"`([^`]*)`")
_one_at_a_time = Lock()


@lru_cache(maxsize=1)
def _linter() -> Linter:
    from harper import Dialect, Linter

    linter = Linter(Dialect.BRITISH)
    rules = linter.get_lint_config()
    linter.set_lint_config(rules | {name: False for name in _SPELLS if name in rules})
    return linter


def grammar(draft: Draft, spoken: str) -> Iterator[Finding]:
    """What Harper finds wrong in an English draft, eight at most; its reasons are in English, as the draft is."""
    if draft.language != "en" or not _is_prose(spoken):
        return
    # Its signs may be no text at all: a lone half of a surrogate pair has no UTF-8.
    safe = spoken[:LONGEST].encode("utf-8", "replace").decode("utf-8")
    with _one_at_a_time:
        lints = _linter().lint(safe, language="plaintext")
    for lint in [one for one in lints if one.lint_kind in _KINDS or one.message == _ARTICLE][:MOST]:
        yield _finding(draft, lint)


def _is_prose(text: str) -> bool:
    """Whether most of it is letters and spaces; rows of signs cost Harper dearly and have no grammar."""
    said = text[:LONGEST]
    plain = sum(sign.isalpha() or sign == " " for sign in said)
    return bool(said.strip()) and plain >= 0.7 * len(said)


def _finding(draft: Draft, lint: Lint) -> Finding:
    start, end = lint.span.start, lint.span.end
    words = draft.text[start:end]
    better, put = None, None
    for one in lint.suggestions[:1]:
        if one.kind.name == "REPLACE":
            better = one.replacement_text
        elif one.kind.name == "REMOVE":
            better = ""
        else:
            better, put = one.replacement_text, (end, end)
    return Finding(Code.GRAMMAR, start, end, words, _CODE.sub(r"“\1”", lint.message), better, put)
