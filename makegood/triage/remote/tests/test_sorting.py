"""Sorting with an outside model: the record says who spoke, the author's name stays here, and the desk gets its row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import transaction

from makegood.kit import clock
from makegood.listen import flow as listening
from makegood.listen.flow import Hit
from makegood.listen.models import Mention
from makegood.listen.tests.make import activity, channel
from makegood.triage import embedded, flow
from makegood.triage.heads import LABELS
from makegood.triage.models import Assessment
from makegood.triage.remote import api
from makegood.triage.remote.models import OutsideModel
from makegood.triage.remote.tests.model import Model, chat_answer, reading
from makegood.triage.scoring import Scores

pytestmark = pytest.mark.django_db


class Even:
    version = "embedded-test"

    def score(self, texts: Sequence[str]) -> list[Scores]:
        return [Scores(probabilities=tuple(0.5 for _ in LABELS), by=self.version) for _ in texts]


@pytest.fixture(autouse=True)
def switched_on(workspace: Any, outside: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "scorer", Even)
    api.save(workspace, None, api.Wish(kind="chat", url=outside.url, model="tiny", ask="always", seconds=5))
    OutsideModel.objects.within(workspace).update(active=True, last_good_at=clock.now())


def hear(workspace: Any, text: str) -> Mention:
    with transaction.atomic():
        listening.store(channel(workspace), [Hit(activity(text), "why", terms=(("Teapot", 0, 6),))])
    heard: Mention = Mention.objects.within(workspace).get()
    return heard


def test_who_spoke_is_recorded_and_the_author_is_not_named(workspace: Any, outside: Model) -> None:
    outside.reply = lambda call: (200, chat_answer(reading()))
    mention = hear(workspace, "Teapot, this is a text by somebody who wants to hear from you")
    Mention.objects.within(workspace).update(author_name="Somebody Who")
    assert flow.sort_new() == 1
    row = Assessment.objects.within(workspace).get(mention=mention)
    assert "+tiny~" in row.version
    assert row.scores["intent.complaint"] == 0.9
    sent = json.loads(outside.calls[0].body["messages"][1]["content"])["text"]
    assert "omebody" not in sent
    assert "wants to hear from you" in sent


def test_a_hanging_model_does_not_keep_the_desk_waiting(workspace: Any, outside: Model) -> None:
    OutsideModel.objects.within(workspace).update(seconds=1)
    outside.reply = lambda call: None
    hear(workspace, "Teapot never sent my parcel")
    assert flow.sort_new() == 1
    row = Assessment.objects.within(workspace).get()
    assert row.version.endswith("embedded-test")
    assert row.scores["intent.complaint"] == 0.5
