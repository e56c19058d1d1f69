"""What the tests of learning share: mentions that are read, and a model that says what it is told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from makegood.listen import flow as listening
from makegood.listen.flow import Hit
from makegood.listen.models import Channel, Mention
from makegood.listen.tests.make import activity, channel
from makegood.triage import flow
from makegood.triage.heads import LABELS
from makegood.triage.models import Assessment
from makegood.triage.scoring import Scores


class Told:
    """A scorer: `says` gives the probabilities of some labels for a text, 0.05 stands for the others."""

    def __init__(self, says: Callable[[str], dict[str, float]], version: str = "told-1") -> None:
        self.says, self.version = says, version

    def score(self, texts: Sequence[str]) -> list[Scores]:
        return [Scores(tuple(self.says(text).get(label, 0.05) for label in LABELS), self.version) for text in texts]


def hear(workspace: Any, *texts: str, **fields: Any) -> list[Mention]:
    """These were said, on the one channel of the tests, and are sorted; oldest first."""
    place = Channel.objects.within(workspace).first() or channel(workspace)
    with transaction.atomic():
        listening.store(place, [Hit(activity(text, **fields), "why") for text in texts])
    flow.sort_new()
    return list(Mention.objects.within(workspace).order_by("id"))[-len(texts) :]


def assessed(mention: Mention) -> Assessment:
    """How it is read now."""
    row: Assessment = Assessment.objects.within(mention.workspace_id).select_related("mention").get(mention=mention)
    return row
