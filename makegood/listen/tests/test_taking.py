"""Frames taken in: kept once, in whatever process, and the searches kept in step with the database."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.connectors.bluesky.tests.test_frames import NOW, TIME_US, create, newer, older
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen import flow, matching
from makegood.listen.models import Hearing, Mention, Query, SampledPost
from makegood.listen.query import parse
from makegood.listen.taking import ADDRESS, Taken, Taking

pytestmark = pytest.mark.django_db


@pytest.fixture
def taking(workspace: Any, olga: Any) -> Taking:
    """Ready to take in for a shop that searches for tea."""
    listen.save(workspace, olga, "Tea", "tea")
    listen.listen_publicly(workspace, olga)
    made = Taking()
    assert made.look()
    return made


def deletion(key: str) -> bytes:
    """The frame of a deletion."""
    return newer(operation="delete", collection="app.bsky.feed.post", rkey=key)


def said(number: int, text: str, shape: Any = newer) -> bytes:
    """The frame of a post."""
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-11-22T11:59:00.000Z"}
    return bytes(shape(**create(number, record=record), time_us=TIME_US + number))


@pytest.mark.parametrize("shape", [older, newer])
def test_what_fits_is_kept_once_however_often_it_is_taken(taking: Taking, workspace: Any, shape: Any) -> None:
    frames = [said(1, "My tea is cold", shape), said(2, "Nothing", shape), said(3, "Tea, at last", shape)]
    assert taking.take(frames, NOW) == Taken(frames=3, created=3, read=2, hits=2, new=2)
    assert taking.take(frames, NOW).new == 0
    assert Mention.objects.within(workspace).count() == Hearing.objects.within(workspace).count() == 2


def test_what_is_deleted_goes_and_what_was_never_here_costs_no_write(
    taking: Taking, workspace: Any, django_assert_num_queries: Any
) -> None:
    taking.take([said(1, "My tea is cold")], NOW)
    taking.take([deletion("post1")], NOW)
    assert Mention.objects.within(workspace).get().deleted_at is not None
    with django_assert_num_queries(2):
        taking.take([deletion("unknown")], NOW)


def test_a_post_and_its_deletion_in_one_lot(taking: Taking, workspace: Any) -> None:
    taking.take([said(1, "My tea is cold"), deletion("post1")], NOW)
    assert Mention.objects.within(workspace).get().text == ""


def test_a_sample_of_all_that_is_said_is_kept_whatever_fits(taking: Taking) -> None:
    taking.sampler.since -= 10
    taking.take([said(1, "Nothing to do with it")], NOW)
    assert SampledPost.objects.get().network_id.endswith("/post1")


def test_searches_are_kept_in_step(taking: Taking, workspace: Any, olga: Any) -> None:
    (tea,) = taking.desk.loaded
    coffee = listen.save(workspace, olga, "Coffee", "coffee")
    assert taking.look()
    assert set(taking.desk.loaded) == {tea, coffee.pk}
    listen.change(coffee, olga, name="Coffee", text="espresso", active=True)
    taking.look()
    assert taking.take([said(1, "coffee"), said(2, "espresso")], NOW).hits == 1
    listen.change(coffee, olga, name="Coffee", text="espresso", active=False)
    taking.look()
    assert set(taking.desk.loaded) == {tea}


def test_a_change_that_comes_to_light_late_is_seen_at_the_next_comparison(taking: Taking) -> None:
    # As by a transaction that began before another, and was committed after it: what is newest did not change.
    newest = Query.objects.across("this test").latest("changed_at")
    other = Query(workspace_id=newest.workspace_id, name="Coffee", text="coffee", changed_at=clock.now())
    other.save()
    taking.look()
    Query.objects.across("this test").filter(pk=newest.pk).update(
        text="cocoa", changed_at=newest.changed_at.replace(year=2020)
    )
    taking.look()
    assert taking.take([said(1, "cocoa")], NOW).hits == 0
    taking.desk._compared_at -= matching.COMPARE_SECONDS
    taking.look()
    assert taking.take([said(1, "cocoa")], NOW).hits == 1


def test_many_new_searches_do_not_hold_up_the_stream(
    taking: Taking, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "LOT", 10)
    rows = [Query(workspace=workspace, name=str(number), text=f"brand{number}") for number in range(35)]
    Query.objects.bulk_create(rows)
    looks = [taking.look(0.0) for _ in range(4)]
    assert looks == [False, False, False, True]
    assert len(taking.desk) == 36


def test_a_search_that_an_earlier_version_saved_and_this_one_cannot_read_is_tried_once(
    taking: Taking, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Query.objects.create(workspace=workspace, name="Broken", text="((")
    taking.look()
    read: list[str] = []

    def noted(text: str) -> Any:
        read.append(text)
        return parse(text)

    monkeypatch.setattr(matching, "parse", noted)
    taking.desk._compared_at -= matching.COMPARE_SECONDS
    assert taking.look()
    assert (read, len(taking.desk)) == ([], 1)


def test_that_it_cannot_keep_up_is_said_once_and_taken_back(taking: Taking, workspace: Any) -> None:
    channel = listen.Channel.objects.within(workspace).get()
    sentence = "More is said than this machine can read."
    for trouble in (sentence, sentence, ""):
        flow.move_stream(ADDRESS, cursor=1, received=1, trouble=trouble)
        channel.refresh_from_db()
        assert (channel.state, channel.last_error) == ("trouble" if trouble else "working", trouble)
    verbs = list(Entry.objects.within(workspace).order_by("id").values_list("verb", flat=True))
    assert verbs.count("channel.trouble") == verbs.count("channel.recovered") == 1
