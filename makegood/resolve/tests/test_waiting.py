"""When nobody decides; and the lists of what waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from makegood.clocks import api as clocks
from makegood.kit import clock
from makegood.resolve import deciding, waiting
from makegood.resolve.models import Refund, Remedy
from makegood.resolve.rules import ResolveError
from makegood.resolve.tests.authority_scene import Shop, approve, at, join, person
from makegood.resolve.tests.money_scene import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, mona: Any) -> Shop:
    """Malik may give 10 EUR a case, Mona 100 EUR, Olga everything."""
    made = Shop(workspace)
    made.limit(case=1000)
    made.limit("manager", case=10000)
    return made


def test_after_a_while_everybody_else_is_asked(
    shop: Shop, malik: Any, mona: Any, olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = at(monkeypatch, clock.now())
    request = shop.request(malik, shop.talk(), 5000)
    at(monkeypatch, now + timedelta(minutes=119))
    assert deciding.escalate_due() == 0
    at(monkeypatch, now + timedelta(hours=2))
    assert (deciding.escalate_due(), deciding.escalate_due()) == (1, 0)
    assert (len(shop.told(mona)), len(shop.told(olga))) == (1, 1)
    assert shop.verbs() == ["requested", "escalated"]
    request.refresh_from_db()
    assert request.state == "open"


def test_in_the_end_it_ends_and_the_asker_hears(
    shop: Shop, malik: Any, mona: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = at(monkeypatch, clock.now())
    request = shop.request(malik, shop.talk(), 5000)
    at(monkeypatch, now + timedelta(hours=48))
    with pytest.raises(ResolveError, match="Nobody decided in time"):
        approve(shop, request, mona)
    assert (deciding.escalate_due(), deciding.escalate_due()) == (1, 0)
    assert Remedy.objects.within(shop.workspace).get().state == "expired"
    assert "nobody decided in time" in shop.told(malik)[0]
    with pytest.raises(ResolveError, match="Nobody decided in time"):
        approve(shop, request, mona)


def test_over_a_weekend_it_waits_for_somebody_to_be_there(
    shop: Shop, malik: Any, olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    week: list[list[tuple[int, int]]] = [*([[(9 * 60, 18 * 60)]] * 5), [], []]
    clocks.save_hours(shop.workspace, olga, name="Shop", timezone="UTC", week=week, is_default=True)
    friday = at(
        monkeypatch, clock.now().replace(year=2026, month=7, day=10, hour=17, minute=0, second=0, microsecond=0)
    )
    request = shop.request(malik, shop.talk(), 5000)
    assert request.escalate_at == friday + timedelta(hours=65)  # Monday, 10:00
    assert request.expires_at == friday + timedelta(hours=65 + 24)


# Money, and lists


def test_an_approved_refund_begins_in_the_same_transaction(scene: Scene, olga: Any, malik: Any) -> None:
    shop = Shop(scene.workspace)
    charge = scene.charge(9000)
    request = shop.request(malik, shop.talk(), 9000, kind="refund", charge=charge)
    assert not Refund.objects.within(shop.workspace).exists()
    approve(shop, request, olga)
    refund = Refund.objects.within(shop.workspace).get()
    assert (refund.amount_minor, refund.state, refund.remedy_id) == (9000, "due", request.remedy_id)
    # What can't be paid back is not approved either, and the request stays open.
    again = shop.request(malik, shop.talk(), 100, kind="refund", charge=charge)
    with pytest.raises(ResolveError, match="gone back already"):
        approve(shop, again, olga)
    again.refresh_from_db()
    assert (again.state, again.remedy.state) == ("open", "requested")


def test_lists_are_paged_and_bounded(
    shop: Shop, malik: Any, mona: Any, vera: Any, django_assert_max_num_queries: Any
) -> None:
    talk = shop.talk()
    for _each in range(7):
        shop.request(malik, talk, 5000)
    me, her = join(shop.workspace, malik), join(shop.workspace, mona)
    with django_assert_max_num_queries(3):
        first = waiting.waiting_page(her, size=3)
        assert all(row.remedy.conversation.author_label and row.remedy.asked_by for row in first.rows)
    seen = [row.pk for row in first.rows]
    page = first
    while page.after:
        page = waiting.waiting_page(her, page.after, size=3)
        seen += [row.pk for row in page.rows]
    assert seen == sorted(seen)
    assert len(seen) == waiting.count_waiting(her) == 7
    assert waiting.waiting_page(me).rows == []
    mine = waiting.asked_page(me, size=5)
    assert len(mine.rows) + len(waiting.asked_page(me, mine.after, size=5).rows) == 7
    assert waiting.count_waiting(join(shop.workspace, vera)) == 0
    assert deciding.may_decide_on(first.rows[0], her) is not None
    assert deciding.may_decide_on(first.rows[0], me) is None


def test_deciding_takes_as_many_queries_for_many_as_for_few(shop: Shop, malik: Any, mona: Any) -> None:
    counts = []
    # The first time, each person's own way of being told is laid down.
    for more in (0, 0, 30):
        for number in range(more):
            person(shop, f"Boss{number}", "manager" if number % 2 else "owner")
        request = shop.request(malik, shop.talk(), 5000)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            approve(shop, request, mona)
        counts.append(len(queries))
    assert counts[1] == counts[2]
