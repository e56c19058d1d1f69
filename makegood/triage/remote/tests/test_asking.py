"""Whatever a model's server does, asking ends in time, with an answer or with the right trouble, within the purse."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from makegood.triage.remote.asking import MOST_BYTES, Outcome, ask, most_of
from makegood.triage.remote.chatting import body_for
from makegood.triage.remote.purse import Purse
from makegood.triage.remote.settings import CHAT, CLASSIFIER, TEI, ZERO_SHOT, Config
from makegood.triage.remote.tests.model import Call, Drip, Model, chat_answer, classified, reading

LOTS = 2**60
LABELS = {"negative": "sentiment.negative", "positive": "sentiment.positive", "complaint": "intent.complaint"}


def config(outside: Model, kind: str = CHAT, **changes: Any) -> Config:
    given: dict[str, Any] = {"kind": kind, "url": outside.url, "model": "tiny", "labels": LABELS, "seconds": 5.0}
    return Config(**{**given, **changes})


def asked(found: Config, texts: list[str], *, requests: int = 100, tokens: int = LOTS, wary: bool = False) -> Outcome:
    purse = Purse(found, requests, tokens, LOTS)
    outcome = asyncio.run(ask(found, texts, purse, wary=wary))
    assert set(outcome.said) | set(outcome.troubles) == set(range(len(texts)))
    assert purse.used_requests <= requests
    return outcome


def kinds(outcome: Outcome) -> list[str]:
    return [
        outcome.troubles[at].kind if at in outcome.troubles else "said"
        for at in sorted({*outcome.said, *outcome.troubles})
    ]


def test_a_chat_model_is_asked_by_schema_with_the_key(outside: Model) -> None:
    outside.reply = lambda call: (200, chat_answer(reading()))
    outcome = asked(config(outside, key="sk-teapot"), ["It never came."])
    said = outcome.said[0]
    assert said["intent.complaint"] == 0.9
    assert said["intent.praise"] == pytest.approx(0.1)
    assert said["severity.3"] == 0.6
    assert "severity.2" not in said
    call = outside.calls[0]
    assert call.path == "/chat/completions"
    assert call.headers["authorization"] == "Bearer sk-teapot"
    assert call.body["response_format"]["json_schema"]["strict"] is True
    assert json.loads(call.body["messages"][-1]["content"]) == {"text": "It never came."}


def test_classifiers_are_asked_in_the_shape_of_their_server(outside: Model) -> None:
    outside.reply = lambda call: (200, classified(call, negative=0.8, positive=0.2))
    texts = [f"text {number}" for number in range(11)]
    outcome = asked(config(outside, CLASSIFIER), texts)
    assert outcome.said[10] == {"sentiment.negative": 0.8, "sentiment.positive": 0.2}
    assert sorted(len(call.body["inputs"]) for call in outside.calls) == [3, 8]
    outside.calls.clear()
    asked(config(outside, TEI), ["a b", "c d"])
    assert outside.calls[0].body["inputs"] == [["a b"], ["c d"]]


def test_a_zero_shot_model_gets_the_labels(outside: Model) -> None:
    outside.reply = lambda call: (
        200,
        [{"sequence": text, "labels": ["complaint"], "scores": [0.7]} for text in call.body["inputs"]],
    )
    outcome = asked(config(outside, ZERO_SHOT), ["one", "two"])
    assert outcome.said == {0: {"intent.complaint": 0.7}, 1: {"intent.complaint": 0.7}}
    assert outside.calls[0].body["parameters"] == {"candidate_labels": sorted(LABELS), "multi_label": True}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (401, "key"),
        (403, "key"),
        (402, "quota"),
        ((429, {"error": {"message": "You exceeded your current quota"}}), "quota"),
        (404, "gone"),
        (413, "too_long"),
        (418, "refused"),
        (500, "unwell"),
        ((503, {"error": "Model is loading"}), "unwell"),
        ((429, b"", {"retry-after": "30"}), "busy"),
        ((200, b"<html>sign in to the Wi-Fi</html>"), "nonsense"),
        ((200, b'{"choices": [{"message": {"content": "{'), "nonsense"),
        ((200, b"[" * 100_000), "nonsense"),
        ((200, {"choices": []}), "nonsense"),
        ((200, {"choices": [{"message": {"content": None}}]}), "nonsense"),
        ((200, chat_answer("I would say it is a complaint.")), "nonsense"),
        ((200, chat_answer(reading(intent=["rant"]))), "nonsense"),
        ((200, chat_answer({"intent": ["complaint"]})), "nonsense"),
        ((200, chat_answer('{"intent": ["compl', finish="length")), "cut_off"),
        ((200, chat_answer("", finish="content_filter")), "declined"),
        ((200, b" " * (MOST_BYTES + 1)), "too_big"),
        ((200, b" " * 10, {"content-length": str(10 * 2**20)}), "too_big"),
        (b"HTTP/1.1 200 X\r\ncontent-length: 500\r\n\r\n{", "broken_off"),
        (b"", "protocol"),
        (b"not HTTP at all\r\n\r\n", "protocol"),
        ((307, b"", {"location": "https://elsewhere.example/"}), "protocol"),
    ],
)
def test_each_way_to_misbehave_has_its_trouble(outside: Model, reply: Any, kind: str) -> None:
    outside.reply = lambda call: reply
    assert kinds(asked(config(outside), ["It never came."])) == [kind]


@pytest.mark.parametrize("reply", [None, Drip()], ids=["hanging", "dripping"])
def test_a_slow_one_is_left_in_time(outside: Model, reply: Any) -> None:
    outside.reply = lambda call: reply
    begun = time.monotonic()
    outcome = asked(config(outside, seconds=0.6), [f"text {number}" for number in range(9)])
    assert time.monotonic() - begun < 2.5
    assert set(kinds(outcome)) <= {"slow", "turn"}


def test_nobody_listens(outside: Model) -> None:
    gone = config(outside, url="http://127.0.0.1:9", seconds=2.0)
    assert kinds(asked(gone, ["It never came."])) == ["private"], "and nobody even tries: that port is not allowed"


def test_a_private_address_is_refused_without_a_connection(outside: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEGOOD_PRIVATE_HOSTS")
    outcome = asked(config(outside), ["It never came."])
    assert kinds(outcome) == ["private"]
    assert "MAKEGOOD_PRIVATE_HOSTS" in outcome.troubles[0].sentence
    assert outside.calls == []


def in_turn(*replies: Any) -> Callable[[Call], Any]:
    left = list(replies)
    return lambda call: left.pop(0) if len(left) > 1 else left[0]


def test_a_passing_fault_is_tried_once_more(outside: Model) -> None:
    outside.reply = in_turn(500, (200, chat_answer(reading())))
    assert kinds(asked(config(outside), ["It never came."])) == ["said"]
    assert len(outside.calls) == 2


def test_a_short_wait_is_waited(outside: Model) -> None:
    outside.reply = in_turn((429, b"", {"retry-after": "1"}), (200, chat_answer(reading())))
    assert kinds(asked(config(outside), ["It never came."])) == ["said"]


def test_a_long_wait_ends_the_turn(outside: Model) -> None:
    outside.reply = lambda call: (429, b"", {"retry-after": "120"})
    outcome = asked(config(outside), [f"text {number}" for number in range(20)])
    assert outcome.stop is not None
    assert outcome.stop.pause == 120
    assert len(outside.calls) <= 4, "what was under way, and nothing more"


def test_an_answer_out_of_shape_is_mended_once(outside: Model) -> None:
    outside.reply = in_turn((200, chat_answer("Sure! A complaint.")), (200, chat_answer(reading())))
    assert kinds(asked(config(outside), ["It never came."])) == ["said"]
    told = outside.calls[1].body["messages"]
    assert told[-2]["content"] == "Sure! A complaint."
    assert "it is not JSON" in told[-1]["content"]
    outside.calls.clear()
    outside.reply = lambda call: (200, chat_answer("No."))
    assert kinds(asked(config(outside), ["It never came."])) == ["nonsense"]
    assert len(outside.calls) == 2


def test_a_server_that_does_not_take_our_parameters_is_asked_without(outside: Model) -> None:
    def choosy(call: Call) -> Any:
        for name in ("response_format", "max_tokens"):
            if name in call.body:
                return 400, {"error": {"message": f"Unsupported parameter: '{name}'"}}
        return 200, chat_answer(reading())

    outside.reply = choosy
    outcome = asked(config(outside), ["It never came."])
    assert kinds(outcome) == ["said"]
    assert outcome.leave_out == ("response_format", "max_tokens")
    outside.calls.clear()
    asked(config(outside, leave_out=outcome.leave_out), ["It never came."])
    assert len(outside.calls) == 1
    assert outside.calls[0].body["max_completion_tokens"] > 0


def test_after_three_failures_the_rest_is_left(outside: Model) -> None:
    outside.reply = lambda call: 418
    outcome = asked(config(outside), [f"text {number}" for number in range(40)])
    assert outcome.failures >= 3
    assert len(outside.calls) <= 8
    assert kinds(outcome).count("turn") >= 32


def test_a_wary_turn_asks_one_first(outside: Model) -> None:
    outside.reply = lambda call: 418
    asked(config(outside), [f"text {number}" for number in range(10)], wary=True)
    assert len(outside.calls) == 1


def test_the_purse_is_never_passed(outside: Model) -> None:
    outside.reply = lambda call: (200, chat_answer(reading()))
    outcome = asked(config(outside), [f"text {number}" for number in range(10)], requests=3)
    assert len(outside.calls) == 3
    assert kinds(outcome).count("said") == 3
    assert outcome.stop is not None
    assert outcome.stop.kind == "limit"
    outside.calls.clear()
    found = config(outside)
    one = sum(most_of(found, body_for(found, "text 0")))
    asked(found, [f"text {number}" for number in range(10)], tokens=one + 20)
    assert len(outside.calls) <= 2


def test_a_classifier_s_labels_that_nobody_explained(outside: Model) -> None:
    outside.reply = lambda call: (200, classified(call, LABEL_0=0.8, LABEL_1=0.2))
    outcome = asked(config(outside, CLASSIFIER), ["It never came."])
    assert kinds(outcome) == ["labels"]
    assert "LABEL_0, LABEL_1" in outcome.troubles[0].sentence
    assert outcome.theirs == {"LABEL_0": 0.8, "LABEL_1": 0.2}


def test_the_key_is_in_no_trouble_and_no_repr(outside: Model) -> None:
    outside.reply = lambda call: 401
    found = config(outside, key="sk-teapot")
    outcome = asked(found, ["It never came."])
    assert "sk-teapot" not in repr(found) + outcome.troubles[0].sentence + repr(outcome)
