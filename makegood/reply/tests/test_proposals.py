"""Nothing a newcomer writes goes out before somebody else has read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from makegood.accounts.models import Membership
from makegood.connectors.contract import Connector
from makegood.desk.models import Conversation, Notice, Share
from makegood.desk.tests.make import bring
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen.models import Channel
from makegood.listen.tests.make import activity
from makegood.reply import flow, outbox, outgoing, proposals, rules
from makegood.reply.flow import ReplyError
from makegood.reply.models import Reply
from makegood.reply.tests import testnet
from makegood.reply.tests.conftest import COMPLAINT

pytestmark = pytest.mark.django_db

Sent = Callable[..., Reply]


def member(user: Any, workspace: Any) -> Membership:
    return Membership.objects.within(workspace).get(user=user)


def notices(workspace: Any) -> list[tuple[str, str, str]]:
    rows = Notice.objects.within(workspace).select_related("user", "by").order_by("id")
    return [(one.user.name, one.kind, f"{one.by} {one.text}") for one in rows]


@pytest.mark.parametrize(
    ("role", "learning", "sends", "proposes", "approves"),
    [
        ("owner", False, True, True, True),
        ("manager", False, True, True, True),
        ("manager", True, False, True, False),
        ("agent", False, True, True, False),
        ("agent", True, False, True, False),
        ("collaborator", False, False, True, False),
        ("viewer", False, False, False, False),
    ],
)
def test_who_may_what(role: str, learning: bool, sends: bool, proposes: bool, approves: bool) -> None:
    one = Membership(role=role, learning=learning)
    assert (rules.may_send(one), rules.may_propose(one), rules.may_approve(one)) == (sends, proposes, approves)


def test_a_proposal_waits_and_those_who_approve_are_told(
    talk: Conversation, malik: Any, mona: Any, olga: Any, vera: Any
) -> None:
    row = proposals.propose(talk, malik, "We are sorry!")
    outbox.send_due()
    row.refresh_from_db()
    assert (row.state, row.key, testnet.writes) == ("proposed", "", [])
    said = [("Mona", "approve", "Malik asks you to approve an answer")]
    assert notices(talk.workspace_id) == [*said, ("Olga", *said[0][1:])]
    assert [one.state for one in outgoing.pending(talk)] == ["proposed"]


def test_approved_it_goes_out_as_its_authors(talk: Conversation, malik: Any, mona: Any, sent: Sent) -> None:
    row = proposals.propose(talk, malik, "We are sorry!")
    row = sent(proposals.approve(row, mona))
    assert (row.state, row.author, row.decided_by, row.proposed_text) == ("sent", malik, mona, "")
    assert testnet.said() == ["We are sorry!"]
    assert notices(talk.workspace_id)[-1] == ("Malik", "decided", "Mona approved your answer")
    verbs = [one.verb for one in Entry.objects.within(talk.workspace_id).order_by("id") if "reply." in one.verb]
    assert verbs == ["reply.proposed", "reply.approved", "reply.sending", "reply.sent"]


def test_approved_it_can_be_undone_and_waits_again(talk: Conversation, malik: Any, mona: Any, sent: Sent) -> None:
    row = proposals.approve(proposals.propose(talk, malik, "We are sorry!"), mona, "We are very sorry!")
    assert flow.undo(row, mona)
    row = sent(row)
    assert (row.state, row.text, row.decided_by, testnet.writes) == ("proposed", "We are very sorry!", None, [])
    assert proposals.approve(row, mona).state == "queued"


def test_amended_the_change_is_kept(talk: Conversation, malik: Any, mona: Any, sent: Sent) -> None:
    row = sent(proposals.approve(proposals.propose(talk, malik, "It is your fault"), mona, " We are sorry "))
    assert testnet.said() == ["We are sorry"]
    assert (row.proposed_text, row.text) == ("It is your fault", "We are sorry")
    assert proposals.amended(talk) == [row]
    assert "with changes" in notices(talk.workspace_id)[-1][2]


def test_declined_the_text_returns_with_the_note(talk: Conversation, malik: Any, mona: Any) -> None:
    row = proposals.decline(proposals.propose(talk, malik, "It is your fault"), mona, "Say sorry first.")
    assert (row.state, row.decision_note) == ("declined", "Say sorry first.")
    draft = flow.draft_of(talk, malik)
    assert draft is not None
    assert draft.text == "It is your fault"
    found = proposals.declined_for(talk, malik)
    assert found is not None
    assert found.decision_note == "Say sorry first."
    assert proposals.declined_for(talk, mona) is None
    assert notices(talk.workspace_id)[-1] == ("Malik", "decided", "Mona declined your answer: Say sorry first.")
    proposals.propose(talk, malik, "We are sorry")
    assert proposals.declined_for(talk, malik) is None, "answered"


@pytest.mark.parametrize(
    ("note", "sentence"), [("", "what should change"), (" ", "what should"), ("x" * 501, "too long")]
)
def test_a_note_is_asked_for(talk: Conversation, malik: Any, mona: Any, note: str, sentence: str) -> None:
    row = proposals.propose(talk, malik, "We are sorry!")
    with pytest.raises(ReplyError, match=sentence):
        proposals.decline(row, mona, note)
    row.refresh_from_db()
    assert row.state == "proposed"


def test_nobody_approves_their_own(talk: Conversation, mona: Any) -> None:
    row = proposals.propose(talk, mona, "We are sorry!")
    with pytest.raises(ReplyError, match="Somebody else has to approve"):
        proposals.approve(row, mona)
    with pytest.raises(ReplyError, match="Somebody else has to approve"):
        proposals.decline(row, mona, "No")


def test_of_two_approvers_the_first_decides(talk: Conversation, malik: Any, mona: Any, olga: Any, sent: Sent) -> None:
    row = proposals.propose(talk, malik, "We are sorry!")
    same = Reply.objects.within(talk.workspace_id).get(pk=row.pk)
    proposals.approve(row, mona)
    with pytest.raises(ReplyError, match="decided about this one already"):
        proposals.decline(same, olga, "No")
    sent(row)
    assert testnet.said() == ["We are sorry!"]


def test_the_author_takes_it_back_until_somebody_decides(talk: Conversation, malik: Any, mona: Any) -> None:
    row = proposals.propose(talk, malik, "We are sorry!")
    assert not proposals.take_back(row, mona), "it is Malik's"
    assert proposals.take_back(row, malik)
    draft = flow.draft_of(talk, malik)
    assert draft is not None
    assert draft.text == "We are sorry!"
    with pytest.raises(ReplyError, match="already"):
        proposals.approve(row, mona)


@pytest.mark.parametrize("text", ["", "  ", "x" * 41])
def test_what_cannot_go_out_is_not_proposed_nor_approved(talk: Conversation, malik: Any, mona: Any, text: str) -> None:
    with pytest.raises(ReplyError):
        proposals.propose(talk, malik, text)
    row = proposals.propose(talk, malik, "We are sorry!")
    with pytest.raises(ReplyError):
        proposals.approve(row, mona, text)
    row.refresh_from_db()
    assert (row.state, row.text, row.decided_by) == ("proposed", "We are sorry!", None)


def test_when_they_wrote_again_it_is_said_and_goes_to_what_it_was_written_for(
    account: Channel, malik: Any, mona: Any, sent: Sent
) -> None:
    who = {"who": "did:plc:ada", "network": "testnet"}
    (talk,) = bring(account, activity(COMPLAINT, id="first", **who))
    row = proposals.propose(talk, malik, "We are sorry!")
    (talk,) = bring(account, activity("Still nothing! I want a refund", id="second", root_id="first", **who))
    assert [one.overtaken for one in outgoing.pending(talk)] == [True]
    sent(proposals.approve(row, mona))
    assert [one.parent_id for one in testnet.drafts.values()] == ["first"]


def test_a_proposal_for_later_keeps_its_moment(talk: Conversation, malik: Any, mona: Any) -> None:
    at = clock.now() + timedelta(hours=5)
    row = proposals.approve(proposals.propose(talk, malik, "We are sorry!", send_at=at), mona)
    assert (row.scheduled, row.send_after) == (True, at)
    other = proposals.propose(talk, malik, "Very sorry!", send_at=at)
    Reply.objects.within(talk.workspace_id).filter(pk=other.pk).update(send_after=clock.now() - timedelta(hours=1))
    assert not proposals.approve(other, mona).scheduled, "its moment is over: it goes out now"


def test_approved_by_hand_it_stops_the_clock(talk: Conversation, malik: Any, mona: Any, account: Channel) -> None:
    account.state = "disconnected"
    account.save()
    row = proposals.propose(talk, malik, "We are sorry!")
    with pytest.raises(ReplyError, match="Connect a Testnet account"):
        proposals.approve(row, mona)
    row = proposals.approve(row, mona, by_hand=True)
    talk.refresh_from_db()
    assert (row.state, row.by_hand, talk.queue) == ("sent", True, "waiting")


def test_a_long_proposal_goes_out_in_parts(
    talk: Conversation, malik: Any, mona: Any, sent: Sent, network: Callable[[Connector], None]
) -> None:
    network(testnet.ABLE)
    text = "We are so sorry about it. A new one leaves today."
    sent(proposals.approve(proposals.propose(talk, malik, text), mona))
    assert testnet.said() == ["We are so sorry about it. (1/2)", "A new one leaves today. (2/2)"]


def test_the_list_is_the_longest_waiting_first_in_pages(account: Channel, malik: Any, mona: Any) -> None:
    talks = bring(account, *[activity(COMPLAINT, network="testnet") for _ in range(7)])
    rows = [proposals.propose(talk, malik, f"Sorry {talk.pk}") for talk in talks]
    viewer = member(mona, account.workspace)
    found: list[Reply] = []
    after = ""
    for _ in range(4):
        page = proposals.proposed(viewer, after, size=3)
        found += page.rows
        after = page.after
        if not after:
            break
    assert found == rows
    assert proposals.count_proposed(viewer) == 7
    assert proposals.proposed(viewer, "nonsense", size=3).rows == rows[:3]


@pytest.mark.parametrize("many", [3, 30])
def test_the_list_costs_the_same_however_long(
    account: Channel, malik: Any, mona: Any, many: int, django_assert_num_queries: Any
) -> None:
    for talk in bring(account, *[activity(COMPLAINT, network="testnet") for _ in range(many)]):
        proposals.propose(talk, malik, f"Sorry {talk.pk}")
    viewer = member(mona, account.workspace)
    with django_assert_num_queries(2):
        page = proposals.proposed(viewer)
        assert [one.author.name for one in page.rows if one.author] == ["Malik"] * many
        assert all(one.conversation.latest.text and not one.media.all() for one in page.rows)


def test_it_shows_nothing_of_another_shop_or_what_is_not_shared(
    talk: Conversation, malik: Any, cora: Any, sten: Any, other_workspace: Any
) -> None:
    proposals.propose(talk, malik, "We are sorry!")
    assert proposals.proposed(member(sten, other_workspace)).rows == []
    freelancer = member(cora, talk.workspace)
    assert proposals.count_proposed(freelancer) == 0
    Share.objects.create(workspace=talk.workspace, conversation=talk, user=cora)
    assert proposals.count_proposed(freelancer) == 1
