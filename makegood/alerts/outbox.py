"""Sending what is due: due or held -> sending (lease, attempt, batch) -> sent | failed.

All that is due of one rule to one destination goes out as one message, a batch. The lease is committed before anything
is sent. Neither mail nor a chat can be asked whether a message arrived, so one that was cut short by a crash is sent
again, and says so.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q
from django.utils.translation import gettext as _

from makegood.alerts import rules, words
from makegood.alerts.models import Alert, AlertDestination, AlertRule
from makegood.alerts.sending import NotSentError, send
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = ["queue_age", "send_due"]

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=120)
AT_ONCE = 200
MOST_IN_ONE = 500
S = Alert.State
SHOWN = [
    *("workspace", "destination", "destination__workspace", "rule"),
    *("firing", "firing__conversation", "firing__conversation__latest", "firing__channel", "firing__source"),
]


def _all() -> Any:
    return Alert.objects.across("one step sends for all workspaces")


def _due(now: datetime) -> Q:
    waiting = Q(state__in=[S.DUE, S.HELD], send_after__lte=now)
    return waiting | Q(state=S.SENDING, lease_until__lte=now)


@dataclass(frozen=True)
class Batch:
    """What is sent in one message. `stranded`: an earlier attempt ended in the middle."""

    key: str
    attempt: int
    stranded: bool
    alerts: list[Alert]


def send_due() -> int:
    """Sends everything whose time has come; returns how many messages were handed over."""
    count = 0
    while groups := _groups():
        for batch_key, rule_id, destination_id in groups:
            batch = _lease(batch_key, rule_id, destination_id)
            if batch is not None:
                count += _deliver(batch)
    return count


def _groups() -> list[tuple[str, int | None, int]]:
    rows = _all().filter(_due(clock.now())).order_by("send_after", "id")
    return list(dict.fromkeys(rows.values_list("batch", "rule_id", "destination_id")[:AT_ONCE]))


@transaction.atomic
def _lease(key: str, rule_id: int | None, destination_id: int) -> Batch | None:
    """Takes what is due of one rule to one destination; None when nothing may go out now."""
    now = clock.now()
    # Of several senders only one decides about a destination at a time.
    AlertDestination.objects.across("one step sends for all workspaces").select_for_update().filter(
        pk=destination_id
    ).first()
    due = _all().filter(_due(now), batch=key, rule_id=rule_id, destination_id=destination_id)
    keys = list(due.order_by("id").values_list("pk", flat=True)[: 1 if rule_id is None else MOST_IN_ONE])
    if not keys or (not key and rule_id is not None and _too_many(rule_id, destination_id, keys, now)):
        return None
    stranded = due.filter(pk__in=keys, state=S.SENDING).count()
    if stranded:
        jobs.note_lease_expiry("alert")
    batch = key or uuid.uuid4().hex
    due.filter(pk__in=keys).update(
        state=S.SENDING, lease_until=now + LEASE, attempt=F("attempt") + 1, batch=batch, sentence=""
    )
    rows = _all().filter(pk__in=keys).order_by("id").select_related(*SHOWN)
    alerts = list(rows)
    return Batch(batch, max(each.attempt for each in alerts), stranded > 0, alerts)


def _too_many(rule_id: int, destination_id: int, keys: list[int], now: datetime) -> bool:
    """Holds what goes over the rule's limit; it comes together when the hour is over."""
    rule = AlertRule.objects.across("one step sends for all workspaces").select_related("workspace").get(pk=rule_id)
    sent = _all().filter(
        rule_id=rule_id, destination_id=destination_id, state=S.SENT, sent_at__gt=now - timedelta(hours=1)
    )
    found = sent.aggregate(first=Min("sent_at"))
    if sent.values("batch").distinct().count() < rule.most_an_hour:
        return False
    free = (found["first"] or now) + timedelta(hours=1)
    sentence = _("More than %(n)d messages an hour: the rest comes together.") % {"n": rule.most_an_hour}
    _all().filter(pk__in=keys).update(state=S.HELD, send_after=free, sentence=sentence)
    return True


def _deliver(batch: Batch) -> bool:
    first = batch.alerts[0]
    if first.rule is None:
        title, body = words.test_message(first.destination)
    else:
        title, body = words.message_of(batch.alerts, perhaps_again=batch.stranded)
    try:
        send(first.destination, title, body, batch.key)
    except NotSentError as error:
        _settle(batch, error)
        return False
    except Exception:
        log.exception("alerts %s could not be sent", batch.key)
        _settle(batch, NotSentError(_("Something unexpected happened while this was sent. Makegood tries again.")))
        return False
    _sent(batch)
    return True


def _mine(batch: Batch) -> Any:
    """The rows, as long as this attempt still holds them."""
    return _all().filter(batch=batch.key, state=S.SENDING, attempt=batch.attempt)


@transaction.atomic
def _sent(batch: Batch) -> None:
    now = clock.now()
    if _mine(batch).update(state=S.SENT, sent_at=now, lease_until=None, sentence=""):
        _note(batch, last_good_at=now, last_error="", last_error_at=None)


@transaction.atomic
def _settle(batch: Batch, error: NotSentError) -> None:
    """Tries again later, or gives up and says so."""
    now = clock.now()
    test = batch.alerts[0].rule_id is None
    for_good = error.for_good or test or batch.attempt >= rules.MOST_ATTEMPTS
    wait = rules.back_off(batch.attempt)
    changed = _mine(batch).update(
        state=S.FAILED if for_good else S.DUE,
        send_after=now + timedelta(seconds=wait),
        lease_until=None,
        sentence=error.sentence[:500],
    )
    if not changed:
        return
    _note(batch, last_error=error.sentence[:500], last_error_at=now)
    if not for_good:
        jobs.wake("alerts", delay=wait + 0.1)
    elif not test:
        place = batch.alerts[0].destination
        journal.record(place.workspace_id, "alert.failed", place, sentence=error.sentence[:300], alerts=changed)


def _note(batch: Batch, **changes: Any) -> None:
    row = batch.alerts[0].destination
    AlertDestination.objects.within(row.workspace_id).filter(pk=row.pk).update(**changes)


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest due alert has waited to be sent; None where nothing waits."""
    now = clock.now()
    oldest = _all().filter(_due(now)).order_by("send_after").values_list("send_after", flat=True).first()
    return {"alerts to send": (now - oldest).total_seconds() if oldest else None}
