"""How far it travels, beside the thread: three figures, their moments, a chart, and a warning where there is one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.activity import Counts
from makegood.alerts.models import AlertRule
from makegood.alerts.reading import preview
from makegood.desk import api as desk
from makegood.desk.tests.make import conversation_with
from makegood.kit import clock
from makegood.listen.tests.make import activity, channel
from makegood.triage import api as triage
from makegood.web.travel_chart import _round_up, travel_chart

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"


@pytest.fixture
def talk(workspace: Any) -> desk.Conversation:
    return conversation_with(channel(workspace), COMPLAINT, posted_at=clock.now())


def grows(monkeypatch: pytest.MonkeyPatch, row: desk.Conversation, *voices: int) -> None:
    """Every ten minutes the network counts so many."""
    begun = clock.now()
    for number, count in enumerate(voices, 1):
        moment: datetime = begun + timedelta(minutes=10 * number)
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        counts = Counts(replies=count, reposts=0, likes=2 * count)
        with transaction.atomic():
            triage.note_counts(row.workspace_id, [activity(row.latest.text, id=row.latest.network_id, counts=counts)])


def part(client: Client, row: desk.Conversation) -> str:
    answer = client.get(reverse("travel", args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_anything_was_counted(as_vera: Client, talk: Any) -> None:
    html = part(as_vera, talk)
    assert "Not counted yet" in html
    assert "Bluesky does not say" in html
    assert "Nothing of theirs was heard here before" in html
    assert "<svg viewBox" not in html


def test_figures_with_their_moments_and_a_chart(
    as_vera: Client, talk: Any, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.Conversation.objects.within(workspace).update(followers=12_345, thread_read_at=clock.now())
    grows(monkeypatch, talk, 2, 5, 9)
    html = part(as_vera, talk)
    assert "12,345" in html
    assert re.search(r'<dd class="num">\s*9\s*</dd>', html)
    assert "+9" in html
    assert "18 likes" in html
    assert html.count("<circle") == 3
    assert html.count('scope="row"') == 3
    assert html.count("<time") >= 2
    assert "nothing to compare it with yet" in html


def test_a_warning_is_said_and_told(
    as_vera: Client, talk: Any, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    grows(monkeypatch, talk, 20, 60)
    desk.heed_travelling()
    assert "It travels fast: 60 answers and reshares in 20 minutes." in part(as_vera, talk)
    talk.refresh_from_db()
    assert talk.urgency == "now"
    shown = as_vera.get(reverse("conversation", args=[talk.pk])).content.decode()
    assert "warned. It travels fast: 60 answers" in shown
    assert "put it before the others, as it travels fast" in shown
    rule = AlertRule(workspace=workspace, name="It travels", trigger="travelling", parameters={})
    assert [each.reason for each in preview(rule).shown] == ["It travels fast: 60 answers and reshares in 20 minutes."]


def test_who_may_see_it(talk: Any, as_cora: Client, as_sten: Client, as_nobody: Client) -> None:
    address = reverse("travel", args=[talk.pk])
    assert as_cora.get(address).status_code == 403
    assert as_sten.get(address).status_code == 404
    assert "/account/login/" in as_nobody.get(address).headers["Location"]


def test_it_asks_as_often_for_many_as_for_few(
    as_vera: Client, talk: Any, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            part(as_vera, talk)
        return len(caught)

    grows(monkeypatch, talk, 1, 2, 3)
    part(as_vera, talk)
    few = queries()
    for number in range(30):
        conversation_with(talk.latest.channel, f"{COMPLAINT} {number}", who=talk.author_id)
    grows(monkeypatch, talk, *range(4, 34))
    assert queries() <= few


@pytest.mark.parametrize(("value", "up"), [(0, 1), (1, 1), (2, 2), (3, 5), (9, 10), (11, 20), (51, 100), (1001, 2000)])
def test_the_top_of_the_chart(value: int, up: int) -> None:
    assert _round_up(value) == up


def test_the_chart_stays_in_its_frame(talk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    grows(monkeypatch, talk, 1, 400, 90_000)
    chart = travel_chart(triage.reach_of(talk.latest))
    assert chart is not None
    assert all(0 <= x <= chart.width and 0 <= y <= chart.base for x, y in chart.dots)
    assert chart.bound_y is not None
    assert chart.top == 100_000
