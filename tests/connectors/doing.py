"""Doing its work: how a connector reads, follows and answers when all is well, and what the rules share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Any

import pytest

from makegood.activity import Activity
from makegood.connectors.contract import Draft, Page, Published, Trouble, Verdict
from tests.connectors.sentences import faults_of, secrets_of
from tests.connectors.subject import SETTLED_SECONDS, Subject


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
    assert len(reader.ids) == len(set(reader.ids))
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
        known = [*(await reader.read()), *(await looked(subject, parent)).activities]
        return any(activity.id == parent.id and "warm now" in activity.text for activity in known)

    await eventually(seen, "the edit is seen")


async def follows_a_deletion(subject: Subject, _: pytest.MonkeyPatch) -> None:
    parent = await parent_of(subject, "I take this back.")
    reader = subject.reader(subject.behind)
    subject.delete(parent.id)

    async def seen() -> bool:
        await reader.read()
        return parent.id in [*reader.deleted, *(await looked(subject, parent)).deleted]

    await eventually(seen, "the deletion is seen")


async def looked(subject: Subject, activity: Activity) -> Page:
    if subject.connector.look is None:
        return Page()
    return await subject.connector.look(subject.credentials, {activity.id: activity.revision})


async def eventually(happens: Callable[[], Awaitable[bool]], what: str) -> None:
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
        return parent.id in (await looked(subject, parent)).deleted

    if subject.connector.look is not None:
        await eventually(gone, "the network knows that it is gone")

    async def refused() -> bool:
        sent, trouble = await attempt(subject, subject.draft(parent, "Too late?"))
        assert trouble is not None, f"an answer to what is gone was sent: {sent}"
        speaks_plainly(trouble, subject)
        return trouble.verdict is Verdict.REFUSE

    await eventually(refused, "refused")


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
