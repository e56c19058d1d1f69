"""A real Vendure on loopback (see vendure/README.md), and plain calls to act as its customers and its back office."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.servers.base import cache_dir, install_npm, needed, ready_line, running

__all__ = ["PASSWORD", "USERNAME", "VendureShop", "vendure"]

HERE = Path(__file__).parent / "vendure"
USERNAME = PASSWORD = "superadmin"
"""Who may do everything there, as shop.cjs sets it."""
PRICES = {"TEAPOT": ("Teapot, blue", 3000), "CUP": ("Cup", 1000), "WHISK": ("Bamboo whisk", 1999)}
"""What it sells, by SKU: name and price in cents of EUR, tax included."""

PLACED = "id code state totalWithTax currencyCode"


def _mutation(name: str, takes: str, brings: str, fields: str = "id") -> str:
    """A mutation with these arguments ("id: ID!, state: String!"), which brings `fields` of a type, or an error."""
    given = [part.strip() for part in takes.split(",") if part.strip()]
    declared = ", ".join(f"${part}" for part in given)
    handed = ", ".join(f"{part.partition(':')[0]}: ${part.partition(':')[0]}" for part in given)
    told = f"... on {brings} {{ {fields} }} ... on ErrorResult {{ errorCode message }}"
    return f"mutation Do({declared}) {{ {name}({handed}) {{ {told} }} }}"


@dataclass
class VendureShop:
    """A running shop that sells `PRICES` in EUR. `url` has no slash at the end; the Admin API is at /admin-api."""

    url: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))
    token: str = ""
    variants: dict[str, str] = field(default_factory=dict)
    made: int = 0

    def ask(self, api: str, query: str, token: str = "", **variables: Any) -> tuple[dict[str, Any], str]:
        """One GraphQL request to `api` (admin-api, shop-api): the data, and the session's token.

        Raises AssertionError when the shop answers with an error of any kind.
        """
        answer = self.http.post(
            f"{self.url}/{api}",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {token}"} if token else {},
        )
        told = answer.json()
        assert "errors" not in told, told["errors"]
        data: dict[str, Any] = told["data"]
        for name, value in data.items():
            assert not (isinstance(value, dict) and "errorCode" in value), f"{name}: {value}"
        return data, answer.headers.get("vendure-auth-token") or token

    def admin(self, query: str, **variables: Any) -> Any:
        """What the first field of an Admin API request brings, asked by the superadmin."""
        if not self.token:
            login = "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { __typename } }"
            _, self.token = self.ask("admin-api", login, u=USERNAME, p=PASSWORD)
        data, _ = self.ask("admin-api", query, self.token, **variables)
        return next(iter(data.values()))

    def api_key(self, *permissions: str) -> str:
        """A new API key; without `permissions` it may do all that the superadmin may."""
        self.made += 1
        role = "1"
        if permissions:
            role = self.admin(
                "mutation($i: CreateRoleInput!) { createRole(input: $i) { id } }",
                i={"code": f"role{self.made}", "description": f"Role {self.made}", "permissions": list(permissions)},
            )["id"]
            me = self.admin("{ activeAdministrator { id user { roles { id } } } }")
            roles = [*(each["id"] for each in me["user"]["roles"]), role]
            self.admin(
                "mutation($i: UpdateAdministratorInput!) { updateAdministrator(input: $i) { id } }",
                i={"id": me["id"], "roleIds": roles},
            )
        made = self.admin(
            "mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey } }",
            i={"roleIds": [role], "translations": [{"languageCode": "en", "name": f"Makegood {self.made}"}]},
        )
        return str(made["apiKey"])

    def drop_api_key(self, key: str) -> None:
        """Takes an API key back."""
        known = self.admin("{ apiKeys { items { id lookupId } } }")["items"]
        ids = [each["id"] for each in known if each["lookupId"] in key]
        assert len(ids) == 1, "a key begins with what it is looked up by"
        self.admin("mutation($ids: [ID!]!) { deleteApiKeys(ids: $ids) { result } }", ids=ids)

    # What customers do

    def buy(
        self,
        email: str,
        goods: Mapping[str, int],
        *,
        first: str = "Ada",
        last: str = "Lovelace",
        coupon: str = "",
        method: str = "dummy",
        pay: bool = True,
    ) -> dict[str, Any]:
        """A guest's order, paid by `method` (dummy: refunds are only noted; moving: they send money): id, code, ..."""
        token = ""
        add = _mutation("addItemToOrder", "productVariantId: ID!, quantity: Int!", "Order")
        for sku, quantity in goods.items():
            _, token = self.ask("shop-api", add, token, productVariantId=self.variants[sku], quantity=quantity)

        def go(query: str, **variables: Any) -> Any:
            data, _ = self.ask("shop-api", query, token, **variables)
            return next(iter(data.values()))

        person = {"emailAddress": email, "firstName": first, "lastName": last, "phoneNumber": "+49 30 1234567"}
        go(_mutation("setCustomerForOrder", "input: CreateCustomerInput!", "Order"), input=person)
        address = {
            "fullName": f"{first} {last}",
            "streetLine1": "Teestr. 1",
            "city": "Berlin",
            "postalCode": "10115",
            "countryCode": "DE",
        }
        go(_mutation("setOrderShippingAddress", "input: CreateAddressInput!", "Order"), input=address)
        if coupon:
            go(_mutation("applyCouponCode", "couponCode: String!", "Order"), couponCode=coupon)
        shipping = [go("{ eligibleShippingMethods { id } }")[0]["id"]]
        go(_mutation("setOrderShippingMethod", "shippingMethodId: [ID!]!", "Order"), shippingMethodId=shipping)
        go(_mutation("transitionOrderToState", "state: String!", "Order"), state="ArrangingPayment")
        if not pay:
            return dict(go(f"{{ activeOrder {{ {PLACED} }} }}"))
        paid = {"method": method, "metadata": {}}
        return dict(go(_mutation("addPaymentToOrder", "input: PaymentInput!", "Order", PLACED), input=paid))

    # What the back office does

    def order(self, order_id: str) -> dict[str, Any]:
        """The order as the shop's own back office has it: lines, payments with their refunds, history."""
        query = """query($id: ID!) { order(id: $id) { id code state updatedAt totalWithTax
          lines { id quantity } fulfillments { id state trackingCode }
          payments { id state amount transactionId refunds { id total state reason transactionId } }
          history(options: {take: 100}) { items { type data } } } }"""
        return dict(self.admin(query, id=order_id))

    def ship(self, order_id: str, quantity: int | None = None, tracking: str = "", carrier: str = "DHL") -> str:
        """Sends a parcel with `quantity` pieces of the first line, or everything; the fulfilment's id."""
        lines = self.order(order_id)["lines"]
        chosen = lines if quantity is None else [{**lines[0], "quantity": quantity}]
        wish = {
            "lines": [{"orderLineId": line["id"], "quantity": line["quantity"]} for line in chosen],
            "handler": {
                "code": "manual-fulfillment",
                "arguments": [{"name": "method", "value": carrier}, {"name": "trackingCode", "value": tracking}],
            },
        }
        made = self.admin(_mutation("addFulfillmentToOrder", "input: FulfillOrderInput!", "Fulfillment"), input=wish)
        self.fulfil(made["id"], "Shipped")
        return str(made["id"])

    def fulfil(self, fulfilment_id: str, state: str) -> None:
        """Takes a parcel to another state: Shipped, Delivered, Cancelled."""
        change = _mutation("transitionFulfillmentToState", "id: ID!, state: String!", "Fulfillment")
        self.admin(change, id=fulfilment_id, state=state)

    def cancel(self, order_id: str) -> None:
        """Cancels all of an order."""
        wish = {"orderId": order_id, "reason": "Changed their mind"}
        self.admin(_mutation("cancelOrder", "input: CancelOrderInput!", "Order"), input=wish)

    def refund(self, order_id: str, amount: int, reason: str = "", transaction: str = "") -> str:
        """Somebody refunds `amount` (cents) in the back office, and settles it when there is a `transaction`."""
        payment = self.order(order_id)["payments"][0]["id"]
        # As its own back office asks: without the older parts of the amount the database refuses.
        wish = {"paymentId": payment, "amount": amount, "reason": reason, "lines": [], "shipping": 0, "adjustment": 0}
        made = self.admin(_mutation("refundOrder", "input: RefundOrderInput!", "Refund"), input=wish)
        if transaction:
            settled = {"id": made["id"], "transactionId": transaction}
            self.admin(_mutation("settleRefund", "input: SettleRefundInput!", "Refund"), input=settled)
        return str(made["id"])

    def rename(self, customer_id: str, first: str) -> None:
        """Changes a customer's first name."""
        change = _mutation("updateCustomer", "input: UpdateCustomerInput!", "Customer")
        self.admin(change, input={"id": customer_id, "firstName": first})

    def touch(self, order_id: str) -> None:
        """Changes a remark on an order, which is one of the few things that change its own date."""
        self.made += 1
        change = "mutation($input: UpdateOrderInput!) { setOrderCustomFields(input: $input) { id } }"
        self.admin(change, input={"id": order_id, "customFields": {"remark": f"Remark {self.made}"}})

    def stock(self) -> None:
        """Puts `PRICES` on sale. Done once, for the copy that is kept."""
        channel = self.admin("{ channels { items { id } } }")["items"][0]["id"]
        money = {"defaultCurrencyCode": "EUR", "availableCurrencyCodes": ["EUR"], "pricesIncludeTax": True}
        change = _mutation("updateChannel", "input: UpdateChannelInput!", "Channel")
        self.admin(change, input={"id": channel, **money})
        for sku, (name, price) in PRICES.items():
            product = self.admin(
                "mutation($i: CreateProductInput!) { createProduct(input: $i) { id } }",
                i={"translations": [{"languageCode": "en", "name": name, "slug": sku.lower(), "description": ""}]},
            )["id"]
            self.admin(
                "mutation($i: [CreateProductVariantInput!]!) { createProductVariants(input: $i) { id } }",
                i=[
                    {
                        "productId": product,
                        "sku": sku,
                        "price": price,
                        "stockOnHand": 100_000,
                        "translations": [{"languageCode": "en", "name": name}],
                    }
                ],
            )

    def look_around(self) -> None:
        """Learns the ids of what is on sale."""
        found = self.admin("{ productVariants { items { id sku } } }")["items"]
        self.variants = {each["sku"]: each["id"] for each in found}


@contextmanager
def vendure() -> Iterator[VendureShop]:
    """A shop over a fresh copy of a filled SQLite file, until the block ends. Raises `ServerUnavailable`.

    Installed into the cache once per content of the lock file; filled once per content of its start script.
    """
    modules = install_npm(HERE)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="makegood-vendure-")))
        shutil.copy(_filled(modules), folder / "shop.sqlite")
        shop = stack.enter_context(_started(modules, folder / "shop.sqlite"))
        shop.look_around()
        yield shop


def _filled(modules: Path) -> Path:
    told = b"".join(file.read_bytes() for file in (HERE / "package-lock.json", HERE / "shop.cjs", Path(__file__)))
    kept = cache_dir() / f"vendure-{hashlib.sha256(told).hexdigest()[:16]}.sqlite"
    if not kept.exists():
        with TemporaryDirectory(dir=cache_dir(), prefix="vendure-part-") as folder:
            part = Path(folder) / "shop.sqlite"
            with _started(modules, part) as shop:
                shop.stock()
            part.rename(kept)
    return kept


@contextmanager
def _started(modules: Path, database: Path) -> Iterator[VendureShop]:
    command = [needed("node", "nodejs 20 or newer"), str(HERE / "shop.cjs"), str(database)]
    env = {
        "NODE_PATH": str(modules),
        "NODE_ENV": "development",
        "VENDURE_DISABLE_TELEMETRY": "true",
        "TMPDIR": str(database.parent),
    }
    with running(command, env=env, tied=False) as (process, log):
        shop = VendureShop(ready_line(process, log)["url"])
        with shop.http:
            yield shop
