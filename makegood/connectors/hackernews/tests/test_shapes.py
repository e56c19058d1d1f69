"""Network shape to ours: pairs, and anything at all."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.connectors.hackernews.shapes import (
    Item,
    Tree,
    from_hit,
    from_item,
    from_tree,
    id_of,
    number_of,
    path_of,
)

PAIRS = Path(__file__).parent / "pairs"
anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("objectID", "author", "created_at_i", "title", "url", "comment_text", "story_text", "story_id", "_tags")


def pair(name: str) -> Any:
    return json.loads((PAIRS / f"{name}.json").read_text("utf-8"))


def plain(value: Any) -> Any:
    return json.loads(msgspec.json.encode(value))


@pytest.mark.parametrize("name", sorted(path.stem for path in PAIRS.glob("hit-*.json")))
def test_hits(name: str) -> None:
    found = pair(name)
    assert plain(from_hit(found["theirs"])) == found["ours"]


@pytest.mark.parametrize("name", sorted(path.stem for path in PAIRS.glob("item-*.json")))
def test_items(name: str) -> None:
    found = pair(name)
    assert plain(from_item(msgspec.convert(found["theirs"], Item), found["root"])) == found["ours"]


def test_a_thread_is_the_way_to_a_post_and_all_below_it() -> None:
    found = pair("tree")
    tree = msgspec.convert(found["theirs"], Tree)
    around = [from_tree(one, tree.id) for one in path_of(tree, found["around"])]
    assert [plain(one) for one in around if one] == found["ours"]
    said = [one["text"] for one in found["ours"]]
    assert "Nice." not in said
    assert len(said) == 4


def test_what_the_pairs_are() -> None:
    comment, link = pair("hit-comment")["ours"], pair("hit-comment-long-link")["ours"]
    assert comment["text"].count("\n\n") == 1
    assert "&#x2F;" not in comment["text"]
    assert comment["root_id"] != comment["parent_id"]
    # The shortened link is whole again, so that a query for its end finds it.
    assert "lid-in-one-parcel" in link["text"]
    assert "..." not in link["text"]
    story = pair("hit-story-link")["ours"]
    assert (story["kind"], story["parent_id"], story["root_id"]) == ("post", "", story["id"])
    assert story["text"] == story["title"]
    assert pair("hit-job")["ours"]["kind"] == "post"
    assert pair("item-comment")["ours"]["id"] == comment["id"]


@pytest.mark.parametrize(
    "changes",
    [
        {"author": None},
        {"_tags": ["pollopt", "author_x", "story_1"]},
        {"comment_text": None},
        {"comment_text": "<p> </p>"},
    ],
)
def test_what_says_nothing_is_left_out(changes: dict[str, Any]) -> None:
    assert from_hit(pair("hit-comment")["theirs"] | changes) is None


def test_an_address_that_is_no_page_is_no_link() -> None:
    hit = pair("hit-story-link")["theirs"] | {"url": "javascript:alert(1)"}
    found = from_hit(hit)
    assert found is not None
    assert found.links == ()


def test_ids_are_addresses() -> None:
    assert number_of(id_of(18463371)) == 18463371
    for wrong in (
        "18463371",
        "https://news.ycombinator.com/item?id=",
        f"{id_of(1)}&x=2",
        "https://evil.example/item?id=1",
    ):
        assert number_of(wrong) is None


def test_a_ring_of_children_ends() -> None:
    tree = Tree(
        id=1, created_at_i=0, author="a", text="x", children=(Tree(id=1, created_at_i=0, author="a", text="y"),)
    )
    assert len(path_of(tree, 99)) == 1


@given(some.dictionaries(some.sampled_from(FIELDS), anything))
def test_any_hit_is_an_activity_nothing_or_a_value_error(hit: dict[str, Any]) -> None:
    with suppress(ValueError):
        from_hit(hit)


@given(some.text(max_size=300))
def test_any_html_is_read(html: str) -> None:
    found = from_hit(pair("hit-comment")["theirs"] | {"comment_text": f"x{html}"})
    assert found is None or "\0" not in found.text
