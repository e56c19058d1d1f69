"""Several at the same rows in the same moment: each row is done once. Real threads and connections, both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from makegood.desk import api as desk
from makegood.desk.tests.make import bring
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen import flow
from makegood.listen.flow import Hit
from makegood.listen.tests.make import activity, channel
from makegood.reply import api as reply
from makegood.reply.tests import testnet
from makegood.triage import api as triage
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

POSTS = 450
THREADS = 4


@pytest.fixture
def account(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> listen.Channel:
    """An account on a network in memory."""
    testnet.plug_in(monkeypatch)
    return channel(workspace, "account", network="testnet", name="@shop")


def verbs(workspace: Any) -> Counter[str]:
    """How often the journal says what."""
    return Counter(Entry.objects.within(workspace).values_list("verb", flat=True))


def hear(where: listen.Channel, said: list[Any]) -> int:
    with transaction.atomic():
        return flow.store(where, [Hit(each, "why") for each in said])


def all_of(step: Callable[[], int]) -> int:
    """Runs the step until nothing is left, as its wake-ups would; how much there was."""
    return sum(iter(step, 0))


def settled(results: list[Any]) -> list[Any]:
    """The results, none of which is an error."""
    errors = [one for one in results if isinstance(one, Exception)]
    assert not errors, errors
    return results


def test_sorted_once(workspace: Any) -> None:
    hear(channel(workspace), [activity(f"My parcel number {n} is lost") for n in range(POSTS)])
    assert sum(settled(at_once(*[lambda: all_of(triage.sort_new)] * THREADS))) == POSTS
    assert triage.Assessment.objects.within(workspace).count() == POSTS
    assert verbs(workspace)["mention.assessed"] == POSTS


def test_opened_once(workspace: Any) -> None:
    hear(channel(workspace), [activity(f"My parcel number {n} is lost") for n in range(POSTS)])
    all_of(triage.sort_new)
    assert sum(settled(at_once(*[lambda: all_of(desk.open_new)] * THREADS))) == POSTS
    assert desk.Conversation.objects.within(workspace).count() == POSTS
    assert desk.Message.objects.within(workspace).count() == POSTS
    assert verbs(workspace)["conversation.opened"] == POSTS


def test_a_thread_of_many_posts_is_one_conversation_whoever_opens_it(workspace: Any) -> None:
    """Every batch holds posts of the same few customers in the same few threads, in another order."""
    said = [
        activity(f"My parcel {n} is lost", who=f"did:plc:a{n * 7 % 5}", root_id=f"at://thread/{n * 3 % 5}")
        for n in range(900)
    ]
    hear(channel(workspace), said)
    all_of(triage.sort_new)
    wanted = {(one.author.id, one.root_id) for one in said}
    assert sum(settled(at_once(*[lambda: all_of(desk.open_new)] * THREADS))) == 900
    rows = desk.Conversation.objects.within(workspace)
    assert {(row.author_id, row.thread_id) for row in rows} == wanted
    assert desk.Message.objects.within(workspace).count() == 900
    assert verbs(workspace)["conversation.opened"] == len(wanted)
    newest = {(one.author.id, one.root_id): one.posted_at for one in sorted(said, key=lambda one: one.posted_at)}
    assert {(row.author_id, row.thread_id): row.last_message_at for row in rows} == newest


def test_heard_sorted_and_opened_all_at_the_same_time(workspace: Any) -> None:
    where = channel(workspace)
    said = [activity(f"My parcel number {n} is lost") for n in range(200)]

    def everything() -> None:
        for start in range(0, len(said), 20):
            hear(where, said[start : start + 20])
            all_of(triage.sort_new)
            all_of(desk.open_new)

    settled(at_once(*[everything] * 3))
    all_of(triage.sort_new)
    all_of(desk.open_new)
    assert listen.Mention.objects.within(workspace).count() == 200
    assert desk.Conversation.objects.within(workspace).count() == 200
    told = verbs(workspace)
    assert (told["mention.heard"], told["mention.assessed"], told["conversation.opened"]) == (200, 200, 200)


def test_two_who_hear_the_same_post_make_one_mention(workspace: Any) -> None:
    where = channel(workspace)
    said = [activity(f"My parcel number {n} is lost") for n in range(100)]
    results = settled(at_once(*[lambda: hear(where, said)] * THREADS))
    assert sum(results) == 100, "each is new to one of them only"
    assert listen.Mention.objects.within(workspace).count() == 100
    assert listen.Hearing.objects.within(workspace).count() == 100
    assert verbs(workspace)["mention.heard"] == 100


def test_sent_once(account: listen.Channel, malik: Any) -> None:
    past = clock.now() - timedelta(seconds=1)
    talks = bring(account, *[activity(f"My parcel {n} never arrived", network="testnet") for n in range(30)])
    for talk in talks:
        reply.queue(talk, malik, f"Sorry {talk.pk}")
    rows = reply.Reply.objects.within(account.workspace_id)
    rows.update(send_after=past)
    settled(at_once(*[reply.send_due] * THREADS))
    assert rows.filter(state="sent").count() == 30
    assert Counter(testnet.writes).most_common(1)[0][1] == 1
    assert len(testnet.posts) == 30
    told = verbs(account.workspace)
    assert (told["reply.sending"], told["reply.sent"], told["conversation.answered"]) == (30, 30, 30)


def test_what_is_deleted_while_it_is_sorted_leaves_no_quote(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    post = activity("My parcel never arrived, I want a refund")
    hear(channel(workspace), [post])
    taken = listen.take_new(10)
    assert flow.forget([post.id]) == 1
    with transaction.atomic():
        assert listen.mark_sorted(taken) == set(), "what was read is no longer what stands"
    assert triage.sort_new() == 1
    assert "parcel" not in str(triage.Assessment.objects.within(workspace).values().get())


def test_what_is_deleted_after_it_was_sorted_leaves_no_quote_either(workspace: Any) -> None:
    gone, stays = activity("My parcel never arrived, I want a refund"), activity("My teapot is broken, I want a refund")
    hear(channel(workspace), [gone, stays])
    all_of(triage.sort_new)
    before = "refund" in str(triage.Assessment.objects.within(workspace).values())
    flow.forget([gone.id])  # between sorting and opening, where no message knows of it yet
    all_of(desk.open_new)
    desk.redact_gone()
    rows = triage.Assessment.objects.within(workspace).select_related("mention").order_by("id")
    assert before
    assert [bool(row.reasons) for row in rows] == [False, True]
    assert "parcel" not in str(list(desk.Message.objects.within(workspace).values()))


def test_a_channel_is_polled_by_one(workspace: Any) -> None:
    from makegood.listen import polling

    for number in range(20):
        channel(workspace, "feed", network="feed", address=f"https://example.org/{number}", due_at=clock.now())
    results = settled(at_once(*[lambda: [row.pk for row in polling.claim_due(20)]] * THREADS))
    taken = [key for keys in results for key in keys]
    assert len(taken) == len(set(taken)) == 20
