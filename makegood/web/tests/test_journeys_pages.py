"""The pages of those who complained: where they stand, the way of one, what members add, and the loyalty report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from makegood.desk import api as desk
from makegood.kit import clock
from makegood.winback.journeys import flow
from makegood.winback.journeys.tests.journey_scene import JourneyShop
from makegood.winback.models import Journey, JourneyEvidence, LoyaltyCount

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def shop(workspace: Any, malik: Any) -> JourneyShop:
    return JourneyShop(workspace, malik)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def won_back(shop: JourneyShop, who: str = "", days: float = 30) -> Any:
    """Somebody complained, was answered and given something, gave 5 of 5, and bought again."""
    talk = shop.complains(who, days=days)
    customer = shop.customer(talk)
    shop.orders(customer, days + 20, days - 20, minor=4200)
    shop.answers(talk, days - 0.5)
    shop.gives(talk, days - 1, cost=700)
    shop.rates(talk, 5, days - 8, resolved=True)
    return talk


def test_the_list_shows_how_many_stand_where(shop: JourneyShop, as_vera: Client) -> None:
    won_back(shop, "did:plc:ann")
    shop.complains("did:plc:bob", days=2)
    shop.follow()
    page = text(as_vera.get("/winback/customers/"))
    assert "2 complaints" in page
    assert page.count("badge-complaint") >= 1
    assert "42.00 EUR" in page
    assert "they bought again" in page
    returned = text(as_vera.get("/winback/customers/?state=returned"))
    assert "did:plc:bob" not in returned
    assert "they complained" not in returned
    assert "Nobody stands there now." in text(as_vera.get("/winback/customers/?state=lost"))
    assert "The latest" in text(as_vera.get("/winback/customers/?state=nonsense"))


def test_an_empty_shop_is_told_what_will_be_here(as_olga: Client) -> None:
    assert "Nobody has complained yet" in text(as_olga.get("/winback/customers/"))
    assert "Not counted yet" in text(as_olga.get("/winback/loyalty/"))


def test_the_chain_shows_each_link_with_its_figure_and_what_shows_it(shop: JourneyShop, as_vera: Client) -> None:
    talk = won_back(shop)
    shop.adds(talk, "Thank you, all is well now", "praise", 20)
    elsewhere = shop.says(talk.author_id, "The best teapots there are", "praise", 3)
    shop.follow()
    row = shop.journey(talk)
    page = text(as_vera.get(f"/winback/customers/{row.pk}/"))
    for words in (
        "It came broken",
        "after 12 hours",
        "Gift or sample",
        "cost 7.00 EUR",
        "5 of 5",
        "Thank you, all is well now",
        "42.00 EUR",
        "The best teapots there are",
        "they praised us elsewhere, in public",
        f"/inbox/{talk.pk}/",
        f"/inbox/{elsewhere.pk}/",
    ):
        assert words in page, words
    assert page.count("is-done") == 7
    assert "Add what you were told" not in page, "who only reads adds nothing"


def test_what_is_not_known_is_said(shop: JourneyShop, as_vera: Client) -> None:
    talk = shop.complains(days=2)
    shop.follow()
    page = text(as_vera.get(f"/winback/customers/{shop.journey(talk).pk}/"))
    assert page.count("not yet") == 5
    assert "It is not known which orders are theirs." in page
    shop.customer(talk)
    shop.follow()
    assert "None yet." in text(as_vera.get(f"/winback/customers/{shop.journey(talk).pk}/"))


def test_a_part_of_a_case_leads_to_the_whole(shop: JourneyShop, as_vera: Client, as_sten: Client) -> None:
    first, second = shop.complains(days=20), shop.complains(days=18)
    desk.open_case([first, second], "Broken", "", None, shop.agent)
    shop.follow()
    part = Journey.objects.within(shop.workspace).get(conversation=second)
    assert part.part_of is not None
    assert f"/inbox/{first.pk}/" in text(as_vera.get(f"/winback/customers/{part.pk}/"))
    assert as_sten.get(f"/winback/customers/{part.pk}/").status_code == 404
    case = first.workspace and desk.Conversation.objects.within(shop.workspace).get(pk=first.pk).case_id
    assert "they complained" in text(as_vera.get(f"/cases/{case}/journey/", headers=HTMX))


def tell(client: Client, row: Journey, **data: str) -> Any:
    sent = {"kind": "bought", "on": str((clock.now() - timedelta(days=2)).date()), "note": "She told us by phone"}
    return client.post(f"/winback/customers/{row.pk}/tell/", {**sent, **data})


def test_a_member_adds_and_takes_back_what_they_were_told(shop: JourneyShop, as_malik: Client) -> None:
    talk = shop.complains(days=20)
    shop.answers(talk, 19)
    shop.follow()
    row = shop.journey(talk)
    assert tell(as_malik, row).status_code == 302
    flow.follow()
    page = text(as_malik.get(f"/winback/customers/{row.pk}/"))
    assert "She told us by phone" in page
    assert "a member was told that they bought again" in page.lower()
    told = JourneyEvidence.objects.within(shop.workspace).get()
    assert as_malik.post(f"/winback/customers/told/{told.pk}/withdraw/").status_code == 302
    flow.follow()
    assert "Taken back" in text(as_malik.get(f"/winback/customers/{row.pk}/"))
    assert shop.journey(talk).state == "acknowledged"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"note": ""}, "This field is required"),
        ({"kind": "advocate"}, "Select a valid choice"),
        ({"on": "31 February"}, "Enter a valid date"),
        ({"on": "2020-01-01"}, "between the complaint and now"),
        ({"on": "2090-01-01"}, "between the complaint and now"),
    ],
)
def test_what_cannot_be_added_is_said_and_kept(
    shop: JourneyShop, as_malik: Client, data: dict[str, str], words: str
) -> None:
    talk = shop.complains(days=20)
    shop.follow()
    answer = tell(as_malik, shop.journey(talk), **data)
    assert answer.status_code == 422
    assert words in text(answer)
    if "note" not in data:
        assert "She told us by phone" in text(answer)
    assert not JourneyEvidence.objects.within(shop.workspace).exists()


def test_nobody_sets_a_state_by_hand(shop: JourneyShop, as_olga: Client) -> None:
    talk = shop.complains(days=20)
    shop.follow()
    row = shop.journey(talk)
    tell(as_olga, row, state="advocate", note="x")
    assert as_olga.post(f"/winback/customers/{row.pk}/", {"state": "advocate"}).status_code == 405
    flow.follow()
    assert shop.journey(talk).state == "unhappy"


def test_strangers_and_readers(
    shop: JourneyShop, as_sten: Client, as_vera: Client, as_nobody: Client, as_cora: Client
) -> None:
    talk = shop.complains(days=20)
    shop.follow()
    row = shop.journey(talk)
    assert tell(as_vera, row).status_code == 403
    assert tell(as_sten, row).status_code == 404
    for path in (f"/winback/customers/{row.pk}/", f"/inbox/{talk.pk}/journey/"):
        assert as_sten.get(path).status_code == 404
        assert as_nobody.get(path).status_code == 302
        assert as_cora.get(path).status_code in (403, 404)
    assert "0 complaints" not in text(as_sten.get("/winback/customers/"))
    assert "Nobody has complained yet" in text(as_sten.get("/winback/customers/"))


def test_beside_the_thread_stands_where_they_are(shop: JourneyShop, as_vera: Client) -> None:
    talk = won_back(shop)
    shop.follow()
    part = text(as_vera.get(f"/inbox/{talk.pk}/journey/", headers=HTMX))
    assert "Returned" in part
    assert "42.00 EUR" in part
    assert f'hx-get="/inbox/{talk.pk}/journey/"' in text(as_vera.get(f"/inbox/{talk.pk}/"))
    praise = shop.says("did:plc:kind", "Lovely", "praise", 1)
    assert "No complaint is followed here." in text(as_vera.get(f"/inbox/{praise.pk}/journey/", headers=HTMX))


def counted(shop: JourneyShop, days: int, cases: int, bought: int, **fields: Any) -> None:
    """A count as it is kept, with one stratum."""
    row = {"orders": 0, "recency": 0, "currency": "EUR", "spend": 0, "cases": cases, "bought": bought}
    row |= {"solved": 0, "solved_bought": 0, "others": 400, "others_bought": 160, **fields}
    left = {"unknown": 3, "no_order": 1, "too_recent": 12}
    LoyaltyCount.objects.create(workspace=shop.workspace, days=days, strata=[row], left_out=left)


def test_the_report_says_share_difference_and_interval(shop: JourneyShop, as_vera: Client) -> None:
    counted(shop, 180, 200, 120, solved=120, solved_bought=84)
    page = text(as_vera.get("/winback/loyalty/"))
    assert "60.0% of those who complained bought again, 40.0% of others like them" in page
    assert "A difference of +20.0 percentage points (+11.7 to +28.3, 19 times of 20): more often than others" in page
    assert "more often than others like them" in page
    assert "1.50 (1.27 to 1.77)" in page
    assert page.count('class="loyalty-span') == 3
    for words in (
        "Whether complaining made the difference",
        "3 people who complained are left out",
        "1 had not ordered yet",
        "12 complained less than 180 days ago",
    ):
        assert words in page, words
    assert "Not counted yet" in text(as_vera.get("/winback/loyalty/?days=90"))


def test_the_report_refuses_from_nine_cases(shop: JourneyShop, as_vera: Client) -> None:
    counted(shop, 90, 9, 9)
    page = text(as_vera.get("/winback/loyalty/?days=90"))
    assert "Counted so far: 9 who complained. 21 more are needed before anything can be said." in page
    assert "100" not in page.split("In figures")[0].split("<h1>")[1], "no share is shown"
    assert "loyalty-dot" not in page


@pytest.mark.parametrize(
    ("bought", "verdict"),
    [(80, "no difference that can be told from chance"), (30, "less often than others like them")],
)
def test_the_report_tells_chance_from_difference(shop: JourneyShop, as_vera: Client, bought: int, verdict: str) -> None:
    counted(shop, 180, 200, bought)
    assert verdict in text(as_vera.get("/winback/loyalty/"))


def test_a_page_costs_as_many_queries_with_thirty_as_with_three(shop: JourneyShop, as_vera: Client) -> None:
    counts: dict[str, list[int]] = {}
    for many in (3, 27):
        talks = [won_back(shop, f"did:plc:q{many}{number}") for number in range(many)]
        shop.follow()
        row = shop.journey(talks[0])
        for path in (
            "/winback/customers/",
            f"/winback/customers/{row.pk}/",
            f"/inbox/{talks[0].pk}/journey/",
            "/winback/loyalty/",
        ):
            as_vera.get(path)
            with CaptureQueriesContext(connection) as seen:
                assert as_vera.get(path).status_code == 200
            counts.setdefault(path.replace(str(row.pk), "n").replace(str(talks[0].pk), "n"), []).append(len(seen))
    for path, found in counts.items():
        assert found[0] == found[-1] <= 25, (path, found)


def test_the_list_goes_on_page_by_page(shop: JourneyShop, as_vera: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        shop.complains(f"did:plc:p{number}", days=5 + number)
    shop.follow()
    from makegood.accounts.models import Membership
    from makegood.winback import api as winback

    viewer = Membership.objects.get(workspace=shop.workspace, role="viewer")
    seen: list[int] = []
    after = ""
    for _page in range(4):
        page = winback.journeys_page(viewer, "", after, 2)
        seen += [row.pk for row in page.rows]
        after = page.after
        if not after:
            break
    moments = list(Journey.objects.within(shop.workspace).order_by("-state_at", "-pk").values_list("pk", flat=True))
    assert seen == moments
    first = winback.journeys_page(viewer, "", "", 2).after
    part = as_vera.get("/winback/customers/", {"after": first}, headers=HTMX)
    assert text(part).count("<li>") == 3
    assert "<h1>" not in text(part)
