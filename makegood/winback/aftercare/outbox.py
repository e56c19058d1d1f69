"""Send once. queued -> sending (lease, attempt) -> sent | refused | unknown.

No mail server can be asked what it did with a mail. So one whose sending was cut short is shown to a person, who
decides; it is never sent again by itself.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Min, Q
from django.utils.translation import gettext as _

from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.winback.aftercare import rules
from makegood.winback.aftercare.consents import may_write
from makegood.winback.aftercare.first_words import FOOT
from makegood.winback.aftercare.house import plan_of
from makegood.winback.aftercare.links import make_link
from makegood.winback.aftercare.sending import Mail, NotNowError, RefusedError, UnreachableError, UnsureError, hand_over
from makegood.winback.aftercare.standing import standings
from makegood.winback.models import AftercareMessage

__all__ = ["queue_age", "send_due"]

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=180)
"""Longer than a mail server can take: each of its answers has a time-out of its own."""
AT_ONCE = 200
State, Skip = AftercareMessage.State, AftercareMessage.Skip


def _all() -> Any:
    return AftercareMessage.objects.across("one outbox sends for all shops")


def send_due() -> int:
    """Sends what members released; returns how many mails were handed over. Where the mail server cannot be reached,
    the rest waits.
    """
    _give_up_stranded()
    count = 0
    for _turn in range(AT_ONCE):
        key = _next()
        if key is None:
            return count
        row, mail = _lease(key) or (None, None)
        if row is None or mail is None:
            continue
        try:
            gone = hand_over(mail, partial(may_write, row.workspace_id, mail.to))
        except UnsureError as error:
            _unknown(row, error.sentence)
        except RefusedError as error:
            _refuse(row, error.sentence)
        except UnreachableError as error:
            _postpone(row, error.sentence)
            return count
        except NotNowError as error:
            _postpone(row, error.sentence)
        except Exception:
            log.exception("aftercare mail %s", row.pk)
            _unknown(row, _("Something unexpected happened while it was sent. It may have arrived, or not."))
        else:
            count += gone
            _sent(row) if gone else _unwanted(row)
    jobs.wake("aftercare")
    return count


def _next() -> int | None:
    rows = _all().filter(state=State.QUEUED, send_after__lte=clock.now()).order_by("send_after", "pk")
    found: int | None = rows.values_list("pk", flat=True).first()
    return found


@transaction.atomic
def _lease(key: int) -> tuple[AftercareMessage, Mail] | None:
    """Takes the row with a link for it; None where it may not go out, or somebody else has it. Committed before the
    mail server hears anything.
    """
    rows = _all().select_for_update(of=("self",)).select_related("workspace", "order__customer")
    row: AftercareMessage | None = rows.filter(pk=key, state=State.QUEUED).first()
    if row is None:
        return None
    order = row.order
    why = Skip.ERASED if order is None else _speaks_against(row)
    if order is None or why:
        row.state, row.skipped_because, row.subject, row.body, row.send_after = State.SKIPPED, why, "", "", None
        row.save(update_fields=["state", "skipped_because", "subject", "body", "send_after"])
        journal.record(row.workspace_id, "aftercare.skipped", row, order=row.order_id, because=why)
        return None
    page, stop = make_link(row)
    row.state, row.lease_until, row.attempt = State.SENDING, clock.now() + LEASE, row.attempt + 1
    row.save(update_fields=["state", "lease_until", "attempt"])
    shop = row.workspace.name
    foot = FOOT.get(row.language, FOOT["en"]).replace("{shop}", shop).replace("{stop}", stop)
    body = f"{row.body.replace('{link}', page)}\n\n-- \n{foot}\n"
    return row, Mail(row.key, shop, order.customer.email, row.subject, body, stop)


def _speaks_against(row: AftercareMessage) -> str:
    assert row.order is not None
    found = standings(row.workspace_id, [row.order], plan_of(row.workspace_id), own=row.pk)
    return rules.skip_reason(found[row.order.pk])


def _mine(row: AftercareMessage) -> Any:
    """The row, as long as this attempt still holds it."""
    return _all().filter(pk=row.pk, state=State.SENDING, attempt=row.attempt)


@transaction.atomic
def _sent(row: AftercareMessage) -> None:
    now = clock.now()
    changes = {"state": State.SENT, "sent_at": now, "lease_until": None, "subject": "", "body": "", "sentence": ""}
    if _mine(row).update(**changes):
        journal.record(row.workspace_id, "aftercare.sent", row, order=row.order_id)


@transaction.atomic
def _unwanted(row: AftercareMessage) -> None:
    """They unsubscribed, or took their consent back, since it was taken out of the queue."""
    why = Skip.UNSUBSCRIBED
    changes = {"state": State.SKIPPED, "skipped_because": why, "lease_until": None, "subject": "", "body": ""}
    if _mine(row).update(**changes):
        journal.record(row.workspace_id, "aftercare.skipped", row, order=row.order_id, because=why)


@transaction.atomic
def _refuse(row: AftercareMessage, sentence: str) -> None:
    if _mine(row).update(state=State.REFUSED, lease_until=None, sentence=sentence[:500]):
        journal.record(row.workspace_id, "aftercare.refused", row, order=row.order_id)


def _postpone(row: AftercareMessage, sentence: str) -> None:
    """It certainly did not go out: it waits for its next turn, a few times."""
    if row.attempt >= rules.MOST_ATTEMPTS:
        _refuse(row, sentence)
        return
    seconds = rules.back_off(row.attempt)
    after = clock.now() + timedelta(seconds=seconds)
    _mine(row).update(state=State.QUEUED, send_after=after, lease_until=None, sentence=sentence[:500])
    jobs.wake("aftercare", delay=seconds + 0.1)


@transaction.atomic
def _unknown(row: AftercareMessage, sentence: str) -> None:
    if _mine(row).update(state=State.UNKNOWN, lease_until=None, sentence=sentence[:500]):
        journal.record(row.workspace_id, "aftercare.unknown", row, order=row.order_id)


def _give_up_stranded() -> None:
    """What was being sent when Makegood was stopped: a person looks at it."""
    stranded = _all().filter(state=State.SENDING, lease_until__lte=clock.now()).order_by("pk")
    for row in stranded[:AT_ONCE]:
        jobs.note_lease_expiry("mail after a purchase")
        _unknown(row, _("Makegood was stopped while it was sent. It may have arrived, or not."))


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest released mail has waited to be sent; None where nothing waits. 1 query."""
    now = clock.now()
    rows = _all().filter(state__in=[State.QUEUED, State.SENDING])
    found = rows.aggregate(
        waiting=Min("send_after", filter=Q(state=State.QUEUED, send_after__lte=now)),
        stranded=Min("lease_until", filter=Q(state=State.SENDING, lease_until__lte=now)),
    )
    known = [moment for moment in found.values() if moment is not None]
    return {"mails after a purchase": (now - min(known)).total_seconds() if known else None}
