"""Passing on: how a connector reshares a post, takes that back, and writes posts of its own, also when writes fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from makegood.activity import Activity
from makegood.connectors.contract import Draft, Published, Share, Trouble, Verdict
from tests import faults
from tests.connectors.bearing import Check, be_impatient
from tests.connectors.doing import eventually, looked, parent_of, speaks_plainly, trouble_of
from tests.connectors.subject import Subject

__all__ = [
    "finds_a_post_of_its_own",
    "finds_what_it_shared",
    "posts_of_its_own",
    "refuses_to_share_what_is_gone",
    "shares",
    "shares_once",
    "takes_a_post_down",
    "takes_a_share_back",
    "takes_it_back_in_spite_of",
]


async def _attempt(work: Awaitable[Published]) -> tuple[Published | None, Trouble | None]:
    """What came of one attempt to write."""
    try:
        return await work, None
    except Trouble as trouble:
        return None, trouble


async def _praise(subject: Subject, text: str) -> tuple[Activity, Share]:
    """Somebody praises; the share that passes it on."""
    said = await parent_of(subject, text)
    assert subject.connector.new_key is not None
    return said, Share(key=subject.connector.new_key(), post_id=said.id, post_revision=said.revision)


async def _share(subject: Subject, wanted: Share) -> Published:
    assert subject.connector.share is not None
    return await subject.connector.share(subject.credentials, wanted)


async def _shared(subject: Subject, wanted: Share) -> Published | None:
    assert subject.connector.shared is not None
    return await subject.connector.shared(subject.credentials, wanted)


async def _unshare(subject: Subject, wanted: Share) -> None:
    assert subject.connector.unshare is not None
    await subject.connector.unshare(subject.credentials, wanted)


async def shares(subject: Subject, _: pytest.MonkeyPatch) -> None:
    said, wanted = await _praise(subject, "The kettle sings, I love it.")
    made = await _share(subject, wanted)
    assert made.id
    assert made.url.startswith(("https://", "http://127.0.0.1"))
    assert subject.shares(said.id) == 1
    again = await _share(subject, wanted)
    assert again.id == made.id
    assert subject.shares(said.id) == 1, "the key makes it repeatable"


async def finds_what_it_shared(subject: Subject, _: pytest.MonkeyPatch) -> None:
    _said, wanted = await _praise(subject, "The best tea in town.")
    assert await _shared(subject, wanted) is None
    made = await _share(subject, wanted)
    found = await _shared(subject, wanted)
    assert found is not None
    assert found.id == made.id


async def takes_a_share_back(subject: Subject, _: pytest.MonkeyPatch) -> None:
    said, wanted = await _praise(subject, "Packed with love, thank you.")
    await _unshare(subject, wanted)
    await _share(subject, wanted)
    assert subject.shares(said.id) == 1
    await _unshare(subject, wanted)
    assert subject.shares(said.id) == 0
    assert await _shared(subject, wanted) is None
    await _unshare(subject, wanted)


async def refuses_to_share_what_is_gone(subject: Subject, _: pytest.MonkeyPatch) -> None:
    said, wanted = await _praise(subject, "I say this and take it back.")
    subject.delete(said.id)

    async def gone() -> bool:
        return said.id in (await looked(subject, said)).deleted

    if subject.connector.look is not None:
        await eventually(gone, "the network knows that it is gone")

    async def refused() -> bool:
        trouble = await trouble_of(_share(subject, wanted), subject)
        return trouble.verdict is Verdict.REFUSE

    await eventually(refused, "refused")
    await _unshare(subject, wanted)


def shares_once(fault: Callable[[], faults.Fault], *verdicts: Verdict, impatient: bool = False) -> Check:
    """The write meets the fault. Whatever is told, the product's way (ask, then share) leaves one reshare standing."""

    async def check(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
        said, wanted = await _praise(subject, f"Lovely, in spite of “{fault().name}”!")
        subject.between.inject(fault(), path=subject.share_path, method="POST", times=1)
        with monkeypatch.context() as patched:
            if impatient:
                be_impatient(patched)
            made, trouble = await _attempt(_share(subject, wanted))
        if trouble is not None:
            speaks_plainly(trouble, subject)
            assert trouble.verdict in verdicts, (trouble.verdict, trouble.detail)
        subject.between.lift()
        made = made or await _shared(subject, wanted) or await _share(subject, wanted)
        assert made.id
        assert subject.shares(said.id) == 1

    return check


def takes_it_back_in_spite_of(fault: Callable[[], faults.Fault], *verdicts: Verdict) -> Check:
    """Taking back meets the fault; taking back again leaves nothing standing, and is no trouble."""

    async def check(subject: Subject, _: pytest.MonkeyPatch) -> None:
        said, wanted = await _praise(subject, f"Gone in the end, in spite of “{fault().name}”!")
        await _share(subject, wanted)
        subject.between.inject(fault(), path=subject.share_path, method="POST", times=1)
        trouble = await trouble_of(_unshare(subject, wanted), subject)
        assert trouble.verdict in verdicts, (trouble.verdict, trouble.detail)
        subject.between.lift()
        await _unshare(subject, wanted)
        assert subject.shares(said.id) == 0

    return check


def _draft(subject: Subject, text: str) -> Draft:
    assert subject.connector.new_key is not None
    return Draft(key=subject.connector.new_key(), text=text, parent_id="")


async def _post(subject: Subject, draft: Draft) -> Published:
    assert subject.connector.post is not None
    return await subject.connector.post(subject.credentials, draft)


def _standing(subject: Subject, draft: Draft) -> int:
    return sum(draft.text in text for text in subject.posts())


async def posts_of_its_own(subject: Subject, _: pytest.MonkeyPatch) -> None:
    draft = _draft(subject, "What our customers say about the blue pot.")
    made = await _post(subject, draft)
    assert made.id
    assert made.url
    assert subject.connector.find is not None
    found = await subject.connector.find(subject.credentials, draft)
    assert found is not None
    assert found.id == made.id
    assert _standing(subject, draft) == 1


async def finds_a_post_of_its_own(subject: Subject, _: pytest.MonkeyPatch) -> None:
    draft, never = _draft(subject, "A kind word about the green pot."), _draft(subject, "Something we never posted.")
    subject.between.inject(faults.lost(), path=subject.write_path, method="POST", times=1)
    made, trouble = await _attempt(_post(subject, draft))
    if trouble is not None:
        speaks_plainly(trouble, subject)
        assert trouble.verdict is Verdict.RETRY
    subject.between.lift()
    assert subject.connector.find is not None
    found = await subject.connector.find(subject.credentials, draft)
    assert found is not None
    assert made is None or made.id == found.id
    assert await subject.connector.find(subject.credentials, never) is None
    assert _standing(subject, draft) == 1


async def takes_a_post_down(subject: Subject, _: pytest.MonkeyPatch) -> None:
    draft = _draft(subject, "A kind word that we may no longer show.")
    made = await _post(subject, draft)
    assert subject.connector.unpost is not None
    await subject.connector.unpost(subject.credentials, made)
    assert _standing(subject, draft) == 0
    await subject.connector.unpost(subject.credentials, made)
