"""Orders beside the thread: what they bought, where it is, what was paid twice, and who may see it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.desk.tests.make import conversation_with
from makegood.identify.models import Charge, Order, OrderLink
from makegood.listen.tests.make import channel
from makegood.web.tests.good_page import get, post
from makegood.web.tests.money_scene import Bought, build


@pytest.fixture
def scene(workspace: Any) -> Bought:
    talk = conversation_with(channel(workspace, "account"), "You charged me twice for #1042!", who="did:plc:ada")
    return build(workspace, talk)


def test_orders_with_parcels_and_why_they_are_linked(scene: Bought, as_malik: Client) -> None:
    html = get(as_malik, "order-side", scene.talk.pk)
    assert "1042" in html
    assert "they wrote “#1042”" in html
    assert "2 × Teapot, blue" in html
    assert "49.90 EUR" in html
    assert 'href="https://example.com/00340434"' in html
    assert "not delivered: 3 days late" in html
    assert "What the policy says:" in html


def test_a_double_charge_stands_out_with_its_reasons(scene: Bought, as_malik: Client) -> None:
    html = get(as_malik, "order-side", scene.talk.pk)
    assert "Charged twice: 49.90 EUR on" in html
    assert "by the same card, the same amount, 2 minutes apart, for one order, 1042" in html
    assert "Give one back" in html
    Charge.objects.within(scene.talk.workspace_id).filter(pk=scene.charges[1].pk).update(refunded_minor=4990)
    html = get(as_malik, "order-side", scene.talk.pk)
    assert "One of them has been given back." in html
    assert "Give one back" not in html


def test_what_the_bank_takes_back_is_not_refunded(scene: Bought, as_malik: Client) -> None:
    Charge.objects.within(scene.talk.workspace_id).filter(pk=scene.charges[0].pk).update(state="disputed")
    html = get(as_malik, "order-side", scene.talk.pk)
    assert "Their bank takes one of them back already." in html
    assert "Give one back" not in html


def test_linking_and_unlinking_an_order(scene: Bought, as_malik: Client) -> None:
    html = post(as_malik, "order-unlink", scene.talk.pk, order=str(scene.order.pk)).content.decode()
    assert "is not linked any more" in html
    assert "It is about this" in html, "it is still an order of theirs"
    found = get(as_malik, "order-find", scene.talk.pk, q="104")
    assert f'"order": "{scene.order.pk}"' in found
    assert "Type one letter more." in get(as_malik, "order-find", scene.talk.pk, q="1")
    assert "No order like that." in get(as_malik, "order-find", scene.talk.pk, q="zzz")
    html = post(as_malik, "order-link", scene.talk.pk, order=str(scene.order.pk)).content.decode()
    assert "linked by Malik" in html
    assert post(as_malik, "order-link", scene.talk.pk, order="no number").status_code == 404


def test_orders_of_another_shop_are_not_there(
    scene: Bought, other_workspace: Any, as_malik: Client, as_sten: Client
) -> None:
    theirs = conversation_with(channel(other_workspace, "account"), "My skis are late", who="did:plc:bo")
    other = build(other_workspace, theirs)
    assert post(as_malik, "order-link", scene.talk.pk, order=str(other.order.pk)).status_code == 404
    assert as_sten.get(reverse("order-side", args=[scene.talk.pk])).status_code == 404
    assert post(as_sten, "remedy-form", scene.talk.pk, "apology").status_code == 404
    assert f'"order": "{other.order.pk}"' not in get(as_malik, "order-find", scene.talk.pk, q="1042")


def test_as_many_queries_for_thirty_orders_as_for_three(scene: Bought, workspace: Any, as_malik: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            get(as_malik, "order-side", scene.talk.pk)
        return len(seen)

    def more(number: int) -> None:
        fields = {
            f.name: getattr(scene.order, f.name)
            for f in Order._meta.concrete_fields
            if f.name not in ("id", "external_id", "number")
        }
        row = Order.objects.create(**fields, external_id=f"x{number}", number=f"X{number}")
        OrderLink.objects.create(workspace=workspace, conversation=scene.talk, order=row, how="member")

    for number in range(2):
        more(number)
    get(as_malik, "order-side", scene.talk.pk)
    few = count()
    for number in range(2, 29):
        more(number)
    assert count() <= few
    assert few < 50


def test_a_viewer_sees_and_does_nothing(scene: Bought, as_vera: Client) -> None:
    html = get(as_vera, "order-side", scene.talk.pk)
    assert "1042" in html
    assert "Give one back" not in html
    assert "Not about this order" not in html
    side = get(as_vera, "remedy-side", scene.talk.pk)
    assert "Refund" not in side
    assert as_vera.get(reverse("remedy-form", args=[scene.talk.pk, "refund"])).status_code == 403


def test_a_collaborator_sees_neither_orders_nor_money(scene: Bought, cora: Any, as_cora: Client) -> None:
    from makegood.desk.models import Share

    Share.objects.create(workspace=scene.talk.workspace, conversation=scene.talk, user=cora)
    html = as_cora.get(reverse("conversation", args=[scene.talk.pk])).content.decode()
    assert "orders-part" not in html
    assert "remedies-part" not in html
    for name in ("order-side", "remedy-side", "remedy-wish"):
        assert as_cora.get(reverse(name, args=[scene.talk.pk])).status_code == 403
