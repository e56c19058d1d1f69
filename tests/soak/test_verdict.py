"""The judgement of a soak can fail: each thing that must not happen is seen when it does."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.soak.verdict import failures, percentile

POSTS = {"bluesky": ["at://a", "at://b"], "mastodon": ["http://c"]}
ANSWERS = {
    "bluesky": [("at://1", "Sorry! Answer number 1.")],
    "mastodon": [("http://2", "@ada Sorry! Answer number 3.")],
}
MEMORY = {name: {"first_mb": 80.0, "last_mb": 90.0, "allowed_mb": 112.0} for name in ("listener", "web", "worker")}
WANTED = {"mentions": 3, "replies": 2, "kills": 4}
FOUND: dict[str, Any] = {
    "heard": [["bluesky", "at://a"], ["bluesky", "at://b"], ["mastodon", "http://c"]],
    "opened": ["at://a", "at://b", "http://c"],
    "new": 0,
    "sent": [["bluesky", "at://1", "Sorry! Answer number 1."], ["mastodon", "http://2", "Sorry! Answer number 3."]],
    "not_sent": [],
    "sent_rows": [1, 2],
    "journal_sent": [1, 2],
    "journal_heard": 3,
    "conversations": 3,
    "verbs": {"conversation.opened": 3, "reply.queued": 2},
    "channels": {"bluesky account": ["working", "Working."], "mastodon account": ["quiet", "Working."]},
    "kills": 4,
}


def judged(change: Callable[[dict[str, Any]], object] = lambda world: None) -> list[str]:
    well = {"posts": POSTS, "answers": ANSWERS, "found": FOUND, "memory": MEMORY, "wanted": WANTED}
    world: dict[str, Any] = deepcopy(well)
    change(world)
    return failures(**world)


def test_all_is_well() -> None:
    assert judged() == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda w: w["found"]["heard"].pop(), "1 mentions are missing: [('mastodon', 'http://c')]"),
        (lambda w: w["found"]["heard"].append(["bluesky", "at://a"]), "1 mentions are double"),
        (lambda w: w["found"]["opened"].pop(), "messages on the desk are missing"),
        (lambda w: w["found"].update(new=2), "2 mentions were never sorted"),
        (lambda w: w["answers"]["bluesky"].append(("at://9", "Sorry! Answer number 1.")), "stand twice"),
        (lambda w: w["answers"]["mastodon"].append(("http://9", "@b Sorry! Answer number 1.")), "stand twice"),
        (lambda w: w["answers"]["bluesky"].pop(), "answers are double or nobody's"),
        (lambda w: w["found"]["not_sent"].append([7, "unknown", "Nobody can tell."]), "Answer 7 is unknown"),
        (lambda w: w["found"]["journal_sent"].append(2), "answers in the journal"),
        (lambda w: w["found"]["journal_sent"].pop(), "answers in the journal are missing"),
        (lambda w: w["found"].update(journal_heard=2), "tells of 2 heard, there are 3"),
        (lambda w: w["found"]["verbs"].update({"conversation.opened": 4}), "tells of 4 opened"),
        (lambda w: w["found"]["channels"].update(x=["trouble", "It fails."]), "The channel x is left trouble"),
        (lambda w: w["memory"]["web"].update(last_mb=113.0), "The web grew from 80.0 to 113.0 MB"),
        (lambda w: w["memory"].pop("worker"), "The worker was never measured"),
        (lambda w: w["wanted"].update(kills=5), "Only 4 of 5 kills"),
        (lambda w: w["wanted"].update(mentions=4), "Only 3 of 4 mentions"),
    ],
)
def test_what_must_not_happen_is_seen(change: Callable[[dict[str, Any]], object], told: str) -> None:
    assert told in " ".join(judged(change))


def test_percentiles() -> None:
    assert percentile([], 0.5) == 0.0
    assert percentile([float(n) for n in range(100)], 0.99) == 99.0
    assert percentile([1.0], 0.5) == 1.0
