"""The sieve: whatever fits a query gets through, and hardly anything else."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from makegood.connectors.bluesky.frames import batch_of
from makegood.listen.engine import Engine, anchors, core
from makegood.listen.engine.tests import drawn
from makegood.listen.query import matches, parse, tokens

NOW = datetime(2026, 1, 2, tzinfo=UTC)
Found = list[tuple[str, list[int]]]


def post(said: str = "", did: str = "did:plc:ann", **record: Any) -> bytes:
    """A frame with a new post."""
    commit = {
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": "r",
        "record": {"text": said, **record},
    }
    return json.dumps({"did": did, "time_us": 1, "kind": "commit", "commit": commit}, separators=(",", ":")).encode()


def holding(*queries: str) -> Engine[int]:
    engine = Engine[int]()
    for key, query in enumerate(queries):
        engine.add(key, parse(query))
    return engine


def found(engine: Engine[int], frames: list[bytes], *, sifted: bool) -> Found:
    batch = batch_of(frames, NOW, None, engine.sift if sifted else None)
    assert batch.created + batch.malformed == len(frames)
    hits = ((said.id, [key for key, _ in engine.match(said)]) for said in batch.activities)
    return [hit for hit in hits if hit[1]]


@pytest.mark.parametrize("seed", range(12))
def test_with_the_sieve_the_same_is_found_as_without(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "FIRST_SETTLING", 5)
    monkeypatch.setattr(core, "COUNTED", 2)
    monkeypatch.setattr(core, "ANEW", 3)
    dice = random.Random(seed)
    engine = Engine[int]()
    held = dict(enumerate(drawn.queries(dice, 40, [*drawn.TERMS, *drawn.SIGNS[:48]])))
    for key, query in held.items():
        engine.add(key, query)
    frames = drawn.frames(dice, 150, drawn.SIGNS)
    expected: Found = []
    for said in batch_of(frames, NOW, None).activities:
        doc = tokens(said)
        if keys := [key for key, query in held.items() if matches(query, doc) is not None]:
            expected.append((said.id, keys))
    assert expected
    assert found(engine, frames, sifted=True) == expected
    assert found(engine, frames, sifted=False) == expected


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(said=st.lists(st.text(max_size=6) | st.sampled_from([*drawn.WORDS, *drawn.SIGNS]), max_size=6).map("".join))
def test_every_word_of_any_text_leads_to_it(said: str) -> None:
    frame = post(said.encode("utf-8", "ignore").decode())
    activities = batch_of([frame], NOW, None).activities
    for key in {key for activity in activities for key in tokens(activity).words if "\\" not in key and '"' not in key}:
        assert holding(f'"{key}"').sift([frame]) == [0]


def test_only_what_may_fit_gets_through() -> None:
    engine = holding('acme (late OR "no answer") -giveaway', "fenn* rye", "#tea OR 東京 OR 🔥", "site:acme.com")
    inside = [
        "ACME is LATE",
        "rye? Fennel!",
        "#Tea",
        "昨日東京タワー",
        "🔥🔥",
        "https://shop.acme.com/x",
        "acme: no answer",
    ]
    outside = ["", "acme", "acme, no", "fenn rye-bread", "teas", "京東", "❤️", "https://acme.org", "fennels"]
    frames = [post(said) for said in (*outside, *inside)]
    # Half of a prefix is none: rye-bread has both words, though, in the eyes of the sieve.
    through = engine.sift(frames)
    assert set(range(len(outside), len(frames))) <= set(through)
    assert set(through) - set(range(len(outside), len(frames))) <= {outside.index("fenn rye-bread")}


@pytest.mark.parametrize(
    ("query", "record"),
    [
        ("#teatime", {"tags": ["TeaTime"]}),
        ("teatime", {"facets": [{"features": [{"tag": "TeaTime"}]}]}),
        ("#acmex", {"facets": [{"features": [{"tag": "Acme X"}]}]}),
        ("tag:time", {"tags": ["TeaTime"]}),
        ("site:acme.com", {"facets": [{"features": [{"uri": "https://www.acme.com/a"}]}]}),
        ("site:acme.com", {"embed": {"external": {"uri": "https://www.acme.com/a"}}}),
        ("site:acme.com", {"embed": {"media": {"external": {"uri": "https://www.acme.com/a"}}}}),
        ("site:münchen.example", {"facets": [{"features": [{"uri": "https://MÜNCHEN.example/"}]}]}),
        ("@did:plc:bob", {"facets": [{"features": [{"did": "did:plc:bob"}]}]}),
        ("@acme", {"facets": [{"features": [{"did": "acme"}]}]}),
        ("author:did:plc:ann", {}),
        ("京", {"text": "東京"}),
        ("acme", {"text": "ac\u0000me"}),
        ("acme", {"text": "acme\u0085late"}),
        ("acme", {"text": "\u200fACME’s"}),
        ("site:münchen.example", {"text": "see https://münchen.example/a"}),
        ("@acme", {"text": "@acme\u0338x"}),
        ("하", {"text": "ㅎㅏ 하"}),
    ],
)
def test_what_stands_beside_the_text_or_is_cut_oddly_leads_too(query: str, record: dict[str, Any]) -> None:
    frame = post(**{"said": record.get("text", ""), **{k: v for k, v in record.items() if k != "text"}})
    engine = holding(query)
    assert engine.sift([frame, post("nothing", did="did:plc:other")]) == [0]
    assert found(engine, [frame], sifted=True)


@pytest.mark.parametrize(
    "frame",
    [b"", b"{", b"[]", b'{"did":"x","commit":{}}', post(text_=1)[:-3], post("\udc00"), post(facets=3), post(embed="x")],
)
def test_a_frame_that_cannot_be_read_for_certain_gets_through(frame: bytes) -> None:
    assert holding("acme").sift([post("rye"), frame]) == [1]


def test_queries_come_and_go_while_the_stream_runs() -> None:
    engine = holding("acme")
    frames = [post("acme"), post("fennel"), post("東京"), post("foo", did="did:plc:bob"), post("#AcmeLate")]
    assert engine.sift(frames) == [0]
    engine.add(1, parse("fennel OR 京 OR author:did:plc:bob OR tag:late"))
    assert engine.sift(frames) == [0, 1, 2, 3, 4]
    engine.add(0, parse("fenn*"))
    assert engine.sift(frames) == [1, 2, 3, 4]
    engine.remove(1)
    assert engine.sift(frames) == [1]
    engine.remove(0)
    assert engine.sift(frames) == []
    assert engine._wants == 0
    assert not engine._words
    assert not engine._prefixes


def test_a_prefix_is_looked_for_though_its_words_led_nowhere_before() -> None:
    engine = holding("fennel*")
    frames = [post("fennec"), post("fennels")]
    assert engine.sift(frames) == [1]
    engine.add(1, parse("fenne*"))
    assert engine.sift(frames) == [0, 1]
    engine.remove(1)
    assert engine.sift(frames) == [1]


def test_without_queries_nothing_gets_through() -> None:
    assert Engine[int]().sift([post("acme")]) == []
    assert Engine[int]().sift([]) == []


def test_what_the_stream_brings_decides_under_what_a_query_is_filed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "FIRST_SETTLING", 50)
    engine = holding("everybody fern")
    assert b"everybody" in engine._words
    for _ in range(60):
        engine.sift([post("everybody says so")] * core.COUNTED)
    assert list(engine._words) == [b"fern"]
    assert engine.sift([post("everybody"), post("a fern for everybody")]) == [1]


def test_settling_files_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "ANEW", 1)
    engine = holding(*(f"everybody{number} fern{number}" for number in range(5)))
    for _ in range(100):
        engine.sift([post(" ".join(f"everybody{number}" for number in range(5)))])
    engine.settle()
    assert sorted(engine._words) == [b"fern%d" % number for number in range(5)]


def test_filing_anew_goes_on_in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "FIRST_SETTLING", 1)
    monkeypatch.setattr(core, "COUNTED", 1)
    monkeypatch.setattr(core, "ANEW", 10)
    seen: list[str] = []
    engine = holding(*(f"word{number}" for number in range(25)))
    real = anchors.anchors_of

    def spy(query: Any, frequency: Any) -> anchors.Anchors:
        seen.append(query.text)
        return real(query, frequency)

    monkeypatch.setattr(core, "anchors_of", spy)
    for expected in (0, 10, 20, 25):
        assert engine.sift([]) == []
        assert len(seen) == expected
        if not seen:
            engine.sift([post("word1")])
    assert [engine.sift([post(f"word{number}")]) for number in range(25)] == [[0]] * 25
