"""Places that were to be filled in: {name}, [order], XXX. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from makegood.reply.tone.finding import Code, Finding
from makegood.reply.tone.reasons import WHY

__all__ = ["gaps"]

_GAP = re.compile(
    r"\$?\{\{?[^{}\n]{0,60}\}\}?"
    r"|\{%[^{}\n]{0,60}%\}"
    # Not a link's words, [so](address), nor what editors put into brackets.
    r"|\[(?!(?:sic|edit|update|gif|img|video|photo|foto|bild|ad|anzeige|werbung|ot)\])[^\W\d_][\w '’./-]{0,40}\](?!\()"
    r"|(?i:<(?:(?:first|last|customer|order|full|your|vor|nach|kunden|bestell)[ _-]?)?"
    r"(?:name|number|nummer|date|datum|order|product|produkt|amount|betrag|link|customer|kunde|city|ort)>)"
    r"|%\(\w{1,30}\)s|(?<![\w%])%[a-z_]{3,30}%"
    r"|(?<!\w)X{3,}(?!\w)|_{3,}|(?<!\w)(?:TODO|TBD|FIXME|TBC)(?!\w)|(?i:\blorem ipsum\b)"
)


def gaps(text: str) -> Iterator[Finding]:
    """What still has to be filled in, wherever it stands."""
    for match in _GAP.finditer(text):
        yield Finding(Code.UNFILLED, match.start(), match.end(), match.group(), str(WHY[Code.UNFILLED]))
