"""Answers whose account is not connected: they wait, are seen to wait, and none goes out long after by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Connector, Trouble, Verdict
from makegood.desk.models import Conversation, Notice
from makegood.desk.tests.make import conversation_with
from makegood.kit import clock
from makegood.listen.models import Channel
from makegood.listen.tests.make import channel
from makegood.reply import api as reply
from makegood.reply import flow, outbox, outgoing, planning
from makegood.reply.models import Reply
from makegood.reply.tests import testnet
from makegood.reply.tests.conftest import COMPLAINT

pytestmark = pytest.mark.django_db


def connected(account: Channel, connected: bool) -> None:
    state = Channel.State.WORKING if connected else Channel.State.DISCONNECTED
    Channel.objects.within(account.workspace_id).filter(pk=account.pk).update(state=state)


def due_since(row: Reply, **span: float) -> Reply:
    """Its moment came this long ago."""
    Reply.objects.within(row.workspace_id).filter(pk=row.pk).update(send_after=clock.now() - timedelta(**span))
    return fresh(row)


def fresh(row: Reply) -> Reply:
    rows = Reply.objects.within(row.workspace_id)
    found: Reply = rows.select_related("conversation__latest", "conversation__workspace").get(pk=row.pk)
    return found


def sent(row: Reply) -> Reply:
    """The outbox sends what is due; the answer as it is then."""
    outbox.send_due()
    return fresh(row)


def of_one_conversation(row: Reply) -> outgoing.Outgoing:
    (found,) = outgoing.pending(fresh(row).conversation)
    return found


def test_they_wait_and_go_on_when_it_is_connected_again(account: Channel, malik: Any) -> None:
    rows = [
        due_since(flow.queue(conversation_with(account, f"{COMPLAINT} {n}"), malik, f"Sorry {n}"), seconds=1)
        for n in range(3)
    ]
    connected(account, False)
    outbox.send_due()
    assert [(fresh(row).state, fresh(row).attempt) for row in rows] == [("queued", 0)] * 3
    assert testnet.writes == []
    assert [of_one_conversation(row).waits_for_account for row in rows] == [True] * 3
    connected(account, True)
    assert [of_one_conversation(row).waits_for_account for row in rows] == [False] * 3
    outbox.send_due()
    assert [fresh(row).state for row in rows] == ["sent"] * 3
    assert sorted(testnet.writes) == sorted(row.key for row in rows)


def test_what_is_revoked_while_sending_is_said_once_and_the_others_wait(account: Channel, malik: Any) -> None:
    rows = [
        due_since(flow.queue(conversation_with(account, f"{COMPLAINT} {n}"), malik, f"Sorry {n}"), seconds=9 - n)
        for n in range(3)
    ]
    testnet.faults.append(Trouble(Verdict.DISCONNECT, "The password was revoked. Connect again."))
    outbox.send_due()
    assert [fresh(row).state for row in rows] == ["refused", "queued", "queued"]
    assert fresh(rows[0]).sentence == "The password was revoked. Connect again."


def test_while_it_waits_it_can_be_taken_back(talk: Conversation, account: Channel, malik: Any) -> None:
    row = due_since(flow.queue(talk, malik, "We are sorry!"), hours=2)
    connected(account, False)
    outbox.send_due()
    assert of_one_conversation(row).can_undo
    assert flow.undo(row, malik)
    connected(account, True)
    assert sent(row).state == "withdrawn"
    assert testnet.writes == []


def test_another_account_s_answers_do_not_wait_for_it(account: Channel, workspace: Any, malik: Any) -> None:
    other = channel(workspace, "account", network="testnet", name="@second", address="second")
    mine = due_since(flow.queue(conversation_with(account, COMPLAINT), malik, "One", account.pk), seconds=2)
    theirs = due_since(flow.queue(conversation_with(other, COMPLAINT), malik, "Two", other.pk), seconds=1)
    connected(account, False)
    outbox.send_due()
    assert (fresh(mine).state, fresh(theirs).state) == ("queued", "sent")


def test_disconnected_in_the_moment_it_is_taken_it_waits_too(talk: Conversation, account: Channel, malik: Any) -> None:
    row = due_since(flow.queue(talk, malik, "We are sorry!"), seconds=1)
    connected(account, False)
    assert outbox._lease(row.pk) is None
    row = fresh(row)
    assert (row.state, row.attempt, row.lease_until) == ("queued", 0, None)


def test_what_waits_is_no_delay_of_the_queue(talk: Conversation, account: Channel, malik: Any) -> None:
    due_since(flow.queue(talk, malik, "We are sorry!"), hours=2)
    assert 7100 < (reply.queue_age()["replies to send"] or 0) < 7300
    connected(account, False)
    assert reply.queue_age()["replies to send"] is None


def test_an_account_that_was_removed_is_waited_for_by_nobody(talk: Conversation, malik: Any) -> None:
    row = flow.queue(talk, malik, "We are sorry!")
    Reply.objects.within(row.workspace_id).filter(pk=row.pk).update(channel=None)
    row = sent(due_since(row, seconds=1))
    assert (row.state, testnet.writes) == ("refused", [])
    assert "not connected" in row.sentence


def test_a_day_s_wait_is_not_yet_too_long(talk: Conversation, malik: Any) -> None:
    assert sent(due_since(flow.queue(talk, malik, "We are sorry!"), hours=23, minutes=59)).state == "sent"


@pytest.mark.parametrize(("planned", "said"), [(False, "held back your answer."), (True, "held back the answer you")])
def test_after_more_than_a_day_a_person_decides(talk: Conversation, malik: Any, planned: bool, said: str) -> None:
    at = clock.now() + timedelta(hours=1) if planned else None
    row = sent(due_since(flow.queue(talk, malik, "We are sorry!", send_at=at), hours=24, minutes=1))
    assert (row.state, row.attempt, testnet.writes) == ("held", 0, [])
    assert "more than a day" in row.sentence
    notice = Notice.objects.within(row.workspace_id).get(user=malik)
    assert notice.text.startswith(said)
    assert sent(row).state == "held", "it stays held"
    assert planning.send_now(fresh(row), malik)
    assert sent(due_since(row, seconds=1)).state == "sent"


def test_the_rest_of_an_answer_is_looked_at_after_a_day_too(
    talk: Conversation, malik: Any, network: Callable[[Connector], None]
) -> None:
    network(testnet.ABLE)
    lead = flow.queue(talk, malik, "We are so sorry about it. A new one leaves today.")
    rows = Reply.objects.within(lead.workspace_id)
    rows.filter(pk=lead.pk).update(state=Reply.State.SENT, network_id="test:first")
    second = sent(due_since(rows.get(lead=lead), hours=25))
    assert (second.state, testnet.writes) == ("refused", [])
    assert "more than a day" in second.sentence
    assert flow.retry(second, malik)
    assert sent(second).state == "sent"
    assert testnet.drafts[second.key].parent_id == "test:first"
