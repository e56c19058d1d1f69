"""What we make in the shop: coupons, and the note of a refund that was paid elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import MadeVoucher, VoucherWish
from makegood.connectors.shops.woocommerce.api import PAGE, Fault, Server, object_of, open_server, rows_of
from makegood.kit import clock
from makegood.kit.money import from_minor, to_minor

__all__ = ["KEY", "make_voucher", "record_refund"]

KEY = "_makegood_key"
"""Where a refund of ours keeps its key. What begins with an underscore is not shown to customers:
https://developer.wordpress.org/plugins/metadata/managing-post-metadata/#hidden-custom-fields
"""
SOON = timedelta(minutes=5)


async def make_voucher(credentials: Mapping[str, Any], wish: VoucherWish) -> MadeVoucher:
    """A coupon for one use, of an amount off the whole basket or of so many percent.

    With `customer_id` only that customer's addresses can use it. Repeatable: a coupon with this code that is worth the
    same is returned. Raises `Trouble`: REFUSE for a code that is taken by another coupon, for money of another currency
    than the shop's, and for a beginning in the future, which WooCommerce does not have.
    """
    if wish.starts_at is not None and wish.starts_at > clock.now() + SOON:
        raise Trouble(Verdict.REFUSE, "A WooCommerce coupon works as soon as it is made. Please make it on the day.")
    if (wish.amount_minor > 0) == (wish.percent > 0) or wish.percent > 100:
        raise Trouble(Verdict.REFUSE, "Please give either an amount or a percentage of up to 100 for the coupon.")
    async with open_server(credentials) as server:
        if wish.amount_minor:
            await _same_currency(server, wish.currency)
        standing = await _coupon(server, wish)
        if standing is None:
            standing = await _make(server, wish)
    return MadeVoucher(
        id=str(standing["id"]),
        # WooCommerce writes it small, and takes it either way.
        code=wish.code,
        url=f"{server.base}/wp-admin/post.php?post={standing['id']}&action=edit",
    )


async def _same_currency(server: Server, currency: str) -> None:
    found = await server.get("wc/v3/data/currencies/current")
    theirs = str(found.get("code", "")) if isinstance(found, dict) else ""
    if theirs != currency:
        sentence = f"Coupons of {server.host} are in {theirs or 'another currency'}: please choose an amount in that."
        raise Trouble(Verdict.REFUSE, sentence)


async def _coupon(server: Server, wish: VoucherWish) -> dict[str, Any] | None:
    """The coupon that has the wished code, which WooCommerce compares without case; None where there is none."""
    found = rows_of(server, await server.get("wc/v3/coupons", {"code": wish.code}), "coupons")
    same = [row for row in found if str(row.get("code", "")).casefold() == wish.code.casefold()]
    if same and not _worth(same[0], wish):
        sentence = f"The code {wish.code} is another coupon of {server.host} already. Please take another code."
        raise Trouble(Verdict.REFUSE, sentence)
    return same[0] if same else None


def _worth(row: Mapping[str, Any], wish: VoucherWish) -> bool:
    kind, amount = ("fixed_cart", wish.amount_minor) if wish.amount_minor else ("percent", wish.percent * 100)
    try:
        # A percentage has two decimals at most, as euros have.
        theirs = to_minor(Decimal(str(row.get("amount"))), wish.currency if wish.amount_minor else "EUR")
    except (ValueError, ArithmeticError):
        return False
    return row.get("discount_type") == kind and theirs == amount


async def _make(server: Server, wish: VoucherWish) -> dict[str, Any]:
    """https://woocommerce.github.io/woocommerce-rest-api-docs/#create-a-coupon"""
    body: dict[str, Any] = {
        "code": wish.code,
        "discount_type": "fixed_cart" if wish.amount_minor else "percent",
        "amount": from_minor(wish.amount_minor, wish.currency) if wish.amount_minor else str(wish.percent),
        "usage_limit": 1,
        "description": "Made by Makegood",
    }
    if wish.ends_at is not None:
        body["date_expires_gmt"] = clock.to_utc(wish.ends_at).replace(tzinfo=None, microsecond=0).isoformat()
    if wish.customer_id:
        body["email_restrictions"] = await _addresses(server, wish.customer_id)
    try:
        return object_of(server, await server.post("wc/v3/coupons", body), "coupons")
    except Fault as fault:
        # Made by a request of ours whose answer was lost, or by another at the same moment.
        if fault.code != "woocommerce_rest_coupon_code_already_exists":
            raise
        standing = await _coupon(server, wish)
        if standing is None:
            raise
        return standing


async def _addresses(server: Server, customer_id: str) -> list[str]:
    """The addresses by which a checkout knows a customer: their account's and their bill's."""
    if not (customer_id.isascii() and customer_id.isdecimal()):
        raise Trouble(Verdict.REFUSE, "This customer has no account in the shop. Please make the coupon for everybody.")
    found = object_of(server, await server.get(f"wc/v3/customers/{customer_id}"), "customer")
    billing = found.get("billing")
    both = [found.get("email"), billing.get("email") if isinstance(billing, dict) else ""]
    return sorted({each.casefold() for each in both if isinstance(each, str) and each})


async def record_refund(
    credentials: Mapping[str, Any], order_id: str, amount_minor: int, currency: str, key: str, words: str
) -> str:
    """Notes a refund that was paid elsewhere, with `words` as its reason; its id in the shop.

    It moves no money (`api_refund` is false) and puts nothing back in stock. WooCommerce tells the customer by e-mail,
    and calls an order refunded when nothing is left of it. Repeatable by `key`, which is looked for first. Raises
    `Trouble`: REFUSE when it is more than is left of the order, or in another currency.
    """
    if not (order_id.isascii() and order_id.isdecimal()) or amount_minor <= 0:
        raise Trouble(Verdict.REFUSE, "This refund cannot be noted in the shop. Please check its order and its amount.")
    path = f"wc/v3/orders/{order_id}/refunds"
    async with open_server(credentials) as server:
        found = object_of(server, await server.get(f"wc/v3/orders/{order_id}"), "order")
        if str(found.get("currency", "")).upper() != currency:
            sentence = f"The order was paid in {found.get('currency')}: please note the refund in that."
            raise Trouble(Verdict.REFUSE, sentence)
        standing = rows_of(server, await server.get(path, {"per_page": PAGE}), "refunds")
        ours = _ours(standing, amount_minor, currency, key, words)
        if ours is not None:
            return ours
        body = {
            "amount": from_minor(amount_minor, currency),
            "reason": words,
            "api_refund": False,
            "api_restock": False,
            "meta_data": [{"key": KEY, "value": key}],
        }
        return str(object_of(server, await server.post(path, body), "refunds")["id"])


def _ours(rows: list[dict[str, Any]], amount_minor: int, currency: str, key: str, words: str) -> str | None:
    """The refund that has our key, or one without any key that can only be ours.

    WooCommerce saves a refund first and what belongs to it after: one that was cut short between has the words and the
    amount, but no key yet.
    """
    keyless: list[str] = []
    for row in rows:
        meta = [each for each in row.get("meta_data") or [] if isinstance(each, dict) and each.get("key") == KEY]
        if any(each.get("value") == key for each in meta):
            return str(row["id"])
        if not meta and words and row.get("reason") == words and _is(row.get("amount"), amount_minor, currency):
            keyless.append(str(row["id"]))
    return keyless[0] if keyless else None


def _is(amount: Any, minor: int, currency: str) -> bool:
    try:
        return to_minor(Decimal(str(amount)), currency) == minor
    except (ValueError, ArithmeticError):
        return False
