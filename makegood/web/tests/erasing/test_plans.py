"""What is older than a shop keeps is found by an index, on both databases: it is looked for each hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from makegood.desk.erasing import mentions_kept, quiet_since
from makegood.desk.models import Conversation
from makegood.kit import clock
from makegood.listen.erasing import said_before
from makegood.listen.models import Mention
from makegood.listen.tests.make import channel

pytestmark = pytest.mark.django_db
MANY = 3000


@pytest.fixture
def before(full: None) -> Any:
    """Twenty of them lie behind it."""
    return clock.now() - timedelta(days=MANY - 20)


@pytest.fixture
def full(workspace: Any) -> None:
    """A few thousand of each, one a day, twenty of them old; the planner knows how many there are."""
    now, place = clock.now(), channel(workspace)
    days = [now - timedelta(days=number) for number in range(MANY)]
    facts: dict[str, Any] = {"workspace": workspace, "network": "bluesky"}
    mentions = [
        Mention(**facts, channel=place, network_id=f"p{n}", posted_at=day, author_id=f"a{n}", activity={})
        for n, day in enumerate(days)
    ]
    rows = Mention.objects.bulk_create(mentions, batch_size=500)
    talks = [
        Conversation(**facts, thread_id=f"t{n}", author_id=f"a{n}", last_message_at=days[n], latest=row)
        for n, row in enumerate(rows)
    ]
    Conversation.objects.bulk_create(talks, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def narrowed_by(rows: QuerySet[Any], index: str) -> None:
    plan = rows[:100].explain()
    assert index in plan, plan
    assert "SCAN listen_mention" not in plan, plan
    assert "Seq Scan" not in plan.replace("Seq Scan on desk_message", ""), plan


def test_conversations_by_their_last_word(workspace: Any, full: None, before: Any) -> None:
    rows = quiet_since(workspace.pk, "bluesky", before)
    assert rows.count() == 20
    narrowed_by(rows, "conversation_by_last_word")
    narrowed_by(rows.exclude(pk__in=[1, 2, 3]), "conversation_by_last_word")


def test_mentions_by_their_age(workspace: Any, full: None, before: Any) -> None:
    rows = said_before(workspace.pk, "bluesky", before)
    assert rows.count() == 20
    narrowed_by(rows.exclude(mentions_kept(workspace.pk, "bluesky")), "mention_by_age")
