"""What customers spent and may spend: subtracting what went back, fitting when it is due, saying it honestly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.identify import api as identify
from makegood.identify.models import Charge, Contact, Customer, MoneySettings, Order, OrderLine, Source, ValueModel
from makegood.identify.spending import Paid, kept_minor, net_minor, spending
from makegood.kit import clock


@pytest.fixture
def shop(workspace: Any) -> Source:
    return Source.objects.create(
        workspace=workspace, side="shop", kind="orders_file", name="Shop", address="shop", hook="hook"
    )


def buyer(shop: Source, name: str = "Ada") -> Customer:
    return Customer.objects.create(workspace_id=shop.workspace_id, source=shop, external_id=name, name=name)


def order(who: Customer, total: int = 5000, days: int = 30, **fields: Any) -> Order:
    number = str(Order.objects.within(who.workspace_id).count() + 1)
    moment = clock.now() - timedelta(days=days)
    fields = {"currency": "EUR", "state": "delivered", **fields}
    return Order.objects.create(
        workspace_id=who.workspace_id,
        source=who.source,
        customer=who,
        external_id=number,
        number=number,
        number_key=number,
        total_minor=total,
        placed_at=moment,
        changed_at=moment,
        **fields,
    )


def charge(of: Order, amount: int, back: int = 0, **fields: Any) -> Charge:
    return Charge.objects.create(
        workspace_id=of.workspace_id,
        source=of.source,
        external_id=f"ch{Charge.objects.within(of.workspace_id).count()}",
        order=of,
        state="paid",
        amount_minor=amount,
        refunded_minor=back,
        currency=of.currency,
        at=of.placed_at,
        **fields,
    )


@pytest.mark.parametrize(
    ("total", "refunded", "paid", "net"),
    [
        (5000, 0, Paid(), 5000),
        (5000, 2000, Paid(), 3000),
        (5000, 6000, Paid(), 0),
        (5000, 0, Paid(10_000, 5_000), 5000),
        (5000, 5000, Paid(10_000, 5_000), 5000),
        (5000, 0, Paid(5_000, 5_000), 0),
        (5000, 0, Paid(5_000, 1_200), 3800),
        (5000, 1000, Paid(2_000, 0), 4000),
        (0, 0, Paid(), 0),
    ],
)
def test_what_stays_of_an_order(total: int, refunded: int, paid: Paid, net: int) -> None:
    assert net_minor(total, refunded, paid) == net


@pytest.mark.parametrize(
    ("net", "tax", "cost", "kept"),
    [(5000, 800, None, 2000), (5000, 800, 1500, 2700), (0, 800, 1500, 0), (2500, 800, 1500, 600)],
)
def test_what_the_shop_keeps(net: int, tax: int, cost: int | None, kept: int) -> None:
    assert kept_minor(net, 5000, tax, cost, 40) == kept


def test_the_history_has_refunds_and_remedies_taken_off(workspace: Any, shop: Source) -> None:
    ada = buyer(shop)
    twice = order(ada, 4990)
    charge(twice, 4990)
    charge(twice, 4990, back=4990)
    order(ada, 5000, refunded_minor=2000)
    order(ada, 9999, state="cancelled")
    known = order(ada, 1000)
    OrderLine.objects.create(
        workspace=workspace, order=known, external_id="l", name="Lid", quantity=1, total_minor=1000, cost_minor=900
    )
    worth = identify.worth_of(workspace, [ada], {"EUR": 500, "USD": 7})
    assert (worth.orders, worth.spent_minor, worth.refunded_minor) == (3, 4990 + 3000 + 1000, 2000)
    assert worth.kept_minor == 1996 + 1200 + 100 - 500
    assert worth.sentence == (
        "Has spent 90 EUR in 3 orders; you have not had enough orders yet to say what is to come."
    )
    assert worth.losing is None


def test_other_currencies_stand_beside(workspace: Any, shop: Source) -> None:
    ada = buyer(shop)
    order(ada, 5000)
    order(ada, 700, currency="JPY")
    worth = identify.worth_of(workspace, [ada])
    assert (worth.currency, worth.elsewhere) == ("EUR", (("JPY", 700, 1),))
    assert worth.more == ["and 700 JPY in 1 order"]


def test_nobody_known(workspace: Any) -> None:
    worth = identify.worth_of(workspace, [])
    assert worth.sentence == "No order of theirs is known here, so there is no saying what they are worth to you."
    assert worth.source == "no orders of theirs are known here"


def test_one_person_with_two_records_is_one_customer(workspace: Any, shop: Source) -> None:
    from makegood.identify.identities import tie

    contact = Contact.objects.create(workspace=workspace, name="Ada")
    for name in ("guest", "account"):
        row = buyer(shop, name)
        order(row)
        tie(contact, kind="customer", value=str(row.pk), customer=row, basis="shop_record")
    order(buyer(shop, "Bo"))
    assert sorted(who.split(":")[0] for who, _at, _minor in spending(workspace, "EUR")) == [
        "contact",
        "contact",
        "customer",
    ]
    assert len({who for who, _at, _minor in spending(workspace, "EUR")}) == 2


def test_it_is_fitted_for_each_currency_when_it_is_due_and_not_before(
    workspace: Any, other_workspace: Any, shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert identify.fit_due() == 0, "nobody has ordered yet"
    for number in range(12):
        who = buyer(shop, f"c{number}")
        order(who, currency="USD", days=100)
        if number < 8:
            order(who, currency="USD", days=40)
    order(buyer(shop, "one"), currency="EUR")
    assert identify.fit_due() == 2
    assert MoneySettings.objects.within(workspace).get().currency == "USD", "what it sells in most"
    assert not MoneySettings.objects.within(other_workspace).exists()
    models = {row.currency: row for row in ValueModel.objects.within(workspace)}
    assert (models["USD"].method, models["USD"].customers, models["USD"].repeaters) == ("average", 12, 8)
    assert models["EUR"].method == "none"
    assert identify.fit_due() == 0, "it was looked at a moment ago"

    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(hours=2))
    assert identify.fit_due() == 0, "nothing has changed"
    order(buyer(shop, "new"), currency="USD")
    order(buyer(shop, "newer"), currency="USD")
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(hours=4))
    assert identify.fit_due() == 1, "one order in ten is new"
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(hours=29))
    assert identify.fit_due() == 2, "a day has passed"
    assert MoneySettings.objects.within(workspace).get().lease_until is None


def test_of_old_models_few_are_kept(workspace: Any, shop: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    order(buyer(shop))
    start = clock.now()
    for day in range(8):
        monkeypatch.setattr(clock, "now", lambda day=day: start + timedelta(days=2 * day, minutes=1))
        assert identify.fit_due() == 1
    assert ValueModel.objects.within(workspace).count() == 5


def test_who_leases_it_fits_it(workspace: Any, shop: Source) -> None:
    order(buyer(shop))
    MoneySettings.objects.create(workspace=workspace, lease_until=clock.now() + timedelta(minutes=5))
    assert identify.fit_due() == 0
    MoneySettings.objects.within(workspace).update(lease_until=clock.now() - timedelta(minutes=5))
    assert identify.fit_due() == 1


def test_what_is_to_come_is_said_with_its_ground(workspace: Any, shop: Source) -> None:
    for number in range(60):
        who = buyer(shop, f"c{number}")
        for again in range(1 + number % 3):
            order(who, 3000 + 10 * number, days=130 - 60 * again)
    identify.fit_due()
    ada = Customer.objects.within(workspace).get(external_id="c2")
    worth = identify.worth_of(workspace, [ada])
    assert (worth.method, worth.customers) == ("cohort", 60)
    assert [each.months for each in worth.ahead] == [12, 24, 36]
    for each in worth.ahead:
        assert 0 <= each.low_minor <= each.high_minor
    assert worth.ahead[0].expected_minor < worth.ahead[2].expected_minor
    assert worth.losing is not None
    assert worth.losing.high_minor == worth.ahead[1].high_minor * 40 // 100
    assert "in 3 orders; likely to spend" in worth.sentence
    assert "from 60 customers of yours" in worth.sentence
    assert worth == identify.worth_of(workspace, [ada]), "it does not change by itself"


def ahead(**fields: Any) -> identify.Worth:
    """Somebody who may spend 0 to 400 EUR in two years, 100 on average, at a margin of 40 %."""
    span = (identify.Ahead(24, 0, 10_000, 40_000),)
    facts: dict[str, Any] = {"orders": 4, "spent_minor": 20_000, "method": "cohort", "customers": 60, "ahead": span}
    return identify.Worth("EUR", 40, **{**facts, **fields})


@pytest.mark.parametrize(
    ("given", "orders", "spent", "share", "losing"),
    [
        (0, 4, 20_000, 0.0, (0, 4_000, 16_000)),
        # A tenth of what they spent, at three quarters of its weight: 7.5 % comes off the margin of 40 %.
        (2_000, 4, 20_000, 0.075, (0, 3_250, 13_000)),
        (2_000, 2, 20_000, 0.05, (0, 3_500, 14_000)),
        # One order is no record: a voucher for it takes nothing off what losing them costs.
        (2_000, 1, 5_000, 0.0, (0, 4_000, 16_000)),
        # Who costs more than they bring is worth nothing, not less.
        (30_000, 4, 20_000, 0.75, (0, 0, 0)),
        # All of it went back.
        (500, 2, 0, 0.5, (0, 0, 0)),
    ],
)
def test_what_losing_somebody_costs_has_what_making_good_costs_taken_off(
    given: int, orders: int, spent: int, share: float, losing: tuple[int, int, int]
) -> None:
    worth = ahead(remedies_minor=given, orders=orders, spent_minor=spent)
    assert worth.remedies_share == pytest.approx(share)
    found = worth.losing
    assert found is not None
    assert (found.low_minor, found.expected_minor, found.high_minor) == losing
    assert ("less what making good costs" in worth.source) == bool(share)
    assert worth.ahead[0].high_minor == 40_000, "what they may spend is the same"


def test_remedies_reach_what_is_to_come(workspace: Any, shop: Source) -> None:
    for number in range(60):
        who = buyer(shop, f"c{number}")
        for again in range(1 + number % 3):
            order(who, 3000 + 10 * number, days=130 - 60 * again)
    identify.fit_due()
    ada = Customer.objects.within(workspace).get(external_id="c2")
    plain, given = identify.worth_of(workspace, [ada]), identify.worth_of(workspace, [ada], {"EUR": 900})
    assert given.ahead == plain.ahead
    assert plain.losing is not None
    assert given.losing is not None
    assert given.losing.expected_minor < plain.losing.expected_minor
    assert identify.worth_of(workspace, [ada], {"USD": 900}).losing == plain.losing


def test_what_the_shop_says_of_its_money_is_checked(workspace: Any, olga: Any) -> None:
    saved = identify.save_money(workspace, olga, currency=" chf", margin_percent=0, discount_percent=50)
    assert (saved.currency, saved.margin_percent, saved.discount_percent) == ("CHF", 0, 50)
    for wrong in ({"currency": "€"}, {"margin_percent": 101}, {"discount_percent": 51}, {"currency": "EURO"}):
        facts: dict[str, Any] = {"currency": "EUR", "margin_percent": 40, "discount_percent": 10, **wrong}
        with pytest.raises(identify.MoneyError):
            identify.save_money(workspace, olga, **facts)
    assert identify.money_of(workspace).currency == "CHF"
