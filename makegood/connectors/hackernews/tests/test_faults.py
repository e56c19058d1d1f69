"""Every way in which the search and the site fail, on a real server, has its verdict and its sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.hackernews import CONNECTOR
from makegood.connectors.hackernews.read import connect, read
from makegood.connectors.hackernews.shapes import id_of
from makegood.connectors.hackernews.tests.index import Index
from makegood.kit.tests.loopback import Request, answer, serve


@pytest.fixture(autouse=True)
def _open_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")


async def on(monkeypatch: pytest.MonkeyPatch, reply: Callable[[Request], bytes], act: Callable[[], Any]) -> Any:
    async with serve(reply) as server:
        monkeypatch.setenv("MAKEGOOD_HACKERNEWS_SEARCH", f"{server.url}/api")
        monkeypatch.setenv("MAKEGOOD_HACKERNEWS_ITEMS", f"{server.url}/api")
        return await act()


ANSWERS = [
    (answer(429, retry_after="77"), Verdict.WAIT, 77.0),
    (answer(429), Verdict.WAIT, 60.0),
    (answer(403, b"blocked"), Verdict.WAIT, 3600.0),
    (answer(500), Verdict.RETRY, None),
    (answer(503, retry_after="30"), Verdict.RETRY, 30.0),
    (answer(400, b'{"message":"invalid"}'), Verdict.BUG, None),
    (answer(200, b'{"hits":[', content_length="900"), Verdict.RETRY, None),
    (answer(200, b'{"hits":[{"objectID":"1"'), Verdict.RETRY, None),
    (answer(200, b'{"hits":{"a":1}}'), Verdict.RETRY, None),
    (answer(200, b"<html>Sign in to the Wi-Fi</html>", content_type="text/html"), Verdict.RETRY, None),
    (answer(200, b""), Verdict.RETRY, None),
    (answer(200, b"[]"), Verdict.RETRY, None),
    (answer(200, b"[" * 200_000), Verdict.RETRY, None),
    (answer(200, b'{"hits":[{"objectID":"\xff"}]}'), Verdict.RETRY, None),
    (answer(200, b"x" * (21 * 2**20)), Verdict.BUG, None),
    (b"not http at all\r\n\r\n", Verdict.RETRY, None),
    (b"", Verdict.RETRY, None),
]


@pytest.mark.parametrize(("raw", "verdict", "wait"), ANSWERS)
async def test_reading(monkeypatch: pytest.MonkeyPatch, raw: bytes, verdict: Verdict, wait: float | None) -> None:
    for act in (lambda: read({}, {}), lambda: connect({})):
        with pytest.raises(Trouble) as caught:
            await on(monkeypatch, lambda _: raw, act)
        assert (caught.value.verdict, caught.value.retry_after) == (verdict, wait)
        assert caught.value.sentence.endswith(".")
        assert "Hacker News" in caught.value.sentence


@pytest.mark.parametrize(("raw", "verdict", "wait"), ANSWERS)
async def test_looking(monkeypatch: pytest.MonkeyPatch, raw: bytes, verdict: Verdict, wait: float | None) -> None:
    assert CONNECTOR.look is not None
    assert CONNECTOR.thread is not None
    look, thread = CONNECTOR.look, CONNECTOR.thread
    for act in (lambda: look(None, [id_of(1)]), lambda: thread(None, id_of(1))):
        with pytest.raises(Trouble) as caught:
            await on(monkeypatch, lambda _: raw, act)
        assert (caught.value.verdict, caught.value.retry_after) == (verdict, wait)


async def test_a_host_inside_a_private_network_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEGOOD_PRIVATE_HOSTS")
    with pytest.raises(Trouble, match="private network") as caught:
        await on(monkeypatch, lambda _: answer(200, b"{}"), lambda: connect({}))
    assert caught.value.verdict is Verdict.REFUSE


def comment(number: int, text: str = "Mine leaks.", **more: Any) -> dict[str, Any]:
    return {"id": number, "type": "comment", "by": "kettle", "time": 1_700_000_000, "text": text, "parent": 1} | more


def leaf(number: int, story: int = 1) -> dict[str, Any]:
    return {"id": number, "created_at_i": 1, "author": "kettle", "text": "x", "story_id": story, "children": []}


async def test_how_posts_stand_now(monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index()
    index.site = {
        1: {
            "id": 1,
            "type": "story",
            "by": "spout",
            "time": 1_600_000_000,
            "title": "Teapots",
            "url": "https://t.example",
        },
        2: comment(2, "Mine leaks.<p>EDIT: it does not."),
        3: {"id": 3, "deleted": True, "parent": 1, "time": 1_700_000_000, "type": "comment"},
        4: comment(4, "[flagged]", dead=True),
        5: comment(5),
    }
    index.trees = {2: leaf(2)}
    assert CONNECTOR.look is not None
    look = CONNECTOR.look
    ids = [id_of(number) for number in (1, 2, 3, 4, 5, 6)]
    page = await on(monkeypatch, index, lambda: look(None, [*ids, "something else"]))
    assert page.deleted == (id_of(3), id_of(4))
    # Of 5 the search knows nothing and of 6 nobody does: they are left as they are.
    assert [(each.id, each.text, each.root_id) for each in page.activities] == [
        (id_of(1), "Teapots", id_of(1)),
        (id_of(2), "Mine leaks.\n\nEDIT: it does not.", id_of(1)),
    ]


async def test_a_thread_is_read_from_its_story(monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index()
    story = leaf(1, 1) | {"title": "Teapots", "text": None, "story_id": None, "type": "story"}
    index.trees = {
        1: story
        | {"children": [leaf(2) | {"parent_id": 1, "created_at_i": 5, "children": [leaf(3) | {"created_at_i": 9}]}]},
        3: leaf(3),
    }
    assert CONNECTOR.thread is not None
    thread = CONNECTOR.thread
    found = await on(monkeypatch, index, lambda: thread(None, id_of(3)))
    assert [each.id for each in found] == [id_of(1), id_of(2), id_of(3)]
    assert {each.root_id for each in found} == {id_of(1)}
    with pytest.raises(Trouble, match="no post on Hacker News"):
        await thread(None, "at://somewhere/else")
    with pytest.raises(Trouble) as gone:
        await on(monkeypatch, index, lambda: thread(None, id_of(99)))
    assert gone.value.verdict is Verdict.REFUSE
