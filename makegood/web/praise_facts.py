"""What the pages of praise show, beside what the rows say themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.accounts.api import Right, allows
from makegood.amplify import api as amplify
from makegood.connectors.registry import connector
from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.triage import api as triage
from makegood.web.request import MemberRequest

__all__ = ["card_facts", "messages_of", "reason_words", "share_facts"]


def _people(value: str) -> str:
    count = int(value)
    return ngettext("%(count)s follows them", "%(count)s follow them", count) % {"count": f"{count:,}"}


def _reshared(value: str) -> str:
    count = int(value)
    return ngettext("passed on by %(count)s", "passed on by %(count)s", count) % {"count": f"{count:,}"}


REASONS: Mapping[str, Callable[[str], str]] = {
    "followers": _people,
    "reposts": _reshared,
    "product": lambda value: _("names “%(name)s”") % {"name": value},
    "person": lambda value: _("names %(name)s") % {"name": value},
    "detailed": lambda value: _("goes into detail (%(count)s words)") % {"count": value},
    "words": lambda value: _("says more than a word or two"),
    "number": lambda value: _("gives a figure"),
    "picture": lambda value: _("has a picture"),
    "stars": lambda value: _("%(count)s stars") % {"count": value},
}


def reason_words(reasons: Iterable[Sequence[str]], topics: Mapping[str, str]) -> list[str]:
    """Why a praise ranks where it does, in the member's language."""
    found = []
    for code, value in reasons:
        if code == "topic" and value in topics:
            found.append(_("about: %(topic)s") % {"topic": topics[value]})
        elif code in REASONS:
            found.append(REASONS[code](value))
    return found


def card_facts(request: MemberRequest, cards: Sequence[amplify.Card]) -> dict[str, Any]:
    """What every list of praise needs. 1 query."""
    topics = triage.topic_words(request.workspace)
    member = request.membership
    return {
        "cards": [{"card": card, "why": reason_words(card.praise.reasons, topics)} for card in cards],
        "may_work": allows(member.role, Right.WORK),
        "may_write": amplify.may_write(member),
        "may_share": reply.may_send(member),
        "scopes": amplify.Scope.choices,
    }


def share_facts(request: MemberRequest, card: amplify.Card) -> dict[str, Any]:
    """By which accounts and how one praise can be carried on, and when that would be. At most 8 queries an account."""
    rules = amplify.sharing_rules(request.workspace)
    ways: list[dict[str, Any]] = []
    for channel in amplify.accounts_of(card.praise)[:10]:
        capability = amplify.capability_of_account(channel)
        kinds = amplify.kinds_of(capability, card.praise.mention.network)
        ways.append(
            {
                "channel": channel,
                "title": capability.title,
                "kinds": kinds,
                "reshare": capability.reshare,
                "unposts": capability.unposts,
                "slot": amplify.slot_for(request.workspace, channel.pk),
            }
        )
    names = dict(amplify.Share.Kind.choices)
    kinds = [kind for kind in names if any(kind in way["kinds"] for way in ways)]
    asked = amplify.Scope.RESHARE in card.scopes or not rules.ask_first
    allowed = {"boost": asked, "quote": amplify.Scope.RESHARE in card.scopes}
    allowed["picture"] = amplify.Scope.PICTURE in card.scopes
    return {
        "ways": ways,
        "kinds": [{"value": kind, "name": names[kind], "allowed": allowed[kind]} for kind in kinds],
        "sharable": any(allowed[kind] for kind in kinds),
        "zone": request.workspace.timezone,
        "rules": rules,
        "title": connector(card.praise.mention.network).capability.title,
    }


def messages_of(card: amplify.Card) -> list[desk.Message]:
    """What they have written in the conversation, the newest first: what a permission may stand in. 1 query."""
    rows = desk.Message.objects.within(card.praise.workspace_id).filter(
        conversation=card.praise.conversation_id, direction=desk.Message.Direction.IN, deleted_at__isnull=True
    )
    return list(rows.order_by("-posted_at", "-pk")[:20])
