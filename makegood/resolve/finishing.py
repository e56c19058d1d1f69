"""What is decided is done: the row, the ledger and the journal, in one transaction."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import authority, ledger, rules
from makegood.resolve.models import LedgerLine, Remedy
from makegood.resolve.refunds import DECIDED
from makegood.resolve.rules import ResolveError

__all__ = ["cost", "execute", "facts", "held_by", "locked"]

Kind = Remedy.Kind
Account = LedgerLine.Account
ACCOUNTS = {
    Kind.VOUCHER: Account.VOUCHERS,
    Kind.REPLACEMENT: Account.GOODS,
    Kind.GIFT: Account.GOODS,
    Kind.COURIER: Account.SERVICE,
    Kind.CALL: Account.SERVICE,
    Kind.APOLOGY: Account.SERVICE,
}
"""Where the other side of what goodwill cost stands. Money that goes back is booked with its refund."""


def cost(remedy: Remedy) -> int:
    """What a remedy that is no refund costs the shop, in minor units. A voucher whose own cost nobody stated counts in
    full; a return costs what goes back for it, which is booked with that refund.
    """
    if remedy.kind == Kind.VOUCHER:
        return remedy.cost_minor or remedy.amount_minor
    return remedy.cost_minor if remedy.kind in ACCOUNTS else 0


def facts(remedy: Remedy) -> dict[str, Any]:
    """What every journal line about a remedy carries."""
    amount = remedy.amount_minor or remedy.cost_minor
    return {"remedy": remedy.pk, "kind": remedy.kind, "amount_minor": amount, "currency": remedy.currency}


@transaction.atomic
def execute(held: Any, remedy: Remedy, *, by: Any = None, external_id: str | None = None) -> bool:
    """A decided remedy is done. `held` are the rows that may still be changed, so that twice is once: whether it wrote.

    `by` is the member who did it, where it was not Makegood.
    """
    now = clock.now()
    changes = {"external_id": external_id} if external_id is not None else {}
    if not held.filter(state__in=DECIDED).update(
        state=Remedy.State.EXECUTED,
        executed_at=now,
        problem="",
        to_do="",
        try_at=None,
        lease_until=None,
        **changes,
    ):
        return False
    remedy.refresh_from_db(fields=["state", "executed_at", "problem", "to_do", "try_at", "external_id"])
    # What is tried out in the sample shop has cost nothing, and the ledger only grows.
    amount = 0 if remedy.conversation.is_sample else cost(remedy)
    if amount:
        lines = (
            ledger.Line(Account.GOODWILL, amount, remedy.currency),
            ledger.Line(ACCOUNTS[Kind(remedy.kind)], -amount, remedy.currency),
        )
        ledger.book(f"remedy:{remedy.pk}:done", remedy, lines, at=now)
    journal.record(remedy.workspace_id, "remedy.done", remedy.conversation, actor=by, **facts(remedy))
    return True


def locked(remedy: Remedy, membership: Membership) -> tuple[Membership, Remedy]:
    """The member and the remedy as they stand now, locked until the caller's transaction ends, the workspace first.

    Raises `ResolveError` for who gives customers nothing here.
    """
    if membership.workspace_id != remedy.workspace_id:
        raise ResolveError(_("This is not there."))
    authority.lock(membership.workspace_id)
    member = authority.fresh(membership)
    if not rules.may_ask(member):
        raise ResolveError(_("Only who answers customers here can do this."))
    rows = Remedy.objects.within(remedy.workspace_id).select_for_update(of=("self",), no_key=True)
    names = ("workspace", "conversation__assignee", "order__source", "charge", "reason", "asked_by", "decided_by")
    return member, rows.select_related(*names, "promise").get(pk=remedy.pk)


def held_by(remedy: Remedy) -> Any:
    """The rows of one remedy, to be changed by who has locked it."""
    return Remedy.objects.within(remedy.workspace_id).filter(pk=remedy.pk)
