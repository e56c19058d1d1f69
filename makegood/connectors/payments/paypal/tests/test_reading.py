"""Reading PayPal's list: windows, lateness, what changes later, lists that are too long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from makegood.connectors.payments.contract import ChargeState, PayPage, RefundState
from makegood.connectors.payments.paypal.connect import connect
from makegood.connectors.payments.paypal.read import read
from tests import faults
from tests.connectors.payments.paypal_server import PayPalServer

Credentials = dict[str, Any]


async def whole(credentials: Credentials, cursor: Any = None) -> PayPage:
    pages = [await read(credentials, cursor or {})]
    while pages[-1].more:
        pages.append(await read(credentials, pages[-1].cursor))
    payments = tuple(each for page in pages for each in page.payments)
    refunds = tuple(each for page in pages for each in page.refunds)
    return PayPage(payments, refunds, pages[-1].cursor, tuple(each for page in pages for each in page.problems))


async def test_a_year_is_read_in_windows_of_a_month(server: PayPalServer, credentials: Credentials) -> None:
    now = datetime.now(UTC)
    made = [server.pay("10.00", at=now - timedelta(days=days)) for days in (364, 200, 62, 31, 30, 1)]
    server.pay("10.00", at=now - timedelta(days=400))
    page = await whole(credentials)
    assert sorted(each.id for each in page.payments) == sorted(made)
    assert server.asked["GET /v1/reporting/transactions"] == 12


async def test_what_is_listed_late_is_not_missed_and_nothing_comes_twice(
    server: PayPalServer, credentials: Credentials
) -> None:
    server.pay("10.00")
    first = await whole(credentials)
    late = server.pay("20.00", at=datetime.now(UTC) - timedelta(hours=2, minutes=50))
    second = await whole(credentials, first.cursor)
    assert [each.id for each in second.payments] == [late]
    assert not (await whole(credentials, second.cursor)).payments


async def test_an_old_payment_that_is_refunded_is_read_anew(server: PayPalServer, credentials: Credentials) -> None:
    payment = server.pay("49.99", at=datetime.now(UTC) - timedelta(days=20))
    first = await whole(credentials)
    server.give_back(payment, "10.00")
    second = await whole(credentials, first.cursor)
    assert [(each.id, each.refunded_minor) for each in second.payments] == [(payment, 1000)]
    assert [each.amount_minor for each in second.refunds] == [1000]
    third = await whole(credentials, second.cursor)
    assert not third.payments, "and its own listing does not undo that"


async def test_what_is_open_is_looked_at_until_it_is_not(server: PayPalServer, credentials: Credentials) -> None:
    payment = server.pay("49.99", at=datetime.now(UTC) - timedelta(days=2))
    server.listed[-1]["transaction_info"]["transaction_status"] = "P"
    server.captures[payment]["status"] = "PENDING"
    first = await whole(credentials)
    assert first.payments[0].state is ChargeState.PENDING
    server.captures[payment]["status"] = "COMPLETED"
    second = await whole(credentials, first.cursor)
    assert [each.state for each in second.payments] == [ChargeState.PAID]
    assert second.cursor["open"] == []


async def test_a_refund_that_is_open_is_looked_at_until_it_is_not(
    server: PayPalServer, credentials: Credentials
) -> None:
    payment = server.pay("49.99")
    made = server.give_back(payment, "10.00")
    made["status"] = "PENDING"
    first = await whole(credentials)
    assert [name for name, _ in first.cursor["open"]] == [payment]
    made["status"] = "FAILED"
    second = await whole(credentials, first.cursor)
    assert [each.state for each in second.refunds] == [RefundState.FAILED]
    assert second.payments[0].refunded_minor == 0


async def test_a_sale_of_older_software_stays_as_it_was_listed(server: PayPalServer, credentials: Credentials) -> None:
    payment = server.pay("49.99")
    server.give_back(payment, "10.00")
    del server.captures[payment]
    page = await whole(credentials)
    assert [each.id for each in page.payments] == [payment]
    assert [each.payment_id for each in page.refunds] == [payment]


async def test_what_cannot_be_read_is_told_and_the_rest_is_read(server: PayPalServer, credentials: Credentials) -> None:
    server.pay("49.99")
    server.listed.insert(0, {"transaction_info": {"transaction_id": "ODD"}})
    odd = dict(server.listed[1]["transaction_info"], transaction_id="ODD2", transaction_amount={"value": 7})
    server._transactions = lambda query: {  # type: ignore[method-assign]
        "transaction_details": [server.listed[0], {"transaction_info": odd}, server.listed[1]],
        "total_pages": 1,
    }
    page = await read(credentials, {"since": (datetime.now(UTC) - timedelta(hours=1)).isoformat()})
    assert len(page.payments) == 1
    assert len(page.problems) == 2


async def test_a_list_that_is_too_long_is_asked_for_in_halves(server: PayPalServer, credentials: Credentials) -> None:
    made = {server.pay("10.00", at=datetime.now(UTC) - timedelta(days=days)) for days in (1, 9, 17, 25)}
    with faults.proxy(server.url) as between:
        there = {**credentials, "api_base": between.url}
        body = b'{"name": "RESULTSET_TOO_LARGE", "message": "Result set size is greater than the maximum limit."}'
        between.inject(faults.answer(400, body), path="/reporting/", times=3)
        page = await whole(there, {"since": (datetime.now(UTC) - timedelta(days=30)).isoformat()})
    assert {each.id for each in page.payments} == made


async def test_what_connecting_brings(server: PayPalServer) -> None:
    made = await connect({**server.form, "sandbox": "1", "api_base": server.url})
    assert (made.id, made.facts) == ("XZXSPECPDZHZU", {"live": False})
    assert made.credentials["webhook_id"]
    assert "token" not in str(sorted(made.credentials)), "tokens stay in memory"
