"""Webhooks set up from here: what is kept, what is refused, and PayPal's, which are verified by asking for a key."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.identify import api as identify
from makegood.identify import hooks
from makegood.identify.hooks import receive
from makegood.identify.models import HookEvent, Source
from makegood.identify.subscribing import reach_problem
from makegood.identify.tests.scene import connect
from makegood.identify.tests.world import signed, world
from makegood.journal.models import Entry
from tests.connectors.payments.paypal_server import HOOK, paypal_server

pytestmark = pytest.mark.django_db
ADDRESS = "https://desk.example/hooks/abc/"


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        (ADDRESS, ""),
        ("https://desk.example:8443/hooks/abc/", ""),
        ("https://93.184.215.14/hooks/", ""),
        ("https://[2606:2800:21f::1]/hooks/", ""),
        ("http://desk.example/hooks/", "without https"),
        ("http://localhost:8000/hooks/", "localhost:8000"),
        ("https://localhost/hooks/", "reached"),
        ("https://127.0.0.1/hooks/", "reached"),
        ("https://[::1]/hooks/", "reached"),
        ("https://192.168.1.7/hooks/", "reached"),
        ("https://desk.local/hooks/", "reached"),
        ("https://desk/hooks/", "reached"),
        ("", "reached"),
    ],
)
def test_where_nobody_outside_can_send_anything(address: str, wrong: str) -> None:
    assert (wrong in reach_problem(address)) if wrong else reach_problem(address) == ""


def test_it_is_told_and_its_secret_counts_from_then_on(workspace: Any, shop: Source, olga: Any) -> None:
    identify.subscribe_source(shop, ADDRESS, olga)
    row = Source.objects.within(workspace).get()
    assert (world.told, identify.subscribed_to(row)) == ([ADDRESS], ADDRESS)
    assert identify.credentials_of(row)["webhook_secret"] == "whsec-new"
    assert receive(shop.hook, *signed({"id": "e1"}, secret="whsec-new")).status == 200
    assert receive(shop.hook, *signed({"id": "e1"})).status == 400
    assert Entry.objects.within(workspace).filter(verb="source.subscribed").count() == 1
    again = connect(workspace)
    assert identify.subscribed_to(again) == ADDRESS, "new keys do not end it"
    identify.remove_source(again, olga)
    assert identify.subscribed_to(Source.objects.within(workspace).get()) == ""


def test_what_goes_wrong_there_is_said_and_nothing_is_kept(workspace: Any, shop: Source, olga: Any) -> None:
    world.troubles = [Trouble(Verdict.REFUSE, "This key may not do that.")]
    with pytest.raises(Trouble, match="may not"):
        identify.subscribe_source(shop, ADDRESS, olga)
    with pytest.raises(Trouble, match="reached"):
        identify.subscribe_source(shop, "http://localhost:8000/hooks/abc/", olga)
    assert identify.subscribed_to(Source.objects.within(workspace).get()) == ""
    assert world.told == []


def test_a_kind_that_cannot_is_refused(payments: Source, olga: Any) -> None:
    assert not identify.can_subscribe(payments)
    with pytest.raises(Trouble, match="by hand"):
        identify.subscribe_source(payments, ADDRESS, olga)


def test_paypal_is_verified_by_the_certificate_it_names(
    workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from makegood.connectors.payments.paypal.calls import forget_tokens
    from makegood.connectors.payments.paypal.webhook import forget_certificates

    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    forget_tokens()
    forget_certificates()
    body = b'{"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {"id": "2GG2"}}'
    with paypal_server() as paypal:
        form = {**paypal.form, "sandbox": "1", "api_base": paypal.url}
        source = identify.connect_source(workspace, olga, "payments", "paypal", form)
        assert receive(source.hook, paypal.signed(body, hook=HOOK), body).status == 200
        [event] = HookEvent.objects.within(workspace)
        assert (event.event_id, event.wants) == ("WH-1", {"payments": ["2GG2"]})
        assert receive(source.hook, paypal.signed(body, hook="ANOTHER"), body).status == 400
        identify.subscribe_source(source, ADDRESS, olga)
        [hook] = paypal.hooks
        assert receive(source.hook, paypal.signed(body.replace(b"WH-1", b"WH-2"), hook=hook), b"").status == 400
        fresh = body.replace(b"WH-1", b"WH-2")
        assert receive(source.hook, paypal.signed(fresh, hook=hook), fresh).status == 200
    forget_certificates()
    # The certificate cannot be fetched just now: PayPal is to send it again.
    assert receive(source.hook, paypal.signed(body, hook=hook), body).status == 503
    assert hooks.AGAIN
