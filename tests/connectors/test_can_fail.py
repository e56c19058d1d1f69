"""The standard can be failed: a connector that errs in each of the ways it is about does not pass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from makegood.connectors.contract import Page, Trouble, Verdict
from tests.connectors.conftest import prepare
from tests.connectors.rules import RULES
from tests.connectors.subject import Subject
from tests.connectors.subjects import feed

Read = Callable[[Mapping[str, Any], Mapping[str, Any]], Awaitable[Page]]
CHECKS = {rule.name: rule.check for rule in RULES}


@pytest.fixture
async def blog(request: pytest.FixtureRequest) -> Any:
    """A blog of its own, whose connector the test spoils."""
    with pytest.MonkeyPatch.context() as patch:
        made = feed.subject(request, patch)
        with made.close:
            await prepare(made)
            yield made


def silent(read: Read) -> Read:
    """Takes trouble for "nothing new"."""

    async def spoiled(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> Page:
        try:
            return await read(credentials, cursor)
        except Trouble:
            return Page(cursor=cursor)

    return spoiled


def double(read: Read) -> Read:
    """Brings everything twice."""

    async def spoiled(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> Page:
        page = await read(credentials, cursor)
        return replace(page, activities=page.activities * 2)

    return spoiled


def forgetful(read: Read) -> Read:
    """After trouble it goes on behind what it has not read."""
    missed: list[bool] = []

    async def spoiled(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> Page:
        try:
            page = await read(credentials, cursor)
        except Trouble:
            missed.append(True)
            raise
        return replace(page, activities=()) if missed and missed.pop() else page

    return spoiled


def says(verdict: Verdict, sentence: str) -> Callable[[Read], Read]:
    """Says and decides always the same."""

    def spoil(read: Read) -> Read:
        async def spoiled(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> Page:
            try:
                return await read(credentials, cursor)
            except Trouble as trouble:
                raise Trouble(verdict, sentence, retry_after=7) from trouble

        return spoiled

    return spoil


PLAIN = "The blog is unwell. We will try again."


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (silent, "500"),
        (silent, "429 with Retry-After"),
        (double, "dedupe"),
        (double, "read on"),
        (forgetful, "reset"),
        (forgetful, "time-out"),
        (says(Verdict.BUG, PLAIN), "503 with Retry-After"),
        (says(Verdict.RETRY, "HTTP 500 of the blog. We will try again."), "500"),
        (says(Verdict.RETRY, "The blog is unwell."), "500"),
        (says(Verdict.RETRY, PLAIN), "429 with Retry-After"),
        (says(Verdict.WAIT, PLAIN), "clock skew"),
    ],
)
async def test_a_connector_that_errs_does_not_pass(
    blog: Subject, spoil: Callable[[Read], Read], rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = blog.connector.read
    assert read is not None
    blog.connector = replace(blog.connector, read=spoil(read))
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await CHECKS[rule](blog, monkeypatch)


@pytest.mark.parametrize("rule", ["429 without", "500", "dedupe", "clock skew"])
async def test_a_sound_one_passes_the_same(blog: Subject, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await CHECKS[rule](blog, monkeypatch)
