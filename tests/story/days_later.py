"""Lets the days pass after which a customer is asked again: nobody waits days in a test.

Run with the product's environment, `python -m tests.story.days_later`; prints, as JSON, how many days each follow-up
would have waited that is due now.
"""

from __future__ import annotations

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
django.setup()

from makegood.jobs import api as jobs  # noqa: E402
from makegood.kit import clock  # noqa: E402
from makegood.winback.api import FollowUp  # noqa: E402


def main() -> None:
    """All that wait, now; the worker is told."""
    rows = FollowUp.objects.across("a test has one workspace").filter(state=FollowUp.State.WAITING)
    waits = [(row.due_at - row.resolved_at).days for row in rows if row.due_at is not None]
    rows.update(due_at=clock.now())
    jobs.wake("followups")
    print(json.dumps({"days": waits}))


if __name__ == "__main__":
    main()
