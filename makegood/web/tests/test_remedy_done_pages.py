"""Beside a thread: what is left to hands is done, customers know, it is taken back, and times go into a calendar."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar

from makegood.resolve.models import Remedy
from makegood.resolve.tests.doing_scene import Doing

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def shop(workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> Doing:
    return Doing(workspace, malik, monkeypatch)


def press(client: Client, row: Remedy, act: str, **data: str) -> Any:
    return client.post(f"/remedies/{row.pk}/{act}/", data, headers=HTMX)


def side(client: Client, row: Remedy) -> str:
    text: str = press(client, row, "anew").content.decode()
    return text


def test_what_is_left_to_hands_has_a_button(as_malik: Client, shop: Doing) -> None:
    row = shop.do(shop.given("gift", 0, cost_minor=700))
    page = side(as_malik, row)
    assert "Press Done when it is on its way" in page or "It is tried again" in page
    row = shop.do(row)
    page = press(as_malik, row, "done").content.decode()
    assert "Noted: it is done." in page
    assert f"/remedies/{row.pk}/know/" in page
    assert f"/remedies/{row.pk}/done/" not in page
    assert shop.fresh(row).state == "executed"
    page = press(as_malik, row, "know").content.decode()
    assert "Noted: they know." in page
    assert f"/remedies/{row.pk}/know/" not in page
    assert shop.fresh(row).told_at is not None


def test_it_is_taken_back_with_a_reason(as_malik: Client, shop: Doing) -> None:
    row = shop.do(shop.given("gift", 0, cost_minor=700))
    assert "Say why" in press(as_malik, row, "take-back").content.decode()
    press(as_malik, row, "take-back", because="They moved")
    assert shop.fresh(row).state == "reversed"


def test_times_go_into_a_calendar(as_malik: Client, as_vera: Client, as_sten: Client, shop: Doing) -> None:
    row = shop.do(shop.given("call", 0, details={"times": ["2031-03-28T10:00:00+00:00"]}))
    path = f"/remedies/{row.pk}/calendar.ics"
    answer = as_vera.get(path)
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert len(Calendar.from_ical(answer.content).walk("VEVENT")) == 1
    assert path in press(as_malik, row, "know").content.decode()
    assert as_sten.get(path).status_code == 404
    other = shop.do(shop.given("gift", 0, cost_minor=1))
    assert as_malik.get(f"/remedies/{other.pk}/calendar.ics").status_code == 404


@pytest.mark.parametrize("act", ["done", "know", "anew", "take-back"])
def test_only_who_answers_presses_anything(
    as_vera: Client, as_sten: Client, as_nobody: Client, shop: Doing, act: str
) -> None:
    row = shop.do(shop.given("gift", 0, cost_minor=700))
    assert [press(client, row, act).status_code for client in (as_vera, as_sten)] == [403, 404]
    assert press(as_nobody, row, act).status_code in (200, 302, 401)
    assert shop.fresh(row).state == "auto_approved"
