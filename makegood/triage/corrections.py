"""What members say a mention is: kept for good, and in force at once. What we do about it is decided elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen.api import Mention
from makegood.triage.heads import FLAGS, SEVERITIES
from makegood.triage.models import Assessment, Correction, OwnTopic, TopicExample
from makegood.triage.reader import Intent, Response, Topic, Urgency

__all__ = [
    "CORRECTED_HEADS",
    "CorrectionError",
    "confirm",
    "correct",
    "corrections_of",
    "current_of",
    "hold",
    "truth_of",
    "undo_correction",
]

CORRECTED_HEADS: Final = ("intent", "severity", "urgency", "topic", "flag")
"""What a member can say of a mention, in the order they are shown."""
MOST_TOPICS = 6
MOST_SHOWN = 40
_ANSWERS: Mapping[str, Response] = {
    Intent.COMPLAINT: Response.RESTORATION,
    Intent.QUESTION: Response.FIX_FACTS,
    Intent.PRAISE: Response.SHARE_SUCCESS,
    Intent.SUGGESTION: Response.FIX_FACTS,
    Intent.OTHER: Response.LET_STAND,
}
_HURRY: Mapping[str, tuple[frozenset[str], Urgency]] = {
    Intent.COMPLAINT: (frozenset({Urgency.NEVER, Urgency.WHENEVER}), Urgency.TODAY),
    Intent.QUESTION: (frozenset({Urgency.NEVER, Urgency.WHENEVER}), Urgency.TODAY),
    Intent.PRAISE: (frozenset({Urgency.NOW, Urgency.TODAY, Urgency.NEVER}), Urgency.WHENEVER),
    Intent.SUGGESTION: (frozenset({Urgency.NOW, Urgency.TODAY, Urgency.NEVER}), Urgency.WHENEVER),
    Intent.OTHER: (frozenset({Urgency.NOW, Urgency.TODAY, Urgency.WHENEVER}), Urgency.NEVER),
}
"""With another intent the urgency that Makegood gave may not fit any more: which do not, and what it is then."""
_BESIDE: Mapping[str, tuple[str, ...]] = {"intent": ("intents",), "urgency": ("urgency_reason",)}
"""What else a correction overwrites."""


class CorrectionError(ValueError):
    """A correction that cannot be kept: a sentence that says what to do."""


def truth_of(row: Assessment, head: str) -> list[str]:
    """What an assessment says of a head now, as labels; an intent's leading one first."""
    if head == "intent":
        others = [intent for intent in Intent if row.intents.get(intent, 0) >= 0.5 and intent != row.intent]
        return [row.intent, *map(str, others)]
    if head == "severity":
        return [str(row.severity)]
    if head == "urgency":
        return [row.urgency]
    return list(row.topics if head == "topic" else row.flags)


@transaction.atomic
def correct(workspace_id: int, mention: Mention, said: Mapping[str, Sequence[str]], by: Any) -> list[Correction]:
    """A member says what this mention is: labels for each head that they spoke of, an intent's leading one first.

    Only what differs from what stood there is kept. Raises CorrectionError, and nothing is kept, where something said
    is no label of its head. Returns what was kept.
    """
    row = _locked(workspace_id, mention)
    wanted = {head: _checked(workspace_id, head, labels) for head, labels in said.items()}
    made = [
        _keep(row, head, wanted[head], by)
        for head in CORRECTED_HEADS
        if head in wanted and not _same(head, truth_of(row, head), wanted[head])
    ]
    _save(row)
    return made


@transaction.atomic
def confirm(workspace_id: int, mention: Mention, by: Any, heads: Collection[str] = CORRECTED_HEADS) -> list[Correction]:
    """A member says that what stands there is right: worth as much as a correction, and makes the figures honest."""
    row = _locked(workspace_id, mention)
    known = {each.head for each in current_of(workspace_id, [mention.pk]).get(mention.pk, {}).values()}
    return [
        _keep(row, head, truth_of(row, head), by) for head in CORRECTED_HEADS if head in heads and head not in known
    ]


@transaction.atomic
def undo_correction(workspace_id: int, key: int, by: Any) -> Correction:
    """Takes a correction back; what stood there before stands again. Raises CorrectionError where it was taken back
    already, or somebody has spoken of the same since.
    """
    found = Correction.objects.within(workspace_id).select_for_update(of=("self",)).select_related("mention")
    made = found.filter(pk=key).first()
    if made is None or made.undone_at is not None:
        raise CorrectionError(_("That was taken back already."))
    newer = Correction.objects.within(workspace_id).filter(mention=made.mention, head=made.head, pk__gt=made.pk)
    if newer.filter(undone_at__isnull=True).exists():
        raise CorrectionError(_("It has been corrected again since. Take that back first."))
    made.undone_at, made.undone_by = clock.now(), by
    made.save(update_fields=["undone_at", "undone_by"])
    row = _locked(workspace_id, made.mention)
    _put(row, made.head, made.before)
    for field, value in made.beside.items():
        if row.decided_by_id is None or not field.startswith("response"):
            setattr(row, field, value)
    _save(row)
    _keep_examples(row, by)
    journal.record(workspace_id, "mention.correction_undone", made.mention, actor=by, head=made.head, back=made.before)
    return made


def corrections_of(workspace: Any, mention_id: int) -> list[Correction]:
    """What members said of a mention and still stands, newest first. 1 query."""
    rows = Correction.objects.within(workspace).filter(mention_id=mention_id, undone_at__isnull=True)
    seen: dict[str, Correction] = {}
    for row in rows.select_related("by").order_by("-id")[:MOST_SHOWN]:
        seen.setdefault(row.head, row)
    return list(seen.values())


def current_of(workspace: Any, mentions: Collection[int]) -> dict[int, dict[str, Correction]]:
    """What members said of these mentions (ids) and still stands: by mention, by head. 1 query."""
    rows = Correction.objects.within(workspace).filter(mention_id__in=list(mentions), undone_at__isnull=True)
    found: dict[int, dict[str, Correction]] = {}
    for row in rows.order_by("id"):
        found.setdefault(row.mention_id, {})[row.head] = row
    return found


def hold(rows: Sequence[Assessment]) -> None:
    """What was read anew says again what members said of it, unless its author has changed the words since.

    Changes the rows, which the caller saves. 1 query where they are of one workspace.
    """
    for workspace_id in {row.workspace_id for row in rows}:
        own = [row for row in rows if row.workspace_id == workspace_id]
        known = current_of(workspace_id, [row.mention_id for row in own])
        for row in own:
            for head, made in known.get(row.mention_id, {}).items():
                if row.mention.edited_at is None or row.mention.edited_at <= made.at:
                    _put(row, head, made.after)
                    if head == "intent" and made.before != made.after:
                        _follow_intent(row)


def _locked(workspace_id: int, mention: Mention) -> Assessment:
    rows = Assessment.objects.within(workspace_id).select_for_update(of=("self",)).select_related("mention")
    row: Assessment = rows.get(mention=mention)
    if row.mention.deleted_at is not None:
        raise CorrectionError(_("Its author deleted this, so there is nothing left to learn from."))
    return row


def _checked(workspace_id: int, head: str, labels: Sequence[str]) -> list[str]:
    offered: Mapping[str, Collection[str]] = {
        "intent": tuple(map(str, Intent)),
        "severity": SEVERITIES,
        "urgency": tuple(map(str, Urgency)),
        "flag": FLAGS,
    }
    if head == "topic":
        own = OwnTopic.objects.within(workspace_id).values_list("slug", flat=True)
        known: Collection[str] = {*map(str, Topic), *own}
        labels = labels or [Topic.OTHER]
    elif head in offered:
        known = offered[head]
    else:
        raise CorrectionError(_("Makegood does not know that question."))
    found = list(dict.fromkeys(map(str, labels)))
    lone = head in ("severity", "urgency")
    if any(label not in known for label in found) or (lone and len(found) != 1) or (head == "intent" and not found):
        raise CorrectionError(_("Choose one of the answers that are offered."))
    if head == "topic" and len(found) > MOST_TOPICS:
        raise CorrectionError(_("That is more than six topics. Choose those that matter."))
    return found


def _same(head: str, before: Sequence[str], after: Sequence[str]) -> bool:
    if head == "intent":
        return before[0] == after[0] and set(before) == set(after)
    return set(before) == set(after)


def _keep(row: Assessment, head: str, after: list[str], by: Any) -> Correction:
    before = truth_of(row, head)
    made = Correction(
        workspace_id=row.workspace_id,
        mention=row.mention,
        head=head,
        before=before,
        after=after,
        by=by,
        at=clock.now(),
        version=row.version,
    )
    if before != after:
        made.beside = {field: getattr(row, field) for field in _BESIDE.get(head, ())}
        _put(row, head, after)
        if head == "intent":
            made.beside |= _follow_intent(row)
    made.save()
    if head == "topic":
        _keep_examples(row, by)
    facts = {"head": head, "before": before, "after": after, "version": made.version}
    if before != after:
        journal.record(row.workspace_id, "mention.corrected", row.mention, actor=by, **facts)
    else:
        journal.record(row.workspace_id, "mention.confirmed", row.mention, actor=by, **facts)
    return made


def _put(row: Assessment, head: str, labels: Sequence[str]) -> None:
    if head == "intent":
        row.intent = labels[0]
        scores = {str(intent): float(row.intents.get(intent, 0)) for intent in Intent}
        row.intents = {each: 1.0 if each in labels else min(score, 0.49) for each, score in scores.items()}
    elif head == "severity":
        row.severity = int(labels[0])
    elif head == "urgency":
        row.urgency, row.urgency_reason = labels[0], _("A member says so.")
    elif head == "topic":
        row.topics = list(labels)
    else:
        row.flags = list(labels)


def _follow_intent(row: Assessment) -> dict[str, Any]:
    """What Makegood itself had said and no longer fits the intent changes with it. Returns what it was."""
    before: dict[str, Any] = {}
    if row.decided_by_id is None and row.response != _ANSWERS[row.intent]:
        before |= {"response": row.response, "response_reason": row.response_reason}
        row.response, row.response_reason = _ANSWERS[row.intent], _("It follows from what a member says it is.")
    unfit, then = _HURRY[row.intent]
    spoken = Correction.objects.within(row.workspace_id).filter(
        mention=row.mention_id, head="urgency", undone_at__isnull=True
    )
    if row.urgency in unfit and not spoken.exists():
        before |= {"urgency": row.urgency, "urgency_reason": row.urgency_reason}
        row.urgency, row.urgency_reason = then, _("It follows from what a member says it is.")
    return before


def _save(row: Assessment) -> None:
    row.save(
        update_fields=[
            "intent",
            "intents",
            "severity",
            "urgency",
            "urgency_reason",
            "topics",
            "flags",
            "response",
            "response_reason",
        ]
    )


def _keep_examples(row: Assessment, by: Any) -> None:
    """A mention whose topics a member has named teaches the workspace's own topics, for or against."""
    TopicExample.objects.within(row.workspace_id).filter(mention=row.mention).delete()
    spoken = Correction.objects.within(row.workspace_id).filter(
        mention=row.mention, head="topic", undone_at__isnull=True
    )
    if not spoken.exists():
        return
    slugs = set(map(str, Topic))
    own = [each for each in OwnTopic.objects.within(row.workspace_id)[:200] if each.slug not in slugs]
    TopicExample.objects.bulk_create(
        [
            TopicExample(
                workspace_id=row.workspace_id, topic=each, mention=row.mention, holds=each.slug in row.topics, by=by
            )
            for each in own
        ]
    )
