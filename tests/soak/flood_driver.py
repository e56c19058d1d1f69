"""What shops set up before the flood, and what their desks hold after it, in a process of its own.

Run with the product's environment: `python -m tests.soak.flood_driver <command> ...`; prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
django.setup()

from makegood.accounts import api as accounts  # noqa: E402
from makegood.journal.models import Entry  # noqa: E402
from makegood.listen import api as listen  # noqa: E402
from tests.servers.torrent import Brands  # noqa: E402


def set_up(queries: str, workspaces: str, seed: str) -> dict[str, Any]:
    """So many searches in so many workspaces, each of which listens publicly."""
    brands = Brands(int(queries), int(seed))
    owner = accounts.User.objects.create_user("olga@example.com", "correct horse battery", name="Olga")
    made = [accounts.create_workspace(f"Agency {number}", owner) for number in range(int(workspaces))]
    # Straight into the table: saving ten thousand searches through the page is not what is measured here.
    rows = [
        listen.Query(workspace=made[number % len(made)], name=f"{number}", text=brands.query(number))
        for number in range(int(queries))
    ]
    listen.Query.objects.bulk_create(rows, batch_size=500)
    for workspace in made:
        listen.listen_publicly(workspace, owner)
    return {"workspaces": len(made)}


def report() -> dict[str, Any]:
    """All that the desks hold."""
    mentions = listen.Mention.objects.across("all that was heard").values_list("network_id", "posted_at", "heard_at")
    hearings = listen.Hearing.objects.across("all that was heard")
    channels = listen.Channel.objects.across("all that was heard")
    return {
        "heard": [(uri, posted.timestamp(), heard.timestamp()) for uri, posted, heard in mentions],
        "queries": [(uri, int(name)) for uri, name in hearings.values_list("mention__network_id", "query_name")],
        "hearings": hearings.count(),
        "journal": Entry.objects.across("all that was heard").filter(verb="mention.heard").count(),
        "states": list(channels.values_list("state", flat=True)),
    }


COMMANDS: dict[str, Any] = {"set-up": set_up, "report": report}


def main() -> None:
    """Does one command."""
    command, *rest = sys.argv[1:]
    print(json.dumps(COMMANDS[command](*rest)))


if __name__ == "__main__":
    main()
