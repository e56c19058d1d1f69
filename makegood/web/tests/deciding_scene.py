"""Scenes for the pages of deciding, the ledger and returns: `python -m makegood.web.tests.deciding_scene`.

Like scene.py it writes into the database of a running Makegood, and prints addresses as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

__all__ = ["main"]

SAID = "Day 19 and my teapot has lost its handle. Is this really how you treat people who buy from you twice a year?"
CAUSES = ("delivery", "payment", "quality", "delivery", "picking", "delivery")
PRODUCTS = ("Blue teapot", "Set of six cups with saucers, hand-painted by Aunt Margarethe", "Tea strainer")


def _shop() -> tuple[Any, Any, Any]:
    from makegood.accounts.models import Membership, User, Workspace
    from makegood.resolve.tests.authority_scene import Shop

    workspace, olga = Workspace.objects.order_by("id").first(), User.objects.order_by("id").first()
    assert workspace is not None
    malik = User.objects.filter(email="malik@example.com").first()
    if malik is None:
        malik = User.objects.create_user("malik@example.com", "a kettle of fish", name="Malik")
        Membership.objects.create(workspace=workspace, user=malik, role="agent")
    shop = Shop(workspace)
    shop.limit("agent", case=5_000)
    shop.limit("manager", case=25_000)
    return shop, olga, malik


def waiting(shop: Any, olga: Any, malik: Any) -> list[str]:
    """Three requests that wait, and Olga's link to the last one."""
    from makegood.desk.tests.make import conversation_with
    from makegood.resolve import api as resolve

    rows = []
    for number, amount in enumerate((6_200, 18_900, 8_900)):
        order = shop.order(delivered_at=_days(-19), total_minor=amount)
        shop.line(order, name=PRODUCTS[number], total_minor=amount)
        talk = conversation_with(shop.account, SAID, handle=f"ada{number}.example.com")
        shop.link(talk, order)
        said = {"reason_words": "Bought six times; the handle was glued", "exception": True}
        policy = "“Returns within 14 days” gives 14 days from delivery: they ended on 17 November, and today is day 19."
        words = "Hi Ada, you can send it back to us."
        fields = {"kind": "return", "order": order, "words": words, "policy_said": policy, **said}
        rows.append(shop.request(malik, talk, amount, charge=shop.charge(order, amount), **fields))
    secret = resolve.make_link(rows[-1], olga)
    return [*(f"/decide/{row.pk}/" for row in rows), f"/d/{secret}/"]


def _days(number: int) -> Any:
    from makegood.kit import clock

    return clock.now() + timedelta(days=number)


def given(shop: Any, olga: Any, malik: Any) -> list[str]:
    """Half a year of goodwill."""
    from django.db import transaction

    from makegood.resolve import ledger
    from makegood.resolve.models import ReasonCode, Remedy
    from makegood.resolve.tests.authority_scene import new_key

    talk = shop.talk("bo.example.com")
    for number in range(60):
        cause = CAUSES[number % len(CAUSES)]
        reason, _new = ReasonCode.objects.get_or_create(
            workspace=shop.workspace, name=f"Because of {cause}", cause=cause
        )
        order = shop.order()
        shop.line(order, name=PRODUCTS[number % 3])
        who = olga if number % 4 == 0 else malik
        kept = {"person_key": "author:x", "reason": reason, "order": order, "asked_by": who, "decided_by": who}
        amount = 400 + 731 * (number % 13)
        row = Remedy.objects.create(
            **kept,
            workspace=shop.workspace,
            conversation=talk,
            kind="voucher",
            state="executed",
            amount_minor=amount,
            currency="EUR",
            request_key=new_key() + "-given",
        )
        sides = ledger.Line("goodwill", amount, "EUR"), ledger.Line("vouchers", -amount, "EUR")
        with transaction.atomic():
            ledger.book(f"scene:{row.pk}", row, sides, at=_days(-number * 5))
    return ["/ledger/", "/ledger/?period=own", "/ledger/?period=month"]


def back(shop: Any, malik: Any) -> list[str]:
    """Returns in every state."""
    from makegood.resolve.models import Remedy, ReturnCase
    from makegood.resolve.tests.authority_scene import new_key

    rows = []
    for number, state in enumerate(ReturnCase.State.values):
        order = shop.order()
        remedy = Remedy.objects.create(
            workspace=shop.workspace,
            conversation=shop.talk(f"back{number}.example.com"),
            kind="return",
            state="approved",
            amount_minor=8_900,
            currency="EUR",
            person_key="author:x",
            request_key=new_key() + "-back",
            asked_by=malik,
            order=order,
        )
        rows.append(
            ReturnCase.objects.create(
                workspace=shop.workspace,
                remedy=remedy,
                number=f"R26-7F3K{number}",
                state=state,
                lines=[{"line": 1, "name": name, "count": 1} for name in PRODUCTS[:2]],
                label=f"Return R26-7F3K{number}\nTo: Teapot & Co\nOrder {order.number}\n1 × {PRODUCTS[0]}",
                send_by=_days(number - 1),
                then_refund_minor=8_900,
            )
        )
    return ["/returns/", *(f"/returns/{row.pk}/" for row in rows)]


def main() -> None:
    """Sets them all, and prints the addresses of each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    django.setup()
    shop, olga, malik = _shop()
    found = {"waiting": waiting(shop, olga, malik), "given": given(shop, olga, malik), "back": back(shop, malik)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
