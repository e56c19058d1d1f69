"""Views, pages and figures: the right rows, in order, each once, in a bounded number of queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.accounts.api import Membership
from makegood.desk import actions, reading
from makegood.desk.models import Conversation
from makegood.desk.tests.make import bring
from makegood.kit import clock
from makegood.listen.tests.make import activity, channel, minutes_ago

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel never arrived and nobody answers, I want a refund"
PRAISE = "I love this tea, thank you so much, wonderful shop"


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account")


def place(user: Any) -> Membership:
    return Membership.objects.get(user=user)


def all_pages(viewer: Membership, slug: str, size: int) -> list[list[int]]:
    pages, after = [], ""
    while True:
        page = reading.list_view(viewer, slug, after, size)
        pages.append([row.pk for row in page.rows])
        after = page.after
        if not after:
            return pages


@pytest.mark.parametrize("size", [1, 3, 7, 50])
def test_pages_hold_each_row_once_and_in_order(account: Any, workspace: Any, olga: Any, size: int) -> None:
    same = minutes_ago(30)
    bring(account, *[activity(COMPLAINT, posted_at=same if n % 2 else minutes_ago(n)) for n in range(11)])
    flat = [pk for page in all_pages(place(olga), "needs-answer", size) for pk in page]
    wanted = list(
        Conversation.objects.within(workspace)
        .filter(queue="needs_answer")
        .order_by("due_at", "id")
        .values_list("pk", flat=True)
    )
    assert flat == wanted
    assert len(flat) == 11


def test_newest_first_where_nothing_is_owed(account: Any, workspace: Any, olga: Any) -> None:
    bring(account, *[activity(PRAISE, posted_at=minutes_ago(n)) for n in (5, 50, 20, 1)])
    rows = reading.list_view(place(olga), "praise").rows
    moments = [row.last_message_at for row in rows]
    assert len(moments) == 4
    assert moments == sorted(moments, reverse=True)
    flat = [pk for page in all_pages(place(olga), "praise", 2) for pk in page]
    assert flat == [row.pk for row in rows]


def test_views_hold_what_they_say(account: Any, workspace: Any, olga: Any, malik: Any) -> None:
    rows = bring(
        account,
        activity(COMPLAINT, posted_at=minutes_ago(1)),
        activity(COMPLAINT, posted_at=minutes_ago(60 * 30)),
        activity(PRAISE),
    )
    actions.assign(rows[0], malik, olga)
    counts = {slug: reading.count_view(place(malik), slug) for slug in reading.VIEWS}
    assert counts == {
        "needs-answer": 2,
        "mine": 1,
        "my-team": 0,
        "breaching": 1,
        "praise": 1,
        "let-stand": 0,
        "waiting": 0,
        "snoozed": 0,
        "closing-line": 0,
        "closed": 0,
        "shared": 3,
    }
    assert reading.count_view(place(olga), "mine") == 0
    assert reading.count_unanswered(place(olga)) == 2


def test_unanswered_can_reach_zero(account: Any, workspace: Any, olga: Any) -> None:
    for row in bring(account, activity(COMPLAINT), activity(COMPLAINT)):
        actions.close(row, olga)
    assert reading.count_unanswered(place(olga)) == 0


def test_a_stranger_sees_nothing(account: Any, other_workspace: Any, sten: Any) -> None:
    row = bring(account, activity(COMPLAINT))[0]
    assert reading.list_view(place(sten), "needs-answer").rows == []
    assert reading.conversation(place(sten), row.pk) is None
    assert reading.count_unanswered(place(sten)) == 0


@pytest.mark.parametrize("after", ["", "nonsense", "2026-01-01~1", "2026-01-01T00:00:00+00:00~x", "~", "9" * 300])
def test_a_broken_page_key_shows_the_first_page(account: Any, workspace: Any, olga: Any, after: str) -> None:
    bring(account, activity(COMPLAINT))
    assert len(reading.list_view(place(olga), "needs-answer", after).rows) == 1


@pytest.mark.parametrize("many", [1, 60])
def test_a_page_takes_one_query_however_many_rows(
    account: Any, workspace: Any, olga: Any, many: int, django_assert_num_queries: Any
) -> None:
    bring(account, *[activity(COMPLAINT) for _ in range(many)])
    viewer = place(olga)
    with django_assert_num_queries(1):
        for row in reading.list_view(viewer, "needs-answer").rows:
            assert row.assignee is None


def test_the_week_counts_by_the_shops_own_days(account: Any, workspace: Any) -> None:
    bring(account, activity(COMPLAINT), activity(PRAISE))
    days = reading.week(workspace, "Pacific/Auckland")
    assert [day.heard for day in days] == [0, 0, 0, 0, 0, 0, 2]
    assert sum(day.answered for day in days) == 0


def test_the_median_says_from_how_many(account: Any, workspace: Any) -> None:
    assert reading.first_answer_minutes(workspace) == (None, 0)
    rows = bring(account, *[activity(COMPLAINT) for _ in range(3)])
    for row, seconds in zip(rows, (60, 600, 6000), strict=True):
        Conversation.objects.within(workspace).filter(pk=row.pk).update(
            answered_at=clock.now() - timedelta(days=1), answer_seconds=seconds
        )
    assert reading.first_answer_minutes(workspace) == (10.0, 3)
