"""What is left when a channel goes, and how an imported file says it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from makegood.activity import Activity
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen.channels import health_of
from makegood.listen.models import Channel, Hearing, ImportRun, Mention
from makegood.listen.tests.make import activity, channel, minutes_ago

pytestmark = pytest.mark.django_db


def hear(by: Channel, *said: Activity) -> None:
    with transaction.atomic():
        listen.store(by, [listen.Hit(each, f"by {by.kind}") for each in said])


def heard_by(workspace: Any) -> dict[str, str]:
    """The kind of the channel that each text belongs to."""
    rows = Mention.objects.within(workspace).select_related("channel")
    return {row.text: row.channel.kind for row in rows}


def test_what_another_channel_heard_too_stays_and_is_its_own(workspace: Any, olga: Any) -> None:
    stream, account, feed = channel(workspace), channel(workspace, "account"), channel(workspace, "feed")
    both, alone, late = activity("both"), activity("alone"), activity("all three")
    hear(stream, both, alone, late)
    hear(account, both)
    hear(feed, late)
    hear(account, late)
    listen.remove(stream, olga)
    assert heard_by(workspace) == {"both": "account", "all three": "feed"}
    assert sorted(Hearing.objects.within(workspace).values_list("reason", flat=True)) == [
        "by account",
        "by account",
        "by feed",
    ]
    listen.remove(feed, olga)
    assert heard_by(workspace) == {"both": "account", "all three": "account"}
    listen.remove(account, olga)
    assert heard_by(workspace) == {}


def test_a_channel_that_heard_it_second_takes_only_its_hearing(workspace: Any, olga: Any) -> None:
    stream, account = channel(workspace), channel(workspace, "account")
    said = activity("both")
    hear(stream, said)
    hear(account, said)
    listen.remove(account, olga)
    assert heard_by(workspace) == {"both": "stream"}
    assert Hearing.objects.within(workspace).count() == 1


def test_what_another_workspace_heard_is_no_home(workspace: Any, other_workspace: Any, olga: Any) -> None:
    ours, theirs = channel(workspace), channel(other_workspace)
    said = activity("everybody hears this")
    hear(ours, said)
    hear(theirs, said)
    listen.remove(ours, olga)
    assert heard_by(workspace) == {}
    assert heard_by(other_workspace) == {"everybody hears this": "stream"}


def imported(workspace: Any, state: str, sentence: str = "") -> Channel:
    row = channel(workspace, "import", network="file", name="posts.csv")
    ImportRun.objects.create(
        workspace=workspace, channel=row, filename="posts.csv", path="", sniffed={}, state=state, sentence=sentence
    )
    return row


@pytest.mark.parametrize(
    ("state", "mood", "says"),
    [
        ("mapping", "quiet", "say which column"),
        ("queued", "quiet", "Waiting to be read"),
        ("running", "working", "Being read"),
        ("done", "working", "Here in full"),
        ("cancelled", "quiet", "Stopped before its end"),
        ("failed", "trouble", "The import stopped. The file is gone."),
    ],
)
def test_an_imported_file_says_where_it_stands(workspace: Any, state: str, mood: str, says: str) -> None:
    imported(workspace, state, "The file is gone." if state == "failed" else "A note on the way.")
    [health] = listen.channel_health(workspace)
    assert health.mood == mood
    assert says in health.sentence


@pytest.mark.parametrize(
    ("checked", "heard", "good"),
    [(None, None, None), (5, None, 5), (None, 5, 5), (5, 3, 3), (3, 5, 3)],
)
def test_its_last_good_moment_is_the_later_of_checked_and_heard(
    workspace: Any, checked: int | None, heard: int | None, good: int | None
) -> None:
    moments = {minutes: minutes_ago(minutes) for minutes in (3, 5)}
    row = channel(
        workspace,
        last_good_at=moments[checked] if checked else None,
        last_heard_at=moments[heard] if heard else None,
    )
    assert health_of(row, clock.now()).good_at == (moments[good] if good else None)


def test_the_health_of_many_channels_takes_two_queries(workspace: Any, django_assert_num_queries: Any) -> None:
    for state in ImportRun.State.values:
        imported(workspace, state)
    channel(workspace, last_good_at=clock.now(), created_at=minutes_ago(9))
    with django_assert_num_queries(2):
        assert len(listen.channel_health(workspace)) == len(ImportRun.State.values) + 1
