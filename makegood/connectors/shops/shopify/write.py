"""What we make in the shop: discount codes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import MadeVoucher, VoucherWish
from makegood.connectors.shops.shopify.api import Admin, open_admin
from makegood.connectors.shops.shopify.queries import CODE, MAKE_CODE
from makegood.connectors.shops.shopify.shapes import admin_page, gid
from makegood.kit import clock
from makegood.kit.money import from_minor, to_minor

__all__ = ["make_voucher"]


async def make_voucher(credentials: Mapping[str, Any], wish: VoucherWish) -> MadeVoucher:
    """A discount code for one use, of an amount off the whole order or of so many percent.

    With `customer_id` only that customer can use it. Repeatable: a code that stands and is worth the same is returned.
    Raises `Trouble`: REFUSE for a code that is taken by another discount, for money of another currency than the
    shop's, and where the app may not make codes (write_discounts).
    """
    if (wish.amount_minor > 0) == (wish.percent > 0) or wish.percent > 100:
        raise Trouble(Verdict.REFUSE, "Please give either an amount or a percentage of up to 100 for the code.")
    async with open_admin(credentials) as admin:
        standing = await _standing(admin, wish)
        if standing is None:
            standing = await _make(admin, wish)
        return MadeVoucher(
            id=standing, code=wish.code, url=admin_page(admin.shop, "discounts", standing.rpartition("/")[2])
        )


async def _standing(admin: Admin, wish: VoucherWish) -> str | None:
    """The long id of the discount that has this code; None where there is none."""
    data = (await admin.ask(CODE, {"code": wish.code})).data
    currency = str(_in(data, "shop").get("currencyCode") or "")
    if wish.amount_minor and currency != wish.currency:
        sentence = (
            f"Discounts of {admin.shop} are in {currency or 'another currency'}: please choose an amount in that."
        )
        raise Trouble(Verdict.REFUSE, sentence)
    node = _in(data, "codeDiscountNodeByCode")
    if not node:
        return None
    if not _worth(_in(node, "codeDiscount"), wish):
        sentence = f"The code {wish.code} is another discount of {admin.shop} already. Please take another code."
        raise Trouble(Verdict.REFUSE, sentence)
    return str(node["id"])


def _worth(discount: Mapping[str, Any], wish: VoucherWish) -> bool:
    value = _in(_in(discount, "customerGets"), "value")
    try:
        if wish.amount_minor:
            money = _in(value, "amount")
            same = to_minor(Decimal(str(money.get("amount"))), wish.currency) == wish.amount_minor
            return money.get("currencyCode") == wish.currency and same
        # A share from 0 to 1, as a binary fraction.
        return round(Decimal(str(value.get("percentage"))) * 100, 6) == wish.percent
    except (ValueError, ArithmeticError):
        return False


async def _make(admin: Admin, wish: VoucherWish) -> str:
    """https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/discountCodeBasicCreate"""
    value: dict[str, Any] = {"percentage": wish.percent / 100}
    if wish.amount_minor:
        value = {"discountAmount": {"amount": from_minor(wish.amount_minor, wish.currency), "appliesOnEachItem": False}}
    person = {"customers": {"add": [gid("Customer", wish.customer_id)]}} if wish.customer_id else {"all": "ALL"}
    discount: dict[str, Any] = {
        "title": wish.code,
        "code": wish.code,
        "startsAt": clock.to_utc(wish.starts_at or clock.now()).isoformat(),
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "context": person,
        "customerGets": {"value": value, "items": {"all": True}},
    }
    if wish.ends_at is not None:
        discount["endsAt"] = clock.to_utc(wish.ends_at).isoformat()
    made = _in((await admin.ask(MAKE_CODE, {"discount": discount})).data, "discountCodeBasicCreate")
    node = _in(made, "codeDiscountNode")
    if isinstance(node.get("id"), str):
        return str(node["id"])
    errors = [each for each in made.get("userErrors") or [] if isinstance(each, dict)]
    if any(each.get("code") == "TAKEN" for each in errors):
        # Made by a request of ours whose answer was lost, or by another at the same moment.
        standing = await _standing(admin, wish)
        if standing is not None:
            return standing
    if not errors:
        raise verdicts.no_sense(admin.shop, f"no discount: {str(made)[:200]}")
    said = "; ".join(str(each.get("message"))[:200] for each in errors)
    raise Trouble(Verdict.REFUSE, f"{admin.shop} did not make the code: {said}. Please choose another.", detail=said)


def _in(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = found.get(name)
    return value if isinstance(value, dict) else {}
