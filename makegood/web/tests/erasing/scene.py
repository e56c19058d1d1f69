"""Ann, of whom every stage keeps something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction

from makegood.connectors.payments.contract import PayPage
from makegood.connectors.shops.contract import ShopPage
from makegood.desk import api as desk
from makegood.desk.models import Clock, Message
from makegood.identify import api as identify
from makegood.identify.charging import store_pay_page
from makegood.identify.models import (
    Charge,
    Customer,
)
from makegood.identify.storing import store_shop_page
from makegood.identify.tests.scene import connect, says
from makegood.identify.tests.world import ann, order, parcel, payment, shop_refund
from makegood.kit import clock
from makegood.reply import api as reply
from makegood.reply.models import Reply, ReplyMedia
from makegood.resolve.models import ApprovalRequest, Refund, Remedy, ReturnCase, Wish

# Nothing of hers that is kept may hold any of these.
HERS = ("Ann Lee", "ann@example.com", "ann.example", "zzsecret", "did:plc:ann", "0170 1234567", "1 Teapot Lane")
ANN = {"phone": "0170 1234567", "name": "Ann Lee"}
# Ids of the networks, by which what was heard is not heard again, hold the author's; and nobody can change the journal.
IDS = ("network_id", "thread_id", "parent_id", "root_id", "quoted_id")


class Scene:
    """Ann has bought, complained, and been given her money back."""

    def __init__(self, workspace: Any, by: Any) -> None:
        self.workspace, self.by = workspace, by
        self.shop, self.payments = connect(workspace), connect(workspace, "payments")
        self.read()
        self.talk = says(workspace, "I am ann@example.com, order #1042: zzsecret. Call 0170 1234567", name="Ann Lee")
        self.customer = Customer.objects.within(workspace).get(external_id="c1")
        message = Message.objects.within(workspace).filter(conversation=self.talk).first()
        self.contact = identify.tie_by_hand(self.talk, self.customer, "told", "zzsecret words", message, by)
        self.contact = identify.describe(self.contact, "Ann Lee", "zzsecret note", by)
        identify.add_address(self.contact, "phone", "+49 170 1234567", "told", "zzsecret", None, by)
        self._answered()
        self._made_good()

    def read(self, minutes: float = 0) -> None:
        """The shop and the processor tell what they know of her, once more."""
        sent = parcel(tracking="zzsecret1", tracking_url="https://post.example/zzsecret")
        bought = order(
            minutes=minutes,
            customer=ann(**ANN),
            destination="1 Teapot Lane",
            fulfilments=(sent,),
            refunds=(shop_refund(reason="zzsecret reason"),),
        )
        store_shop_page(self.shop, ShopPage(orders=(bought,)))
        paid = payment(email="ann@example.com", name="Ann Lee", order_number="#1042", description="zzsecret")
        loose = payment("ch2", minutes=9000, email="ann@example.com", name="Ann Lee", amount_minor=77)
        store_pay_page(self.payments, PayPage(payments=(paid, loose)))

    def _answered(self) -> None:
        common = {"workspace": self.workspace, "conversation": self.talk, "author": self.by, "parent_id": "x"}
        self.sent = Reply.objects.create(
            **common, text="Dear Ann Lee, zzsecret", state="sent", decision_note="zzsecret"
        )
        self.draft = Reply.objects.create(**common, text="zzsecret draft", state="draft", proposed_text="zzsecret")
        self.queued = Reply.objects.create(**common, text="zzsecret", state="queued", send_after=clock.now(), key="k1")
        self.picture = ReplyMedia.objects.create(
            workspace=self.workspace, reply=self.sent, path="answers/zz.png", type="image/png", bytes=1, alt="zzsecret"
        )
        self.file: Path = reply.media_path(self.picture)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(b"x")
        with transaction.atomic():
            desk.add_note(self.talk, "zzsecret note", self.by)
            desk.notify(self.by, self.talk, "assigned", "zzsecret", self.by)
        self.case = desk.open_case([self.talk], "Delivery: Ann Lee", "zzsecret problem", self.by, self.by)
        Clock.objects.create(
            workspace=self.workspace, conversation=self.talk, kind="promise", words="zzsecret", reason="zzsecret"
        )

    def _made_good(self) -> None:
        Wish.objects.create(workspace=self.workspace, conversation=self.talk, text="zzsecret")
        self.remedy = Remedy.objects.create(
            workspace=self.workspace,
            conversation=self.talk,
            contact=self.contact,
            person_key="author:bluesky:did:plc:ann",
            kind="refund",
            state="executed",
            amount_minor=2490,
            cost_minor=1000,
            currency="EUR",
            charge=Charge.objects.within(self.workspace).get(external_id="ch1"),
            details={"way": "payout", "email": "ann@example.com", "percent": 10},
            words="zzsecret",
            reason_words="zzsecret",
            request_key="click",
            decided_by=self.by,
            decided_because="zzsecret",
        )
        self.refund = Refund.objects.create(
            workspace=self.workspace,
            remedy=self.remedy,
            charge=Charge.objects.within(self.workspace).get(external_id="ch1"),
            source=self.payments,
            payout_to="ann@example.com",
            amount_minor=2490,
            currency="EUR",
            key="r1",
            state="done",
        )
        ApprovalRequest.objects.create(
            workspace=self.workspace,
            remedy=self.remedy,
            state="approved",
            why="above 10 EUR",
            story={"who": "Ann Lee"},
            note="zzsecret",
            counter={"words": "zzsecret"},
            expires_at=clock.now(),
        )
        ReturnCase.objects.create(
            workspace=self.workspace,
            remedy=self.remedy,
            number="RMA-1",
            state="closed",
            label="zzsecret",
            tracking="zzsecret",
        )
