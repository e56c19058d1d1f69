"""Every way in which a shop fails has its verdict and its sentence."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import VoucherWish
from makegood.connectors.shops.woocommerce.read import fetch, read
from makegood.connectors.shops.woocommerce.write import make_voucher, record_refund
from makegood.kit import http
from makegood.kit.tests.loopback import Request, answer, serve
from tests.connectors.sentences import faults_of


def said(status: int, code: str, message: str = "Sorry.") -> bytes:
    return answer(status, json.dumps({"code": code, "message": message, "data": {"status": status}}).encode())


PAGE = b"<!doctype html><title>Just a moment...</title>"
CASES: list[tuple[bytes, Verdict, float | None, str]] = [
    (said(401, "woocommerce_rest_cannot_view"), Verdict.DISCONNECT, None, "connect the account again"),
    (said(401, "woocommerce_rest_authentication_error"), Verdict.DISCONNECT, None, "connect the account again"),
    (said(403, "woocommerce_rest_cannot_view"), Verdict.REFUSE, None, "somebody who manages the shop"),
    (answer(403, PAGE, content_type="text/html"), Verdict.REFUSE, None, "firewall"),
    (said(404, "rest_no_route"), Verdict.REFUSE, None, "switched on"),
    (said(400, "rest_invalid_param"), Verdict.REFUSE, None, "too old"),
    (answer(404, PAGE), Verdict.REFUSE, None, "does not have this"),
    (answer(429, b"", retry_after="77"), Verdict.WAIT, 77.0, "slow down"),
    (answer(429, b"{}"), Verdict.WAIT, 60.0, "slow down"),
    (answer(500, b"There has been a critical error on this website."), Verdict.RETRY, None, "trouble of its own"),
    (answer(502, PAGE), Verdict.RETRY, None, "trouble of its own"),
    (
        answer(503, b"Briefly unavailable for scheduled maintenance.", retry_after="600"),
        Verdict.RETRY,
        600.0,
        "trouble",
    ),
    (answer(400, b"{}"), Verdict.BUG, None, "did not accept"),
    (answer(200, PAGE, content_type="text/html"), Verdict.RETRY, None, "garbled"),
    (answer(200, b"<br /><b>Notice</b>: Undefined index in x.php[]"), Verdict.RETRY, None, "garbled"),
    (answer(200, b'[{"id":1'), Verdict.RETRY, None, "garbled"),
    (answer(200, b'[{"id":1', content_length="900"), Verdict.RETRY, None, "broke off"),
    (answer(200, '[{"id":1,"number":"Größe"}]'.encode("latin-1")), Verdict.RETRY, None, "garbled"),
    (answer(200, '[{"id":1}]'.encode("utf-16")), Verdict.RETRY, None, "garbled"),
    (answer(200, b""), Verdict.RETRY, None, "garbled"),
    (answer(200, b'{"orders":[]}'), Verdict.RETRY, None, "garbled"),
    (answer(200, b"[1]"), Verdict.RETRY, None, "garbled"),
    (answer(200, b'[{"number":"1"}]'), Verdict.RETRY, None, "garbled"),
    (answer(200, b"null"), Verdict.RETRY, None, "garbled"),
    (answer(200, b"[" * 200_000), Verdict.RETRY, None, "garbled"),
    (answer(200, b" " * (10 * 2**20 + 1)), Verdict.BUG, None, "more than we can read"),
    (answer(200, b"", content_length=str(10 * 2**20 + 1)), Verdict.BUG, None, "more than we can read"),
    (b"not http at all\r\n\r\n", Verdict.RETRY, None, "we cannot read"),
    (b"", Verdict.RETRY, None, "we cannot read"),
]


@pytest.mark.parametrize(("raw", "verdict", "wait", "says"), CASES)
async def test_reading(raw: bytes, verdict: Verdict, wait: float | None, says: str) -> None:
    async with serve(lambda _: raw) as server:
        key = {"base": server.url, "key": "ck_1", "secret": "cs_secret"}
        for act in (read(key, {}), fetch(key, ("1",))):
            with pytest.raises(Trouble, match=says) as caught:
                await act
            trouble = caught.value
            assert (trouble.verdict, trouble.retry_after) == (verdict, wait)
            assert not faults_of(trouble.sentence), trouble.sentence
            assert server.url.removeprefix("http://") in trouble.sentence
            assert "cs_secret" not in f"{trouble.sentence} {trouble.detail}"


@pytest.mark.parametrize(("raw", "verdict", "wait", "says"), [case for case in CASES if case[1] is not Verdict.REFUSE])
async def test_writing(raw: bytes, verdict: Verdict, wait: float | None, says: str) -> None:
    async with serve(lambda _: raw) as server:
        key = {"base": server.url, "key": "ck_1", "secret": "cs_1"}
        with pytest.raises(Trouble) as caught:
            await record_refund(key, "1", 100, "EUR", "k", "words")
        assert (caught.value.verdict, caught.value.retry_after) == (verdict, wait)
        with pytest.raises(Trouble):
            await make_voucher(key, VoucherWish(code="X", currency="EUR", amount_minor=100))


async def test_a_shop_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = asyncio.Event()

    async def never(_: Request) -> bytes:
        await waiting.wait()
        return b""

    real = http.fetch

    async def impatient(*args: Any, **kw: Any) -> http.Response:
        return await real(*args, **kw, deadline=0.2)

    monkeypatch.setattr(http, "fetch", impatient)
    async with serve(never) as server:
        with pytest.raises(Trouble, match="too long") as caught:
            await read({"base": server.url, "key": "ck_1", "secret": "cs_1"}, {})
    assert caught.value.verdict is Verdict.RETRY


async def test_a_shop_that_is_not_there() -> None:
    async with serve(lambda _: b"") as server:
        pass
    with pytest.raises(Trouble, match="cannot be reached") as caught:
        await read({"base": server.url, "key": "ck_1", "secret": "cs_1"}, {})
    assert caught.value.verdict is Verdict.RETRY


async def test_a_mark_before_the_answer_is_no_harm() -> None:
    async with serve(lambda _: answer(200, b"\xef\xbb\xbf\r\n\n []")) as server:
        page = await read({"base": server.url, "key": "ck_1", "secret": "cs_1"}, {})
    assert (page.orders, page.more) == ((), False)


async def test_the_key_does_not_follow_a_redirect_to_another_site() -> None:
    async with serve(lambda _: answer(200, b"[]")) as thief:
        async with serve(lambda _: answer(302, b"", location=f"{thief.url}/wp-json/wc/v3/orders")) as server:
            await read({"base": server.url, "key": "ck_1", "secret": "cs_1"}, {})
        assert thief.requests
        assert not any("authorization" in request.headers for request in thief.requests)
        assert not any("cs_1" in request.path for request in thief.requests)
