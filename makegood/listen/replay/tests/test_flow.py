"""A query that looks back: what it finds, how far it goes, who may see it, and what a crash leaves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import flow as hearing
from makegood.listen import queries
from makegood.listen.models import Channel, Hearing, Mention, Query, ReplayRun
from makegood.listen.replay import flow, searching, segments, wishes
from makegood.listen.replay.flow import begin, cancel, run_due
from makegood.listen.replay.tests.make import deletion, post, uri, write
from makegood.listen.tests.make import activity, channel

pytestmark = pytest.mark.django_db


def query(workspace: Any, text: str = "acme") -> Query:
    row: Query = Query.objects.create(workspace=workspace, name=text, text=text)
    return row


def run_all(turns: int = 50) -> None:
    """Lets the worker work until nothing waits."""
    for _turn in range(turns):
        run_due()
    assert not ReplayRun.objects.filter(state__in=flow.OPEN).exists()


def fresh(run: ReplayRun | None) -> ReplayRun:
    assert run is not None
    row: ReplayRun = ReplayRun.objects.get(pk=run.pk)
    return row


def heard(workspace: Any) -> list[str]:
    return list(Mention.objects.within(workspace).order_by("-posted_at").values_list("text", flat=True))


def test_a_new_query_finds_what_was_said_before(wanted: Channel, folder: Path, workspace: Any) -> None:
    now = clock.now()
    write(folder, *([post(f"Acme {days}", at=now - timedelta(days=days)), post("x")] for days in (3, 2)))
    write(folder, [post("nothing"), post("Acme today", at=now - timedelta(hours=1))])
    row = query(workspace)
    run = begin(row, None)
    run_all()
    run = fresh(run)
    assert (run.state, run.found, run.known, run.posts_done, run.posts_total) == ("done", 3, 0, 6, 6)
    assert heard(workspace) == ["Acme today", "Acme 2", "Acme 3"]
    assert list(Mention.objects.within(workspace).order_by("-posted_at").values_list("history", flat=True)) == [
        False,
        True,
        True,
    ], "who wrote today waits for an answer; for the rest no clock runs"
    hearing = Hearing.objects.within(workspace).order_by("id")[0]
    assert (hearing.query_id, hearing.reason, hearing.terms) == (row.pk, "Matches “acme”: acme", [["acme", 0, 4]])
    assert [line.verb for line in Entry.objects.within(workspace).filter(verb__startswith="replay").order_by("id")] == [
        "replay.begun",
        "replay.done",
    ]


def test_what_was_heard_before_is_not_heard_twice(wanted: Channel, folder: Path, workspace: Any) -> None:
    said = post("Acme")
    write(folder, [said, said], [said])
    with transaction.atomic():
        hearing.store(wanted, [hearing.Hit(activity("Acme", id=uri(said)), "live")])
    run = begin(query(workspace), None)
    run_all()
    run = fresh(run)
    assert (run.found, len(heard(workspace))) == (0, 1)
    assert run.known > 0


def test_it_goes_turn_by_turn_from_the_newest(
    wanted: Channel, folder: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "TURN_SECONDS", 0.0)
    write(folder, *([post(f"Acme {number}")] for number in range(6)))
    run = begin(query(workspace), None)
    run_due()
    assert heard(workspace) == ["Acme 5"]
    assert (fresh(run).state, fresh(run).posts_done, fresh(run).lease_until) == ("running", 1, None)
    write(folder, [post("Acme, said meanwhile")])
    run_all()
    assert len(heard(workspace)) == 6, "what is said now the listener hears"
    assert fresh(run).posts_done == 6


def test_it_goes_on_where_a_crash_left_it(
    wanted: Channel, folder: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "TURN_SECONDS", 0.0)
    write(folder, *([post(f"Acme {number}")] for number in range(6)))
    run = begin(query(workspace), None)
    run_due()
    ReplayRun.objects.update(lease_until=clock.now() + timedelta(seconds=10), attempt=7)
    run_due()
    assert len(heard(workspace)) == 1, "somebody seems to be at it"
    ReplayRun.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    run_all()
    assert len(heard(workspace)) == 6
    assert fresh(run).posts_done == 6


def test_who_was_only_slow_stops(wanted: Channel, folder: Path, workspace: Any) -> None:
    write(folder, [post("Acme")])
    run = begin(query(workspace), None)
    assert run is not None
    ReplayRun.objects.update(attempt=5)
    assert flow._turn(run)
    assert heard(workspace) == []
    assert fresh(run).state == "queued"


def test_a_file_rewritten_under_way_loses_nothing(
    wanted: Channel, folder: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from makegood.listen.replay import sweeping

    monkeypatch.setattr(flow, "TURN_SECONDS", 0.0)
    write(folder, *([post(f"Acme {number}")] for number in range(6)))
    begin(query(workspace), None)
    run_due()
    run_due()
    segments.start(folder, segments.blocks(segments.segments(folder)[-1])[-1].last + 1)
    sweeping.sweep()
    run_all()
    assert sorted(heard(workspace)) == [f"Acme {number}" for number in range(6)]


def test_a_file_replaced_between_two_blocks_is_read_anew(
    wanted: Channel, folder: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from makegood.listen.query import parse
    from makegood.listen.replay.gone import Gone
    from makegood.listen.replay.sweeping import rewrite

    write(folder, *([post(f"Acme {number}")] for number in range(6)))
    steps = searching.look_through(folder, parse("acme"))
    texts = [activity.text for activity, _match in next(steps).found]
    rewrite(segments.segments(folder)[0], Gone(), 1)
    for step in steps:
        texts += [activity.text for activity, _match in step.found]
    assert sorted(set(texts)) == [f"Acme {number}" for number in range(6)]


def test_two_queries_look_back_side_by_side(
    wanted: Channel, folder: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "TURN_SECONDS", 0.0)
    write(folder, *([post(f"Acme {number}"), post(f"Globex {number}")] for number in range(5)))
    one, two = begin(query(workspace), None), begin(query(workspace, "globex"), None)
    for _turn in range(4):
        run_due()
    assert fresh(one).posts_done == fresh(two).posts_done == 4, "they take turns"
    run_all()
    assert (fresh(one).found, fresh(two).found) == (5, 5)
    names = Hearing.objects.within(workspace).values_list("query_name", "mention__text")
    assert all(name.lower() in text.lower() for name, text in names)


def test_a_flood_ends_at_the_cap_and_says_so(
    wanted: Channel, folder: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "MOST_FOUND", 10)
    write(folder, *([post(f"Acme {number} {part}") for part in range(4)] for number in range(8)))
    run = begin(query(workspace), None)
    run_all()
    run = fresh(run)
    assert (run.state, run.found, run.capped) == ("done", 10, True)
    assert len(heard(workspace)) == 10
    assert run.posts_done <= run.posts_total


def test_exactly_as_many_as_the_cap_is_no_flood(
    wanted: Channel, folder: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "MOST_FOUND", 4)
    write(folder, [post("nothing")], [post(f"Acme number {part}") for part in range(4)])
    run = begin(query(workspace), None)
    run_all()
    assert (fresh(run).found, fresh(run).capped, fresh(run).posts_done) == (4, False, 5)


def test_the_deleted_is_not_brought_back(wanted: Channel, folder: Path, workspace: Any) -> None:
    said, other = post("Acme, to be regretted"), post("Acme other")
    write(folder, [said, other])
    write(folder, [deletion(said)])
    begin(query(workspace), None)
    run_all()
    assert heard(workspace) == ["Acme other"]


def test_deleted_while_it_is_being_found_is_emptied(
    wanted: Channel, folder: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "TURN_SECONDS", 0.0)
    said = post("Acme, to be regretted")
    write(folder, [post("Acme older")], [said])
    begin(query(workspace), None)
    run_due()
    assert heard(workspace) == ["Acme, to be regretted"]
    write(folder, [deletion(said)])
    run_all()
    row = Mention.objects.within(workspace).get(network_id=uri(said))
    assert (row.text, row.activity) == ("", {})
    assert row.deleted_at is not None


def test_stopped_it_stays_stopped(
    wanted: Channel, folder: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "TURN_SECONDS", 0.0)
    write(folder, *([post(f"Acme {number}")] for number in range(6)))
    row = query(workspace)
    run = begin(row, None)
    run_due()
    cancel(row, None)
    run_all()
    assert fresh(run).state == "cancelled"
    assert len(heard(workspace)) == 1


def test_a_changed_query_begins_anew(wanted: Channel, folder: Path, workspace: Any) -> None:
    write(folder, [post("Acme"), post("Globex")])
    row = query(workspace)
    first = begin(row, None)
    row.text = "globex"
    row.save()
    second = begin(row, None)
    run_all()
    assert (fresh(first).state, fresh(second).state) == ("cancelled", "done")
    assert heard(workspace) == ["Globex"]


def test_a_removed_query_ends_it(wanted: Channel, folder: Path, workspace: Any) -> None:
    write(folder, [post("Acme")])
    row = query(workspace)
    begin(row, None)
    queries.remove_query(row, None)
    run_all()
    assert heard(workspace) == []


def test_without_a_stream_it_says_what_to_do(wanted: Channel, folder: Path, workspace: Any) -> None:
    write(folder, [post("Acme")])
    run = begin(query(workspace), None)
    wanted.delete()
    run_all()
    assert fresh(run).state == "failed"
    assert "Add it" in fresh(run).sentence


def test_a_query_that_cannot_be_read_says_why(wanted: Channel, folder: Path, workspace: Any) -> None:
    write(folder, [post("Acme")])
    run = begin(query(workspace, "acme AND ("), None)
    run_all()
    assert fresh(run).state == "failed"
    assert fresh(run).sentence


def test_it_waits_while_sorting_is_behind(
    wanted: Channel, folder: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "is_behind", lambda _most: True)
    write(folder, [post("Acme")])
    run = begin(query(workspace), None)
    run_due()
    assert (fresh(run).state, fresh(run).lease_until) == ("queued", None)
    monkeypatch.undo()
    run_all()
    assert heard(workspace) == ["Acme"]


def test_only_who_wants_it_kept_looks_back(wanted: Channel, folder: Path, workspace: Any, other_workspace: Any) -> None:
    write(folder, [post("Acme")])
    channel(other_workspace)
    assert begin(query(other_workspace), None) is None
    begin(query(workspace), None)
    run_all()
    assert heard(other_workspace) == []
    assert heard(workspace) == ["Acme"]


def test_a_stopped_query_does_not_look_back(wanted: Channel, folder: Path, workspace: Any) -> None:
    write(folder, [post("Acme")])
    row = query(workspace)
    row.active = False
    row.save()
    assert begin(row, None) is None


def test_nothing_kept_nothing_begun(wanted: Channel, folder: Path, workspace: Any) -> None:
    assert begin(query(workspace), None) is None


def test_a_machine_that_keeps_nothing_is_wanted_by_nobody(wanted: Channel, workspace: Any, settings: Any) -> None:
    assert wishes.is_wanted()
    settings.REPLAY_BYTES = 0
    assert not wishes.is_wanted()
    assert not wishes.wants(workspace)


def test_switching_is_said_once(workspace: Any, olga: Any, folder: Path) -> None:
    for on in (True, True, False, False, True):
        wishes.switch(workspace, olga, on=on)
    lines = Entry.objects.within(workspace).filter(verb__startswith="replay").order_by("id")
    assert [line.verb for line in lines] == ["replay.wanted", "replay.unwanted", "replay.wanted"]


def test_a_glance_tells_how_often_and_when_its_time_is_up(wanted: Channel, folder: Path) -> None:
    from makegood.listen.query import parse

    now = clock.now()
    write(folder, *([post(f"Acme {n}", at=now - timedelta(seconds=100 - n)), post("x")] for n in range(100)))
    seen = searching.glance(folder, parse("acme"), 60.0, 8)
    assert (seen.matched, seen.tried, len(seen.found)) == (100, 200, 8)
    assert 95 <= seen.seconds <= 102
    assert [each.text for each in seen.others] == ["x"]
    brief = searching.glance(folder, parse("acme"), 0.0, 8)
    assert (brief.matched, brief.tried) == (1, 2)
    assert brief.seconds < 5


def test_a_pause_of_the_stream_is_no_time_of_listening(wanted: Channel, folder: Path) -> None:
    from makegood.listen.query import parse

    now = clock.now()
    write(folder, [post("Acme", at=now - timedelta(minutes=50))], [post("Acme", at=now)])
    assert searching.glance(folder, parse("acme"), 60.0, 8).seconds < 10
