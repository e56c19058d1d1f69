"""Every processor reads what was paid and given back, gives back once, and speaks plainly about trouble."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import ChargeState, Refunded, RefundState, RefundWish
from makegood.connectors.payments.registry import KINDS, processor
from makegood.kit import http
from tests import faults
from tests.connectors.payments.subject import Paying
from tests.connectors.sentences import faults_of, secrets_of


def speaks_plainly(trouble: Trouble, paying: Paying) -> None:
    secrets = secrets_of({name: value for name, value in paying.credentials.items() if isinstance(value, str)})
    secrets = [secret for secret in secrets if not secret.startswith(("http", "acct_", "XZX"))]
    assert not faults_of(trouble.sentence, secrets), (trouble.sentence, faults_of(trouble.sentence, secrets))
    assert not [secret for secret in secrets if secret in trouble.detail]


async def trouble_of(work: Any, paying: Paying) -> Trouble:
    with pytest.raises(Trouble) as caught:
        await work
    speaks_plainly(caught.value, paying)
    return caught.value


async def give(paying: Paying, wish: RefundWish) -> Refunded:
    assert paying.connector.refund is not None
    return await paying.connector.refund(paying.credentials, wish)


async def find(paying: Paying, wish: RefundWish) -> Refunded | None:
    assert paying.connector.find_refund is not None
    return await paying.connector.find_refund(paying.credentials, wish)


# Connecting


async def test_connects(paying: Paying) -> None:
    made = await paying.connect()
    assert made.id
    assert made.name
    assert made.url.startswith("https://")
    assert (await paying.connect()).id == made.id


async def test_refuses_what_is_no_key(paying: Paying) -> None:
    paying.signed_out()
    connect = paying.connector.connect
    assert connect is not None
    for form in paying.wrong:
        trouble = await trouble_of(connect({**form, "api_base": paying.proxy.url}), paying)
        assert trouble.verdict in {Verdict.REFUSE, Verdict.DISCONNECT}


async def test_a_key_goes_nowhere_but_home(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = paying.connector.connect
    assert connect is not None
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "127.0.0.1:9")
    before = len(paying.proxy.asked)
    for address in (paying.proxy.url, "https://collector.example", "http://api.stripe.com.example", "ftp://x", "::"):
        trouble = await trouble_of(connect({**paying.form, "api_base": address}), paying)
        assert trouble.verdict is Verdict.REFUSE
    assert len(paying.proxy.asked) == before


def test_each_limit_has_its_source() -> None:
    for kind in KINDS:
        capability = processor(kind).capability
        assert capability.kind == kind
        assert capability.key_source.startswith("https://")
        assert capability.refund_source.startswith("https://")
        assert all(fact.source.startswith("https://") for fact in capability.rate_limits)
        assert bool(processor(kind).verify) != bool(processor(kind).verify_async)


# Reading


async def test_reads_payments_and_refunds(paying: Paying) -> None:
    one = paying.pay(4999, "EUR", "1042")
    first = await paying.read()
    found = {each.id: each for each in first.payments}[one]
    assert (found.amount_minor, found.currency, found.state) == (4999, "EUR", ChargeState.PAID)
    assert (found.order_number, found.email, found.name) == ("1042", "maya@example.com", "Maya Lund")
    assert found.at.tzinfo is UTC
    assert found.method
    assert found.fingerprint
    assert found.refunded_minor == 0
    two = paying.pay(4999, "EUR", "")
    second = await paying.read(first.cursor)
    again = {each.id: each for each in second.payments}[two]
    assert again.fingerprint == found.fingerprint, "one customer paid twice"
    assert not second.problems


async def test_a_refund_made_by_hand_is_seen(paying: Paying) -> None:
    payment = paying.pay(3000, "EUR", "")
    before = await paying.read()
    paying.by_hand(payment, 1200)
    after = await paying.read(before.cursor)
    assert {each.id: each.refunded_minor for each in after.payments}[payment] == 1200
    refunds = [each for each in after.refunds if each.payment_id == payment]
    assert [(each.amount_minor, each.currency, each.state, each.key) for each in refunds] == [
        (1200, "EUR", RefundState.DONE, "")
    ]


async def test_pages_bring_all_and_the_same_cursor_the_same(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    start = (await paying.read()).cursor
    made = {paying.pay(100 + number, "EUR", "") for number in range(7)}
    whole = await paying.read(start)
    assert made <= {each.id for each in whole.payments}
    page = "stripe.calls" if paying.kind == "stripe" else "paypal.read"
    monkeypatch.setattr(sys.modules[f"makegood.connectors.payments.{page}"], "PAGE", 3)
    small = await paying.read(start)
    assert {each.id for each in small.payments} == {each.id for each in whole.payments}


async def test_fetches_a_payment_with_all_its_refunds(paying: Paying) -> None:
    payment = paying.pay(5000, "EUR", "77")
    paying.by_hand(payment, 100)
    mine = await give(paying, paying.wish(payment, 250))
    page = await paying.fetch(payment, payment)
    assert [(each.id, each.refunded_minor, each.email) for each in page.payments] == [
        (payment, 350, "maya@example.com")
    ]
    assert {each.amount_minor: each.key for each in page.refunds} == {100: "", 250: mine.key}
    assert not page.problems


async def test_what_is_not_there_is_told(paying: Paying) -> None:
    name = "ch_nothing" if paying.kind == "stripe" else "0NOTHING000000000"
    page = await paying.fetch(name)
    assert not page.payments
    assert name in page.problems[0]
    trouble = await trouble_of(give(paying, paying.wish(name, 100)), paying)
    assert trouble.verdict is Verdict.REFUSE


# Giving back


async def test_gives_back_a_part_and_then_the_rest(paying: Paying) -> None:
    payment = paying.pay(5000, "EUR", "")
    part = paying.wish(payment, 1234)
    assert await find(paying, part) is None
    made = await give(paying, part)
    assert (made.payment_id, made.amount_minor, made.currency, made.key) == (payment, 1234, "EUR", part.key)
    assert made.state in {RefundState.DONE, RefundState.PENDING}
    assert await find(paying, part) == made
    await give(paying, paying.wish(payment, 5000 - 1234))
    assert sum(paying.back(payment)) == 5000
    trouble = await trouble_of(give(paying, paying.wish(payment, 1)), paying)
    assert trouble.verdict is Verdict.REFUSE
    assert sum(paying.back(payment)) == 5000


async def test_never_more_than_was_paid(paying: Paying) -> None:
    payment = paying.pay(1000, "EUR", "")
    wishes = [replace(paying.wish(payment, 1001)), paying.wish(payment, 0), paying.wish(payment, -5)]
    paying.by_hand(payment, 600)
    for wish in [*wishes, paying.wish(payment, 401)]:
        trouble = await trouble_of(give(paying, wish), paying)
        assert trouble.verdict is Verdict.REFUSE
        assert await find(paying, wish) is None
    assert paying.back(payment) == [600]


async def test_never_in_another_currency(paying: Paying) -> None:
    payment = paying.pay(100, "EUR", "")
    trouble = await trouble_of(give(paying, paying.wish(payment, 100, "USD")), paying)
    assert trouble.verdict is Verdict.REFUSE
    assert "EUR" in trouble.sentence
    assert paying.back(payment) == []


async def test_currencies_without_decimals(paying: Paying) -> None:
    payment = paying.pay(500, "JPY", "")
    page = await paying.fetch(payment)
    assert (page.payments[0].amount_minor, page.payments[0].currency) == (500, "JPY")
    made = await give(paying, paying.wish(payment, 300, "JPY"))
    assert (made.amount_minor, made.currency) == (300, "JPY")


async def test_the_same_key_pays_once(paying: Paying) -> None:
    payment = paying.pay(9000, "EUR", "")
    wish = paying.wish(payment, 1000)
    first = await give(paying, wish)
    assert await give(paying, wish) == first
    paying.forget()
    assert await give(paying, wish) == first, "even when the processor has forgotten the key"
    assert paying.back(payment) == [1000]


async def test_the_same_key_at_the_same_moment_pays_once(paying: Paying) -> None:
    payment = paying.pay(9000, "EUR", "")
    wish = paying.wish(payment, 700)
    got = await asyncio.gather(*(give(paying, wish) for _ in range(8)), return_exceptions=True)
    made = {each.id for each in got if isinstance(each, Refunded)}
    assert len(made) == 1
    assert all(each.verdict is Verdict.RETRY for each in got if isinstance(each, Trouble))
    assert not [each for each in got if not isinstance(each, Refunded | Trouble)]
    assert paying.back(payment) == [700]


async def test_two_keys_at_the_same_moment_never_give_more_than_was_paid(paying: Paying) -> None:
    payment = paying.pay(1000, "EUR", "")
    wishes = [paying.wish(payment, 600) for _ in range(4)]
    got = await asyncio.gather(*(give(paying, wish) for wish in wishes), return_exceptions=True)
    assert [type(each) for each in got].count(Refunded) == 1
    assert all(each.verdict is Verdict.REFUSE for each in got if isinstance(each, Trouble))
    assert paying.back(payment) == [600]


async def test_the_same_key_for_another_amount_is_nobodys_guess(paying: Paying) -> None:
    payment = paying.pay(9000, "EUR", "")
    wish = paying.wish(payment, 1000)
    await give(paying, wish)
    trouble = await trouble_of(give(paying, replace(wish, amount_minor=2000)), paying)
    assert trouble.verdict is Verdict.BUG
    assert paying.back(payment) == [1000]


# Bearing what happens

PATIENCE = 1.0
LOSSES: list[tuple[Callable[[], faults.Fault], set[Verdict], bool]] = [
    (faults.reset, {Verdict.RETRY}, False),
    (faults.lost, {Verdict.RETRY}, False),
    (lambda: faults.slow(PATIENCE * 2), {Verdict.RETRY}, True),
    (lambda: faults.late(PATIENCE * 2), {Verdict.RETRY}, True),
    (faults.truncated, {Verdict.RETRY}, False),
    (faults.malformed, {Verdict.RETRY}, False),
    (faults.wrong_type, {Verdict.RETRY}, False),
    (lambda: faults.answer(500), {Verdict.RETRY}, False),
    (lambda: faults.answer(503), {Verdict.RETRY}, False),
    (lambda: faults.answer(409), {Verdict.RETRY}, False),
    (lambda: faults.answer(429), {Verdict.WAIT}, False),
    (lambda: faults.answer(401), {Verdict.DISCONNECT}, False),
    (lambda: faults.answer(403), {Verdict.REFUSE}, False),
]


def be_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    patient = http.client
    monkeypatch.setattr(http, "client", lambda **options: patient(**{**options, "timeout": PATIENCE}))


@pytest.mark.parametrize(("fault", "verdicts", "impatient"), LOSSES, ids=lambda value: "")
async def test_whatever_happens_it_goes_back_once(
    paying: Paying,
    fault: Callable[[], faults.Fault],
    verdicts: set[Verdict],
    impatient: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payment = paying.pay(9000, "EUR", "")
    wish = paying.wish(payment, 450)
    rule = paying.proxy.inject(fault(), path=paying.write_path, method="POST", times=2)
    with monkeypatch.context() as patched:
        if impatient:
            be_impatient(patched)
        [got] = await asyncio.gather(give(paying, wish), return_exceptions=True)
    paying.proxy.lift(rule)
    if isinstance(got, Trouble):
        speaks_plainly(got, paying)
        assert got.verdict in verdicts, (got.verdict, got.detail)
    made = got if isinstance(got, Refunded) else None
    made = made or await find(paying, wish) or await give(paying, wish)
    if impatient:
        await asyncio.sleep(PATIENCE)
    assert paying.back(payment) == [450]
    assert await find(paying, wish) == made


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        (lambda: faults.answer(500), Verdict.RETRY),
        (lambda: faults.answer(503, None, retry_after="7"), Verdict.RETRY),
        (lambda: faults.answer(429, None, retry_after="7"), Verdict.WAIT),
        (lambda: faults.answer(401), Verdict.DISCONNECT),
        (lambda: faults.answer(403), Verdict.REFUSE),
        (lambda: faults.answer(404), Verdict.REFUSE),
        (lambda: faults.answer(418), Verdict.BUG),
        (faults.reset, Verdict.RETRY),
        (faults.lost, Verdict.RETRY),
        (faults.truncated, Verdict.RETRY),
        (faults.malformed, Verdict.RETRY),
        (faults.wrong_type, Verdict.RETRY),
        (lambda: faults.answer(200, b"[]"), Verdict.RETRY),
        (lambda: faults.answer(200, b"null"), Verdict.RETRY),
        (lambda: faults.answer(200, b'"text"'), Verdict.RETRY),
        (lambda: faults.answer(200, b"\xff\xfe"), Verdict.RETRY),
        (lambda: faults.answer(400, b"[1]"), Verdict.BUG),
        (lambda: faults.answer(400, b'{"error": []}'), Verdict.BUG),
    ],
    ids=lambda value: "",
)
async def test_reading_bears_it_and_loses_nothing(
    paying: Paying, fault: Callable[[], faults.Fault], verdict: Verdict
) -> None:
    start = (await paying.read()).cursor
    payment = paying.pay(777, "EUR", "")
    rule = paying.proxy.inject(fault(), path=paying.read_path)
    trouble = await trouble_of(paying.read(start), paying)
    assert trouble.verdict is verdict, trouble.detail
    if verdict is Verdict.WAIT:
        assert trouble.retry_after == 7
    paying.proxy.lift(rule)
    assert payment in {each.id for each in (await paying.read(start)).payments}


async def test_a_processor_that_is_down(paying: Paying) -> None:
    payment = paying.pay(800, "EUR", "")
    wish = paying.wish(payment, 800)
    paying.proxy.go_down()
    for work in (paying.read(), give(paying, wish), find(paying, wish), paying.fetch(payment), paying.connect()):
        assert (await trouble_of(work, paying)).verdict is Verdict.RETRY
    paying.proxy.come_up()
    assert await find(paying, wish) is None
    await give(paying, wish)
    assert paying.back(payment) == [800]


async def test_a_key_that_is_no_longer_accepted(paying: Paying) -> None:
    paying.proxy.inject(faults.answer(401))
    paying.signed_out()
    trouble = await trouble_of(paying.read(), paying)
    assert trouble.verdict is Verdict.DISCONNECT
    assert "connect" in trouble.sentence.lower()


# Webhooks


async def test_a_signed_webhook_is_taken_each_time_alike(paying: Paying) -> None:
    headers, body = paying.event("payment-7")
    first = await paying.verify(paying.credentials, headers, body)
    assert first.payments == ("payment-7",)
    assert first.id
    shouted = {name.upper(): value for name, value in headers.items()}
    assert await paying.verify(paying.credentials, shouted, body) == first


async def test_a_forged_webhook_is_refused(paying: Paying) -> None:
    headers, body = paying.event("payment-7")
    mark = "Stripe-Signature" if paying.kind == "stripe" else "Paypal-Transmission-Sig"
    forged = [
        (headers, body.replace(b"payment-7", b"payment-8")),
        (headers, body + b" "),
        (headers, b""),
        ({}, body),
        ({**headers, mark: ""}, body),
        ({**headers, mark: "t=1,v1=ä"}, body),
        ({**headers, mark: "t=now,v1=1"}, body),
        ({**headers, mark: headers[mark][:-6] + "AAAAA="}, body),
        (headers, b"\xff" + body),
    ]
    for told, raw in forged:
        trouble = await trouble_of(paying.verify(paying.credentials, told, raw), paying)
        assert trouble.verdict is Verdict.REFUSE
    nothing = {name: value for name, value in paying.credentials.items() if not name.startswith("webhook")}
    assert (await trouble_of(paying.verify(nothing, headers, body), paying)).verdict is Verdict.REFUSE
