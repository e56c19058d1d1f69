"""The product's listener on a real WebSocket: our Jetstream replayer, with faults of every kind."""

from __future__ import annotations

import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen import lag
from makegood.listen.models import SampledPost
from makegood.listen.taking import ADDRESS, Taking
from tests.listening.scene import eventually, listening
from tests.servers.jetstream import Jetstream, jetstream

pytestmark = [pytest.mark.atproto, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stream(jetstream_unfed: Jetstream, monkeypatch: pytest.MonkeyPatch) -> Jetstream:
    """The stream that the product listens to."""
    monkeypatch.setenv("MAKEGOOD_JETSTREAM", jetstream_unfed.url)
    return jetstream_unfed


@pytest.fixture
def teapots(workspace: Any, olga: Any) -> listen.Channel:
    """The teapot shop listens publicly for its name."""
    listen.save(workspace, olga, "Teapot", "teapot")
    return listen.listen_publicly(workspace, olga)


def post(number: int, text: str = "My teapot is broken", who: str = "") -> dict[str, Any]:
    """A ready event: a new post, now."""
    return {
        "did": who or f"did:plc:someone{number % 7}",
        "kind": "commit",
        "commit": {
            "rev": "3l3qo2vutsw2b",
            "operation": "create",
            "collection": "app.bsky.feed.post",
            "rkey": f"post{number}",
            "record": {
                "$type": "app.bsky.feed.post",
                "text": f"{text}, number {number}",
                "createdAt": clock.now().isoformat().replace("+00:00", "Z"),
                "langs": ["en"],
            },
            "cid": f"bafy{number}",
        },
    }


def deletion(number: int) -> dict[str, Any]:
    """A ready event: that post is gone."""
    commit = {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": f"post{number}", "rev": "3l3"}
    return {"did": f"did:plc:someone{number % 7}", "kind": "commit", "commit": commit}


def heard(workspace: Any) -> list[str]:
    """The record keys of what was heard, sorted by number."""
    ids = listen.Mention.objects.within(workspace).values_list("network_id", flat=True)
    return sorted((one.rsplit("/", 1)[1] for one in ids), key=lambda key: int(key.removeprefix("post")))


def connected(stream: Jetstream) -> None:
    """Waits until the listener follows."""
    eventually(lambda: stream.stats()["clients"] > 0)


def fresh(channel: listen.Channel) -> listen.Channel:
    """The row as it is now."""
    found: listen.Channel = listen.Channel.objects.within(channel.workspace_id).get(pk=channel.pk)
    return found


def test_no_gap_and_nothing_twice_through_drops_and_stops(
    stream: Jetstream, teapots: listen.Channel, workspace: Any
) -> None:
    numbers = iter(range(1000))
    said: list[str] = []

    def say(count: int) -> None:
        events = [post(next(numbers)) for _ in range(count)]
        said.extend(event["commit"]["rkey"] for event in events)
        stream.inject([event for mine in events for event in (mine, post(0, "Nothing about it", who="did:plc:else"))])

    with listening():
        connected(stream)
        say(50)
        eventually(lambda: heard(workspace) == said)
        for _ in range(3):
            stream.drop()
            say(40)
            stream.drop()
            say(10)
        eventually(lambda: heard(workspace) == said)
    say(60)  # nobody listens
    assert len(heard(workspace)) == 200
    for _ in range(2):
        with listening():
            say(30)
            eventually(lambda: len(heard(workspace)) > 200)  # stopped wherever it is
        say(20)
    with listening():
        eventually(lambda: heard(workspace) == said)
    assert len(said) == 360
    assert listen.Hearing.objects.within(workspace).count() == 360
    assert listen.StreamCursor.objects.get(address=ADDRESS).cursor <= stream.stats()["last"]


def test_a_query_that_is_saved_meanwhile_listens_in_a_moment(
    stream: Jetstream, teapots: listen.Channel, workspace: Any, olga: Any
) -> None:
    with listening() as listener:
        connected(stream)
        stream.inject([post(1, "My kettle sings")])
        query = listen.save(workspace, olga, "Kettle", "kettle")
        begun = time.monotonic()
        eventually(lambda: query.pk in listener.desk.loaded)
        assert time.monotonic() - begun < 5
        stream.inject([post(2, "My kettle sings"), post(3)])
        eventually(lambda: heard(workspace) == ["post2", "post3"])
        changed = listen.change(query, olga, name="Pan", text="pan", active=True)
        eventually(lambda: listener.desk.loaded[query.pk].changed_at == changed.changed_at)
        stream.inject([post(4, "My kettle sings"), post(5, "My pan hums")])
        eventually(lambda: heard(workspace) == ["post2", "post3", "post5"])
        listen.change(changed, olga, name="Pan", text="pan", active=False)
        eventually(lambda: query.pk not in listener.desk.loaded)
        stream.inject([post(6, "My pan hums"), post(7)])
        eventually(lambda: "post7" in heard(workspace))
    assert heard(workspace) == ["post2", "post3", "post5", "post7"]
    query.refresh_from_db()
    assert query.last_heard_at is not None


def test_a_paused_stream_hears_nothing_and_then_goes_on_where_it_stopped(
    stream: Jetstream, teapots: listen.Channel, workspace: Any, olga: Any
) -> None:
    with listening():
        connected(stream)
        stream.inject([post(1)])
        eventually(lambda: heard(workspace) == ["post1"])
        listen.pause(teapots, olga)
        eventually(lambda: stream.stats()["clients"] == 0)
        stream.inject([post(2)])
        time.sleep(1.5)
        assert heard(workspace) == ["post1"]
        assert fresh(teapots).state == "paused"
        listen.resume(teapots, olga)
        eventually(lambda: heard(workspace) == ["post1", "post2"])


def test_each_workspace_hears_what_is_for_it(
    stream: Jetstream, teapots: listen.Channel, workspace: Any, other_workspace: Any, sten: Any
) -> None:
    listen.save(other_workspace, sten, "Skis", "skis")
    listen.listen_publicly(other_workspace, sten)
    with listening():
        connected(stream)
        stream.inject([post(1), post(2, "My skis broke"), post(3, "A teapot and two skis"), post(4, "Nothing")])
        eventually(lambda: heard(workspace) == ["post1", "post3"])
        assert heard(other_workspace) == ["post2", "post3"]
        assert stream.stats()["connections"] == 1


def test_what_is_deleted_at_the_source_goes(stream: Jetstream, teapots: listen.Channel, workspace: Any) -> None:
    gone = {"did": "did:plc:someone2", "kind": "account", "account": {"active": False, "status": "deleted"}}
    mentions = listen.Mention.objects.within(workspace)
    with listening():
        connected(stream)
        stream.inject([post(1), post(2), post(3), post(9)])
        eventually(lambda: len(heard(workspace)) == 4)
        stream.inject([deletion(1), gone])
        eventually(lambda: mentions.filter(deleted_at__isnull=False).count() == 3)
    told = dict(mentions.values_list("network_id", "text"))
    assert {key.rsplit("/", 1)[1]: bool(text) for key, text in told.items()} == {
        "post1": False,
        "post2": False,
        "post3": True,
        "post9": False,
    }
    assert not SampledPost.objects.filter(network_id__endswith="/post1").exists()


def test_garbage_is_said_on_the_channels_page_and_the_rest_is_heard(
    stream: Jetstream, teapots: listen.Channel, workspace: Any, as_olga: Client
) -> None:
    with listening():
        connected(stream)
        stream.inject([post(1)])
        eventually(lambda: heard(workspace) == ["post1"])
        stream.garbage()
        stream.inject([post(2)])
        eventually(lambda: heard(workspace) == ["post1", "post2"])
        eventually(lambda: listen.ChannelProblem.objects.within(workspace).exists())
    page = as_olga.get(f"/channels/{teapots.pk}/").content.decode()
    assert "could not be read" in page
    assert fresh(teapots).state == "working"


def test_trouble_is_said_while_it_lasts_and_not_longer(
    stream: Jetstream, teapots: listen.Channel, workspace: Any, as_olga: Client
) -> None:
    stream.refuse(4)
    with listening():
        row = eventually(lambda: (row := fresh(teapots)).state == "trouble" and row)
        assert "We will try again by ourselves." in row.last_error
        assert row.last_error in as_olga.get(f"/channels/{teapots.pk}/").content.decode().replace("&#x27;", "'")
        connected(stream)
        stream.inject([post(1)])
        eventually(lambda: heard(workspace) == ["post1"])
    row = fresh(teapots)
    assert (row.state, row.last_error, row.failures) == ("working", "", 0)
    assert stream.stats()["refused"] == 4


def test_a_server_that_is_not_there_is_tried_until_it_is(
    stream: Jetstream, teapots: listen.Channel, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEGOOD_JETSTREAM", "ws://127.0.0.1:1/subscribe")
    with listening():
        row = eventually(lambda: (row := fresh(teapots)).failures >= 2 and row)
        assert row.last_error == "Bluesky's stream cannot be reached right now. We will connect again by ourselves."
        monkeypatch.setenv("MAKEGOOD_JETSTREAM", stream.url)
        connected(stream)
        stream.inject([post(1)])
        eventually(lambda: heard(workspace) == ["post1"])
    assert fresh(teapots).state == "working"


def test_what_we_say_ourselves_is_not_heard(stream: Jetstream, teapots: listen.Channel, workspace: Any) -> None:
    kind = listen.Channel.Kind.ACCOUNT
    listen.Channel.objects.create(workspace=workspace, network="bluesky", kind=kind, address="did:plc:shop", name="@us")
    with listening():
        connected(stream)
        stream.inject([post(1, "A new teapot in our shop", who="did:plc:shop"), post(2)])
        eventually(lambda: heard(workspace) == ["post2"])


def test_a_sample_is_kept_for_trying_queries_out(stream: Jetstream, teapots: listen.Channel, workspace: Any) -> None:
    with listening():
        connected(stream)
        for number in range(60):
            stream.inject([post(number, "Nothing about it")])
            time.sleep(0.1)
        eventually(lambda: SampledPost.objects.count() > 3)
    assert heard(workspace) == []
    assert listen.is_sampling()
    trial = listen.try_out(workspace, "nothing")
    assert trial.matched_count == trial.tried > 3


def test_silence_is_no_trouble_yet(stream: Jetstream, teapots: listen.Channel, workspace: Any) -> None:
    with listening():
        connected(stream)
        stream.inject([post(1)])
        eventually(lambda: heard(workspace) == ["post1"])
        time.sleep(5)
        assert stream.stats()["connections"] == 1
        assert fresh(teapots).state == "working"


def test_a_cursor_older_than_the_servers_memory_goes_on_with_what_there_is(
    teapots: listen.Channel, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen.StreamCursor.objects.create(address=ADDRESS, cursor=1_600_000_000_000_000, read_at=clock.now())
    with jetstream(log_limit=20) as small:
        monkeypatch.setenv("MAKEGOOD_JETSTREAM", small.url)
        small.inject([post(number) for number in range(100)])
        with listening():
            eventually(lambda: "post99" in heard(workspace))
            small.inject([post(100)])
            eventually(lambda: "post100" in heard(workspace))
            problem = eventually(lambda: listen.ChannelProblem.objects.within(workspace).first())
    assert problem.sentence.startswith("Makegood was away for longer than the public stream remembers: what was said")
    assert "13 Sep 2020, 12:26" in problem.sentence
    assert fresh(teapots).state == "working"


def test_what_cannot_be_kept_up_with_is_said_and_heard_all_the_same(
    stream: Jetstream, teapots: listen.Channel, workspace: Any, as_olga: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = threading.Event()
    take = Taking.take

    def taken(self: Taking, frames: Any, received: Any) -> Any:
        if slow.is_set():
            time.sleep(1)
        return take(self, frames, received)

    monkeypatch.setattr(Taking, "take", taken)
    monkeypatch.setattr(lag, "BEHIND", 1.0)
    monkeypatch.setattr(lag, "WATCHED", 3.0)
    # The package's `stream` is the function; this is the module.
    monkeypatch.setattr(import_module("makegood.connectors.bluesky.stream"), "MOST_FRAMES", 5)
    with listening():
        connected(stream)
        slow.set()
        stream.inject([post(number) for number in range(150)])
        row = eventually(lambda: (row := fresh(teapots)).state == "trouble" and row, seconds=40)
        assert "does not catch up" in row.last_error
        assert "does not catch up" in as_olga.get(f"/channels/{teapots.pk}/").content.decode()
        slow.clear()
        eventually(lambda: len(heard(workspace)) == 150, seconds=30)
        eventually(lambda: (stream.inject([post(999)]), fresh(teapots).state == "working")[1], seconds=30)


def test_the_newer_protocol_brings_the_same(
    stream: Jetstream, teapots: listen.Channel, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEGOOD_JETSTREAM", stream.address)
    with listening() as listener:
        connected(stream)
        stream.inject([post(1), post(2, "Nothing about it"), post(3)])
        eventually(lambda: heard(workspace) == ["post1", "post3"])
        stream.drop()
        stream.inject([post(4), deletion(1)])
        eventually(lambda: heard(workspace) == ["post1", "post3", "post4"])
        mentions = listen.Mention.objects.within(workspace).filter(deleted_at__isnull=False)
        eventually(lambda: [row.network_id.rsplit("/", 1)[1] for row in mentions.all()] == ["post1"])
        assert listener.following.figures()["lag"] is not None
    assert stream.stats()["newer"] == 2


def test_a_query_that_is_saved_later_finds_what_the_stream_had_brought(
    stream: Jetstream, teapots: listen.Channel, workspace: Any, olga: Any, settings: Any, tmp_path: Path
) -> None:
    settings.REPLAY_FOLDER = tmp_path / "replay"
    listen.switch_replay(workspace, olga, on=True)
    with listening():
        connected(stream)
        stream.inject([post(1, "My kettle sings"), post(2), post(3, "My kettle is cold"), post(4, "My kettle leaks")])
        stream.inject([deletion(3)])
        eventually(lambda: heard(workspace) == ["post2"])
        eventually(lambda: listen.store_state().posts == 4)
        query = listen.save(workspace, olga, "Kettle", "kettle")

        def looked_back() -> bool:
            listen.run_replays()
            run = listen.replay_of(query)
            return run is not None and run.state == "done"

        eventually(looked_back)
    assert heard(workspace) == ["post1", "post2", "post4"]
