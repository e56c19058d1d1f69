"""A real llama.cpp server: it takes our request, keeps to our schema, counts its tokens, and we read what it says."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest

from makegood.triage.heads import LABELS
from makegood.triage.remote.asking import ask
from makegood.triage.remote.purse import Purse
from makegood.triage.remote.settings import CHAT, Config

pytestmark = pytest.mark.slow
LOTS = 2**60


def config(url: str) -> Config:
    return Config(CHAT, url, "noise", seconds=120.0)


def test_its_answers_are_read(llamacpp_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", urlsplit(llamacpp_server).netloc)
    purse = Purse(config(llamacpp_server), 10, LOTS, LOTS)
    outcome = asyncio.run(ask(config(llamacpp_server), ["It never came.", 'A "quoted" one: {"intent": 1} 😡'], purse))
    assert outcome.troubles == {}
    assert outcome.leave_out == ()
    for said in outcome.said.values():
        assert set(said) <= set(LABELS)
        assert all(0 < chance < 1 for chance in said.values())
    assert purse.used_requests == 2
    assert purse.used_in > 500, "it counts the tokens of the prompt"
    assert 0 < purse.used_out <= 800


def test_cut_off_in_the_middle_is_said(llamacpp_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", urlsplit(llamacpp_server).netloc)
    monkeypatch.setattr("makegood.triage.remote.chatting.MOST_TOKENS", 12)
    purse = Purse(config(llamacpp_server), 10, LOTS, LOTS)
    outcome = asyncio.run(ask(config(llamacpp_server), ["It never came."], purse))
    assert outcome.troubles[0].kind == "cut_off"


def test_a_wrong_address_is_said(llamacpp_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", urlsplit(llamacpp_server).netloc)
    wrong = replace(config(llamacpp_server), url=f"{llamacpp_server}/nothing/here")
    outcome = asyncio.run(ask(wrong, ["It never came."], Purse(wrong, 10, LOTS, LOTS)))
    assert outcome.troubles[0].kind == "gone"


def test_without_the_schema_it_says_nothing_of_use(llamacpp_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is the grammar that shapes its answers, not luck."""
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", urlsplit(llamacpp_server).netloc)
    free = replace(config(llamacpp_server), leave_out=("response_format",))
    outcome = asyncio.run(ask(free, ["It never came."], Purse(free, 10, LOTS, LOTS)))
    assert outcome.said == {}
    assert outcome.troubles[0].kind in ("nonsense", "cut_off")
    assert httpx.get(f"{llamacpp_server}/models", timeout=60).status_code == 200, "and it lives"
