"""A short flood, so that the long one (`make soak-listen`) is always ready to run; and its verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scale import FULL
from tests.servers.torrent import Brands, Events, Torrent
from tests.soak.flood import Flood, expected_of, flood, told

SHORT = Flood(minutes=0.5, rate=2000, queries=1000, workspaces=4, kill_at=0.3, drop_at=0.6)
START = 1_795_000_000_000_000


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_short_flood(tmp_path: Path) -> None:
    figures = flood(Flood() if FULL else SHORT, tmp_path / "home")
    print(figures)
    # How fast it is depends on what else the machine does, and memory says nothing in the first half-minute of a
    # process: those are for the long one to judge, on a quiet machine.
    assert [each for each in figures["failures"] if "99 of 100" not in each and " holds " not in each] == []
    assert figures["hits"]["kept"] > 100
    assert figures["connections"]["newer"] == figures["connections"]["packed"] >= 3


@pytest.fixture
def server() -> Torrent:
    """One that sent two hundred events, ten of them for somebody."""
    return Torrent(0, Events(10, 20, Brands(50, 7), 7, START), packed=False)


def judged(server: Torrent, **changes: Any) -> list[str]:
    """What is found wrong with a desk that holds what it must, but for these changes."""
    expected = expected_of(server, 200)
    heard = [[uri, START / 1e6 + number * 2, START / 1e6 + number * 2 + 0.1] for number, uri in enumerate(expected)]
    found = {"heard": heard, "queries": list(expected.items()), "hearings": 10, "journal": 10, "states": ["working"]}
    memory = changes.pop("memory", {"listener": {"first_mb": 80.0, "last_mb": 81.0, "allowed_mb": 112.0}})
    found |= {name: change(found[name]) for name, change in changes.items()}
    wrong: list[str] = told(Flood(), server, 200, found, memory, None)["failures"]
    return wrong


def test_all_is_well(server: Torrent) -> None:
    assert judged(server) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"heard": lambda rows: rows[1:]}, "1 not kept"),
        ({"heard": lambda rows: [*rows, rows[0]]}, "1 kept more than once"),
        ({"heard": lambda rows: [*rows, ["at://else", 1, 1.1]]}, "1 kept though nobody"),
        ({"queries": lambda rows: [(rows[0][0], -1), *rows[1:]]}, "1 found by another search"),
        ({"heard": lambda rows: [[uri, posted, kept + 2] for uri, posted, kept in rows]}, "99 of 100"),
        ({"hearings": lambda count: count + 1}, "11 reasons for 10 mentions"),
        ({"journal": lambda count: count + 1}, "11 journal lines"),
        ({"states": lambda _: ["trouble"]}, "the stream's channel: trouble"),
        (
            {"memory": {"listener": {"first_mb": 80.0, "last_mb": 120.0, "allowed_mb": 112.0}}},
            "listener holds 120.0 MB",
        ),
    ],
)
def test_whatever_is_wrong_is_found(server: Torrent, changes: dict[str, Any], sentence: str) -> None:
    assert any(each.startswith(sentence) for each in judged(server, **changes))


def test_the_torrent_says_the_same_again_and_again() -> None:
    one, other = (Events(1000, 50, Brands(100, 3), 3, START) for _ in range(2))
    for newer in (False, True):
        assert [one.frame(n, newer) for n in range(2000)] == [other.frame(n, newer) for n in range(2000)]
    assert one.first_at(one.time_of(777)) == 777
