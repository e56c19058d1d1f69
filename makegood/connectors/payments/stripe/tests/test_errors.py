"""What Stripe says in words of its own, and what each means."""

from __future__ import annotations

import pytest

from makegood.connectors.contract import Verdict
from makegood.connectors.payments.stripe import errors
from tests.connectors.sentences import faults_of


@pytest.mark.parametrize("code", sorted(errors._CODES))
def test_each_code_has_a_plain_sentence(code: str) -> None:
    body = {"error": {"type": "invalid_request_error", "code": code, "message": "No such thing."}}
    trouble = errors.from_answer(400, body, {}, writes=True)
    assert (trouble.verdict, trouble.sentence) == errors._CODES[code]
    assert not faults_of(trouble.sentence)
    assert code in trouble.detail


@pytest.mark.parametrize(
    ("status", "error", "headers", "writes", "verdict"),
    [
        (400, {"type": "idempotency_error"}, {}, True, Verdict.BUG),
        (400, {"type": "invalid_request_error", "param": "amount"}, {}, True, Verdict.REFUSE),
        (400, {"type": "invalid_request_error", "message": "The moon is full."}, {}, True, Verdict.REFUSE),
        (400, {"type": "invalid_request_error", "message": "Unknown parameter."}, {}, False, Verdict.BUG),
        (401, {"type": "invalid_request_error", "message": "Invalid API Key"}, {}, False, Verdict.DISCONNECT),
        (402, {"type": "card_error", "message": "Declined."}, {}, True, Verdict.REFUSE),
        (403, {"type": "invalid_request_error"}, {}, True, Verdict.REFUSE),
        (409, {"type": "invalid_request_error"}, {}, True, Verdict.RETRY),
        (424, {"type": "api_error"}, {}, True, Verdict.RETRY),
        (429, {"type": "invalid_request_error", "code": "rate_limit"}, {"retry-after": "3"}, True, Verdict.WAIT),
        (429, {"type": "invalid_request_error", "code": "lock_timeout"}, {}, True, Verdict.RETRY),
        (500, {"type": "api_error"}, {"Idempotent-Replayed": "true"}, True, Verdict.RETRY),
        (502, {}, {}, True, Verdict.RETRY),
    ],
)
def test_each_status(
    status: int, error: dict[str, str], headers: dict[str, str], writes: bool, verdict: Verdict
) -> None:
    trouble = errors.from_answer(status, {"error": error}, headers, writes=writes)
    assert trouble.verdict is verdict
    assert not faults_of(trouble.sentence)
    if "Idempotent-Replayed" in headers:
        assert trouble.retry_after == errors.REPLAY_WAIT


def test_a_refusal_that_we_do_not_know_is_told_in_stripes_words() -> None:
    body = {"error": {"type": "invalid_request_error", "message": "The moon is full."}}
    assert "The moon is full" in errors.from_answer(400, body, {}, writes=True).sentence


def test_what_stripe_says_about_a_key_is_not_kept() -> None:
    body = {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided: sk_test_1234"}}
    assert "sk_test" not in errors.from_answer(401, body, {}, writes=False).detail
