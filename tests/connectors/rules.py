"""The rules of the standard: each a name, what it needs of a connector, and what is done and must come of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from makegood.activity import Activity
from makegood.connectors.contract import Draft, Page, Published, Trouble, Verdict
from tests import faults
from tests.connectors.sentences import faults_of, secrets_of
from tests.connectors.subject import SETTLED_SECONDS, Subject

__all__ = ["RULES", "Check", "Rule"]

Check = Callable[[Subject, pytest.MonkeyPatch], Awaitable[None]]
PATIENCE = 0.6
"""Seconds after which a connector gives up while a rule is about waiting."""


@dataclass(frozen=True)
class Rule:
    """One rule of the standard."""

    name: str
    needs: tuple[str, ...]
    check: Check


def speaks_plainly(trouble: Trouble, subject: Subject) -> None:
    """Its sentence is for a shop owner, and neither it nor the log's detail gives a secret away."""
    secrets = secrets_of(subject.credentials)
    assert not faults_of(trouble.sentence, secrets), (trouble.sentence, faults_of(trouble.sentence, secrets))
    assert not [secret for secret in secrets if secret in trouble.detail]


async def trouble_of(work: Awaitable[Any], subject: Subject) -> Trouble:
    """The trouble it ends with; anything else fails."""
    with pytest.raises(Trouble) as caught:
        await work
    speaks_plainly(caught.value, subject)
    return caught.value


async def trouble_if_any(work: Awaitable[Any]) -> Trouble | None:
    """The trouble it ends with, if it does."""
    try:
        await work
    except Trouble as trouble:
        return trouble
    return None


async def somebody(subject: Subject) -> Activity:
    """A post that may be answered by every rule, each in words of its own."""
    if subject.parent is None:
        subject.parent = await parent_of(subject, "I want my money back.")
    return subject.parent


async def parent_of(subject: Subject, text: str) -> Activity:
    """Somebody says something; what the connector makes of it."""
    reader = subject.reader(subject.behind)
    uri = subject.say(text)
    await reader.until(uri)
    return next(activity for activity in reader.brought if activity.id == uri)


# Doing its work


async def connects(subject: Subject, _: pytest.MonkeyPatch) -> None:
    made = await subject.sign_in()
    assert made.id
    assert made.name
    assert made.url.startswith(("https://", "http://127.0.0.1"))
    assert made.kind == ("account" if subject.has_account else "feed")


async def refuses_a_wrong_form(subject: Subject, _: pytest.MonkeyPatch) -> None:
    trouble = await trouble_of(subject.wrong(), subject)
    assert trouble.verdict is not Verdict.BUG


async def reads_on(subject: Subject, _: pytest.MonkeyPatch) -> None:
    reader = subject.reader(subject.behind)
    before = await reader.read()
    first = subject.say("The lid came broken.")
    await reader.until(first)
    second = subject.say("And the pot leaks.")
    ids = await reader.until(second)
    assert len(ids) == len(set(ids)), "each once"
    assert set(ids) == {each.id for each in before} | {first, second}
    said = {activity.id: activity for activity in reader.brought}
    assert "The lid came broken." in said[first].text
    assert said[first].network == subject.network
    assert said[first].posted_at.tzinfo is UTC
    assert said[first].author.id


async def pages(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = subject.reader(subject.behind)
    await reader.read()
    start, expected = reader.cursor, [subject.say(f"Cup number {number} is chipped.") for number in range(7)]
    await reader.until(*expected)
    subject.few_a_page(monkeypatch)
    small = subject.reader(start)
    await small.until(*expected)
    assert len(small.ids) == len(set(small.ids))
    assert set(expected) <= set(small.ids)
    assert small.pages > 1, "it took several"


async def says_nothing_twice(subject: Subject, _: pytest.MonkeyPatch) -> None:
    reader = subject.reader(subject.behind)
    assert await reader.read()
    assert await reader.read() == []
    again = subject.reader(subject.behind)
    await again.read()
    assert sorted(again.ids) == sorted(reader.ids), "the same cursor brings the same"


async def follows_an_edit(subject: Subject, _: pytest.MonkeyPatch) -> None:
    parent = await parent_of(subject, "The tea is cold.")
    reader = subject.reader(subject.behind)
    await reader.read()
    subject.edit(parent.id, "The tea was cold, and is warm now.")

    async def seen() -> bool:
        known = [*(await reader.read()), *(await _looked(subject, parent)).activities]
        return any(activity.id == parent.id and "warm now" in activity.text for activity in known)

    await _eventually(seen, "the edit is seen")


async def follows_a_deletion(subject: Subject, _: pytest.MonkeyPatch) -> None:
    parent = await parent_of(subject, "I take this back.")
    reader = subject.reader(subject.behind)
    subject.delete(parent.id)

    async def seen() -> bool:
        await reader.read()
        return parent.id in [*reader.deleted, *(await _looked(subject, parent)).deleted]

    await _eventually(seen, "the deletion is seen")


async def _looked(subject: Subject, activity: Activity) -> Page:
    if subject.connector.look is None:
        return Page()
    return await subject.connector.look(subject.credentials, {activity.id: activity.revision})


async def _eventually(happens: Callable[[], Awaitable[bool]], what: str) -> None:
    end = time.monotonic() + SETTLED_SECONDS
    while not await happens():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.2)


# Answering


async def replies(subject: Subject, _: pytest.MonkeyPatch) -> None:
    draft = subject.draft(await somebody(subject), "It is on its way!")
    sent = await send(subject, draft)
    assert sent.id
    assert sent.url
    assert standing(subject, draft) == 1


async def finds_what_it_sent(subject: Subject, _: pytest.MonkeyPatch) -> None:
    parent = await somebody(subject)
    draft, other = subject.draft(parent, "We send it again!"), subject.draft(parent, "Something we never sent.")
    first = await send(subject, draft)
    assert subject.connector.find is not None
    found = await subject.connector.find(subject.credentials, draft)
    assert found is not None
    assert found.id == first.id
    assert await subject.connector.find(subject.credentials, other) is None


async def refuses_what_cannot_be_answered(subject: Subject, _: pytest.MonkeyPatch) -> None:
    parent = await parent_of(subject, "Never mind.")
    subject.delete(parent.id)

    async def gone() -> bool:
        return parent.id in (await _looked(subject, parent)).deleted

    if subject.connector.look is not None:
        await _eventually(gone, "the network knows that it is gone")

    async def refused() -> bool:
        sent, trouble = await attempt(subject, subject.draft(parent, "Too late?"))
        assert trouble is not None, f"an answer to what is gone was sent: {sent}"
        speaks_plainly(trouble, subject)
        return trouble.verdict is Verdict.REFUSE

    await _eventually(refused, "refused")


async def refuses_what_is_too_long(subject: Subject, _: pytest.MonkeyPatch) -> None:
    draft = subject.draft(await somebody(subject), "Very long. " * 2000)
    trouble = await trouble_of(send(subject, draft), subject)
    assert trouble.verdict is Verdict.REFUSE
    assert standing(subject, draft) == 0


async def send(subject: Subject, draft: Draft) -> Published:
    assert subject.connector.reply is not None
    return await subject.connector.reply(subject.credentials, draft)


async def attempt(subject: Subject, draft: Draft) -> tuple[Published | None, Trouble | None]:
    """What came of one attempt to send."""
    try:
        return await send(subject, draft), None
    except Trouble as trouble:
        return None, trouble


def standing(subject: Subject, draft: Draft) -> int:
    """How often these very words of ours stand under what they answer."""
    return sum(draft.text in text for text in subject.answers(draft.parent_id))


# Bearing what networks do: reading


def bears(
    fault: Callable[[], faults.Fault],
    *verdicts: Verdict,
    wait: tuple[float, float] | None = None,
    impatient: bool = False,
) -> Check:
    """A reading under this fault ends in trouble with one of these verdicts, and the next brings all, once."""

    async def check(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
        if impatient:
            be_impatient(monkeypatch)
        expected = await all_there_is(subject)
        subject.between.inject(fault(), path=subject.read_path)
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


# Bearing what networks do: answering


def sends_once(fault: Callable[[], faults.Fault], *verdicts: Verdict, impatient: bool = False) -> Check:
    """The write meets the fault. Whatever is told, the product's way (ask, then send) leaves one answer standing."""

    async def check(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
        parent = await somebody(subject)
        if impatient:
            be_impatient(monkeypatch)
        draft = subject.draft(parent, f"You get it today, in spite of “{fault().name}”!")
        subject.between.inject(fault(), path=subject.write_path, method="POST", times=1)
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


READ = ("read",)
WRITE = ("read", "reply", "find")
SIGNED = (*WRITE, "account")
AFTER = {"retry_after": "30"}
RULES: tuple[Rule, ...] = (
    Rule("connect", ("sign in",), connects),
    Rule("connect: refuse", ("sign in",), refuses_a_wrong_form),
    Rule("read on", READ, reads_on),
    Rule("page", READ, pages),
    Rule("dedupe", READ, says_nothing_twice),
    Rule("edit", ("read", "edits"), follows_an_edit),
    Rule("delete", ("read", "look"), follows_a_deletion),
    Rule("reply", ("read", "reply"), replies),
    Rule("reply: find", WRITE, finds_what_it_sent),
    Rule("reply: refuse, gone", ("read", "reply"), refuses_what_cannot_be_answered),
    Rule("reply: refuse, too long", ("read", "reply"), refuses_what_is_too_long),
    Rule("401, connect again", ("read", "account"), bears_a_lost_sign_in),
    Rule("403", READ, bears(lambda: faults.answer(403), Verdict.REFUSE, Verdict.RETRY, Verdict.WAIT)),
    Rule("404", READ, bears(lambda: faults.answer(404), Verdict.REFUSE, Verdict.RETRY, Verdict.BUG)),
    Rule("410", READ, bears(lambda: faults.answer(410), Verdict.REFUSE, Verdict.DISCONNECT)),
    Rule("429 with Retry-After", READ, bears(lambda: faults.answer(429, retry_after="7"), Verdict.WAIT, wait=(6, 8))),
    Rule("429 without", READ, bears(lambda: faults.answer(429), Verdict.WAIT, wait=(1, 3600))),
    Rule("500", READ, bears(lambda: faults.answer(500), Verdict.RETRY)),
    Rule("502", READ, bears(lambda: faults.answer(502), Verdict.RETRY)),
    Rule("503 with Retry-After", READ, bears(lambda: faults.answer(503, None, **AFTER), Verdict.RETRY, wait=(29, 31))),
    Rule("time-out", READ, bears(lambda: faults.slow(PATIENCE + 1), Verdict.RETRY, impatient=True)),
    Rule("reset", READ, bears(faults.reset, Verdict.RETRY)),
    Rule("answer lost", READ, bears(faults.lost, Verdict.RETRY)),
    Rule("server down", READ, bears_a_server_that_is_down),
    Rule("truncated body", READ, bears(faults.truncated, Verdict.RETRY)),
    Rule("malformed body", READ, bears_half_a_body),
    Rule("wrong content type", READ, bears(faults.wrong_type, Verdict.RETRY)),
    Rule("trouble in the middle", READ, bears_trouble_in_the_middle),
    Rule("clock skew", READ, bears_a_clock_that_is_wrong),
    Rule("huge page", READ, reads_a_huge_page),
    Rule("endless page", READ, bears(lambda: faults.huge(21 * 2**20), Verdict.BUG, Verdict.REFUSE)),
    Rule("reply: 429", WRITE, sends_once(lambda: faults.answer(429, retry_after="7"), Verdict.WAIT)),
    Rule("reply: 500", WRITE, sends_once(lambda: faults.answer(500), Verdict.RETRY)),
    Rule("reply: 401", SIGNED, sends_once(lambda: faults.answer(401), Verdict.REFRESH, Verdict.DISCONNECT)),
    Rule("reply: reset", WRITE, sends_once(faults.reset, Verdict.RETRY)),
    Rule("reply: answer lost", WRITE, sends_once(faults.lost, Verdict.RETRY)),
    Rule("reply: answer late", WRITE, sends_once(lambda: faults.late(PATIENCE + 1), Verdict.RETRY, impatient=True)),
    Rule("reply: truncated", WRITE, sends_once(faults.truncated, Verdict.RETRY)),
    Rule("reply: malformed", WRITE, sends_once(faults.malformed, Verdict.RETRY)),
)
