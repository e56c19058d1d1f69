"""Lets the time come in which Makegood looks again at what it has heard: nobody waits ten minutes in a test.

Run with the product's environment, `python -m tests.story.hasten`; prints how many posts are due as JSON.
"""

from __future__ import annotations

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
django.setup()

from makegood.desk.models import Message  # noqa: E402
from makegood.jobs import api as jobs  # noqa: E402
from makegood.kit import clock  # noqa: E402
from makegood.listen.models import Mention  # noqa: E402


def main() -> None:
    """All of them, now; the worker is told."""
    mentions = Mention.objects.filter(look_at__isnull=False).update(look_at=clock.now())
    messages = Message.objects.filter(look_at__isnull=False).update(look_at=clock.now())
    jobs.wake("looks")
    print(json.dumps({"mentions": mentions, "messages": messages}))


if __name__ == "__main__":
    main()
