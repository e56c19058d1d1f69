"""The scorer that asks an outside model, and falls back to the embedded one for whatever that does not say in time."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, transaction

from makegood.accounts.api import Membership, Workspace
from makegood.journal import api as journal
from makegood.kit import clock, crypto
from makegood.kit.pauses import back_off
from makegood.listen.api import Mention
from makegood.triage import embedded
from makegood.triage.embedded.manifest import ModelError
from makegood.triage.remote import budget, cache
from makegood.triage.remote.asking import Outcome, ask, most_of, requests_for
from makegood.triage.remote.chatting import body_for as chat_body
from makegood.triage.remote.classifying import body_for as classifier_body
from makegood.triage.remote.merging import LONGEST_NAME, merge
from makegood.triage.remote.models import OutsideModel, OutsideTrouble
from makegood.triage.remote.names import Known, known
from makegood.triage.remote.redacting import redact
from makegood.triage.remote.settings import CHAT, Config
from makegood.triage.remote.troubles import AskError
from makegood.triage.scoring import Scorer, Scores

__all__ = ["OutsideScorer", "config_of", "make", "note_troubles", "people_of"]

log = logging.getLogger(__name__)
FAILURES_TO_SLEEP: Final = 3
FIRST_SLEEP, LONGEST_SLEEP = 30.0, 900.0
NEWEST = 500
"""Mentions whose authors are known by name."""
TROUBLES_KEPT = 50
EVALUATING_SECONDS = 600.0
UNSURE: Final = (0.15, 0.85)
"""Between these the embedded model is in doubt about an intent."""
_INTENTS: Final = ("intent.complaint", "intent.question", "intent.praise", "intent.suggestion")
TRIES = 2
"""Requests set aside for each that is needed: a second try may have to be made."""


def make(
    workspace: Any, *, names: Iterable[str] = (), base: Scorer | None = None, evaluating: bool = False
) -> Scorer | None:
    """See `remote.scorer_for`."""
    key = workspace if isinstance(workspace, int) else workspace.pk
    row = OutsideModel.objects.within(key).select_related("workspace").first()
    if row is None or not (row.active or evaluating):
        return None
    try:
        config = config_of(row)
        base = base or embedded.scorer()
    except (crypto.DecryptError, ModelError) as error:
        log.warning("the outside model of workspace %s is not asked: %s", key, error)
        return None
    if not config.ready():
        return None
    return OutsideScorer(row, config, base, people_of(row.workspace, names), evaluating=evaluating)


def config_of(row: OutsideModel) -> Config:
    """How the row's model is asked. Raises `crypto.DecryptError` where its key cannot be opened."""
    secret = crypto.decrypt(row.secret, settings.MASTER_KEY).decode() if row.secret else ""
    return Config(
        kind=row.kind,
        url=row.url,
        model=row.model,
        key=secret,
        labels={str(theirs): str(ours) for theirs, ours in row.labels.items()},
        heads=tuple(row.heads),
        leave_out=tuple(row.leave_out),
        seconds=float(row.seconds),
        price_in=row.price_in,
        price_out=row.price_out,
        price_request=row.price_request,
    )


def people_of(workspace: Workspace, names: Iterable[str] = ()) -> Known:
    """The names a workspace knows: members, and who wrote the newest mentions. 2 queries."""
    members = Membership.objects.within(workspace).values_list("user__name", flat=True)
    newest = Mention.objects.within(workspace).order_by("-heard_at").values_list("author_name", "author_handle")
    authors = {said for name, handle in newest[:NEWEST] for said in (name, f"@{handle.lstrip('@')}") if len(said) > 1}
    return known([*members, *authors, *names], keep=(workspace.name, workspace.brand))


class OutsideScorer:
    """Asks an outside model about texts. One call takes no longer than the row's seconds, whatever the model does."""

    def __init__(self, row: OutsideModel, config: Config, base: Scorer, people: Known, *, evaluating: bool) -> None:
        self._row, self._base, self._people, self._evaluating = row, base, people, evaluating
        self._config = replace(config, seconds=EVALUATING_SECONDS) if evaluating else config

    @property
    def version(self) -> str:
        """The embedded model's name and the outside model's."""
        by = self._config.name()
        return f"{self._base.version[: LONGEST_NAME - 1 - len(by)]}+{by}"

    def score(self, texts: Sequence[str]) -> list[Scores]:
        """Reads texts, one answer each, in their order. Never raises for any text, nor for anything the model does."""
        base = self._base.score(texts)
        try:
            said = self._said([at for at, each in enumerate(base) if self._is_asked(each)], texts)
        except Exception as error:
            if isinstance(error, DatabaseError) and transaction.get_connection().in_atomic_block:
                raise
            log.exception("the outside model of workspace %s could not be asked", self._row.workspace_id)
            said = {}
        by, floor = self._config.name(), self._config.kind == CHAT and not self._evaluating
        return [merge(each, said[at], by, floor=floor) if at in said else each for at, each in enumerate(base)]

    def _is_asked(self, scores: Scores) -> bool:
        if self._evaluating or self._row.ask == OutsideModel.Ask.ALWAYS:
            return True
        chances = [scores.of(name) for name in _INTENTS]
        return any(UNSURE[0] < chance < UNSURE[1] for chance in chances)

    def _said(self, places: Sequence[int], texts: Sequence[str]) -> dict[int, dict[str, float]]:
        """What it says of the texts at `places`, where it says anything."""
        redacted = {at: redact(texts[at], self._people).text for at in places}
        keys = {at: cache.key_of(self._config, text) for at, text in redacted.items() if _says_something(text)}
        if not keys:
            return {}
        said = cache.known(self._row.workspace_id, keys.values())
        remembered = sum(key in said for key in keys.values())
        fresh = {key: redacted[at] for at, key in keys.items() if key not in said}
        if fresh:
            answers = self._asked(fresh, remembered, Counter(keys.values()))
            said |= answers
        elif remembered:
            budget.book(self._row, remembered=remembered)
        return {at: said[key] for at, key in keys.items() if key in said}

    def _asked(self, fresh: Mapping[str, str], remembered: int, times: Counter[str]) -> dict[str, dict[str, float]]:
        row = OutsideModel.objects.within(self._row.workspace_id).select_related("workspace").get(pk=self._row.pk)
        count = sum(times[key] for key in fresh)
        if row.asleep_until is not None and row.asleep_until > clock.now() and not self._evaluating:
            budget.book(row, remembered=remembered, fell_back=count)
            return {}
        texts = list(fresh.values())
        most = [most_of(self._config, _body(self._config, text)) for text in texts]
        requests = TRIES * requests_for(self._config, len(texts))
        purse, day = budget.reserve(
            row, self._config, requests, TRIES * sum(one for one, _ in most), TRIES * sum(two for _, two in most)
        )
        given = (purse.requests, purse.tokens, purse.spend)
        outcome = Outcome()
        try:
            outcome = asyncio.run(ask(self._config, texts, purse, wary=row.failures > 0))
        finally:
            keys = list(fresh)
            answers = {keys[at]: said for at, said in outcome.said.items()}
            answered = sum(times[key] for key in answers)
            counts = {"answered": answered, "remembered": remembered, "fell_back": count - answered}
            budget.settle(row, day, given, purse, counts)
        if answers:
            cache.keep(row.workspace_id, answers)
        if outcome.stop is not None and outcome.stop.kind == "limit":
            budget.note_limit(row, day, budget.reached(row, day) or outcome.stop.sentence)
        _after(row, outcome)
        return answers


def _says_something(text: str) -> bool:
    return any(sign.isalpha() for sign in text)


def _body(config: Config, text: str) -> dict[str, Any]:
    return chat_body(config, text) if config.kind == CHAT else classifier_body(config, [text])


@transaction.atomic
def _after(row: OutsideModel, outcome: Outcome) -> None:
    """Keeps what was learned: whether it works, what it does not take, for how long to leave it alone."""
    fresh = OutsideModel.objects.within(row.workspace_id).select_for_update().get(pk=row.pk)
    now = clock.now()
    if outcome.said and not outcome.failures:
        fresh.failures, fresh.asleep_until, fresh.asleep_because = 0, None, ""
    if outcome.said:
        fresh.last_good_at = now
    fresh.failures += outcome.failures
    fresh.leave_out = list(outcome.leave_out)
    seconds, because = _sleep(fresh, outcome)
    if seconds > 0:
        fresh.asleep_until, fresh.asleep_because = now + timedelta(seconds=seconds), because[:500]
        journal.record(fresh.workspace_id, "outside_model.slept", fresh, sentence=because[:300], seconds=round(seconds))
    fresh.save(update_fields=["failures", "asleep_until", "asleep_because", "last_good_at", "leave_out"])
    note_troubles(fresh, outcome.troubles.values())


def _sleep(row: OutsideModel, outcome: Outcome) -> tuple[float, str]:
    """For how many seconds nobody is asked, and why."""
    if outcome.stop is not None and outcome.stop.pause:
        return outcome.stop.pause, outcome.stop.sentence
    if outcome.failures and row.failures >= FAILURES_TO_SLEEP:
        last = next((each for each in outcome.troubles.values() if not each.meaning.ours), AskError("unwell"))
        return back_off(row.failures - FAILURES_TO_SLEEP, FIRST_SLEEP, LONGEST_SLEEP), last.sentence
    return 0.0, ""


def note_troubles(row: OutsideModel, troubles: Iterable[AskError]) -> None:
    """Keeps what went wrong, one line a kind, for the page; in the caller's transaction."""
    told: dict[str, list[AskError]] = {}
    for each in troubles:
        told.setdefault(each.kind, []).append(each)
    ours = OutsideTrouble.objects.within(row.workspace_id)
    OutsideTrouble.objects.bulk_create(
        [
            OutsideTrouble(workspace_id=row.workspace_id, kind=kind, sentence=same[0].sentence[:500], count=len(same))
            for kind, same in told.items()
            if kind != "turn"
        ]
    )
    old = list(ours.order_by("-at", "-id").values_list("pk", flat=True)[TROUBLES_KEPT : TROUBLES_KEPT + 50])
    ours.filter(pk__in=old).delete()
