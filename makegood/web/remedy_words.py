"""What a customer is told of a remedy: the shop's words with what is known put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.resolve import api as resolve
from makegood.triage.api import Assessment

__all__ = ["fill_words", "language_of", "ready_words", "told_facts"]

PLACE = re.compile(r"\{(\w+)\}")


def language_of(conversation: desk.Conversation) -> str:
    """The language they wrote in, as far as it was told; "" else. 1 query."""
    rows = Assessment.objects.within(conversation.workspace_id).filter(mention_id=conversation.latest_id)
    return str(rows.values_list("language", flat=True).first() or "")


def fill_words(text: str, facts: Mapping[str, str]) -> tuple[str, list[str]]:
    """The text with what is known in its places, and the names of the places that are still open, in order.

    A name that is not known is left out with the space before it: "Hi {name}," becomes "Hi,".
    """
    if not facts.get("name"):
        text = re.sub(r" ?\{name\}", "", text)
    filled = PLACE.sub(lambda found: facts.get(found[1]) or found[0], text)
    left = [name for name in dict.fromkeys(PLACE.findall(filled)) if name in resolve.PLACES]
    return filled, left


def told_facts(conversation: desk.Conversation, **known: str) -> dict[str, str]:
    """What may stand in the places of a remedy's words: their first name, and `known`."""
    return {"name": reply.first_name(conversation.author_name or ""), **known}


def ready_words(remedy: resolve.Remedy) -> tuple[str, list[str]]:
    """What they are told of a remedy as things stand, and the places a person has to fill, written as [code]."""
    amount = remedy.amount_minor or remedy.cost_minor
    returned = getattr(remedy, "returned", None)
    known = {
        "amount": resolve.amount_words(amount, remedy.currency) if amount else "",
        "order": remedy.order.number if remedy.order else "",
        "number": returned.number if returned else "",
        "code": remedy.external_id or str(remedy.details.get("code") or ""),
        "date": _date(remedy, returned.send_by if returned else None),
    }
    words = remedy.words or resolve.words_for(remedy.workspace_id, remedy.kind, language_of(remedy.conversation))
    text, left = fill_words(words, told_facts(remedy.conversation, **known))
    for name in left:
        text = text.replace(f"{{{name}}}", f"[{name}]")
    return text, left


def _date(remedy: resolve.Remedy, send_by: datetime | None) -> str:
    """The times that were proposed, the window, or by when: in the shop's time."""
    details: Mapping[str, Any] = remedy.details
    moments = [datetime.fromisoformat(each) for each in details.get("times", []) or details.get("window", []) if each]
    if details.get("times"):
        said = [_moment(each) for each in moments]
        return _(" or ").join(said)
    if len(moments) == 2:
        since, until = (timezone.localtime(each) for each in moments)
        if since.date() == until.date():
            facts = {"from": _moment(since), "to": date_format(until, "TIME_FORMAT")}
        else:
            facts = {"from": _moment(since), "to": _moment(until)}
        return _("%(from)s to %(to)s") % facts
    last = send_by or remedy.due_at
    return str(date_format(timezone.localtime(last), "j F")) if last else ""


def _moment(at: datetime) -> str:
    here = timezone.localtime(at)
    return f"{date_format(here, 'l j F')} {date_format(here, 'TIME_FORMAT')}"
