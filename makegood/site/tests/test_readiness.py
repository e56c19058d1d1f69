"""`/healthz?full`: 200 only when everything that should run runs, and nothing waits for too long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from makegood.jobs.models import Heartbeat
from makegood.kit import clock
from makegood.listen.models import Mention
from makegood.listen.tests.make import activity, channel
from makegood.web.tests.test_health_page import beating

pytestmark = pytest.mark.django_db
PATH = "/healthz?full"


def test_all_is_well(as_nobody: Client) -> None:
    beating("worker", "listener")
    answer = as_nobody.get(PATH)
    told = answer.json()
    assert (answer.status_code, told["status"], told["problems"]) == (200, "ok", [])
    assert set(told["processes"]) == {"worker", "listener"}
    assert told["queues"]["replies to send"] == {"age": None, "bound": 120.0}
    assert {"channels to read", "mentions to sort", "threads to read", "alerts to send"} <= set(told["queues"])


def test_a_process_that_never_ran_or_is_silent(as_nobody: Client) -> None:
    beating("worker")
    answer = as_nobody.get(PATH)
    assert (answer.status_code, answer.json()["problems"]) == (503, ["The listener gives no sign of life."])
    beating("listener")
    Heartbeat.objects.filter(name="worker").update(beat_at=clock.now() - timedelta(seconds=31))
    assert as_nobody.get(PATH).json()["problems"] == ["The worker gives no sign of life."]


def test_a_queue_over_its_bound(as_nobody: Client, workspace: Any) -> None:
    beating("worker", "listener")
    from makegood.listen.flow import Hit, store

    store(channel(workspace), [Hit(activity("My teapot leaks"), "why")])
    rows = Mention.objects.within(workspace)
    rows.update(heard_at=clock.now() - timedelta(seconds=290))
    assert as_nobody.get(PATH).status_code == 200
    rows.update(heard_at=clock.now() - timedelta(seconds=310))
    answer = as_nobody.get(PATH)
    assert (answer.status_code, answer.json()["problems"]) == (503, ["Mentions to sort wait for too long."])
    assert 305 < answer.json()["queues"]["mentions to sort"]["age"] < 320
    # The page cannot be served any worse for it.
    assert as_nobody.get("/healthz").status_code == 200
    assert "teapot" not in answer.content.decode().lower()


def test_without_a_database(as_nobody: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise OperationalError("no route")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", unreachable)
    answer = as_nobody.get(PATH)
    assert (answer.status_code, answer.json()["status"]) == (503, "trouble")
    assert "does not answer" in answer.json()["problems"][0]
