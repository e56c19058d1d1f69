"""A complaint that travels, what its author bought, and decisions to learn from, in a running Makegood.

`python -m makegood.web.tests.assessing_scene` prints the number of the conversation as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

__all__ = ["main"]

SAID = (
    "Day 12 and still no teapot from @teapot.example.com. Nobody answers, the tracking has not moved for a week, and "
    "the money is gone. Is this how you treat people?"
)
GROWTH = ((0.1, 1, 4), (0.5, 6, 21), (1.0, 14, 60), (1.6, 33, 140), (2.2, 61, 310), (2.7, 94, 520))
BEFORE = (
    ("Lid broken on arrival. Second time.", "yynnny", "restoration", ""),
    ("You lot are crooks, every one of you!!! Worst shop on earth", "uunnynn", "monitor", ""),
    ("Do your teapots go in the dishwasher?", "uuyyn", "fix_facts", ""),
    ("Best cup I ever had from your little blue pot, thank you.", "yyynny", "share_success", ""),
    ("I heard you closed down?", "uuyyn", "let_stand", "Bo asked us in person as well, and has his answer."),
)


def _bought(talk: Any) -> None:
    from makegood.identify import api as identify
    from makegood.kit import clock

    now, own = clock.now(), {"workspace": talk.workspace}
    shop = identify.Source.objects.create(**own, side="shop", kind="vendure", name="Shop", address="a", hook="scene")
    buyer = identify.Customer.objects.create(**own, source=shop, external_id="c", name="Ada Quill")
    order = identify.Order.objects.create(
        **own,
        source=shop,
        customer=buyer,
        external_id="o",
        number="4711",
        number_key="4711",
        currency="EUR",
        placed_at=now - timedelta(days=12),
        changed_at=now,
        promised_at=now - timedelta(days=5),
        state="paid",
        total_minor=4990,
    )
    identify.tie_customer(talk, buyer, basis="told")
    identify.OrderLink.objects.create(**own, conversation=talk, order=order, how="member")


def _travelled(talk: Any) -> None:
    """Counted six times since it was posted, beside other threads that nobody took up."""
    from makegood.triage.models import Snapshot, Spread

    spread = Spread.objects.within(talk.workspace).get(thread_id=talk.thread_id)
    for hours, voices, likes in GROWTH:
        at = spread.began_at + timedelta(hours=hours)
        figures = {"replies": voices // 3, "reposts": voices - voices // 3, "likes": likes, "voices": voices}
        Snapshot.objects.create(
            workspace=talk.workspace, spread=spread, at=at, age_seconds=int(hours * 3600), **figures
        )
        for name, value in figures.items():
            setattr(spread, name, value)
        spread.seen_at = spread.warned_at = spread.heeded_at = at
    spread.warned_because = (
        "It travels fast: 61 answers and reshares in 2 hours, where 3 is usual (beside 9 other threads)."
    )
    spread.look_at = None
    spread.save()


def _decided(channel: Any, by: Any) -> None:
    """A few ways through the questions, taken before."""
    from makegood.desk import api as desk
    from makegood.desk.tests.make import conversation_with
    from makegood.triage import api as triage

    letters = {"y": triage.Answer.YES, "n": triage.Answer.NO, "u": triage.Answer.UNKNOWN}
    for text, way, response, because in BEFORE:
        talk = conversation_with(channel, text, handle="bo.example.com")
        reading = triage.Reading.of(triage.Assessment.objects.within(talk.workspace).get(mention=talk.latest))
        row = None
        for letter in way:
            question = triage.next_question(triage.answers_of(row) if row else {})
            assert question is not None
            row = triage.answer(talk.latest, question, letters[letter], by, triage.propose(reading))
        assert row is not None
        desk.conclude(talk, row, response, because, by)


def main() -> int:
    """Sets the scene."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    django.setup()
    from makegood.accounts.models import User, Workspace
    from makegood.activity import Activity, Author
    from makegood.desk.models import Conversation
    from makegood.desk.tests.make import bring
    from makegood.kit import clock
    from makegood.listen.tests.make import channel
    from makegood.triage.models import Assessment, Spread

    workspace, olga = Workspace.objects.order_by("id").first(), User.objects.order_by("id").first()
    stream = channel(workspace)
    author = Author(
        id="did:plc:ada", handle="ada.example.com", name="Ada Quill, Reporter", followers=18_240, verified="Bluesky"
    )
    posted = clock.now() - timedelta(hours=2, minutes=45)
    said = Activity(network="bluesky", id="at://ada/scene/1", author=author, text=SAID, posted_at=posted)
    talk = bring(stream, said)[-1]
    Assessment.objects.within(workspace).filter(mention=talk.latest).update(
        intent="complaint",
        urgency="now",
        topics=["delivery"],
        severity=3,
        response="restoration",
        scores={"intent.complaint": 0.96, "flag.abuse": 0.03, "flag.spam": 0.01, "intent.question": 0.2},
    )
    Conversation.objects.within(workspace).filter(pk=talk.pk).update(urgency="now", response="restoration")
    _bought(talk)
    _decided(stream, olga)
    Spread.objects.within(workspace).update(look_at=None)
    _travelled(talk)
    sys.stdout.write(json.dumps(talk.pk))
    return 0


if __name__ == "__main__":
    sys.exit(main())
