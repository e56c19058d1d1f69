"""Every way in which Shopify fails has its verdict and its sentence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import VoucherWish
from makegood.connectors.shops.shopify.read import fetch, read
from makegood.connectors.shops.shopify.write import make_voucher
from makegood.kit import http
from makegood.kit.tests.loopback import Request, answer, serve
from tests.connectors.sentences import faults_of

KEY = {"handle": "teapots.myshopify.com", "token": "shpat_secret", "scopes": []}


async def on(
    monkeypatch: pytest.MonkeyPatch, reply: Callable[[Request], Any], act: Callable[[], Awaitable[Any]]
) -> Any:
    async with serve(reply) as server:
        monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
        monkeypatch.setenv("MAKEGOOD_SHOPIFY", server.url)
        return await act()


def error(code: str, data: Any = None, cost: Any = None, **more: Any) -> bytes:
    found: dict[str, Any] = {"errors": [{"message": "Sorry", "path": ["orders"], "extensions": {"code": code, **more}}]}
    found |= {"data": data} if data is not None else {}
    found |= {"extensions": {"cost": cost}} if cost is not None else {}
    return answer(200, json.dumps(found).encode(), content_type="application/json")


def points(there: Any, rate: Any, wanted: Any = 600) -> dict[str, Any]:
    return {"requestedQueryCost": wanted, "throttleStatus": {"currentlyAvailable": there, "restoreRate": rate}}


PAGE = b"<!doctype html><title>Just a moment...</title>"
CASES: list[tuple[bytes, Verdict, float | None, str]] = [
    (answer(401, b'{"errors":"[API] Invalid API key"}'), Verdict.DISCONNECT, None, "connect the account again"),
    (answer(402, b"{}"), Verdict.WAIT, 3600.0, "frozen"),
    (answer(403, b'{"errors":"[API] This action requires merchant approval"}'), Verdict.REFUSE, None, "access scopes"),
    (answer(404, b'{"errors":"Not Found"}'), Verdict.REFUSE, None, "no shop called"),
    (answer(423, b"{}"), Verdict.WAIT, 3600.0, "locked"),
    (answer(429, b"", retry_after="2.0"), Verdict.WAIT, 2.0, "slow down"),
    (answer(430, b""), Verdict.WAIT, 3600.0, "suspicious"),
    (answer(500, b""), Verdict.RETRY, None, "trouble of its own"),
    (answer(502, PAGE), Verdict.RETRY, None, "trouble of its own"),
    (answer(503, b"", retry_after="30"), Verdict.RETRY, 30.0, "trouble of its own"),
    (answer(400, b"{}"), Verdict.BUG, None, "did not accept"),
    (error("THROTTLED", cost=points(100, 50)), Verdict.WAIT, 10.0, "slow down"),
    (error("THROTTLED", cost=points(599.9, 50)), Verdict.WAIT, 1.0, "slow down"),
    (error("THROTTLED", cost=points(0, 0.001)), Verdict.WAIT, 3600.0, "slow down"),
    (error("THROTTLED", cost=points(0, 0)), Verdict.WAIT, 2.0, "slow down"),
    (error("THROTTLED", cost=points("many", None)), Verdict.WAIT, 2.0, "slow down"),
    (error("THROTTLED"), Verdict.WAIT, 2.0, "slow down"),
    (error("ACCESS_DENIED", {"orders": None, "nodes": None}), Verdict.REFUSE, None, "access scopes"),
    (error("ACCESS_DENIED"), Verdict.REFUSE, None, "access scopes"),
    (error("SHOP_INACTIVE"), Verdict.WAIT, 3600.0, "closed"),
    (error("INTERNAL_SERVER_ERROR"), Verdict.RETRY, None, "trouble of its own"),
    (error("undefinedField"), Verdict.BUG, None, "did not accept"),
    (answer(200, b'{"errors":"something else"}'), Verdict.BUG, None, "did not accept"),
    (answer(200, b'{"errors":["something else"]}'), Verdict.BUG, None, "did not accept"),
    (answer(200, PAGE, content_type="text/html"), Verdict.RETRY, None, "garbled"),
    (answer(200, b'{"data":{"orders"'), Verdict.RETRY, None, "garbled"),
    (answer(200, b'{"data":{"orders"', content_length="900"), Verdict.RETRY, None, "broke off"),
    (answer(200, '{"data":"Größe"}'.encode("latin-1")), Verdict.RETRY, None, "garbled"),
    (answer(200, '{"data":{}}'.encode("utf-16")), Verdict.RETRY, None, "garbled"),
    (answer(200, b""), Verdict.RETRY, None, "garbled"),
    (answer(200, b"[]"), Verdict.RETRY, None, "garbled"),
    (answer(200, b'{"data":null}'), Verdict.RETRY, None, "garbled"),
    (answer(200, b"[" * 200_000), Verdict.RETRY, None, "garbled"),
    (answer(200, b" " * (10 * 2**20 + 1)), Verdict.BUG, None, "more than we can read"),
    (b"not http at all\r\n\r\n", Verdict.RETRY, None, "we cannot read"),
    (b"", Verdict.RETRY, None, "we cannot read"),
]


@pytest.mark.parametrize(("raw", "verdict", "wait", "says"), CASES)
async def test_asking(
    monkeypatch: pytest.MonkeyPatch, raw: bytes, verdict: Verdict, wait: float | None, says: str
) -> None:
    wish = VoucherWish(code="X", currency="EUR", amount_minor=100)
    acts: list[Callable[[], Awaitable[Any]]] = [
        lambda: read(KEY, {}),
        lambda: fetch(KEY, ("1",)),
        lambda: make_voucher(KEY, wish),
    ]
    for act in acts:
        with pytest.raises(Trouble, match=says) as caught:
            await on(monkeypatch, lambda _: raw, act)
        trouble = caught.value
        assert (trouble.verdict, trouble.retry_after) == (verdict, wait)
        assert not faults_of(trouble.sentence), trouble.sentence
        assert "teapots.myshopify.com" in trouble.sentence
        assert "shpat_secret" not in f"{trouble.sentence} {trouble.detail}"


@pytest.mark.parametrize(
    "found", [{}, {"orders": []}, {"orders": {"nodes": {}}}, {"orders": {"nodes": []}}, {"orders": 1}]
)
async def test_an_answer_without_a_list(monkeypatch: pytest.MonkeyPatch, found: Any) -> None:
    raw = answer(200, json.dumps({"data": found}).encode())
    with pytest.raises(Trouble, match="garbled"):
        await on(monkeypatch, lambda _: raw, lambda: read(KEY, {}))


@pytest.mark.parametrize("raw", [answer(200, b"{}"), answer(400, b"<html>"), answer(401, b"[]"), answer(403, b"")])
async def test_a_sign_in_that_is_refused(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    app = {"handle": "teapots.myshopify.com", "client_id": "id", "client_secret": "s3cret"}
    if raw.startswith(b"HTTP/1.1 401"):
        raw = answer(401, b'{"error":"invalid_client"}')
    with pytest.raises(Trouble, match="no longer accepts") as caught:
        await on(monkeypatch, lambda _: raw, lambda: read(app, {}))
    assert caught.value.verdict is Verdict.DISCONNECT
    assert "s3cret" not in caught.value.detail


async def test_a_sign_in_that_fails_by_chance_disconnects_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    app = {"handle": "teapots.myshopify.com", "client_id": "id", "client_secret": "s3cret"}
    for raw, verdict in ((answer(500, b""), Verdict.RETRY), (answer(429, b""), Verdict.WAIT), (b"", Verdict.RETRY)):
        with pytest.raises(Trouble) as caught:
            await on(monkeypatch, lambda _, raw=raw: raw, lambda: read(app, {}))  # type: ignore[misc]
        assert caught.value.verdict is verdict


async def test_a_shop_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = asyncio.Event()

    async def never(_: Request) -> bytes:
        await waiting.wait()
        return b""

    real = http.fetch

    async def impatient(*args: Any, **kw: Any) -> http.Response:
        return await real(*args, **kw, deadline=0.2)

    monkeypatch.setattr(http, "fetch", impatient)
    with pytest.raises(Trouble, match="too long") as caught:
        await on(monkeypatch, never, lambda: read(KEY, {}))
    assert caught.value.verdict is Verdict.RETRY


async def test_the_token_does_not_follow_a_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(lambda _: answer(200, b"{}")) as thief:
        away = answer(302, b"", location=f"{thief.url}/x")
        with pytest.raises(Trouble):
            await on(monkeypatch, lambda _: away, lambda: read(KEY, {}))
        assert not any("x-shopify-access-token" in request.headers for request in thief.requests)
