"""Returns in a list and one by one: where they are, what is due, and what follows a mark."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.identify.models import Source
from makegood.kit import clock
from makegood.resolve.models import Refund, Remedy, ReturnCase
from makegood.resolve.tests.authority_scene import Shop, new_key

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def shop(workspace: Any, malik: Any) -> Shop:
    return Shop(workspace)


def returned(shop: Shop, by: Any, number: str = "R26-ABCDE", state: str = "open", **fields: Any) -> ReturnCase:
    order = shop.order()
    charge = shop.charge(order)
    charge.source, _new = Source.objects.get_or_create(
        workspace=shop.workspace, side="payments", kind="stripe", name="Till", address="till", hook="till"
    )
    charge.save()
    remedy = Remedy.objects.create(
        workspace=shop.workspace,
        conversation=fields.pop("talk", None) or shop.talk(),
        kind="return",
        state="auto_approved",
        amount_minor=4_000,
        currency="EUR",
        person_key=new_key(),
        request_key=new_key(),
        asked_by=by,
        decided_by=by,
        decided_role="agent",
        decided_at=clock.now(),
        order=order,
        charge=charge,
    )
    fields = {"send_by": clock.now() + timedelta(days=3), "then_refund_minor": 4_000, **fields}
    row: ReturnCase = ReturnCase.objects.create(
        workspace=shop.workspace,
        remedy=remedy,
        number=number,
        state=state,
        label=f"Return {number}\nTo: Teapot & Co",
        lines=[{"line": 1, "name": "Blue <teapot>", "count": 2}],
        **fields,
    )
    return row


def html(client: Client, address: str, status: int = 200, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == status, answer
    return answer.content.decode()


def mark(client: Client, row: ReturnCase, state: str, status: int = 302, **data: str) -> str:
    answer = client.post(reverse("return-one", args=[row.pk]), {"state": state, **data})
    said = answer.content.decode()
    assert answer.status_code == status, said[:1500]
    row.refresh_from_db()
    return said


def test_the_list_by_state_with_what_is_due_first(shop: Shop, malik: Any, as_malik: Client) -> None:
    returned(shop, malik, "R-LATER")
    returned(shop, malik, "R-LATE", send_by=clock.now() - timedelta(days=1))
    returned(shop, malik, "R-HERE", "received")
    page = html(as_malik, reverse("returns"))
    assert page.index("R-LATE<") < page.index("R-LATER<")
    assert "R-HERE" not in page
    assert "was due" in page
    assert "Blue &lt;teapot&gt;" in page
    assert "then 40.00 EUR back" in page
    assert "R-HERE" in html(as_malik, f"{reverse('returns')}?state=received")
    assert "R-LATE<" in html(as_malik, f"{reverse('returns')}?state=nonsense")


def test_who_works_here_sees_them(
    shop: Shop, malik: Any, as_olga: Client, as_vera: Client, as_sten: Client, as_nobody: Client
) -> None:
    row = returned(shop, malik)
    address = reverse("return-one", args=[row.pk])
    html(as_olga, address)
    html(as_vera, address, 403)
    html(as_sten, address, 404)
    assert as_sten.post(address, {"state": "sent"}).status_code == 404
    assert "R26-ABCDE" not in html(as_sten, reverse("returns"))
    assert as_nobody.get(address).status_code == 302


def test_pages_of_returns_and_their_queries(shop: Shop, malik: Any, as_malik: Client) -> None:
    talk, counts = shop.talk(), []
    for many in (3, 29):
        for number in range(many):
            returned(shop, malik, f"R-{many}-{number:02d}", talk=talk)
        html(as_malik, reverse("returns"))
        with CaptureQueriesContext(connection) as queries:
            page = html(as_malik, reverse("returns"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    found = re.search(r'hx-get="(/returns/\?state=open&amp;after=[^"]+)"', page)
    assert found
    rest = html(as_malik, found[1].replace("&amp;", "&"), headers=HTMX)
    assert len(re.findall(r"R-\d+-\d+<", page)) == 30
    assert len(re.findall(r"R-\d+-\d+<", rest)) == 2


def test_one_return_with_its_label(shop: Shop, malik: Any, as_malik: Client) -> None:
    row = returned(shop, malik)
    page = html(as_malik, reverse("return-one", args=[row.pk]))
    assert "To: Teapot &amp; Co" in page
    assert "data-print" in page
    assert reverse("conversation", args=[row.remedy.conversation_id]) in page
    assert "40.00 EUR" in page


def test_sent_received_checked_and_the_refund_follows(shop: Shop, malik: Any, as_malik: Client) -> None:
    row = returned(shop, malik)
    mark(as_malik, row, "sent", tracking="DHL 123")
    assert (row.state, row.tracking) == ("sent", "DHL 123")
    mark(as_malik, row, "received")
    assert row.received_at is not None
    assert not Refund.objects.within(shop.workspace).exists()
    mark(as_malik, row, "checked", refund="35,50")
    assert row.state == "checked"
    refund = Refund.objects.within(shop.workspace).get(remedy=row.remedy)
    assert (refund.amount_minor, refund.currency) == (3_550, "EUR")
    page = html(as_malik, reverse("return-one", args=[row.pk]))
    assert "35.50 EUR" in page
    assert "about to be paid" in page


def test_marking_twice_pays_once(shop: Shop, malik: Any, as_malik: Client) -> None:
    row = returned(shop, malik, state="received")
    for _click in range(2):
        mark(as_malik, row, "checked", refund="40.00")
    assert Refund.objects.within(shop.workspace).count() == 1


@pytest.mark.parametrize("amount", ["50", "forty", "1,000"])
def test_no_more_than_was_approved_and_nothing_that_is_no_amount(
    shop: Shop, malik: Any, as_malik: Client, amount: str
) -> None:
    row = returned(shop, malik, state="received")
    said = mark(as_malik, row, "checked", 422, refund=amount)
    assert 'role="alert"' in said
    assert f'value="{amount}"' in said
    assert row.state == "received"
    assert not Refund.objects.within(shop.workspace).exists()


def test_closing_without_paying_needs_a_word(shop: Shop, malik: Any, as_malik: Client) -> None:
    row = returned(shop, malik, state="received")
    assert "Say why nothing is paid back" in mark(as_malik, row, "closed", 422)
    mark(as_malik, row, "closed", note="It is another teapot")
    assert row.state == "closed"
    assert "Nothing is left to do here" in html(as_malik, reverse("return-one", args=[row.pk]))


def test_a_step_that_is_none(shop: Shop, malik: Any, as_malik: Client) -> None:
    row = returned(shop, malik, state="checked")
    assert "This return is checked" in mark(as_malik, row, "sent", 422)
    assert 'role="alert"' in mark(as_malik, row, "moon", 422)
    assert row.state == "checked"
