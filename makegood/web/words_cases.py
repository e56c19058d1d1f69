"""What the journal says of cases, and why two conversations may belong together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

__all__ = ["PLAIN", "WITH_FACTS", "reason_words"]

Data = dict[str, Any]

PLAIN = {
    "case.opened": gettext_lazy("opened the case"),
    "case.changed": gettext_lazy("changed its title or problem"),
    "case.reopened": gettext_lazy("opened the case again"),
    "case.suggested": gettext_lazy("found another conversation that may belong to it"),
    "case.suggestion_declined": gettext_lazy("said that two conversations do not belong together"),
}


def _case(number: object) -> str:
    return _("case %(n)s") % {"n": number} if number else _("another case")


def _many(data: Data) -> str:
    count = len(data.get("conversations") or ())
    return ngettext("%(n)d conversation", "%(n)d conversations", count) % {"n": count}


def _one(data: Data, key: str = "conversation") -> str:
    return _("conversation %(n)s") % {"n": data[key]} if data.get(key) else _("a conversation")


def _owned(data: Data) -> str:
    if data.get("to"):
        return _("made %(who)s look after the case") % {"who": data["to"]}
    return _("left the case without anybody who looks after it")


def _ended(data: Data) -> str:
    words = _("ended the case as solved") if data.get("solved") else _("ended the case without a solution")
    closed = int(data.get("closed") or 0)
    if not closed:
        return words
    also = ngettext("and closed %(n)d conversation", "and closed %(n)d conversations", closed) % {"n": closed}
    return f"{words} {also}"


def _moved(data: Data) -> str:
    if not data.get("into"):
        return _("took it out of %(case)s") % {"case": _case(data.get("out"))}
    if not data.get("out"):
        return _("put it into %(case)s") % {"case": _case(data["into"])}
    return _("moved it from %(old)s to %(new)s") % {"old": _case(data["out"]), "new": _case(data["into"])}


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    "case.owned": _owned,
    "case.joined": lambda data: _("added %(one)s") % {"one": _one(data)},
    "case.left": lambda data: _("took %(one)s out") % {"one": _one(data)},
    "case.ended": _ended,
    "conversation.moved_case": _moved,
    "case.merged": lambda data: (
        _("merged it into %(case)s, with %(many)s") % {"case": _case(data.get("into")), "many": _many(data)}
    ),
    "case.took_in": lambda data: (
        _("merged %(case)s into this one, with %(many)s") % {"case": _case(data.get("other")), "many": _many(data)}
    ),
    "case.unmerged": lambda data: (
        _("undid the merge; %(many)s came back from %(case)s") % {"case": _case(data.get("other")), "many": _many(data)}
    ),
    "case.gave_back": lambda data: (
        _("gave %(many)s back to %(case)s, as the merge was undone")
        % {"case": _case(data.get("other")), "many": _many(data)}
    ),
    "case.split": lambda data: (
        _("split %(many)s off into %(case)s") % {"case": _case(data.get("into")), "many": _many(data)}
    ),
    "case.split_off": lambda data: (
        _("opened the case with %(many)s of %(case)s") % {"case": _case(data.get("other")), "many": _many(data)}
    ),
}


def reason_words(reason: Sequence[str], network_name: Callable[[str], str]) -> str:
    """A reason of a suggestion ([kind, words, network, network]) as a sentence."""
    kind, words, here, there = (*reason, "", "", "", "")[:4]
    facts = {"words": words, "here": network_name(here), "there": network_name(there)}
    if kind == "text":
        days = int(words) if words.isdigit() else 0
        return ngettext(
            "Nearly the same words, within %(n)d day", "Nearly the same words, within %(n)d days", days + 1
        ) % {"n": days + 1}
    return str(SENTENCES.get(kind, gettext_lazy("They have something in common"))) % facts


SENTENCES = {
    "account": gettext_lazy("The same account, in another thread: %(words)s"),
    "address": gettext_lazy("The same address on %(here)s and %(there)s: %(words)s"),
    "domain": gettext_lazy("Both are at %(words)s, on %(here)s and %(there)s"),
    "handle": gettext_lazy("Same handle “%(words)s” on %(here)s and %(there)s"),
    "name": gettext_lazy("Same name “%(words)s” on %(here)s and %(there)s"),
    "order": gettext_lazy("Both name order %(words)s"),
    "email": gettext_lazy("Both name the e-mail address %(words)s"),
    "parcel": gettext_lazy("Both name parcel %(words)s"),
}
