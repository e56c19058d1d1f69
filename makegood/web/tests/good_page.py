"""What tests do on the panel beside the thread."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from makegood.resolve import api as resolve
from makegood.web.tests.money_scene import Bought


def get(client: Client, name: str, *args: Any, **data: str) -> str:
    answer = client.get(reverse(name, args=args), data, headers={"hx-request": "true"})
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def post(client: Client, name: str, *args: Any, **data: str) -> Any:
    return client.post(reverse(name, args=args), data, headers={"hx-request": "true"})


def key_in(html: str) -> str:
    found = re.search(r'name="request_key" value="(\w+)"', html)
    assert found
    return found[1]


def reason(workspace: Any) -> str:
    return str(resolve.reasons(workspace)[0].pk)


def refund(scene: Bought, client: Client, amount: str = "49.90", **more: str) -> Any:
    form = get(client, "remedy-form", scene.talk.pk, "refund", charge=str(scene.charges[1].pk))
    fields = {
        "request_key": key_in(form),
        "order": str(scene.order.pk),
        "charge": str(scene.charges[1].pk),
        "amount": amount,
        "way": "original",
        "reason": reason(scene.talk.workspace),
        "words": "Hi {name}, {amount} for {order}.",
        **more,
    }
    return post(client, "remedy-form", scene.talk.pk, "refund", **fields)
