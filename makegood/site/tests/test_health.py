"""The report of the whole, from the front doors, and how it is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import AsyncClient, Client
from pytest_django import DjangoAssertNumQueries

from makegood.jobs.models import Heartbeat
from makegood.kit import clock
from makegood.listen.models import Channel
from makegood.site import check, health, status
from makegood.site.running import Process

pytestmark = pytest.mark.django_db


def channel(workspace: Any, **fields: Any) -> Channel:
    return Channel.objects.create(
        workspace=workspace,
        **{"network": "bluesky", "kind": "account", "name": "@teapot", "address": "did:x", **fields},
    )


def test_an_empty_makegood_has_nothing_to_report() -> None:
    report = health.report()
    assert report.channels == []
    assert report.beats == []
    assert report.queues
    assert set(report.queues.values()) == {None}


def test_a_channel_is_reported_with_its_lag_and_trouble(workspace: Any, other_workspace: Any) -> None:
    now = clock.now()
    channel(workspace, last_heard_at=now - timedelta(hours=2), last_good_at=now - timedelta(seconds=40))
    channel(other_workspace, state="trouble", last_error="The network does not answer.")
    first, second = sorted(health.report().channels, key=lambda each: each.mood)
    assert (second.workspace, second.mood) == ("Teapot & Co", "working")
    assert second.lag == pytest.approx(40, abs=5)
    assert (first.mood, first.sentence, first.lag) == ("trouble", "The network does not answer.", None)


def test_trouble_is_wrong_and_quiet_is_not(workspace: Any) -> None:
    channel(workspace, last_heard_at=clock.now(), last_good_at=clock.now())
    assert check._database_problems(runs=True) == []
    channel(workspace, name="@shop", address="did:y", state="disconnected", last_error="Sign in again.")
    assert check._database_problems(runs=True) == ["The channel @shop is in trouble: Sign in again."]


def test_a_silent_process_is_wrong_while_makegood_runs() -> None:
    now = clock.now()
    for name, seconds in (("worker", 3), ("listener", 90)):
        Heartbeat.objects.create(
            name=name, pid=1, started_at=now - timedelta(days=1), beat_at=now - timedelta(seconds=seconds)
        )
    assert [beat.name for beat in health.report().beats if beat.silent] == ["listener"]
    assert len(check._database_problems(runs=True)) == 1
    assert check._database_problems(runs=False) == []


def test_the_health_page_needs_no_sign_in_and_no_workspace(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the database cannot be reached, from any thread."""

    def unreachable(*_: object) -> None:
        raise OperationalError("no route")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", unreachable)


def test_the_health_page_without_a_database(as_olga: Client, no_database: None) -> None:
    for browser in (Client(), as_olga):
        answer = browser.get("/healthz")
        assert answer.status_code == 503
        assert answer.content.decode() == "The database does not answer. “makegood check” says more.\n"


async def test_the_health_page_without_a_database_as_the_server_calls_it(no_database: None) -> None:
    answer = await AsyncClient().get("/healthz")
    assert (answer.status_code, answer.content[:12]) == (503, b"The database")


def test_the_health_page_asks_the_database_one_thing(
    as_olga: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert as_olga.get("/healthz").status_code == 200


def test_no_migration_is_missing() -> None:
    assert health.pending_migrations() == []


def test_the_table_of_processes_adds_up() -> None:
    lines = status.process_lines(
        [
            Process("up", "RUNNING", 10, 3, 30_000_000, 20_000_000),
            Process("web", "BACKOFF", 0, 0, 0, None),
            Process("worker", "RUNNING", 12, 7200, 50_000_000, None),
        ]
    )
    assert lines[-1].split() == ["together", "70.0", "MB", "80.0", "MB"]
    assert lines[2].split() == ["web", "backoff", "-", "0", "s", "0.0", "MB", "0.0", "MB"]
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172_800, "2 d")]
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert status.duration(seconds) == text
