"""Keys, lengths, clickable parts and links: what can be told without a network."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.connectors.bluesky import CONNECTOR
from makegood.connectors.bluesky.tests.conftest import Faulty
from makegood.connectors.bluesky.tests.helpers import draft_with
from makegood.connectors.bluesky.write import count, find, handoff, new_key, reply
from makegood.connectors.bluesky.xrpc import open_session
from makegood.connectors.contract import Draft, Trouble, Verdict
from tests.servers.scripted import as_json


def test_keys_are_tids_that_sort_by_time_and_never_repeat() -> None:
    keys = [new_key() for _ in range(5000)]
    assert len(set(keys)) == 5000
    assert keys == sorted(keys)
    assert {len(key) for key in keys} == {13}
    assert set("".join(keys)) <= set("234567abcdefghijklmnopqrstuvwxyz")


async def test_a_key_that_is_none_never_leaves_the_house(faulty: Faulty) -> None:
    for key in ("", "../x", "3jzfcijpj2z2", "zzzzzzzzzzzzz", "3JZFCIJPJ2Z2A"):
        with pytest.raises(Trouble) as caught:
            await find(faulty.credentials, draft_with(key))
        assert caught.value.verdict is Verdict.BUG
        with pytest.raises(Trouble):
            await reply(faulty.credentials, Draft(key=key, text="Sorry", parent_id="at://did:plc:x/a/b"))
    assert faulty.asked == []


async def test_what_is_no_bluesky_post_cannot_be_answered(faulty: Faulty) -> None:
    draft = Draft(key=new_key(), text="Sorry", parent_id="https://example.com/1")
    with pytest.raises(Trouble) as caught:
        await reply(faulty.credentials, draft)
    assert caught.value.verdict is Verdict.REFUSE
    assert faulty.asked == []


def test_length_is_counted_as_people_see_it() -> None:
    assert [count(text) for text in ("", "abc", "é", "👩‍👩‍👧‍👦", "🇩🇪🇫🇷", "e\u0301")] == [0, 3, 1, 1, 2, 1]


def test_the_hand_off_is_the_page_of_the_post() -> None:
    page = "https://bsky.app/profile/did:plc:x/post/3abc"
    assert handoff("at://did:plc:x/app.bsky.feed.post/3abc", "Sorry") == page
    assert handoff(page, "Sorry") == page


def test_every_function_a_connector_can_have_is_there() -> None:
    functions = ("connect", "read", "thread", "reply", "find", "new_key", "count", "handoff")
    assert all(callable(getattr(CONNECTOR, name)) for name in functions)
    assert all(fact.source.startswith("https://") for fact in CONNECTOR.capability.rate_limits)


HANDLES = {"ada.test": "did:plc:ada", "teashop.bsky.social": "did:plc:shop"}


async def facets_of(faulty: Faulty, text: str) -> list[tuple[str, str]]:
    """The clickable parts: the text they cover, cut by bytes as the network does, and what they lead to."""
    from makegood.connectors.bluesky.write import _facets

    def handler(path: str, body: Any) -> Any:
        did = HANDLES.get(path.rsplit("handle=", 1)[1])
        return as_json({"did": did}) if did else as_json({"error": "InvalidRequest"}, 400)

    faulty.handler = handler
    found = []
    async with open_session(faulty.credentials) as session:
        async for facet in _facets(session, text):
            index, feature = facet["index"], dict(facet["features"][0])
            feature.pop("$type")
            covered = text.encode()[index["byteStart"] : index["byteEnd"]].decode()
            found.append((covered, next(iter(feature.values()))))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sorry, @ada.test!", [("@ada.test", "did:plc:ada")]),
        ("@Ada.Test @nobody.test ada@ada.test", [("@Ada.Test", "did:plc:ada")]),
        ("(@teashop.bsky.social)", [("@teashop.bsky.social", "did:plc:shop")]),
        ("See https://example.com/a.", [("https://example.com/a", "https://example.com/a")]),
        ("(see https://example.com/a_(b))", [("https://example.com/a_(b)", "https://example.com/a_(b)")]),
        (
            "🍵é https://example.com/ü?x=1#tea",
            [("https://example.com/ü?x=1#tea", "https://example.com/ü?x=1#tea")],
        ),
        (
            "https://example.com/@ada.test",
            [("https://example.com/@ada.test", "https://example.com/@ada.test")],
        ),
        ("#Tea, #größe! #1 # #👍", [("#Tea", "Tea"), ("#größe", "größe"), ("#👍", "👍")]),
        ("a#b C#", []),
        ("Nothing to see", []),
    ],
)
async def test_what_becomes_clickable(faulty: Faulty, text: str, expected: list[tuple[str, str]]) -> None:
    assert await facets_of(faulty, text) == expected


async def test_a_long_tag_is_no_tag(faulty: Faulty) -> None:
    assert len(await facets_of(faulty, "#" + "a" * 64)) == 1
    assert await facets_of(faulty, "#" + "a" * 65) == []


@given(some.text(alphabet="@#ab.é🍵 ()\nhttps:/", max_size=60))
def test_the_parts_never_leave_the_text(text: str) -> None:
    from makegood.connectors.bluesky.write import _LINK, _TAG, _facet, _trimmed

    for match in [*_LINK.finditer(text), *_TAG.finditer(text)]:
        part = _trimmed(match.group())
        index = _facet(text, match.start(), part, {})["index"]
        assert text.encode()[index["byteStart"] : index["byteEnd"]].decode() == part
