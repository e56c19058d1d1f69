"""The shop's words with what is known in their places: the one way that ready words are made.

{amount} stands for what is known of it. What stands in brackets with a place in it, as in "we have sent your money
back[: {amount} for order {order}]", is said only where all of that is known and may be read by whoever reads it. In
public nobody but the customer is to read amounts, order numbers and codes: there they count as not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _

from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.resolve import codes, house, meetings
from makegood.resolve.models import Remedy, ReturnCase
from makegood.resolve.rules import amount_words
from makegood.resolve.saying import Ready

__all__ = ["PRIVATE", "both_words", "fill_words", "in_public", "ready_words", "to_tell", "worth"]

Kind = Remedy.Kind
PRIVATE = ("amount", "order", "code")
"""What is for the customer alone."""
_PLACE = re.compile(r"\{(\w+)\}")
_BRACKETS = re.compile(r" ?\[([^\[\]]*)\]")
_OPEN = re.compile(r"\[(\w+)\]")


def fill_words(text: str, facts: Mapping[str, str], *, public: bool = False) -> tuple[str, list[str]]:
    """The words with `facts` in their places, and the places that a person has to fill, written as [code], in order.

    A name that is not known is left out with the space before it: "Hi {name}," becomes "Hi,". Braces that are no place
    of ours stay as they are.
    """
    known = {name: fact for name, fact in facts.items() if fact and not (public and name in PRIVATE)}

    def part(found: re.Match[str]) -> str:
        places = [name for name in _PLACE.findall(found[1]) if name in house.PLACES]
        if not places:
            return found[0]
        kept = all(name in known for name in places)
        return f"{' ' if found[0].startswith(' ') else ''}{found[1]}" if kept else ""

    said = _BRACKETS.sub(part, text)
    if "name" not in known:
        said = re.sub(r" ?\{name\}", "", said)
    left = [name for name in dict.fromkeys(_PLACE.findall(said)) if name in house.PLACES and name not in known]
    said = _PLACE.sub(lambda place: known.get(place[1]) or (f"[{place[1]}]" if place[1] in left else place[0]), said)
    return said, left


def ready_words(remedy: Remedy, *, public: bool, text: str = "") -> tuple[str, list[str]]:
    """What the customer is told of a remedy as things stand, and the places that a person has to fill.

    The words chosen with it, else the shop's own in their language; or `text`, other words than those. 3 queries.
    """
    row = remedy.conversation
    words = text or remedy.words.strip() or house.words_for(remedy.workspace, remedy.kind, row.language)
    return fill_words(words, _known(remedy), public=public)


def both_words(remedy: Remedy, text: str = "") -> Ready:
    """`ready_words` for the customer alone, and for everybody."""
    return Ready(ready_words(remedy, public=False, text=text)[0], ready_words(remedy, public=True, text=text)[0])


def to_tell(remedy: Remedy, *, public: bool) -> tuple[str, list[str]]:
    """The words that lie ready, else those that would be said as things stand; with the places a person has to fill."""
    laid = remedy.ready_public if public else remedy.ready_words
    if remedy.tell_from is None or not laid:
        return ready_words(remedy, public=public)
    return laid, [name for name in dict.fromkeys(_OPEN.findall(laid)) if name in house.PLACES]


def in_public(conversation: desk.Conversation, purpose: str) -> bool:
    """Whether others can read an answer with this purpose (of `reply.Reply.Purpose`)."""
    return reply.answered(conversation, purpose).visibility != "direct"


def worth(remedy: Remedy) -> str:
    """What they get, in words; "" where that has no amount."""
    percent = remedy.details.get("percent")
    if remedy.kind == Kind.VOUCHER and isinstance(percent, int) and percent:
        return _("%(n)d %%") % {"n": percent}
    return amount_words(remedy.amount_minor, remedy.currency) if remedy.amount_minor else ""


def _known(remedy: Remedy) -> dict[str, str]:
    returned = ReturnCase.objects.within(remedy.workspace_id).filter(remedy=remedy).first()
    code = remedy.external_id or str(remedy.details.get("code") or "")
    return {
        "name": reply.first_name(remedy.conversation.author_name),
        "amount": worth(remedy),
        "order": remedy.order.number if remedy.order else "",
        "number": returned.number if returned else "",
        "code": code if remedy.kind == Kind.VOUCHER else "",
        "date": _date(remedy, returned),
    }


def _date(remedy: Remedy, returned: ReturnCase | None) -> str:
    """The moments that were proposed or agreed on, or the last day: by the shop's clocks."""
    if remedy.kind in (Kind.CALL, Kind.COURIER):
        return meetings.spans_words(remedy)
    last: datetime | None = returned.send_by if returned else remedy.due_at
    if remedy.kind == Kind.VOUCHER:
        last = codes.ends_at(remedy)
    if last is None:
        return ""
    day = last.astimezone(ZoneInfo(remedy.workspace.timezone)).date()
    return str(formats.date_format(day, "DATE_FORMAT", use_l10n=True))
