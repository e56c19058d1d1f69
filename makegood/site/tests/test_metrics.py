"""/metrics: right figures, nothing that names anybody, and only for who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries

from makegood.desk.tests.make import bring
from makegood.jobs import api as jobs
from makegood.kit import clock
from makegood.listen.flow import channel_failed
from makegood.listen.tests.make import activity, channel
from makegood.reply.models import Reply
from makegood.web.tests.test_health_page import beating

pytestmark = pytest.mark.django_db


def figures(client: Client, **headers: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = client.get("/metrics", headers=headers, SERVER_NAME="127.0.0.1")
    assert answer.status_code == 200, answer.content
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def one(found: Any, name: str, **labels: str) -> float:
    return float(found[f"makegood_{name}", frozenset(labels.items())])


def test_the_figures(as_nobody: Client, workspace: Any, other_workspace: Any, olga: Any) -> None:
    place = channel(workspace, last_good_at=clock.now(), name="@secret-handle")
    bring(place, activity("My teapot leaks", handle="lena.example.com"), activity("Mine too"))
    broken = channel(other_workspace, "feed", network="feed", address="https://secret.example/feed")
    channel_failed(broken, "It is down: secret.example.", disconnect=False, due_at=None)
    row = bring(place)[0]
    for number, state in enumerate(["sent", "sent", "unknown"]):
        Reply.objects.create(
            workspace=workspace,
            conversation=row,
            channel=place,
            state=state,
            text="Sorry",
            key=f"k{number}",
            parent_id="x",
        )
    beating("worker", memory=50_000_000)
    with transaction.atomic():
        jobs.note_lease_expiry("channel", 3)
    found = figures(as_nobody)
    assert one(found, "mentions_heard_total") >= 2
    assert one(found, "mentions_last_hour", network="bluesky") == 2
    assert one(found, "channels", network="bluesky", state="working") == 1
    assert one(found, "channels", network="feed", state="trouble") == 1
    assert 0 <= one(found, "channel_lag_seconds", network="bluesky") < 60
    assert one(found, "replies", state="sent") == 2
    assert one(found, "replies", state="unknown") == 1
    assert one(found, "replies", state="queued") == 0
    assert one(found, "queue_oldest_seconds", queue="replies to send") == 0
    assert one(found, "queue_bound_seconds", queue="replies to send") == 120
    assert one(found, "lease_expiries_last_day", kind="channel") == 3
    assert one(found, "heartbeat_age_seconds", process="worker") < 10
    assert one(found, "memory_bytes", process="worker") == 50_000_000
    assert one(found, "alerts", state="failed") == 0
    assert any(name == "process_resident_memory_bytes" for name, _labels in found)


def test_no_label_names_anybody(as_nobody: Client, as_olga: Client, workspace: Any, olga: Any) -> None:
    place = channel(workspace, "account", name="@secret-handle", last_good_at=clock.now())
    [row] = bring(place, activity("A secret complaint", handle="lena.example.com"))
    as_olga.get(f"/inbox/{row.pk}/")
    as_nobody.get("/no/such/secret/")
    text = as_nobody.get("/metrics", SERVER_NAME="127.0.0.1").content.decode()
    for word in ("secret", "lena", "Teapot", "olga", f"/{row.pk}/"):
        assert word not in text


def test_requests_are_counted_by_name_and_time(as_nobody: Client, as_olga: Client) -> None:
    before = figures(as_nobody)
    key = {"view": "today", "method": "GET", "status": "2xx"}
    as_olga.get("/")
    as_olga.get("/")
    after = figures(as_nobody)
    name = ("makegood_http_request_seconds_count", frozenset(key.items()))
    assert after[name] - before.get(name, 0) == 2
    infinite = ("makegood_http_request_seconds_bucket", frozenset((key | {"le": "+Inf"}).items()))
    assert after[infinite] == after[name]
    as_nobody.get("/a/b/c")
    wild = Client()
    wild.generic("BREW", "/a/b/d")
    assert one(figures(as_nobody), "http_request_seconds_count", view="none", method="other", status="4xx") >= 1


@pytest.mark.parametrize(
    ("given", "status"),
    [("Bearer right-token", 200), ("bearer right-token", 200), ("Bearer wrong", 401), ("right-token", 401), ("", 401)],
)
def test_with_a_token(as_nobody: Client, settings: Any, given: str, status: int) -> None:
    settings.METRICS_TOKEN = "right-token"
    answer = as_nobody.get("/metrics", headers={"Authorization": given} if given else {})
    assert answer.status_code == status
    assert status == 200 or answer["WWW-Authenticate"] == "Bearer"
    # A member's sign-in is no token.
    assert b"makegood_" in answer.content or status == 401


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ({}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"SERVER_NAME": "localhost"}, 200),
        ({"REMOTE_ADDR": "192.0.2.7"}, 401),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 401),
        ({"HTTP_FORWARDED": "for=127.0.0.1"}, 401),
        ({"HTTP_HOST": "desk.shop.example"}, 401),
    ],
)
def test_without_a_token_only_this_machine(
    as_nobody: Client, settings: Any, extra: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN = ""
    settings.ALLOWED_HOSTS = ["*"]
    defaults = {"REMOTE_ADDR": "127.0.0.1", "SERVER_NAME": "127.0.0.1"}
    assert as_nobody.get("/metrics", **(defaults | extra)).status_code == status  # type: ignore[arg-type]


def test_only_reading(as_nobody: Client) -> None:
    assert as_nobody.post("/metrics").status_code == 405


@pytest.mark.parametrize("count", [3, 30])
def test_the_queries_do_not_grow(
    as_nobody: Client, workspace: Any, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        channel(workspace, "feed", network="feed", address=f"https://{number}.example")
    bring(channel(workspace), *[activity("My teapot leaks") for _ in range(count)])
    with django_assert_max_num_queries(27):
        assert as_nobody.get("/metrics", SERVER_NAME="127.0.0.1").status_code == 200
