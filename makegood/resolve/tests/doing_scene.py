"""A shop where everything is within authority, for tests of what is done then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.desk import api as desk
from makegood.desk.models import Conversation, Notice
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.reply.models import Reply
from makegood.resolve import doing
from makegood.resolve.models import Remedy
from makegood.resolve.tests.authority_scene import Shop, join
from makegood.resolve.tests.voucher_shop import VoucherShop, plug_in_shop

__all__ = ["Doing"]


class Doing(Shop):
    """The shop, with one that makes codes; Malik may do everything."""

    def __init__(self, workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(workspace)
        self.corner = VoucherShop()
        plug_in_shop(monkeypatch, self.corner)
        type(self.source).objects.filter(pk=self.source.pk).update(kind="corner")
        self.source.refresh_from_db()
        self.malik, self.member = malik, join(workspace, malik)
        self.limit(case=10**9)

    def given(self, kind: str, amount: int = 0, talk: Conversation | None = None, **fields: Any) -> Remedy:
        """Something that was decided this moment."""
        row = self.ask(self.malik, talk or self.talk(), amount, kind=kind, **fields)
        assert row.state == "auto_approved"
        return row

    def do(self, row: Remedy) -> Remedy:
        """The step runs, and the row is read anew."""
        doing.do_due()
        return self.fresh(row)

    def fresh(self, row: Remedy) -> Remedy:
        """The row as it is now."""
        found: Remedy = Remedy.objects.within(self.workspace).select_related("promise").get(pk=row.pk)
        return found

    def again(self, row: Remedy) -> Remedy:
        """Its moment comes, whatever lease there was is over, and the step runs."""
        past = clock.now() - timedelta(seconds=1)
        rows = Remedy.objects.within(self.workspace).filter(pk=row.pk)
        rows.filter(lease_until__isnull=False).update(lease_until=past)
        rows.filter(try_at__isnull=False).update(try_at=past)
        return self.do(row)

    def answer(self, talk: Conversation, text: str, **fields: Any) -> Reply:
        """Somebody's answer stands on the network."""
        fields = {"state": "sent", "sent_at": clock.now(), "author": self.malik, "parent_id": "x", **fields}
        row: Reply = Reply.objects.create(workspace=self.workspace, conversation=talk, text=text, **fields)
        return row

    def promised(self, row: Remedy, days: int = 5) -> desk.Clock:
        """A promise was given with it."""
        made = desk.promise(row.conversation, "soon", clock.now() + timedelta(days=days), self.malik)
        Remedy.objects.within(self.workspace).filter(pk=row.pk).update(promise=made)
        return made

    def bell(self, user: Any = None) -> list[str]:
        """What stands under somebody's bell about things being done, oldest first."""
        rows = Notice.objects.within(self.workspace).filter(user=user or self.malik, kind="remedy")
        return list(rows.order_by("pk").values_list("text", flat=True))

    def lines(self) -> list[str]:
        """The journal of things being done, oldest first."""
        verbs = Entry.objects.within(self.workspace).order_by("id").values_list("verb", flat=True)
        skip = ("remedy.given", "remedy.requested")
        return [verb for verb in verbs if verb.split(".")[0] in ("remedy", "return", "voucher") and verb not in skip]
