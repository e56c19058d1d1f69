"""An answer in several parts: in order, once each, and a person is asked when one of them does not go through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from makegood.connectors.contract import Connector, Trouble, Verdict
from makegood.desk.models import Conversation, Message
from makegood.desk.tests.make import bring
from makegood.listen.models import Channel
from makegood.listen.tests.make import activity
from makegood.reply import flow, outbox, outgoing
from makegood.reply.flow import ReplyError
from makegood.reply.models import Reply
from makegood.reply.tests import testnet
from makegood.reply.tests.conftest import COMPLAINT

pytestmark = pytest.mark.django_db

Sent = Callable[..., Reply]
LONG = "We are so sorry about it. A new one leaves today by courier. Keep the old one."
THREE = ["We are so sorry about it. (1/3)", "A new one leaves today by courier. (2/3)", "Keep the old one. (3/3)"]


@pytest.fixture(autouse=True)
def able(network: Callable[[Connector], None]) -> None:
    network(testnet.ABLE)


def parts_of(row: Reply) -> list[Reply]:
    rows = Reply.objects.within(row.workspace_id)
    return [rows.get(pk=row.pk), *rows.filter(lead=row).order_by("position")]


def test_parts_go_out_in_order_each_under_the_one_before(talk: Conversation, malik: Any, sent: Sent) -> None:
    row = sent(flow.queue(talk, malik, LONG))
    assert testnet.said() == THREE
    handed = list(testnet.drafts.values())
    assert handed[0].parent_id == talk.latest.network_id
    assert [one.parent_id for one in handed[1:]] == [f"test:{one.key}" for one in handed[:-1]]
    assert [one.parent_revision for one in handed[1:]] == [f"r-{one.key}" for one in handed[:-1]]
    assert [one.state for one in parts_of(row)] == ["sent"] * 3
    assert row.whole == LONG


def test_the_first_part_stops_the_clock_and_each_stands_in_the_thread(
    talk: Conversation, malik: Any, sent: Sent
) -> None:
    testnet.faults.extend(["fine", Trouble(Verdict.REFUSE, "No.")])
    sent(flow.queue(talk, malik, LONG))
    talk.refresh_from_db()
    assert (talk.queue, talk.in_time) == ("waiting", True)
    said = Message.objects.within(talk.workspace_id).filter(conversation=talk, direction="out")
    assert [one.text for one in said.order_by("id")] == THREE[:1]


def test_what_fits_is_one_row(talk: Conversation, malik: Any) -> None:
    row = flow.queue(talk, malik, "We are sorry!")
    assert (len(parts_of(row)), row.whole) == (1, "")


def test_counters_can_be_left_out(talk: Conversation, malik: Any, sent: Sent) -> None:
    flow.save_draft(talk, malik, LONG, counters=False)
    sent(flow.queue(talk, malik, LONG))
    assert not any("/" in one for one in testnet.said())
    assert " ".join(testnet.said()) == LONG


def test_where_there_are_no_chains_too_long_stays_too_long(
    talk: Conversation, malik: Any, network: Callable[[Connector], None]
) -> None:
    network(testnet.PLAIN)
    with pytest.raises(ReplyError, match="too long"):
        flow.queue(talk, malik, LONG)


def test_a_word_longer_than_a_post_is_refused_before_it_is_queued(talk: Conversation, malik: Any) -> None:
    with pytest.raises(ReplyError, match="longer than one post"):
        flow.queue(talk, malik, "We are sorry " + "o" * 50)
    assert not Reply.objects.within(talk.workspace_id).filter(state="queued").exists()


def test_undo_takes_all_parts_back_as_they_were_written(talk: Conversation, malik: Any, sent: Sent) -> None:
    row = flow.queue(talk, malik, LONG)
    assert flow.undo(parts_of(row)[1], malik), "any of its parts will do"
    assert sent(row).state == "withdrawn"
    assert testnet.writes == []
    draft = flow.draft_of(talk, malik)
    assert draft is not None
    assert draft.text == LONG
    assert {one.state for one in parts_of(row)} == {"withdrawn"}


def test_undo_is_too_late_once_the_first_part_stands(talk: Conversation, malik: Any, sent: Sent) -> None:
    testnet.faults.extend(["fine", Trouble(Verdict.REFUSE, "No.")])
    row = sent(flow.queue(talk, malik, LONG))
    assert not flow.undo(row, malik)


def test_a_refused_part_holds_the_rest_and_a_retry_goes_on(talk: Conversation, malik: Any, sent: Sent) -> None:
    testnet.faults.extend(["fine", Trouble(Verdict.REFUSE, "Their post was deleted.")])
    row = sent(flow.queue(talk, malik, LONG))
    assert [one.state for one in parts_of(row)] == ["sent", "refused", "queued"]
    assert testnet.said() == THREE[:1]
    (shown,) = outgoing.pending(talk)
    assert (shown.state, shown.number, shown.waiting, shown.can_undo) == ("refused", 2, 1, False)
    assert shown.at.sentence == "Their post was deleted."
    assert flow.retry(shown.at, malik)
    sent(shown.at)
    assert testnet.said() == THREE
    assert outgoing.pending(talk) == []


def test_a_discarded_part_brings_the_rest_back_without_counters(talk: Conversation, malik: Any, sent: Sent) -> None:
    testnet.faults.extend(["fine", Trouble(Verdict.REFUSE, "No.")])
    row = sent(flow.queue(talk, malik, LONG))
    refused = parts_of(row)[1]
    assert flow.discard(refused, malik)
    draft = flow.draft_of(talk, malik)
    assert draft is not None
    assert draft.text == "A new one leaves today by courier. Keep the old one."
    assert [one.state for one in parts_of(row)] == ["sent", "withdrawn", "withdrawn"]
    sent(row)
    assert testnet.said() == THREE[:1]


def test_killed_between_two_parts_nothing_is_lost_or_doubled(talk: Conversation, malik: Any, sent: Sent) -> None:
    row = flow.queue(talk, malik, LONG)
    testnet.faults.extend(["fine", "killed"])
    with pytest.raises(testnet.Killed):
        sent(row)
    second = parts_of(row)[1]
    assert second.state == "sending"
    sent(second)
    assert testnet.said() == THREE
    assert len(testnet.writes) == 3


def test_a_lost_answer_to_one_part_is_found_before_the_next_goes(talk: Conversation, malik: Any, sent: Sent) -> None:
    testnet.faults.extend(["fine", "lost"])
    row = sent(flow.queue(talk, malik, LONG))
    assert [one.state for one in parts_of(row)] == ["sent", "sending", "queued"]
    sent(parts_of(row)[1])
    assert testnet.said() == THREE
    assert len(testnet.writes) == 3


def test_a_part_never_goes_before_the_one_before_stands(talk: Conversation, malik: Any, sent: Sent) -> None:
    row = flow.queue(talk, malik, LONG)
    for part in parts_of(row)[1:]:
        assert part.send_after is None
    outbox.send_due()
    assert testnet.writes == []


def test_when_they_write_again_between_two_parts_they_are_still_owed_an_answer(
    account: Channel, malik: Any, sent: Sent
) -> None:
    who = {"who": "did:plc:ada", "network": "testnet"}
    (talk,) = bring(account, activity(COMPLAINT, id="first", **who))
    testnet.faults.extend(["fine", Trouble(Verdict.REFUSE, "No.")])
    row = sent(flow.queue(talk, malik, LONG))
    bring(
        account, activity("And the second parcel is broken too! I want my money back", id="2", root_id="first", **who)
    )
    refused = parts_of(row)[1]
    flow.retry(refused, malik)
    sent(refused)
    talk.refresh_from_db()
    assert testnet.said() == THREE
    assert talk.queue == "needs_answer", "the rest of an older answer does not settle it"


def test_two_of_the_same_long_answer_are_one(talk: Conversation, malik: Any, olga: Any) -> None:
    flow.queue(talk, malik, LONG)
    with pytest.raises(ReplyError, match="already on its way"):
        flow.queue(talk, olga, LONG)


def test_pictures_and_quote_go_with_the_first_part_only(talk: Conversation, malik: Any, sent: Sent) -> None:
    flow.save_draft(talk, malik, LONG, quoted_id=talk.latest.network_id)
    sent(flow.queue(talk, malik, LONG))
    assert [one.quoted_id for one in testnet.drafts.values()] == [talk.latest.network_id, "", ""]


def test_what_is_pending_costs_the_same_for_one_and_for_many(
    talk: Conversation, malik: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        flow.queue(talk, malik, f"{LONG} Case {number}.")
    with django_assert_max_num_queries(3):
        shown = outgoing.pending(talk)
        assert [len(one.parts) >= 3 for one in shown] == [True] * 8
        assert {one.state for one in shown} == {"queued"}
