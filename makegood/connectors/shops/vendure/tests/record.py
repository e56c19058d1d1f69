"""Records the pairs beside this file from a real shop: `python -m makegood.connectors.shops.vendure.tests.record`.

Each pair holds a row as Vendure sent it and what we make of it. Look at what changed before you commit it.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from makegood.connectors.shops.vendure import queries
from makegood.connectors.shops.vendure.api import open_api
from makegood.connectors.shops.vendure.shapes import View, customer_of, order_of
from tests.servers.vendure import VendureShop, vendure

PAIRS = Path(__file__).parent / "pairs"
VIEW = View(2, "https://shop.example/dashboard")


def plain(value: Any) -> Any:
    """What we made, as JSON holds it; what is at its default is left out."""
    told = {name: each for name, each in asdict(value).items() if each not in ("", None, (), 0)}
    return json.loads(
        json.dumps(told, default=lambda each: each.isoformat() if isinstance(each, datetime) else str(each))
    )


def _scenes(shop: VendureShop) -> dict[str, str]:
    """Orders in the states that differ in shape, by name."""
    shipped = shop.buy("ada@example.com", {"TEAPOT": 2, "CUP": 1})["id"]
    first = shop.ship(shipped, 1, "00340434161094000000")
    shop.fulfil(first, "Delivered")
    refunded = shop.buy("grace@example.com", {"CUP": 3}, first="Grace", last="Hopper", method="moving")["id"]
    shop.refund(refunded, 1000, "One cup was chipped")
    cancelled = shop.buy("mary@example.com", {"WHISK": 1}, first="Mary", last="Ward")["id"]
    shop.cancel(cancelled)
    return {"part-shipped": shipped, "refunded": refunded, "cancelled": cancelled}


async def _record(shop: VendureShop) -> None:
    scenes = _scenes(shop)
    async with open_api({"url": f"{shop.url}/admin-api", "key": shop.api_key()}) as api:
        for name, order_id in scenes.items():
            data = await api.ask(queries.ORDERS, options={"filter": {"id": {"eq": order_id}}})
            row = data["orders"]["items"][0]
            _write(f"order-{name}", row, plain(order_of(row, VIEW)))
        data = await api.ask(queries.CUSTOMERS, options={"take": 1})
        row = data["customers"]["items"][0]
        _write("customer-guest", row, plain(customer_of(row, VIEW)))


def _write(name: str, theirs: Any, ours: Any) -> None:
    pair = {"vendure": theirs, "makegood": ours}
    (PAIRS / f"{name}.json").write_text(json.dumps(pair, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    os.environ["MAKEGOOD_PRIVATE_HOSTS"] = "*"
    with vendure() as running:
        asyncio.run(_record(running))
