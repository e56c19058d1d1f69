"""Discount codes: a promotion with a code, for one order
(https://docs.vendure.io/current/core/core-concepts/promotions).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import MadeVoucher, VoucherWish
from makegood.connectors.shops.vendure import queries
from makegood.connectors.shops.vendure.api import Api, open_api, refusal
from makegood.connectors.shops.vendure.shapes import from_minor_there

__all__ = ["make_voucher"]

FIXED, PERCENT = "order_fixed_discount", "order_percentage_discount"
NOTHING = "Please say how much the code takes off: an amount, or 1 to 100 percent, and not both."
TAKEN = "The shop already has a code {code} with other terms. Please choose another code."
OTHER_MONEY = "The shop sells in {shop}, so a code over {wish} would not work there. Please choose an amount in {shop}."


class _Arg(msgspec.Struct):
    name: str
    value: str


class _Action(msgspec.Struct):
    code: str
    args: list[_Arg] = []


class _Promotion(msgspec.Struct, rename="camel"):
    id: str
    coupon_code: str | None = None
    enabled: bool = True
    usage_limit: int | None = None
    actions: list[_Action] = []


async def make_voucher(credentials: Mapping[str, Any], wish: VoucherWish) -> MadeVoucher:
    """A code that one order may use, once. A code that stands already with these terms is returned. Raises Trouble:
    REFUSE for a wish that cannot be met, or a code that is taken.

    An amount is taken off what the shop's own prices are: with tax, or without where it shows them so. `customer_id` is
    not looked at: Vendure has no such condition, so the code is worth what it says to whoever has it.
    """
    action = _action(credentials, wish)
    async with open_api(credentials) as api:
        found = await api.ask(queries.PROMOTIONS, "see discount codes", "ReadPromotion", code=wish.code)
        for promotion in _read(api, (found.get("promotions") or {}).get("items"), list[_Promotion]):
            if (promotion.coupon_code or "").casefold() == wish.code.casefold():
                return _standing(promotion, wish.code, action)
        named = f"Makegood {wish.code}"
        made = await api.ask(
            queries.MAKE_PROMOTION,
            "make discount codes",
            "CreatePromotion",
            input={
                "enabled": True,
                "couponCode": wish.code,
                "usageLimit": 1,
                "perCustomerUsageLimit": 1,
                "startsAt": wish.starts_at.isoformat() if wish.starts_at else None,
                "endsAt": wish.ends_at.isoformat() if wish.ends_at else None,
                "conditions": [],
                "actions": [
                    {"code": action.code, "arguments": [{"name": a.name, "value": a.value} for a in action.args]}
                ],
                "translations": [{"languageCode": "en", "name": named, "description": "Made by Makegood"}],
            },
        )
        result = made.get("createPromotion") or {}
        if code := refusal(result):
            sentence = f"{api.who} did not make the code {wish.code}. Please make it there by hand."
            raise Trouble(Verdict.REFUSE, sentence, detail=code)
        promotion = _read(api, result, _Promotion)
        return MadeVoucher(promotion.id, promotion.coupon_code or wish.code)


def _action(credentials: Mapping[str, Any], wish: VoucherWish) -> _Action:
    if bool(wish.amount_minor) == bool(wish.percent) or wish.amount_minor < 0 or not 0 <= wish.percent <= 100:
        raise Trouble(Verdict.REFUSE, NOTHING)
    if wish.percent:
        return _Action(PERCENT, [_Arg("discount", str(wish.percent))])
    shop = str(credentials.get("currency", wish.currency))
    if wish.currency != shop:
        raise Trouble(Verdict.REFUSE, OTHER_MONEY.format(shop=shop, wish=wish.currency))
    try:
        there = from_minor_there(wish.amount_minor, wish.currency, int(credentials.get("precision", 2)))
    except ValueError as error:
        raise Trouble(Verdict.REFUSE, f"{error} Please choose a round amount.") from error
    return _Action(FIXED, [_Arg("discount", str(there))])


def _standing(promotion: _Promotion, code: str, action: _Action) -> MadeVoucher:
    """The code that is there, if it is worth the same; somebody may have made another by hand."""
    same = promotion.enabled and promotion.usage_limit == 1 and len(promotion.actions) == 1
    if not same or promotion.actions[0].code != action.code or promotion.actions[0].args != action.args:
        raise Trouble(Verdict.REFUSE, TAKEN.format(code=code), detail=f"promotion {promotion.id}")
    return MadeVoucher(promotion.id, promotion.coupon_code or code)


def _read(api: Api, found: Any, wanted: Any) -> Any:
    try:
        return msgspec.convert(found, wanted)
    except msgspec.ValidationError as error:
        raise verdicts.no_sense(api.who, f"promotion: {error}") from error
