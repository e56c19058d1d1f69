"""What goodwill cost, as the page, its chart and its file tell it."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.resolve import ledger
from makegood.resolve.models import LedgerLine, ReasonCode, Remedy
from makegood.resolve.tests.authority_scene import Shop, at, new_key
from makegood.web.views.ledger import _chart, _safe, period_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def shop(workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> Shop:
    workspace.timezone = "Europe/Berlin"
    workspace.save()
    at(monkeypatch, NOW)
    return Shop(workspace)


def booked(
    shop: Shop, by: Any, amount: int, *, when: datetime = NOW, currency: str = "EUR", cause: str = "", **fields: Any
) -> Remedy:
    """Something that cost so much then."""
    talk = fields.pop("talk", None) or shop.talk()
    reason = None
    if cause:
        reason, _new = ReasonCode.objects.get_or_create(workspace=shop.workspace, name=f"R {cause}", cause=cause)
    remedy: Remedy = Remedy.objects.create(
        workspace=shop.workspace,
        conversation=talk,
        kind=fields.pop("kind", "voucher"),
        state="executed",
        amount_minor=amount,
        currency=currency,
        person_key=new_key(),
        request_key=new_key(),
        asked_by=by,
        decided_by=fields.pop("decided_by", by),
        reason=reason,
        **fields,
    )
    with transaction.atomic():
        sides = (
            ledger.Line(LedgerLine.Account.GOODWILL, amount, currency),
            ledger.Line(LedgerLine.Account.VOUCHERS, -amount, currency),
        )
        assert ledger.book(f"k{remedy.pk}", remedy, sides, at=when)
    return remedy


def html(client: Client, query: str = "", status: int = 200, **more: Any) -> str:
    answer = client.get(f"{reverse('ledger')}{query}", **more)
    assert answer.status_code == status, answer
    return answer.content.decode()


def big(page: str) -> str:
    found = re.search(r'ledger-big num">([^<]+)<', page)
    assert found
    return found[1]


def test_managers_and_owners_read_it(
    shop: Shop, as_olga: Client, as_mona: Client, as_malik: Client, as_vera: Client, as_nobody: Client
) -> None:
    assert "Nothing was given in this time" in html(as_olga)
    html(as_mona)
    html(as_malik, status=403)
    html(as_vera, status=403)
    assert as_nobody.get(reverse("ledger")).status_code == 302
    assert as_malik.get(reverse("ledger-csv")).status_code == 403


def test_a_stranger_sees_only_their_own(shop: Shop, malik: Any, as_sten: Client) -> None:
    booked(shop, malik, 12_345)
    assert "123.45" not in html(as_sten)
    assert "12.345" not in as_sten.get(reverse("ledger-csv")).content.decode()


def test_sums_by_month_cause_product_and_member(shop: Shop, malik: Any, olga: Any, as_olga: Client) -> None:
    order = shop.order()
    shop.line(order, name="Blue teapot")
    booked(shop, malik, 1_000, cause="delivery", order=order)
    # Half past midnight on the first in Berlin: November there.
    booked(shop, malik, 250, when=datetime(2026, 10, 31, 23, 30, tzinfo=UTC), cause="delivery")
    booked(shop, olga, 500, when=datetime(2026, 9, 3, tzinfo=UTC), cause="payment")
    page = html(as_olga)
    assert big(page) == "17.50 EUR"
    table = page[page.index("month by month") : page.index("</table>")]
    months = re.findall(r'<th scope="row">([^<]+)</th><td>([^<]+)</td>', table)
    assert months[-3:] == [("September 2026", "5.00 EUR"), ("October 2026", "0.00 EUR"), ("November 2026", "12.50 EUR")]
    assert len(months) == 12
    for words in ("delivery", "payment", "Blue teapot", "Malik", "Olga"):
        assert words in page
    assert page.index("delivery") < page.index("payment")
    widths = re.findall(r'ledger-bar-full" width="(\d+)"', page)
    assert widths[:2] == ["100", "40"]


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("?period=month", "1.00 EUR"),
        ("?period=last", "2.00 EUR"),
        ("?period=quarter", "7.00 EUR"),
        ("?period=year", "15.00 EUR"),
        ("?period=all", "31.00 EUR"),
        ("?period=own&since=2026-09-01&until=2026-10-10", "6.00 EUR"),
        ("?period=own&since=2026-10-10&until=2026-10-10", "2.00 EUR"),
        ("?period=nonsense", "15.00 EUR"),
    ],
)
def test_periods(shop: Shop, malik: Any, as_olga: Client, query: str, total: str) -> None:
    days = ("2026-11-02", "2026-10-10", "2026-09-05", "2025-12-24", "2024-01-01")
    for number, day in enumerate(days):
        booked(shop, malik, 100 * 2**number, when=datetime.fromisoformat(f"{day}T12:00+00:00"))
    assert big(html(as_olga, query)) == total


@pytest.mark.parametrize("query", ["since=2026-10-10&until=2026-10-01", "since=x&until=", "since=2026-10-10"])
def test_a_span_that_cannot_be_says_so(shop: Shop, as_olga: Client, query: str) -> None:
    page = html(as_olga, f"?period=own&{query}", 422)
    assert "field-error" in page or "error-list" in page


def test_choosing_ones_own_span_asks_for_it_first(shop: Shop, as_olga: Client) -> None:
    page = html(as_olga, "?period=own")
    assert 'name="since"' in page
    assert "field-error" not in page


def test_currencies_are_never_added_up(shop: Shop, malik: Any, as_olga: Client) -> None:
    booked(shop, malik, 1_000)
    booked(shop, malik, 1_000)
    booked(shop, malik, 3_000, currency="JPY")
    assert big(html(as_olga)) == "20.00 EUR"
    page = html(as_olga, "?currency=JPY")
    assert big(page) == "3,000 JPY"
    assert big(html(as_olga, "?currency=XXX")) == "20.00 EUR"


def test_every_entry_leads_to_its_conversation_case_and_decision(
    shop: Shop, malik: Any, olga: Any, as_olga: Client
) -> None:
    from makegood.desk.models import Case

    case = Case.objects.create(workspace=shop.workspace, title="Lost parcels")
    shop.limit("agent", case=5_000)
    request = shop.request(malik, shop.talk(), 8_000)
    Remedy.objects.filter(pk=request.remedy_id).update(case=case, decided_by=olga)
    remedy = Remedy.objects.get(pk=request.remedy_id)
    with transaction.atomic():
        ledger.book("a", remedy, ledger.money_back(8_000, "EUR"))
    booked(shop, malik, 100)
    page = html(as_olga)
    assert f'href="{reverse("conversation", args=[remedy.conversation_id])}"' in page
    assert f'href="{reverse("case", args=[case.pk])}"' in page
    assert f'href="{reverse("decide-one", args=[request.pk])}"' in page
    assert "by Malik, decided by Olga" in page
    assert page.count("within authority") == 1


def test_the_entries_under_one_heading(shop: Shop, malik: Any, olga: Any, as_olga: Client) -> None:
    booked(shop, malik, 111, cause="delivery")
    booked(shop, olga, 222, cause="payment")
    booked(shop, olga, 333)

    def shown(query: str) -> list[str]:
        page = html(as_olga, query)
        return re.findall(r'ledger-amount num"><strong>([^<]+)<', page)

    assert shown("?cause=delivery") == ["1.11 EUR"]
    assert shown("?cause=") == ["3.33 EUR"]
    assert shown(f"?agent={olga.pk}") == ["3.33 EUR", "2.22 EUR"]
    assert shown("?agent=everybody") == ["3.33 EUR", "2.22 EUR", "1.11 EUR"]


def test_a_booking_back_is_counted_as_what_it_is(shop: Shop, malik: Any, as_olga: Client) -> None:
    remedy = booked(shop, malik, 1_000)
    with transaction.atomic():
        ledger.book_against("back", f"k{remedy.pk}", shop.workspace)
    page = html(as_olga)
    assert big(page) == "0.00 EUR"
    assert "-10.00 EUR" in page


def test_pages_of_entries_and_their_queries(shop: Shop, malik: Any, as_olga: Client) -> None:
    talk = shop.talk()
    counts = []
    for many in (3, 52):
        for _number in range(many):
            booked(shop, malik, 100, talk=talk)
        html(as_olga)
        with CaptureQueriesContext(connection) as queries:
            page = html(as_olga)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert page.count("ledger-amount") == 50
    found = re.search(r'hx-get="(/ledger/[^"]+)"', page)
    assert found
    rest = as_olga.get(found[1].replace("&amp;", "&"), headers=HTMX).content.decode()
    assert rest.count("ledger-amount") == 5
    assert "<!doctype" not in rest


def test_the_file_holds_every_line_of_the_period(shop: Shop, malik: Any, as_olga: Client) -> None:
    booked(shop, malik, 1_050, cause="=cmd|' /C calc'!A0")
    booked(shop, malik, 77, when=datetime(2025, 1, 1, tzinfo=UTC))
    answer = as_olga.get(f"{reverse('ledger-csv')}?period=month")
    assert answer["Content-Disposition"] == 'attachment; filename="ledger.csv"'
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["account"], row["amount"], row["currency"]) for row in rows] == [
        ("goodwill", "10.50", "EUR"),
        ("vouchers", "-10.50", "EUR"),
    ]
    assert rows[0]["cause"].startswith("'=")
    assert rows[0]["at"].endswith("+01:00")
    assert (
        len(list(csv.DictReader(io.StringIO(as_olga.get(f"{reverse('ledger-csv')}?period=all").content.decode())))) == 4
    )


def test_the_file_says_when_it_would_be_too_long(
    shop: Shop, malik: Any, as_olga: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from makegood.web.views import ledger as page

    monkeypatch.setattr(page, "MOST_IN_FILE", 2)
    monkeypatch.setattr(page, "IN_A_PAGE", 1)
    for _number in range(3):
        booked(shop, malik, 100)
    answer = as_olga.get(reverse("ledger-csv"))
    assert answer.status_code == 422
    assert "choose a shorter period" in answer.content.decode()


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert _safe(text) == f"'{text}"
    assert _safe(f"a{text}") == f"a{text}"


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    from datetime import date

    drawn = _chart(
        [(date(2026, 1, 1), 1_000), (date(2026, 2, 1), 500), (date(2026, 3, 1), 0), (date(2026, 4, 1), -250)], "EUR"
    )
    tall = [bar["tall"] for bar in drawn["bars"]]
    assert tall[0] == pytest.approx(2 * tall[1], abs=1)
    assert tall[2] == 0
    assert tall[3] == pytest.approx(tall[0] / 4, abs=1)
    base = drawn["base"]
    assert [bar["y"] + bar["tall"] == base for bar in drawn["bars"][:2]] == [True, True]
    assert drawn["bars"][3]["y"] == base
    assert _chart([], "EUR") == {}


def test_a_period_begins_and_ends_at_midnight_of_the_shop(shop: Shop) -> None:
    period = period_of({"period": "last"}, shop.workspace)
    assert period.moments["since"] == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert period.moments["until"] == datetime(2026, 10, 31, 23, tzinfo=UTC)
