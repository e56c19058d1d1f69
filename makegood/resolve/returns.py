"""Returns: the number, the label, by when; and what follows once the parcel is back.

The refund that follows is one of the same remedy: it was decided, counted and said to the customer together with the
return, so it needs no second decision and counts once. The remedy is done when that money is paid, or, where none
follows, when what came back has been checked.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import codes, costs, finishing, ledger, refunds, rules, saying, wording
from makegood.resolve.models import Remedy, ReturnCase
from makegood.resolve.policies import policy_says
from makegood.resolve.refunds import DECIDED, RefundError
from makegood.resolve.rules import ResolveError, amount_words

__all__ = ["LAPSES_AFTER", "SEND_WITHIN", "lapse_due", "mark", "open_return", "paid_by_hand", "send_by"]

SEND_WITHIN = timedelta(days=14)
"""They have this long at least to send it (Directive 2011/83/EU, article 14(1):
https://eur-lex.europa.eu/eli/dir/2011/83/oj)."""
LAPSES_AFTER = timedelta(days=7)
"""A parcel that was sent on the last day may be on its way for so long."""
MOST_AT_ONCE = 200
MOST_DRAWS = 20
Back = ReturnCase.State
AHEAD: dict[str, tuple[str, ...]] = {
    Back.OPEN: (Back.SENT, Back.RECEIVED, Back.CHECKED),
    Back.SENT: (Back.RECEIVED, Back.CHECKED),
    Back.RECEIVED: (Back.CHECKED, Back.CLOSED),
    Back.CHECKED: (),
    Back.CLOSED: (),
    Back.LAPSED: (Back.RECEIVED,),
}
"""What a return can become, by what it is. A parcel can be closed unpaid once somebody has it in their hands."""


@transaction.atomic
def open_return(remedy: Remedy) -> ReturnCase:
    """Gives a decided return its number and label; the one it has, if it has. The customer's words lie ready then."""
    known = ReturnCase.objects.within(remedy.workspace_id).filter(remedy=remedy).first()
    if known is not None:
        return known
    by = send_by(remedy)
    lines = _lines(remedy)
    number = _free_number(remedy.workspace_id)
    row = ReturnCase.objects.create(
        workspace_id=remedy.workspace_id,
        remedy=remedy,
        number=number,
        lines=lines,
        label=_label(remedy, number, lines, by),
        send_by=by,
        then_refund_minor=remedy.amount_minor,
    )
    if remedy.due_at is None:
        Remedy.objects.within(remedy.workspace_id).filter(pk=remedy.pk).update(due_at=by)
    journal.record(remedy.workspace_id, "return.opened", remedy.conversation, **_facts(row))
    said = _("gave the return its number, %(number)s.") % {"number": number}
    saying.hand_over(remedy, said, wording.both_words(remedy))
    return row


def _free_number(workspace: int) -> str:
    rows = ReturnCase.objects.within(workspace)
    for _each in range(MOST_DRAWS):
        number = codes.return_number(clock.now())
        if not rows.filter(number=number).exists():
            return number
    raise ResolveError(_("No number was free. Makegood tries again."))


def send_by(remedy: Remedy) -> datetime:
    """The end of the last day on which they may send it, by the shop's clocks: what the policy leaves them, and never
    less than `SEND_WITHIN` from now.
    """
    zone = ZoneInfo(remedy.workspace.timezone)
    last = (clock.now() + SEND_WITHIN).astimezone(zone).date()
    if remedy.order is not None:
        said = policy_says(remedy.workspace, remedy.order, remedy.details.get("lines") or (), clock.now())
        windows = [each.last_day for each in said.lines if each.allowed and each.last_day is not None]
        last = max([last, *([min(windows)] if windows else [])])
    return _end_of(last, zone)


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)


def _day(remedy: Remedy, moment: datetime) -> str:
    day = moment.astimezone(ZoneInfo(remedy.workspace.timezone)).date()
    return str(formats.date_format(day, "DATE_FORMAT", use_l10n=True))


def _lines(remedy: Remedy) -> list[dict[str, Any]]:
    if remedy.order is None:
        return []
    if remedy.details.get("lines"):
        chosen = costs.chosen_lines(remedy.order, remedy.details)
    else:
        rows = identify.OrderLine.objects.within(remedy.workspace_id).filter(order=remedy.order).order_by("pk")
        chosen = [(row, row.quantity) for row in rows]
    return [{"line": line.pk, "name": line.name, "count": count} for line, count in chosen]


def _label(remedy: Remedy, number: str, lines: list[dict[str, Any]], by: datetime) -> str:
    parts = [_("Return %(number)s") % {"number": number}, _("To: %(shop)s") % {"shop": remedy.workspace.name}]
    if remedy.order is not None:
        parts.append(_("Order %(number)s") % {"number": remedy.order.number})
    parts += [f"{each['count']} × {each['name']}" for each in lines]
    parts.append(_("To be sent by %(day)s. Put this into the parcel.") % {"day": _day(remedy, by)})
    return "\n".join(parts)


def _facts(row: ReturnCase) -> dict[str, Any]:
    return {**finishing.facts(row.remedy), "return": row.pk, "number": row.number}


@transaction.atomic
def mark(
    returned: ReturnCase,
    state: str,
    by: Membership,
    *,
    tracking: str = "",
    refund_minor: int | None = None,
    note: str = "",
) -> ReturnCase:
    """A member says where a return is: sent, received, checked, or closed without a refund (`note` says why).

    Once it is checked, the refund that was approved with it begins; `refund_minor` is what goes back where that is less
    than was approved, as something is missing or worn. The same state again changes nothing. Raises `ResolveError`.
    """
    member, remedy = finishing.locked(returned.remedy, by)
    row = _locked(returned, remedy)
    if row.state == state:
        return row
    if state not in AHEAD.get(row.state, ()):
        facts = {"now": row.get_state_display(), "then": dict(Back.choices).get(state, state)}
        raise ResolveError(_("This return is %(now)s, so it can’t be marked as %(then)s.") % facts)
    lapsed = row.state == Back.LAPSED
    words = " ".join(note.split())[:300]
    row.state, row.changed_at = state, clock.now()
    row.tracking = " ".join(tracking.split())[:200] or row.tracking
    if state in (Back.RECEIVED, Back.CHECKED) and row.received_at is None:
        row.received_at = row.changed_at
    row.save(update_fields=["state", "changed_at", "tracking", "received_at"])
    journal.record(
        row.workspace_id, "return.marked", remedy.conversation, actor=member.user, state=state, **_facts(row)
    )
    if state == Back.CHECKED:
        _checked(row, member, refund_minor)
    elif state == Back.CLOSED:
        _closed(row, member, words)
    elif state == Back.RECEIVED:
        said = _("has parcel %(number)s back. Look at it, then mark it as checked.")
        if lapsed:
            said = _("has parcel %(number)s back after it had lapsed. Ask anew for what should follow.")
        saying.tell(remedy, said % {"number": row.number}, by=member.user)
    return row


def _locked(returned: ReturnCase, remedy: Remedy) -> ReturnCase:
    rows = ReturnCase.objects.within(remedy.workspace_id).select_for_update(of=("self",), no_key=True)
    row: ReturnCase = rows.get(pk=returned.pk)
    row.remedy = remedy
    return row


def _checked(row: ReturnCase, member: Membership, refund_minor: int | None) -> None:
    remedy = row.remedy
    if remedy.state not in DECIDED:
        raise ResolveError(_("What was to follow has been taken back. Ask anew for it."))
    if refund_minor is not None:
        _lower(row, refund_minor)
    if not row.then_refund_minor:
        finishing.execute(finishing.held_by(remedy), remedy, by=member.user)
        words = wording.both_words(remedy, _("Your return has arrived and is fine. Thank you!"))
        saying.hand_over(remedy, _("has checked return %(number)s.") % {"number": row.number}, words)
        return
    if remedy.charge_id is None:
        amount = amount_words(row.then_refund_minor, remedy.currency)
        to_do = _("No payment is linked to this return: pay %(amount)s back yourself, then press Done.")
        finishing.held_by(remedy).update(to_do=to_do % {"amount": amount})
        saying.tell(remedy, _("needs you: %(what)s") % {"what": to_do % {"amount": amount}})
        return
    try:
        refunds.begin_refund(remedy, row.then_refund_minor)
    except RefundError as error:
        finishing.held_by(remedy).update(problem=error.sentence[:500])
        saying.tell(remedy, _("could not pay back what was to follow. %(why)s") % {"why": error.sentence})


def _lower(row: ReturnCase, amount: int) -> None:
    """Less than was approved needs nobody's word; more does."""
    remedy = row.remedy
    if isinstance(amount, bool) or not 0 <= amount <= row.then_refund_minor:
        most = amount_words(row.then_refund_minor, remedy.currency)
        raise ResolveError(_("%(most)s was approved. Pay back that or less; for more, ask anew.") % {"most": most})
    row.then_refund_minor = remedy.amount_minor = amount
    row.save(update_fields=["then_refund_minor"])
    remedy.counted_minor = rules.counted(remedy.kind, amount, remedy.cost_minor)
    finishing.held_by(remedy).update(amount_minor=amount, counted_minor=remedy.counted_minor)


def _closed(row: ReturnCase, member: Membership, note: str) -> None:
    if not note:
        raise ResolveError(_("Say why nothing is paid back: your colleagues will want to know."))
    _reverse(row.remedy, note, member.user)
    saying.tell(
        row.remedy, _("closed return %(number)s: “%(note)s”") % {"number": row.number, "note": note}, by=member.user
    )


def _reverse(remedy: Remedy, because: str, by: Any) -> bool:
    changed = (
        finishing.held_by(remedy)
        .filter(state__in=DECIDED)
        .update(
            state=Remedy.State.REVERSED,
            reversed_at=clock.now(),
            reversed_by=by,
            reversed_because=because[:300],
            tell_from=None,
            to_do="",
            problem="",
            try_at=None,
        )
    )
    return bool(changed)


def paid_by_hand(remedy: Remedy, by: Any) -> bool:
    """A member has paid back themselves what follows a checked return. In the caller's transaction."""
    if not finishing.execute(finishing.held_by(remedy), remedy, by=by):
        return False
    lines = ledger.money_back(remedy.amount_minor, remedy.currency)
    ledger.book(f"remedy:{remedy.pk}:by_hand", remedy, lines, words=_("paid by hand"))
    words = wording.both_words(remedy, _("Your money is on its way back to you[: {amount}]."))
    saying.hand_over(remedy, _("was told that the money for the return is paid."), words)
    return True


def lapse_due() -> int:
    """Part of the step: ends returns that were never sent. What was to follow is taken back; how many."""
    rows = ReturnCase.objects.across("the step looks after the returns of all workspaces")
    late = rows.filter(state=Back.OPEN, send_by__lte=clock.now() - LAPSES_AFTER).order_by("send_by")
    done = sum(_lapse(row) for row in late.select_related("remedy")[:MOST_AT_ONCE])
    rows.filter(state=Back.CHECKED, remedy__state=Remedy.State.EXECUTED).update(
        state=Back.CLOSED, changed_at=clock.now()
    )
    return done


@transaction.atomic
def _lapse(found: ReturnCase) -> bool:
    inside = ReturnCase.objects.within(found.workspace_id)
    if not inside.filter(pk=found.pk, state=Back.OPEN).update(state=Back.LAPSED, changed_at=clock.now()):
        return False
    names = ("remedy__conversation__assignee", "remedy__asked_by", "remedy__decided_by")
    row = inside.select_related(*names).get(pk=found.pk)
    _reverse(row.remedy, _("Never sent back."), None)
    journal.record(row.workspace_id, "return.lapsed", row.remedy.conversation, **_facts(row))
    said = _("ended return %(number)s, as nothing came. Whatever was to follow is taken back.")
    saying.tell(row.remedy, said % {"number": row.number})
    return True
