"""A voucher from the decision to the till of a real Vendure."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.identify import api as identify
from makegood.identify.models import Order, Source
from makegood.identify.reading import read_due
from makegood.resolve import ledger, vouchers
from makegood.resolve.models import LedgerLine, Remedy
from makegood.resolve.tests.doing_scene import Doing
from tests.servers.vendure import VendureShop

pytestmark = [pytest.mark.django_db, pytest.mark.vendure, pytest.mark.slow]


def codes_in(server: VendureShop, code: str) -> int:
    found = server.admin("{ promotions(options: {take: 1000}) { items { couponCode } } }")["items"]
    return sum(1 for each in found if each["couponCode"] == code)


def test_a_voucher_works_in_the_shop_and_is_made_once(
    workspace: Any, olga: Any, doing_shop: Doing, vendure_server: VendureShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    placed = vendure_server.buy("sorry@example.com", {"TEAPOT": 1})
    form = {"url": f"{vendure_server.url}/admin-api", "key": vendure_server.api_key()}
    source = identify.connect_source(workspace, olga, "shop", "vendure", form)
    Source.objects.within(workspace).exclude(pk=source.pk).update(due_at=None)
    while read_due():
        pass
    order = Order.objects.within(workspace).get(source=source, number=placed["code"])
    words = "Hi {name}, {code} is worth {amount} until {date}."
    row = doing_shop.do(doing_shop.given("voucher", 1500, order=order, words=words))
    assert (row.state, row.problem, row.to_do) == ("executed", "", "")
    assert row.external_id in row.ready_words
    assert codes_in(vendure_server, row.external_id) == 1

    # A worker that died before it wrote this down asks again under the same code.
    rows = Remedy.objects.within(workspace).select_related("order__customer", "order__source", "workspace")
    assert vouchers.make(rows.get(pk=row.pk)).code == row.external_id
    assert codes_in(vendure_server, row.external_id) == 1
    assert ledger.unbalanced(workspace) == []
    booked = dict(LedgerLine.objects.within(workspace).values_list("account", "amount_minor"))
    assert booked == {"goodwill": 1500, "vouchers": -1500}

    bought = vendure_server.buy("sorry@example.com", {"TEAPOT": 1}, coupon=row.external_id)
    assert bought["totalWithTax"] == 2000, "35.00 with postage, less 15.00"
    with pytest.raises(AssertionError, match="COUPON_CODE"):
        vendure_server.buy("sorry@example.com", {"TEAPOT": 1}, coupon=row.external_id)
