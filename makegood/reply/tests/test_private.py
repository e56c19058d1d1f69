"""Answered as it was asked, taken to a private message, and ended in public."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from makegood.accounts.models import Membership
from makegood.connectors.contract import Connector, Trouble, Verdict
from makegood.desk import api as desk
from makegood.desk.models import Conversation, Message
from makegood.desk.tests.make import bring, conversation_with
from makegood.listen.models import Channel
from makegood.listen.tests.make import activity
from makegood.reply import flow
from makegood.reply.flow import ReplyError
from makegood.reply.models import Reply
from makegood.reply.tests import testnet
from makegood.reply.tests.conftest import COMPLAINT

pytestmark = pytest.mark.django_db

Sent = Callable[..., Reply]
Purpose = Reply.Purpose
LINE = "We have sent you a message."


@pytest.fixture(autouse=True)
def able(network: Callable[[Connector], None]) -> None:
    network(testnet.ABLE)


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
def test_an_answer_is_seen_by_whoever_saw_the_question(
    account: Channel, malik: Any, sent: Sent, visibility: str
) -> None:
    talk = conversation_with(account, COMPLAINT, visibility=visibility)
    sent(flow.queue(talk, malik, "We are sorry!"))
    assert [one.visibility for one in testnet.drafts.values()] == [visibility]
    said = Message.objects.within(talk.workspace_id).get(conversation=talk, direction="out")
    assert said.visibility == visibility


def test_an_answer_carries_their_content_warning_and_handle(account: Channel, malik: Any, sent: Sent) -> None:
    talk = conversation_with(account, COMPLAINT, warning="Broken china", handle="ada")
    sent(flow.queue(talk, malik, "We are sorry!"))
    (handed,) = testnet.drafts.values()
    assert (handed.warning, handed.handle) == ("Broken china", "ada")


def private(talk: Conversation, malik: Any, text: str = "Your address, please?", line: str = LINE) -> Reply:
    flow.save_draft(talk, malik, text, purpose=Purpose.PRIVATE, follow_up=line)
    return flow.queue(talk, malik, text)


def test_a_private_message_goes_first_and_then_the_public_line(talk: Conversation, malik: Any, sent: Sent) -> None:
    sent(private(talk, malik))
    first, second = testnet.drafts.values()
    assert (first.visibility, first.parent_id) == ("direct", talk.latest.network_id)
    assert (second.text, second.visibility, second.parent_id) == (LINE, "public", talk.latest.network_id)
    talk.refresh_from_db()
    assert talk.private_at is not None
    assert talk.closing_line_at is None


def test_no_public_line_says_so_before_the_message_stands(talk: Conversation, malik: Any, sent: Sent) -> None:
    testnet.faults.append(Trouble(Verdict.REFUSE, "They take no messages."))
    row = sent(private(talk, malik))
    talk.refresh_from_db()
    assert (row.state, talk.private_at, testnet.writes) == ("refused", None, [])
    assert flow.discard(row, malik)
    draft = flow.draft_of(talk, malik)
    assert draft is not None
    assert (draft.text, draft.purpose, draft.follow_up) == ("Your address, please?", "private", LINE)
    assert not Reply.objects.within(talk.workspace_id).filter(state="queued").exists()


def test_without_a_line_only_the_message_goes(talk: Conversation, malik: Any, sent: Sent) -> None:
    sent(private(talk, malik, line=""))
    assert [one.visibility for one in testnet.drafts.values()] == ["direct"]


def test_a_long_private_message_stays_private_in_every_part(talk: Conversation, malik: Any, sent: Sent) -> None:
    sent(private(talk, malik, "Please tell us your address and a time. We send somebody around."))
    *message, line = testnet.drafts.values()
    assert len(message) > 1
    assert {one.visibility for one in message} == {"direct"}
    assert message[1].parent_id == f"test:{message[0].key}"
    assert (line.visibility, line.parent_id) == ("public", talk.latest.network_id)


def test_the_closing_line_ends_it_in_public(account: Channel, malik: Any, sent: Sent) -> None:
    who = {"who": "did:plc:ada", "network": "testnet"}
    bring(account, activity(COMPLAINT, id="first", **who))
    (talk,) = bring(
        account, activity("Thanks, here is my address", id="2", root_id="first", visibility="direct", **who)
    )
    sent(private(talk, malik, line=""))
    talk.refresh_from_db()
    flow.save_draft(talk, malik, "All settled.", purpose=Purpose.CLOSING)
    sent(flow.queue(talk, malik, "All settled."))
    line = list(testnet.drafts.values())[-1]
    assert (line.visibility, line.parent_id) == ("public", "first"), "never to what only we saw"
    talk.refresh_from_db()
    assert talk.closing_line_at is not None


def test_a_new_private_message_makes_a_new_closing_line_due(talk: Conversation, malik: Any, sent: Sent) -> None:
    sent(private(talk, malik, line=""))
    flow.save_draft(talk, malik, "All settled.", purpose=Purpose.CLOSING)
    sent(flow.queue(talk, malik, "All settled."))
    sent(private(talk, malik, "One more thing", line=""))
    talk.refresh_from_db()
    assert talk.closing_line_at is None


def test_what_was_never_public_needs_no_closing_line(account: Channel, malik: Any) -> None:
    talk = conversation_with(account, COMPLAINT, visibility="direct")
    flow.save_draft(talk, malik, "All settled.", purpose=Purpose.CLOSING)
    with pytest.raises(ReplyError, match="Nothing of this was said in public"):
        flow.queue(talk, malik, "All settled.")


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [(testnet.STRICT, "has no private messages"), (testnet.LINKED, "own page"), (testnet.PLAIN, "no private")],
)
def test_where_it_cannot_be_sent_from_here_it_is_not(
    talk: Conversation, malik: Any, network: Callable[[Connector], None], rules: Connector, sentence: str
) -> None:
    network(rules)
    with pytest.raises(ReplyError, match=sentence):
        private(talk, malik)
    assert testnet.writes == []


def test_written_by_hand_it_counts_as_private_too(talk: Conversation, malik: Any) -> None:
    flow.save_draft(talk, malik, "I wrote: your address?", purpose=Purpose.PRIVATE)
    row = flow.record_by_hand(talk, malik, "I wrote: your address?")
    talk.refresh_from_db()
    assert (row.visibility, talk.private_at is not None, talk.queue) == ("direct", True, "waiting")
    said = Message.objects.within(talk.workspace_id).get(conversation=talk, direction="out")
    assert (said.visibility, said.url) == ("direct", "")


def test_what_was_never_public_owes_no_closing_line(account: Channel, malik: Any, sent: Sent) -> None:
    talk = conversation_with(account, COMPLAINT, visibility="direct")
    sent(private(talk, malik))
    talk.refresh_from_db()
    assert talk.private_at is None
    assert [one.visibility for one in testnet.drafts.values()] == ["direct"], "and no public line"


def test_what_lacks_its_closing_line_is_listed(talk: Conversation, malik: Any, sent: Sent) -> None:
    viewer = Membership.objects.within(talk.workspace_id).get(user=malik)
    assert desk.count_view(viewer, "closing-line") == 0
    sent(private(talk, malik, line=""))
    assert [row.pk for row in desk.list_view(viewer, "closing-line").rows] == [talk.pk]
    flow.save_draft(talk, malik, "All settled.", purpose=Purpose.CLOSING)
    sent(flow.queue(talk, malik, "All settled."))
    assert desk.count_view(viewer, "closing-line") == 0


def test_a_quote_must_be_of_this_thread_public_and_standing(account: Channel, malik: Any, sent: Sent) -> None:
    talk = conversation_with(account, COMPLAINT)
    hidden = conversation_with(account, COMPLAINT, visibility="direct")
    flow.save_draft(talk, malik, "You said", quoted_id=talk.latest.network_id)
    sent(flow.queue(talk, malik, "You said"))
    assert next(iter(testnet.drafts.values())).quoted_id == talk.latest.network_id
    for quoted in (hidden.latest.network_id, "of another thread"):
        draft = flow.save_draft(talk, malik, "You said again", quoted_id=quoted)
        assert draft is not None
        assert draft.quoted_id == ""


def test_where_there_are_no_quotes_the_reason_is_said(
    talk: Conversation, malik: Any, network: Callable[[Connector], None]
) -> None:
    network(testnet.PLAIN)
    flow.save_draft(talk, malik, "You said", quoted_id=talk.latest.network_id)
    with pytest.raises(ReplyError, match="Testnet has no quotes"):
        flow.queue(talk, malik, "You said")
