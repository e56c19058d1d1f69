"""Answers on their way, in trouble, planned, or waiting for approval: what a person should see beside the composer."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from makegood.desk import api as desk
from makegood.listen import api as listen
from makegood.reply.models import Reply

__all__ = ["Outgoing", "pending"]

State = Reply.State
ON_THEIR_WAY = [State.PROPOSED, State.QUEUED, State.HELD, State.SENDING, State.REFUSED, State.UNKNOWN]
TROUBLE = (State.REFUSED, State.UNKNOWN)


@dataclass(frozen=True)
class Outgoing:
    """One answer with all its parts. `at` is the part that matters now: the first that does not stand yet."""

    lead: Reply
    parts: list[Reply]
    at: Reply

    @property
    def state(self) -> str:
        """Where it is: the state of the part that matters."""
        return self.at.state

    @property
    def text(self) -> str:
        """The whole of it as it was written."""
        return self.lead.whole or self.lead.text

    @property
    def number(self) -> int:
        """Which part matters now, from 1."""
        return self.parts.index(self.at) + 1

    @property
    def waiting(self) -> int:
        """How many parts wait for the one that matters."""
        return len(self.parts) - self.number

    @property
    def can_undo(self) -> bool:
        """Whether all of it can still be taken back."""
        return self.lead.state in (State.QUEUED, State.HELD) and self.lead.attempt == 0

    @property
    def waits_for_account(self) -> bool:
        """Whether it goes out only once its account is connected again."""
        channel = self.at.channel
        disconnected = channel is not None and channel.state == listen.Channel.State.DISCONNECTED
        return self.state == State.QUEUED and disconnected

    @property
    def in_trouble(self) -> bool:
        """Whether a person has to decide how it goes on."""
        return self.state in TROUBLE

    @property
    def overtaken(self) -> bool:
        """Whether the customer has written again since it was written."""
        return self.lead.purpose != Reply.Purpose.CLOSING and (
            self.lead.parent_id != self.lead.conversation.latest.network_id
        )


def pending(conversation: desk.Conversation) -> list[Outgoing]:
    """The answers that a person should see beside the composer, oldest first. 2 queries."""
    rows = Reply.objects.within(conversation.workspace_id).filter(conversation=conversation)
    moving = rows.filter(state__in=ON_THEIR_WAY).values_list("pk", "lead_id")[:200]
    keys = {lead or pk for pk, lead in moving}
    if not keys:
        return []
    whole = rows.filter(Q(pk__in=keys) | Q(lead_id__in=keys)).exclude(state=State.WITHDRAWN, lead__isnull=False)
    groups: dict[int, list[Reply]] = {}
    for row in whole.select_related("author", "decided_by", "channel").prefetch_related("media").order_by("position"):
        row.conversation = conversation
        groups.setdefault(row.lead_id or row.pk, []).append(row)
    found = [_outgoing(parts) for parts in groups.values()]
    return sorted(found, key=lambda one: (one.lead.created_at, one.lead.pk))


def _outgoing(parts: list[Reply]) -> Outgoing:
    moving = [row for row in parts if row.state in ON_THEIR_WAY]
    return Outgoing(parts[0], parts, moving[0] if moving else parts[-1])
