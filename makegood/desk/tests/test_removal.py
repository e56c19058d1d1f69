"""A channel goes; what came by another one too stays on the desk."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from makegood.accounts.api import Membership
from makegood.activity import Kind
from makegood.desk import api as desk
from makegood.desk.flow import open_new
from makegood.desk.models import Conversation, Message, Note
from makegood.desk.tests.make import bring, conversation_with
from makegood.listen import api as listen
from makegood.listen.models import Hearing, Mention
from makegood.listen.tests.make import activity, channel, minutes_ago
from makegood.reply import api as reply
from makegood.reply.models import Reply
from makegood.triage import api as triage
from makegood.triage.models import Assessment

pytestmark = pytest.mark.django_db

LATE = "My Acme parcel never arrived, I want a refund!"


def hear(by: listen.Channel, *said: Any) -> None:
    with transaction.atomic():
        listen.store(by, [listen.Hit(each, "why") for each in said])


def test_a_conversation_that_another_channel_heard_too_stays_whole(workspace: Any, olga: Any) -> None:
    stream, account = channel(workspace), channel(workspace, "account")
    said = activity(LATE)
    [before] = bring(stream, said)
    hear(account, said)
    with transaction.atomic():
        desk.add_note(before, "I asked the courier.", olga)
    desk.remove_channel(stream, olga)
    viewer = Membership.objects.get(user=olga)
    after = desk.conversation(viewer, before.pk)
    assert after is not None
    assert (after.latest.channel_id, after.queue, after.due_at) == (account.pk, before.queue, before.due_at)
    assert [row.text for row in desk.messages_of(after)] == [LATE]
    assert len(desk.notes_of(after, viewer)) == 1


def test_a_conversation_that_only_it_heard_goes(workspace: Any, olga: Any) -> None:
    stream = channel(workspace)
    stays = conversation_with(channel(workspace, "account"), LATE)
    gone = conversation_with(stream, f"{LATE} Again.")
    assert gone.pk != stays.pk
    desk.remove_channel(stream, olga)
    assert list(Conversation.objects.within(workspace)) == [stays]
    assert list(Message.objects.within(workspace).values_list("text", flat=True)) == [LATE]


def test_a_conversation_falls_back_to_the_newest_that_stays(workspace: Any, olga: Any) -> None:
    stream, account = channel(workspace), channel(workspace, "account")
    first = activity(LATE, who="did:plc:ada", posted_at=minutes_ago(9))
    more = {"who": "did:plc:ada", "kind": Kind.REPLY, "parent_id": first.id, "root_id": first.id}
    second = activity("Two weeks late now!", posted_at=minutes_ago(7), **more)
    third = activity("Does anybody read this? Still nothing!", posted_at=minutes_ago(5), **more)
    hear(account, first, second)
    [row] = bring(stream, third)
    assert row.latest.text == third.text
    desk.remove_channel(stream, olga)
    row.refresh_from_db()
    assert (row.latest.text, row.excerpt) == (second.text, second.text)
    assert row.queue == "needs_answer"
    assert [each.text for each in desk.messages_of(row)] == [first.text, second.text]


def test_the_sample_shop_goes_with_everything_in_it(workspace: Any, olga: Any, as_olga: Client) -> None:
    kept = conversation_with(channel(workspace, "account"), LATE)
    listen.fill_sample(workspace, olga)
    triage.sort_new()
    open_new()
    sample = Conversation.objects.within(workspace).filter(is_sample=True, queue="needs_answer").first()
    assert sample is not None
    with transaction.atomic():
        desk.add_note(sample, "A sample note.", olga)
    reply.queue(sample, olga, "We are sorry, a new one is on its way.")
    assert as_olga.post("/sample/remove/").status_code == 302
    assert not listen.has_sample(workspace)
    assert list(Conversation.objects.within(workspace)) == [kept]
    for model in (Mention, Hearing, Assessment, Message):
        assert model.objects.within(workspace).count() == 1
    for own in (Note, Reply):
        assert not own.objects.within(workspace).exists()
