"""Connecting, pausing and removing shops and processors: one transaction a function."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from makegood.connectors.contract import Connected, Trouble, Verdict
from makegood.connectors.payments import registry as processors
from makegood.connectors.payments.contract import PayCapability, Processor
from makegood.connectors.shops import registry as shops
from makegood.connectors.shops.contract import Shop, ShopCapability
from makegood.identify.models import Charge, Customer, HookEvent, Order, Source
from makegood.identify.redacting import SUBSCRIBED, unforget_shop
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock, crypto
from makegood.kit.text import clean

__all__ = [
    "Brought",
    "SourceHealth",
    "brought_by",
    "capability",
    "connect_source",
    "connector_of",
    "credentials_of",
    "health_of_source",
    "keep_credentials",
    "kept_sources",
    "last_event",
    "new_hook",
    "note_problems",
    "pause_source",
    "queue_age",
    "remove_source",
    "resume_source",
    "source_failed",
    "source_health",
    "typed_before",
]

SHOP, PAYMENTS = Source.Side.SHOP, Source.Side.PAYMENTS
FILE = "file"
READ_STATES = (Source.State.WORKING, Source.State.TROUBLE)
LATE = timedelta(minutes=15)
MOST_PROBLEMS = 20
COUNTED = 10_000
HOOK_BYTES = 24
OTHERWISE = {"base": "address", "webhook_secrets": "webhook_secret"}
"""Credentials that are kept under another name than they are typed under."""


def kinds() -> dict[str, tuple[str, ...]]:
    """The kinds that can be connected, by side."""
    return {SHOP: tuple(shops.KINDS), PAYMENTS: tuple(processors.KINDS)}


def capability(side: str, kind: str) -> ShopCapability | PayCapability:
    """What a kind of shop or processor lets us do."""
    return _connector(side, kind).capability


def connector_of(source: Source) -> Shop | Processor:
    """The functions of a source's kind."""
    return _connector(source.side, source.kind)


def _connector(side: str, kind: str) -> Shop | Processor:
    return shops.shop(kind) if side == SHOP else processors.processor(kind)


def connect_source(
    workspace: Any, by: Any, side: str, kind: str, form: Mapping[str, str], again: Source | None = None
) -> Source:
    """Checks what the person typed and keeps the shop or processor. Raises `Trouble` with a sentence when it fails.

    One that is connected already gets the new credentials and is read again from where it stopped. One that was removed
    is read from the beginning. With `again`, it must turn out to be that very one.
    """
    found = _connector(side, kind)
    assert found.connect is not None, f"{kind} cannot be connected"
    connected: Connected = async_to_sync(found.connect)(form)
    if again is not None and connected.id[:1000] != again.address:
        raise Trouble(Verdict.REFUSE, _("These are the keys of another account. Add it as a new one."))
    given = {name for name, value in form.items() if value}
    return _keep(workspace, by, side, found.capability, connected, given)


@transaction.atomic
def _keep(
    workspace: Any, by: Any, side: str, can: ShopCapability | PayCapability, connected: Connected, given: set[str]
) -> Source:
    now = clock.now()
    mine = Source.objects.within(workspace).filter(kind=can.kind, address=connected.id[:1000])
    row = mine.select_for_update().first()
    fresh = row is None
    if row is None:
        row = Source(workspace=workspace, side=side, kind=can.kind, address=connected.id[:1000], hook=new_hook())
    if row.removed_at is not None:
        row.removed_at, row.cursor, row.caught_up_at, row.problems = None, {}, None, []
    if not fresh:
        unforget_shop(row)
    told = {SUBSCRIBED: row.facts[SUBSCRIBED]} if SUBSCRIBED in row.facts else {}
    kept = {} if fresh or not row.secret else credentials_of(row)
    row.secret = _sealed({**connected.credentials, **_hook_secrets(kept, given)})
    row.name = clean(connected.name or connected.handle or connected.id)[:200]
    row.url, row.facts = connected.url[:1000], {**connected.facts, **told}
    row.state, row.last_error, row.failures = Source.State.WORKING, "", 0
    row.due_at, row.lease_until, row.attempt = now, None, row.attempt + 1
    row.connected_by, row.connected_at = by, now
    row.save()
    journal.record(workspace.pk, "source.connected" if fresh else "source.reconnected", row, actor=by, kind=row.kind)
    jobs.wake("sources")
    return row


def _hook_secrets(kept: Mapping[str, Any], given: set[str]) -> dict[str, Any]:
    """What is known of the webhook outlives a new key, unless it was given anew."""
    return {
        name: value
        for name, value in kept.items()
        if name.startswith("webhook_") and value and name.removesuffix("s") not in given
    }


def new_hook() -> str:
    """The part of a webhook address that nobody can guess."""
    return secrets.token_urlsafe(HOOK_BYTES)


def _sealed(credentials: Mapping[str, Any]) -> str:
    return crypto.encrypt(json.dumps(dict(credentials)).encode(), settings.MASTER_KEY)


def credentials_of(source: Source) -> dict[str, Any]:
    """The source's credentials; {} when there are none. Raises DecryptError when the key has changed."""
    if not source.secret:
        return {}
    found: dict[str, Any] = json.loads(crypto.decrypt(source.secret, settings.MASTER_KEY))
    return found


def typed_before(source: Source) -> dict[str, str]:
    """What a member typed when the source was connected, as far as it is kept, by the names that `connect` reads it
    under. Some of it is secret: it goes into no page.
    """
    kept = credentials_of(source)
    found: dict[str, str] = {}
    for name, value in kept.items():
        if isinstance(value, list):
            found[OTHERWISE.get(name, name)] = ", ".join(str(each) for each in value)
        elif value and isinstance(value, (str, bool)):
            found[OTHERWISE.get(name, name)] = "1" if value is True else str(value)
    return found


@transaction.atomic
def keep_credentials(source: Source, new: Mapping[str, Any], *, read_with: Mapping[str, Any] | None = None) -> None:
    """Stores renewed credentials. Given what they were before (`read_with`), only what changed is taken over, so that
    what a member has changed meanwhile stays.
    """
    row = Source.objects.within(source.workspace_id).select_for_update().get(pk=source.pk)
    if row.removed_at is not None:
        return
    if read_with is None:
        kept = dict(new)
    else:
        now = credentials_of(row)
        changed = {name: value for name, value in new.items() if name not in read_with or read_with[name] != value}
        kept = {**now, **changed}
    Source.objects.within(row.workspace_id).filter(pk=row.pk).update(secret=_sealed(kept))


@transaction.atomic
def pause_source(source: Source, by: Any) -> None:
    """Nothing is read there until a member resumes it. What it tells us by itself meanwhile waits."""
    _change(source, state=Source.State.PAUSED)
    journal.record(source.workspace_id, "source.paused", source, actor=by)


@transaction.atomic
def resume_source(source: Source, by: Any) -> None:
    """Reads there again, from where it stopped, at once."""
    _change(
        source, state=Source.State.WORKING, due_at=clock.now(), last_error="", failures=0, lease_until=None
    )  # fmt: skip
    journal.record(source.workspace_id, "source.resumed", source, actor=by)
    jobs.wake("sources")
    jobs.wake("hooks")


@transaction.atomic
def remove_source(source: Source, by: Any) -> None:
    """Ends the connection and forgets its credentials and its webhook address.

    The customers, orders and payments it brought stay: what was given back is accounted for by them.
    """
    _change(
        source,
        state=Source.State.DISCONNECTED,
        secret="",
        hook=new_hook(),
        facts={name: value for name, value in source.facts.items() if name != SUBSCRIBED},
        cursor={},
        due_at=None,
        lease_until=None,
        last_error="",
        removed_at=clock.now(),
    )
    HookEvent.objects.within(source.workspace_id).filter(source=source, done_at__isnull=True).delete()
    journal.record(source.workspace_id, "source.removed", source, actor=by, kind=source.kind)


def _change(source: Source, **values: Any) -> None:
    Source.objects.within(source.workspace_id).filter(pk=source.pk).update(**values)


@transaction.atomic
def source_failed(source: Source, sentence: str, *, disconnect: bool, due_at: datetime) -> None:
    """A reading that failed. What is told once is not told again until it has worked in between."""
    rows = Source.objects.within(source.workspace_id)
    row = rows.select_for_update().filter(pk=source.pk).first()
    if row is None or row.attempt != source.attempt or row.state not in READ_STATES:
        return
    state = Source.State.DISCONNECTED if disconnect else Source.State.TROUBLE
    if row.state != state:
        journal.record(row.workspace_id, "source.trouble", row, sentence=sentence[:300])
    rows.filter(pk=row.pk).update(
        state=state, last_error=sentence[:500], failures=row.failures + 1, due_at=due_at, lease_until=None
    )


def note_problems(kept: Sequence[Sequence[Any]], problems: Sequence[str], now: datetime) -> list[list[Any]]:
    """The problems of a source with these new ones: each sentence once, with how often and when last. Pure."""
    rows = {sentence: [sentence, count, last] for sentence, count, last in kept}
    for problem in problems:
        sentence = clean(problem)[:300]
        count = rows.pop(sentence, [sentence, 0, ""])[1]
        rows[sentence] = [sentence, count + 1, now.isoformat()]
    return list(rows.values())[-MOST_PROBLEMS:]


@dataclass(frozen=True)
class SourceHealth:
    """How a source is, in a word (as a channel's) and a sentence."""

    source: Source
    mood: str
    sentence: str


def health_of_source(source: Source, now: datetime | None = None) -> SourceHealth:
    """Whether a source is read as it should be, now. Silence is never taken for peace."""
    now = now or clock.now()
    if source.state == Source.State.PAUSED:
        return SourceHealth(source, "paused", _("Paused. Nothing is read here until you resume it."))
    if source.state == Source.State.DISCONNECTED:
        said = source.last_error or _("Disconnected. Connect it again.")
        return SourceHealth(source, "disconnected", said)
    if source.state == Source.State.TROUBLE:
        return SourceHealth(source, "trouble", source.last_error or _("In trouble. We keep trying."))
    if source.kind == FILE and source.facts.get("reading"):
        return SourceHealth(source, "working", _("Being read: %(name)s.") % {"name": source.facts["reading"]["name"]})
    if source.kind == FILE and source.facts.get("draft"):
        return SourceHealth(source, "quiet", _("Waiting for you to say which column is which."))
    waits_since = source.due_at or source.last_good_at or source.connected_at
    if source.due_at is not None and now - waits_since > LATE:
        said = _("Not read for a while. Is the worker running? “makegood status” tells.")
        return SourceHealth(source, "trouble", said)
    if source.caught_up_at is None and source.due_at is not None:
        return SourceHealth(source, "working", _("Being read for the first time."))
    if source.due_at is None:
        return SourceHealth(source, "working", _("Here in full; nothing new comes from it."))
    return SourceHealth(source, "working", _("Working."))


def kept_sources(workspace: Any) -> Any:
    """The sources of a workspace that were not removed, by side and name."""
    return Source.objects.within(workspace).filter(removed_at__isnull=True).order_by("-side", "name", "id")


def source_health(workspace: Any | None) -> list[SourceHealth]:
    """The health of a workspace's sources, or of all (for the operator). 1 query."""
    if workspace is None:
        rows = Source.objects.across("the operator sees every source").filter(removed_at__isnull=True)
        rows = rows.select_related("workspace").order_by("workspace", "-side", "name", "id")
    else:
        rows = kept_sources(workspace)
    now = clock.now()
    return [health_of_source(row, now) for row in rows.defer("secret", "cursor")]


@dataclass(frozen=True)
class Brought:
    """What a source has brought so far, each counted up to `COUNTED`."""

    customers: int
    orders: int
    charges: int
    waiting: int
    """Webhooks that are stored and not worked yet."""
    most: int = COUNTED


def brought_by(source: Source) -> Brought:
    """What a source has brought. 4 queries, none of which counts beyond `COUNTED`."""
    inside = source.workspace_id

    def count(rows: Any) -> int:
        found: int = rows.filter(source=source).order_by()[:COUNTED].count()
        return found

    return Brought(
        count(Customer.objects.within(inside)),
        count(Order.objects.within(inside)),
        count(Charge.objects.within(inside)),
        count(HookEvent.objects.within(inside).filter(done_at__isnull=True)),
    )


def last_event(source: Source) -> datetime | None:
    """When a webhook of the source was last taken in; None when none ever was. 1 query."""
    rows = HookEvent.objects.within(source.workspace_id).filter(source=source).exclude(kind="again")
    return rows.order_by("-received_at").values_list("received_at", flat=True).first()


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest due source and the oldest due webhook have waited; None where nothing waits."""
    now = clock.now()
    sources = Source.objects.across("the operator sees every queue").filter(state__in=READ_STATES, due_at__lte=now)
    events = HookEvent.objects.across("the operator sees every queue").filter(
        done_at__isnull=True, due_at__lte=now, source__state__in=READ_STATES
    )
    oldest = sources.order_by("due_at").values_list("due_at", flat=True).first()
    first = events.order_by("due_at").values_list("due_at", flat=True).first()
    return {
        "shops to read": (now - oldest).total_seconds() if oldest else None,
        "webhooks to work": (now - first).total_seconds() if first else None,
    }
