"""Routing rules and what members take, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from makegood.routing import api as routing
from makegood.web.forms_routing import FLAG_NAMES, SENTIMENT_NAMES, SEVERITY_NAMES, Offered
from makegood.web.templatetags.makegood import BADGES, language_name, network_name

__all__ = ["asked_words", "given_words"]


def _badges(kind: str) -> Mapping[str, Any]:
    return {slug: words for slug, (_icon, words) in BADGES[kind].items()}


def asked_words(asked: routing.Conditions, there: Offered) -> list[str]:
    """What a rule asks, a clause for each condition; none for a rule that takes everything."""
    found = [
        _any(asked.intents, _badges("intent")),
        str(SEVERITY_NAMES.get(asked.severity, "")),
        _any(asked.topics, there.topics),
        _any(asked.languages, {code: language_name(code) for code in asked.languages}),
        _("says %s") % _or([_("“%s”") % word for word in asked.words]) if asked.words else "",
        _("urgency: %s") % _any(asked.urgencies, _badges("urgency")) if asked.urgencies else "",
        _any(asked.sentiments, SENTIMENT_NAMES),
        _any(asked.flags, FLAG_NAMES),
        _any(asked.networks, {name: network_name(name) for name in asked.networks}),
        _any(asked.channels, there.channels),
        _("found by %s") % _any(asked.queries, there.queries) if asked.queries else "",
        _("%s followers or more") % number_format(asked.followers, force_grouping=True) if asked.followers else "",
        {"yes": _("has bought here"), "no": _("has not bought here")}.get(asked.customer, ""),
        {"open": _("in business hours"), "closed": _("outside business hours")}.get(asked.when, ""),
    ]
    return [clause for clause in found if clause]


def given_words(wanted: routing.Actions, there: Offered) -> list[str]:
    """What a rule does, a clause for each thing."""
    found = [
        _assigned(wanted.assign, there),
        _("label %s") % _or([_("“%s”") % name for name in wanted.labels]) if wanted.labels else "",
        _("urgency at least: %s") % _badges("urgency").get(wanted.urgency, "") if wanted.urgency else "",
        _("clocks by “%s”") % there.policies.get(wanted.policy, _("a policy that is gone")) if wanted.policy else "",
        _("tells the team") if wanted.alert else "",
    ]
    return [clause for clause in found if clause]


def _assigned(assign: routing.Assign, there: Offered) -> str:
    if assign.how == "person":
        return _("goes to %s") % there.people.get(assign.person or 0, _("somebody who is gone"))
    if assign.how == "least":
        among = [
            *(there.people.get(key, "") for key in assign.people),
            *(there.teams.get(key, "") for key in assign.teams),
        ]
        return _("goes to whoever has least of %s") % (", ".join(one for one in among if one) or _("nobody any more"))
    return _("goes to whoever speaks the language and knows the topic") if assign.how == "skill" else ""


def _any(chosen: tuple[Any, ...], names: Mapping[Any, Any]) -> str:
    return _or([str(names.get(key, _("something that is gone"))) for key in chosen])


def _or(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(some)s or %(last)s") % {"some": ", ".join(words[:-1]), "last": words[-1]}
