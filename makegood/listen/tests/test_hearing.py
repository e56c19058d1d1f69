"""Hear once: whatever comes twice, late, or from two channels is one mention."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import flow
from makegood.listen.flow import Hit
from makegood.listen.models import Channel, ChannelProblem, Hearing, Mention, Query, SampledPost, StreamCursor
from makegood.listen.tests.make import activity, channel

pytestmark = pytest.mark.django_db


def mentions(workspace: Any) -> list[Mention]:
    return list(Mention.objects.within(workspace).order_by("id"))


def hear(where: Channel, *said: Any, **options: Any) -> int:
    with transaction.atomic():
        return flow.store(where, [each if isinstance(each, Hit) else Hit(each, "why") for each in said], **options)


def test_a_post_is_one_mention_however_often_it_comes(workspace: Any) -> None:
    stream = channel(workspace)
    post = activity("Acme lost my parcel")
    assert hear(stream, post) == 1
    assert hear(stream, post, post) == 0
    assert [row.text for row in mentions(workspace)] == ["Acme lost my parcel"]
    assert Hearing.objects.within(workspace).count() == 1


def test_two_channels_make_two_hearings_of_one_mention(workspace: Any) -> None:
    post = activity("Acme lost my parcel")
    hear(channel(workspace), post)
    account = channel(workspace, "account")
    assert hear(account, post) == 0
    row = mentions(workspace)[0]
    assert Hearing.objects.within(workspace).filter(mention=row).count() == 2
    assert row.addressed, "it was to us, which only the account could know"


def test_two_queries_give_two_reasons(workspace: Any, olga: Any) -> None:
    stream = channel(workspace)
    queries = [Query.objects.create(workspace=workspace, name=name, text="acme", created_by=olga) for name in "ab"]
    post = activity()
    hear(stream, *[Hit(post, f"Matches {q.name}", q.pk, q.name, (("acme", 6, 10),)) for q in queries])
    reasons = Hearing.objects.within(workspace).order_by("id")
    assert [(row.query_name, row.terms) for row in reasons] == [("a", [["acme", 6, 10]]), ("b", [["acme", 6, 10]])]
    assert all(Query.objects.within(workspace).get(pk=q.pk).last_heard_at for q in queries)


def test_each_workspace_hears_for_itself(workspace: Any, other_workspace: Any) -> None:
    post = activity()
    hear(channel(workspace), post)
    hear(channel(other_workspace), post)
    assert len(mentions(workspace)) == len(mentions(other_workspace)) == 1


def test_what_we_say_ourselves_is_no_mention(workspace: Any) -> None:
    account = channel(workspace, "account")
    assert hear(channel(workspace), activity(who=account.address)) == 0
    assert mentions(workspace) == []


def test_a_clock_that_is_ahead_buys_no_time(workspace: Any) -> None:
    hear(channel(workspace), activity(posted_at=clock.now() + timedelta(hours=5)))
    assert mentions(workspace)[0].posted_at <= clock.now()


def test_characters_the_database_refuses_are_left_out(workspace: Any) -> None:
    hear(channel(workspace), activity("Acme\x00 sent me \ud800nothing"))
    assert mentions(workspace)[0].text.startswith("Acme")


@pytest.mark.parametrize("long_id", ["x" * 5000, "é" * 3000, "日" * 2000])
def test_ids_of_any_length_are_kept_apart(workspace: Any, long_id: str) -> None:
    stream = channel(workspace)
    assert hear(stream, activity(id=long_id + "1", who=long_id), activity(id=long_id + "2", who=long_id)) == 2
    assert hear(stream, activity(id=long_id + "1", who=long_id)) == 0


def test_the_journal_tells_of_each_mention_once(workspace: Any) -> None:
    stream = channel(workspace)
    post = activity()
    hear(stream, post)
    hear(stream, post)
    row = mentions(workspace)[0]
    lines = Entry.objects.within(workspace).filter(verb="mention.heard")
    assert [line.subject for line in lines] == [f"mention:{row.pk}"]
    assert "text" not in lines[0].data, "what a customer wrote stays out of the journal"


def test_old_posts_of_a_file_are_history(workspace: Any) -> None:
    old, new = activity(posted_at=clock.now() - timedelta(days=40)), activity()
    hear(channel(workspace, "import", network="file"), old, new, oldest=clock.now() - timedelta(days=30))
    assert [row.history for row in mentions(workspace)] == [True, False]


def test_a_page_and_its_cursor_stand_or_fall_together(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = channel(workspace, "feed", network="feed", address="https://example.org/feed")
    monkeypatch.setattr(flow, "note_problems", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        flow.take_page(feed, [Hit(activity(network="feed"), "why")], cursor={"etag": "1"})
    assert mentions(workspace) == []
    assert Channel.objects.within(workspace).get(pk=feed.pk).cursor == {}


def test_a_good_page_ends_trouble(workspace: Any) -> None:
    feed = channel(workspace, "feed", network="feed", address="https://example.org/feed")
    flow.channel_failed(feed, "It did not answer.", disconnect=False, due_at=None)
    feed.refresh_from_db()
    assert (feed.state, feed.last_error, feed.failures) == ("trouble", "It did not answer.", 1)
    flow.take_page(feed, [], cursor={"etag": "2"}, problems=["One entry has no text."] * 2)
    feed.refresh_from_db()
    assert (feed.state, feed.last_error, feed.failures, feed.cursor) == ("working", "", 0, {"etag": "2"})
    assert feed.last_good_at is not None
    assert ChannelProblem.objects.within(workspace).get().sentence == "One entry has no text."
    told = Entry.objects.within(workspace).filter(subject=f"channel:{feed.pk}").order_by("pk")
    verbs = list(told.values_list("verb", flat=True))
    assert verbs == ["channel.trouble", "channel.recovered"]


def test_a_paused_channel_stays_paused(workspace: Any) -> None:
    feed = channel(workspace, "feed", network="feed", address="https://example.org/feed", state="paused")
    flow.take_page(feed, [], cursor={"etag": "2"})
    flow.channel_failed(feed, "No.", disconnect=False, due_at=None)
    feed.refresh_from_db()
    assert feed.state == "paused"


def test_the_same_trouble_is_journalled_once(workspace: Any) -> None:
    feed = channel(workspace, "feed", network="feed", address="https://example.org/feed")
    for _ in range(3):
        flow.channel_failed(feed, "It did not answer.", disconnect=False, due_at=None)
        feed.refresh_from_db()
    assert Entry.objects.within(workspace).filter(verb="channel.trouble").count() == 1
    assert feed.failures == 3


def test_a_stream_moves_its_cursor_for_all_workspaces_at_once(workspace: Any, other_workspace: Any) -> None:
    ours, theirs = channel(workspace), channel(other_workspace)
    post = activity()
    hits = {ours.pk: [Hit(post, "why")], theirs.pk: [Hit(post, "why")]}
    assert flow.keep_streamed("jetstream", hits=hits) == 2
    assert flow.keep_streamed("jetstream", hits=hits) == 0
    flow.move_stream("jetstream", cursor=17, received=3)
    flow.move_stream("jetstream", cursor=18, received=2)
    row = StreamCursor.objects.get(address="jetstream")
    assert (row.cursor, row.received) == (18, 5)


def test_a_paused_stream_hears_nothing(workspace: Any) -> None:
    stream = channel(workspace, state="paused")
    assert flow.keep_streamed("jetstream", hits={stream.pk: [Hit(activity(), "why")]}) == 0


def test_what_is_deleted_at_the_source_is_deleted_here(workspace: Any) -> None:
    stream = channel(workspace)
    gone, stays = activity("secret"), activity("stays")
    hear(stream, gone, stays)
    flow.keep_sample("bluesky", [gone], 0.5)
    assert flow.forget([gone.id, "at://unknown"]) == 1
    first, second = mentions(workspace)
    assert (first.text, first.activity, second.text) == ("", {}, "stays")
    assert first.deleted_at is not None
    assert not SampledPost.objects.exists()
    assert flow.forget([gone.id]) == 0


def test_the_sample_is_capped(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "KEPT_SAMPLES", 5)
    for _ in range(4):
        flow.keep_sample("bluesky", [activity(), activity()], 1.0)
    assert SampledPost.objects.count() == 5


def test_no_sample_lives_for_a_day(workspace: Any) -> None:
    flow.keep_sample("bluesky", [activity("old")], 1.0)
    SampledPost.objects.update(heard_at=clock.now() - timedelta(hours=21))
    flow.keep_sample("bluesky", [activity("new")], 1.0)
    assert [row.activity["text"] for row in SampledPost.objects.all()] == ["new"]


def test_sorting_takes_each_mention_once(workspace: Any) -> None:
    hear(channel(workspace), activity(), activity())
    with transaction.atomic():
        taken = flow.take_new(10)
        flow.mark_sorted(taken)
    with transaction.atomic():
        assert (len(taken), flow.take_new(10)) == (2, [])
