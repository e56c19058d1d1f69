"""The thread around a mention: read, kept once, and our own answers in it noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from makegood.activity import Activity
from makegood.connectors.contract import Trouble, Verdict
from makegood.desk import flow, threads
from makegood.desk.models import Conversation, Message
from makegood.desk.tests.make import bring
from makegood.kit import clock
from makegood.listen import flow as listening
from makegood.listen.models import Mention
from makegood.listen.tests.make import activity, channel, minutes_ago
from makegood.reply.tests import testnet

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "@acme do you ship to Norway?"


class Network:
    """What the network would say of a thread."""

    def __init__(self) -> None:
        self.thread: tuple[Activity, ...] = ()
        self.troubles: list[Trouble] = []
        self.asked = 0

    async def read(self, _credentials: Any, _activity_id: str) -> tuple[Activity, ...]:
        self.asked += 1
        if self.troubles:
            raise self.troubles.pop(0)
        return self.thread


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    found = Network()
    testnet.plug_in(monkeypatch)
    connector = replace(testnet.CONNECTOR, thread=found.read)
    monkeypatch.setattr(threads, "connector", lambda _network: connector)
    return found


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", network="testnet", name="@acme")


def said(text: str, **more: Any) -> Activity:
    return activity(text, network="testnet", **more)


def read(row: Conversation) -> Conversation:
    Conversation.objects.within(row.workspace_id).update(thread_wanted_at=clock.now())
    threads.read_threads()
    row.refresh_from_db()
    return row


def test_the_thread_is_kept_once_however_often_it_is_read(account: Any, network: Network) -> None:
    first = said(QUESTION, handle="lena.example.com")
    row = bring(account, first)[0]
    bystander = said("I wonder too", root_id=first.id, parent_id=first.id)
    network.thread = (first, bystander)
    for _ in range(3):
        read(row)
    directions = (
        Message.objects.within(row.workspace_id).order_by("posted_at", "id").values_list("direction", flat=True)
    )
    assert sorted(directions) == ["context", "in"]
    assert row.thread_wanted_at is None


def test_what_somebody_deleted_goes_from_others_conversations_too(account: Any, network: Network) -> None:
    first = said(QUESTION)
    other = said("@acme mine never arrived either!", root_id=first.id, parent_id=first.id)
    row, theirs = bring(account, first, other)
    network.thread = (first, other)
    read(row)
    listening.forget([other.id])
    assert flow.redact_gone() >= 2
    texts = Message.objects.within(row.workspace_id).filter(network_id=other.id).values_list("text", flat=True)
    assert list(texts) == ["", ""]
    assert Message.objects.within(row.workspace_id).get(network_id=first.id, conversation=row).text == QUESTION
    theirs.refresh_from_db()
    assert theirs.queue == "closed"


def test_names_come_with_the_thread(account: Any, network: Network) -> None:
    first = said(QUESTION)
    row = bring(account, first)[0]
    named = said(QUESTION, id=first.id, who=first.author.id, handle="lena.example.com")
    network.thread = (named,)
    assert read(row).author_handle == "lena.example.com"
    assert Message.objects.within(row.workspace_id).get().author_handle == "lena.example.com"


def test_a_name_the_network_does_not_know_yet_is_asked_for_again(account: Any, network: Network) -> None:
    first = said(QUESTION, handle="")
    row = bring(account, first)[0]
    network.thread = (first,)
    row = read(row)
    assert row.author_handle == ""
    assert row.thread_wanted_at is not None
    assert row.thread_wanted_at > clock.now()
    network.thread = (said(QUESTION, id=first.id, who=first.author.id, handle="lena.example.com"),)
    row = read(row)
    assert (row.author_handle, row.thread_wanted_at) == ("lena.example.com", None)


def test_a_name_nobody_knows_is_not_asked_for_for_ever(account: Any, network: Network) -> None:
    first = said(QUESTION, handle="")
    row = bring(account, first)[0]
    Mention.objects.within(row.workspace_id).update(heard_at=clock.now() - timedelta(hours=3))
    network.thread = (first,)
    assert read(row).thread_wanted_at is None


def test_an_answer_given_on_the_network_itself_stops_the_clock(account: Any, network: Network) -> None:
    first = said(QUESTION, posted_at=minutes_ago(20))
    row = bring(account, first)[0]
    ours = said("We do!", who=account.address, root_id=first.id, parent_id=first.id, posted_at=minutes_ago(5))
    network.thread = (first, ours)
    row = read(row)
    assert (row.queue, row.answered_at, row.in_time) == ("waiting", ours.posted_at, True)


def test_a_thank_you_after_our_answer_owes_nothing(account: Any, network: Network) -> None:
    first = said(QUESTION, posted_at=minutes_ago(30))
    thanks = said("Perfect, thank you!", who=first.author.id, root_id=first.id, posted_at=minutes_ago(5))
    row = bring(account, first, thanks)[0]
    ours = said("We do!", who=account.address, root_id=first.id, parent_id=first.id, posted_at=minutes_ago(20))
    network.thread = (first, ours, thanks)
    assert read(row).queue == "waiting"


def test_a_new_question_after_our_answer_is_still_owed(account: Any, network: Network) -> None:
    first = said(QUESTION, posted_at=minutes_ago(30))
    again = said("@acme and how much is it?", who=first.author.id, root_id=first.id, posted_at=minutes_ago(5))
    row = bring(account, first, again)[0]
    ours = said("We do!", who=account.address, root_id=first.id, parent_id=first.id, posted_at=minutes_ago(20))
    network.thread = (first, ours, again)
    row = read(row)
    assert (row.queue, row.waiting_since) == ("needs_answer", again.posted_at)
    assert row.answered_at == ours.posted_at


def test_our_word_to_somebody_else_answers_nobody(account: Any, network: Network) -> None:
    first = said(QUESTION)
    row = bring(account, first)[0]
    other = said("Same here", root_id=first.id, parent_id=first.id)
    network.thread = (first, other, said("Hello!", who=account.address, root_id=first.id, parent_id=other.id))
    assert read(row).queue == "needs_answer"


def test_a_young_post_that_is_not_found_yet_is_looked_for_again(account: Any, network: Network) -> None:
    first = said(QUESTION)
    row = bring(account, first)[0]
    network.troubles = [Trouble(Verdict.REFUSE, "That post is gone.")]
    row = read(row)
    assert row.thread_wanted_at is not None
    assert row.thread_wanted_at > clock.now()
    assert row.thread_problem == ""


def test_an_old_post_that_is_not_found_is_said_so(account: Any, network: Network) -> None:
    row = bring(account, said(QUESTION))[0]
    Mention.objects.within(row.workspace_id).update(heard_at=clock.now() - timedelta(hours=1))
    network.troubles = [Trouble(Verdict.REFUSE, "That post is gone.")]
    row = read(row)
    assert (row.thread_wanted_at, row.thread_problem) == (None, "That post is gone.")


def test_a_network_in_trouble_is_asked_again_later(account: Any, network: Network) -> None:
    row = bring(account, said(QUESTION))[0]
    Mention.objects.within(row.workspace_id).update(heard_at=clock.now() - timedelta(hours=1))
    network.troubles = [Trouble(Verdict.WAIT, "Bluesky asks us to wait.", retry_after=90)]
    row = read(row)
    assert row.thread_wanted_at is not None
    assert 80 < (row.thread_wanted_at - clock.now()).total_seconds() <= 90
    assert row.thread_problem == "Bluesky asks us to wait."


def test_opening_it_again_at_once_asks_nobody(account: Any, network: Network) -> None:
    row = bring(account, said(QUESTION))[0]
    network.thread = ()
    row = read(row)
    assert not threads.want_thread(row)
    Conversation.objects.within(row.workspace_id).update(thread_read_at=minutes_ago(3))
    row.refresh_from_db()
    assert threads.want_thread(row)
    assert flow.open_new() == 0
