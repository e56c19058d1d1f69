"""Which column means what, and what is asked about a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from makegood.connectors.shops.orders_file import TARGETS, guess_columns
from makegood.connectors.shops.orders_file.columns import LINE_TARGETS
from makegood.connectors.shops.orders_file.tests.reading import proposal, read, write
from makegood.connectors.shops.orders_file.words import is_refund, state_of

SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Shipping City,"
    "Shipping Country,Refunded Amount,Payment Reference,Id,Phone"
)
ONE_AN_ORDER = {
    "Order ID": "number",
    "Order Date": "placed_at",
    "Status": "state",
    "Order Total": "total",
    "Currency": "currency",
    "Billing Email": "email",
    "Billing Name": "name",
}


def test_the_headings_of_a_shopify_export() -> None:
    row = dict.fromkeys(SHOPIFY.split(","), "") | {"Name": "#1001", "Billing Name": "Ada Lovelace"}
    found = guess_columns(SHOPIFY.split(","), [row])
    assert found == {
        "number": "Name",
        "id": "Id",
        "placed_at": "Created at",
        "total": "Total",
        "currency": "Currency",
        "state": "Financial Status",
        "email": "Email",
        "name": "Billing Name",
        "phone": "Phone",
        "shipping": "Shipping",
        "tax": "Taxes",
        "discount": "Discount Amount",
        "refunded": "Refunded Amount",
        "payment_ref": "Payment Reference",
        "city": "Shipping City",
        "country": "Shipping Country",
        "line_name": "Lineitem name",
        "sku": "Lineitem sku",
        "quantity": "Lineitem quantity",
        "line_price": "Lineitem price",
    }


def test_headings_of_one_row_an_order() -> None:
    found = guess_columns(list(ONE_AN_ORDER), [])
    assert {column: target for target, column in found.items()} == ONE_AN_ORDER


@pytest.mark.parametrize(
    "heading",
    [
        "Bestellnummer;Bestelldatum;Gesamtbetrag;E-Mail-Adresse;Kundenname;Währung",
        "Numéro de commande;Date de commande;Total TTC;Courriel;Nom du client;Devise",
        "Número de pedido;Fecha del pedido;Importe total;Correo electrónico;Cliente;Moneda",
        "Ordernummer;Besteldatum;Totaalbedrag;E-mail;Klantnaam;Valuta",
    ],
)
def test_headings_in_other_languages(heading: str) -> None:
    columns = heading.split(";")
    assert guess_columns(columns, []) == dict(
        zip(("number", "placed_at", "total", "email", "name", "currency"), columns, strict=True)
    )


def test_a_column_of_dates_without_a_name_we_know() -> None:
    samples = [{"Order": str(number), "When it was": f"2026-03-0{number}"} for number in range(1, 6)]
    assert guess_columns(["Order", "When it was"], samples) == {"number": "Order", "placed_at": "When it was"}


def test_each_target_is_known_and_each_column_serves_once() -> None:
    assert set(LINE_TARGETS) < set(TARGETS)
    found = guess_columns(["Total", "Total (2)", "order number", "Order Number (2)"], [])
    assert len(set(found.values())) == len(found)


def test_nothing_is_asked_when_the_file_says_it_all(tmp_path: Path) -> None:
    made = proposal(write(tmp_path, "Order,Date,Total\n1,2026-03-01,12.50 €\n2,2026-03-02,3.00 €\n"))
    assert made.questions == {}
    assert made.notes == ("Amounts are read with “.” before the cents.",)


def test_what_only_a_person_can_say_is_asked(tmp_path: Path) -> None:
    made = proposal(write(tmp_path, "Order,Date,Total\n1,03/04/2026,1.234\n2,05/06/2026,2.345\n"))
    assert sorted(made.questions) == ["currency", "day_first", "decimal"]
    assert "3rd of April" in made.questions["day_first"]
    assert made.choices.day_first
    assert made.choices.decimal == ","
    assert any("1.234" in note for note in made.notes)


def test_the_shops_own_currency_is_proposed_and_said(tmp_path: Path) -> None:
    made = proposal(write(tmp_path, "Order,Date,Total\n1,2026-03-01,12.50\n"), currency="EUR")
    assert made.questions == {}
    assert made.notes[-1] == "Amounts without a currency are read as EUR."


def test_columns_that_are_missing_are_asked_for(tmp_path: Path) -> None:
    made = proposal(write(tmp_path, "Colour,Size\nblue,L\nred,M\n"))
    assert sorted(made.questions) == ["currency", "number", "placed_at", "total"]
    assert all(sentence.startswith(("Please", "In which")) for sentence in made.questions.values())


@pytest.mark.parametrize(
    ("dates", "days_first"), [(["3/4/2026", "13/4/2026"], True), (["3/4/2026", "4/13/2026"], False)]
)
def test_one_date_settles_the_others_wherever_it_stands(tmp_path: Path, dates: list[str], days_first: bool) -> None:
    rows = [f"{number},{dates[0]},5.00" for number in range(600)] + [f"x,{dates[1]},5.00"]
    file = write(tmp_path, "Order,Date,Total\n" + "\n".join(rows) + "\n")
    made = proposal(file, "EUR")
    assert "day_first" not in made.questions
    assert made.choices.day_first is days_first
    orders, problems = read(file)
    assert problems == []
    assert orders[0].placed_at.astimezone(made.choices.timezone).month == (4 if days_first else 3)


def test_a_date_the_wrong_way_round_is_refused_with_its_line(tmp_path: Path) -> None:
    file = write(tmp_path, "Order,Date,Total\n1,13/4/2026,5.00\n2,4/13/2026,5.00\n")
    orders, problems = read(file)
    assert [order.id for order in orders] == ["1"]
    assert problems == ["Line 3: “4/13/2026” cannot be read as a date."]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("wc-completed", "shipped"),
        ("Versandt", "shipped"),
        ("Payée", "paid"),
        ("On hold", "open"),
        ("Geannuleerd", "cancelled"),
        ("Zugestellt", "delivered"),
        ("partially_fulfilled", "part_shipped"),
    ],
)
def test_states(word: str, state: str) -> None:
    assert state_of(word) == state


def test_words_we_do_not_know() -> None:
    assert state_of("in the kiln") is None
    assert not is_refund("Order")
    assert is_refund("Rückerstattung")
