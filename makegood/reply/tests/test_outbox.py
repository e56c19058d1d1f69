"""Send once, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.desk.models import Conversation
from makegood.desk.tests.make import bring
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import flow as listening
from makegood.listen.models import Channel
from makegood.listen.tests.make import activity, channel
from makegood.reply import flow, outbox, rules
from makegood.reply.flow import ReplyError
from makegood.reply.models import Reply
from makegood.reply.tests import testnet

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel never arrived and nobody answers, I want a refund"


def due_now(row: Reply) -> None:
    past = clock.now() - timedelta(seconds=1)
    Reply.objects.within(row.workspace_id).filter(pk=row.pk).update(send_after=past)
    Reply.objects.within(row.workspace_id).filter(pk=row.pk, lease_until__isnull=False).update(lease_until=past)


def run(row: Reply, times: int = 1) -> Reply:
    for _ in range(times):
        due_now(row)
        outbox.send_due()
    row.refresh_from_db()
    return row


def verbs(row: Reply) -> list[str]:
    return [
        line.verb.removeprefix("reply.")
        for line in Entry.objects.within(row.workspace_id).order_by("id")
        if line.verb.startswith("reply.")
    ]


def test_an_answer_goes_out_and_stops_the_clock(talk: Conversation, malik: Any) -> None:
    row = run(flow.queue(talk, malik, "We are sorry!"))
    talk.refresh_from_db()
    assert (row.state, row.network_id) == ("sent", f"test:{row.key}")
    assert testnet.posts == {row.key: "We are sorry!"}
    assert (talk.queue, talk.in_time) == ("waiting", True)
    assert verbs(row) == ["queued", "sending", "sent"]


def test_nothing_goes_out_before_the_seconds_of_grace_are_over(talk: Conversation, malik: Any) -> None:
    row = flow.queue(talk, malik, "We are sorry!")
    outbox.send_due()
    row.refresh_from_db()
    assert row.state == "queued"
    assert row.send_after is not None
    assert row.send_after - clock.now() <= timedelta(seconds=talk.workspace.undo_seconds)


def test_undo_brings_the_text_back(talk: Conversation, malik: Any) -> None:
    row = flow.queue(talk, malik, "We are sorry!")
    flow.save_draft(talk, malik, "and more")
    assert flow.undo(row, malik)
    run(row)
    draft = flow.draft_of(talk, malik)
    assert draft is not None
    assert draft.text == "We are sorry!\n\nand more"
    assert testnet.writes == []
    assert not flow.undo(row, malik), "once is enough"


def test_undo_comes_too_late_once_it_is_being_sent(talk: Conversation, malik: Any) -> None:
    row = run(flow.queue(talk, malik, "We are sorry!"))
    assert not flow.undo(row, malik)
    row.refresh_from_db()
    assert row.state == "sent"


def test_a_double_click_sends_once(talk: Conversation, malik: Any, olga: Any) -> None:
    flow.queue(talk, malik, "We are sorry!")
    for member in (malik, olga):
        with pytest.raises(ReplyError, match="already on its way"):
            flow.queue(talk, member, "We are sorry!")


def test_killed_after_the_write_it_is_found_not_sent_again(talk: Conversation, malik: Any) -> None:
    row = flow.queue(talk, malik, "We are sorry!")
    testnet.faults.append("killed")
    due_now(row)
    with pytest.raises(testnet.Killed):
        outbox.send_due()
    row.refresh_from_db()
    assert row.state == "sending"
    assert run(row).state == "sent"
    assert testnet.writes == [row.key]


def test_killed_before_the_write_it_is_sent(talk: Conversation, malik: Any) -> None:
    row = flow.queue(talk, malik, "We are sorry!")
    due_now(row)
    assert outbox._lease(row.pk) is not None  # the worker dies right here
    assert run(row).state == "sent"
    assert testnet.writes == [row.key]


def test_an_answer_lost_on_the_way_back_is_found(talk: Conversation, malik: Any) -> None:
    row = flow.queue(talk, malik, "We are sorry!")
    testnet.faults.append("lost")
    assert run(row).state == "sending"
    assert run(row).state == "sent"
    assert testnet.writes == [row.key]


def test_a_lease_keeps_others_away(talk: Conversation, malik: Any) -> None:
    row = flow.queue(talk, malik, "We are sorry!")
    due_now(row)
    assert outbox._lease(row.pk) is not None
    assert outbox._lease(row.pk) is None
    outbox.send_due()
    assert testnet.writes == []


def test_one_who_lost_the_lease_changes_nothing(talk: Conversation, malik: Any) -> None:
    row = flow.queue(talk, malik, "We are sorry!")
    due_now(row)
    slow = outbox._lease(row.pk)
    assert slow is not None
    assert run(row).state == "sent"
    outbox._refuse(slow, "Too late")
    outbox._unknown(slow)
    row.refresh_from_db()
    assert row.state == "sent"


def test_refused_says_why_and_keeps_the_text(talk: Conversation, malik: Any) -> None:
    testnet.faults.append(Trouble(Verdict.REFUSE, "Their post was deleted."))
    row = run(flow.queue(talk, malik, "We are sorry!"))
    assert (row.state, row.sentence, row.text) == ("refused", "Their post was deleted.", "We are sorry!")
    talk.refresh_from_db()
    assert talk.queue == "needs_answer", "they still wait"
    assert flow.discard(row, malik)
    draft = flow.draft_of(talk, malik)
    assert draft is not None
    assert draft.text == "We are sorry!"


def test_told_to_wait_it_waits_as_long_as_asked(talk: Conversation, malik: Any) -> None:
    testnet.faults.append(Trouble(Verdict.WAIT, "The network asks for patience.", retry_after=120))
    row = run(flow.queue(talk, malik, "We are sorry!"))
    assert (row.state, row.sentence) == ("sending", "The network asks for patience.")
    assert row.lease_until is not None
    assert 110 < (row.lease_until - clock.now()).total_seconds() <= 120
    outbox.send_due()
    assert testnet.writes == []
    assert run(row).state == "sent"


def test_passing_faults_are_tried_again_and_in_the_end_a_person_is_asked(talk: Conversation, malik: Any) -> None:
    testnet.faults.extend(Trouble(Verdict.RETRY, "No answer.") for _ in range(99))
    row = run(flow.queue(talk, malik, "We are sorry!"), times=rules.MOST_ATTEMPTS)
    assert row.state == "unknown"
    assert f"{rules.MOST_ATTEMPTS} times" in row.sentence
    testnet.faults.clear()
    assert flow.retry(row, malik)
    assert run(row).state == "sent"
    assert testnet.writes == [row.key]


def test_a_retry_by_hand_asks_first(talk: Conversation, malik: Any) -> None:
    row = flow.queue(talk, malik, "We are sorry!")
    testnet.faults.append("lost")
    run(row)
    testnet.find_faults.extend(Trouble(Verdict.RETRY, "No answer.") for _ in range(rules.MOST_ATTEMPTS))
    assert run(row, times=rules.MOST_ATTEMPTS).state == "unknown"
    testnet.find_faults.clear()
    flow.retry(row, malik)
    assert run(row).state == "sent"
    assert testnet.writes == [row.key]


def test_where_the_network_cannot_be_asked_a_person_is(
    talk: Conversation, malik: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    mute = replace(testnet.CONNECTOR, find=None)
    monkeypatch.setattr(outbox, "connector", lambda _network: mute)
    row = flow.queue(talk, malik, "We are sorry!")
    testnet.faults.append("lost")
    assert run(row).state == "sending"
    assert run(row).state == "unknown"
    assert testnet.writes == [row.key], "never sent again blindly"


def test_a_revoked_account_is_disconnected_and_the_text_kept(talk: Conversation, malik: Any, account: Channel) -> None:
    testnet.faults.append(Trouble(Verdict.DISCONNECT, "The password was revoked. Connect again."))
    row = run(flow.queue(talk, malik, "We are sorry!"))
    account.refresh_from_db()
    assert (row.state, account.state) == ("refused", "disconnected")
    assert account.last_error == "The password was revoked. Connect again."
    with pytest.raises(ReplyError, match="Connect a Testnet account"):
        flow.queue(talk, malik, "Other words")
    flow.retry(row, malik)
    assert run(row).state == "refused"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "Write something"), ("   \n", "Write something"), ("x" * 41, "1 characters too long")],
)
def test_what_cannot_go_out_is_refused_before_it_is_queued(
    talk: Conversation, malik: Any, text: str, sentence: str
) -> None:
    with pytest.raises(ReplyError, match=sentence):
        flow.queue(talk, malik, text)
    assert not Reply.objects.within(talk.workspace_id).filter(state="queued").exists()


def test_a_deleted_post_cannot_be_answered(account: Channel, malik: Any) -> None:
    post = activity(COMPLAINT, network="testnet")
    bring(account, post)
    listening.forget([post.id])
    row = Conversation.objects.within(account.workspace_id).select_related("latest", "workspace").get()
    with pytest.raises(ReplyError, match="was deleted"):
        flow.queue(row, malik, "We are sorry!")


def test_drafts_are_each_members_own_and_vanish_when_empty(talk: Conversation, malik: Any, olga: Any) -> None:
    flow.save_draft(talk, malik, "mine")
    flow.save_draft(talk, olga, "hers")
    flow.save_draft(talk, malik, "mine, longer")
    assert [getattr(flow.draft_of(talk, who), "text", None) for who in (malik, olga)] == ["mine, longer", "hers"]
    flow.save_draft(talk, malik, "  ")
    assert flow.draft_of(talk, malik) is None


def test_queueing_turns_the_draft_into_the_answer(talk: Conversation, malik: Any) -> None:
    flow.save_draft(talk, malik, "We are sor")
    flow.queue(talk, malik, "We are sorry!")
    assert flow.draft_of(talk, malik) is None
    assert Reply.objects.within(talk.workspace_id).count() == 1


def test_answered_by_hand_stops_the_clock_too(talk: Conversation, malik: Any) -> None:
    flow.record_by_hand(talk, malik, "I wrote to them there")
    talk.refresh_from_db()
    assert talk.queue == "waiting"
    assert testnet.writes == []


def test_another_workspaces_account_cannot_be_used(talk: Conversation, malik: Any, other_workspace: Any) -> None:
    theirs = channel(other_workspace, "account", network="testnet")
    with pytest.raises(ReplyError, match="no longer connected"):
        flow.queue(talk, malik, "We are sorry!", theirs.pk)


def test_twenty_answers_are_twenty_posts(account: Channel, malik: Any) -> None:
    rows = bring(account, *[activity(COMPLAINT, network="testnet") for _ in range(20)])
    for talk in rows:
        due_now(flow.queue(talk, malik, f"Sorry {talk.pk}"))
    outbox.send_due()
    assert len(testnet.posts) == len(testnet.writes) == 20
