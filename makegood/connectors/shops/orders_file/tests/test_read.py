"""What orders are made of a file, and what is said of the rows that are none."""

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import OrderState, ShopCustomer, ShopLine
from makegood.connectors.shops.orders_file import CONNECTOR, Position, propose, read_pages, sniff
from makegood.connectors.shops.orders_file.tests.reading import BERLIN, pages, read, write

SHOPIFY = """Name,Email,Financial Status,Fulfillment Status,Currency,Shipping,Taxes,Total,Discount Amount,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Shipping City,Shipping Country,\
Payment Reference
#1001,ada@example.com,paid,fulfilled,EUR,5.00,11.33,71.00,4.00,2026-03-01 10:00:00 +0100,2,"Teapot, blue",30.00,TEAPOT,\
Ada Lovelace,Berlin,DE,pi_1 + pi_2
#1001,ada@example.com,,,,,,,,,1,Cup,10.00,CUP,,,,
#1002,grace@example.com,refunded,,USD,0.00,0.00,10.00,0.00,2026-03-02 10:00:00 +0100,1,Cup,10.00,CUP,Grace Hopper,,US,
"""


def test_one_row_a_line(tmp_path: Path) -> None:
    orders, problems = read(write(tmp_path, SHOPIFY))
    assert problems == []
    ada, grace = orders
    assert (ada.id, ada.number, ada.currency, ada.total_minor) == ("#1001", "#1001", "EUR", 7100)
    assert (ada.shipping_minor, ada.tax_minor, ada.discount_minor) == (500, 1133, 400)
    assert ada.placed_at == ada.changed_at == datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    assert ada.customer == ShopCustomer(id="ada@example.com", name="Ada Lovelace", email="ada@example.com")
    assert (ada.email, ada.name, ada.destination) == ("ada@example.com", "Ada Lovelace", "Berlin, DE")
    assert ada.payment_refs == ("pi_1", "pi_2")
    assert ada.lines == (
        ShopLine(id="#1001-1", name="Teapot, blue", quantity=2, total_minor=6000, sku="TEAPOT"),
        ShopLine(id="#1001-2", name="Cup", quantity=1, total_minor=1000, sku="CUP"),
    )
    assert (grace.currency, grace.total_minor, grace.state) == ("USD", 1000, OrderState.PAID)


def test_one_row_an_order(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "Bestellnummer;Bestelldatum;Status;Gesamtbetrag;Erstattet;Erstattet am;Versandt am;Zugestellt am;"
        "Sendungsnummer;Liefertermin;Kundennummer;Kunde\n"
        "B-1;01.03.2026 10:00;Versandt;1.234,50 €;200,00 €;05.03.2026;02.03.2026;03.03.2026;DHL1;04.03.2026;K7;Ada\n",
    )
    [order], problems = read(file)
    assert problems == []
    assert (order.total_minor, order.currency, order.state) == (123450, "EUR", OrderState.DELIVERED)
    assert order.customer is not None
    assert order.customer.id == "K7"
    [parcel] = order.fulfilments
    assert (parcel.tracking, parcel.shipped_at) == ("DHL1", datetime(2026, 3, 1, 23, 0, tzinfo=UTC))
    [refund] = order.refunds
    assert (refund.amount_minor, refund.at) == (20000, datetime(2026, 3, 4, 23, 0, tzinfo=UTC))
    assert order.promised_at == datetime(2026, 3, 3, 23, 0, tzinfo=UTC)
    assert order.changed_at == refund.at
    assert order.lines == ()


def test_without_a_total_the_lines_are_added_up(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "order number,date,item name,quantity,item price,shipping,cost\n"
        "1,2026-03-01,Cup,2,10.00,5.00,4.00\n1,2026-03-01,Lid,1,3.50,,\n",
    )
    [order], _ = read(file)
    assert order.total_minor == 2 * 1000 + 350 + 500
    assert [line.cost_minor for line in order.lines] == [800, None]


NEGATIVE = """Order,Date,Total,Type
1,2026-03-01,50.00,Order
2,2026-03-01,20.00,Order
1,2026-03-09,-15.00,
2,2026-03-08,5.00,Refund
1,2026-03-10,(5.00),
"""


def test_negative_rows_are_refunds_wherever_they_stand(tmp_path: Path) -> None:
    orders, problems = read(write(tmp_path, NEGATIVE))
    assert problems == []
    assert [(order.id, order.total_minor) for order in orders] == [("1", 5000), ("2", 2000)]
    assert [[refund.amount_minor for refund in order.refunds] for order in orders] == [[1500, 500], [500]]
    ids = [refund.id for order in orders for refund in order.refunds]
    assert len(set(ids)) == 3
    again, _ = read(write(tmp_path, NEGATIVE.replace("Order,Date", "\nOrder,Date")))
    assert [refund.id for order in again for refund in order.refunds] == ids, "the same row is the same refund"


def test_a_line_that_went_back_is_a_refund(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "order number,date,item name,quantity,item total\n1,2026-03-01,Cup,2,20.00\n1,2026-03-01,Voucher,1,-5.00\n"
        "1,2026-03-05,Cup,-1,-10.00\n",
    )
    [order], problems = read(file)
    assert problems == []
    assert order.total_minor == 1500, "a line below nothing is a discount"
    assert [(refund.amount_minor, refund.reason) for refund in order.refunds] == [(1000, "Cup")]


def test_a_refund_of_an_order_that_is_elsewhere_is_said(tmp_path: Path) -> None:
    orders, problems = read(write(tmp_path, "Order,Date,Total\n1,2026-03-01,5.00\n7,2026-03-02,-5.00\n"))
    assert [order.id for order in orders] == ["1"]
    assert problems == ["Line 3: this is a refund of order 7, which is not in this file."]


def test_the_same_order_twice(tmp_path: Path) -> None:
    rows = (
        "Order,Date,Total,Status\n1,2026-03-01,5.00,paid\n2,2026-03-01,6.00,paid\n"
        "1,2026-03-01,5.00,paid\n2,2026-03-01,6.00,shipped\n"
    )
    orders, problems = read(write(tmp_path, rows))
    assert sorted((order.id, order.total_minor, order.state.value) for order in orders) == [
        ("1", 500, "paid"),
        ("2", 600, "shipped"),
    ]
    assert problems == ["Line 5: order 2 stands in lines 3 and 5; the last one counts."]


def test_the_lines_of_an_order_may_stand_apart(tmp_path: Path) -> None:
    rows = (
        "Order,Date,Item name,Item total\n1,2026-03-01,Cup,5.00\n2,2026-03-01,Lid,2.00\n"
        "1,2026-03-01,Pot,7.00\n2,2026-03-01,Lid,2.00\n"
    )
    orders, problems = read(write(tmp_path, rows))
    assert problems == []
    assert {order.id: [line.name for line in order.lines] for order in orders} == {"1": ["Cup", "Pot"], "2": ["Lid"]}


def test_two_lines_that_are_alike_and_stand_together_are_two(tmp_path: Path) -> None:
    rows = "Order,Date,Item name,Item total\n1,2026-03-01,Cup,5.00\n1,2026-03-01,Cup,5.00\n"
    [order], _ = read(write(tmp_path, rows))
    assert order.total_minor == 1000


BROKEN = """Order,Date,Total,Currency
1,2026-03-01,5.00,EUR
,2026-03-01,5.00,EUR
3,soon,5.00,EUR
4,2026-03-01,five,EUR
5,2026-03-01,5.00,EURO
6,,5.00,EUR
7,2026-03-01,$5.00 or so,EUR
8,2026-03-01,5.00 CHF,EUR
9,2026-03-01,5.00,EUR,6,7
"10,2026-03-01,5.00,EUR
11,2026-03-01,6.00,EUR
"""


def test_broken_rows_are_told_by_line_and_reason_and_cost_no_other(tmp_path: Path) -> None:
    orders, problems = read(write(tmp_path, BROKEN))
    assert [order.id for order in orders] == ["1", "11"]
    assert problems == [
        "Line 3: It has no order number.",
        "Line 4: “soon” cannot be read as a date.",
        "Line 5: “five” is no amount of money.",
        "Line 6: “EURO” is no currency. A code such as EUR is wanted.",
        "Line 7: Order 6 has no date.",
        "Line 8: “$5.00 or so” is no amount of money.",
        "Line 9: It names two currencies, CHF and EUR.",
        "Line 10: It has 6 cells, the file 4 columns. Text that holds the separator must stand in quotation marks.",
        "Line 11: a quotation mark opens here and is not closed.",
    ]


def test_totals_that_differ_are_asked_about(tmp_path: Path) -> None:
    rows = "Order,Date,Item name,Total\n1,2026-03-01,Cup,5.00\n1,2026-03-01,Pot,7.00\n"
    orders, problems = read(write(tmp_path, rows))
    assert orders == []
    assert problems[0].startswith("Line 2: Order 1 has different totals in its rows.")


def test_an_order_in_two_currencies_is_none(tmp_path: Path) -> None:
    orders, problems = read(
        write(tmp_path, "Order,Date,Total,Currency\n1,2026-03-01,5.00,EUR\n1,2026-03-02,-5.00,USD\n")
    )
    assert orders == []
    assert problems == ["Line 2: Order 1 is in two currencies."]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = [["Bestellnummer", "Bestelldatum", "Gesamtbetrag", "Kunde"], ["1", "2026-03-01", "1.234,50", "Zoë Müller"]]
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    [order], problems = read(write(tmp_path, out.getvalue().encode(encoding)))
    assert (order.total_minor, order.name, problems) == (123450, "Zoë Müller", [])


def test_json_lines(tmp_path: Path) -> None:
    file = write(tmp_path, '{"order": {"number": 1}, "date": "2026-03-01", "total": 12.5}\n')
    [order], _ = read(file, mapping={"number": "order.number", "placed_at": "date", "total": "total"})
    assert (order.id, order.total_minor) == ("1", 1250)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"%PDF-1.7", "Please export the orders as CSV."),
        (b'[{"a": 1}]', "JSON list"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(Trouble, match=says) as caught:
        sniff(write(tmp_path, content))
    assert caught.value.verdict is Verdict.REFUSE


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"number": "Order", "placed_at": "Date"}, "what was paid"),
        ({"number": "Order", "total": "Total"}, "the date"),
        ({"placed_at": "Date", "total": "Total"}, "the number"),
        ({"number": "Order", "placed_at": "Date", "total": "Sum"}, "no column named Sum"),
        ({"nonsense": "Order"}, "no column named Order"),
    ],
)
def test_columns_must_be_chosen(tmp_path: Path, mapping: dict[str, str], says: str) -> None:
    with pytest.raises(Trouble, match=says):
        read(write(tmp_path, "Order,Date,Total\n1,2026-03-01,5.00\n"), mapping=mapping)


def many(number: int) -> str:
    lines = ["Order,Date,Item name,Item total,Total"]
    for order in range(number):
        lines += [f"{order},2026-03-01,Cup,2.00,5.00", f"{order},2026-03-01,Pot,3.00,5.00"]
        if order % 7 == 0:
            lines.append(f"{order // 2},2026-03-02,,,-1.00")
        if order % 50 == 49:
            lines.append(f"{order},x,Cup,2.00,5.00")
    return "\n".join(lines) + "\n"


def test_reading_goes_on_exactly_behind_any_page(tmp_path: Path) -> None:
    file = write(tmp_path, many(600))
    whole = pages(file)
    assert len(whole) == 4
    found = sniff(file)
    choices = propose(file, found, BERLIN, "EUR").choices
    for number, page in enumerate(whole, start=1):
        rest = list(read_pages(file, found, choices, Position(**page.cursor)))
        assert [order for each in rest for order in each.orders] == [
            order for each in whole[number:] for order in each.orders
        ]
    with pytest.raises(Trouble, match="shorter"):
        read_pages(file, found, choices, Position(10**9, 1))
    file.unlink()
    with pytest.raises(Trouble, match="gone"):
        read_pages(file, found, choices)


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    file = write(tmp_path, many(1_500) + "#" * (10 * 2**20) + "\n")
    assert file.stat().st_size > 10 * 2**20
    found = sniff(file)
    choices = propose(file, found, BERLIN, "EUR").choices
    tracemalloc.start()
    count = sum(len(page.orders) for page in read_pages(file, found, choices))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 1_500
    assert peak < 8 * 2**20, peak


def test_very_many_problems_are_counted(tmp_path: Path) -> None:
    file = write(tmp_path, "Order,Date,Total\n" + "7,2026-03-02,-5.00\n" * 350)
    [page] = pages(file)
    assert len(page.problems) == 101
    assert page.problems[-1] == "And 250 more like these."


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    orders=some.lists(
        some.tuples(some.integers(1, 10**9), some.lists(some.integers(1, 10**6), min_size=1, max_size=3)),
        min_size=1,
        max_size=12,
        unique_by=lambda each: each[0],
    ),
    decimal=some.sampled_from([".", ","]),
    shuffled=some.randoms(),
)
def test_what_was_written_is_read_whatever_the_order_of_rows(
    tmp_path: Path, orders: list[tuple[int, list[int]]], decimal: str, shuffled: object
) -> None:
    rows = [
        (str(number), "2026-03-01", f"Thing {position}", f"{amount // 100}{decimal}{amount % 100:02}")
        for number, amounts in orders
        for position, amount in enumerate(amounts)
    ]
    shuffled.shuffle(rows)  # type: ignore[attr-defined]
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([("Order", "Date", "Item name", "Item total"), *rows])
    found, problems = read(write(tmp_path, out.getvalue()))
    assert problems == []
    assert {order.id: order.total_minor for order in found} == {str(number): sum(each) for number, each in orders}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(raw=some.binary(max_size=300) | some.text(alphabet='1a,";\n\r-.€', max_size=200).map(str.encode))
def test_any_bytes_are_orders_or_sentences(tmp_path: Path, raw: bytes) -> None:
    file = write(tmp_path, b"Order,Date,Total\n1,2026-03-01,5.00\n" + raw)
    try:
        found = sniff(file)
    except Trouble as trouble:
        assert trouble.verdict is Verdict.REFUSE  # noqa: PT017 - either way out is right
        return
    choices = propose(file, found, BERLIN, "EUR").choices
    try:
        read_whole = list(read_pages(file, found, choices))
    except Trouble as trouble:
        assert trouble.verdict is Verdict.REFUSE  # noqa: PT017 - the columns may not be found
        return
    assert all(problem.startswith(("Line ", "And ")) for page in read_whole for problem in page.problems)


def test_a_file_does_nothing_else() -> None:
    assert (CONNECTOR.read, CONNECTOR.make_voucher, CONNECTOR.record_refund) == (None, None, None)
