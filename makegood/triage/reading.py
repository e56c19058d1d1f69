"""From mentions to assessments that are not stored yet: a whole batch goes through the model at once, then each through
the reader. Nothing is locked meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from makegood.accounts.api import Workspace
from makegood.activity import Activity
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.triage import embedded
from makegood.triage.embedded.manifest import ModelError
from makegood.triage.evaluating import own_scorer
from makegood.triage.models import Assessment
from makegood.triage.reader import Context, Intent, Judgement, Response, Topic, Urgency
from makegood.triage.remote import scorer_for
from makegood.triage.rules import default_reader
from makegood.triage.scoring import Scorer, Scores
from makegood.triage.thresholds import thresholds_of
from makegood.triage.topics import own_topics
from makegood.triage.weighing import text_of

__all__ = ["READ_FIELDS", "Shop", "read", "scorer_of", "shop_of"]

log = logging.getLogger(__name__)
READ_FIELDS = (
    *("language", "intent", "intents", "severity", "sentiment", "flags", "scores", "urgency", "urgency_reason"),
    *("topics", "reasons", "doubts", "version"),
)
"""What an assessment owes to the text, and not to a member."""
VERSION_LENGTH = 40


@dataclass(frozen=True)
class Shop:
    """What reading needs to know of a workspace. `scorer` is None where only the rules read."""

    brands: tuple[str, ...]
    own_ids: frozenset[str]
    scorer: Scorer | None
    thresholds: Mapping[str, float]


def read(mentions: Sequence[listen.Mention]) -> list[Assessment]:
    """An assessment of each, unsaved, in their order. Their hearings and channels are read too: fetch them before."""
    found: dict[int, Assessment] = {}
    for workspace_id in {mention.workspace_id for mention in mentions}:
        ours = [mention for mention in mentions if mention.workspace_id == workspace_id]
        names = {name for each in ours for name in (each.author_name, f"@{each.author_handle.lstrip('@')}")}
        shop = shop_of(workspace_id, names)
        rows = [_blank(mention) for mention in ours]
        _read_all([row for row in rows if row.mention.activity], shop)
        found.update({row.mention_id: row for row in rows})
    return [found[mention.pk] for mention in mentions]


def shop_of(workspace_id: int, names: Collection[str] = ()) -> Shop:
    """What reading needs to know of a workspace. `names` are of people, for what must not leave. Some 5 queries."""
    workspace = Workspace.objects.get(pk=workspace_id)
    brands = tuple(dict.fromkeys(name for name in (workspace.brand, workspace.name) if name))
    scorer = scorer_of()
    scorer = own_scorer(workspace_id, scorer) if scorer else None
    scorer = (scorer_for(workspace_id, names=names, base=scorer) or scorer) if scorer else None
    thresholds = thresholds_of(workspace_id) if scorer else {}
    return Shop(brands, listen.own_ids(workspace_id), scorer, thresholds)


def scorer_of() -> Scorer | None:
    """The model that comes along; None where it cannot read. What a workspace adds to it is laid over it afterwards."""
    try:
        return embedded.scorer()
    except ModelError:
        return None


def _blank(mention: listen.Mention) -> Assessment:
    """What is said of a mention that was deleted before anyone read it."""
    return Assessment(
        workspace_id=mention.workspace_id,
        mention=mention,
        version=default_reader().version,
        decided_at=clock.now(),
        language="und",
        intent=Intent.OTHER,
        urgency=Urgency.NEVER,
        response=Response.LET_STAND,
        response_reason="It was deleted before anyone read it.",
    )


def _read_all(rows: Sequence[Assessment], shop: Shop) -> None:
    told: list[tuple[Assessment, Activity]] = []
    for row in rows:
        try:
            told.append((row, msgspec.convert(row.mention.activity, Activity)))
        except msgspec.ValidationError:
            log.exception("mention %s could not be read", row.mention_id)
            _unread(row)
    texts = [text_of(activity) for _, activity in told]
    scores = _scores(texts, shop)
    for (row, activity), own in zip(told, scores, strict=True):
        try:
            _fill(row, default_reader().read(activity, _context(row.mention, shop), own, shop.thresholds))
        except Exception:
            # One post that trips the reader must not keep the others waiting, nor be missed itself.
            log.exception("mention %s could not be read", row.mention_id)
            _unread(row)
    _add_own_topics(rows, told, texts)


def _add_own_topics(
    rows: Sequence[Assessment], told: Sequence[tuple[Assessment, Activity]], texts: Sequence[str]
) -> None:
    """The workspace's own topics go before ours: they say more."""
    if not told:
        return
    for (row, _), own in zip(told, own_topics(rows[0].workspace_id, texts), strict=True):
        if own:
            row.topics = [*own, *(topic for topic in row.topics if topic != Topic.OTHER)]


def _scores(texts: Sequence[str], shop: Shop) -> list[Scores | None]:
    """What the model says of each text; None for all where it fails, so that the rules read on."""
    if shop.scorer is None or not texts:
        return [None] * len(texts)
    # The same words come again and again, where one post is shared by many.
    once = list(dict.fromkeys(texts))
    try:
        found = dict(zip(once, shop.scorer.score(once), strict=True))
    except Exception:
        log.exception("the model %s could not read; the rules read alone", shop.scorer.version)
        return [None] * len(texts)
    return [found[text] for text in texts]


def _context(mention: listen.Mention, shop: Shop) -> Context:
    # What the shop listens for is the shop, whatever its name: a product, a nickname, a hashtag.
    heard_by = {term[0] for hearing in mention.hearings.all() for term in hearing.terms}
    return Context(
        brand_names=(*shop.brands, *sorted(heard_by)),
        own_ids=shop.own_ids,
        is_direct=mention.addressed or mention.channel.take_all,
    )


def _fill(row: Assessment, found: Judgement) -> None:
    row.version = found.version[:VERSION_LENGTH]
    row.language = found.language
    row.intent = found.intent
    row.intents = {str(intent): round(score, 4) for intent, score in found.intents.items()}
    row.severity = found.severity
    row.sentiment = found.sentiment
    row.flags = list(found.flags)
    row.scores = found.scores
    row.urgency = found.urgency
    row.urgency_reason = found.urgency_reason.text[:300]
    row.topics = [str(topic) for topic in found.topics]
    row.reasons = [{"text": reason.text, "quote": reason.quote} for reason in found.reasons]
    row.doubts = [str(doubt) for doubt in found.doubts]
    row.response = found.response
    row.response_reason = found.response_reason[:300]


def _unread(row: Assessment) -> None:
    row.language, row.intent, row.urgency = "und", Intent.OTHER, Urgency.TODAY
    row.response = Response.FIX_FACTS
    row.response_reason = "Makegood could not read this one. Please look yourself."
