"""The webhook that is set up for the owner, and whose events are then verified by its id."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.paypal.subscribe import EVENTS, subscribe
from makegood.connectors.payments.paypal.webhook import verify_async
from tests import faults
from tests.connectors.payments.paypal_server import PayPalServer

ADDRESS = "https://desk.example/hooks/abc/"
BODY = b'{"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {"id": "2GG2"}}'


async def test_it_is_made_once_and_its_id_is_kept(server: PayPalServer, credentials: dict[str, Any]) -> None:
    kept = await subscribe({**credentials, "webhook_id": ""}, ADDRESS)
    [(name, made)] = server.hooks.items()
    assert kept["webhook_id"] == name
    assert (made["url"], [each["name"] for each in made["event_types"]]) == (ADDRESS, list(EVENTS))
    assert await subscribe(kept, ADDRESS) == kept
    assert len(server.hooks) == 1
    assert (await verify_async(kept, server.signed(BODY, hook=name), BODY)).payments == ("2GG2",)


async def test_one_whose_answer_was_lost_is_found(server: PayPalServer, credentials: dict[str, Any]) -> None:
    with faults.proxy(server.url) as between:
        there = {**credentials, "api_base": between.url}
        between.inject(faults.lost(), skip=2, times=1)
        with pytest.raises(Trouble) as caught:
            await subscribe(there, ADDRESS)
        assert caught.value.verdict is Verdict.RETRY
        between.lift()
        kept = await subscribe(there, ADDRESS)
    assert list(server.hooks) == [kept["webhook_id"]]


async def test_an_address_that_paypal_does_not_take(server: PayPalServer, credentials: dict[str, Any]) -> None:
    with pytest.raises(Trouble, match="Not a valid webhook URL") as caught:
        await subscribe(credentials, "http://desk.example/")
    assert caught.value.verdict is Verdict.REFUSE
