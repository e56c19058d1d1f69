"""What the shop's people do during a soak, through the front doors, in a process of its own.

Run with the product's environment: `python -m tests.soak.driver <command> ...`; prints JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
django.setup()

from asgiref.sync import async_to_sync  # noqa: E402
from django.db import OperationalError  # noqa: E402
from django.db.models import Count, Exists, F, OuterRef  # noqa: E402

from makegood.accounts import api as accounts  # noqa: E402
from makegood.connectors.contract import Trouble  # noqa: E402
from makegood.connectors.registry import connector  # noqa: E402
from makegood.desk import api as desk  # noqa: E402
from makegood.journal.models import Entry  # noqa: E402
from makegood.listen import api as listen  # noqa: E402
from makegood.reply import api as reply  # noqa: E402

EMAIL, PASSWORD = "olga@example.com", "correct horse battery"
BACK = "http://127.0.0.1:9/back"


def set_up(brand: str) -> dict[str, Any]:
    """A workspace that listens for the brand on all of Bluesky; no seconds of grace."""
    owner = accounts.User.objects.create_user(EMAIL, PASSWORD, name="Olga")
    workspace = accounts.create_workspace(brand, owner)
    accounts.Workspace.objects.filter(pk=workspace.pk).update(undo_seconds=0, brand=brand)
    workspace.refresh_from_db()
    listen.save(workspace, owner, brand, brand)
    listen.listen_publicly(workspace, owner)
    return {"workspace": workspace.pk}


def connect(service: str, handle: str, password: str) -> dict[str, Any]:
    """Connects the account on the AT Protocol network, for the first time or again."""
    form = {"service": service, "identifier": handle, "password": password}
    return {"channel": listen.connect(_workspace(), _owner(), "bluesky", form).pk}


def begin(instance: str) -> dict[str, Any]:
    """Begins the sign-in on the Mastodon API; the page to say yes on, and what `finish` needs."""
    begun = listen.begin_connect("mastodon", {"instance": instance}, BACK)
    return {"url": begun.url, "pending": dict(begun.pending)}


def finish(pending: str, answer: str) -> dict[str, Any]:
    """Ends it and keeps the channel."""
    kept = listen.finish_connect(_workspace(), _owner(), "mastodon", json.loads(pending), json.loads(answer))
    return {"channel": kept.pk}


def _workspace() -> Any:
    return accounts.Workspace.objects.get()


def _owner() -> Any:
    return accounts.User.objects.get(email=EMAIL)


def work(network: str, total: str, time_there_is: str, seed: str) -> dict[str, Any]:
    """Answers `total` customers of one network, evenly over the time (seconds), and cares for what was refused or is
    unknown.
    """
    count, seconds = int(total), float(time_there_is)
    workspace, owner, dice = _workspace(), _owner(), random.Random(int(seed))
    began, answered = time.monotonic(), 0
    cared: list[dict[str, Any]] = []
    looked = began
    while time.monotonic() - began < seconds * 1.5 + 60 and answered < count:
        wanted = min(count, int(count * (time.monotonic() - began) / (seconds * 0.97)) + 1)
        try:
            if answered < wanted:
                answered += _answer_one(workspace, owner, network, dice)
            if time.monotonic() - looked > 10:
                looked = time.monotonic()
                cared += care(network)
        except OperationalError as error:
            # A busy database says so to a person, too, who then tries again.
            cared.append({"reply": 0, "state": "busy", "sentence": str(error), "at": time.time()})
        time.sleep(0.1 if answered < wanted else 0.3)
    return {"answered": answered, "cared": cared}


def _answer_one(workspace: Any, owner: Any, network: str, dice: random.Random) -> int:
    answered = reply.Reply.objects.within(workspace).filter(conversation=OuterRef("pk"))
    rows = (
        desk.Conversation.objects.within(workspace)
        .filter(~Exists(answered), network=network)
        .select_related("latest", "workspace")
        .order_by("-id")[:20]
    )
    found = list(rows)
    if not found:
        return 0
    row = dice.choice(found)
    try:
        reply.queue(row, owner, f"Sorry! Answer number {row.pk}.")
    except reply.ReplyError:
        # The account is not connected just now: whoever sits there waits a moment.
        time.sleep(1)
        return 0
    return 1


def care(network: str = "") -> list[dict[str, Any]]:
    """What a person does who looks after the answers: reads why one is refused or unknown, and tries it again once
    its account is connected.
    """
    workspace, owner = _workspace(), _owner()
    rows = reply.Reply.objects.within(workspace).filter(state__in=["refused", "unknown"]).select_related("channel")
    found = []
    for row in rows.order_by("id"):
        if row.channel is None or (network and row.channel.network != network):
            continue
        if row.channel.state == listen.Channel.State.DISCONNECTED:
            continue
        before = {"reply": row.pk, "state": row.state, "sentence": row.sentence, "at": time.time()}
        before["stands"] = _stands(row) if row.state == "unknown" else None
        if reply.retry(row, owner):
            found.append(before)
    return found


def _stands(row: Any) -> str:
    """What the network itself says about an answer that nobody knows of."""
    from makegood.reply import parts

    find = connector(row.channel.network).find
    assert find is not None
    try:
        found = async_to_sync(find)(listen.credentials_of(row.channel), parts.draft_for(row))
    except Trouble as trouble:
        return f"could not be asked: {trouble.detail}"
    return "stands" if found else "does not stand"


def moods() -> dict[str, Any]:
    """How each channel is, and how much waits."""
    health = listen.channel_health(_workspace())
    replies = reply.Reply.objects.within(_workspace()).values_list("state").annotate(n=Count("pk"))
    return {
        "channels": {f"{each.channel.network} {each.channel.kind}": [each.mood, each.sentence] for each in health},
        "states": {f"{each.channel.network} {each.channel.kind}": each.channel.state for each in health},
        "mentions": listen.Mention.objects.within(_workspace()).count(),
        "new": listen.Mention.objects.within(_workspace()).filter(state="new").count(),
        "messages": desk.Message.objects.within(_workspace()).filter(mention__isnull=False).count(),
        "replies": dict(replies),
    }


def report() -> dict[str, Any]:
    """All that the desk holds."""
    workspace = _workspace()
    mentions = listen.Mention.objects.within(workspace)
    replies = reply.Reply.objects.within(workspace)
    messages = desk.Message.objects.within(workspace).filter(mention__isnull=False)
    verbs = Counter(Entry.objects.within(workspace).values_list("verb", flat=True))
    sent = Entry.objects.within(workspace).filter(verb="reply.sent").values_list("data", flat=True)
    heard = Entry.objects.within(workspace).filter(verb="mention.heard").values_list("subject", flat=True)
    delays = mentions.annotate(delay=F("heard_at") - F("posted_at")).values_list("delay", flat=True)
    waits = replies.filter(state="sent").annotate(wait=F("sent_at") - F("created_at")).values_list("wait", flat=True)
    return {
        **moods(),
        "heard": list(mentions.values_list("network", "network_id")),
        "opened": list(messages.values_list("network_id", flat=True)),
        "conversations": desk.Conversation.objects.within(workspace).count(),
        "sent": [
            list(row) for row in replies.filter(state="sent").values_list("channel__network", "network_id", "text")
        ],
        "not_sent": [list(row) for row in replies.exclude(state="sent").values_list("pk", "state", "sentence")],
        "attempts": Counter(replies.values_list("attempt", flat=True)),
        "verbs": verbs,
        "journal_sent": [data["reply"] for data in sent],
        "journal_heard": len(set(heard)),
        "sent_rows": list(replies.filter(state="sent").values_list("pk", flat=True)),
        "delays": sorted(round(delay.total_seconds(), 2) for delay in delays),
        "waits": sorted(round(wait.total_seconds(), 2) for wait in waits),
    }


COMMANDS: dict[str, Any] = {
    "set-up": set_up,
    "connect": connect,
    "begin": begin,
    "finish": finish,
    "work": work,
    "care": lambda: {"cared": care()},
    "moods": moods,
    "report": report,
}


def main() -> None:
    command, *rest = sys.argv[1:]
    print(json.dumps(COMMANDS[command](*rest)))


if __name__ == "__main__":
    main()
