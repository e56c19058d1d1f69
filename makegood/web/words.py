"""What the journal's verbs are called on screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from makegood.accounts.api import Role
from makegood.journal.api import Entry
from makegood.web import (
    words_amplify,
    words_assessing,
    words_cases,
    words_identify,
    words_learning,
    words_outside,
    words_refunds,
    words_remedies,
    words_resolve,
    words_rewards,
    words_routing,
    words_wall,
    words_winback,
    words_work,
)
from makegood.web.words_clocks import CLOCKS_SAID

__all__ = ["RESPONSE_NAMES", "said", "worded"]

Data = dict[str, Any]

RESPONSE_NAMES = {
    "restoration": gettext_lazy("make it good"),
    "fix_facts": gettext_lazy("give the facts"),
    "share_success": gettext_lazy("thank and share"),
    "monitor": gettext_lazy("only watch"),
    "let_stand": gettext_lazy("let stand"),
}

PLAIN = {
    **words_work.PLAIN,
    **words_cases.PLAIN,
    **words_resolve.PLAIN,
    **words_refunds.PLAIN,
    **words_remedies.PLAIN,
    **words_identify.PLAIN,
    **words_learning.PLAIN,
    **words_outside.PLAIN,
    **words_amplify.PLAIN,
    **words_rewards.PLAIN,
    **words_wall.PLAIN,
    **words_winback.PLAIN,
    "mention.heard": gettext_lazy("heard it"),
    "mention.edited": gettext_lazy("took over what its author changed"),
    "mention.deleted": gettext_lazy("removed its text, as its author deleted it"),
    "conversation.opened": gettext_lazy("opened the conversation"),
    "conversation.grew": gettext_lazy("added what they said next"),
    "conversation.thread_read": gettext_lazy("read the thread around it"),
    "conversation.noted": gettext_lazy("left a note"),
    "conversation.closed": gettext_lazy("closed it"),
    "conversation.reopened": gettext_lazy("opened it again"),
    "conversation.deleted_at_source": gettext_lazy("closed it, as their post was deleted"),
    "reply.queued": gettext_lazy("wrote an answer"),
    "reply.sending": gettext_lazy("is sending the answer"),
    "reply.sent": gettext_lazy("answered; it stands on the network"),
    "reply.withdrawn": gettext_lazy("took the answer back"),
    "reply.discarded": gettext_lazy("gave the answer up"),
    "reply.retried": gettext_lazy("tried the answer again"),
    "reply.unknown": gettext_lazy("could not tell whether the answer was sent"),
    "reply.by_hand": gettext_lazy("answered on the page itself"),
    "reply.proposed": gettext_lazy("proposed an answer"),
    "reply.approved": gettext_lazy("approved the answer"),
    "reply.amended": gettext_lazy("approved the answer, with changes"),
    "reply.declined": gettext_lazy("declined the answer, with a note"),
    "reply.planned": gettext_lazy("planned an answer for later"),
    "reply.replanned": gettext_lazy("changed when the answer goes out"),
    "reply.held": gettext_lazy("held the answer back"),
    "conversation.went_private": gettext_lazy("wrote to them privately"),
    "conversation.closing_line": gettext_lazy("told onlookers how it ended"),
    "hours.saved": gettext_lazy("saved business hours"),
    "hours.removed": gettext_lazy("removed business hours"),
    "hours.days_changed": gettext_lazy("changed the holidays of business hours"),
    "policy.saved": gettext_lazy("saved a policy"),
    "policy.removed": gettext_lazy("removed a policy"),
    "policy.moved": gettext_lazy("changed the order of the policies"),
    **words_routing.PLAIN,
    "query.saved": gettext_lazy("saved a query"),
    "query.removed": gettext_lazy("removed a query"),
    "replay.wanted": gettext_lazy("let public posts be kept for new queries"),
    "replay.unwanted": gettext_lazy("stopped keeping public posts for new queries"),
    "replay.begun": gettext_lazy("looked back through kept posts"),
    "replay.stopped": gettext_lazy("stopped looking back through kept posts"),
    "replay.done": gettext_lazy("has looked back through kept posts"),
    "replay.failed": gettext_lazy("could not look back through kept posts"),
    "channel.connected": gettext_lazy("connected a channel"),
    "channel.reconnected": gettext_lazy("connected a channel again"),
    "channel.paused": gettext_lazy("paused a channel"),
    "channel.resumed": gettext_lazy("resumed a channel"),
    "channel.recovered": gettext_lazy("hears from a channel again"),
    "channel.removed": gettext_lazy("removed a channel"),
    "import.begun": gettext_lazy("brought a file in"),
    "import.started": gettext_lazy("started an import"),
    "import.progress": gettext_lazy("read more of a file"),
    "import.stopped": gettext_lazy("stopped an import"),
    "import.done": gettext_lazy("finished an import"),
    "import.failed": gettext_lazy("could not finish an import"),
    "sample.added": gettext_lazy("added the sample shop"),
    "alert.tested": gettext_lazy("sent a test to where alerts go"),
    "alert.destination_added": gettext_lazy("added a place alerts go to"),
    "alert.destination_removed": gettext_lazy("removed a place alerts went to"),
    "alert.rule_added": gettext_lazy("made an alert rule"),
    "alert.rule_changed": gettext_lazy("changed an alert rule"),
    "alert.rule_paused": gettext_lazy("paused an alert rule"),
    "alert.rule_resumed": gettext_lazy("let an alert rule go on"),
    "alert.rule_removed": gettext_lazy("removed an alert rule"),
    "workspace.created": gettext_lazy("opened the workspace"),
    "workspace.changed": gettext_lazy("changed the workspace's settings"),
    "member.joined": gettext_lazy("joined"),
    "member.changed": gettext_lazy("changed their profile"),
    "member.removed": gettext_lazy("removed somebody"),
    "invitation.revoked": gettext_lazy("took an invitation back"),
}


def said(line: Entry) -> str:
    """A journal line as the rest of a sentence that begins with its actor; a verb without words is spelled out."""
    with_facts = WITH_FACTS.get(line.verb)
    if with_facts is not None:
        return with_facts(line.data)
    return str(PLAIN.get(line.verb) or line.verb.replace(".", " ").replace("_", " "))


def worded() -> frozenset[str]:
    """The verbs that have words."""
    return frozenset(PLAIN) | frozenset(WITH_FACTS)


def _span(seconds: int) -> str:
    if seconds < 120:
        return _("%(n)d seconds") % {"n": seconds}
    if seconds < 7200:
        return _("%(n)d minutes") % {"n": seconds // 60}
    return _("%(n)d hours") % {"n": seconds // 3600}


def _response(data: Data) -> str:
    return str(RESPONSE_NAMES.get(data.get("response", ""), data.get("response", "")))


def _role(value: object) -> str:
    return str(dict(Role.choices).get(str(value), value))


def _answered(data: Data) -> str:
    if not data.get("first"):
        return _("noted the answer")
    after = {"span": _span(int(data.get("seconds") or 0))}
    if data.get("in_time"):
        return _("stopped the clock, in time: %(span)s after their post") % after
    return _("stopped the clock, too late: %(span)s after their post") % after


READ_AS = {
    "complaint": gettext_lazy("read it as a complaint: %(response)s"),
    "question": gettext_lazy("read it as a question: %(response)s"),
    "praise": gettext_lazy("read it as praise: %(response)s"),
    "suggestion": gettext_lazy("read it as a suggestion: %(response)s"),
    "noise": gettext_lazy("read it as noise: %(response)s"),
}


def _assessed(data: Data) -> str:
    words = READ_AS.get(data.get("intent", ""), gettext_lazy("read it as something else: %(response)s"))
    return str(words) % {"response": _response(data)}


def _folded(data: Data) -> str:
    n = int(data.get("copies") or 0)
    return ngettext("counted %(n)d copy of it", "counted %(n)d copies of it", n) % {"n": n}


UNFOLDED = {
    "addressed": gettext_lazy("no longer counts it as a copy: it was said to you"),
    "gone": gettext_lazy("no longer counts it as a copy: what it is a copy of is gone"),
}


def _unfolded(data: Data) -> str:
    return str(UNFOLDED.get(data.get("because", ""), gettext_lazy("took it out of the copies, as its own")))


def _assigned(data: Data) -> str:
    words = _("gave it to %(who)s") % {"who": data["to"]} if data.get("to") else _("gave it to nobody")
    return _with_reason(words, data)


def _with_reason(words: str, data: Data) -> str:
    return _("%(what)s: “%(why)s”") % {"what": words, "why": data["because"]} if data.get("because") else words


def _given_to_team(data: Data) -> str:
    words = _("gave it to %(team)s") % {"team": data["to"]} if data.get("to") else _("took it from its team")
    return _with_reason(words, data)


def _shared(data: Data) -> str:
    return _("shared it with %(who)s") % {"who": data.get("to") or _("somebody")}


def _unshared(data: Data) -> str:
    return _("no longer shares it with %(who)s") % {"who": data.get("to") or _("somebody")}


def _learning(data: Data) -> str:
    if data.get("learning"):
        return _("lets somebody learn: their answers wait for approval")
    return _("lets somebody answer on their own")


def _query_changed(data: Data) -> str:
    return _("changed a query") if data.get("active") else _("changed a query, which rests now")


def _channel_changed(data: Data) -> str:
    if data.get("take_all"):
        return _("lets everything in that a channel brings")
    return _("lets in only what a query matches on a channel")


def _invited(data: Data) -> str:
    days = int(data.get("days") or 0)
    until = ngettext("for %(n)d day", "for %(n)d days", days) % {"n": days}
    return _("invited somebody as %(role)s, %(until)s") % {"role": _role(data.get("role")), "until": until}


def _role_changed(data: Data) -> str:
    if not data.get("after"):
        return _("gave somebody another role")
    return _("gave somebody another role: %(role)s") % {"role": _role(data["after"])}


WITH_FACTS: Mapping[str, Callable[[Data], str]] = {
    **CLOCKS_SAID,
    **words_work.WITH_FACTS,
    **words_assessing.WITH_FACTS,
    **words_cases.WITH_FACTS,
    **words_resolve.WITH_FACTS,
    **words_refunds.WITH_FACTS,
    **words_remedies.WITH_FACTS,
    **words_rewards.WITH_FACTS,
    **words_identify.WITH_FACTS,
    **words_learning.WITH_FACTS,
    **words_routing.WITH_FACTS,
    **words_amplify.WITH_FACTS,
    **words_wall.WITH_FACTS,
    **words_winback.WITH_FACTS,
    "mention.assessed": _assessed,
    "mention.folded": _folded,
    "mention.unfolded": _unfolded,
    "mention.decided": lambda data: _("decided: %(response)s") % {"response": _response(data)},
    "conversation.assessed": lambda data: _("moved it: %(response)s") % {"response": _response(data)},
    "conversation.assigned": _assigned,
    "conversation.given_to_team": _given_to_team,
    "conversation.shared": _shared,
    "conversation.unshared": _unshared,
    "team.created": lambda data: _("made the team “%(name)s”") % {"name": data.get("name", "")},
    "team.renamed": lambda data: _("called a team “%(name)s”") % {"name": data.get("after", "")},
    "team.removed": lambda data: _("removed the team “%(name)s”") % {"name": data.get("name", "")},
    "team.changed": lambda data: _("changed who is in the team “%(name)s”") % {"name": data.get("name", "")},
    "member.learning": _learning,
    "conversation.labelled": words_routing.labelled,
    "conversation.unlabelled": lambda data: _("took the label “%(label)s” off") % {"label": data.get("label")},
    "conversation.answered": _answered,
    "reply.refused": lambda data: _("could not send the answer. %(why)s") % {"why": data.get("sentence", "")},
    "reply.postponed": lambda data: (
        _("tries the answer again in %(span)s") % {"span": _span(int(data.get("seconds", 0)))}
    ),
    "query.changed": _query_changed,
    "channel.changed": _channel_changed,
    "channel.trouble": lambda data: _("could not hear from a channel. %(why)s") % {"why": data.get("sentence", "")},
    "alert.failed": lambda data: _("could not deliver an alert. %(why)s") % {"why": data.get("sentence", "")},
    "member.invited": _invited,
    "member.role_changed": _role_changed,
}
