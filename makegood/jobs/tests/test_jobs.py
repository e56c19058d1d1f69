"""Wake-ups are hints; rows and leases decide."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from makegood.jobs import api as jobs
from makegood.jobs.models import Heartbeat
from makegood.kit import clock
from makegood.listen.models import Channel
from makegood.listen.tests.make import channel


@pytest.fixture
def steps() -> Any:
    """The queue and the steps, both empty before and after."""
    jobs.queue.storage.flush_all()
    before = dict(jobs._steps)
    yield jobs.set_steps
    jobs.queue.storage.flush_all()
    jobs.set_steps(before)


def work() -> int:
    """Runs what is queued, as the worker does; returns how much there was."""
    count = 0
    while (task := jobs.queue.dequeue()) is not None:
        jobs.queue.execute(task)
        count += 1
    return count


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_waits_for_the_commit(steps: Any) -> None:
    ran: list[str] = []
    steps({"tea": lambda: ran.append("tea")})
    with transaction.atomic():
        jobs.wake("tea")
        assert work() == 0
    assert work() == 1
    assert ran == ["tea"]


@pytest.mark.django_db(transaction=True)
def test_no_commit_no_wake_up(steps: Any) -> None:
    steps({"tea": lambda: None})
    with transaction.atomic():
        jobs.wake("tea")
        transaction.set_rollback(True)
    assert work() == 0


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_fails_does_not_fail_the_work(steps: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_task: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(jobs.queue, "enqueue", broken)
    with transaction.atomic():
        jobs.wake("tea")


@pytest.mark.django_db(transaction=True)
def test_a_step_that_fails_hurts_no_other(steps: Any, caplog: pytest.LogCaptureFixture) -> None:
    ran: list[str] = []
    steps({"bad": lambda: 1 / 0, "good": lambda: ran.append("good")})
    jobs.sweep()
    work()
    assert ran == ["good"]
    assert "the step bad failed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_delayed_wake_up_is_scheduled(steps: Any) -> None:
    ran: list[str] = []
    steps({"tea": lambda: ran.append("tea")})
    jobs.wake("tea", delay=60)
    work()
    assert (ran, jobs.queue.scheduled_count()) == ([], 1)


@pytest.mark.django_db(transaction=True)
def test_a_heap_of_wake_ups_is_one_run(steps: Any) -> None:
    ran: list[str] = []
    steps({"tea": lambda: ran.append("tea")})
    for _ in range(10):
        jobs.wake("tea")
    assert work() == 10
    assert ran == ["tea"]
    jobs.wake("tea")
    work()
    assert ran == ["tea", "tea"], "what is woken later runs again"


@pytest.mark.django_db(transaction=True)
def test_woken_while_it_runs_it_runs_once_more(steps: Any) -> None:
    ran: list[str] = []

    def step() -> None:
        ran.append("tea")
        if len(ran) == 1:
            for _ in range(3):
                jobs.wake("tea")
            task = jobs.queue.dequeue()
            jobs.queue.execute(task)  # another thread takes the wake-up up meanwhile
            assert ran == ["tea"], "never twice at once"

    steps({"tea": step})
    jobs.wake("tea")
    work()
    assert ran == ["tea", "tea"]


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_for_later_is_not_taken_for_done(steps: Any) -> None:
    ran: list[str] = []
    steps({"tea": lambda: ran.append("tea")})
    jobs.wake("tea", delay=1)
    jobs.wake("tea")
    work()
    assert ran == ["tea"]
    time.sleep(1.1)
    for task in jobs.queue.read_schedule():
        jobs.queue.execute(task)
    assert ran == ["tea", "tea"]


@pytest.mark.django_db(transaction=True)
def test_an_unknown_topic_is_said(steps: Any, caplog: pytest.LogCaptureFixture) -> None:
    jobs.wake("nobody's")
    work()
    assert "nobody listens" in caplog.text


@pytest.mark.django_db
def test_a_lease_is_given_once_and_ends_by_itself(workspace: Any) -> None:
    row = channel(workspace)
    rows = Channel.objects.within(workspace)
    assert [one.pk for one in jobs.claim(rows, seconds=60)] == [row.pk]
    assert jobs.claim(rows, seconds=60) == []
    rows.update(lease_until=clock.now() - timedelta(seconds=1))
    again = jobs.claim(rows, seconds=60)
    assert [one.attempt for one in again] == [2]
    jobs.release(again[0])
    assert len(jobs.claim(rows, seconds=60)) == 1


@pytest.mark.django_db
def test_only_rows_that_still_qualify_are_leased(workspace: Any) -> None:
    channel(workspace, state="paused")
    assert jobs.claim(Channel.objects.within(workspace).filter(state="working"), seconds=60) == []


@pytest.mark.django_db
def test_no_more_than_the_limit(workspace: Any) -> None:
    for number in range(5):
        channel(workspace, "feed", network="feed", address=f"https://example.org/{number}")
    assert len(jobs.claim(Channel.objects.within(workspace), seconds=60, limit=3)) == 3


@pytest.mark.parametrize(("seconds", "silent"), [(0, False), (29, False), (31, True)])
def test_a_process_that_gives_no_sign_for_half_a_minute_is_silent(seconds: int, silent: bool) -> None:
    row = Heartbeat(name="worker", beat_at=clock.now() - timedelta(seconds=seconds))
    assert seconds <= row.age < seconds + 1
    assert row.silent is silent


@pytest.mark.django_db
def test_a_heartbeat_is_one_row_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.beat("worker", lag=1)
    jobs.beat("worker", lag=2)
    row = Heartbeat.objects.get()
    assert (row.name, row.detail["lag"]) == ("worker", 2)
    # Any Python process holds more than a megabyte.
    assert 10**6 < row.detail["rss"] < 10**11
    assert row.beat_at >= row.started_at
