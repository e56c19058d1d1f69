"""What became of a refund is written here and nowhere else, with all that follows from it: the remedy, the ledger, the
journal, the promise, and who has to know.

Each function takes the rows that may still be changed (`held`), so that whoever lost a refund to somebody else writes
nothing; it returns whether it wrote.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from makegood.connectors.payments.contract import RefundState
from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import ledger, saying, wording
from makegood.resolve.models import ApprovalRequest, Refund, Remedy
from makegood.resolve.refunds import DECIDED, facts
from makegood.resolve.rules import amount_words

__all__ = ["FOLLOW", "came_back", "elsewhere", "paid", "refused", "taken_for_another", "tell", "unknown"]

State = Refund.State
FIRST_LOOK = timedelta(seconds=5)
FOLLOW = timedelta(days=45)
"""How long a refund is followed. Stripe's can fail up to 30 days after (https://docs.stripe.com/refunds#failed-refunds)."""


def _words(row: Refund) -> str:
    return amount_words(row.amount_minor, row.currency)


@transaction.atomic
def paid(held: QuerySet[Refund], row: Refund, ident: str, state: str, *, found: bool = False, by: Any = None) -> bool:
    """It stands at the processor as `ident`. `found`: by asking, after an attempt that never ended. `by`: the member
    who said so, where nobody else could.
    """
    now = clock.now()
    changed = held.update(
        state=State.DONE,
        processor_id=ident,
        processor_state=state,
        sentence="",
        send_after=None,
        lease_until=None,
        done_at=now,
        arrived_at=now if state == RefundState.DONE else None,
        settled_by=by,
        look_at=now + FIRST_LOOK,
        shop_try_at=now if row.remedy.order_id or row.charge.order_id else None,
    )
    if not changed:
        return False
    ledger.book(f"refund:{row.pk}:done", row.remedy, ledger.money_back(row.amount_minor, row.currency), at=now)
    _executed(row, now)
    journal.record(
        row.workspace_id, "refund.paid", row.remedy.conversation, actor=by, found=found, at=ident, **facts(row)
    )
    _tell_customer(row, _("paid %(amount)s back.") % {"amount": _words(row)})
    jobs.wake("settle", delay=FIRST_LOOK.total_seconds() + 0.1)
    return True


def _executed(row: Refund, now: datetime) -> None:
    rows = Remedy.objects.within(row.workspace_id).filter(pk=row.remedy_id, state__in=DECIDED)
    rows.update(state=Remedy.State.EXECUTED, executed_at=now, problem="")


@transaction.atomic
def elsewhere(held: QuerySet[Refund], row: Refund, ident: str) -> bool:
    """Somebody gave the same amount back in the meantime, as `ident` in the processor's record: nothing is sent.

    It is booked as this remedy's, since that is what it cost; a member who knows better can have it paid all the same.
    """
    now = clock.now()
    sentence = _(
        "Somebody has refunded %(amount)s of this payment at the processor already, so Makegood has paid nothing. "
        "If that was for something else, pay this one all the same."
    ) % {"amount": _words(row)}
    changed = held.update(
        state=State.ELSEWHERE,
        processor_id=ident,
        sentence=sentence,
        send_after=None,
        lease_until=None,
        done_at=now,
        look_at=now + FIRST_LOOK,
    )
    if not changed:
        return False
    lines = ledger.money_back(row.amount_minor, row.currency)
    ledger.book(_elsewhere_key(row), row.remedy, lines, words=_("paid elsewhere"), at=now)
    _executed(row, now)
    journal.record(row.workspace_id, "refund.elsewhere", row.remedy.conversation, at=ident, **facts(row))
    tell(row, _("paid nothing: %(sentence)s") % {"sentence": sentence})
    _hurry(row, _("The refund was made elsewhere: tell them."))
    return True


def _elsewhere_key(row: Refund) -> str:
    # A refund can be taken for another more than once, each time for another refund in the record.
    return f"refund:{row.pk}:elsewhere:{len(row.known)}"


@transaction.atomic
def taken_for_another(held: QuerySet[Refund], row: Refund, by: Any) -> bool:
    """The refund in the processor's record was for something else: this one is due again."""
    known = [*row.known, row.processor_id]
    key = _elsewhere_key(row)
    if not held.update(
        state=State.DUE, processor_id="", sentence="", send_after=clock.now(), done_at=None, attempt=0, known=known
    ):
        return False
    ledger.book_against(f"{key}:against", key, row.workspace_id, words=_("that was for something else"))
    _reopened(row, "")
    journal.record(row.workspace_id, "refund.not_elsewhere", row.remedy.conversation, actor=by, **facts(row))
    jobs.wake("refunds")
    return True


@transaction.atomic
def refused(held: QuerySet[Refund], row: Refund, sentence: str, *, by: Any = None) -> bool:
    """It was certainly not paid, and will not be."""
    changed = held.update(
        state=State.REFUSED,
        sentence=sentence[:500],
        send_after=None,
        lease_until=None,
        settled_by=by,
        look_at=_end_of_following(row),
    )
    if not changed:
        return False
    _problem(row, sentence)
    journal.record(
        row.workspace_id, "refund.refused", row.remedy.conversation, actor=by, sentence=sentence[:300], **facts(row)
    )
    tell(row, _("could not pay %(amount)s back. %(why)s") % {"amount": _words(row), "why": sentence}, by=by)
    return True


def _end_of_following(row: Refund) -> datetime | None:
    """What was never handed over needs no following."""
    return None if row.first_sent_at is None else row.first_sent_at + FOLLOW


@transaction.atomic
def unknown(held: QuerySet[Refund], row: Refund, sentence: str = "") -> bool:
    """It may have been paid. A member has to look, unless the processor's record says it later."""
    words = sentence or _(
        "It may have been paid. Look at the processor, then say here what happened; Makegood pays nothing until then."
    )
    changed = held.update(
        state=State.UNKNOWN, sentence=words[:500], send_after=None, lease_until=None, look_at=clock.now() + FIRST_LOOK
    )
    if not changed:
        return False
    _problem(row, words)
    journal.record(row.workspace_id, "refund.unknown", row.remedy.conversation, **facts(row))
    tell(row, _("can’t tell whether %(amount)s was paid back. %(why)s") % {"amount": _words(row), "why": words})
    return True


@transaction.atomic
def came_back(held: QuerySet[Refund], row: Refund, ident: str, state: str) -> bool:
    """The processor took it, and gave the money back to the shop later: what was booked is booked back, and the remedy
    waits to be done again.
    """
    sentence = _("The processor could not deliver the money, so it is with you again. Try another way.")
    if row.shop_noted_at is not None:
        sentence += " " + _("Your shop’s back office still shows it as refunded: put that right there.")
    changed = held.update(
        state=State.FAILED,
        processor_id=ident,
        processor_state=state,
        sentence=sentence,
        send_after=None,
        lease_until=None,
        arrived_at=None,
        look_at=None,
        shop_try_at=None,
    )
    if not changed:
        return False
    booked = _elsewhere_key(row) if row.state == State.ELSEWHERE else f"refund:{row.pk}:done"
    ledger.book_against(f"refund:{row.pk}:failed", booked, row.workspace_id, words=_("the money came back"))
    _reopened(row, sentence)
    journal.record(row.workspace_id, "refund.failed", row.remedy.conversation, at=ident, **facts(row))
    tell(row, _("got %(amount)s back. %(why)s") % {"amount": _words(row), "why": sentence})
    _hurry(row, _("The refund came back: tell them, and find another way."))
    return True


def _problem(row: Refund, sentence: str) -> None:
    Remedy.objects.within(row.workspace_id).filter(pk=row.remedy_id, state__in=DECIDED).update(problem=sentence[:500])


def _reopened(row: Refund, problem: str) -> None:
    """The remedy is decided and not done, as it was before."""
    inside = row.workspace_id
    asked = ApprovalRequest.objects.within(inside).filter(remedy=row.remedy_id, state=ApprovalRequest.State.APPROVED)
    state = Remedy.State.APPROVED if asked.exists() else Remedy.State.AUTO_APPROVED
    rows = Remedy.objects.within(inside).filter(pk=row.remedy_id, state=Remedy.State.EXECUTED)
    rows.update(
        state=state,
        executed_at=None,
        problem=problem[:500],
        tell_from=None,
        ready_words="",
        ready_public="",
        outcome=None,
    )


def tell(row: Refund, text: str, *, by: Any = None) -> None:
    """Tells those who have to do with it, under the bell: who asked, who decided, and who has the conversation."""
    remedy = row.remedy
    people = [remedy.asked_by, remedy.decided_by, remedy.conversation.assignee]
    desk.notify_all([one for one in people if one is not None], remedy.conversation, "refund", text, by)


def _tell_customer(row: Refund, done: str) -> None:
    """Hands those who look after the customer the words to say, and moves the promise so that they are said soon."""
    remedy = row.remedy
    ready = wording.both_words(remedy, "" if remedy.kind == Remedy.Kind.REFUND else _follows())
    saying.lay_ready(remedy, ready)
    tell(row, saying.with_words(done, ready))
    _hurry(row, _("The money is on its way: tell them."))


def _follows() -> str:
    return _("Your money is on its way back to you[: {amount}]. It can take your bank some days to show it.")


def _hurry(row: Refund, reason: str) -> None:
    """Moves the promise that was given with the remedy to the next hours, unless it is due sooner."""
    saying.hurry(row.remedy, reason)
