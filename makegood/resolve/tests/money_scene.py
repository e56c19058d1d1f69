"""A customer who paid, a remedy that was decided, and the steps that pay it, for tests of money."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

from makegood.desk.models import Conversation
from makegood.desk.tests.make import conversation_with
from makegood.identify.models import Charge, Source
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen.tests.make import channel
from makegood.resolve import ledger, paying, settling
from makegood.resolve.models import LedgerLine, Refund, Remedy
from makegood.resolve.refunds import begin_refund
from makegood.resolve.tests.till import Till

__all__ = ["Scene"]

_numbers = count(1)


class Scene:
    """One workspace with one processor's account, and as many customers as the test makes."""

    def __init__(self, workspace: Any, agent: Any, till: Till) -> None:
        self.workspace, self.agent, self.till = workspace, agent, till
        type(workspace).objects.filter(pk=workspace.pk).update(undo_seconds=0)
        workspace.refresh_from_db()
        self.source = self.connect("till")
        self.account = channel(workspace, "account", network="sample")

    def connect(self, kind: str) -> Source:
        """Another processor's account."""
        row: Source = Source.objects.create(
            workspace=self.workspace,
            side="payments",
            kind=kind,
            name=kind,
            address=kind,
            hook=f"hook-{kind}-{id(self)}",
        )
        return row

    def charge(self, amount: int = 2500, currency: str = "EUR") -> Charge:
        """Somebody has paid, and we know of it."""
        ident = f"ch_{next(_numbers)}"
        made = self.till.pay(ident, amount, currency)
        row: Charge = Charge.objects.create(
            workspace=self.workspace,
            source=self.source,
            external_id=ident,
            state="paid",
            amount_minor=amount,
            currency=currency,
            at=made.at,
        )
        return row

    def conversation(self) -> Conversation:
        """Somebody has complained."""
        return conversation_with(self.account, "You charged me twice, I want a refund")

    def remedy(self, charge: Charge, amount: int | None = None, **fields: Any) -> Remedy:
        """A refund that was decided and not begun."""
        fields.setdefault("conversation", None)
        talk = fields.pop("conversation") or self.conversation()
        given = {"state": "auto_approved", "asked_by": self.agent, "currency": charge.currency, **fields}
        row: Remedy = Remedy.objects.create(
            workspace=self.workspace,
            conversation=talk,
            charge=charge,
            kind="refund",
            amount_minor=charge.amount_minor if amount is None else amount,
            person_key=f"author:{talk.pk}",
            request_key=f"click-{next(_numbers)}",
            **given,
        )
        return row

    def begun(self, charge: Charge | None = None, amount: int | None = None, **fields: Any) -> Refund:
        """A refund that is due."""
        return begin_refund(self.remedy(charge or self.charge(), amount, **fields))

    def pay(self, row: Refund, times: int = 1) -> Refund:
        """Lets its moment come, so many times, and pays."""
        for _ in range(times):
            past = clock.now() - timedelta(seconds=1)
            mine = Refund.objects.within(self.workspace).filter(pk=row.pk)
            mine.filter(state="due").update(send_after=past)
            mine.filter(lease_until__isnull=False).update(lease_until=past)
            paying.pay_due()
        row.refresh_from_db()
        row.remedy.refresh_from_db()
        return row

    def settle(self, row: Refund) -> Refund:
        """Lets the moment to look at it come, and looks."""
        Refund.objects.within(self.workspace).filter(pk=row.pk, look_at__isnull=False).update(look_at=clock.now())
        settling.settle()
        row.refresh_from_db()
        row.remedy.refresh_from_db()
        return row

    def read(self, charge: Charge) -> None:
        """The processor's record of a charge is read, as polling and webhooks do it."""
        from asgiref.sync import async_to_sync

        from makegood.identify.charging import store_pay_page

        asked_at = clock.now()
        store_pay_page(self.source, async_to_sync(self.till.fetch)({}, (charge.external_id,)), asked_at)
        charge.refresh_from_db()

    def verbs(self) -> list[str]:
        """What the journal says of refunds, in order."""
        lines = Entry.objects.within(self.workspace).filter(verb__startswith="refund.").order_by("id")
        return [verb.removeprefix("refund.") for verb in lines.values_list("verb", flat=True)]

    def booked(self) -> dict[str, int]:
        """The ledger's accounts; and that it is balanced."""
        assert ledger.unbalanced(self.workspace) == []
        sums: Counter[str] = Counter()
        for account, amount in LedgerLine.objects.within(self.workspace).values_list("account", "amount_minor"):
            sums[account] += amount
        return {account: amount for account, amount in sums.items() if amount}
