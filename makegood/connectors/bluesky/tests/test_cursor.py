"""What `read` remembers: nothing is missed and nothing is heard twice, whatever happens in between."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from makegood.connectors.bluesky.read import read
from makegood.connectors.bluesky.tests.conftest import Faulty
from makegood.connectors.bluesky.tests.helpers import trouble_of
from makegood.connectors.contract import Verdict
from tests.servers.scripted import Answer, as_json


class Notifications:
    """Notifications as Bluesky lists them: sorted by a time the author chose, in pages that end at a time."""

    def __init__(self) -> None:
        self.all: list[tuple[datetime, str]] = []
        self.ever = 0

    def add(self, when: datetime) -> str:
        self.ever += 1
        uri = f"at://did:plc:ada/app.bsky.feed.post/n{self.ever}"
        self.all.append((when, uri))
        return uri

    def handler(self, path: str, body: Any) -> Answer:
        query = parse_qs(urlsplit(path).query)
        if "listNotifications" not in path:
            return as_json({"posts": [], "profiles": []})
        end = datetime.fromisoformat(query["cursor"][0]) if "cursor" in query else datetime.max.replace(tzinfo=UTC)
        listed = sorted((entry for entry in self.all if entry[0] < end), reverse=True)[: int(query["limit"][0])]
        notes = [
            {
                "uri": uri,
                "cid": "bafy",
                "reason": "mention",
                "indexedAt": when.isoformat().replace("+00:00", "Z"),
                "author": {"did": "did:plc:ada", "handle": "ada.test"},
                "record": {"text": uri, "createdAt": when.isoformat()},
            }
            for when, uri in listed
        ]
        return as_json({"notifications": notes} | ({"cursor": listed[-1][0].isoformat()} if listed else {}))


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_happens_every_notification_is_heard_exactly_once(faulty: Faulty, seed: int) -> None:
    chance = random.Random(seed)
    listed = Notifications()
    faulty.handler = listed.handler
    cursor: Any = (await read(faulty.credentials, {})).cursor
    heard: list[str] = []
    now = datetime.now(UTC) - timedelta(days=1)
    said: list[str] = []
    for _ in range(12):
        burst = chance.random() < 0.3
        now += timedelta(hours=chance.choice([0, 0, 2]))
        for _ in range(chance.choice([60, 150, 450] if burst else [0, 1, 3])):
            now += timedelta(seconds=1 if burst else chance.choice([5, 200]), microseconds=1000)
            late = timedelta(seconds=chance.choice([0, 0, 0, 30, 900]), microseconds=len(said))
            said.append(listed.add(now - late))
        page = await read(faulty.credentials, json.loads(json.dumps(cursor)))
        if chance.random() < 0.25:
            continue  # a crash: neither the posts nor the cursor were stored
        heard += [activity.id for activity in page.activities]
        assert list(page.activities) == sorted(page.activities, key=lambda found: (found.posted_at, found.id))
        cursor = page.cursor
        assert len(json.dumps(cursor)) < 200_000
        if chance.random() < 0.3:
            # People delete what they said, and older notifications move up.
            listed.all = [entry for entry in listed.all if entry[1] not in heard or chance.random() < 0.5]
    while (page := await read(faulty.credentials, cursor)).more or page.activities:
        heard += [activity.id for activity in page.activities]
        cursor = page.cursor
    assert sorted(heard) == sorted(said)


async def test_what_moves_up_when_people_delete_is_not_heard_again(faulty: Faulty) -> None:
    listed = Notifications()
    faulty.handler = listed.handler
    cursor = (await read(faulty.credentials, {})).cursor
    start = datetime.now(UTC) - timedelta(days=6)
    for number in range(3):
        for minutes in range(90):
            listed.add(start + timedelta(hours=24 * number, minutes=10 * minutes))
        page = await read(faulty.credentials, cursor)
        assert len(page.activities) == 90
        cursor = page.cursor
    del listed.all[-60:]
    assert (await read(faulty.credentials, cursor)).activities == ()


async def test_the_first_reading_brings_a_week_and_a_hundred_at_most(faulty: Faulty) -> None:
    listed = Notifications()
    faulty.handler = listed.handler
    start = datetime.now(UTC)
    for hours in range(300):
        listed.add(start - timedelta(hours=hours, seconds=1))
    page = await read(faulty.credentials, {})
    assert len(page.activities) == 100
    assert not page.more
    assert (await read(faulty.credentials, page.cursor)).activities == ()
    listed.all = [entry for entry in listed.all if entry[0] < start - timedelta(hours=100)]
    page = await read(faulty.credentials, {})
    assert len(page.activities) == 68
    assert (await read(faulty.credentials, page.cursor)).activities == ()


async def test_one_broken_notification_does_not_hide_the_others(faulty: Faulty) -> None:
    listed = Notifications()
    listed.add(datetime.now(UTC))

    def handler(path: str, body: Any) -> Answer:
        answer = json.loads(listed.handler(path, body)[2])
        if answer.get("notifications"):
            answer["notifications"].insert(0, {"uri": 7})
            answer["notifications"].append({**answer["notifications"][1], "uri": "nonsense"})
        return as_json(answer)

    faulty.handler = handler
    page = await read(faulty.credentials, {})
    assert len(page.activities) == 1
    assert len(page.problems) == 2


async def test_numbers_of_followers_are_not_worth_losing_a_post_for(faulty: Faulty) -> None:
    listed = Notifications()
    listed.add(datetime.now(UTC))
    faulty.handler = lambda path, body: as_json({}, 500) if "getProfiles" in path else listed.handler(path, body)
    page = await read(faulty.credentials, {})
    assert [activity.author.followers for activity in page.activities] == [None]


async def test_a_damaged_cursor_is_not_taken_for_the_beginning(faulty: Faulty) -> None:
    trouble = await trouble_of(read(faulty.credentials, {"seen": 7}))
    assert trouble.verdict is Verdict.BUG
    assert faulty.asked == []
