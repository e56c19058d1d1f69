"""Setting an outside model up, trying it out, and how it is: what the page needs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from makegood.journal import api as journal
from makegood.kit import clock, crypto
from makegood.triage import embedded
from makegood.triage.embedded.manifest import ModelError
from makegood.triage.heads import HEADS, LABELS
from makegood.triage.remote import budget, cache
from makegood.triage.remote.asking import Outcome, ask, most_of
from makegood.triage.remote.chatting import body_for as chat_body
from makegood.triage.remote.classifying import body_for as classifier_body
from makegood.triage.remote.merging import merge
from makegood.triage.remote.models import OutsideModel, OutsideTrouble, OutsideUse
from makegood.triage.remote.redacting import Redacted, redact
from makegood.triage.remote.scorer import config_of, note_troubles, people_of
from makegood.triage.remote.settings import CHAT, ZERO_SHOT, ZERO_SHOT_LABELS, Config, suggest
from makegood.triage.remote.troubles import AskError
from makegood.triage.scoring import Scores

__all__ = [
    "Day",
    "OutsideError",
    "OutsideModel",
    "Overview",
    "Shown",
    "Trial",
    "Wish",
    "explain_labels",
    "outside_model",
    "overview",
    "remove",
    "save",
    "shown",
    "switch",
    "try_out",
]

MOST_LABELS = 200
LONGEST_LABEL = 100
TROUBLES_SHOWN = 10
_SECONDS: Final = (1, 60)


class OutsideError(ValueError):
    """What cannot be done: a sentence that says what to do."""


@dataclass(frozen=True)
class Wish:
    """How an outside model shall be asked. `key` is None to keep the one that is known. Prices and limits as in
    `models.OutsideModel`.
    """

    kind: str
    url: str
    model: str = ""
    key: str | None = None
    heads: tuple[str, ...] = tuple(head.name for head in HEADS)
    ask: str = "doubt"
    seconds: int = 10
    currency: str = "USD"
    price_in: int = 0
    price_out: int = 0
    price_request: int = 0
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """What would be sent for a text: the address, and the whole of what is sent there but the key."""

    address: str
    redacted: Redacted
    body: str
    with_key: bool


@dataclass(frozen=True)
class Trial:
    """What came of asking about one text. `said` are our labels with what it says and what the embedded model says
    (None where that is missing); `trouble` is "" when it answered. `cost` is in billionths of the smallest unit.
    """

    shown: Shown
    raw: str
    seconds: float
    requests: int
    tokens_in: int
    tokens_out: int
    cost: int
    said: tuple[tuple[str, float, float | None], ...]
    merged: Scores | None
    trouble: str


@dataclass(frozen=True)
class Day:
    """What it did on one day; `cost` as in `Trial`."""

    day: date
    requests: int
    cost: int


@dataclass(frozen=True)
class Overview:
    """How it is. `state` is off, working, asleep, limited or unexplained; `sentence` says why and until when."""

    row: OutsideModel
    state: str
    sentence: str
    days: tuple[Day, ...]
    requests: int
    tokens: int
    cost: int
    answered: int
    remembered: int
    fell_back: int
    troubles: tuple[OutsideTrouble, ...]


def outside_model(workspace: Any) -> OutsideModel | None:
    """The workspace's outside model, or None. 1 query."""
    found: OutsideModel | None = OutsideModel.objects.within(workspace).select_related("workspace").first()
    return found


@transaction.atomic
def save(workspace: Any, by: Any, wish: Wish) -> OutsideModel:
    """Sets an outside model up, or changes it. It stays on or off as it was, but is off once another one was chosen.

    Raises OutsideError where something is missing or cannot be.
    """
    row = OutsideModel.objects.within(workspace).select_for_update().first()
    _check(wish, row)
    other = row is None or (row.kind, row.url, row.model) != (wish.kind, wish.url, wish.model)
    row = row or OutsideModel(workspace=workspace)
    if wish.key is not None:
        row.secret = crypto.encrypt(wish.key.encode(), settings.MASTER_KEY) if wish.key else ""
    for name in ("url", "model", "ask", "seconds", "currency", "price_in", "price_out", "price_request"):
        setattr(row, name, getattr(wish, name))
    if row.kind != wish.kind or not row.pk:
        row.labels = dict(ZERO_SHOT_LABELS) if wish.kind == ZERO_SHOT else {}
    row.kind, row.heads, row.limits = wish.kind, list(wish.heads), dict(wish.limits)
    if other:
        row.active, row.leave_out, row.last_good_at = False, [], None
    _wake(row)
    row.changed_by, row.changed_at = by, clock.now()
    row.save()
    journal.record(row.workspace_id, "outside_model.saved", row, actor=by, kind=row.kind, host=_host(row.url))
    return row


def _wake(row: OutsideModel) -> None:
    row.failures, row.asleep_until, row.asleep_because = 0, None, ""


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2][:200]


def _check(wish: Wish, row: OutsideModel | None) -> None:
    problem = _problem(wish)
    if problem:
        raise OutsideError(problem)
    if row is not None and row.secret and wish.key is None and _place(row.url) != _place(wish.url):
        # Else whoever may change the address could have the key sent to a place of their own.
        raise OutsideError(_("The address leads to another place: please enter the key again."))


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _problem(wish: Wish) -> str:
    parts = urlsplit(wish.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return _("Please give a full web address that starts with https:// or http://.")
    if parts.username or parts.password:
        return _("Please enter the key in its own field, not in the address.")
    if wish.kind == CHAT and not wish.model.strip():
        return _("A chat model needs its name, as its server knows it.")
    if wish.kind == CHAT and not wish.heads:
        return _("Choose at least one thing to ask about.")
    if not _SECONDS[0] <= wish.seconds <= _SECONDS[1]:
        return _("Sorting may wait between 1 and 60 seconds.")
    if any(limit < 0 for limit in wish.limits.values()) or set(wish.limits) - set(budget.LIMITS):
        return _("A limit is a number from 0.")
    return ""


@transaction.atomic
def explain_labels(workspace: Any, by: Any, meanings: Mapping[str, str]) -> None:
    """Says what its labels mean: theirs to ours, "" for one that means nothing to us. Raises OutsideError."""
    row = _mine(workspace)
    kept = {theirs.strip(): ours for theirs, ours in meanings.items() if theirs.strip()}
    if len(kept) > MOST_LABELS or any(len(theirs) > LONGEST_LABEL for theirs in kept):
        raise OutsideError(_("At most 200 labels, of at most 100 letters each."))
    if any(ours and ours not in LABELS for ours in kept.values()):
        raise OutsideError(_("Choose one of the meanings in the list."))
    row.labels, row.changed_by, row.changed_at = kept, by, clock.now()
    _wake(row)
    row.active = row.active and config_of(row).ready()
    row.save()
    journal.record(row.workspace_id, "outside_model.explained", row, actor=by, labels=len(kept))


@transaction.atomic
def switch(workspace: Any, by: Any, *, on: bool) -> None:
    """Switches it on or off. Raises OutsideError where it cannot be of use yet."""
    row = _mine(workspace)
    if on and not config_of(row).ready():
        raise OutsideError(_("Try it out first, and say what its labels mean."))
    if on and row.last_good_at is None:
        raise OutsideError(_("Try it out first: it has not answered yet."))
    if row.active == on:
        return
    row.active = on
    _wake(row)
    row.save()
    if on:
        journal.record(row.workspace_id, "outside_model.switched_on", row, actor=by, host=_host(row.url))
    else:
        journal.record(row.workspace_id, "outside_model.switched_off", row, actor=by, host=_host(row.url))


@transaction.atomic
def remove(workspace: Any, by: Any) -> None:
    """Forgets it, its key and what it said. What it cost stays."""
    row = _mine(workspace)
    journal.record(row.workspace_id, "outside_model.removed", row, actor=by, host=_host(row.url))
    cache.forget(workspace)
    OutsideTrouble.objects.within(workspace).delete()
    row.delete()


def _mine(workspace: Any) -> OutsideModel:
    row = OutsideModel.objects.within(workspace).select_for_update(of=("self",)).select_related("workspace").first()
    if row is None:
        raise OutsideError(_("There is no outside model yet."))
    return row


def _config(row: OutsideModel) -> Config:
    try:
        return config_of(row)
    except crypto.DecryptError as error:
        raise OutsideError(_("Its key cannot be opened any more. Please enter it again.")) from error


def _body(config: Config, text: str) -> dict[str, Any]:
    return chat_body(config, text) if config.kind == CHAT else classifier_body(config, [text])


def shown(row: OutsideModel, text: str) -> Shown:
    """What exactly would be sent for a text. Raises OutsideError where its key cannot be opened."""
    config = _config(row)
    redacted = redact(text, people_of(row.workspace))
    address = f"{config.url.rstrip('/')}/chat/completions" if config.kind == CHAT else config.url
    body = json.dumps(_body(config, redacted.text), ensure_ascii=False, indent=2)
    return Shown(address, redacted, body, bool(config.key))


def try_out(row: OutsideModel, text: str) -> Trial:
    """Asks about one text, whether it is on or off, asleep or not, but within the limits. What goes wrong is in the
    trial. Labels that are new get a meaning that a person can change. Raises OutsideError as `shown` does.
    """
    config, seen = _config(row), shown(row, text)
    if not any(sign.isalpha() for sign in seen.redacted.text):
        raise OutsideError(_("Please give a text with words in it."))
    if config.kind == ZERO_SHOT and not config.ready():
        raise OutsideError(_("Say below which labels it shall choose from, and what they mean."))
    outcome, purse, seconds = _ask_once(row, config, seen.redacted.text)
    labels = dict(row.labels)
    if outcome.theirs and config.kind != ZERO_SHOT:
        labels |= {name: suggest(name) for name in sorted(outcome.theirs)[:MOST_LABELS] if name not in labels}
    said = outcome.said.get(0, {})
    trouble = outcome.troubles.get(0)
    if trouble is not None and trouble.kind == "labels" and labels != row.labels:
        told = replace(config, labels=labels)
        said, trouble = _understood(told, outcome, trouble)
    _learn(row, outcome, labels, trouble, good=bool(said))
    base = _embedded(text)
    merged = merge(base, said, config.name(), floor=config.kind == CHAT) if base and said else None
    return Trial(
        shown=seen,
        raw=outcome.raw,
        seconds=seconds,
        requests=purse.used_requests,
        tokens_in=purse.used_in,
        tokens_out=purse.used_out,
        cost=config.cost(purse.used_in, purse.used_out, purse.used_requests),
        said=tuple((label, said[label], base.of(label) if base else None) for label in LABELS if label in said),
        merged=merged,
        trouble=trouble.sentence if trouble else "",
    )


def _understood(config: Config, outcome: Outcome, trouble: AskError) -> tuple[dict[str, float], AskError | None]:
    from makegood.triage.remote.classifying import in_ours

    try:
        return in_ours(config, outcome.theirs), None
    except AskError:
        return {}, trouble


def _ask_once(row: OutsideModel, config: Config, text: str) -> tuple[Outcome, Any, float]:
    most = most_of(config, _body(config, text))
    purse, day = budget.reserve(row, config, 3, 3 * most[0], 3 * most[1])
    given = (purse.requests, purse.tokens, purse.spend)
    begun = time.monotonic()
    outcome = Outcome()
    try:
        outcome = asyncio.run(ask(config, [text], purse))
    finally:
        budget.settle(row, day, given, purse, {"answered": len(outcome.said)})
    return outcome, purse, time.monotonic() - begun


@transaction.atomic
def _learn(
    row: OutsideModel, outcome: Outcome, labels: dict[str, str], trouble: AskError | None, *, good: bool
) -> None:
    fresh = OutsideModel.objects.within(row.workspace_id).select_for_update().get(pk=row.pk)
    fresh.labels, fresh.leave_out = labels, list(outcome.leave_out)
    if good:
        fresh.last_good_at = clock.now()
        _wake(fresh)
    fresh.save(update_fields=["labels", "leave_out", "last_good_at", "failures", "asleep_until", "asleep_because"])
    if trouble is not None:
        note_troubles(fresh, [trouble])


def _embedded(text: str) -> Scores | None:
    try:
        return embedded.scorer().score([text])[0]
    except ModelError:
        return None


def overview(row: OutsideModel) -> Overview:
    """How it is, and what it did this month. 3 queries."""
    today = budget.day_of(row)
    uses = {
        use.day: use
        for use in OutsideUse.objects.within(row.workspace_id).filter(day__gte=today.replace(day=1), day__lte=today)
    }
    limit = budget.reached(row, today)
    state, sentence = _state(row, limit)
    span = [today.replace(day=1) + timedelta(days=at) for at in range(today.day)]
    days = tuple(Day(day, uses[day].requests, uses[day].cost) if day in uses else Day(day, 0, 0) for day in span)
    found = OutsideTrouble.objects.within(row.workspace_id).order_by("-at", "-id")
    return Overview(
        row=row,
        state=state,
        sentence=sentence,
        days=days,
        requests=sum(use.requests for use in uses.values()),
        tokens=sum(use.tokens_in + use.tokens_out for use in uses.values()),
        cost=sum(use.cost for use in uses.values()),
        answered=sum(use.answered for use in uses.values()),
        remembered=sum(use.remembered for use in uses.values()),
        fell_back=sum(use.fell_back for use in uses.values()),
        troubles=tuple(found[:TROUBLES_SHOWN]),
    )


def _state(row: OutsideModel, limit: str) -> tuple[str, str]:
    if row.kind != CHAT and not any(ours in LABELS for ours in row.labels.values()):
        return "unexplained", _("Try it out, then say what its labels mean.")
    if not row.active:
        return "off", _("It is switched off: nothing is sent anywhere.")
    if row.asleep_until is not None and row.asleep_until > clock.now():
        return "asleep", row.asleep_because
    if limit:
        return "limited", limit
    return "working", _("It is asked. What it does not answer in time, Makegood’s own model reads.")
