"""Bearing what networks do: the verdict, the sentence, and that nothing is lost, for every fault there is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from makegood.connectors.contract import Verdict
from tests import faults
from tests.connectors.doing import attempt, send, somebody, speaks_plainly, standing, trouble_if_any, trouble_of
from tests.connectors.subject import Subject

Check = Callable[[Subject, pytest.MonkeyPatch], Awaitable[None]]
PATIENCE = 1.5
"""Seconds after which a connector gives up while a rule is about waiting."""


# Reading


def bears(
    fault: Callable[[], faults.Fault],
    *verdicts: Verdict,
    wait: tuple[float, float] | None = None,
    impatient: bool = False,
) -> Check:
    """A reading under this fault ends in trouble with one of these verdicts, and the next brings all, once."""

    async def check(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
        expected = await all_there_is(subject)
        subject.between.inject(fault(), path=subject.read_path)
        with monkeypatch.context() as patched:
            if impatient:
                be_impatient(patched)
            trouble = await trouble_of(subject.reader(subject.behind).read(), subject)
        assert trouble.verdict in verdicts, (trouble.verdict, trouble.detail)
        if wait is not None:
            assert trouble.retry_after is not None
            assert wait[0] <= trouble.retry_after <= wait[1], trouble.retry_after
        subject.between.lift()
        assert await all_there_is(subject) == expected

    return check


async def all_there_is(subject: Subject) -> list[str]:
    """What a healthy reading brings from behind the last post, sorted: each once, and something."""
    reader = subject.reader(subject.behind)
    await reader.read()
    assert reader.ids
    assert len(reader.ids) == len(set(reader.ids))
    assert await reader.read() == []
    return sorted(reader.ids)


def be_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connector gives up sooner, so that a rule about waiting does not take a minute."""
    from makegood.kit import http

    patient = http.client

    def client(**options: Any) -> Any:
        return patient(**{**options, "timeout": PATIENCE})

    monkeypatch.setattr(http, "client", client)


async def bears_trouble_in_the_middle(subject: Subject, _: pytest.MonkeyPatch) -> None:
    expected = await all_there_is(subject)
    for passing in range(1, 4):
        rule = subject.between.inject(faults.answer(503), skip=passing)
        reader = subject.reader(subject.behind)
        if trouble := await trouble_if_any(reader.read()):
            speaks_plainly(trouble, subject)
        subject.between.lift(rule)
        await reader.read()
        assert sorted(reader.ids) == expected, f"after {passing} requests"


async def bears_half_a_body(subject: Subject, _: pytest.MonkeyPatch) -> None:
    """It may read what can be read; then the rest, and what was cut, come with the next reading."""
    healthy = subject.reader(subject.behind)
    await healthy.read()
    subject.between.inject(faults.malformed(), path=subject.read_path)
    reader = subject.reader(subject.behind)
    trouble = await trouble_if_any(reader.read())
    if trouble is None:
        assert reader.problems, "it says that something could not be read"
    else:
        speaks_plainly(trouble, subject)
        assert (trouble.verdict, reader.ids) == (Verdict.RETRY, [])
    subject.between.lift()
    await reader.read()
    assert {each.id: each.text for each in reader.brought} == {each.id: each.text for each in healthy.brought}


async def bears_a_lost_sign_in(subject: Subject, _: pytest.MonkeyPatch) -> None:
    expected = await all_there_is(subject)
    subject.between.inject(faults.answer(401))
    reader = subject.reader(subject.behind)
    trouble = await trouble_of(reader.read(), subject)
    assert trouble.verdict is Verdict.DISCONNECT, trouble.detail
    assert "connect" in trouble.sentence.lower(), "it says that the account must be connected again"
    subject.between.lift()
    reader.credentials = (await subject.sign_in()).credentials
    await reader.read()
    assert sorted(reader.ids) == expected


async def bears_a_clock_that_is_wrong(subject: Subject, _: pytest.MonkeyPatch) -> None:
    expected = await all_there_is(subject)
    for ahead in (-86_400, 86_400):
        rule = subject.between.inject(faults.skewed(ahead))
        assert await all_there_is(subject) == expected
        subject.between.lift(rule)
        theirs = datetime.now(UTC) + timedelta(seconds=ahead)
        moments = {
            "date": format_datetime(theirs, usegmt=True),
            "retry_after": format_datetime(theirs + timedelta(seconds=90), usegmt=True),
        }
        rule = subject.between.inject(faults.answer(429, None, **moments))
        trouble = await trouble_of(subject.reader(subject.behind).read(), subject)
        assert trouble.retry_after is not None
        assert 80 <= trouble.retry_after <= 95, "by the server's own clock"
        subject.between.lift(rule)


async def reads_a_huge_page(subject: Subject, _: pytest.MonkeyPatch) -> None:
    expected = await all_there_is(subject)
    subject.between.inject(faults.huge(10 * 2**20 - 1))
    assert await all_there_is(subject) == expected


async def bears_a_server_that_is_down(subject: Subject, _: pytest.MonkeyPatch) -> None:
    expected = await all_there_is(subject)
    subject.between.go_down()
    trouble = await trouble_of(subject.reader(subject.behind).read(), subject)
    assert trouble.verdict is Verdict.RETRY
    subject.between.come_up()
    assert await all_there_is(subject) == expected


# Answering


def sends_once(fault: Callable[[], faults.Fault], *verdicts: Verdict, impatient: bool = False) -> Check:
    """The write meets the fault. Whatever is told, the product's way (ask, then send) leaves one answer standing."""

    async def check(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
        draft = subject.draft(await somebody(subject), f"You get it today, in spite of “{fault().name}”!")
        subject.between.inject(fault(), path=subject.write_path, method="POST", times=1)
        with monkeypatch.context() as patched:
            if impatient:
                be_impatient(patched)
            sent, trouble = await attempt(subject, draft)
        if trouble is not None:
            speaks_plainly(trouble, subject)
            assert trouble.verdict in verdicts, (trouble.verdict, trouble.detail)
        subject.between.lift()
        assert subject.connector.find is not None
        sent = sent or await subject.connector.find(subject.credentials, draft) or await send(subject, draft)
        assert sent.id
        assert standing(subject, draft) == 1

    return check
