"""What a member would do in the browser, done through the front doors in a process of its own.

Run with the product's environment: `python -m tests.crash.driver set-up|answer|report ...`; prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
django.setup()

from makegood.accounts import api as accounts  # noqa: E402
from makegood.desk import api as desk  # noqa: E402
from makegood.listen import api as listen  # noqa: E402
from makegood.reply import api as reply  # noqa: E402

EMAIL = "olga@example.com"


def set_up(brand: str, service: str, handle: str, password: str) -> dict[str, Any]:
    """A workspace that listens for the brand and answers as the account; no seconds of grace."""
    owner = accounts.User.objects.create_user(EMAIL, "correct horse battery", name="Olga")
    workspace = accounts.create_workspace(brand, owner)
    accounts.Workspace.objects.filter(pk=workspace.pk).update(undo_seconds=0, brand=brand)
    workspace.refresh_from_db()
    listen.save(workspace, owner, brand, brand)
    listen.listen_publicly(workspace, owner)
    form = {"service": service, "identifier": handle, "password": password}
    channel = listen.connect(workspace, owner, "bluesky", form)
    return {"workspace": workspace.pk, "channel": channel.pk}


def answer(count: int, seconds: float) -> dict[str, Any]:
    """Queues an answer for `count` conversations as they come in; stops after `seconds`."""
    workspace = accounts.Workspace.objects.get()
    owner = accounts.User.objects.get(email=EMAIL)
    done: list[int] = []
    until = time.monotonic() + seconds
    while len(done) < count and time.monotonic() < until:
        rows = desk.Conversation.objects.within(workspace).select_related("latest", "workspace").exclude(pk__in=done)
        for row in rows.order_by("id")[: min(5, count - len(done))]:
            reply.queue(row, owner, f"Sorry! Answer number {row.pk}.")
            done.append(row.pk)
        time.sleep(0.3)
    return {"answered": len(done)}


def report() -> dict[str, Any]:
    """What the desk holds now."""
    workspace = accounts.Workspace.objects.get()
    mentions = listen.Mention.objects.within(workspace)
    replies = reply.Reply.objects.within(workspace)
    states: dict[str, int] = {}
    for state in replies.values_list("state", flat=True):
        states[state] = states.get(state, 0) + 1
    return {
        "mentions": list(mentions.values_list("network_id", flat=True)),
        "unsorted": mentions.filter(state="new").count(),
        "conversations": desk.Conversation.objects.within(workspace).count(),
        "messages_in": list(
            desk.Message.objects.within(workspace).filter(mention__isnull=False).values_list("network_id", flat=True)
        ),
        "replies": states,
        "sent": list(replies.filter(state="sent").values_list("network_id", "text")),
        "sentences": list(replies.exclude(state="sent").values_list("state", "sentence")),
        "waiting_and_answered": desk.Conversation.objects.within(workspace).filter(queue="waiting").count(),
    }


def main() -> None:
    command, *rest = sys.argv[1:]
    if command == "set-up":
        print(json.dumps(set_up(*rest)))
    elif command == "answer":
        print(json.dumps(answer(int(rest[0]), float(rest[1]))))
    else:
        print(json.dumps(report()))


if __name__ == "__main__":
    main()
