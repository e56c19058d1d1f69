"""Complaints with causes, one of them fixed, a proposal and a rise, for looking at the pages.

Run as `python -m makegood.web.tests.scene_causes` in the environment of a running Makegood, it writes into that one's
database and prints, as JSON, the addresses worth a look.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import Any

import django

__all__ = ["main"]

LATE = "The delivery estimate is missing at checkout, so I have waited for nothing since Monday. Order 41{n:02d}"
FENCE = "Your courier threw my parcel over the fence and now the teapot is in pieces, thank you very much. {n}"
LEAKS = "The blue teapot leaks at the handle after a week, I am so disappointed with the quality. Photo {n}"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def fill(workspace: Any, olga: Any) -> list[int]:
    """Twelve weeks of complaints: one cause named and overdue, one fixed, one proposed; more than usual today."""
    from makegood.accounts.models import Membership
    from makegood.kit import clock
    from makegood.winback.causes import flow
    from makegood.winback.causes.step import look_after_causes
    from makegood.winback.causes.tests.make import Shop
    from makegood.winback.models import Cause, CauseMember, Complaint

    shop, now = Shop(workspace), clock.now()
    member = Membership.objects.within(workspace).select_related("workspace", "user").get(user=olga)
    told = {LATE: ("delivery", 24), FENCE: ("delivery", 5), LEAKS: ("defect", 12)}
    for text, (topic, count) in told.items():
        for number in range(count):
            at = now - timedelta(days=(number * 3) % 80, minutes=number)
            handle = "lea.example.com" if number else LONG
            shop.talk(text.format(n=number), topic=topic, posted_at=at, handle=handle)
    look_after_causes()
    late = flow.begin(
        member,
        flow.Wish(
            "Delivery estimate missing at checkout",
            topic="delivery",
            words=("estimate",),
            owner_id=olga.pk,
            fix_by=now.date() - timedelta(days=3),
        ),
    )
    leaks = flow.begin(member, flow.Wish(f"Blue teapot leaks {LONG}", topic="defect", words=("leaks",)))
    for cause, keep in ((late, 2), (leaks, 0)):
        keys = list(cause.members.filter(state="suggested").order_by("-pk").values_list("complaint_id", flat=True))
        flow.accept(member, cause, keys[keep:])
    flow.fix(member, leaks, "The handle is glued at a higher heat now.")
    first = CauseMember.objects.within(workspace).filter(cause=leaks).first()
    assert first is not None
    CauseMember.objects.within(workspace).filter(pk=first.pk).update(told_at=now)
    _more_today(workspace, Complaint, now)
    look_after_causes()
    _watch(workspace)
    proposed = Cause.objects.within(workspace).filter(state="proposed").order_by("pk").first()
    return [late.pk, leaks.pk, proposed.pk if proposed else late.pk]


def _more_today(workspace: Any, complaints: Any, now: Any) -> None:
    """Today half of all that have complained so far complain once more: as rows, so that it is quick."""
    from makegood.desk.models import Conversation

    for number, row in enumerate(complaints.objects.within(workspace).select_related("conversation")[:14]):
        talk = row.conversation
        talk.pk, talk.thread_id, talk.author_id = None, f"more{number}", f"more{number}"
        talk.save(force_insert=True)
        row.pk, row.conversation, row.posted_at, row.day = None, Conversation(pk=talk.pk), now, now.date()
        row.words = {}
        row.save(force_insert=True)


def _watch(workspace: Any) -> None:
    from makegood.winback.causes.watching import watch

    watch(workspace)


def main() -> None:
    """Sets the scene in the first workspace."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    django.setup()
    from makegood.accounts.models import User, Workspace

    late, leaks, proposed = fill(Workspace.objects.order_by("id").first(), User.objects.order_by("id").first())
    keys = (late, leaks, proposed)
    paths = ["/winback/causes/", "/winback/causes/rises/", *(f"/winback/causes/{key}/" for key in keys)]
    print(json.dumps([*paths, "/winback/causes/new/", f"/winback/causes/{late}/edit/"]))


if __name__ == "__main__":
    main()
