"""Codes: chosen and kept first, made once, by hand where the shop cannot."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from makegood.kit import clock
from makegood.resolve import codes, doing, ledger
from makegood.resolve.models import LedgerLine, Remedy
from makegood.resolve.rules import ResolveError
from makegood.resolve.tests.authority_scene import join
from makegood.resolve.tests.doing_scene import Doing
from makegood.resolve.tests.till import Killed

pytestmark = pytest.mark.django_db
WORDS = "Hi {name}, {code} is worth {amount} until {date}."


@pytest.fixture
def shop(doing_shop: Doing) -> Doing:
    return doing_shop


def booked(shop: Doing) -> dict[str, int]:
    assert ledger.unbalanced(shop.workspace) == []
    return dict(LedgerLine.objects.within(shop.workspace).values_list("account", "amount_minor"))


def test_a_code_is_made_in_the_shop_and_lies_ready_for_the_customer(shop: Doing) -> None:
    row = shop.do(shop.given("voucher", 1500, order=shop.order(), words=WORDS))
    assert row.state == "executed"
    assert row.executed_at is not None
    assert row.try_at is None
    assert shop.corner.asked == [row.external_id]
    wish = shop.corner.codes[row.external_id]
    assert (wish.amount_minor, wish.percent, wish.currency) == (1500, 0, "EUR")
    assert wish.ends_at is not None
    assert wish.ends_at - clock.now() > timedelta(days=364)
    assert row.external_id in row.ready_words
    assert "15.00 EUR" in row.ready_words
    assert "{" not in row.ready_words
    assert row.tell_from is not None
    assert row.told_at is None
    assert "Tell them" in shop.bell()[-1]
    assert row.external_id in shop.bell()[-1]
    assert booked(shop) == {"goodwill": 1500, "vouchers": -1500}
    assert shop.lines() == ["remedy.done", "voucher.made"]


def test_once_is_enough(shop: Doing) -> None:
    row = shop.do(shop.given("voucher", 1500, order=shop.order()))
    shop.again(row)
    assert len(shop.corner.asked) == 1
    assert booked(shop) == {"goodwill": 1500, "vouchers": -1500}


@pytest.mark.parametrize("fault", ["killed", "killed late"])
def test_after_a_crash_the_same_code_is_asked_for(shop: Doing, fault: str) -> None:
    row = shop.given("voucher", 1500, order=shop.order())
    shop.corner.faults = [fault]
    with pytest.raises(Killed):
        doing.do_due()
    code = shop.fresh(row).external_id
    assert code, "the code is kept before the shop hears of it"
    assert shop.do(row).state == "auto_approved", "nobody else takes it while the lease holds"
    row = shop.again(row)
    assert (row.state, row.external_id) == ("executed", code)
    assert shop.corner.asked == [code, code]
    assert list(shop.corner.codes) == [code]
    assert booked(shop) == {"goodwill": 1500, "vouchers": -1500}


@pytest.mark.parametrize("fault", ["busy", "lost", "odd"])
def test_what_passes_is_tried_again(shop: Doing, fault: str) -> None:
    shop.corner.faults = [fault]
    row = shop.do(shop.given("voucher", 1500, order=shop.order()))
    assert row.state == "auto_approved"
    assert row.problem == ""
    assert row.to_do == ""
    assert row.try_at is not None
    assert row.try_at > clock.now()
    if fault == "busy":
        assert row.try_at < clock.now() + timedelta(seconds=8)
    assert shop.again(row).state == "executed"
    assert len(shop.corner.codes) == 1


def test_who_stays_busy_is_told_to_a_person(shop: Doing) -> None:
    shop.corner.faults = ["busy"] * doing.MOST_ATTEMPTS
    row = shop.given("voucher", 1500, order=shop.order())
    for _each in range(doing.MOST_ATTEMPTS):
        row = shop.again(row)
    assert row.problem == "The shop is busy."
    assert row.try_at is None
    assert "The shop is busy." in shop.bell()[-1]
    doing.try_anew(row, shop.member)
    assert shop.do(row).state == "executed"


@pytest.mark.parametrize("kind", ["stall", "corner"])
def test_where_the_shop_does_not_the_code_is_made_by_hand(shop: Doing, kind: str) -> None:
    type(shop.source).objects.filter(pk=shop.source.pk).update(kind=kind)
    shop.corner.faults = ["no"]
    row = shop.do(shop.given("voucher", 1500, order=shop.order(), words=WORDS))
    assert row.state == "auto_approved"
    assert row.external_id in row.to_do
    assert "15.00 EUR" in row.to_do
    assert row.tell_from is None, "a code that does not work yet is told to nobody"
    assert row.to_do in shop.bell()[-1] or shop.bell()[-1].startswith("needs you")
    assert booked(shop) == {}
    code = row.external_id
    done = doing.done(row, shop.member)
    assert (done.state, done.external_id) == ("executed", code)
    assert code in done.ready_words
    assert doing.done(row, shop.member).state == "executed"
    assert booked(shop) == {"goodwill": 1500, "vouchers": -1500}


def test_a_shop_may_be_asked_again_after_all(shop: Doing) -> None:
    shop.corner.faults = ["no"]
    row = shop.do(shop.given("voucher", 1500, order=shop.order()))
    code = row.external_id
    doing.try_anew(row, shop.member)
    row = shop.do(row)
    assert row.state == "executed"
    assert shop.corner.asked == [code, code]


def test_percent_and_a_code_of_ones_own(shop: Doing) -> None:
    details = {"percent": 10, "code": "sorry-ada", "until": "2031-05-04"}
    row = shop.do(shop.given("voucher", 2000, order=shop.order(), details=details, words=WORDS))
    wish = shop.corner.codes["SORRY-ADA"]
    assert (wish.percent, wish.amount_minor) == (10, 0)
    assert wish.ends_at is not None
    assert wish.ends_at.isoformat().startswith("2031-05-04T23:59:59")
    assert "10 %" in row.ready_words
    other = shop.do(shop.given("voucher", 2000, order=shop.order(), details=details))
    assert other.external_id != "SORRY-ADA", "a code is given to one customer"


def test_a_cost_that_was_stated_is_what_is_booked(shop: Doing) -> None:
    shop.do(shop.given("voucher", 2000, order=shop.order(), cost_minor=1200))
    assert booked(shop) == {"goodwill": 1200, "vouchers": -1200}


def test_without_an_order_the_shop_that_can_is_asked(shop: Doing) -> None:
    assert shop.do(shop.given("voucher", 700)).state == "executed"


def test_codes_are_hard_to_mistake_and_to_guess() -> None:
    found = {codes.voucher_code() for _ in range(2000)}
    assert len(found) == 2000
    assert all(re.fullmatch(r"MG-[2-9B-DF-HJ-NP-TV-Z]{5}-[2-9B-DF-HJ-NP-TV-Z]{5}-..", code) for code in found)
    assert not set("".join(found)) & set("01OILSAEU")


def test_only_who_answers_says_that_it_is_done(shop: Doing, vera: Any) -> None:
    shop.corner.faults = ["no"]
    row = shop.do(shop.given("voucher", 1500, order=shop.order()))
    with pytest.raises(ResolveError, match="answers customers"):
        doing.done(row, join(shop.workspace, vera))
    assert Remedy.objects.within(shop.workspace).get(pk=row.pk).state == "auto_approved"
