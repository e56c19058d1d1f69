"""A subject: a processor's connector, a server it speaks to through a proxy, and somebody there who pays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from makegood.connectors.contract import Connected
from makegood.connectors.payments.contract import PayEvent, PayPage, Processor, RefundWish
from makegood.connectors.payments.paypal.calls import forget_tokens
from makegood.connectors.payments.registry import processor
from tests.connectors.payments.paypal_server import paypal_server
from tests.faults import Proxy, proxy
from tests.servers.localstripe import KEY, StripeServer

__all__ = ["Paying", "paypal", "stripe"]


@dataclass
class Paying:
    """A connector under test. The functions are how people act at the processor, past the proxy.

    `pay(minor, currency, order)` -> id: a customer pays. `by_hand(id, minor)`: the owner gives back on the processor's
    own page. `back(id)` -> amounts in minor units that went back, by the processor's record. `forget()`: the processor
    no longer knows any key. `event(id)` -> headers and body of a signed webhook about a payment. `verify` is either of
    the connector's two. `signed_out()`: the next call must sign in anew.
    """

    kind: str
    proxy: Proxy
    form: Mapping[str, str]
    wrong: tuple[Mapping[str, str], ...]
    pay: Callable[[int, str, str], str]
    by_hand: Callable[[str, int], None]
    back: Callable[[str], list[int]]
    forget: Callable[[], None]
    event: Callable[[str], tuple[dict[str, str], bytes]]
    verify: Callable[[Mapping[str, Any], Mapping[str, str], bytes], Awaitable[PayEvent]]
    read_path: str
    write_path: str
    signed_out: Callable[[], None] = lambda: None
    credentials: Mapping[str, Any] = field(default_factory=dict)
    made: int = 0

    @property
    def connector(self) -> Processor:
        """The processor's functions."""
        return processor(self.kind)

    async def connect(self) -> Connected:
        """As the owner would."""
        assert self.connector.connect is not None
        return await self.connector.connect({**self.form, "api_base": self.proxy.url})

    async def read(self, cursor: Mapping[str, Any] | None = None) -> PayPage:
        """All there is to read from a cursor on, as one page."""
        assert self.connector.read is not None
        cursor, pages = dict(cursor or {}), list[PayPage]()
        while not pages or pages[-1].more:
            pages.append(await self.connector.read(self.credentials, cursor))
            cursor = dict(pages[-1].cursor)
            assert len(pages) < 50
        payments = {each.id: each for page in pages for each in page.payments}
        refunds = {each.id: each for page in pages for each in page.refunds}
        problems = tuple(each for page in pages for each in page.problems)
        return PayPage(tuple(payments.values()), tuple(refunds.values()), cursor, problems)

    async def fetch(self, *ids: str) -> PayPage:
        """These payments."""
        assert self.connector.fetch is not None
        return await self.connector.fetch(self.credentials, ids)

    def wish(self, payment: str, minor: int, currency: str = "EUR", key: str = "") -> RefundWish:
        """A refund under a key of its own."""
        self.made += 1
        return RefundWish(
            key or f"wish-{self.kind}-{self.made:04d}", payment, minor, currency, reason="The lid came broken."
        )


def stripe(stack: ExitStack, server: StripeServer) -> Paying:
    """Stripe, which is localstripe behind our own proxy."""
    from makegood.connectors.payments.stripe.webhook import verify
    from tests.servers.hooks import signature

    server.faults()
    between = stack.enter_context(proxy(server.url))

    async def verified(credentials: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> PayEvent:
        return verify(credentials, headers, body)

    def event(payment: str) -> tuple[dict[str, str], bytes]:
        import json
        import time

        thing = {"id": "evt_1", "object": "event", "type": "charge.refunded", "created": int(time.time())}
        body = json.dumps({**thing, "data": {"object": {"id": payment, "object": "charge"}}}).encode()
        return {"Stripe-Signature": signature(body, ["whsec_teapot"], time.time())}, body

    def pay(minor: int, currency: str, order: str) -> str:
        metadata = {"order_id": order} if order else {}
        found = server.charge(minor, currency.lower(), email="maya@example.com", name="Maya Lund", metadata=metadata)
        return str(found["id"])

    def back(payment: str) -> list[int]:
        return [each["amount"] for each in server.sums()["refunds"] if each["charge"] == payment]

    return Paying(
        kind="stripe",
        proxy=between,
        form={"key": KEY, "webhook_secret": "whsec_teapot"},
        wrong=({"key": "pk_test_teapot"}, {"key": ""}, {"key": "hello"}, {"key": KEY, "webhook_secret": "teapot"}),
        pay=pay,
        by_hand=lambda payment, minor: server.refund(payment, minor) and None,
        back=back,
        forget=server.forget_keys,
        event=event,
        verify=verified,
        read_path=r"^/v1/charges\?",
        write_path=r"^/v1/refunds$",
    )


def paypal(stack: ExitStack) -> Paying:
    """PayPal, which is a server of ours in the documented shapes."""
    from makegood.connectors.payments.paypal.amounts import to_paypal
    from makegood.connectors.payments.paypal.webhook import verify_async
    from makegood.kit.money import to_minor

    server = stack.enter_context(paypal_server())
    between = stack.enter_context(proxy(server.url))

    def event(payment: str) -> tuple[dict[str, str], bytes]:
        up = f"https://api-m.paypal.com/v2/payments/captures/{payment}"
        thing = f'{{"id": "REFUND1", "links": [{{"rel": "up", "href": "{up}"}}]}}'
        body = f'{{"id": "WH-1", "event_type": "PAYMENT.CAPTURE.REFUNDED", "resource": {thing}}}'.encode()
        return server.signed(body, cert=f"{between.url}/v1/notifications/certs/CERT-360caa42-fca2a594-5a29e601"), body

    def back(payment: str) -> list[int]:
        found = [each["amount"] for each in server.of(payment)]
        return [to_minor(each["value"], each["currency_code"]) for each in found]

    def by_hand(payment: str, minor: int) -> None:
        server.give_back(payment, to_paypal(minor, server.captures[payment]["amount"]["currency_code"]))

    forget_tokens()
    return Paying(
        kind="paypal",
        proxy=between,
        form=server.form,
        wrong=(
            {"client_id": "", "secret": ""},
            {**server.form, "secret": "another-secret"},
            {**server.form, "webhook_id": "https://shop.example/hook"},
        ),
        pay=lambda minor, currency, order: server.pay(to_paypal(minor, currency), currency, invoice=order),
        by_hand=by_hand,
        back=back,
        forget=server.requests.clear,
        event=event,
        verify=verify_async,
        read_path=r"^/v1/reporting/",
        write_path=r"/refund$",
        signed_out=forget_tokens,
    )
