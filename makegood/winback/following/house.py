"""What a shop settles beforehand: when it asks, and with which words. One transaction a function."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows, membership_of
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import api as reply
from makegood.resolve import api as resolve
from makegood.winback.following import rules
from makegood.winback.following.first_words import FIRST_WORDS
from makegood.winback.following.rules import FollowUpError, Plan
from makegood.winback.models import FollowUpSettings, FollowUpWords
from makegood.winback.models.causes import Cause

__all__ = [
    "PLACES",
    "causes_to_time",
    "fill",
    "plan_of",
    "save_plan",
    "save_words",
    "still_a_member",
    "texts_of",
    "words_for",
]

Kind = FollowUpWords.Kind
LONGEST_WORDS = 1_000
MOST_CAUSES = 50
PLACES = ("name", "link")
"""What {…} in the words may stand for."""


def plan_of(workspace: Any) -> Plan:
    """When this shop asks: as it has settled it, else as it begins. 1 query."""
    row = FollowUpSettings.objects.within(workspace).first()
    if row is None:
        return Plan()
    return Plan(row.active, row.days, row.by_remedy, row.by_cause, row.quiet_days, row.remind_days)


def still_a_member(membership: Membership, right: Right) -> Membership:
    """The member as they stand now. Raises `FollowUpError` where they may not (any more)."""
    found = membership_of(membership.user, membership.workspace)
    if found is None or not allows(found.role, right):
        raise FollowUpError(_("Your role doesn’t let you do this any more."))
    return found


def causes_to_time(workspace: Any) -> dict[int, str]:
    """The causes (ids) that are open, by name: each may have days of its own. 1 query."""
    rows = Cause.objects.within(workspace).filter(state__in=[Cause.State.OPEN, Cause.State.REOPENED])
    return dict(rows.exclude(name="").order_by("name", "pk").values_list("pk", "name")[:MOST_CAUSES])


@transaction.atomic
def save_plan(membership: Membership, plan: Plan) -> None:
    """Saves when the shop asks. What waits already keeps its day. Raises `FollowUpError`."""
    member = still_a_member(membership, Right.SETTINGS)
    if problem := rules.plan_problem(plan):
        raise FollowUpError(problem)
    values = asdict(plan) | {"changed_by": member.user, "changed_at": clock.now()}
    row, _new = FollowUpSettings.objects.update_or_create(workspace_id=member.workspace_id, defaults=values)
    journal.record(member.workspace_id, "followup.settings_saved", row, actor=member.user)


def texts_of(workspace: Any) -> dict[tuple[str, str], str]:
    """The shop's own words by kind and language ("" is its own). 1 query."""
    rows = FollowUpWords.objects.within(workspace)
    return {(kind, language): text for kind, language, text in rows.values_list("kind", "language", "text")}


def words_for(workspace: Any, kind: str, language: str = "") -> str:
    """The shop's words in this language, else in its own; else those that a new shop begins with. 1 query."""
    short = language.split("-")[0].lower()
    own = texts_of(workspace)
    found = own.get((kind, short)) or own.get((kind, ""))
    return found or FIRST_WORDS.get(short, FIRST_WORDS["en"])[kind]


@transaction.atomic
def save_words(membership: Membership, kind: str, language: str, text: str) -> None:
    """Saves the words of a kind in a language, "" for the shop's own; nothing takes the shop's own back.

    Raises `FollowUpError`.
    """
    member = still_a_member(membership, Right.SETTINGS)
    words = text.strip()
    _check(kind, words)
    short = language.split("-")[0].lower()
    if not words:
        FollowUpWords.objects.within(member.workspace_id).filter(kind=kind, language=short).delete()
    else:
        FollowUpWords.objects.update_or_create(
            workspace_id=member.workspace_id,
            kind=kind,
            language=short,
            defaults={"text": words, "changed_by": member.user, "changed_at": clock.now()},
        )
    journal.record(member.workspace_id, "followup.words_saved", member.workspace, actor=member.user, kind=kind)


def _check(kind: str, words: str) -> None:
    if kind not in Kind.values:
        raise FollowUpError(_("Choose words from the list."))
    if len(words) > LONGEST_WORDS:
        raise FollowUpError(_("Write something of at most 1,000 characters: it has to fit into an answer."))
    unknown = [place for place in re.findall(r"\{([^{}]*)\}", words) if place not in PLACES]
    if unknown:
        facts = {"name": f"{{{unknown[0]}}}", "known": ", ".join(f"{{{place}}}" for place in PLACES)}
        raise FollowUpError(_("Makegood doesn’t know %(name)s. It knows %(known)s.") % facts)
    asks = kind != Kind.CLOSING
    if words and asks and "{link}" not in words:
        raise FollowUpError(_("Put {link} where the link to their answer belongs."))
    if "{link}" in words and not asks:
        raise FollowUpError(_("The closing line is read by everybody: leave {link} out."))


def fill(text: str, conversation: desk.Conversation, link: str = "") -> str:
    """The words with name and link in them. A name that is not known is left out: "Hi {name}," becomes "Hi,"."""
    known = {"name": reply.first_name(conversation.author_name)}
    said, _left = resolve.fill_words(text, known)
    # "this, {name}." has a comma before a name that may not be there.
    said = said if known["name"] else re.sub(r",(?=[.!?])", "", said)
    return said.replace("{link}", link)
