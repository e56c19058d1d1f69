"""A shop whose posts a model has read, and which has corrected some: for looking at the pages of learning.

Run as `python -m makegood.web.tests.scene_learning` in the environment of a running Makegood with a shop in it; prints
the address of a conversation.
"""

from __future__ import annotations

import os
import random
from typing import Any

import django

__all__ = ["main"]

POSTS = 240
SAID = (
    "My teapot number {n} came broken and nobody answers",
    "Do you ship teapot {n} to Norway?",
    "Love my new teapot {n}, thank you so much",
    "Saw teapot {n} at the Saturday market",
)


def fill(workspace: Any, olga: Any) -> Any:
    """Some hundred posts with scores, half a hundred of them corrected or confirmed, and a topic of their own."""
    from makegood.desk import flow as desk_flow
    from makegood.desk.models import Conversation
    from makegood.triage import api as triage
    from makegood.triage.tests.learning import hear

    chance = random.Random(4)
    said = [SAID[number % 4].format(n=number) for number in range(POSTS)]
    mentions = hear(workspace, *said)
    rows = list(triage.Assessment.objects.within(workspace).filter(mention__in=mentions).order_by("id"))
    for number, row in enumerate(rows):
        sure = chance.betavariate(6, 2) if number % 4 == 0 else chance.betavariate(1, 7)
        now = chance.betavariate(1, 9)
        row.scores = {"intent.complaint": sure, "urgency.now": now, "urgency.today": 1 - now}
        row.scores |= {f"intent.{name}": chance.betavariate(2, 4) for name in ("question", "praise", "other")}
    triage.Assessment.objects.within(workspace).bulk_update(rows, ["scores"], batch_size=100)
    while desk_flow.open_new():
        pass
    topic = triage.add_topic(workspace, "Market", olga)
    for number in (3, 7, 11):
        triage.add_example(topic, f"Will your stall be at the market on day {number}?", olga)
    right = ("complaint", "question", "praise", "other")
    for number, mention in enumerate(mentions[:60]):
        triage.correct(workspace.pk, mention, {"intent": [right[number % 4]]}, olga)
        triage.confirm(workspace.pk, mention, olga)
    triage.learn_topics()
    return Conversation.objects.within(workspace).order_by("id").last()


def main() -> None:
    """Fills the first workspace."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    django.setup()
    from makegood.accounts.models import User, Workspace

    workspace, olga = Workspace.objects.order_by("id").first(), User.objects.order_by("id").first()
    print(f"/inbox/{fill(workspace, olga).pk}/")


if __name__ == "__main__":
    main()
