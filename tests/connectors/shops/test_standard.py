"""Every kind of shop passes these rules, or states why one cannot be put to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import VoucherWish
from makegood.connectors.shops.registry import KINDS
from makegood.connectors.shops.registry import shop as shop_of
from makegood.kit import http
from tests import faults
from tests.connectors.doing import trouble_if_any
from tests.connectors.sentences import faults_of, secrets_of
from tests.connectors.shops.subject import ShopSubject
from tests.connectors.shops.subjects import MARKS, SUBJECTS


def rule(*functions: str) -> pytest.MarkDecorator:
    """A rule for every kind of shop that has these functions; the others have nothing to show here."""
    able = [kind for kind in sorted(SUBJECTS) if all(getattr(shop_of(kind), name) is not None for name in functions)]
    kinds = [pytest.param(kind, marks=MARKS.get(kind, ())) for kind in able]
    return pytest.mark.parametrize("shop", kinds, indirect=True, scope="module")


@pytest.fixture(autouse=True)
def exempt(request: pytest.FixtureRequest) -> None:
    """Skips what a subject says cannot be put to it, by the name of the test."""
    if "shop" in request.fixturenames:
        subject: ShopSubject = request.getfixturevalue("shop")
        name = request.node.originalname.removeprefix("test_")
        if name in subject.exempt:
            pytest.skip(subject.exempt[name])


async def trouble_of(subject: ShopSubject, work: Any) -> Trouble:
    """The trouble it ends with, told plainly; anything else fails."""
    with pytest.raises(Trouble) as caught:
        await work
    secrets = secrets_of(subject.credentials)
    assert not faults_of(caught.value.sentence, secrets), caught.value.sentence
    assert not [secret for secret in secrets if secret in caught.value.detail]
    return caught.value


# What it says of itself


def test_every_kind_has_a_subject() -> None:
    assert sorted(SUBJECTS) == sorted(KINDS)


@pytest.mark.parametrize("kind", sorted(SUBJECTS))
def test_what_it_says_of_itself(kind: str) -> None:
    made = shop_of(kind)
    told = made.capability
    assert told.kind == kind
    assert told.title
    assert told.tested.endswith(".")
    assert all(fact.source.startswith("https://") and fact.text.endswith(".") for fact in told.rate_limits)
    assert told.webhooks == (made.verify is not None)
    assert told.vouchers == (made.make_voucher is not None)
    assert told.refunds == (made.record_refund is not None)
    folder = Path(str(import_module(KINDS[kind]).__file__)).parent
    assert "## What is tested against what" in (folder / "README.md").read_text("utf-8")
    assert list((folder / "tests").glob("test_*.py"))


# Connecting and reading


@rule("connect")
async def test_connects(shop: ShopSubject) -> None:
    made = await shop.sign_in()
    assert made.id
    assert made.name
    assert made.id == (await shop.sign_in()).id
    json.dumps(made.credentials)


@rule("connect")
async def test_refuses_a_wrong_form(shop: ShopSubject) -> None:
    trouble = await trouble_of(shop, shop.wrong())
    assert trouble.verdict is Verdict.REFUSE


@rule("read", "fetch")
async def test_brings_whole_orders(shop: ShopSubject) -> None:
    order = await shop.one(shop.first)
    assert order.number
    assert order.currency == shop.currency
    assert order.email == "ada@example.com"
    assert order.placed_at.tzinfo is UTC
    assert order.changed_at.tzinfo is UTC
    assert order.total_minor > 0
    assert order.lines
    assert sum(line.total_minor for line in order.lines) + order.shipping_minor == order.total_minor
    reader = shop.reader()
    assert (await reader.read())[shop.first].number == order.number


@rule("read")
async def test_reads_on(shop: ShopSubject) -> None:
    reader = shop.reader(json.loads(json.dumps(shop.behind)))
    await reader.read()
    new = shop.buy("reads-on@example.com")
    came = await reader.read()
    assert new in came
    assert came[new].email == "reads-on@example.com"
    json.dumps(reader.cursor)


@rule("read")
async def test_brings_what_changed(shop: ShopSubject) -> None:
    reader = shop.reader()
    before = (await reader.read())[shop.first]
    shop.touch(shop.first)
    after = (await reader.read())[shop.first]
    assert after.changed_at > before.changed_at


@rule("read")
async def test_small_pages_bring_all(shop: ShopSubject, monkeypatch: pytest.MonkeyPatch) -> None:
    bought = {shop.buy(f"page{number}@example.com") for number in range(5)}
    whole = shop.reader()
    await whole.read()
    assert bought <= set(whole.orders)
    shop.few_a_page(monkeypatch)
    small = shop.reader()
    await small.read()
    assert small.pages > whole.pages
    assert set(small.orders) >= set(whole.orders)


@rule("read")
async def test_nothing_is_missed_when_rows_change_between_pages(
    shop: ShopSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = [shop.buy(f"moving{number}@example.com") for number in range(6)]
    shop.few_a_page(monkeypatch)
    reader = shop.reader()

    def meanwhile() -> None:
        # What was read first moves to the end, and all behind it move up.
        seen = [each for each in standing if each in reader.orders]
        if seen and reader.pages < 12:
            shop.touch(seen[0])
            standing.remove(seen[0])
            bought.append(seen[0])

    bought: list[str] = []
    reader.between = meanwhile
    await reader.read()
    reader.between = lambda: None
    await reader.read()
    assert bought, "something moved"
    assert set(standing) | set(bought) <= set(reader.orders)


@rule("fetch")
async def test_fetch_says_what_is_there_and_what_is_gone(shop: ShopSubject) -> None:
    assert shop.shop.fetch is not None
    page = await shop.shop.fetch(shop.credentials, (shop.first, "999999999"))
    assert [order.id for order in page.orders] == [shop.first]
    assert page.gone == ("999999999",)
    assert (await shop.shop.fetch(shop.credentials, ())).orders == ()


@rule("fetch_customers")
async def test_fetches_a_customer_by_id(shop: ShopSubject) -> None:
    assert shop.shop.fetch_customers is not None
    known = shop.register("bea@example.com")
    page = await shop.shop.fetch_customers(shop.credentials, (known, "999999999"))
    assert [(each.id, each.email) for each in page.customers] == [(known, "bea@example.com")]
    assert page.customers[0].name
    assert (page.orders, page.gone, page.problems) == ((), (), ())
    assert (await shop.shop.fetch_customers(shop.credentials, ())).customers == ()


# Bearing what happens

FAULTS: dict[str, tuple[Callable[[], faults.Fault], Verdict]] = {
    "signed out": (lambda: faults.answer(401), Verdict.DISCONNECT),
    "too many": (lambda: faults.answer(429, retry_after="7"), Verdict.WAIT),
    "unwell": (lambda: faults.answer(503), Verdict.RETRY),
    "reset": (faults.reset, Verdict.RETRY),
    "broken off": (faults.truncated, Verdict.RETRY),
    "half a body": (faults.malformed, Verdict.RETRY),
    "a Wi-Fi's page": (faults.wrong_type, Verdict.RETRY),
    "slow": (lambda: faults.slow(5), Verdict.RETRY),
}


@rule("read")
@pytest.mark.parametrize("name", sorted(FAULTS))
async def test_bears(shop: ShopSubject, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    fault, verdict = FAULTS[name]
    healthy = shop.reader(shop.behind)
    expected = await healthy.read()
    shop.between.inject(fault())
    reader = shop.reader(shop.behind)
    with monkeypatch.context() as patched:
        patient = http.client
        patched.setattr(http, "client", lambda **options: patient(**{**options, "timeout": 1.0}))
        trouble = await trouble_of(shop, reader.read())
    shop.between.lift()
    assert trouble.verdict is verdict, trouble.detail
    if verdict is Verdict.WAIT:
        assert trouble.retry_after == 7
    assert set(await reader.read()) >= set(expected), "nothing is lost"


@rule("read")
async def test_a_reading_that_is_cut_is_taken_up(shop: ShopSubject, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(16):
        # Pages enough to be cut three times, whichever rules ran before on this shop.
        shop.buy(f"cut{number}@example.com")
    whole = shop.reader()
    await whole.read()
    shop.few_a_page(monkeypatch)
    reader = shop.reader()
    for passing in range(1, 4):
        rule = shop.between.inject(faults.answer(503), skip=passing)
        try:
            await trouble_of(shop, reader.read())
        finally:
            shop.between.lift(rule)
    assert reader.pages >= 3, "what came before was kept"
    await reader.read()
    assert set(reader.orders) >= set(whole.orders)


# Vouchers, refunds, webhooks


@rule("make_voucher")
async def test_a_voucher_is_made_once(shop: ShopSubject) -> None:
    wish = VoucherWish(code="SORRY-ONCE", currency=shop.currency, amount_minor=500)
    made = await shop.make(wish)
    assert made.code == "SORRY-ONCE"
    assert await shop.make(wish) == made
    assert shop.vouchers("SORRY-ONCE") == 1
    other = VoucherWish(code="SORRY-ONCE", currency=shop.currency, amount_minor=900)
    assert (await trouble_of(shop, shop.make(other))).verdict is Verdict.REFUSE


@rule("make_voucher")
async def test_a_voucher_whose_answer_is_lost_is_made_once(shop: ShopSubject) -> None:
    wish = VoucherWish(code="SORRY-LOST", currency=shop.currency, percent=10)
    for passing in range(4):
        rule = shop.between.inject(faults.lost(), skip=passing, times=1)
        trouble = await trouble_if_any(shop.make(wish))
        assert trouble is None or trouble.verdict is Verdict.RETRY, trouble.detail
        shop.between.lift(rule)
    assert (await shop.make(wish)).code == "SORRY-LOST"
    assert shop.vouchers("SORRY-LOST") == 1


@rule("make_voucher")
@pytest.mark.parametrize(
    "worth", [{}, {"amount_minor": 100, "percent": 10}, {"amount_minor": -1}, {"percent": 101}], ids=str
)
async def test_a_voucher_that_makes_no_sense_is_refused(shop: ShopSubject, worth: dict[str, Any]) -> None:
    wish = VoucherWish(code="SORRY-NO", currency=shop.currency, **worth)
    assert (await trouble_of(shop, shop.make(wish))).verdict is Verdict.REFUSE
    assert shop.vouchers("SORRY-NO") == 0


@rule("record_refund", "fetch")
async def test_a_refund_is_noted_once(shop: ShopSubject) -> None:
    order = shop.buy("refund@example.com")
    noted = await shop.record(order, 250, "key-once")
    assert noted
    assert await shop.record(order, 250, "key-once") == noted
    assert shop.refunded(order) == [250]
    assert await shop.record(order, 100, "key-other") != noted
    assert sorted(shop.refunded(order)) == [100, 250]
    refunds = (await shop.one(order)).refunds
    assert sorted((refund.amount_minor, refund.currency) for refund in refunds) == [
        (100, shop.currency),
        (250, shop.currency),
    ]
    assert any("The lid came broken." in refund.reason for refund in refunds)


@rule("record_refund")
async def test_a_refund_whose_answer_is_lost_is_noted_once(shop: ShopSubject) -> None:
    order = shop.buy("refund-lost@example.com")
    for passing in range(5):
        rule = shop.between.inject(faults.lost(), skip=passing, times=1)
        trouble = await trouble_if_any(shop.record(order, 250, "key-lost"))
        assert trouble is None or trouble.verdict is Verdict.RETRY, trouble.detail
        shop.between.lift(rule)
    await shop.record(order, 250, "key-lost")
    assert shop.refunded(order) == [250]


@rule("record_refund", "fetch")
async def test_more_than_was_paid_is_not_noted(shop: ShopSubject) -> None:
    order = shop.buy("refund-much@example.com")
    most = (await shop.one(order)).total_minor
    trouble = await trouble_of(shop, shop.record(order, most + 1, "key-much"))
    assert trouble.verdict is Verdict.REFUSE
    await shop.record(order, most, "key-all")
    assert (await trouble_of(shop, shop.record(order, 1, "key-more"))).verdict is Verdict.REFUSE
    assert shop.refunded(order) == [most]
    assert (await trouble_of(shop, shop.record("999999999", 1, "key-none"))).verdict is Verdict.REFUSE


@rule("verify")
def test_a_webhook_is_believed_only_when_it_is_signed(shop: ShopSubject) -> None:
    assert shop.shop.verify is not None
    headers = shop.signed(shop.event)
    event = shop.shop.verify(shop.credentials, headers, shop.event)
    assert event.id
    assert event == shop.shop.verify(shop.credentials, headers, shop.event), "the same for each delivery"
    if event.at is not None:
        assert event.at.utcoffset() == timedelta(0)
    for forged, body in ((headers, shop.event + b" "), ({}, shop.event)):
        with pytest.raises(Trouble) as caught:
            shop.shop.verify(shop.credentials, forged, body)
        assert caught.value.verdict is Verdict.REFUSE
        assert not faults_of(caught.value.sentence, secrets_of(shop.credentials))
