"""The tone guard in the flow of an answer: what is refused, what is remembered, what a workspace chooses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Connector, TextRule
from makegood.desk.models import Conversation
from makegood.desk.tests.make import bring, conversation_with
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.models import Channel
from makegood.listen.tests.make import activity
from makegood.reply import api as reply
from makegood.reply.erasing import erase_threads
from makegood.reply.flow import ReplyError, queue, record_by_hand, save_draft, undo
from makegood.reply.models import Reply, SaidBefore
from makegood.reply.proposals import approve, propose
from makegood.reply.tests import testnet
from makegood.reply.tone.finding import Code
from makegood.reply.tone.looking import look
from makegood.reply.tone.settings import ToneError, read_jargon, save_tone, tone_of

pytestmark = pytest.mark.django_db

PHONE = "Call Lena on +49 30 1234567"
SORRY = "We are so sorry that it is late. We have asked the courier, and you will have it by Friday."
ALL = {str(code) for code in Code}


@pytest.fixture(autouse=True)
def roomy(network: Callable[[Connector], None]) -> None:
    """A network with private messages and room for a few sentences."""
    able = testnet.ABLE.capability
    network(replace(testnet.ABLE, capability=replace(able, text=TextRule("characters", 500, testnet.SOURCE))))


def looked(talk: Conversation, text: str, purpose: str = "answer") -> list[Code]:
    found = look(talk, text, purpose, reply.capability_for(talk, reply.accounts_for(talk)))
    return [one.code for one in found.findings]


def chosen(workspace: Any, by: Any, **typed: Any) -> None:
    save_tone(workspace, by, **({"on": ALL, "jargon": "", "words": "", "own": ""} | typed))


@pytest.mark.parametrize(
    "text",
    [
        PHONE,
        "Write to lena@example.com",
        "Your order 99812 is here",
        "Hi {name}, we are sorry",
        "Hi [order], sorry",
        "XXX sorry",
        "IBAN DE89 3704 0044 0532 0130 00",
        "Card 4111 1111 1111 1111",
        "We send it to Lange Straße 5",
    ],
)
def test_it_is_refused_with_the_reason_and_nothing_is_lost(talk: Conversation, olga: Any, text: str) -> None:
    save_draft(talk, olga, text)
    with pytest.raises(ReplyError) as refused:
        queue(talk, olga, text)
    assert "“" in str(refused.value)
    draft = reply.draft_of(talk, olga)
    assert draft is not None
    assert draft.text == text
    assert testnet.writes == []
    assert not SaidBefore.objects.within(talk.workspace_id).exists()


def test_in_private_personal_data_goes_but_no_gap(talk: Conversation, olga: Any) -> None:
    save_draft(talk, olga, PHONE, purpose="private")
    row = queue(talk, olga, PHONE)
    assert row.state == Reply.State.QUEUED
    save_draft(talk, olga, "Hi {name}", purpose="private")
    with pytest.raises(ReplyError, match="name"):
        queue(talk, olga, "Hi {name}")


def test_the_public_line_after_a_private_message_is_public(talk: Conversation, olga: Any) -> None:
    save_draft(talk, olga, "Here it is.", purpose="private", follow_up=PHONE)
    with pytest.raises(ReplyError, match="1234567"):
        queue(talk, olga, "Here it is.")


def test_a_proposal_is_refused_alike_and_so_is_what_the_approver_makes_of_it(
    talk: Conversation, malik: Any, mona: Any
) -> None:
    with pytest.raises(ReplyError, match="1234567"):
        propose(talk, malik, PHONE)
    row = propose(talk, malik, SORRY)
    with pytest.raises(ReplyError, match="name"):
        approve(row, mona, "Hi {name}")
    row.refresh_from_db()
    assert row.state == Reply.State.PROPOSED


def test_what_is_the_shops_own_goes_only_once_somebody_says_so(talk: Conversation, workspace: Any, olga: Any) -> None:
    chosen(workspace, olga, own="+49 30 1234567\nhello@teapot.example")
    with pytest.raises(ReplyError, match="your shop’s own"):
        queue(talk, olga, PHONE)
    row = queue(talk, olga, PHONE, own_data=True)
    assert row.own_data
    assert row.state == Reply.State.QUEUED


def test_nobody_can_say_so_of_what_is_somebody_elses(talk: Conversation, workspace: Any, olga: Any) -> None:
    chosen(workspace, olga, own="+49 30 7777777")
    with pytest.raises(ReplyError, match="personal"):
        queue(talk, olga, PHONE, own_data=True)
    with pytest.raises(ReplyError, match="Fill in"):
        queue(talk, olga, "Hi {name}", own_data=True)


def test_having_said_so_once_is_not_forever(talk: Conversation, workspace: Any, olga: Any) -> None:
    chosen(workspace, olga, own="+49 30 1234567")
    row = queue(talk, olga, PHONE, own_data=True)
    assert undo(row, olga)
    with pytest.raises(ReplyError, match="your shop’s own"):
        queue(talk, olga, PHONE)


def test_another_shops_own_numbers_are_not_ours(talk: Conversation, other_workspace: Any, sten: Any, olga: Any) -> None:
    chosen(other_workspace, sten, own="+49 30 1234567")
    with pytest.raises(ReplyError, match="personal"):
        queue(talk, olga, PHONE, own_data=True)


def test_an_order_number_they_wrote_in_public_may_be_repeated(account: Channel, olga: Any) -> None:
    talk = conversation_with(account, "Where is my order 4711? I am waiting", handle="bo")
    assert queue(talk, olga, "We are sorry, your order 4711 is on its way.").state == Reply.State.QUEUED
    with pytest.raises(ReplyError, match="4712"):
        queue(talk, olga, "We are sorry, your order 4712 is on its way.")


def test_what_was_said_by_hand_is_recorded_whatever_it_is(talk: Conversation, olga: Any) -> None:
    assert record_by_hand(talk, olga, PHONE).state == Reply.State.SENT


def test_what_goes_out_is_remembered_and_counted(account: Channel, olga: Any, sent: Callable[[Reply], Reply]) -> None:
    talks = bring(account, *[activity(f"My pot is late {n}", network="testnet", handle=f"ada{n}") for n in range(5)])
    for talk in talks[:3]:
        sent(queue(talk, olga, SORRY))
    assert Code.CANNED in looked(talks[4], SORRY.replace("Friday", "Monday"))
    assert Code.CANNED not in looked(talks[4], "Something wholly different is what we write to you now, dear Ada.")
    row = queue(talks[3], olga, SORRY)
    kept = SaidBefore.objects.within(row.workspace_id).get(reply=row)
    assert b"sorry" not in bytes(kept.sketch)


def test_what_was_taken_back_erased_or_is_old_does_not_count(account: Channel, olga: Any, network: Any) -> None:
    talks = bring(account, *[activity(f"My pot is late {n}", network="testnet", handle=f"ada{n}") for n in range(4)])
    rows = [queue(talk, olga, SORRY) for talk in talks[:3]]
    assert Code.CANNED in looked(talks[3], SORRY)
    undo(rows[0], olga)
    assert Code.CANNED not in looked(talks[3], SORRY)
    rows[0] = queue(talks[0], olga, SORRY)
    assert Code.CANNED in looked(talks[3], SORRY)
    SaidBefore.objects.within(rows[0].workspace_id).filter(reply=rows[0]).update(at=clock.now() - timedelta(days=31))
    assert Code.CANNED not in looked(talks[3], SORRY)
    erase_threads(rows[1].workspace_id, [talks[1].pk])
    assert not SaidBefore.objects.within(rows[1].workspace_id).filter(reply=rows[1]).exists()


def test_another_shops_answers_do_not_count(account: Channel, other_workspace: Any, olga: Any, sten: Any) -> None:
    from makegood.listen.tests.make import channel

    theirs = channel(other_workspace, "account", network="testnet", name="@skis")
    for number in range(4):
        queue(conversation_with(theirs, f"Late {number}", handle=f"bo{number}"), sten, SORRY)
    talk = conversation_with(account, "My pot is late", handle="ada")
    assert Code.CANNED not in looked(talk, SORRY)


@pytest.mark.parametrize("many", [3, 30])
def test_a_look_costs_the_same_however_much_was_said(
    account: Channel, olga: Any, many: int, django_assert_max_num_queries: Any
) -> None:
    talks = bring(
        account, *[activity(f"My pot is late {n}", network="testnet", handle=f"ada{n}") for n in range(many + 1)]
    )
    for talk in talks[:many]:
        queue(talk, olga, SORRY)
    talk = Conversation.objects.within(account.workspace_id).select_related("latest", "workspace").get(pk=talks[-1].pk)
    capability = reply.capability_for(talk, reply.accounts_for(talk))
    with django_assert_max_num_queries(10):
        look(talk, SORRY, "answer", capability)


def test_a_look_knows_the_conversation(talk: Conversation, olga: Any) -> None:
    assert talk.intent == "complaint"
    assert Code.ACKNOWLEDGE in looked(talk, "We have sent you another one today.")
    assert Code.ACKNOWLEDGE not in looked(talk, "We have sent you another one today.", "private")
    record_by_hand(talk, olga, "Sorry!")
    talk.refresh_from_db()
    assert Code.ACKNOWLEDGE not in looked(talk, "We have sent you another one today.")


def test_a_promise_with_a_day_counts_by_the_shops_clock(talk: Conversation) -> None:
    assert Code.PROMISE not in looked(talk, "We are sorry. We will get back to you by tomorrow at noon.")
    assert Code.PROMISE in looked(talk, "We are sorry. We will get back to you about it.")


def test_names_of_the_shop_the_team_and_the_customer_are_spelled_right(talk: Conversation, olga: Any) -> None:
    talk.workspace.name, talk.workspace.brand = "Kallaxo Pottery", "Kallaxo"
    talk.author_name = "Brunhildis Accommpli"
    assert Code.SPELLING not in looked(talk, "We are sorry, Accommpli, says the whole of Kallaxo here.")


def test_the_settings(workspace: Any, talk: Conversation, olga: Any) -> None:
    assert Code.JARGON not in looked(talk, "We are sorry, the glost firing failed.")
    chosen(
        workspace,
        olga,
        on=ALL - {"blame"},
        jargon="glost = second firing\n\n RMA \nglost = second firing",
        words="gaiwan",
    )
    tone = tone_of(workspace.pk)
    assert tone.off == {"blame"}
    assert tone.jargon == {"glost": "second firing", "RMA": ""}
    assert Code.JARGON in looked(talk, "We are sorry, the glost firing failed.")
    assert Code.BLAME not in looked(talk, "We are sorry, but you should have checked.")
    assert Entry.objects.within(workspace).filter(verb="tone.saved").count() == 1


def test_what_blocks_cannot_be_switched_off(workspace: Any, talk: Conversation, olga: Any) -> None:
    chosen(workspace, olga, on=set())
    assert not tone_of(workspace.pk).off & {"personal", "unfilled"}
    assert looked(talk, PHONE) == [Code.PERSONAL]
    with pytest.raises(ReplyError):
        queue(talk, olga, PHONE)


@pytest.mark.parametrize(("field", "typed"), [("words", "x" * 121), ("own", "\n".join(map(str, range(301))))])
def test_settings_too_long_are_refused_in_a_sentence(workspace: Any, olga: Any, field: str, typed: str) -> None:
    with pytest.raises(ToneError) as refused:
        chosen(workspace, olga, **{field: typed})
    assert list(refused.value.fields) == [field]
    assert tone_of(workspace.pk).off == frozenset()


def test_jargon_as_typed() -> None:
    assert read_jargon("a=b=c\n= x\n  d  ") == {"a": "b=c", "d": ""}


def test_the_network_may_change_its_rules(talk: Conversation, network: Callable[[Connector], None]) -> None:
    """Too long for one post is said by the network's own sentence."""
    network(testnet.PLAIN)
    assert Code.TOO_LONG in looked(talk, "We are sorry that it is late, and on its way to you again.")
