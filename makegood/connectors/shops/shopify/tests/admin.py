"""A shop at Shopify on loopback, with the shapes of Shopify's schema and the rules of its documentation.

It refuses a question that names a field which the schema does not have, as Shopify does.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from makegood.connectors.shops.shopify.tests.asking import complaints
from makegood.kit.tests.loopback import Request, answer

__all__ = ["Shopify", "an_order", "line", "moment", "money", "person"]

START = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)
SCOPES = ("read_orders", "read_all_orders", "read_customers", "read_products", "read_inventory", "write_discounts")


def moment(seconds: float = 0) -> str:
    """A moment as Shopify writes it, so many seconds after the first of November."""
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def money(amount: str, currency: str = "EUR") -> dict[str, Any]:
    return {"presentmentMoney": {"amount": amount, "currencyCode": currency}}


def line(number: int, amount: str = "20.0", **more: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "name": "Teapot - 1 l",
        "quantity": 1,
        "sku": "TP-1",
        "originalTotalSet": money(amount),
        "discountAllocations": [],
        "taxLines": [{"priceSet": money("3.19")}],
        "product": {"id": "gid://shopify/Product/7", "productType": "Teapots"},
        "variant": {"inventoryItem": {"unitCost": {"amount": "8.4", "currencyCode": "EUR"}}},
    } | more


def person(number: int, changed: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "legacyResourceId": str(number),
        "displayName": f"Cy Number {number}",
        "firstName": "Cy",
        "lastName": f"Number {number}",
        "verifiedEmail": True,
        "createdAt": moment(0),
        "updatedAt": moment(changed),
        "defaultEmailAddress": {"emailAddress": f"c{number}@t.example"},
        "defaultPhoneNumber": None,
    } | more


def an_order(number: int, changed: float = 0, lines: int = 1, **more: Any) -> dict[str, Any]:
    """A paid order. `lineItems` is a plain list here: the server pages it."""
    return {
        "id": f"gid://shopify/Order/{number}",
        "legacyResourceId": str(number),
        "name": f"#{1000 + number}",
        "email": "ada@t.example",
        "processedAt": moment(0),
        "updatedAt": moment(changed),
        "cancelledAt": None,
        "presentmentCurrencyCode": "EUR",
        "taxesIncluded": True,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "totalPriceSet": money("24.9"),
        "totalShippingPriceSet": money("4.9"),
        "totalTaxSet": money("3.98"),
        "totalDiscountsSet": money("0.0"),
        "shippingAddress": {"name": "Ada Brew", "city": "Bonn", "country": "Germany"},
        "billingAddress": None,
        "customer": None,
        "lineItems": [line(each) for each in range(1, lines + 1)],
        "fulfillments": [],
        "transactions": [{"kind": "SALE", "status": "SUCCESS", "paymentId": f"pay-{number}"}],
        "refunds": [],
    } | more


@dataclass
class Shopify:
    """What it keeps, and how it is set up. Call it with a request."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    hooks: list[dict[str, str]] = field(default_factory=list)
    scopes: tuple[str, ...] = SCOPES
    currency: str = "EUR"
    token: str = "shpat_1"
    client: tuple[str, str] = ("id", "secret")
    life: int = 86_399
    most_cost: float = 1000.0
    cost_of_one: float = 60.0
    available: float = 2000.0
    restore: float = 100.0
    deepest: int = 25_000
    lose: bool = False
    """Codes are made, and the answer never arrives."""
    denied: str = ""
    """A field of an order that is kept back."""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tokens: int = 0
    before: Any = None

    def put(self, *orders: dict[str, Any]) -> None:
        for each in orders:
            self.orders[each["legacyResourceId"]] = each

    def __call__(self, request: Request) -> bytes:
        if request.path == "/admin/oauth/access_token":
            return self._token(request)
        if request.path != "/admin/api/2026-10/graphql.json":
            return as_json({"errors": "Not Found"}, 404)
        if request.headers.get("x-shopify-access-token") != self.token:
            said = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return as_json({"errors": said}, 401)
        body = json.loads(request.body)
        name = re.search(r"^(?:query|mutation) (\w+)", body["query"], re.MULTILINE)
        assert name is not None
        variables = body["variables"]
        self.asked.append((name[1], variables))
        wrong = complaints(body["query"])
        if wrong:
            return as_json({"errors": [{"message": each, "extensions": {"code": "undefinedField"}} for each in wrong]})
        if self.before is not None:
            self.before(name[1])
        return self._costed(name[1], variables)

    def _token(self, request: Request) -> bytes:
        sent = {key: value[0] for key, value in parse_qs(request.body.decode()).items()}
        if (sent.get("client_id"), sent.get("client_secret")) != self.client:
            return as_json({"error": "invalid_client", "error_description": "no such app"}, 401)
        assert sent["grant_type"] == "client_credentials"
        self.tokens += 1
        self.token = f"shpat_{self.tokens + 1}"
        return as_json({"access_token": self.token, "scope": ",".join(self.scopes), "expires_in": self.life})

    def _costed(self, name: str, variables: dict[str, Any]) -> bytes:
        size = variables.get("first") or len(variables.get("ids") or [1])
        wanted = self.cost_of_one * size if name in {"Orders", "Nodes"} else 10.0
        status = {"maximumAvailable": 2000.0, "currentlyAvailable": self.available, "restoreRate": self.restore}
        cost = {"requestedQueryCost": wanted, "actualQueryCost": None, "throttleStatus": status}
        if wanted > self.most_cost:
            told = {"code": "MAX_COST_EXCEEDED", "cost": wanted, "maxCost": self.most_cost}
            return as_json({"errors": [{"message": "Query cost is too high", "extensions": told}]})
        if wanted > self.available:
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return as_json({"errors": [error], "extensions": {"cost": cost}})
        data = getattr(self, f"_{name.lower()}")(variables)
        if self.lose and name in {"MakeCode", "MakeHook"}:
            return b""
        found: dict[str, Any] = {"data": data, "extensions": {"cost": cost}}
        if self.denied and name == "Orders":
            told = {"code": "ACCESS_DENIED", "requiredAccess": "protected customer data"}
            path = ["orders", "nodes", 0, self.denied]
            found["errors"] = [{"message": f"Access denied for {self.denied} field.", "path": path, "extensions": told}]
        return as_json(found)

    def _about(self, _: dict[str, Any]) -> Any:
        return {
            "shop": {
                "id": "gid://shopify/Shop/1",
                "name": "Teapots & Co",
                "myshopifyDomain": "teapots.myshopify.com",
                "currencyCode": self.currency,
                "url": "https://teapots.example",
            },
            "currentAppInstallation": {"accessScopes": [{"handle": each} for each in self.scopes]},
        }

    def _orders(self, asked: dict[str, Any]) -> Any:
        return {"orders": self._list(self.orders, asked, lambda row: self._shown(row, asked))}

    def _customers(self, asked: dict[str, Any]) -> Any:
        return {"customers": self._list(self.people, asked, lambda row: row)}

    def _nodes(self, asked: dict[str, Any]) -> Any:
        rows = [self.orders.get(each.rpartition("/")[2]) for each in asked["ids"]]
        return {"nodes": [row and self._shown(row, asked) for row in rows]}

    def _people(self, asked: dict[str, Any]) -> Any:
        return {"nodes": [self.people.get(each.rpartition("/")[2]) for each in asked["ids"]]}

    def _hooks(self, asked: dict[str, Any]) -> Any:
        return {"webhookSubscriptions": {"nodes": [each for each in self.hooks if each["uri"] == asked["uri"]]}}

    def _makehook(self, asked: dict[str, Any]) -> Any:
        topic, uri = asked["topic"], asked["hook"]["uri"]
        said = ""
        if not uri.startswith("https://"):
            said = "Address protocol http:// is not supported"
        elif any((each["topic"], each["uri"]) == (topic, uri) for each in self.hooks):
            said = "Address for this topic has already been taken"
        if said:
            error = {"field": ["webhookSubscription", "uri"], "message": said}
            return {"webhookSubscriptionCreate": {"webhookSubscription": None, "userErrors": [error]}}
        made = {"id": f"gid://shopify/WebhookSubscription/{len(self.hooks) + 1}", "topic": topic, "uri": uri}
        self.hooks.append(made)
        return {"webhookSubscriptionCreate": {"webhookSubscription": {"id": made["id"]}, "userErrors": []}}

    def _lines(self, asked: dict[str, Any]) -> Any:
        row = self.orders.get(asked["id"].rpartition("/")[2])
        return {"order": row and {"lineItems": self._page(row["lineItems"], asked["lines"], int(asked["after"]))}}

    def _shown(self, row: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        hidden = {name for name, wanted in (("product", asked["products"]), ("variant", asked["costs"])) if not wanted}
        lines = [{name: value for name, value in each.items() if name not in hidden} for each in row["lineItems"]]
        shown = {**row, "lineItems": self._page(lines, asked["lines"], 0)}
        return shown | ({self.denied: None} if self.denied else {})

    def _page(self, rows: list[Any], size: int, start: int) -> dict[str, Any]:
        more = start + size < len(rows)
        return {"nodes": rows[start : start + size], "pageInfo": {"hasNextPage": more, "endCursor": str(start + size)}}

    def _list(self, kept: dict[str, dict[str, Any]], asked: dict[str, Any], shown: Any) -> Any:
        """Its cursor is a place in the order, not a count."""
        rows = sorted(kept.values(), key=lambda row: (row["updatedAt"], int(row["legacyResourceId"])))
        filtered = re.fullmatch(r"updated_at:>='([^']+)'", asked["query"] or "")
        assert filtered or asked["query"] is None
        rows = [row for row in rows if filtered is None or row["updatedAt"] >= filtered[1]]
        if asked["after"]:
            at, _, number = asked["after"].partition("|")
            skipped = [row for row in rows if (row["updatedAt"], int(row["legacyResourceId"])) <= (at, int(number))]
            assert len(skipped) <= self.deepest, "paged too deep"
            rows = rows[len(skipped) :]
        page = rows[: asked["first"]]
        end = f"{page[-1]['updatedAt']}|{page[-1]['legacyResourceId']}" if page else None
        info = {"hasNextPage": len(rows) > len(page), "endCursor": end}
        return {"nodes": [shown(row) for row in page], "pageInfo": info}

    def _code(self, asked: dict[str, Any]) -> Any:
        return {
            "shop": {"currencyCode": self.currency},
            "codeDiscountNodeByCode": self.codes.get(asked["code"].upper()),
        }

    def _makecode(self, asked: dict[str, Any]) -> Any:
        sent = asked["discount"]
        if sent["code"].upper() in self.codes:
            error = {"field": ["basicCodeDiscount", "code"], "code": "TAKEN", "message": "Code must be unique"}
            return {"discountCodeBasicCreate": {"codeDiscountNode": None, "userErrors": [error]}}
        if "endsAt" in sent and sent["endsAt"] <= sent["startsAt"]:
            error = {"field": [], "code": "END_DATE_BEFORE_START_DATE", "message": "Ends before it starts"}
            return {"discountCodeBasicCreate": {"codeDiscountNode": None, "userErrors": [error]}}
        value = sent["customerGets"]["value"]
        kept: dict[str, Any] = {"__typename": "DiscountPercentage", "percentage": value.get("percentage")}
        if "discountAmount" in value:
            amount = {"amount": value["discountAmount"]["amount"], "currencyCode": self.currency}
            kept = {"__typename": "DiscountAmount", "amount": amount}
        node = {
            "id": f"gid://shopify/DiscountCodeNode/{len(self.codes) + 1}",
            "codeDiscount": {"__typename": "DiscountCodeBasic", "usageLimit": 1, "customerGets": {"value": kept}},
            "sent": sent,
        }
        self.codes[sent["code"].upper()] = node
        return {"discountCodeBasicCreate": {"codeDiscountNode": {"id": node["id"]}, "userErrors": []}}


def as_json(body: Any, status: int = 200) -> bytes:
    return answer(status, json.dumps(body).encode(), content_type="application/json; charset=utf-8")
