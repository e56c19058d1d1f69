"""Customers' links: made, followed by anybody, measured, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client

from makegood.amplify.models import ClickDay, SeenToday, ShortLink
from makegood.amplify.referring import counting
from makegood.amplify.wall.tests.make import Shop
from makegood.desk.tests.make import conversation_with
from makegood.identify import api as identify
from makegood.kit import clock
from makegood.reply.models import Reply
from makegood.web.views import referrals_public

HERE = "/praise/referrals/"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def nobody_came_before() -> None:
    cache.clear()


@pytest.fixture
def link(workspace: Any, olga: Any) -> ShortLink:
    made: ShortLink = ShortLink.objects.create(
        workspace=workspace, code="adaada22", name="Ada", target="https://shop.example/t?x=1#top", made_by=olga
    )
    return made


class TestFollowing:
    """Whoever follows a link."""

    def follow(self, client: Client, code: str = "adaada22", **headers: str) -> Any:
        return client.get(f"/r/{code}", headers={"User-Agent": BROWSER} | headers)

    def test_they_go_on_and_are_counted_without_a_cookie(self, link: ShortLink, as_nobody: Client) -> None:
        answer = self.follow(as_nobody)
        assert (answer.status_code, answer["Location"]) == (302, "https://shop.example/t?x=1#top")
        assert not answer.cookies
        assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex")
        self.follow(as_nobody)
        row = ClickDay.objects.get()
        assert (row.clicks, row.visitors) == (2, 1)

    @pytest.mark.parametrize(
        "query",
        [
            "?to=https://evil.example",
            "?url=//evil.example",
            "?next=https://evil.example",
            "?target=javascript:alert(1)",
        ],
    )
    def test_nothing_in_the_address_says_where_to(self, link: ShortLink, as_nobody: Client, query: str) -> None:
        assert self.follow(as_nobody, f"adaada22{query}")["Location"] == link.target

    @pytest.mark.parametrize(
        "code", ["nosuch", "ADAADA22x", "%2e%2e", "%00", "adaada22%0d%0aLocation:%20https:%2F%2Fevil.example"]
    )
    def test_a_code_that_is_none_leads_nowhere(self, link: ShortLink, as_nobody: Client, code: str) -> None:
        answer = as_nobody.get(f"/r/{code}")
        assert answer.status_code == 404
        assert "Location" not in answer

    def test_head_and_programs_arrive_uncounted(self, link: ShortLink, as_nobody: Client) -> None:
        assert as_nobody.head("/r/adaada22", headers={"User-Agent": BROWSER})["Location"] == link.target
        assert self.follow(as_nobody, **{"User-Agent": "curl/8"})["Location"] == link.target
        assert self.follow(as_nobody, **{"Sec-Purpose": "prefetch"})["Location"] == link.target
        assert not ClickDay.objects.exists()

    def test_an_ended_link_says_so(self, link: ShortLink, as_nobody: Client) -> None:
        ShortLink.objects.update(ended_at=clock.now())
        answer = self.follow(as_nobody)
        assert answer.status_code == 410
        assert b"not used any more" in answer.content
        assert not ClickDay.objects.exists()

    def test_a_visitor_arrives_when_counting_fails(
        self, link: ShortLink, as_nobody: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_given: Any) -> None:
            raise DatabaseError("the disk is full")

        monkeypatch.setattr(counting, "_count", broken)
        assert self.follow(as_nobody)["Location"] == link.target

    def test_who_hammers_arrives_and_is_counted_no_more(self, link: ShortLink, as_nobody: Client) -> None:
        for _time in range(referrals_public.MOST_COUNTED + 5):
            assert self.follow(as_nobody).status_code == 302
        assert ClickDay.objects.get().clicks == referrals_public.MOST_COUNTED

    def test_who_tries_codes_is_asked_to_wait(self, as_nobody: Client, link: ShortLink) -> None:
        answers = [as_nobody.get(f"/r/try{number}") for number in range(referrals_public.MOST_WRONG + 1)]
        assert {answer.status_code for answer in answers[:-1]} == {404}
        assert (answers[-1].status_code, answers[-1]["Retry-After"]) == (429, "60")
        assert self.follow(as_nobody).status_code == 302, "a link that is one leads on"

    def test_behind_a_proxy_visitors_are_told_apart(self, link: ShortLink, as_nobody: Client) -> None:
        for address in ("198.51.100.1", "198.51.100.2", "1.2.3.4, 198.51.100.2"):
            self.follow(as_nobody, **{"X-Forwarded-For": address})
        assert ClickDay.objects.get().visitors == 2

    def test_who_is_no_proxy_cannot_make_up_visitors(self, link: ShortLink) -> None:
        far = Client(REMOTE_ADDR="1.1.1.1")
        for number in range(3):
            self.follow(far, **{"X-Forwarded-For": f"192.0.2.{number}"})
        assert ClickDay.objects.get().visitors == 1

    def test_few_queries(self, link: ShortLink, as_nobody: Client, django_assert_max_num_queries: Any) -> None:
        self.follow(as_nobody)
        with django_assert_max_num_queries(9):
            self.follow(as_nobody)

    def test_nothing_is_kept_of_who_came(self, link: ShortLink, as_nobody: Client) -> None:
        self.follow(as_nobody, Referer="https://bsky.app/profile/secret")
        kept = str(list(ClickDay.objects.values()) + list(SeenToday.objects.values()))
        assert "secret" not in kept
        assert "127.0.0.1" not in kept


class TestPages:
    def test_a_link_is_made(self, as_malik: Client) -> None:
        answer = as_malik.post(HERE, {"name": "Ada", "target": "https://shop.example/t", "coupon": "TEA10"})
        made = ShortLink.objects.get()
        assert answer["Location"] == f"{HERE}{made.pk}/"
        page = as_malik.get(answer["Location"]).content.decode()
        assert f"{settings.PUBLIC_URL}/r/{made.code}" in page
        assert "TEA10" in page
        assert b"Ada" in as_malik.get(HERE).content

    @pytest.mark.parametrize("target", ["javascript:alert(1)", "https://shop.example@evil.example", "teapots", ""])
    def test_a_wrong_target_is_said_and_nothing_is_lost(self, as_malik: Client, target: str) -> None:
        answer = as_malik.post(HERE, {"name": "Ada Lovelace", "target": target})
        assert answer.status_code == 422
        assert b"Ada Lovelace" in answer.content
        assert not ShortLink.objects.exists()

    def test_from_a_conversation_it_is_laid_into_the_answer(self, workspace: Any, as_malik: Client) -> None:
        talk = conversation_with(Shop(workspace).channel, "I love my teapot, thank you!", handle="ada.example.com")
        assert b"A link for ada.example.com" in as_malik.get(HERE, {"conversation": talk.pk}).content
        as_malik.post(HERE, {"target": "https://shop.example/t", "conversation": talk.pk})
        made = ShortLink.objects.get()
        assert (made.conversation, made.name) == (talk, "ada.example.com")
        answer = as_malik.post(f"{HERE}{made.pk}/", {"do": "lay"})
        assert answer["Location"] == f"/inbox/{talk.pk}/"
        assert f"/r/{made.code}" in Reply.objects.get(state="draft").text

    @pytest.mark.parametrize("sent", ["x", "999999", "9" * 30, "-1"])
    def test_a_conversation_that_is_not_there(self, as_malik: Client, sent: str) -> None:
        assert as_malik.get(HERE, {"conversation": sent}).status_code == 200

    def test_handed_over_by_hand_and_ended(self, link: ShortLink, as_malik: Client) -> None:
        as_malik.post(f"{HERE}{link.pk}/", {"do": "hand"})
        as_malik.post(f"{HERE}{link.pk}/", {"do": "end"})
        link.refresh_from_db()
        assert link.handed_at is not None
        assert link.ended_at is not None

    def test_orders_are_noted_by_their_numbers(self, workspace: Any, link: ShortLink, as_malik: Client) -> None:
        own = {"workspace": workspace}
        source = identify.Source.objects.create(**own, side="shop", kind="woocommerce", name="S", address="x", hook="x")
        buyer = identify.Customer.objects.create(**own, source=source, external_id="c")
        identify.Order.objects.create(
            **own,
            source=source,
            customer=buyer,
            external_id="1",
            number="#1001",
            number_key=identify.number_key("#1001"),
            currency="EUR",
            total_minor=2_500,
            state="paid",
            placed_at=clock.now(),
            changed_at=clock.now(),
        )
        page = as_malik.post(
            f"{HERE}{link.pk}/", {"do": "orders", "numbers": "1001 1002"}, follow=True
        ).content.decode()
        assert "1 order noted." in page
        assert "Not noted: 1002" in page
        assert "25.00 EUR" in page
        assert "25.00 EUR" in as_malik.get(HERE).content.decode()
        noted = link.orders.get()
        as_malik.post(f"{HERE}{link.pk}/", {"do": "out", "noted": noted.pk})
        assert not link.orders.exists()

    @pytest.mark.parametrize("data", [{}, {"do": "x"}, {"do": "orders"}, {"do": "lay"}, {"do": "out", "noted": "x"}])
    def test_what_is_no_sense_does_nothing(self, link: ShortLink, as_malik: Client, data: dict[str, str]) -> None:
        assert as_malik.post(f"{HERE}{link.pk}/", data).status_code in (302, 422)
        link.refresh_from_db()
        assert (link.handed_at, link.ended_at) == (None, None)

    def test_a_few_links_are_too_early_to_say(self, link: ShortLink, as_olga: Client) -> None:
        page = as_olga.get(HERE).content.decode()
        assert "Too early to say" in page
        assert "from 20 links on" in page

    def test_enough_say_a_number_with_what_it_may_be(self, workspace: Any, as_olga: Client) -> None:
        then = clock.now() - timedelta(days=40)
        for number in range(20):
            row = ShortLink.objects.create(
                workspace=workspace, code=f"c{number}", name="X", target="https://shop.example", handed_at=then
            )
            day = (then + timedelta(days=3)).date()
            ClickDay.objects.create(
                workspace=workspace, link=row, day=day, source="direct", clicks=5, visitors=number % 5
            )
        page = as_olga.get(HERE).content.decode()
        assert "2.0 visitors" in page
        assert "19 times of 20" in page
        assert "measured on 20 links that brought 40 visitors" in page

    def test_the_chart_stands_there_as_a_table_too(self, link: ShortLink, as_olga: Client) -> None:
        ClickDay.objects.create(
            workspace=link.workspace, link=link, day=clock.now().date(), source="social", clicks=9, visitors=7
        )
        for address in (HERE, f"{HERE}{link.pk}/"):
            page = as_olga.get(address).content.decode()
            assert page.count('class="showing-bar"') == 12
            assert '<td class="num">7</td>' in page

    def test_a_viewer_reads(self, link: ShortLink, as_vera: Client) -> None:
        page = as_vera.get(HERE).content.decode()
        assert "Ada" in page
        assert 'name="target"' not in page
        assert 'name="do"' not in as_vera.get(f"{HERE}{link.pk}/").content.decode()
        assert as_vera.post(HERE, {"name": "X", "target": "https://shop.example"}).status_code == 403
        assert as_vera.post(f"{HERE}{link.pk}/", {"do": "end"}).status_code == 403

    def test_a_stranger_finds_nothing(self, link: ShortLink, as_sten: Client, as_nobody: Client) -> None:
        assert b"adaada22" not in as_sten.get(HERE).content
        assert as_sten.get(f"{HERE}{link.pk}/").status_code == 404
        assert as_sten.post(f"{HERE}{link.pk}/", {"do": "end"}).status_code == 404
        assert as_nobody.get(HERE).status_code == 302

    @pytest.mark.parametrize("count", [3, 30])
    def test_few_queries_however_many(
        self, workspace: Any, as_olga: Client, count: int, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(count):
            ShortLink.objects.create(workspace=workspace, code=f"c{number}", name="X", target="https://shop.example")
        with django_assert_max_num_queries(20):
            as_olga.get(HERE)
