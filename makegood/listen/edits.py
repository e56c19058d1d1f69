"""What authors changed after they said it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from makegood.activity import Activity
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import text
from makegood.listen.folding.flow import reread
from makegood.listen.models import Hearing, Mention
from makegood.listen.shape import clean_json

__all__ = ["keep_edits"]


def keep_edits(workspace_id: int, found: Mapping[str, Activity], *, noticed_at: datetime | None = None) -> int:
    """Takes over newer versions of what was heard before, in the caller's transaction; returns how many changed.

    `found` goes by the id under which a mention is kept. A changed text is read and sorted anew. Some networks don't
    say when something was edited: with `noticed_at` another text than we have was edited by then.
    """
    dated = {key for key, each in found.items() if each.edited_at is not None}
    newer = {
        key: each if key in dated else msgspec.structs.replace(each, edited_at=noticed_at)
        for key, each in found.items()
        if key in dated or noticed_at is not None
    }
    if not newer:
        return 0
    network = next(iter(newer.values())).network
    rows = Mention.objects.within(workspace_id).select_for_update().order_by("id")
    changed = []
    for row in rows.filter(network=network, network_id__in=newer, deleted_at__isnull=True):
        activity = newer[row.network_id]
        assert activity.edited_at is not None
        if row.edited_at is not None and row.edited_at >= activity.edited_at:
            continue
        words = text.clean(activity.text)
        if row.network_id not in dated and text.squash(words) == text.squash(row.text):
            continue
        if words != row.text or activity.warning != row.activity.get("warning", ""):
            row.state = Mention.State.NEW
            changed.append(row)
        row.text, row.edited_at = words, activity.edited_at
        row.activity = clean_json(msgspec.to_builtins(activity))
        row.save(update_fields=["text", "edited_at", "activity", "state"])
    _forget_places(workspace_id, [row.pk for row in changed])
    reread({row.pk: row for row in changed})
    journal.record_all([journal.line(workspace_id, "mention.edited", row) for row in changed])
    if changed:
        jobs.wake("heard")
    return len(changed)


def _forget_places(workspace_id: int, mentions: list[int]) -> None:
    """The words that matched stay known; where they stood in the old text no longer holds."""
    for hearing in Hearing.objects.within(workspace_id).filter(mention__in=mentions):
        hearing.terms = [[term, 0, 0] for term, *_place in hearing.terms]
        hearing.save(update_fields=["terms"])
