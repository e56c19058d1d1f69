"""Everything that can go wrong between us and a server, and what snac lacks, against a server that does as told.

Its answers are written after the documented shapes: https://docs.joinmastodon.org/api/
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Verdict
from makegood.connectors.mastodon.read import read
from makegood.connectors.mastodon.tests.conftest import Played
from makegood.connectors.mastodon.tests.helpers import told, trouble_of
from makegood.kit import http
from tests.servers.scripted import Answer, Asked, always, as_json, html

CASES: list[tuple[Answer | None, Verdict]] = [
    (as_json({"error": "The access token is invalid"}, 401), Verdict.DISCONNECT),
    (as_json({"error": "The access token was revoked"}, 401), Verdict.DISCONNECT),
    (as_json({"error": "This action is outside the authorized scopes"}, 403), Verdict.DISCONNECT),
    (as_json({"error": "Your login is currently disabled"}, 403), Verdict.DISCONNECT),
    (as_json({"error": "This action is not allowed"}, 403), Verdict.REFUSE),
    (html(403), Verdict.REFUSE),
    (as_json({"error": "Record not found"}, 404), Verdict.REFUSE),
    (as_json({}, 410), Verdict.REFUSE),
    (as_json({"error": "Validation failed: Text can't be blank"}, 422), Verdict.REFUSE),
    (as_json({"error": "Bad request"}, 400), Verdict.REFUSE),
    (as_json({"error": "Too many requests"}, 429), Verdict.WAIT),
    (as_json({}, 429, retry_after="7"), Verdict.WAIT),
    (as_json({}, 500), Verdict.RETRY),
    (html(502), Verdict.RETRY),
    (html(503), Verdict.RETRY),
    (as_json({}, 418), Verdict.BUG),
    (html(), Verdict.RETRY),
    ((200, {"content-type": "application/json"}, b'[{"id": "1"'), Verdict.RETRY),
    ((200, {"content-type": "application/json"}, b"\xff\xfe"), Verdict.RETRY),
    ((200, {"content-type": "application/json"}, b""), Verdict.RETRY),
    ((200, {"content-type": "application/json", "content-length": "500"}, b"[]"), Verdict.RETRY),
    (as_json({"not": "a list"}), Verdict.RETRY),
    ((200, {"content-type": "application/json"}, b'["' + b"x" * 11 * 2**20 + b'"]'), Verdict.BUG),
    (None, Verdict.RETRY),
]


@pytest.mark.parametrize(("answer", "verdict"), CASES)
async def test_each_answer_has_one_verdict(played: Played, answer: Answer | None, verdict: Verdict) -> None:
    played.handler = lambda asked: answer
    trouble = await trouble_of(read(played.credentials, {}))
    assert trouble.verdict is verdict
    assert (trouble.retry_after is not None) == (verdict is Verdict.WAIT)


async def test_the_server_s_own_words_are_shown_where_it_refuses(played: Played) -> None:
    played.handler = lambda asked: as_json({"error": "Validation failed: Text character limit of 500 exceeded"}, 422)
    trouble = await trouble_of(read(played.credentials, {}))
    assert "Text character limit of 500 exceeded" in trouble.sentence


async def test_a_server_that_hangs_is_given_up(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = http.client
    monkeypatch.setattr(http, "client", lambda: patient(timeout=0.3))

    def hang(asked: Asked) -> Answer:
        time.sleep(1)
        return as_json([])

    played.handler = hang
    trouble = await trouble_of(read(played.credentials, {}))
    assert trouble.verdict is Verdict.RETRY
    assert "too long" in trouble.sentence


async def test_a_connection_that_was_closed_without_a_word_is_no_fault(played: Played) -> None:
    lost = [None]
    played.handler = lambda asked: lost.pop() if lost else as_json([])
    assert (await read(played.credentials, {})).activities == ()


# Rate limits: https://docs.joinmastodon.org/api/rate-limits/


async def test_a_wait_is_as_long_as_the_server_says(played: Played) -> None:
    reset = (datetime.now(UTC) + timedelta(seconds=90)).isoformat().replace("+00:00", "Z")
    cases: list[tuple[dict[str, str], float]] = [
        ({"retry-after": "7"}, 7),
        ({"x-ratelimit-reset": reset}, 90),
        ({}, 60),
    ]
    for headers, seconds in cases:
        named = {"content-type": "application/json", **headers}
        played.handler = always((429, named, b"{}"))
        trouble = await trouble_of(read(played.credentials, {}))
        assert trouble.retry_after == pytest.approx(seconds, abs=3)


async def test_when_nothing_is_left_no_more_is_asked_until_the_reset(played: Played) -> None:
    reset = (datetime.now(UTC) + timedelta(seconds=90)).isoformat().replace("+00:00", "Z")
    left: dict[str, Any] = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": reset}
    played.handler = lambda asked: as_json([told(5), told(4)], link="", **left)
    page = await read(played.credentials, {})
    assert len(played.asked) == 1
    assert len(page.activities) == 2
    assert page.next_after == pytest.approx(90, abs=3)
    # What would need another request before that is put off, and nothing is taken as read.
    played.handler = lambda asked: as_json([told(6, in_reply_to_id="5")], **left)
    trouble = await trouble_of(read(played.credentials, page.cursor))
    assert trouble.verdict is Verdict.WAIT
    assert trouble.retry_after == pytest.approx(90, abs=3)
    assert len(played.asked) == 2


async def test_a_limit_without_a_reset_is_the_usual_one(played: Played) -> None:
    played.handler = lambda asked: as_json([], x_ratelimit_remaining="0")
    assert (await read(played.credentials, {})).next_after == pytest.approx(300, abs=3)
