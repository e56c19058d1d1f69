"""Asking an outside model about texts: several at once, within a time, and never more than the purse holds.

Knows HTTP and plain data only, no database.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx
import msgspec

from makegood.connectors.verdicts import NOT_JSON
from makegood.kit.http import NetworkError, client, fetch
from makegood.triage.remote import chatting, classifying
from makegood.triage.remote.purse import Purse
from makegood.triage.remote.settings import CHAT, Config
from makegood.triage.remote.troubles import AskError, from_answer, from_network

__all__ = ["AT_ONCE", "Outcome", "ask", "most_of", "requests_for"]

AT_ONCE: Final = 4
"""Requests under way at the same time."""
MOST_BYTES: Final = 2**20
"""Of an answer: a hundred times what one needs."""
MOST_TRIES: Final = 4
"""Requests about the same text, whatever happens."""
GIVE_UP_AFTER: Final = 3
"""Failures in a row, after which the rest of a turn is not asked."""
SHORT_WAIT: Final = 0.4


@dataclass
class Outcome:
    """What a turn brought. `said` are our labels' probabilities by text; `troubles` by text, the same one for all that
    one request was about; `theirs` is the last answer of a classifier in its own labels.
    """

    said: dict[int, dict[str, float]] = field(default_factory=dict)
    troubles: dict[int, AskError] = field(default_factory=dict)
    theirs: dict[str, float] = field(default_factory=dict)
    raw: str = ""
    """The last answer as it came, or a part of it."""
    leave_out: tuple[str, ...] = ()
    failures: int = 0
    """In a row, at the end."""
    stop: AskError | None = None
    """Why the rest was not asked."""


@dataclass
class _Turn:
    http: httpx.AsyncClient
    config: Config
    texts: Sequence[str]
    purse: Purse
    until: float
    outcome: Outcome

    @property
    def seconds(self) -> float:
        """What is left of the time."""
        return self.until - time.monotonic()


def requests_for(config: Config, count: int) -> int:
    """How many requests so many texts take if all goes well."""
    return count if config.kind == CHAT else -(-count // classifying.AT_ONCE)


def most_of(config: Config, body: dict[str, Any]) -> tuple[int, int]:
    """The most tokens a request may use, sent and received: a token is at least a byte of what is sent."""
    sent = len(msgspec.json.encode(body))
    if config.kind != CHAT:
        return sent, 0
    return sent, body.get("max_completion_tokens", chatting.MOST_TOKENS)


async def ask(config: Config, texts: Sequence[str], purse: Purse, *, wary: bool = False) -> Outcome:
    """Asks about texts; what brings no answer within `config.seconds` is a trouble. Never raises for what is met.

    With `wary`, after failures, one is asked first, and the rest only once that has brought an answer.
    """
    until = time.monotonic() + config.seconds
    step = 1 if config.kind == CHAT else classifying.AT_ONCE
    units = [range(at, min(at + step, len(texts))) for at in range(0, len(texts), step)]
    async with client(timeout=config.seconds) as http:
        turn = _Turn(http, config, texts, purse, until, Outcome(leave_out=config.leave_out))
        if wary and units:
            await _unit(turn, units.pop(0))
        if not (wary and turn.outcome.failures):
            await _all(turn, units)
    for at in range(len(texts)):
        if at not in turn.outcome.said:
            turn.outcome.troubles.setdefault(at, turn.outcome.stop or AskError("turn"))
    return turn.outcome


async def _all(turn: _Turn, units: Sequence[range]) -> None:
    waiting = iter(units)

    async def work() -> None:
        for unit in waiting:
            if turn.outcome.stop is not None or turn.outcome.failures >= GIVE_UP_AFTER or turn.seconds <= 0:
                return
            await _unit(turn, unit)

    await asyncio.gather(*(work() for _ in range(min(AT_ONCE, len(units)))))


async def _unit(turn: _Turn, unit: range) -> None:
    outcome = turn.outcome
    try:
        answers = await _answers(turn, [turn.texts[at] for at in unit])
    except AskError as trouble:
        outcome.troubles.update(dict.fromkeys(unit, trouble))
        if trouble.pause or trouble.kind == "limit":
            outcome.stop = trouble
        if not trouble.meaning.ours:
            outcome.failures += 1
        return
    outcome.said.update(zip(unit, answers, strict=True))
    outcome.failures = 0


async def _answers(turn: _Turn, texts: Sequence[str]) -> list[dict[str, float]]:
    """Asks, and once more where that may help: after a passing fault, a refused parameter, an answer out of shape."""
    body, repaired, again = _body(turn, texts), False, False
    for _ in range(MOST_TRIES):
        try:
            return await _once(turn, body, len(texts))
        except _Refused as refused:
            odd = chatting.may_leave_out(body, refused.said) if turn.config.kind == CHAT else ""
            if not odd:
                raise refused.trouble from refused
            turn.outcome.leave_out = tuple(dict.fromkeys((*turn.outcome.leave_out, odd)))
            body = _body(turn, texts)
        except _OutOfShapeError as shapeless:
            if repaired:
                raise shapeless.trouble from shapeless
            repaired = True
            body = chatting.repair(body, shapeless.content, shapeless.trouble.detail)
        except AskError as trouble:
            wait = SHORT_WAIT if trouble.wait is None else trouble.wait
            if again or not trouble.meaning.again or wait >= turn.seconds:
                raise
            again = True
            await asyncio.sleep(wait)
    raise AskError("refused")


class _Refused(Exception):  # noqa: N818 - a step on the way, not an error anybody sees
    def __init__(self, trouble: AskError, said: str) -> None:
        super().__init__(said)
        self.trouble, self.said = trouble, said


class _OutOfShapeError(Exception):
    def __init__(self, trouble: AskError, content: str) -> None:
        super().__init__(content)
        self.trouble, self.content = trouble, content


def _body(turn: _Turn, texts: Sequence[str]) -> dict[str, Any]:
    if turn.config.kind == CHAT:
        return chatting.body_for(replace(turn.config, leave_out=turn.outcome.leave_out), texts[0])
    return classifying.body_for(turn.config, texts)


async def _once(turn: _Turn, body: dict[str, Any], count: int) -> list[dict[str, float]]:
    config = turn.config
    most = most_of(config, body)
    if turn.seconds <= 0:
        raise AskError("turn")
    if not turn.purse.take(*most):
        raise AskError("limit")
    headers = {"authorization": f"Bearer {config.key}"} if config.key else {}
    address = f"{config.url.rstrip('/')}/chat/completions" if config.kind == CHAT else config.url
    try:
        response = await fetch(
            turn.http,
            "POST",
            address,
            json=body,
            headers=headers,
            max_bytes=MOST_BYTES,
            deadline=turn.seconds,
        )
    except NetworkError as error:
        raise from_network(error) from error
    turn.outcome.raw = response.body[:4_000].decode("utf-8", "replace")
    if response.status != 200:
        turn.purse.was(most, (0, 0))
        said = _words(response.body)
        trouble = from_answer(response.status, response.headers, said)
        if response.status in (400, 422):
            raise _Refused(trouble, said)
        raise trouble
    if config.kind == CHAT:
        return [_chat(turn, response.body, most)]
    theirs = classifying.read_answer(response.body, count)
    # Classifiers do not say how many tokens they read; three letters of a language make about one.
    turn.purse.was(most, (most[0] // 3, 0))
    turn.outcome.theirs = theirs[-1]
    return [classifying.in_ours(config, each) for each in theirs]


def _chat(turn: _Turn, body: bytes, most: tuple[int, int]) -> dict[str, float]:
    said = chatting.read_chat(body)
    counted = (said.tokens_in or most[0] // 3, said.tokens_out or max(1, len(said.content) // 3))
    turn.purse.was(most, counted)
    turn.outcome.raw = said.content[:4_000]
    try:
        return chatting.read_labels(turn.config, said.content)
    except AskError as trouble:
        raise _OutOfShapeError(trouble, said.content) from trouble


def _words(body: bytes) -> str:
    """What an error says of itself: {"error": "…"} or {"error": {"message": "…"}}; else its text."""
    try:
        found = msgspec.json.decode(body[:20_000])
        error = found.get("error", found.get("message", "")) if isinstance(found, dict) else ""
        error = error.get("message", "") if isinstance(error, dict) else error
    except NOT_JSON:
        error = ""
    return error[:500] if isinstance(error, str) else ""
