"""Network shape to ours: recorded pairs, pairs of another project, and hostile records."""

from __future__ import annotations

import copy
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.activity import Activity, Author, Kind
from makegood.connectors.bluesky.shapes import PostRecord, from_record, from_view, uri_parts
from makegood.connectors.bluesky.stream import batch_of
from makegood.connectors.bluesky.tests.pairing import PAIRS, WHEN, ours

GRANARY = (
    Path(os.environ.get("MAKEGOOD_TEST_DATA") or Path(__file__).resolve().parents[4].parent / "shared" / "data")
    / "granary/granary/tests/testdata"
)
GRANARY_POSTS = ("note", "comment_inreplyto_id", "quote", "note_with_custom_feed")


def pair(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAIRS / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", sorted(path.stem for path in PAIRS.glob("*.json")))
def test_recorded_pair(name: str) -> None:
    recorded = pair(name)
    assert json.loads(msgspec.json.encode(ours(recorded["theirs"]))) == recorded["ours"]


@pytest.mark.parametrize("name", sorted(path.stem.removeprefix("view-") for path in PAIRS.glob("view-*")))
def test_the_stream_and_the_view_agree_on_a_post(name: str) -> None:
    view = msgspec.convert(pair(f"view-{name}")["ours"], Activity)
    streamed = msgspec.convert(pair(f"jetstream-{name}")["ours"], Activity)
    assert view.author.id == streamed.author.id
    assert [(m.kind, m.alt) for m in view.media] == [(m.kind, m.alt) for m in streamed.media]
    assert msgspec.structs.replace(view, author=streamed.author, media=streamed.media, counts=None) == streamed


def test_what_the_recorded_posts_are() -> None:
    kinds = {name: pair(f"view-{name}")["ours"]["kind"] for name in ("plain", "reply", "quote", "quote-with-image")}
    assert kinds == {"plain": "post", "reply": "reply", "quote": "quote", "quote-with-image": "quote"}
    root, reply, last = (pair(f"view-{name}")["ours"] for name in ("plain", "reply", "reply-to-reply"))
    assert (last["parent_id"], last["root_id"]) == (reply["id"], root["id"])
    assert last["root_revision"] == root["revision"]
    assert pair("view-links-and-tags")["ours"]["tags"] == ["tea", "complaint"]
    assert pair("view-links-and-tags")["ours"]["links"] == ["https://example.com/pots?from=bsky"]
    assert pair("view-card")["ours"]["links"] == ["https://example.com/pots"]
    assert pair("view-quote-with-image")["ours"]["quoted_id"] == root["id"]


@pytest.mark.parametrize("name", GRANARY_POSTS)
def test_granary_reads_the_same_out_of_its_own_examples(name: str) -> None:
    theirs, expected = GRANARY / f"{name}.bsky.json", GRANARY / f"{name}.as-from-bsky.json"
    if not theirs.exists() or not expected.exists():
        pytest.skip("granary's examples are not on this machine (MAKEGOOD_TEST_DATA)")
    found = json.loads(theirs.read_text(encoding="utf-8"))
    view = found.get("post", found)
    if "uri" not in view:
        pytest.skip("this example is a record without a view")
    known = json.loads(expected.read_text(encoding="utf-8"))
    activity = from_view({"author": {"did": "did:plc:unknown"}, **view})
    assert activity.id == known["id"]
    assert activity.posted_at == datetime.fromisoformat(known["published"]).replace(tzinfo=UTC)
    assert activity.text == known["content"]
    if "author" in known and "author" in view:
        assert (activity.author.id, activity.author.name) == (
            known["author"]["id"],
            known["author"]["displayName"],
        )
    assert [activity.parent_id] == [entry["id"] for entry in known.get("inReplyTo", [{"id": ""}])]
    quoted = [entry["id"] for entry in known.get("attachments", []) if "/app.bsky.feed.post/" in entry.get("id", "")]
    assert activity.quoted_id == (quoted[0] if quoted else "")


# Hostile and broken records

BASE = pair("view-quote-with-image")["theirs"]
SEEN = datetime(2026, 11, 22, 7, tzinfo=UTC)


def record(**fields: Any) -> Activity:
    made = msgspec.convert({"text": "x", **fields}, PostRecord)
    uri = "at://did:plc:ada/app.bsky.feed.post/3abc"
    return from_record(uri, "bafy", Author(id="did:plc:ada"), made, SEEN)


def test_a_post_cannot_come_from_the_future() -> None:
    assert record(createdAt="2031-01-01T00:00:00Z").posted_at == SEEN
    assert record(createdAt="2026-11-22T08:30:00+02:00").posted_at == datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("when", ["", "yesterday", "0000-00-00", "9999-12-31T23:59:59-23:00", "2026-11-22"])
def test_a_time_that_is_no_time_becomes_the_time_it_was_seen(when: str) -> None:
    moment = record(createdAt=when).posted_at
    assert moment.tzinfo is not None
    assert moment <= SEEN


def test_what_a_database_refuses_is_taken_out_of_the_text() -> None:
    assert record(text="a\x00b\r\nc").text == "ab\nc"


@pytest.mark.parametrize(
    "embed",
    [
        {"record": {"uri": 7}},
        {"record": []},
        {"record": {"record": {"record": {"uri": "at://x"}}}},
        {"images": "no"},
        {"images": [7, {"image": {"ref": 7}}, {"image": {"ref": {"$link": None}}, "alt": 7}]},
        {"media": {"images": {}}},
        {"video": "x"},
        {"external": {"uri": 7}},
        {"record": {"uri": "at://did:plc:x/app.bsky.graph.list/3abc"}},
    ],
)
def test_an_embed_of_an_unknown_form_is_left_out(embed: dict[str, Any]) -> None:
    activity = record(embed=embed)
    assert (activity.kind, activity.quoted_id, activity.media, activity.links) == (Kind.POST, "", (), ())


def test_a_handle_that_is_no_longer_valid_is_not_shown() -> None:
    view = copy.deepcopy(BASE)
    view["author"]["handle"] = "handle.invalid"
    assert from_view(view).author.handle == ""


def test_followers_are_added_where_they_are_known() -> None:
    assert from_view(BASE, {BASE["author"]["did"]: 12}).author.followers == 12
    assert from_view(BASE, {BASE["author"]["did"]: None}).author.followers is None


@pytest.mark.parametrize(
    "uri",
    ["", "at://", "https://bsky.app/x/y", "at://ada.test/a/b", "at://did:plc:x/a", "at://did:plc:x/a/b/c"],
)
def test_what_is_not_the_address_of_a_record(uri: str) -> None:
    with pytest.raises(ValueError, match="not the address"):
        uri_parts(uri)


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(some.sampled_from(["author", "record", "embed", "uri", "cid", "indexedAt"]), json_values)
def test_a_view_is_read_or_refused_whatever_is_in_it(field: str, value: Any) -> None:
    with suppress(msgspec.ValidationError, ValueError):
        from_view({**BASE, field: value})


@given(some.sampled_from(["text", "createdAt", "langs", "tags", "reply", "facets", "embed"]), json_values)
def test_a_frame_is_read_or_counted_whatever_is_in_it(field: str, value: Any) -> None:
    event = copy.deepcopy(pair("jetstream-quote-with-image")["theirs"])
    event["commit"]["record"][field] = value
    batch = batch_of([json.dumps(event).encode()], WHEN, None)
    assert len(batch.activities) + batch.malformed == 1
