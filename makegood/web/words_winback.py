"""What the journal says of asking again, of customers who come back, of causes, and of messages after a purchase."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from makegood.web.words_journeys import moved
from makegood.winback.api import AftercareMessage, FollowUp, Incentive

__all__ = ["PLAIN", "WITH_FACTS"]

Data = dict[str, Any]

PLAIN = {
    "aftercare.answered": gettext_lazy("heard from a customer how their purchase is"),
    "aftercare.handled": gettext_lazy("saw to trouble with a purchase"),
    "aftercare.ready": gettext_lazy("laid a mail after a purchase ready"),
    "aftercare.refused": gettext_lazy("could not send a mail after a purchase"),
    "aftercare.released": gettext_lazy("sent off a mail after a purchase"),
    "aftercare.sent": gettext_lazy("handed a mail after a purchase to the mail server"),
    "aftercare.settings_saved": gettext_lazy("changed when, or how, customers are asked after a purchase"),
    "aftercare.trouble": gettext_lazy("heard of trouble with a purchase"),
    "aftercare.unknown": gettext_lazy("does not know whether a mail after a purchase went out"),
    "consent.withdrawn": gettext_lazy("noted that a customer does not agree to mails any more"),
    "customer.unsubscribed": gettext_lazy("noted that a customer wants no mail any more"),
    "cause.declined": gettext_lazy("found that what was proposed is no cause"),
    "followup.asked": gettext_lazy("asked again whether it is resolved"),
    "followup.reminded": gettext_lazy("reminded them of the question"),
    "followup.missed": gettext_lazy("noted that they did not answer whether it is resolved"),
    "followup.settings_saved": gettext_lazy("changed when customers are asked again"),
    "incentive.refused": gettext_lazy("wanted to offer something that must not be offered so; it was refused"),
    "journey.evidence_added": gettext_lazy("noted what they were told of the customer"),
    "journey.evidence_withdrawn": gettext_lazy("took back what they had noted of the customer"),
    "followup.words_saved": gettext_lazy("changed the words that customers are asked again with"),
}


def _ready(data: Data) -> str:
    if data.get("reminder"):
        return _("laid the reminder ready")
    return _("laid the question ready whether it is resolved")


def _withdrawn(data: Data) -> str:
    why = dict(FollowUp.Withdrawn.choices).get(data.get("because", ""))
    if not why:
        return _("let the question be whether it is resolved")
    return _("let the question be whether it is resolved: %(why)s") % {"why": why}


def _given(data: Data) -> str:
    facts = {"n": data.get("score", "?")}
    if data.get("resolved") is False:
        said = _("answered: %(n)s of 5, and it is not resolved") % facts
    elif data.get("resolved"):
        said = _("answered: %(n)s of 5, and it is resolved") % facts
    else:
        said = _("answered: %(n)s of 5") % facts
    # The journal writes Makegood before a line that no member caused.
    return _("heard from them. They %(said)s") % {"said": said}


def _reopened(data: Data) -> str:
    if data.get("because") == "score":
        return _("opened it again, as they gave %(n)s of 5") % {"n": data.get("score", "?")}
    return _("opened it again, as they say that it is not resolved")


def _cause(words: str) -> Callable[[Data], str]:
    return lambda data: _(words) % {"name": data.get("name") or "…"}


def _filled(data: Data) -> str:
    words = ngettext(
        "put %(n)d complaint to the cause “%(name)s”",
        "put %(n)d complaints to the cause “%(name)s”",
        data.get("count", 1),
    )
    return words % {"n": data.get("count", 1), "name": data.get("name", "")}


def _emptied(data: Data) -> str:
    words = ngettext(
        "took %(n)d complaint out of the cause “%(name)s”",
        "took %(n)d complaints out of the cause “%(name)s”",
        data.get("count", 1),
    )
    return words % {"n": data.get("count", 1), "name": data.get("name", "")}


def _cause_reopened(data: Data) -> str:
    facts = {"name": data.get("name", ""), "n": data.get("again", 0)}
    if data.get("again"):
        return _("opened the cause “%(name)s” again: %(n)d complained of it after it was fixed") % facts
    return _("opened the cause “%(name)s” again") % facts


def _merged(data: Data) -> str:
    facts = {"gone": data.get("gone_name", ""), "name": data.get("name", "")}
    return _("merged the cause “%(gone)s” with “%(name)s”") % facts


def _rising(data: Data) -> str:
    facts = {"name": data.get("name") or _("all complaints"), "because": data.get("because", "")}
    return _("found more complaints than usual, %(name)s: %(because)s") % facts


def _rises_changed(data: Data) -> str:
    words = _("set how many false alarms about rises there may be in three months: %(n)d")
    return words % {"n": data.get("per_quarter", 1)}


def _offered(data: Data) -> str:
    kind = dict(Incentive.Kind.choices).get(data.get("kind", ""), data.get("kind", ""))
    return _("offered them something so that they come back: %(what)s") % {"what": kind}


def _skipped(data: Data) -> str:
    why = dict(AftercareMessage.Skip.choices).get(data.get("because", ""), data.get("because", ""))
    return _("let a mail after a purchase be: %(why)s") % {"why": why}


def _agreed(data: Data) -> str:
    words = ngettext(
        "noted that %(n)d customer agreed to mails",
        "noted that %(n)d customers agreed to mails",
        data.get("count", 0),
    )
    return words % {"n": data.get("count", 0)}


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    "aftercare.skipped": _skipped,
    "consent.granted": _agreed,
    "cause.named": _cause(gettext_noop("named a cause: “%(name)s”")),
    "cause.changed": _cause(gettext_noop("changed the cause “%(name)s”")),
    "cause.fixed": _cause(gettext_noop("marked the cause “%(name)s” as fixed")),
    "cause.told": _cause(gettext_noop("told them that it is fixed: “%(name)s”")),
    "cause.reopened": _cause_reopened,
    "cause.merged": _merged,
    "cause.filled": _filled,
    "cause.emptied": _emptied,
    "cause.rising": _rising,
    "rises.changed": _rises_changed,
    "followup.ready": _ready,
    "followup.withdrawn": _withdrawn,
    "followup.reopened": _reopened,
    "incentive.offered": _offered,
    "journey.moved": moved,
    "satisfaction.given": _given,
}
