"""When a thread travels faster than its peers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.activity import Author, Counts
from makegood.triage.reach.rules import (
    LEAST,
    LOOKS,
    MOST,
    WATCHED,
    Point,
    gained,
    judge,
    next_look,
    press_words,
    voices_of,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def later(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("voices", "peers", "travels"),
    [
        (28, [], False),
        (29, [], True),
        (9, [0] * 50, False),
        (10, [0] * 50, True),
        (180, [40] * 30, False),
        (190, [40] * 30, True),
        # A few that went round the world before move the bound little.
        (45, [0, 1, 1, 2, 2, 3, 3, 4, 5, 90_000, 120_000], True),
        # Where threads are loud, loud is nothing unusual.
        (500, [100, 150, 200, 250, 300, 350, 400, 500, 600], False),
    ],
)
def test_a_warning(voices: int, peers: list[int], travels: bool) -> None:
    pace = judge(voices, voices, peers)
    assert (pace.travels, pace.peers) == (travels, len(peers))


def test_what_no_longer_grows_does_not_warn() -> None:
    assert not judge(1000, 2, []).travels
    assert judge(1000, 3, []).travels


def test_usual_is_the_middle_of_the_peers() -> None:
    assert judge(5, 5, [7] * 30).usual == 7
    assert judge(5, 5, []).usual == 2


@given(some.lists(some.integers(0, 10_000), max_size=60), some.integers(0, 10_000))
def test_more_voices_never_travel_less(peers: list[int], voices: int) -> None:
    fewer, more = judge(voices, voices, peers), judge(voices + 1, voices + 1, peers)
    assert more.travels or not fewer.travels
    assert fewer.bound == more.bound >= LEAST - 1
    assert not judge(fewer.bound, fewer.bound, peers).travels


@pytest.mark.parametrize(
    ("points", "now", "gain"),
    [
        ([], 1, 0),
        ([(0.1, 4)], 0.5, 4),
        ([(0.1, 4), (1.0, 10), (1.9, 30)], 1.9, 26),
        ([(0.1, 4), (1.0, 10), (3.0, 30), (3.1, 31)], 3.1, 21),
        # Heard a day later: how much of it is new, nobody knows.
        ([(24.0, 500)], 24.0, 0),
        ([(24.0, 500), (24.5, 520)], 24.5, 20),
        # People took it back.
        ([(0.1, 9), (2.0, 3)], 2.0, 0),
    ],
)
def test_what_came_in_the_last_hour(points: list[tuple[float, int]], now: float, gain: int) -> None:
    assert gained([Point(later(at), voices) for at, voices in points], NOON, later(now)) == gain


def test_looks_get_rarer_and_end() -> None:
    moments, at = [], NOON
    while (then := next_look(NOON, at)) is not None:
        assert then > at
        moments.append(then)
        at = then
    assert len(moments) == len(LOOKS)
    assert moments[0] <= NOON + timedelta(minutes=15)
    assert moments[-1] <= NOON + WATCHED
    assert next_look(NOON, later(49)) is None


@pytest.mark.parametrize(
    ("counts", "read"),
    [
        (Counts(), (None, None, None, 0)),
        (Counts(replies=3, reposts=4, likes=5), (3, 4, 5, 7)),
        (Counts(replies=3), (3, None, None, 3)),
        (Counts(replies=-3, reposts=10**30, likes=-1), (0, MOST, 0, MOST)),
    ],
)
def test_voices_are_answers_and_reshares(counts: Counts, read: tuple[object, ...]) -> None:
    assert voices_of(counts) == read


@pytest.mark.parametrize(
    ("name", "handle", "verified", "words"),
    [
        ("Ann Weaver", "ann.bsky.social", "", ()),
        ("Local News Desk", "desk.example", "", ("news",)),
        ("Jo", "jo@zeitung.example", "", ("zeitung",)),
        ("Jo", "jo@social.example", "www.herald.example", ("herald",)),
        ("Newsom", "newsom.example", "", ()),
        ("Редакция", "x.example", "", ()),
    ],
)
def test_words_of_the_press(name: str, handle: str, verified: str, words: tuple[str, ...]) -> None:
    assert press_words(Author(id="x", name=name, handle=handle, verified=verified)) == words
