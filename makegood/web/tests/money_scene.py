"""A shop whose customer was charged twice, for tests of orders and remedies beside a thread.

Run as `python -m makegood.web.tests.money_scene` in the environment of a running Makegood, it writes into that one's
database and prints the address of the conversation.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import django

__all__ = ["Bought", "build", "customers"]


@dataclass
class Bought:
    """What Ada bought and paid, and what she wrote."""

    talk: Any
    customer: Any
    order: Any
    line: Any
    charges: list[Any]
    shop: Any
    processor: Any


def build(workspace: Any, talk: Any) -> Bought:
    """Ada, tied to the author of `talk`: order 1042 with a line, a late parcel, and paid twice within two minutes."""
    from makegood.identify import api as identify
    from makegood.identify.models import Charge, Customer, Fulfilment, Order, OrderLine, OrderLink, Source
    from makegood.kit import clock

    now = clock.now()
    own = {"workspace": workspace}
    shop = Source.objects.create(
        **own, side="shop", kind="orders_file", name="Shop", address="shop", hook=f"h-shop-{workspace.pk}", due_at=None
    )
    processor = Source.objects.create(
        **own,
        side="payments",
        kind="stripe",
        name="Stripe",
        address="acct_1",
        hook=f"h-pay-{workspace.pk}",
        due_at=None,
    )
    ada = Customer.objects.create(**own, source=shop, external_id="c1", name="Ada Moor", email="ada@example.com")
    identify.tie_customer(talk, ada, basis="order_number", evidence="#1042")
    placed = now - timedelta(days=20)
    order = Order.objects.create(
        **own,
        source=shop,
        customer=ada,
        external_id="o1",
        number="1042",
        number_key="1042",
        currency="EUR",
        total_minor=4990,
        state="shipped",
        placed_at=placed,
        promised_at=now - timedelta(days=3, hours=1),
        shipped_at=placed + timedelta(days=1),
        changed_at=now,
    )
    line = OrderLine.objects.create(
        **own, order=order, external_id="l1", name="Teapot, blue", quantity=2, total_minor=4990, cost_minor=2000
    )
    Fulfilment.objects.create(
        **own,
        order=order,
        external_id="p1",
        carrier="DHL",
        tracking="00340434",
        tracking_url="https://example.com/00340434",
        shipped_at=placed + timedelta(days=1),
    )
    link = {"conversation": talk, "order": order, "how": "number", "words": "#1042", "message": None}
    OrderLink.objects.create(**own, **link)
    paid = {**own, "source": processor, "order": order, "order_number": "1042", "currency": "EUR", "state": "paid"}
    charges = [
        Charge.objects.create(
            **paid, external_id=f"ch_{n}", amount_minor=4990, at=placed + timedelta(minutes=2 * n), method="Visa 4242"
        )
        for n in (0, 1)
    ]
    charges[1].double_of = charges[0]
    charges[1].double_because = [["same_payer", "card"], ["same_amount", ""], ["apart", "2"], ["same_order", "1042"]]
    charges[1].save()
    return Bought(talk, ada, order, line, charges, shop, processor)


def customers(workspace: Any, shop: Any, count: int = 60, *, currency: str = "EUR", seed: int = 7) -> None:
    """Other customers with a year of orders, so that there is something to say."""
    from makegood.identify.models import Customer, Order
    from makegood.kit import clock

    chance, now = random.Random(seed), clock.now()
    own = {"workspace": workspace, "source": shop}
    for number in range(count):
        who = Customer.objects.create(**own, external_id=f"more{number}", name=f"Customer {number}")
        placed = now - timedelta(days=chance.randint(200, 400))
        for again in range(chance.choice([1, 1, 1, 2, 3])):
            moment = placed + timedelta(days=again * chance.randint(20, 90))
            Order.objects.create(
                **own,
                customer=who,
                external_id=f"more{number}-{again}",
                number=f"M{number}{again}",
                number_key=f"M{number}{again}",
                currency=currency,
                total_minor=chance.randint(2_000, 9_000),
                state="delivered",
                placed_at=moment,
                delivered_at=moment + timedelta(days=2),
                changed_at=moment,
            )


def main() -> None:
    """Sets the scene in the first workspace, on its newest open conversation."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    django.setup()
    from makegood.accounts.models import Workspace
    from makegood.desk.models import Conversation
    from makegood.identify.fitting import fit_due

    workspace = Workspace.objects.order_by("id").first()
    talk = Conversation.objects.within(workspace).filter(intent="complaint").order_by("-id").first()
    found = build(workspace, talk)
    customers(workspace, found.shop)
    fit_due()
    print(json.dumps(f"/inbox/{found.talk.pk}/"))


if __name__ == "__main__":
    main()
