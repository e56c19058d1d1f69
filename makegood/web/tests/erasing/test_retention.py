"""Forgetting what is older than a shop keeps, over all stages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.desk.models import Conversation, Message
from makegood.identify import api as identify
from makegood.identify.api import TieError
from makegood.identify.models import (
    Customer,
    Retention,
    SaidNumber,
)
from makegood.identify.tests.scene import says
from makegood.kit import clock
from makegood.listen.models import Mention
from makegood.reply.models import Reply
from makegood.resolve.models import Remedy
from makegood.web.erasing import forget_old
from makegood.web.tests.erasing.scene import Scene

pytestmark = pytest.mark.django_db


def old(workspace: Any, days: int) -> None:
    moment = clock.now() - timedelta(days=days)
    Conversation.objects.within(workspace).update(last_message_at=moment)
    Mention.objects.within(workspace).update(posted_at=moment)
    Message.objects.within(workspace).update(posted_at=moment)


def soon(workspace: Any) -> None:
    Retention.objects.within(workspace).update(due_at=clock.now())


def test_what_is_older_than_the_shop_keeps_is_emptied(scene: Scene, workspace: Any, olga: Any) -> None:
    identify.keep_for(workspace, "bluesky", 30, olga)
    assert forget_old() == 0, "it is of today"
    old(workspace, 31)
    assert forget_old() == 0, "looked at within the hour"
    soon(workspace)
    assert forget_old() == 1
    scene.talk.refresh_from_db()
    assert (scene.talk.author_name, scene.talk.excerpt, scene.talk.queue) == ("", "Erased", "closed")
    assert {row.text for row in Message.objects.within(workspace)} == {""}
    assert {row.text for row in Mention.objects.within(workspace)} == {""}
    assert {row.text for row in Reply.objects.within(workspace)} == {""}
    assert not SaidNumber.objects.within(workspace).exists()
    scene.remedy.refresh_from_db()
    assert scene.remedy.person_key == "author:bluesky:did:plc:ann", "the yearly limit goes on counting"
    assert scene.remedy.words == ""
    assert Customer.objects.within(workspace).get().name == "Ann Lee", "who has bought is known"
    assert identify.customers_of(scene.contact) == [scene.customer]
    soon(workspace)
    assert forget_old() == 0


def test_other_networks_and_other_shops_are_left_alone(
    scene: Scene, workspace: Any, other_workspace: Any, olga: Any
) -> None:
    says(other_workspace, "Skis", who="did:plc:bo")
    old(workspace, 400)
    old(other_workspace, 400)
    identify.keep_for(workspace, "mastodon", 30, olga)
    assert forget_old() == 0
    identify.keep_for(workspace, "bluesky", 30, olga)
    assert forget_old() == 1
    assert Message.objects.within(other_workspace).get().text == "Skis"


def test_a_living_conversation_is_kept_whole(scene: Scene, workspace: Any, olga: Any) -> None:
    old(workspace, 400)
    Conversation.objects.within(workspace).update(last_message_at=clock.now())
    identify.keep_for(workspace, "bluesky", 30, olga)
    assert forget_old() == 0
    assert "zzsecret" in Mention.objects.within(workspace).get().text
    assert "zzsecret" in Message.objects.within(workspace).get().text


def test_what_is_under_way_waits_and_holds_nothing_else_up(scene: Scene, workspace: Any, olga: Any) -> None:
    other = says(workspace, "The kettle", who="did:plc:bo")
    Remedy.objects.within(workspace).update(state="requested")
    old(workspace, 400)
    identify.keep_for(workspace, "bluesky", 30, olga)
    assert forget_old() == 1
    other.refresh_from_db()
    assert other.excerpt == "Erased"
    assert "zzsecret" in Message.objects.within(workspace).get(conversation=scene.talk).text
    Remedy.objects.within(workspace).update(state="executed")
    soon(workspace)
    assert forget_old() == 1


def test_many_are_done_in_one_turn(scene: Scene, workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from makegood.desk import erasing

    monkeypatch.setattr(erasing, "BATCH", 2)
    for n in range(4):
        says(workspace, "Hello", who=f"did:plc:p{n}")
    old(workspace, 400)
    identify.keep_for(workspace, "bluesky", 30, olga)
    assert forget_old() == 5


def test_as_long_as_they_like_again(workspace: Any, olga: Any) -> None:
    identify.keep_for(workspace, "bluesky", 30, olga)
    assert identify.retentions(workspace) == {"bluesky": 30}
    identify.keep_for(workspace, "bluesky", None, olga)
    assert identify.retentions(workspace) == {}
    for days in (0, -1, 3651):
        with pytest.raises(TieError, match="10 years"):
            identify.keep_for(workspace, "bluesky", days, olga)


def test_with_nothing_due_it_asks_once(workspace: Any, olga: Any, django_assert_num_queries: Any) -> None:
    identify.keep_for(workspace, "bluesky", 30, olga)
    forget_old()
    with django_assert_num_queries(1):
        forget_old()
