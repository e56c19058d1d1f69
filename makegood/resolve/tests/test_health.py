"""Refunds that need somebody are said on the page about how Makegood is doing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from makegood.kit import clock
from makegood.resolve.models import Refund
from makegood.resolve.tests.money_scene import Scene
from makegood.web import doing

pytestmark = pytest.mark.django_db


def shown(client: Client) -> str:
    return re.sub(r"<[^>]*>|\s+", " ", client.get("/health/").content.decode())


def test_unknown_and_refused_refunds_are_shown(scene: Scene, as_vera: Client, as_olga: Client) -> None:
    assert "Refunds that need somebody" not in shown(as_vera)
    row = scene.begun()
    Refund.objects.within(scene.workspace).filter(pk=row.pk).update(state="unknown", sentence="It may have been paid.")
    assert "Refunds that need somebody" in shown(as_vera)
    assert "It may have been paid." in shown(as_olga)


def test_one_that_was_put_right_is_shown_no_more(scene: Scene, as_olga: Client) -> None:
    row = scene.begun()
    Refund.objects.within(scene.workspace).filter(pk=row.pk).update(state="refused", sentence="No.")
    assert "Refunds that need somebody" in shown(as_olga)
    type(row.remedy).objects.filter(pk=row.remedy_id).update(state="reversed")
    assert "Refunds that need somebody" not in shown(as_olga)


def test_nobody_elses(scene: Scene, as_sten: Client) -> None:
    Refund.objects.filter(pk=scene.begun().pk).update(state="unknown")
    assert "Refunds that need somebody" not in shown(as_sten)


def test_refunds_that_wait_for_long_are_late(scene: Scene) -> None:
    row = scene.begun()
    Refund.objects.within(scene.workspace).filter(pk=row.pk).update(send_after=clock.now() - timedelta(minutes=16))
    late = [queue.name for queue in doing.queues() if queue.late]
    assert late == ["Refunds to pay"]


@pytest.mark.parametrize("count", [3, 30])
def test_the_queries_do_not_grow(
    scene: Scene, as_olga: Client, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    talk: Any = scene.conversation()
    for _ in range(count):
        scene.begun(conversation=talk)
    Refund.objects.within(scene.workspace).update(state="unknown")
    with django_assert_max_num_queries(38):
        text = shown(as_olga)
    assert ("the newest 20 of 30" in text) is (count == 30)
