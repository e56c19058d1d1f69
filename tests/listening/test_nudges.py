"""Streams that say when to look: the real listener, and an account on a server that does as told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from makegood.activity import Activity, Author
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen import flow, nudging
from makegood.listen.flow import Hit
from tests.listening.scene import Answer, eventually, listening, site

pytestmark = pytest.mark.django_db(transaction=True)

FACTS = {"software": "mastodon", "domain": "social.example", "quotes": True}


def account(workspace: Any, url: str, **more: Any) -> listen.Channel:
    """A connected account that is not due for an hour."""
    host = url.partition("://")[2]
    keys = {"instance": url, "token": "t", "account": "1", "streaming": f"ws://{host}", **FACTS}
    values: dict[str, Any] = {
        "network": "mastodon",
        "kind": "account",
        "name": "@shop@social.example",
        "address": "https://social.example/@shop",
        "secret": listen.seal(keys),
        "due_at": clock.now() + timedelta(hours=1),
        "cursor": {"seen": ["1"], "asked_at": clock.now().isoformat()},
    }
    return listen.Channel.objects.create(workspace=workspace, **(values | more))


def fresh(channel: listen.Channel) -> listen.Channel:
    found: listen.Channel = listen.Channel.objects.within(channel.workspace_id).get(pk=channel.pk)
    return found


def heard(channel: listen.Channel, key: str = "https://other.example/1", revision: str = "x/7") -> listen.Mention:
    """Something the account heard, to be looked at tomorrow."""
    author = Author(id="https://other.example/@ada")
    activity = Activity(network="mastodon", id=key, author=author, text="Hi", posted_at=clock.now(), revision=revision)
    with transaction.atomic():
        flow.store(channel, [Hit(activity, "because")])
    rows = listen.Mention.objects.within(channel.workspace_id).filter(network_id=key)
    rows.update(look_at=clock.now() + timedelta(days=1))
    return rows.get()


class Stream:
    """A server whose stream says what is in `says`, and then ends."""

    def __init__(self) -> None:
        self.says = "event: notification\ndata: {}\n\n"
        self.opened = 0
        self.read = 0
        self.status = 200

    def __call__(self, path: str) -> Answer:
        if path == "/api/v1/streaming/user":
            self.opened += 1
            return self.status, {"content-type": "text/event-stream"}, self.says.encode()
        if path.startswith("/api/v1/notifications"):
            self.read += 1
            return 200, {"content-type": "application/json"}, b"[]"
        return 404, {}, b""


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    monkeypatch.setattr(nudging, "AGAIN_SECONDS", 0.05)
    made = Stream()
    with site(made) as server:
        yield made, server.url


def test_what_a_stream_says_is_read_at_once_and_a_lost_stream_is_no_trouble(stream: Any, workspace: Any) -> None:
    made, url = stream
    channel = account(workspace, url)
    with listening():
        eventually(lambda: made.opened >= 2 and made.read >= 2)
        row = fresh(channel)
    assert (row.state, row.last_error, row.failures) == ("working", "", 0)


def test_where_there_is_no_stream_it_is_not_asked_for_again_and_again(stream: Any, workspace: Any) -> None:
    made, url = stream
    made.status = 404
    channel = account(workspace, url, due_at=clock.now())
    with listening():
        eventually(lambda: made.opened and fresh(channel).last_good_at)
        first = made.opened
        listen.Channel.objects.within(workspace).filter(pk=channel.pk).update(due_at=clock.now())
        eventually(lambda: made.read >= 2)
        assert made.opened == first
    assert fresh(channel).state == "working"


def test_what_was_changed_there_is_looked_at_soon(stream: Any, workspace: Any) -> None:
    made, url = stream
    channel = account(workspace, url)
    host = url.partition("://")[2]
    changed = heard(channel, "https://other.example/1", f"{host}/7")
    gone = heard(channel, "https://other.example/2", f"{host}/8#closed")
    other = heard(channel, "https://other.example/3", f"{host}/9")
    update = json.dumps({"uri": changed.network_id})
    made.says = f"event: status.update\ndata: {update}\n\nevent: delete\ndata: 8\n\n"
    rows = listen.Mention.objects.within(workspace).filter(look_at__lte=clock.now() + timedelta(hours=1))
    with listening():
        eventually(lambda: set(rows.values_list("pk", flat=True)) == {changed.pk, gone.pk})
    assert not rows.filter(pk=other.pk).exists()


def test_a_paused_channel_is_not_followed(stream: Any, workspace: Any, olga: Any) -> None:
    _made, url = stream
    channel = account(workspace, url)
    assert len(nudging.wanted()) == 1
    listen.pause(channel, olga)
    assert nudging.wanted() == set()
    listen.resume(channel, olga)
    before = nudging.wanted()
    # With other keys it is another stream.
    listen.Channel.objects.within(workspace).filter(pk=channel.pk).update(secret=listen.seal({"instance": url}))
    assert nudging.wanted().isdisjoint(before)


def test_a_nudge_waits_for_the_reading_that_runs_and_keeps_what_the_network_asked_for(
    workspace: Any,
) -> None:
    channel = account(workspace, "http://127.0.0.1:1")
    rows = listen.Channel.objects.within(workspace).filter(pk=channel.pk)
    later = clock.now() + timedelta(minutes=5)
    rows.update(lease_until=clock.now() + timedelta(seconds=60), due_at=later)
    assert nudging.bring_forward(workspace.pk, channel.pk) is False
    assert fresh(channel).due_at == later
    rows.update(lease_until=None)
    assert nudging.bring_forward(workspace.pk, channel.pk) is True
    assert fresh(channel).due_at <= clock.now()  # type: ignore[operator]
    rows.update(state="trouble", due_at=later)
    assert nudging.bring_forward(workspace.pk, channel.pk) is True
    assert fresh(channel).due_at == later


def test_another_workspaces_mention_is_left_alone(workspace: Any, other_workspace: Any) -> None:
    mine = heard(account(workspace, "http://127.0.0.1:1"))
    theirs = heard(account(other_workspace, "http://127.0.0.1:1"))
    assert nudging.look_soon(workspace.pk, mine.channel_id, [mine.network_id]) == 1
    theirs.refresh_from_db()
    assert theirs.look_at is not None
    assert theirs.look_at > clock.now()
