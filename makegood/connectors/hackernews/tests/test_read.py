"""Reading in stretches of time: nothing is lost behind the cap, late, or twice."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from makegood.connectors.contract import Page, RouteKind
from makegood.connectors.hackernews import CONNECTOR
from makegood.connectors.hackernews.read import FIRST_LOOK, OVERLAP, SWEEP_BACK, SWEEP_EVERY, connect, read
from makegood.connectors.hackernews.tests.index import Index
from makegood.kit import clock
from makegood.kit.tests.loopback import serve

NOW = 1_800_000_000


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the clock."""

    def set_clock(seconds: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(seconds, UTC))

    set_clock(NOW)
    return set_clock


@pytest.fixture
async def index(monkeypatch: pytest.MonkeyPatch, at: Any) -> AsyncIterator[Index]:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    found = Index()
    async with serve(found) as server:
        monkeypatch.setenv("MAKEGOOD_HACKERNEWS_SEARCH", f"{server.url}/api/")
        yield found


async def walk(cursor: dict[str, Any] | None = None) -> tuple[list[int], dict[str, Any], list[str]]:
    """Reads until there is no more; the numbers that came, the cursor, the problems."""
    numbers: list[int] = []
    problems: list[str] = []
    page = Page(cursor=cursor or {}, more=True)
    while page.more:
        # As it is kept in the database between two readings.
        page = await read({}, json.loads(json.dumps(dict(page.cursor))))
        moments = [activity.posted_at for activity in page.activities]
        assert moments == sorted(moments)
        numbers += [int(activity.id.rpartition("=")[2]) for activity in page.activities]
        problems += page.problems
    return numbers, dict(page.cursor), problems


def test_what_it_can_do() -> None:
    able = CONNECTOR.capability
    assert (able.network, able.route, able.poll_seconds) == ("hackernews", RouteKind.HANDOFF, 60)
    assert CONNECTOR.reply is None
    assert all(fact.source.startswith("https://") for fact in able.rate_limits)
    assert CONNECTOR.handoff is not None
    page = "https://news.ycombinator.com/item?id=7"
    assert CONNECTOR.handoff(page, "Sorry!") == page


async def test_connecting_needs_nothing_and_looks_whether_the_search_answers(index: Index) -> None:
    found = await connect({})
    assert (found.kind, found.id, found.name, dict(found.credentials)) == ("feed", "hackernews", "Hacker News", {})
    assert len(index.asked) == 1


async def test_the_first_reading_brings_the_last_day(index: Index) -> None:
    index.say(1, NOW - FIRST_LOOK - 60)
    index.say(2, NOW - FIRST_LOOK + 60)
    index.say(3, NOW - 5)
    numbers, cursor, problems = await walk()
    assert (numbers, problems, cursor["high"]) == ([2, 3], [], NOW - 5)


async def test_only_what_is_new_comes_again(index: Index, at: Any) -> None:
    index.say(10, NOW - 100)
    _, cursor, _ = await walk()
    assert (await walk(cursor))[0] == []
    at(NOW + 60)
    index.say(11, NOW + 30)
    numbers, cursor, _ = await walk(cursor)
    assert numbers == [11]
    assert (await walk(cursor))[0] == []
    assert index.asked[-1]["numericFilters"] == f"created_at_i>={NOW + 30 - OVERLAP}"


async def test_the_cap_of_a_question_loses_nothing(index: Index) -> None:
    for number in range(3500):
        # Many in the same second, and some seconds at a page's end.
        index.say(number + 1, NOW - 20_000 + number // 7 * 30)
    numbers, cursor, problems = await walk()
    assert sorted(numbers) == list(range(1, 3501))
    assert problems == []
    assert len(index.asked) in (4, 5)
    assert (await walk(cursor))[0] == []


async def test_a_smaller_cap_than_is_written_down_loses_nothing(index: Index) -> None:
    index.cap = 20
    for number in range(1, 301):
        index.say(number, NOW - 3000 + number * 9)
    assert sorted((await walk())[0]) == list(range(1, 301))


async def test_a_walk_that_was_cut_short_goes_on_where_it_was(index: Index, at: Any) -> None:
    index.cap = 50
    for number in range(1, 201):
        index.say(number, NOW - 4000 + number * 10)
    first = await read({}, {})
    assert first.more
    assert not first.cursor.get("high")
    at(NOW + 600)
    index.say(201, NOW + 500)
    numbers, cursor, _ = await walk(dict(first.cursor))
    later, _, _ = await walk(cursor)
    before = [int(activity.id.rpartition("=")[2]) for activity in first.activities]
    assert sorted([*before, *numbers, *later]) == list(range(1, 202))


async def test_more_in_one_second_than_is_shown_is_said(index: Index) -> None:
    index.cap = 10
    for number in range(1, 31):
        index.say(number, NOW - 50)
    index.say(31, NOW - 60)
    numbers, _, problems = await walk()
    assert 31 in numbers
    assert any("in one second" in each for each in problems)


async def test_what_comes_into_the_index_late_is_found(index: Index, at: Any) -> None:
    index.say(100, NOW - 1000)
    index.say(103, NOW - 10)
    _, cursor, _ = await walk()
    at(NOW + 60)
    index.say(101, NOW - 10 - OVERLAP + 5)
    numbers, cursor, _ = await walk(cursor)
    assert numbers == [101]
    index.say(90, NOW - SWEEP_BACK + 60)
    at(NOW + 120)
    assert (await walk(cursor))[0] == []
    at(NOW + SWEEP_EVERY + 60)
    numbers, cursor, _ = await walk(cursor)
    assert numbers == [90]
    assert (await walk(cursor))[0] == []


async def test_an_index_that_stands_still_costs_a_delay_and_is_spoken_of(index: Index, at: Any) -> None:
    index.say(1, NOW - 10)
    _, cursor, problems = await walk()
    assert problems == []
    at(NOW + 20 * 3600)
    numbers, cursor, problems = await walk(cursor)
    assert numbers == []
    assert any("hours behind" in each for each in problems)
    for number in range(2, 1202):
        index.say(number, NOW + number * 60)
    at(NOW + 20 * 3600 + 60)
    numbers, cursor, problems = await walk(cursor)
    assert sorted(numbers) == list(range(2, 1202))
    assert problems == []


async def test_a_search_that_shows_nothing_at_all_is_not_taken_for_peace(index: Index) -> None:
    numbers, _, problems = await walk()
    assert numbers == []
    assert any("hours behind" in each for each in problems)


async def test_a_date_from_the_future_does_not_move_the_mark_past_the_rest(index: Index, at: Any) -> None:
    index.say(1, NOW + 10**6)
    index.say(2, NOW - 5)
    _, cursor, _ = await walk()
    assert cursor["high"] == NOW
    at(NOW + 60)
    index.say(3, NOW + 30)
    assert (await walk(cursor))[0] == [3]


async def test_one_bad_hit_costs_no_other(index: Index) -> None:
    index.say(1, NOW - 5)
    index.say(2, NOW - 4)
    index.known[2]["comment_text"] = ["no", "text"]
    index.say(3, NOW - 3)
    index.known[3]["author"] = 7
    index.say(4, NOW - 2)
    index.known[4]["story_id"] = "1"
    index.say(5, NOW - 1)
    index.known[5]["_tags"] = ["pollopt"]
    numbers, _, problems = await walk()
    assert {1, 4} <= set(numbers)
    assert 5 not in numbers
    assert problems == ["A post could not be read and was left out."]


async def test_numbers_come_in_any_order_and_no_item_is_lost_or_doubled(index: Index, at: Any) -> None:
    dice = random.Random(7)
    spoken = {number: NOW + number * 20 for number in range(1, 1501)}
    # Each enters the index up to ten minutes after it was said.
    enters = {number: moment + dice.randrange(0, 600) for number, moment in spoken.items()}
    cursor: dict[str, Any] = {}
    heard: list[int] = []
    moment = NOW
    while moment < NOW + 1501 * 20 + 700:
        moment += 60 * dice.randrange(1, 20)
        at(moment)
        for number, when in enters.items():
            if when <= moment:
                index.say(number, spoken[number])
        numbers, cursor, _ = await walk(cursor)
        heard += numbers
    assert sorted(heard) == sorted(spoken)
