"""What only somebody beside the database can do or see, in a process of its own.

Run with the product's environment: `python -m tests.imports.driver set-up|queries|answer|settle ...`; prints JSON.
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

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from makegood.accounts import api as accounts  # noqa: E402
from makegood.desk import api as desk  # noqa: E402
from makegood.listen import api as listen  # noqa: E402
from makegood.reply import api as reply  # noqa: E402
from makegood.triage import api as triage  # noqa: E402
from tests.imports.olga import EMAIL, PASSWORD  # noqa: E402

PAGES = ("/inbox/", "/inbox/?view=let-stand", "/inbox/list/", "/channels/", "/")


def set_up() -> dict[str, Any]:
    """Olga's workspace, with the sample shop so that there is somebody to answer; no seconds of grace."""
    owner = accounts.User.objects.create_user(EMAIL, PASSWORD, name="Olga")
    workspace = accounts.create_workspace("Zimtwerk", owner)
    accounts.Workspace.objects.filter(pk=workspace.pk).update(undo_seconds=0, brand="Zimtwerk")
    listen.fill_sample(workspace, owner)
    return {"workspace": workspace.pk}


def queries() -> dict[str, int]:
    """How many database queries each page takes."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(accounts.User.objects.get(email=EMAIL))
    found = {}
    for path in PAGES:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        found[path] = len(captured)
    return found


def answer(seconds: float) -> dict[str, Any]:
    """Answers one of the sample shop's customers, and how long each part of that took."""
    workspace = accounts.Workspace.objects.get()
    owner = accounts.User.objects.get(email=EMAIL)
    rows = desk.Conversation.objects.within(workspace).filter(is_sample=True, queue="needs_answer")
    row = rows.select_related("latest", "workspace").order_by("id")[0]
    begun = time.monotonic()
    queued = reply.queue(row, owner, f"We are sorry! Answer to number {row.pk}.")
    took = time.monotonic() - begun
    while queued.state != "sent" and time.monotonic() - begun < seconds:
        time.sleep(0.05)
        queued.refresh_from_db()
    return {"state": queued.state, "queued": round(took, 2), "sent": round(time.monotonic() - begun, 2)}


def settle(run_id: int, seconds: float) -> dict[str, Any]:
    """Waits until the file is in, sorted and opened; what the desk holds then."""
    workspace = accounts.Workspace.objects.get()
    until = time.monotonic() + seconds
    mentions = listen.Mention.objects.within(workspace).filter(channel__imports=run_id)
    while time.monotonic() < until:
        run = listen.ImportRun.objects.within(workspace).get(pk=run_id)
        waiting = listen.queue_age()["mentions to sort"], triage.queue_age()["mentions to open"]
        if run.state not in ("queued", "running") and waiting == (None, None):
            break
        time.sleep(0.2)
    conversations = desk.Conversation.objects.within(workspace).filter(latest__in=mentions)
    messages = desk.Message.objects.within(workspace).filter(mention__in=mentions)
    return {
        "state": run.state,
        "sentence": run.sentence,
        "rows": [run.rows_heard, run.rows_known, run.rows_refused],
        "mentions": mentions.count(),
        "ids": mentions.values("network_id").distinct().count(),
        "texts": mentions.values("text").distinct().count(),
        "hearings": listen.Hearing.objects.within(workspace).filter(mention__in=mentions).count(),
        "assessments": triage.Assessment.objects.within(workspace).filter(mention__in=mentions, state="taken").count(),
        "conversations": conversations.count(),
        "messages": messages.count(),
    }


def main() -> None:
    command, *rest = sys.argv[1:]
    if command == "set-up":
        print(json.dumps(set_up()))
    elif command == "queries":
        print(json.dumps(queries()))
    elif command == "answer":
        print(json.dumps(answer(float(rest[0]))))
    else:
        print(json.dumps(settle(int(rest[0]), float(rest[1]))))


if __name__ == "__main__":
    main()
