"""How good the reading is, on what a workspace's members have corrected and confirmed, or on anybody's labelled file;
and the small head that is learnt from the former.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.triage import embedded
from makegood.triage.embedded.manifest import ModelError
from makegood.triage.heads import HEADS, LABELS, Head
from makegood.triage.models import Assessment, Correction, SmallHead
from makegood.triage.remote import scorer_for
from makegood.triage.scoring import Scorer
from makegood.triage.thresholds import TOPIC, thresholds_of

if TYPE_CHECKING:
    from makegood.triage.measuring import HeadReport

__all__ = [
    "EvaluationError",
    "Item",
    "Report",
    "ask_to_retrain",
    "back",
    "embedded_model",
    "evaluate",
    "head_in_use",
    "model_named",
    "own_items",
    "own_report",
    "own_scorer",
    "read_labelled",
    "retrain",
    "retrain_asked",
    "small_heads",
]

MOST_ITEMS = 2_000
"""The newest mentions with a correction that are looked at."""
MOST_ROWS = 100_000
REMOTE = "remote"
KEPT_SHOWN = 10
YES, NO = frozenset({"1", "yes", "y", "true"}), frozenset({"0", "no", "n", "false"})
_loaded: dict[int, bytes] = {}


class EvaluationError(ValueError):
    """Why nothing can be evaluated or learnt: a sentence that says what to do."""


@dataclass(frozen=True)
class Item:
    """A labelled text: what is known of it by label ("intent.complaint": True), what the model said when it was read
    (by label, empty where that is not known), and whether a member corrected it.
    """

    text: str
    truth: Mapping[str, bool]
    scores: Mapping[str, float]
    corrected: bool = False


@dataclass(frozen=True)
class Report:
    """How good `by` is on `n` texts; so many of them were corrected, the others confirmed, or labelled in a file."""

    by: str
    n: int
    corrected: int
    heads: tuple[HeadReport, ...]


def own_items(workspace: Any) -> list[Item]:
    """What members corrected or confirmed, newest first, while its text is there and says what it said. 1 query."""
    rows = Correction.objects.within(workspace).filter(undone_at__isnull=True, mention__deleted_at__isnull=True)
    newest = rows.select_related("mention", "mention__assessment").order_by("-id")
    items: dict[int, tuple[Any, dict[str, Correction]]] = {}
    for row in newest[: MOST_ITEMS * 5]:
        if row.mention.edited_at is not None and row.mention.edited_at > row.at:
            continue
        if row.mention_id in items or len(items) < MOST_ITEMS:
            items.setdefault(row.mention_id, (row.mention, {}))[1].setdefault(row.head, row)
    return [_item(mention, heads) for mention, heads in items.values()]


def _item(mention: Any, made: Mapping[str, Correction]) -> Item:
    truth: dict[str, bool] = {}
    for head in HEADS:
        if head.name in made:
            truth |= _truth(head, made[head.name].after)
    row: Assessment | None = getattr(mention, "assessment", None)
    title = str(mention.activity.get("title") or "") if mention.activity else ""
    text = f"{title}\n{mention.text}" if title else mention.text
    corrected = any(each.before != each.after for each in made.values())
    return Item(text, truth, row.scores if row else {}, corrected)


def _truth(head: Head, labels: Iterable[str]) -> dict[str, bool]:
    said = set(labels)
    return {f"{head.name}.{label}": label in said for label in head.labels}


def own_report(workspace: Any) -> Report:
    """How good the reading was, by the scores that were kept with it. No model is loaded. 2 queries."""
    items = [item for item in own_items(workspace) if item.scores]
    return _report(items, [item.scores for item in items], thresholds_of(workspace), "")


def evaluate(items: Sequence[Item], scorer: Scorer, thresholds: Mapping[str, float]) -> Report:
    """How good a model is on labelled texts, which it reads now."""
    read = scorer.score([each.text for each in items])
    scores = [dict(zip(LABELS, each.probabilities, strict=True)) for each in read]
    return _report(items, scores, thresholds, scorer.version)


def _report(
    items: Sequence[Item], scores: Sequence[Mapping[str, float]], thresholds: Mapping[str, float], by: str
) -> Report:
    from makegood.triage.measuring import measure

    heads = tuple(measure(_table(each.truth for each in items), _table(scores, 0.0), thresholds))
    return Report(by, len(items), sum(item.corrected for item in items), heads)


def _table(rows: Iterable[Mapping[str, Any]], missing: float = float("nan")) -> Any:
    import numpy as np

    found = [[float(row.get(label, missing)) for label in LABELS] for row in rows]
    return np.array(found, float).reshape(len(found), len(LABELS))


def embedded_model() -> Scorer:
    """The model that came with Makegood. ModelError where it cannot be used."""
    return embedded.scorer()


def model_named(name: str, workspace: Any) -> Scorer | None:
    """A model to evaluate: "embedded", "linear" or "encoder" of the one that came with Makegood, or "remote", the one
    that the workspace has set up. None where there is none of that name. ModelError where it cannot be used.
    """
    ours = {
        "embedded": embedded.scorer,
        "linear": embedded.linear_scorer,
        "encoder": embedded.encoder_scorer,
    }
    if name in ours:
        return ours[name]()
    return scorer_for(workspace, evaluating=True) if name == REMOTE and workspace is not None else None


# Files


def read_labelled(content: bytes) -> list[Item]:
    """Texts and labels of a CSV file: a column `text`, and a column for each head ("intent", "topic", ...) with its
    labels, several parted by ";" or "|"; or for a single label ("complaint", "flag.spam") with yes or no. An empty cell
    says that nobody knows. Raises EvaluationError with the line where something cannot be read.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvaluationError(_("The file is not UTF-8 text. Save it as CSV in UTF-8 and try again.")) from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = [name.strip().casefold() for name in next(table, [])]
    if "text" not in names:
        raise EvaluationError(_("The file needs a column named “text”, and at least one with labels."))
    columns = {at: _column(name) for at, name in enumerate(names) if name != "text"}
    columns = {at: column for at, column in columns.items() if column is not None}
    if not columns:
        known = ", ".join(head.name for head in HEADS)
        raise EvaluationError(_("No column holds labels. Name one of them: %(known)s.") % {"known": known})
    items = []
    try:
        for number, row in enumerate(table, start=2):
            if any(cell.strip() for cell in row):
                items.append(_labelled(row, names.index("text"), columns, number))
            if len(items) > MOST_ROWS:
                raise EvaluationError(_("That is more than 100,000 rows. Take a part of them."))
    except csv.Error as error:
        raise EvaluationError(_("The file cannot be read as CSV: %(error)s.") % {"error": error}) from error
    return items


def _column(name: str) -> Head | str | None:
    """What a column is about: a head, a single label, or nothing of ours."""
    name = {"topics": "topic", "flags": "flag", "intents": "intent"}.get(name, name)
    for head in HEADS:
        if name == head.name:
            return head
    if name in LABELS:
        return name
    return next((label for label in LABELS if label.partition(".")[2] == name and not name.isdigit()), None)


def _labelled(row: Sequence[str], place: int, columns: Mapping[int, Head | str | None], number: int) -> Item:
    truth: dict[str, bool] = {}
    for at, column in columns.items():
        cell = row[at].strip().casefold() if at < len(row) else ""
        if not cell:
            continue
        if isinstance(column, Head):
            said = {each.strip() for each in cell.replace("|", ";").split(";") if each.strip()}
            if wrong := said - set(column.labels):
                facts = {"line": number, "wrong": min(wrong), "known": ", ".join(column.labels)}
                raise EvaluationError(_("Line %(line)d: “%(wrong)s” is not one of %(known)s.") % facts)
            truth |= _truth(column, said)
        elif cell in YES | NO:
            truth[str(column)] = cell in YES
        else:
            raise EvaluationError(
                _("Line %(line)d: write yes or no, not “%(wrong)s”.") % {"line": number, "wrong": cell[:40]}
            )
    return Item(row[place] if place < len(row) else "", truth, {})


# The small head


def head_in_use(workspace: Any) -> SmallHead | None:
    """The small head that reads with the model here, if any. 1 query."""
    return SmallHead.objects.within(workspace).filter(state=SmallHead.State.IN_USE).first()


def own_scorer(workspace: Any, base: Scorer) -> Scorer:
    """A model with the workspace's small head on it, where one is in use that was learnt on this model. 1 query."""
    rows = SmallHead.objects.within(workspace).filter(state=SmallHead.State.IN_USE, based_on=base.version)
    found = rows.values_list("pk", "number").first()
    if found is None:
        return base
    from makegood.triage.retraining import Retrained

    key, number = found
    if key not in _loaded:
        if len(_loaded) > 50:
            _loaded.clear()
        kept = SmallHead.objects.within(workspace).values_list("weights", flat=True).get(pk=key)
        _loaded[key] = bytes(kept or b"")
    return Retrained(base, number, _loaded[key])


def small_heads(workspace: Any) -> list[SmallHead]:
    """What was learnt, newest first, without the weights. 1 query."""
    rows = SmallHead.objects.within(workspace).defer("weights").select_related("by")
    return list(rows.order_by("-number")[:KEPT_SHOWN])


@transaction.atomic
def ask_to_retrain(workspace: Any, by: Any) -> SmallHead:
    """Asks the worker to learn; once at a time. What was asked for already is returned as it is."""
    waiting = SmallHead.objects.within(workspace).filter(state=SmallHead.State.ASKED).first()
    if waiting is not None:
        return waiting
    row = SmallHead.objects.create(workspace=workspace, number=_next(workspace), by=by)
    journal.record(row.workspace_id, "triage.retraining_asked", row, actor=by)
    jobs.wake(TOPIC)
    return row


def _next(workspace: Any) -> int:
    return (SmallHead.objects.within(workspace).aggregate(last=Max("number"))["last"] or 0) + 1


def retrain(workspace: Any, base: Scorer, by: Any = None) -> SmallHead:
    """Learns a small head from what was corrected and confirmed, and puts it in use where it helps; the old one stays.

    Raises EvaluationError where there is nothing yet to learn from.
    """
    items = own_items(workspace)
    if not items:
        raise EvaluationError(_("Nothing was corrected or confirmed yet, so there is nothing to learn from."))
    row = SmallHead.objects.within(workspace).filter(state=SmallHead.State.ASKED).first()
    return _learn(row or SmallHead(workspace=workspace, number=_next(workspace), by=by), items, base)


def _learn(row: SmallHead, items: Sequence[Item], base: Scorer) -> SmallHead:
    from makegood.triage.retraining import learn

    read = base.score([item.text for item in items])
    scores = [dict(zip(LABELS, each.probabilities, strict=True)) for each in read]
    found = learn(
        [item.text for item in items],
        _table(item.truth for item in items),
        _table(scores),
        thresholds_of(row.workspace_id),
    )
    row.based_on, row.weights = base.version, found.weights
    row.report = {"items": len(items), "heads": [asdict(each) for each in found.heads]}
    with transaction.atomic():
        if found.weights is None:
            row.state = SmallHead.State.TURNED_DOWN
        else:
            SmallHead.objects.within(row.workspace_id).filter(state=SmallHead.State.IN_USE).update(
                state=SmallHead.State.KEPT
            )
            row.state = SmallHead.State.IN_USE
        row.save()
        journal.record(
            row.workspace_id, "triage.retrained", row, actor=row.by, number=row.number, helps=found.weights is not None
        )
    return row


@transaction.atomic
def back(workspace: Any, by: Any = None) -> SmallHead | None:
    """Goes back to the small head before the one in use, or, where there is none, to the model alone: then None.

    Raises EvaluationError where the model reads alone already.
    """
    rows = SmallHead.objects.within(workspace)
    now = rows.select_for_update(of=("self",)).filter(state=SmallHead.State.IN_USE).first()
    if now is None:
        raise EvaluationError(_("The model reads alone already: there is nothing to go back from."))
    rows.filter(pk=now.pk).update(state=SmallHead.State.KEPT)
    earlier = rows.filter(state=SmallHead.State.KEPT, based_on=now.based_on, number__lt=now.number)
    before = earlier.defer("weights").order_by("-number").first()
    if before is not None:
        rows.filter(pk=before.pk).update(state=SmallHead.State.IN_USE)
        before.state = SmallHead.State.IN_USE
    facts = {"number": now.number, "to": before.number if before else 0}
    journal.record(now.workspace_id, "triage.went_back", now, actor=by, **facts)
    return before


def retrain_asked() -> int:
    """Part of the step "learning": learns where somebody asked for it. Returns how many that were."""
    rows = SmallHead.objects.across("the step serves all workspaces").filter(state=SmallHead.State.ASKED)
    count = 0
    for row in rows.select_related("workspace", "by").order_by("id")[:20]:
        try:
            items = own_items(row.workspace_id)
            if not items:
                raise EvaluationError(_("Nothing was corrected or confirmed yet, so there is nothing to learn from."))
            _learn(row, items, embedded.scorer())
        except (EvaluationError, ModelError) as error:
            row.state, row.report = SmallHead.State.TURNED_DOWN, {"sentence": str(error)}
            row.save(update_fields=["state", "report"])
        count += 1
    return count
