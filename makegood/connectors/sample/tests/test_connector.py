from __future__ import annotations

import pytest

from makegood.connectors.contract import Arrival, Draft, Published, RouteKind, Trouble, Verdict
from makegood.connectors.sample import CONNECTOR


def draft(text: str = "We are sorry.", key: str = "k1") -> Draft:
    return Draft(key=key, text=text, parent_id="sample:late-1")


def test_it_says_that_it_speaks_to_nobody() -> None:
    capability = CONNECTOR.capability
    assert (capability.network, capability.title) == ("sample", "Sample shop")
    assert capability.arrival == (Arrival.FILE,)
    assert capability.route is RouteKind.API
    assert "sample shop" in capability.route_reason
    assert "sent to nobody" in capability.route_reason
    assert capability.text is not None
    assert (capability.text.unit, capability.text.limit) == ("graphemes", 300)


async def test_an_answer_is_kept_under_its_key_and_found_again() -> None:
    assert CONNECTOR.reply
    assert CONNECTOR.find
    published = await CONNECTOR.reply({}, draft())
    assert published == Published(id="sample:reply:k1", url="")
    assert await CONNECTOR.find({}, Draft(key="k1", text="", parent_id="")) == published
    assert await CONNECTOR.reply({}, draft()) == published


async def test_an_answer_that_is_too_long_is_refused_with_a_sentence() -> None:
    assert CONNECTOR.reply
    await CONNECTOR.reply({}, draft("é" * 300))
    with pytest.raises(Trouble) as trouble:
        await CONNECTOR.reply({}, draft("é" * 301))
    assert trouble.value.verdict is Verdict.REFUSE
    assert "300" in trouble.value.sentence


def test_keys_differ_and_length_is_counted_in_graphemes() -> None:
    assert CONNECTOR.new_key
    assert CONNECTOR.count
    assert len({CONNECTOR.new_key() for _ in range(100)}) == 100
    assert CONNECTOR.count("👩‍👩‍👧e\u0301") == 2


async def test_the_thread_around_any_post_of_it_is_the_whole_thread_oldest_first() -> None:
    assert CONNECTOR.thread
    thread = await CONNECTOR.thread(None, "sample:late-3")
    assert [activity.id for activity in thread] == [
        "sample:late-1",
        "sample:late-2",
        "sample:late-3",
        "sample:late-4",
    ]
    assert await CONNECTOR.thread(None, "sample:nothing") == ()
