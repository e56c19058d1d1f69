"""How it is said, and what is missing: shouting, no thanks for praise, no word about what went wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from makegood.reply.tone.cues import Book, Hit
from makegood.reply.tone.finding import Code, Draft, Finding
from makegood.reply.tone.reasons import WHY

__all__ = ["missing", "shouting"]

_CAPITALS = re.compile(r"(?<![\w/#@&.-])[^\W\d_a-z]{2,}(?:[ ,]+[^\W\d_a-z]+)*(?![\w/@-])")
_MARKS = re.compile(r"[!?]{2,}|!(?:\s*!)+")
_MOST_LOUD = 2
"""One exclamation mark is joy; a third one in an answer is noise."""
FEWEST_WORDS = 4
"""Of a draft that has just been begun nothing is missed."""
_ACRONYMS = frozenset(
    [
        *("OK", "USA", "UK", "EU", "UNO", "VAT", "PDF", "FAQ", "FAQS", "ID", "PIN", "SMS", "USB", "LED", "LCD", "PC"),
        *("TV", "IT", "DHL", "UPS", "DPD", "GLS", "AGB", "GMBH", "KG", "UG", "EV", "EUR", "USD", "GBP", "CHF", "BIO"),
        *("DIY", "DIN", "ISO", "FSC", "GOTS", "ASAP", "AM", "PM", "CEO", "DM", "DMS", "PS", "NB", "BTW", "FYI", "IMO"),
        *("LOL", "WLAN", "XXL", "XL", "XS", "II", "III", "IV", "PLZ", "SEPA", "IBAN", "BIC", "MWST", "GDPR", "DSGVO"),
    ]
)


def shouting(draft: Draft, spoken: str) -> Iterator[Finding]:
    """Words in capitals that are no abbreviation, and marks in a row."""
    for match in _CAPITALS.finditer(spoken):
        words = match.group().split()
        loud = [one for one in (word.strip(",") for word in words) if _loud(one, draft)]
        if len(loud) >= 2 or any(len(one) >= 4 for one in loud):
            # In German a noun keeps its capital: which these are nobody can tell here.
            better = match.group().lower() if draft.language == "en" else None
            why = _("Capitals read as shouting.")
            yield Finding(Code.SHOUTING, match.start(), match.end(), match.group(), why, better)
    runs = list(_MARKS.finditer(spoken))
    for match in runs:
        better = "?" if "?" in match.group() else "!"
        why = _("Several marks in a row read as shouting.")
        yield Finding(Code.SHOUTING, match.start(), match.end(), match.group(), why, better)
    marks = [match.start() for match in re.finditer("!", spoken)]
    if not runs and len(marks) > _MOST_LOUD:
        place = marks[_MOST_LOUD]
        why = _("%(count)d exclamation marks in one answer are loud.") % {"count": len(marks)}
        yield Finding(Code.SHOUTING, place, place + 1, "!", why, ".")


def _loud(word: str, draft: Draft) -> bool:
    return len(word) >= 2 and word.isupper() and word not in _ACRONYMS and word.casefold() not in draft.known


def missing(draft: Draft, marks: Mapping[str, Hit], book: Book, count: int) -> Iterator[Finding]:
    """What a first answer owes to a complaint and to praise. `count` is how many words the draft has."""
    if not draft.first or count < FEWEST_WORDS:
        return
    owed = {"complaint": ("has_acknowledgement", Code.ACKNOWLEDGE), "praise": ("has_thanks", Code.THANKS)}
    owed["suggestion"] = owed["praise"]
    if draft.intent not in owed:
        return
    mark, code = owed[draft.intent]
    if mark in marks:
        return
    place = _after_greeting(draft.text, marks)
    key = "acknowledge" if code is Code.ACKNOWLEDGE else "thanks"
    yield Finding(code, 0, 0, "", str(WHY[code]), book.say.get(key), (place, place))


def _after_greeting(text: str, marks: Mapping[str, Hit]) -> int:
    """Where the first sentence after "Hi Lena," begins."""
    if "greeting" not in marks:
        return 0
    found = re.match(r"[^\n.!?,]{1,60}[,!.:]?[ \t]*\n*|", text)
    whole = found.end() if found else 0
    return whole if whole < len(text) and re.search(r"[,!.:\n]\s*$", text[:whole]) else 0
