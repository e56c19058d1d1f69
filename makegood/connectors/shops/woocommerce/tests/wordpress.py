"""A WordPress with WooCommerce on loopback, by the documented shapes and the rules in WooCommerce's source.

https://github.com/woocommerce/woocommerce/tree/trunk/plugins/woocommerce/includes/rest-api/Controllers
"""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from makegood.kit.tests.loopback import Request, answer

__all__ = ["Refused", "Wordpress", "an_order", "moment", "someone"]

START = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)


def moment(seconds: float = 0) -> str:
    """A moment as WooCommerce writes it, so many seconds after the first of November."""
    return (START + timedelta(seconds=seconds)).replace(tzinfo=None, microsecond=0).isoformat()


class Refused(Exception):  # noqa: N818 - an answer, not a fault of ours
    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def an_order(number: int, changed: float = 0, **more: Any) -> dict[str, Any]:
    """A paid order of a guest."""
    return {
        "id": number,
        "number": str(number),
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": moment(0),
        "date_modified_gmt": moment(changed),
        "date_paid_gmt": moment(0),
        "date_completed_gmt": None,
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": "4.12",
        "shipping_tax": "0.78",
        "total": "24.90",
        "total_tax": "3.97",
        "customer_id": 0,
        "billing": {
            "first_name": "Ada",
            "last_name": "Brew",
            "city": "Bonn",
            "country": "DE",
            "email": "ada@t.example",
        },
        "shipping": {"first_name": "", "last_name": "", "city": "", "country": ""},
        "transaction_id": f"pi_{number}",
        "meta_data": [],
        "line_items": [
            {
                "id": 1,
                "name": "Teapot",
                "product_id": 7,
                "quantity": 1,
                "total": "16.81",
                "total_tax": "3.19",
                "sku": "T-1",
            }
        ],
        "refunds": [],
    } | more


def someone(number: int, **more: Any) -> dict[str, Any]:
    """Somebody with an account."""
    return {
        "id": number,
        "email": f"c{number}@t.example",
        "first_name": "Cy",
        "last_name": f"Number {number}",
        "username": f"c{number}",
        "role": "customer",
        "date_created_gmt": moment(0),
        "billing": {"phone": "+49 228 1"},
    } | more


@dataclass
class Wordpress:
    """What it keeps, and how it is set up. Call it with a request."""

    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    people: dict[int, dict[str, Any]] = field(default_factory=dict)
    coupons: dict[int, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    hooks: dict[int, dict[str, Any]] = field(default_factory=dict)
    key: str = "ck_1"
    secret: str = "cs_1"
    writes: bool = True
    currency: str = "EUR"
    pretty: bool = True
    swallows: bool = False
    """Its web server keeps the Authorization header to itself."""
    old: bool = False
    """Older than 5.8: it does not know what changed when, and says nothing about it."""
    namespaces: tuple[str, ...] = ("wp/v2", "wc/v3")
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    lose: set[str] = field(default_factory=set)
    """Writes to these paths are done, and their answer never arrives."""
    cut_short: bool = False
    """It ends between saving a refund and what belongs to it."""
    before: Any = None
    """Called with the path before each request, to change things meanwhile."""

    def put(self, *orders: dict[str, Any]) -> None:
        for each in orders:
            self.orders[each["id"]] = each

    def __call__(self, request: Request) -> bytes:
        split = urlsplit(request.path)
        params = dict(parse_qsl(split.query, keep_blank_values=True))
        path = params.pop("rest_route", split.path.removeprefix("/shop").removeprefix("/wp-json"))
        if "rest_route" not in split.query and (not self.pretty or "/wp-json" not in split.path):
            return answer(404, b"<html>No such page</html>", content_type="text/html")
        self.asked.append((request.method, path, params))
        if self.before is not None:
            self.before(path)
        try:
            found, headers = self._route(request, path.strip("/"), params)
        except Refused as refused:
            body = {"code": refused.code, "message": refused.message, "data": {"status": refused.status}}
            return answer(refused.status, json.dumps(body).encode(), content_type="application/json; charset=UTF-8")
        if request.method == "POST" and path.strip("/") in self.lose:
            return b""
        status = 201 if request.method == "POST" else 200
        return answer(status, json.dumps(found).encode(), content_type="application/json; charset=UTF-8", **headers)

    def _route(self, request: Request, path: str, params: dict[str, str]) -> tuple[Any, dict[str, str]]:
        if path == "":
            return {"name": "Teapots & Co", "home": "", "namespaces": list(self.namespaces)}, {}
        self._sign_in(request, params)
        parts = path.removeprefix("wc/v3/").split("/")
        body = json.loads(request.body) if request.body else {}
        match [request.method, *parts]:
            case ["GET", "data", "currencies", "current"]:
                return {"code": self.currency, "name": "Euro", "symbol": "&euro;"}, {}
            case ["GET", "orders"]:
                return self._list([*self.orders.values()], params, self.old)
            case ["GET", "orders", number]:
                return self._order(number), {}
            case ["GET", "orders", number, "refunds"]:
                self._order(number)
                return self._list(self.refunds.get(int(number), []), params, old=True)
            case ["POST", "orders", number, "refunds"]:
                return self._refund(self._order(number), body), {}
            case ["GET", "customers", *number]:
                return self._customers(number, params)
            case ["GET", "coupons"]:
                return [each for each in self.coupons.values() if each["code"] == params["code"].lower()], {}
            case ["POST", "coupons"]:
                return self._coupon(body), {}
            case [_, "webhooks", *number]:
                return self._hook(request.method, number, body), {}
        raise Refused(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _customers(self, number: list[str], params: dict[str, str]) -> tuple[Any, dict[str, str]]:
        if number:
            return self.people[int(number[0])], {}
        everyone = [*self.people.values()]
        if params.get("role", "customer") != "all":
            everyone = [each for each in everyone if each["role"] == params.get("role", "customer")]
        return self._list(everyone, params, old=True)

    def _hook(self, method: str, number: list[str], body: dict[str, Any]) -> Any:
        if method == "GET":
            # The secret is never told.
            return [{name: each[name] for name in each if name != "secret"} for each in self.hooks.values()]
        key = int(number[0]) if number else max(self.hooks, default=0) + 1
        self.hooks[key] = self.hooks.get(key, {"id": key}) | body
        return self.hooks[key]

    def _sign_in(self, request: Request, params: dict[str, str]) -> None:
        given = (params.pop("consumer_key", ""), params.pop("consumer_secret", ""))
        if not self.swallows and not given[0] and "authorization" in request.headers:
            key, _, secret = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode().partition(":")
            given = (key, secret)
        if given[0] != self.key:
            raise Refused(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if given[1] != self.secret:
            raise Refused(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid.")
        if request.method != "GET" and not self.writes:
            message = "The API key provided does not have write permissions."
            raise Refused(401, "woocommerce_rest_authentication_error", message)

    def _order(self, number: str) -> dict[str, Any]:
        if int(number) not in self.orders:
            raise Refused(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        return self.orders[int(number)]

    def _list(self, rows: list[dict[str, Any]], params: dict[str, str], old: bool) -> tuple[Any, dict[str, str]]:
        size = int(params.get("per_page", "10"))
        if not 1 <= size <= 100 or params.get("orderby", "date") not in {"date", "id", "modified"}:
            raise Refused(400, "rest_invalid_param", "Invalid parameter(s)")
        if params.get("status", "any") == "any":
            rows = [each for each in rows if each.get("status") != "trash"]
        if "include" in params:
            rows = [each for each in rows if str(each["id"]) in params["include"].split(",")]
        if not old:
            assert params.get("dates_are_gmt") == "true" or "modified_after" not in params
            # Neither end is included.
            rows = [each for each in rows if each["date_modified_gmt"] > params.get("modified_after", "")]
            rows = [each for each in rows if each["date_modified_gmt"] < params.get("modified_before", "9")]
        by = params.get("orderby", "date")
        names = {"id": ("id",), "modified": ("date_modified_gmt", "id"), "date": ("date_created_gmt", "id")}[by]
        rows = sorted(rows, key=lambda row: tuple(row[name] for name in names), reverse=params.get("order") != "asc")
        start = int(params.get("offset", (int(params.get("page", "1")) - 1) * size))
        headers = {"x_wp_total": str(len(rows)), "x_wp_totalpages": str(-(-len(rows) // size))}
        return rows[start : start + size], headers

    def _refund(self, order: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        assert body["api_refund"] is False, "it would move money"
        known = self.refunds.setdefault(order["id"], [])
        left = float(order["total"]) - sum(float(each["amount"]) for each in known)
        if float(body["amount"]) > left + 1e-9:
            raise Refused(500, "woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.")
        made = {
            "id": 9000 + sum(map(len, self.refunds.values())),
            "date_created_gmt": moment(500),
            "amount": body["amount"],
            "reason": body["reason"],
            "refunded_payment": False,
            "meta_data": [] if self.cut_short else [{"id": 1, **each} for each in body["meta_data"]],
        }
        known.append(made)
        order["refunds"] = [
            {"id": each["id"], "reason": each["reason"], "total": f"-{each['amount']}"} for each in known
        ]
        if self.cut_short:
            raise Refused(500, "internal_server_error", "There has been a critical error on this website.")
        return made

    def _coupon(self, body: dict[str, Any]) -> dict[str, Any]:
        code = body["code"].lower()
        if any(each["code"] == code for each in self.coupons.values()):
            raise Refused(400, "woocommerce_rest_coupon_code_already_exists", "The coupon code already exists")
        number = 700 + len(self.coupons)
        self.coupons[number] = {"id": number, **body, "code": code}
        return self.coupons[number]
