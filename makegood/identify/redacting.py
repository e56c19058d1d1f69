"""When a whole shop has to be erased (Shopify's shop/redact), and when it comes back."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.identify.forgetting import forget_customers
from makegood.identify.models import Customer, Source
from makegood.identify.rows import BATCH, lock_sources
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = ["SUBSCRIBED", "forget_shop", "unforget_shop"]

REDACTED = "redacted"
"""In a source's facts: when all that came from it was erased."""
SUBSCRIBED = "subscribed"
"""In a source's facts: the address to which it was told to send its webhooks."""


@transaction.atomic
def forget_shop(source: Source) -> None:
    """The shop must have all that came from it erased: who its customers are is gone; orders and payments stay as
    figures, as tax law asks. It is disconnected and its keys are forgotten. Connected again, it may tell us anew.
    """
    lock_sources(source.workspace_id)
    now = clock.now()
    rows = Customer.objects.within(source.workspace_id).filter(source=source, erased_at__isnull=True)
    counts: Counter[str] = Counter()
    while some := list(rows.select_for_update().order_by("pk")[:BATCH]):
        counts.update(forget_customers(source.workspace_id, some, now))
    mine = Source.objects.within(source.workspace_id).filter(pk=source.pk)
    fresh = mine.get()
    kept = {name: value for name, value in fresh.facts.items() if name != SUBSCRIBED}
    mine.update(
        state=Source.State.DISCONNECTED,
        secret="",
        cursor={},
        due_at=None,
        lease_until=None,
        attempt=fresh.attempt + 1,
        problems=[],
        last_error=_("The shop has had everything erased that came from it. Connect it again to begin anew."),
        facts={**kept, REDACTED: [*kept.get(REDACTED, []), now.isoformat()]},
    )
    journal.record(source.workspace_id, "source.redacted", source, **counts)


def unforget_shop(source: Source) -> None:
    """It was connected again: who was forgotten with the whole shop may be known again, who was erased by name never.

    In the caller's transaction.
    """
    moments = [datetime.fromisoformat(each) for each in source.facts.get(REDACTED, [])]
    if moments:
        rows = Customer.objects.within(source.workspace_id).filter(source=source, erased_at__in=moments)
        rows.update(erased_at=None)
