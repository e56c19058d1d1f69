"""A shop in memory whose every fault can be chosen, for what Makegood makes of it. It stands for no real one: those are
tried in `tests/connectors/shops` and, as Vendure, against a real server.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops import registry
from makegood.connectors.shops.contract import MadeVoucher, Shop, ShopCapability, VoucherWish
from makegood.resolve.tests.till import Killed

__all__ = ["VoucherShop", "plug_in_shop"]


@dataclass
class VoucherShop:
    """`faults` happen one after the other, before the code is made, or after it (`late`)."""

    codes: dict[str, VoucherWish] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def make(self, credentials: Mapping[str, Any], wish: VoucherWish) -> MadeVoucher:
        """Repeatable by its code, as the contract has it."""
        self.asked.append(wish.code)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "killed":
            raise Killed
        if fault == "busy":
            raise Trouble(Verdict.WAIT, "The shop is busy.", retry_after=7)
        if fault == "no":
            raise Trouble(Verdict.REFUSE, "The shop does not make such codes.")
        if fault == "odd":
            raise RuntimeError("odd")
        self.codes.setdefault(wish.code, wish)
        if fault == "killed late":
            raise Killed
        if fault == "lost":
            raise Trouble(Verdict.RETRY, "The answer was lost.")
        return MadeVoucher(f"promo-{wish.code}", wish.code)


def plug_in_shop(monkeypatch: pytest.MonkeyPatch, there: VoucherShop) -> None:
    """`kind` "corner" is this shop, "stall" one that makes no codes."""
    able = Shop(ShopCapability("corner", "Corner shop", vouchers=True), make_voucher=there.make)
    for shop in (able, Shop(ShopCapability("stall", "Stall"))):
        module = ModuleType(f"{__name__}_{shop.capability.kind}")
        vars(module)["CONNECTOR"] = shop
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(registry.KINDS, shop.capability.kind, module.__name__)
    registry.shop.cache_clear()
