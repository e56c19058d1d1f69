"""From a conversation and what is typed to a judged draft; and the refusal of what must not go out."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from makegood.accounts.api import members
from makegood.clocks import api as clocks
from makegood.connectors.contract import Capability
from makegood.desk import api as desk
from makegood.kit import clock
from makegood.reply import composing
from makegood.reply.models import Reply
from makegood.reply.tone.checking import Checked, blocking, check
from makegood.reply.tone.finding import Code, Draft, Finding
from makegood.reply.tone.sent import earlier
from makegood.reply.tone.settings import Tone, tone_of
from makegood.reply.tone.words import clean

__all__ = ["look", "refusal"]

MOST_HEARD = 20
_WORD = re.compile(r"[^\W\d_]+")


def look(conversation: desk.Conversation, text: str, purpose: str, capability: Capability) -> Checked:
    """Everything that is worth a second look in what is typed so far. A bounded number of queries."""
    tone = tone_of(conversation.workspace_id)
    words = clean(text)
    book = clocks.books([conversation.workspace_id])[conversation.workspace_id]
    found = clocks.find_promises(words, clock.now(), book.zone, book.hours)
    heard = composing.answered(conversation, purpose)
    said, answered = _thread(conversation)
    seen = composing.preview(conversation, words, capability)
    draft = Draft(
        text=words,
        language=(conversation.language or "en").split("-")[0],
        public=_is_public(heard.visibility),
        intent=conversation.intent if purpose == Reply.Purpose.ANSWER else "",
        said=said,
        first=not answered,
        promised=[(one.start, one.end) for one in found],
        own=tone.own,
        jargon=tone.jargon,
        known=_known(conversation, tone),
        earlier=earlier(conversation.workspace_id) if Code.CANNED not in tone.off else (),
        limit=seen.problem,
        off=tone.off,
    )
    return check(draft)


def _is_public(visibility: str) -> bool:
    """Whether others than the one who is answered will read it: to followers is to many."""
    return visibility != "direct"


def _thread(conversation: desk.Conversation) -> tuple[str, bool]:
    """What they wrote where others could read it, the newest first, and whether something of ours stands there."""
    rows = desk.Message.objects.within(conversation.workspace_id).filter(
        conversation=conversation, deleted_at__isnull=True
    )
    ours, theirs = desk.Message.Direction.OUT, desk.Message.Direction.IN
    newest = rows.filter(direction__in=[ours, theirs]).order_by("-posted_at", "-id")
    texts, answered = [], False
    for direction, text, visibility in newest.values_list("direction", "text", "visibility")[:MOST_HEARD]:
        answered = answered or direction == ours
        if direction == theirs and _is_public(visibility):
            texts.append(text)
    return "\n".join(texts), answered


def _known(conversation: desk.Conversation, tone: Tone) -> frozenset[str]:
    """Words that are right as they are: the shop's, its people's, the customer's name."""
    workspace = conversation.workspace
    names = [workspace.name, workspace.brand, conversation.author_name, conversation.author_handle]
    names += [each.user.name for each in members(workspace)]
    texts = [*names, *tone.words, *tone.jargon]
    return frozenset(word.casefold() for text in texts for word in _WORD.findall(text or ""))


def refusal(row: Reply) -> str:
    """Why an answer must not go out as it is, as a sentence; "" when it may.

    Only two things keep it back, whatever the workspace has chosen: a place that was not filled in, and personal data
    where others than the customer will read it. What is the shop's own may go once a member has said so (`own_data`).
    """
    tone = tone_of(row.workspace_id)
    said, _answered = _thread(row.conversation)
    found = blocking(Draft(row.text, public=_is_public(row.visibility), said=said, own=tone.own))
    if row.follow_up and row.purpose == Reply.Purpose.PRIVATE:
        found += blocking(Draft(row.follow_up, public=True, said=said, own=tone.own))
    wrong = [one for one in found if not (one.own and row.own_data)]
    return _sentence(wrong[0]) if wrong else ""


def _sentence(found: Finding) -> str:
    facts = {"words": found.words}
    if found.code is Code.UNFILLED:
        return _("Fill in “%(words)s” first. Nothing was sent.") % facts
    if found.own:
        return _("“%(words)s” is your shop’s own. Say that it may be public, then send it.") % facts
    return _("“%(words)s” is personal, and others can read it here. Take it out, or go on in private.") % facts
