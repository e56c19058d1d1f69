"""Answers through the product's own outbox to the real network, and everything that can come between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from makegood.desk import api as desk
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.reply import api as reply
from makegood.reply import outbox
from makegood.triage import api as triage
from tests import faults
from tests.faults import Proxy
from tests.listening.scene import due, eventually, look
from tests.servers.atproto import AtprotoNetwork, TestAccount

pytestmark = [pytest.mark.atproto, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WRITE = "createRecord"
ANSWER = "We are so sorry! We put it right today."


@pytest.fixture
def asked(network: AtprotoNetwork, account: listen.Channel, shop: TestAccount, customer: TestAccount) -> str:
    """What the customer wrote to the shop: its uri."""
    return network.post(customer, f"@{shop.handle} my parcel never arrived, I want a refund!", mention=shop)


@pytest.fixture
def talk(account: listen.Channel, asked: str) -> desk.Conversation:
    """The conversation that came of it, all the way through the product."""

    def there() -> desk.Conversation | None:
        due(account)
        look()
        triage.sort_new()
        desk.open_new()
        rows = desk.Conversation.objects.within(account.workspace_id).select_related("latest", "workspace")
        return rows.filter(latest__network_id=asked).first()

    found: desk.Conversation = eventually(there)
    assert found.queue == "needs_answer"
    return found


def send(row: reply.Reply) -> reply.Reply:
    """Its time has come, whatever was agreed; the row as it is then."""
    past = clock.now() - timedelta(seconds=1)
    rows = reply.Reply.objects.within(row.workspace_id).filter(pk=row.pk)
    rows.update(send_after=past)
    rows.filter(lease_until__isnull=False).update(lease_until=past)
    reply.send_due()
    found: reply.Reply = rows.get()
    return found


def writes(between: Proxy) -> int:
    """How many writes have reached the network."""
    return sum(request.path.endswith(WRITE) for request in between.passed)


def shown(browser: Client, talk: desk.Conversation) -> str:
    """The conversation's page."""
    return browser.get(f"/inbox/{talk.pk}/").content.decode()


def test_an_answer_stands_under_the_post_and_stops_the_clock(
    network: AtprotoNetwork, talk: desk.Conversation, asked: str, malik: Any, account: listen.Channel
) -> None:
    row = send(reply.queue(talk, malik, ANSWER))
    assert (row.state, row.sentence) == ("sent", "")
    network.settle()
    assert network.replies_under(asked) == [ANSWER]
    talk.refresh_from_db()
    assert (talk.queue, talk.in_time) == ("waiting", True)
    due(account)
    look()
    assert listen.Mention.objects.within(account.workspace_id).count() == 1, "what we say is no mention"


def test_the_parent_was_deleted_meanwhile(
    network: AtprotoNetwork, talk: desk.Conversation, asked: str, customer: TestAccount, malik: Any, as_malik: Client
) -> None:
    queued = reply.queue(talk, malik, ANSWER)
    network.delete(customer, asked)
    row = send(queued)
    assert (row.state, row.sentence) == (
        "refused",
        "The post you are answering is no longer on Bluesky. Your text is kept; you can discard it.",
    )
    page = shown(as_malik, talk)
    assert escape(row.sentence) in page
    assert ANSWER in page
    assert reply.discard(row, malik)
    draft = reply.draft_of(talk, malik)
    assert draft is not None
    assert draft.text == ANSWER


def test_they_have_blocked_us(
    network: AtprotoNetwork,
    talk: desk.Conversation,
    shop: TestAccount,
    customer: TestAccount,
    malik: Any,
    as_malik: Client,
) -> None:
    network.block(customer, shop.did)
    row = send(reply.queue(talk, malik, ANSWER))
    assert row.state == "refused"
    assert row.sentence == "This person has blocked your account, so Bluesky does not let you answer."
    assert escape(row.sentence) in shown(as_malik, talk)
    assert (row.text, network.repo_posts(shop)) == (ANSWER, [])


def test_the_block_is_lifted_and_it_is_tried_again(
    network: AtprotoNetwork, talk: desk.Conversation, shop: TestAccount, customer: TestAccount, asked: str, malik: Any
) -> None:
    block = network.block(customer, shop.did)
    row = send(reply.queue(talk, malik, ANSWER))
    assert row.state == "refused"
    network.delete(customer, block)
    assert reply.retry(row, malik)
    assert send(row).state == "sent"
    network.settle()
    assert network.replies_under(asked) == [ANSWER]


def test_the_replies_were_closed(
    network: AtprotoNetwork, talk: desk.Conversation, customer: TestAccount, asked: str, malik: Any
) -> None:
    network.close_replies(customer, asked)
    row = send(reply.queue(talk, malik, ANSWER))
    assert row.state == "refused"
    assert "closed the replies" in row.sentence


def test_too_long_is_said_before_it_is_queued_as_the_network_counts(talk: desk.Conversation, malik: Any) -> None:
    family = "👨‍👩‍👧‍👦"
    with pytest.raises(reply.ReplyError, match="longer than one post"):
        reply.queue(talk, malik, family * 301)
    assert reply.queue(talk, malik, "é" * 300).state == "queued"


def test_killed_between_the_write_and_the_note_of_it(
    network: AtprotoNetwork,
    talk: desk.Conversation,
    shop: TestAccount,
    malik: Any,
    between: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class KilledError(BaseException):
        """The process ends right here."""

    def killed(*_: Any) -> None:
        raise KilledError

    queued = reply.queue(talk, malik, ANSWER)
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_sent", killed)
        with pytest.raises(KilledError):
            send(queued)
    queued.refresh_from_db()
    assert (queued.state, queued.attempt, len(network.repo_posts(shop))) == ("sending", 1, 1)
    reply.send_due()
    assert writes(between) == 1, "the lease still runs"
    row = send(queued)
    assert (row.state, row.attempt, writes(between)) == ("sent", 2, 1)
    assert [post["uri"] for post in network.repo_posts(shop)] == [row.network_id]
    talk.refresh_from_db()
    assert talk.queue == "waiting"


def test_an_answer_lost_on_the_way_back_is_found_at_once(
    network: AtprotoNetwork, talk: desk.Conversation, shop: TestAccount, malik: Any, between: Proxy
) -> None:
    between.inject(faults.lost(), path=WRITE, times=1)
    row = send(reply.queue(talk, malik, ANSWER))
    assert (row.state, writes(between), len(network.repo_posts(shop))) == ("sent", 1, 1)


def test_the_network_asks_us_to_slow_down(
    network: AtprotoNetwork, talk: desk.Conversation, shop: TestAccount, malik: Any, as_malik: Client, between: Proxy
) -> None:
    between.inject(faults.answer(429, retry_after="40"), path=WRITE, times=1)
    row = send(reply.queue(talk, malik, ANSWER))
    assert row.state == "sending"
    assert row.sentence == "Bluesky asked us to slow down. We will go on as soon as it allows."
    assert row.lease_until is not None
    assert 35 < (row.lease_until - clock.now()).total_seconds() < 41
    assert escape(row.sentence) in shown(as_malik, talk)
    reply.send_due()
    assert writes(between) == 0, "not before it allows"
    assert send(row).state == "sent"
    assert len(network.repo_posts(shop)) == 1


def test_a_fault_of_the_server_is_tried_again(
    network: AtprotoNetwork, talk: desk.Conversation, shop: TestAccount, malik: Any, between: Proxy
) -> None:
    for status in (500, 502):
        between.inject(faults.answer(status), path=WRITE, times=1)
    row = send(reply.queue(talk, malik, ANSWER))
    assert row.state == "sending"
    assert "trouble of its own" in row.sentence
    row = send(row)
    assert (row.state, row.attempt) == ("sending", 2)
    row = send(row)
    assert (row.state, row.attempt, row.sentence) == ("sent", 3, "")
    assert len(network.repo_posts(shop)) == 1


def test_the_password_was_taken_back(
    network: AtprotoNetwork, talk: desk.Conversation, shop: TestAccount, malik: Any, account: listen.Channel
) -> None:
    queued = reply.queue(talk, malik, ANSWER)
    network.revoke_app_passwords(shop)
    spoiled = {**listen.credentials_of(account), "access": "gone"}
    listen.Channel.objects.within(account.workspace_id).filter(pk=account.pk).update(secret=listen.seal(spoiled))
    row = send(queued)
    assert row.state == "refused"
    assert row.sentence.endswith(".")
    account.refresh_from_db()
    assert (account.state, account.last_error) == ("disconnected", row.sentence)
