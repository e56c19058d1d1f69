"""Webhooks: verified, stored under the sender's own id of the event, answered, and worked later.

An event only says what to read anew; what it says of it is not believed, as it may be older than what we have. So one
that comes twice, late or out of order can do no harm.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import PayEvent, Processor
from makegood.connectors.shops.contract import ALL, Event, Shop
from makegood.identify.models import HookEvent, Source
from makegood.identify.reading import fetch, fetch_customers, pause_after
from makegood.identify.redacting import forget_shop
from makegood.identify.sources import READ_STATES, connector_of, credentials_of, source_failed
from makegood.identify.storing import forget_customer
from makegood.jobs import api as jobs
from makegood.kit import clock
from makegood.kit.crypto import DecryptError

__all__ = ["MOST_BYTES", "Received", "receive", "work_events"]

log = logging.getLogger(__name__)
MOST_BYTES = 2**20
"""Larger than any of the senders' events: Shopify's, the largest, hold one order."""
TOPIC = "hooks"
AGAIN = (Verdict.RETRY, Verdict.WAIT)
MOST_WANTED = 200
BATCH = 50
LEASE_SECONDS = 120.0
LONGEST_ID = 200
KEPT = timedelta(days=60)
"""No sender repeats an event for longer: PayPal does for three days, Stripe too (https://docs.stripe.com/webhooks)."""


@dataclass(frozen=True)
class Received:
    """What to answer: an HTTP status and a sentence."""

    status: int
    sentence: str


def receive(hook: str, headers: Mapping[str, str], body: bytes) -> Received:
    """Takes a webhook in. `hook` is the secret part of its address, `headers` by the names they came with.

    404 for an address that nobody has, 400 for what the sender did not sign, 200 for what is stored, also when it was
    before, 503 when it cannot be verified just now and is to come again. What a paused source is told is kept until it
    is resumed.
    """
    source = Source.objects.across("the address says whose it is").filter(hook=hook, removed_at__isnull=True).first()
    if source is None:
        return Received(404, _("Nobody listens here."))
    try:
        event = _verified(source, headers, body)
    except Trouble as trouble:
        log.info("a webhook of source %s was refused: %s", source.pk, trouble.detail)
        return Received(503 if trouble.verdict in AGAIN else 400, trouble.sentence)
    except DecryptError as error:
        return Received(503, error.sentence)
    except Exception:
        log.exception("a webhook of source %s could not be read", source.pk)
        return Received(400, _("This webhook could not be read."))
    if event is None:
        return Received(404, _("This shop sends no webhooks that Makegood can verify."))
    return Received(200, _("Taken in.") if _store(source, event) else _("Known already."))


def _verified(source: Source, headers: Mapping[str, str], body: bytes) -> Event | PayEvent | None:
    """The event, when its sender signed it; None of a kind that sends none. Raises `Trouble` and `DecryptError`."""
    found = connector_of(source)
    if found.verify is not None:
        return found.verify(credentials_of(source), headers, body)
    if isinstance(found, Processor) and found.verify_async is not None:
        return async_to_sync(found.verify_async)(credentials_of(source), headers, body)
    return None


def _store(source: Source, event: Event | PayEvent) -> bool:
    known = event.id if len(event.id) <= LONGEST_ID else hashlib.sha256(event.id.encode()).hexdigest()
    wants = {
        name: list(ids)[:MOST_WANTED]
        for name in ("orders", "customers", "payments", "erase")
        if (ids := getattr(event, name, ()))
    }
    now = clock.now()
    with transaction.atomic():
        _row, fresh = HookEvent.objects.get_or_create(
            workspace_id=source.workspace_id,
            source=source,
            event_id=known,
            defaults={
                "kind": event.kind[:80],
                "wants": wants,
                "at": event.at,
                "received_at": now,
                "done_at": None if wants else now,
            },
        )
        if fresh and wants:
            jobs.wake(TOPIC)
    return fresh


def work_events() -> int:
    """The step: reads anew what webhooks told of. Returns how many events were worked."""
    count = 0
    while rows := _claim():
        by_source: defaultdict[int, list[HookEvent]] = defaultdict(list)
        for row in rows:
            by_source[row.source_id].append(row)
        for mine in by_source.values():
            count += _work(mine)
    _forget_old()
    return count


def _claim() -> list[HookEvent]:
    # Whom a shop must have erased is erased also while nothing is read there: Shopify asks for it two days after the
    # app was taken away (https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance).
    worked = Q(source__state__in=READ_STATES) | Q(wants__has_key="erase")
    due = HookEvent.objects.across("one step works for all workspaces").filter(
        worked, done_at__isnull=True, due_at__lte=clock.now()
    )
    return jobs.claim(due.order_by("due_at", "id"), seconds=LEASE_SECONDS, limit=BATCH)


def _work(events: Sequence[HookEvent]) -> int:
    """Works the events of one source together: what several name is read once."""
    source = Source.objects.within(events[0].workspace_id).filter(pk=events[0].source_id).first()
    if source is None:
        return 0
    wanted = _together(events)
    try:
        ids, found = [*wanted["orders"], *wanted["payments"]], connector_of(source)
        if ids and found.fetch is not None:
            fetch(source, ids)
        if wanted["customers"] and isinstance(found, Shop) and found.fetch_customers is not None:
            fetch_customers(source, wanted["customers"])
    except Trouble as trouble:
        if trouble.verdict is Verdict.REFUSE and len(events) > 1:
            # One of them will never succeed, and must not take the others with it.
            return sum(_work([each]) for each in events)
        _failed(source, events, trouble)
        return 0
    except Exception:
        log.exception("the webhooks of source %s could not be worked", source.pk)
        _failed(source, events, Trouble(Verdict.BUG, "What it told of could not be read. It tries again."))
        return 0
    _done(source, events, wanted)
    return len(events)


def _together(events: Sequence[HookEvent]) -> dict[str, list[str]]:
    names = ("orders", "customers", "payments", "erase")
    return {name: list(dict.fromkeys(key for row in events for key in row.wants.get(name, []))) for name in names}


@transaction.atomic
def _done(source: Source, events: Sequence[HookEvent], wanted: Mapping[str, Sequence[str]]) -> None:
    if ALL in wanted["erase"]:
        forget_shop(source)
    for key in wanted["erase"]:
        forget_customer(source, key)
    rows = HookEvent.objects.within(source.workspace_id).filter(pk__in=[row.pk for row in events])
    rows.update(done_at=clock.now(), lease_until=None, problem="")


@transaction.atomic
def _failed(source: Source, events: Sequence[HookEvent], trouble: Trouble) -> None:
    log.info("webhooks of source %s: %s %s", source.pk, trouble.verdict, trouble.detail)
    now = clock.now()
    for row in events:
        never = trouble.verdict is Verdict.REFUSE
        HookEvent.objects.within(source.workspace_id).filter(pk=row.pk).update(
            due_at=now + pause_after(trouble, row.attempt),
            lease_until=None,
            problem=trouble.sentence[:500],
            done_at=now if never else None,
        )
    if trouble.verdict is Verdict.DISCONNECT:
        source_failed(source, trouble.sentence, disconnect=True, due_at=now)


def _forget_old() -> None:
    rows = HookEvent.objects.across("one step works for all workspaces").filter(done_at__lt=clock.now() - KEPT)
    old = list(rows.values_list("pk", flat=True)[:1000])
    if old:
        rows.filter(pk__in=old).delete()
