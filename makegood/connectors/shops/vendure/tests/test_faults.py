"""What each refusal of the Admin API means. Vendure answers most of them with status 200."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import VoucherWish
from makegood.connectors.shops.vendure import CONNECTOR
from makegood.connectors.shops.vendure.connecting import connect
from makegood.connectors.shops.vendure.read import read
from makegood.connectors.shops.vendure.tests.test_shapes import row
from tests.connectors.sentences import faults_of
from tests.servers.scripted import Answer, Asked, Scripted, always, as_json, html

ABOUT = {
    "activeChannel": {"code": "__default_channel__", "token": "t", "defaultCurrencyCode": "EUR"},
    "globalSettings": {"serverConfig": {"moneyStrategyPrecision": 2}},
}
KEY = "a-very-secret-key"


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")


def wrong(code: str, status: int = 200, **headers: str) -> Answer:
    return as_json({"errors": [{"message": "Told", "extensions": {"code": code}}], "data": None}, status, **headers)


def knows_us(answer: Answer) -> Callable[[Asked], Answer]:
    """Answers who is signed in, and everything else with `answer`."""
    return lambda asked: as_json({"data": ABOUT}) if "query About" in asked.body["query"] else answer


async def trouble_of(work: Any) -> Trouble:
    with pytest.raises(Trouble) as caught:
        await work
    assert not faults_of(caught.value.sentence, [KEY]), caught.value.sentence
    return caught.value


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (wrong("FORBIDDEN"), Verdict.DISCONNECT),
        (wrong("UNAUTHENTICATED", 401), Verdict.DISCONNECT),
        (wrong("INTERNAL_SERVER_ERROR"), Verdict.RETRY),
        (wrong("SOMETHING_NEW"), Verdict.RETRY),
        (wrong("GRAPHQL_VALIDATION_FAILED", 400), Verdict.BUG),
        (wrong("USER_INPUT_ERROR"), Verdict.BUG),
        (wrong("CHANNEL_NOT_FOUND"), Verdict.DISCONNECT),
        (wrong("ENTITY_NOT_FOUND"), Verdict.REFUSE),
        (wrong("", 500), Verdict.RETRY),
        (as_json({}, 404), Verdict.REFUSE),
        (as_json({"data": None}), Verdict.RETRY),
        (as_json([1]), Verdict.RETRY),
        (html(200), Verdict.RETRY),
        (html(403), Verdict.REFUSE),
        (html(502), Verdict.RETRY),
        ((200, {"content-type": "application/json"}, b'{"data": {"orders'), Verdict.RETRY),
        ((200, {"content-type": "application/json"}, b"\xff"), Verdict.RETRY),
    ],
    ids=lambda each: each.value if isinstance(each, Verdict) else f"{each[0]} {each[2][:60]!r}",
)
async def test_what_a_refusal_means(answer: Answer, verdict: Verdict) -> None:
    with Scripted(always(answer)).serving() as server:
        trouble = await trouble_of(read({"url": server.url, "key": KEY}, {}))
    assert trouble.verdict is verdict, trouble.detail


@pytest.mark.parametrize("code", ["", "TOO_MANY_REQUESTS"])
async def test_a_proxys_429_is_minded_whatever_its_body(code: str) -> None:
    with Scripted(always(wrong(code, 429, retry_after="9"))).serving() as server:
        trouble = await trouble_of(read({"url": server.url, "key": KEY}, {}))
    assert (trouble.verdict, trouble.retry_after) == (Verdict.WAIT, 9)


async def test_a_right_that_is_missing_is_no_sign_in_that_is_lost() -> None:
    with Scripted(knows_us(wrong("FORBIDDEN"))).serving() as server:
        trouble = await trouble_of(read({"url": server.url, "key": KEY}, {}))
        assert CONNECTOR.make_voucher is not None
        wish = VoucherWish("SORRY", "EUR", 100)
        voucher = await trouble_of(CONNECTOR.make_voucher({"url": server.url, "key": KEY, "currency": "EUR"}, wish))
    assert trouble.verdict is Verdict.REFUSE
    assert "ReadOrder" in trouble.sentence
    assert "ReadPromotion" in voucher.sentence


class Session:
    """A shop whose session ends after every `lasts` questions; it takes one password."""

    def __init__(self, lasts: int) -> None:
        self.lasts, self.left, self.logins = lasts, 0, 0

    def __call__(self, asked: Asked) -> Answer:
        if "mutation SignIn" in asked.body["query"]:
            self.logins += 1
            if asked.body["variables"]["password"] != KEY:
                error = {
                    "__typename": "InvalidCredentialsError",
                    "errorCode": "INVALID_CREDENTIALS_ERROR",
                    "message": "",
                }
                return as_json({"data": {"login": error}})
            self.left = self.lasts
            told = {"data": {"login": {"__typename": "CurrentUser"}}}
            return as_json(told, vendure_auth_token=f"token{self.logins}")
        if asked.headers.get("authorization") != f"Bearer token{self.logins}" or self.left == 0:
            return wrong("FORBIDDEN")
        self.left -= 1
        nothing: dict[str, Any] = {"orders": {"items": []}, "customers": {"items": []}}
        return as_json({"data": {**nothing, **ABOUT}})


async def test_a_session_that_has_run_out_is_begun_again_by_itself() -> None:
    session = Session(lasts=1)
    with Scripted(session).serving() as server:
        credentials = {"url": server.url, "username": "desk", "password": KEY, "token": "old"}
        page = await read(credentials, {})
        assert page.credentials is not None
        assert page.credentials["token"] == "token1"
        assert (await read(page.credentials, page.cursor)).credentials is not None
        assert session.logins == 2


async def test_a_password_that_was_changed_disconnects() -> None:
    with Scripted(Session(lasts=1)).serving() as server:
        credentials = {"url": server.url, "username": "desk", "password": "yesterday's", "token": "old"}
        assert (await trouble_of(read(credentials, {}))).verdict is Verdict.DISCONNECT


async def test_a_shop_that_only_has_cookies_says_so() -> None:
    told = {"data": {"login": {"__typename": "CurrentUser"}}}
    with Scripted(always(as_json(told))).serving() as server:
        trouble = await trouble_of(connect({"url": server.url, "username": "desk", "password": KEY}))
    assert "bearer" in trouble.sentence


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "address"),
        ({"url": "ftp://shop.example"}, "address"),
        ({"url": "https://"}, "address"),
        ({"url": "https://[::1"}, "address"),
        ({"url": "https://me:secret@shop.example"}, "address"),
        ({"url": "https://shop.example"}, "API key"),
        ({"url": "https://shop.example", "username": "desk"}, "API key"),
    ],
)
async def test_a_form_that_cannot_work(form: dict[str, str], says: str) -> None:
    trouble = await trouble_of(connect(form))
    assert trouble.verdict is Verdict.REFUSE
    assert says in trouble.sentence


@pytest.mark.parametrize("answer", [html(200), html(404), as_json({}, 404), as_json({"hello": 1})])
async def test_an_address_with_no_shop_behind_it(answer: Answer) -> None:
    with Scripted(always(answer)).serving() as server:
        trouble = await trouble_of(connect({"url": server.url.replace("http://", "HTTP://"), "key": KEY}))
    assert trouble.verdict is Verdict.REFUSE
    assert "/admin-api" in trouble.sentence


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", "/admin-api"),
        ("/", "/admin-api"),
        ("/dashboard/orders?x=1", "/admin-api"),
        ("/admin", "/admin-api"),
        ("/api/shop", "/api/shop"),
    ],
)
async def test_where_the_api_is(typed: str, asked: str) -> None:
    nothing: dict[str, Any] = {"orders": {"items": []}, "customers": {"items": []}}
    with Scripted(always(as_json({"data": {**nothing, **ABOUT}}))).serving() as server:
        made = await connect({"url": server.url + typed, "key": f" {KEY} ", "noted": "cash, , bank"})
        assert {each.path for each in server.asked} == {asked}
        assert {each.headers["vendure-api-key"] for each in server.asked} == {KEY}
    assert made.id == server.url + asked
    assert made.credentials["noted"] == ["cash", "bank"]
    assert made.credentials["dashboard"] == f"{server.url}/dashboard"


async def test_a_bad_row_costs_no_other() -> None:
    items = [row(id="1"), row(id="2", totalWithTax="x"), row(id="3")]

    def reply(asked: Asked) -> Answer:
        skip = asked.body["variables"]["options"]["skip"]
        return as_json({"data": {"orders": {"items": items[skip:]}, "customers": {"items": []}}})

    with Scripted(reply).serving() as server:
        page = await read({"url": server.url, "key": KEY}, {})
    assert [order.id for order in page.orders] == ["1", "3"]
    assert len(page.problems) == 1
