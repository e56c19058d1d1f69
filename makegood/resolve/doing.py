"""The step "remedies": does what was decided, but for money (see `makegood.resolve.paying`).

Each row is leased first, and that is committed before anybody outside hears of it. What is done within this database is
one transaction; the one thing done outside it, a voucher, is repeatable by its code. So a step that dies anywhere is
simply taken up again. What only hands can do becomes a line for a person, with a button that says it is done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.connectors.contract import Trouble
from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import costs, finishing, made_right, meetings, returns, saying, vouchers, wording
from makegood.resolve.models import Remedy, ReturnCase
from makegood.resolve.refunds import DECIDED, LIVE
from makegood.resolve.rules import ResolveError
from makegood.resolve.vouchers import LastWord

__all__ = ["LEASE", "do_due", "done", "queue_age", "take_back", "try_anew"]

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=90)
DO_WITHIN = timedelta(days=2)
"""By when something that only hands can do is asked after, where nothing else was agreed."""
MOST_AT_ONCE = 200
MOST_ATTEMPTS = 12
LONGEST_PAUSE = 6 * 3600.0
Kind = Remedy.Kind


def _all() -> Any:
    return Remedy.objects.across("the step does what was decided in all workspaces")


def _due() -> Q:
    now = clock.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    return free & Q(try_at__lte=now, state__in=DECIDED) & ~Q(kind=Kind.REFUND)


def do_due() -> int:
    """The step: does every remedy whose time has come; how many it took up. Then it ends returns that never came, and
    notices what customers have been told, what they were asked, and who has not said whether it is right now.
    """
    count = 0
    for key in list(_all().filter(_due()).order_by("try_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE]):
        row = _lease(key)
        if row is not None:
            _do(row)
            count += 1
    returns.lapse_due()
    saying.note_answers()
    made_right.note_asked()
    made_right.miss_due()
    return count


def _lease(key: int) -> Remedy | None:
    """Takes the row, or None when somebody else has."""
    stranded = _all().filter(pk=key, lease_until__isnull=False).exists()
    if not _all().filter(_due(), pk=key).update(lease_until=clock.now() + LEASE, attempt=F("attempt") + 1):
        return None
    if stranded:
        jobs.note_lease_expiry("remedy")
    names = ("workspace", "conversation__assignee", "conversation__workspace", "order__source", "order__customer")
    more = ("charge", "reason", "asked_by", "decided_by", "promise")
    row: Remedy = _all().select_related(*names, *more).get(pk=key)
    return row


def _mine(row: Remedy) -> Any:
    """The row, as long as this attempt still holds it."""
    return _all().filter(pk=row.pk, attempt=row.attempt, lease_until__isnull=False, state__in=DECIDED)


def _do(row: Remedy) -> None:
    try:
        WAYS[Kind(row.kind)](row)
    except ResolveError as error:
        _stuck(row, error.sentence)
    except Trouble as trouble:
        log.info("remedy %s: %s %s", row.pk, trouble.verdict, trouble.detail)
        _later(row, trouble.sentence, trouble.retry_after)
    except Exception:
        log.exception("remedy %s", row.pk)
        _later(row, _("Something unexpected came up."), None)


@transaction.atomic
def _later(row: Remedy, sentence: str, pause: float | None) -> None:
    if row.attempt >= MOST_ATTEMPTS:
        _stuck(row, sentence)
        return
    wait = pause or min(LONGEST_PAUSE, 15.0 * 2.0 ** min(row.attempt, 12))
    if _mine(row).update(lease_until=None, try_at=clock.now() + timedelta(seconds=wait)):
        jobs.wake("remedies", delay=wait + 0.1)


@transaction.atomic
def _stuck(row: Remedy, sentence: str) -> None:
    """It is not tried again by itself: a person has to look."""
    if not _mine(row).update(lease_until=None, try_at=None, problem=sentence[:500]):
        return
    journal.record(row.workspace_id, "remedy.stuck", row.conversation, sentence=sentence[:300], **finishing.facts(row))
    saying.tell(row, _("could not do what was decided. %(why)s") % {"why": sentence})


@transaction.atomic
def _give_number(row: Remedy) -> None:
    if _mine(row).update(lease_until=None, try_at=None):
        returns.open_return(row)


def _voucher(row: Remedy) -> None:
    if row.to_do:
        _ask_after(row)
        return
    # Committed here: whatever happens from now on, the shop is asked for this code and no other.
    if not vouchers.choose_code(_mine(row), row):
        return
    try:
        found = vouchers.make(row)
    except LastWord as why:
        _by_hand(row, _by_hand_words(row, why.sentence))
        return
    vouchers.made(_mine(row), row, found.id)


def _by_hand_words(row: Remedy, why: str) -> str:
    facts = {"code": row.external_id, "worth": wording.worth(row), "why": why}
    return _("%(why)s Make the code %(code)s, worth %(worth)s, in your shop by hand, then press Done.") % facts


def _goods(row: Remedy) -> None:
    facts = {"what": _what_to_send(row), "who": row.conversation.author_label}
    _hand_over_to_hands(row, _("Send %(who)s: %(what)s. Press Done when it is on its way.") % facts)


def _what_to_send(row: Remedy) -> str:
    if row.order is not None and row.details.get("lines"):
        chosen = costs.chosen_lines(row.order, row.details)
        lines = ", ".join(f"{count} × {line.name}" + (f" ({line.sku})" if line.sku else "") for line, count in chosen)
        said = _("%(lines)s, as in order %(number)s")
        return said % {"lines": lines, "number": row.order.number}
    item = " ".join(str(row.details.get("item") or "").split())
    return item or (_("a replacement") if row.kind == Kind.REPLACEMENT else _("a little something"))


def _courier(row: Remedy) -> None:
    when = meetings.spans_words(row) or _("a day that suits them")
    _hand_over_to_hands(row, _("Book the courier for %(when)s. Press Done when it is booked.") % {"when": when})


def _hand_over_to_hands(row: Remedy, to_do: str) -> None:
    if row.to_do:
        _ask_after(row)
    else:
        _by_hand(row, to_do)


@transaction.atomic
def _call(row: Remedy) -> None:
    if row.to_do:
        _ask_after(row)
        return
    when = meetings.spans_words(row)
    to_do = _("Talk to them, then press Done.") if when else _("Find a time with them and talk, then press Done.")
    if _by_hand(row, to_do):
        said = _("has the proposed times ready.") if when else _("waits for a time to be found.")
        saying.hand_over(row, said, wording.both_words(row))


@transaction.atomic
def _apology(row: Remedy) -> None:
    if _mine(row).update(lease_until=None, try_at=None):
        saying.hand_over(row, _("has the apology ready."), wording.both_words(row))


@transaction.atomic
def _by_hand(row: Remedy, to_do: str) -> bool:
    """Only hands can do it: a person is told, and asked after when its time has come."""
    due = row.due_at or _due_by(row)
    again = max(due, clock.now() + timedelta(hours=1))
    if not _mine(row).update(to_do=to_do[:500], due_at=due, try_at=again, lease_until=None):
        return False
    row.to_do, row.due_at = to_do[:500], due
    journal.record(row.workspace_id, "remedy.to_do", row.conversation, **finishing.facts(row))
    saying.tell(row, _("needs you: %(what)s") % {"what": to_do})
    return True


def _due_by(row: Remedy) -> datetime:
    found = meetings.spans(row) if row.kind in (Kind.CALL, Kind.COURIER) else []
    if not found:
        return clock.now() + DO_WITHIN
    return found[0][0] if row.kind == Kind.COURIER else found[-1][1]


@transaction.atomic
def _ask_after(row: Remedy) -> None:
    """Its time has come and nobody said that it is done: once."""
    if _mine(row).update(lease_until=None, try_at=None):
        journal.record(row.workspace_id, "remedy.overdue", row.conversation, **finishing.facts(row))
        saying.tell(row, _("asks whether this is done: %(what)s") % {"what": row.to_do})


WAYS: Mapping[Kind, Callable[[Remedy], object]] = {
    Kind.RETURN: _give_number,
    Kind.VOUCHER: _voucher,
    Kind.REPLACEMENT: _goods,
    Kind.GIFT: _goods,
    Kind.COURIER: _courier,
    Kind.CALL: _call,
    Kind.APOLOGY: _apology,
}
_DID = {
    Kind.REPLACEMENT: lambda: _("The replacement is on its way."),
    Kind.GIFT: lambda: _("The gift is on its way."),
    Kind.COURIER: lambda: _("The courier is booked."),
}


@transaction.atomic
def done(remedy: Remedy, membership: Membership) -> Remedy:
    """A member has done what only hands can do. Twice is once. Raises `ResolveError`."""
    member, row = finishing.locked(remedy, membership)
    if row.state == Remedy.State.EXECUTED:
        return row
    if row.state not in DECIDED or not row.to_do:
        raise ResolveError(_("There is nothing to be done by hand here. Look again."))
    held = finishing.held_by(row).filter(to_do__gt="")
    if row.kind == Kind.RETURN:
        returns.paid_by_hand(row, member.user)
    elif row.kind == Kind.VOUCHER:
        vouchers.made(held, row, by=member.user)
    elif finishing.execute(held, row, by=member.user):
        if row.kind in _DID:
            saying.hand_over(row, _DID[Kind(row.kind)](), wording.both_words(row))
        elif row.promise is not None and row.promise.stopped_at is None:
            desk.keep_promise(row.promise, member.user)
    row.refresh_from_db()
    return row


@transaction.atomic
def try_anew(remedy: Remedy, membership: Membership) -> Remedy:
    """Lets Makegood try again what got stuck, or what it left to hands. Raises `ResolveError`."""
    _member, row = finishing.locked(remedy, membership)
    if row.state not in DECIDED or row.kind == Kind.REFUND or not (row.problem or row.to_do):
        raise ResolveError(_("There is nothing to try again. Look again."))
    if ReturnCase.objects.within(row.workspace_id).filter(remedy=row).exists():
        raise ResolveError(_("This return has its number already. If its refund got stuck, try the refund again."))
    row.problem, row.to_do, row.attempt, row.lease_until, row.try_at = "", "", row.attempt + 1, None, clock.now()
    row.save(update_fields=["problem", "to_do", "attempt", "lease_until", "try_at"])
    jobs.wake("remedies")
    return row


@transaction.atomic
def take_back(remedy: Remedy, membership: Membership, because: str) -> Remedy:
    """Takes back what was decided and is not done: by who asked for it, or who may approve. Raises `ResolveError`.

    Refunds have `makegood.resolve.refunds.reverse_refund`.
    """
    words = " ".join(because.split())[:300]
    if not words:
        raise ResolveError(_("Say why it is taken back: your colleagues will want to know."))
    member, row = finishing.locked(remedy, membership)
    if not (allows(member.role, Right.APPROVE) or row.asked_by_id == member.user_id):
        raise ResolveError(_("Only who asked for it, and who may approve, can take it back."))
    if problem := _not_back(row):
        raise ResolveError(problem)
    returned = ReturnCase.objects.within(row.workspace_id).filter(remedy=row)
    returned.update(state=ReturnCase.State.CLOSED, changed_at=clock.now())
    row.state, row.reversed_at, row.reversed_by = Remedy.State.REVERSED, clock.now(), member.user
    row.reversed_because, row.problem, row.to_do, row.try_at, row.tell_from = words, "", "", None, None
    names = ("state", "reversed_at", "reversed_by", "reversed_because", "problem", "to_do", "try_at", "tell_from")
    row.save(update_fields=names)
    if row.promise is not None and row.promise.stopped_at is None:
        desk.withdraw_promise(row.promise, member.user)
    journal.record(
        row.workspace_id, "remedy.taken_back", row.conversation, actor=member.user, note=words, **finishing.facts(row)
    )
    return row


def _not_back(row: Remedy) -> str:
    """Why it cannot be taken back, "" where it can."""
    if row.kind == Kind.REFUND:
        return _("A refund is taken back at the refund itself.")
    if row.state == Remedy.State.EXECUTED:
        return _("This is done. What the customer has can’t be taken back from here.")
    if row.state not in DECIDED:
        return _("This is not about to be done: there is nothing to take back.")
    if row.lease_until is not None and row.lease_until > clock.now():
        return _("This is being done at this moment. Look again in a minute.")
    if row.told_at is not None and row.kind == Kind.RETURN:
        return _("They have been told the return number. Close the return instead, and tell them why.")
    if row.refunds.filter(state__in=LIVE).exists():
        return _("The money is on its way already.")
    return ""


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest remedy that should have been done has waited; None where none waits. 1 query."""
    oldest = _all().filter(_due()).order_by("try_at").values_list("try_at", flat=True).first()
    return {"remedies to do": (clock.now() - oldest).total_seconds() if oldest else None}
