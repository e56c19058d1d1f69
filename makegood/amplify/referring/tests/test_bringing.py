"""What links bring: orders by their numbers, visitors by week, and how many a share brings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.amplify.models import ClickDay, ReferralOrder, ShortLink
from makegood.amplify.referring import flow, reading
from makegood.amplify.referring.rules import FEWEST_SHARES, ReferralError
from makegood.amplify.wall.tests.make import member_of
from makegood.identify import api as identify
from makegood.kit import clock

TARGET = "https://shop.example/teapots"


@pytest.fixture
def member(malik: Any, workspace: Any) -> Any:
    return member_of(malik, workspace)


@pytest.fixture
def link(member: Any) -> ShortLink:
    return flow.make_link(member, "Ada", TARGET)


class TestOrders:
    @pytest.fixture
    def orders(self, workspace: Any) -> Any:
        source = identify.Source.objects.create(
            workspace=workspace, side="shop", kind="woocommerce", name="Shop", address="x", hook="x"
        )
        customer = identify.Customer.objects.create(workspace=workspace, source=source, external_id="c1")

        def made(number: str, minor: int = 2_500, **fields: Any) -> Any:
            known: dict[str, Any] = {"currency": "EUR", "state": "paid", "placed_at": clock.now() + timedelta(hours=1)}
            return identify.Order.objects.create(
                workspace=workspace,
                source=source,
                customer=customer,
                external_id=number,
                number=number,
                number_key=identify.number_key(number),
                total_minor=minor,
                changed_at=clock.now(),
                **(known | fields),
            )

        return made

    def test_numbers_as_the_shop_lists_them(self, member: Any, link: ShortLink, orders: Any) -> None:
        orders("#1001")
        orders("#1002", 1_000, currency="JPY")
        noted = flow.note_orders(member, link, "1001, #1002\n1003")
        assert (noted.count, "1003" in noted.rest, "1001" in noted.rest) == (2, True, False)
        found = reading.link_of(link.workspace_id, link.pk)
        assert found is not None
        assert (found.orders, found.value) == (2, {"EUR": 2_500, "JPY": 1_000})
        assert reading.values(link.workspace_id) == (2, {"EUR": 2_500, "JPY": 1_000})

    def test_what_was_paid_back_or_cancelled_is_no_value(self, member: Any, link: ShortLink, orders: Any) -> None:
        orders("1", 2_500, refunded_minor=500)
        orders("2", 9_900, state="cancelled")
        orders("3", 9_900, gone_at=clock.now())
        assert flow.note_orders(member, link, "1 2 3").count == 2
        assert reading.values(link.workspace_id) == (1, {"EUR": 2_000})

    def test_an_order_belongs_to_one_link(self, member: Any, link: ShortLink, orders: Any) -> None:
        orders("1001")
        other = flow.make_link(member, "Bea", TARGET)
        assert flow.note_orders(member, link, "1001").count == 1
        assert flow.note_orders(member, other, "1001").count == 0
        assert flow.note_orders(member, link, "1001").count == 0

    def test_an_order_from_before_the_link_did_not_come_by_it(self, member: Any, link: ShortLink, orders: Any) -> None:
        orders("1001", placed_at=clock.now() - timedelta(days=1))
        noted = flow.note_orders(member, link, "1001")
        assert (noted.count, "before the link" in noted.rest) == (0, True)

    def test_another_shop_s_order_is_not_there(self, sten: Any, other_workspace: Any, orders: Any) -> None:
        orders("1001")
        theirs = member_of(sten, other_workspace)
        assert flow.note_orders(theirs, flow.make_link(theirs, "Ada", TARGET), "1001").count == 0

    def test_taken_out_again(self, member: Any, link: ShortLink, orders: Any) -> None:
        orders("1001")
        flow.note_orders(member, link, "1001")
        flow.take_order_out(member, ReferralOrder.objects.within(link.workspace_id).get())
        assert reading.values(link.workspace_id) == (0, {})

    def test_nothing_said_is_said(self, member: Any, link: ShortLink) -> None:
        with pytest.raises(ReferralError, match="numbers"):
            flow.note_orders(member, link, " , ;")


class TestMeasuring:
    def shares(self, member: Any, count: int, *, days_ago: int = 40) -> list[ShortLink]:
        made = [flow.make_link(member, f"Customer {number}", TARGET) for number in range(count)]
        rows = ShortLink.objects.within(member.workspace_id)
        rows.filter(pk__in=[row.pk for row in made]).update(handed_at=clock.now() - timedelta(days=days_ago))
        return made

    def came(self, link: ShortLink, days_ago: int, visitors: int) -> None:
        day = clock.now().date() - timedelta(days=days_ago)
        ClickDay.objects.create(
            workspace_id=link.workspace_id, link=link, day=day, source="direct", clicks=visitors, visitors=visitors
        )

    def test_what_a_share_brings(self, member: Any) -> None:
        rows = self.shares(member, FEWEST_SHARES)
        for row in rows[:10]:
            self.came(row, 30, 4)
        said = reading.measured(member.workspace_id)
        assert (said.mean, said.shares, said.visitors) == (2.0, 20, 40)
        assert said.low < 2 < said.high

    def test_few_say_nothing(self, member: Any) -> None:
        for row in self.shares(member, FEWEST_SHARES - 1):
            self.came(row, 30, 4)
        assert reading.measured(member.workspace_id).mean is None

    def test_only_the_four_weeks_after_it_was_handed_out_count(self, member: Any) -> None:
        rows = self.shares(member, FEWEST_SHARES)
        for row in rows:
            self.came(row, 41, 50)
            self.came(row, 40, 1)
            self.came(row, 20, 1)
            self.came(row, 5, 50)
        assert reading.measured(member.workspace_id).visitors == 2 * FEWEST_SHARES

    def test_young_links_and_those_that_nobody_has_count_not_yet(self, member: Any) -> None:
        self.shares(member, FEWEST_SHARES, days_ago=20)
        flow.make_link(member, "Ada", TARGET)
        assert reading.measured(member.workspace_id).shares == 0

    def test_weeks_are_all_there(self, member: Any, link: ShortLink) -> None:
        self.came(link, 0, 3)
        weeks = reading.weeks(member.workspace_id)
        assert len(weeks) == 12
        assert weeks[-1].visitors == 3
        assert all(week.first.weekday() == 0 for week in weeks)
        assert sum(week.visitors for week in reading.weeks(member.workspace_id, link)) == 3

    @pytest.mark.parametrize("count", [3, 30])
    def test_few_queries_however_many(self, member: Any, count: int, django_assert_max_num_queries: Any) -> None:
        for row in self.shares(member, count):
            self.came(row, 30, 1)
        with django_assert_max_num_queries(7):
            assert len(reading.links_page(member.workspace_id).rows) == count
            reading.measured(member.workspace_id)
            reading.values(member.workspace_id)
            reading.weeks(member.workspace_id)

    def test_pages(self, member: Any) -> None:
        self.shares(member, 5)
        first = reading.links_page(member.workspace_id, size=3)
        second = reading.links_page(member.workspace_id, first.after, size=3)
        assert (len(first.rows), len(second.rows), second.after) == (3, 2, "")

    def test_another_shop_sees_none(self, member: Any, link: ShortLink, other_workspace: Any) -> None:
        self.came(link, 0, 3)
        assert reading.links_page(other_workspace).rows == []
        assert reading.link_of(other_workspace, link.pk) is None
        assert sum(week.visitors for week in reading.weeks(other_workspace)) == 0
