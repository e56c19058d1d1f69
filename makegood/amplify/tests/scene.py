"""A shop that was praised: heard, sorted and opened the way the product does it, on the sample network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from makegood.accounts.models import Membership
from makegood.amplify.models import Permission, PermissionAsk, Praise, Share
from makegood.amplify.praising import finding, flow, permitting
from makegood.desk.models import Conversation, Message
from makegood.desk.tests.make import conversation_with
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen.tests.make import channel
from makegood.reply.models import Reply
from makegood.triage import api as triage

__all__ = ["LOVE", "Praised", "praised"]

LOVE = "Love my new teapot, thank you so much! It is beautiful."


@dataclass
class Praised:
    """The shop, its account on the network, and `member`, who works on it."""

    workspace: Any
    member: Membership
    account: listen.Channel

    def heard(self, text: str = LOVE, intent: str = "praise", **fields: Any) -> Conversation:
        """Somebody says it; triage takes it for `intent`."""
        # At once: a product that is running looks at what was opened as soon as it is there.
        with transaction.atomic():
            talk = conversation_with(self.account, text, **fields)
            rows = triage.Assessment.objects.within(self.workspace).filter(mention=talk.latest)
            rows.update(intent=intent)
        return talk

    def praise(self, text: str = LOVE, **fields: Any) -> Praise:
        """Somebody praises, and the step has found it."""
        talk = self.heard(text, **fields)
        finding.find_new()
        return Praise.objects.within(self.workspace).get(mention=talk.latest)

    def answer(self, talk: Conversation, text: str, **fields: Any) -> Reply:
        """An answer that stands."""
        given = {"state": "sent", "sent_at": clock.now(), "author": self.member.user, "parent_id": "x", **fields}
        return Reply.objects.create(workspace=self.workspace, conversation=talk, text=text, **given)

    def writes(self, talk: Conversation, text: str, **fields: Any) -> Message:
        """The customer writes once more."""
        given = {"posted_at": clock.now(), "network_id": f"m{Message.objects.across('tests').count()}", **fields}
        return Message.objects.create(
            workspace=self.workspace, conversation=talk, direction="in", author_id=talk.author_id, text=text, **given
        )

    def asked(self, praise: Praise, scopes: tuple[str, ...] = ("reshare",)) -> PermissionAsk:
        """A member has put the question into an answer and sent it a minute ago."""
        words = permitting.take_question(self.member, praise.pk, scopes)
        early = clock.now() - timedelta(minutes=1)
        PermissionAsk.objects.within(self.workspace).filter(praise=praise, asked_at=None).update(ready_at=early)
        self.answer(praise.conversation, words, sent_at=clock.now() - timedelta(seconds=30))
        assert permitting.note_asked() == 1
        return PermissionAsk.objects.within(self.workspace).filter(praise=praise).latest("pk")

    def permitted(self, praise: Praise, *scopes: str) -> list[Permission]:
        """They said yes in a message, and a member kept it."""
        said = self.writes(praise.conversation, "Sure, go ahead!")
        return permitting.grant(self.member, praise.pk, said.pk, scopes or ("reshare",))

    def verbs(self, *begins: str) -> list[str]:
        """What the journal says, in order, of the verbs that begin so."""
        rows = Entry.objects.within(self.workspace).order_by("id").values_list("verb", flat=True)
        return [verb for verb in rows if verb.startswith(begins)]

    def fresh(self, row: Any) -> Any:
        """The row as it is now."""
        return type(row).objects.within(self.workspace).get(pk=row.pk)

    def due(self, share: Share) -> None:
        """Its moment has come."""
        Share.objects.within(self.workspace).filter(pk=share.pk).update(
            send_after=clock.now() - timedelta(seconds=1), lease_until=None
        )


def praised(workspace: Any, user: Any, **fields: Any) -> Praised:
    """A shop with an account on a network that keeps what is shared to itself."""
    member = Membership.objects.within(workspace).get(user=user)
    made = channel(workspace, "account", **{"network": "bluesky", "name": "@teapot", **fields})
    assert flow.may_write(member)
    return Praised(workspace, member, made)
