"""Reading a list page by page, and where a reply stands, against a server that does as told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from makegood.activity import Kind
from makegood.connectors.contract import Verdict
from makegood.connectors.mastodon.look import look
from makegood.connectors.mastodon.read import read
from makegood.connectors.mastodon.tests.conftest import Played
from makegood.connectors.mastodon.tests.helpers import status, told, trouble_of
from makegood.connectors.mastodon.threads import thread
from tests.servers.scripted import Answer, Asked, always, as_json, html

# Paging


class Box:
    """Notifications on a server, newest first, as Mastodon pages them: with a Link header or without."""

    def __init__(self, links: bool, obeys_since: bool = True) -> None:
        self.links = links
        self.obeys_since = obeys_since
        self.ids: list[int] = []

    def __call__(self, asked: Asked) -> Answer:
        if asked.path != "/api/v1/notifications":
            return as_json({}, 404)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        ids = [each for each in sorted(self.ids, reverse=True) if each < int(query.get("max_id", 10**9))]
        if self.obeys_since:
            ids = [each for each in ids if each > int(query.get("since_id", 0))]
        shown = ids[: int(query["limit"])]
        headers: dict[str, Any] = {}
        if self.links and shown:
            older = f'<http://x/api/v1/notifications?limit=40&max_id={shown[-1]}>; rel="next", '
            newer = f'<http://x/api/v1/notifications?min_id={shown[0]}>; rel="prev"'
            headers["link"] = (older if len(ids) > len(shown) else "") + newer
        return as_json([told(each) for each in shown], **headers)


@pytest.mark.parametrize(("links", "obeys"), [(True, True), (False, True), (False, False)])
async def test_a_long_backlog_comes_whole_and_once(played: Played, links: bool, obeys: bool) -> None:
    box = Box(links, obeys)
    played.handler = box
    box.ids = list(range(95, 100))
    page = await read(played.credentials, {})
    assert len(page.activities) == 5
    box.ids += list(range(100, 999))
    heard: list[str] = []
    rounds = 0
    more = True
    while more:
        page = await read(played.credentials, json.loads(json.dumps(page.cursor)))
        heard += [each.id for each in page.activities]
        more = page.more
        rounds += 1
        if rounds == 1:
            box.ids += [999]
    page = await read(played.credentials, page.cursor)
    heard += [each.id for each in page.activities]
    assert rounds > 1
    assert len(heard) == len(set(heard)) == 900
    assert (await read(played.credentials, page.cursor)).activities == ()


async def test_one_that_shows_up_late_below_a_higher_one_is_not_missed(played: Played) -> None:
    box = Box(links=True)
    played.handler = box
    box.ids = [*range(100, 120), 121]
    page = await read(played.credentials, {})
    box.ids += [120, 122]
    page = await read(played.credentials, page.cursor)
    assert sorted(each.id.rpartition("/")[2] for each in page.activities) == ["120", "122"]


async def test_ids_of_one_second_may_come_in_any_order(played: Played) -> None:
    box = Box(links=False)
    played.handler = box
    box.ids = [500]
    page = await read(played.credentials, {})
    box.ids += [499]
    page = await read(played.credentials, page.cursor)
    assert len(page.activities) == 1
    count = len(played.asked)
    assert (await read(played.credentials, page.cursor)).activities == ()
    assert len(played.asked) == count + 1


async def test_a_server_that_ignores_all_paging_is_no_endless_loop(played: Played) -> None:
    played.handler = lambda asked: as_json([told(each) for each in range(40, 0, -1)])
    page = await read(played.credentials, {})
    assert len(page.activities) == 40
    assert len(played.asked) == 2


async def test_a_damaged_entry_hides_no_other(played: Played) -> None:
    entries = [told(3), {"id": "2", "type": "mention", "status": {"id": "2"}}, "nonsense", told(1)]
    played.handler = lambda asked: as_json(entries, link="")
    page = await read(played.credentials, {})
    assert len(page.activities) == 2
    assert len(page.problems) == 1
    again = await read(played.credentials, page.cursor)
    assert (again.activities, again.problems) == ((), ())


async def test_a_damaged_cursor_is_said(played: Played) -> None:
    trouble = await trouble_of(read(played.credentials, {"seen": 7}))
    assert trouble.verdict is Verdict.BUG


async def test_what_the_server_would_hold_back_from_strangers_is_heard_too(played: Played) -> None:
    played.handler = lambda asked: as_json([])
    await read(played.credentials, {})
    query = parse_qs(played.asked[0].query)
    assert query["include_filtered"] == ["true"]
    assert query["types[]"] == ["mention", "quote"]
    await read({**played.credentials, "quotes": False}, {})
    assert parse_qs(played.asked[1].query)["types[]"] == ["mention"]


async def test_a_quote_is_one_and_other_news_are_nothing(played: Played) -> None:
    quote = {**told(3), "type": "quote"}
    entries = [quote, {**told(2), "type": "favourite"}, {"id": "1", "type": "follow"}]
    played.handler = lambda asked: as_json(entries, link="")
    page = await read(played.credentials, {})
    assert [each.kind for each in page.activities] == [Kind.QUOTE]
    assert page.problems == ()


# Where a reply stands


def with_thread(asked: Asked) -> Answer:
    if asked.path == "/api/v1/notifications":
        return as_json([told(30, in_reply_to_id="20")], link="")
    if asked.path == "/api/v1/statuses/30/context":
        ancestors = [status(10), status(20, in_reply_to_id="10")]
        return as_json({"ancestors": ancestors, "descendants": []})
    return as_json({}, 404)


async def test_a_reply_knows_its_thread(played: Played) -> None:
    played.handler = with_thread
    (found,) = (await read(played.credentials, {})).activities
    assert found.kind is Kind.REPLY
    assert (found.root_id.rpartition("/")[2], found.parent_id.rpartition("/")[2]) == ("10", "20")


async def test_a_server_that_fails_over_a_thread_still_brings_the_reply(played: Played) -> None:
    def handler(asked: Asked) -> Answer:
        if asked.path.endswith("/context"):
            return as_json({}, 500)
        if asked.path == "/api/v1/statuses/20":
            return as_json(status(20))
        return with_thread(asked)

    played.handler = handler
    (found,) = (await read(played.credentials, {})).activities
    assert (found.root_id.rpartition("/")[2], found.parent_id.rpartition("/")[2]) == ("20", "20")


async def test_a_reply_to_what_is_gone_is_heard(played: Played) -> None:
    played.handler = lambda asked: as_json({}, 404) if "statuses" in asked.path else with_thread(asked)
    (found,) = (await read(played.credentials, {})).activities
    assert (found.kind, found.parent_id, found.thread_id) == (Kind.REPLY, "", found.id)


async def test_nothing_is_taken_as_read_while_threads_cannot_be_asked(played: Played) -> None:
    played.handler = lambda asked: as_json({}, 503) if "statuses" in asked.path else with_thread(asked)
    assert (await trouble_of(read(played.credentials, {}))).verdict is Verdict.RETRY


async def test_a_thread_without_an_account_is_asked_of_its_own_server(played: Played) -> None:
    post = f"{played.url}/users/ada/statuses/20"

    def handler(asked: Asked) -> Answer:
        assert "authorization" not in asked.headers
        if asked.path.endswith("/context"):
            return as_json({"ancestors": [], "descendants": [status(30, in_reply_to_id="20"), {"broken": 1}]})
        return as_json(status(20, uri=post))

    played.handler = handler
    found = await thread(None, post)
    assert [each.id.rpartition("/")[2] for each in found] == ["20", "30"]
    assert played.paths() == ["/api/v1/statuses/20", "/api/v1/statuses/20/context"]
    played.handler = lambda asked: as_json({"error": "This method requires an authenticated user"}, 401)
    trouble = await trouble_of(thread(None, post))
    assert (trouble.verdict, "with an account there" in trouble.sentence) == (Verdict.REFUSE, True)
    assert (await trouble_of(thread(None, "urn:x"))).verdict is Verdict.REFUSE


# Looking again


async def test_only_not_there_means_gone(played: Played) -> None:
    post = status(20)
    ids = {post["uri"]: f"{played.host}/20"}
    for answer, deleted in ((as_json({}, 404), 1), (as_json({}, 410), 1), (as_json({}, 403), 0), (as_json({}, 422), 0)):
        played.handler = always(answer)
        assert len((await look(played.credentials, ids)).deleted) == deleted
    unsure: list[Answer | None] = [as_json({}, 401), as_json({}, 500), html(), None, as_json({}, 429)]
    for unclear in unsure:
        played.handler = always(unclear)
        await trouble_of(look(played.credentials, ids))
    played.handler = lambda asked: as_json(post)
    page = await look(played.credentials, ids)
    assert (page.deleted, [each.id for each in page.activities]) == ((), [post["uri"]])


async def test_another_post_under_that_number_says_nothing(played: Played) -> None:
    played.handler = lambda asked: as_json(status(21))
    page = await look(played.credentials, {status(20)["uri"]: f"{played.host}/20"})
    assert (page.activities, page.deleted) == ((), ())


async def test_what_a_stranger_may_see_is_looked_for_without_the_account_s_key(played: Played) -> None:
    post = f"{played.url}/users/ada/statuses/20"
    elsewhere = {**played.credentials, "instance": "http://127.0.0.1:1"}
    played.handler = lambda asked: as_json({}, 404)
    assert (await look(elsewhere, {post: f"{played.host}/20"})).deleted == (post,)
    assert (await look(None, {post: f"{played.host}/20"})).deleted == (post,)
    assert all("authorization" not in each.headers for each in played.asked)
    # What not everybody can see is hidden from a stranger, which does not mean that it is gone.
    count = len(played.asked)
    assert (await look(elsewhere, {post: f"{played.host}/20#closed"})).deleted == ()
    assert (await look(None, [post])).deleted == ()
    assert len(played.asked) == count
    # A stranger's trouble is nobody's.
    played.handler = lambda asked: as_json({}, 500)
    assert (await look(None, {post: f"{played.host}/20"})).deleted == ()


async def test_an_edited_reply_keeps_its_place(played: Played) -> None:
    def handler(asked: Asked) -> Answer:
        edited = status(30, in_reply_to_id="20", edited_at="2026-11-20T11:00:00.000Z")
        return as_json(edited) if asked.path == "/api/v1/statuses/30" else with_thread(asked)

    played.handler = handler
    (found,) = (await look(played.credentials, {status(30)["uri"]: f"{played.host}/30"})).activities
    assert found.edited_at == datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert (found.root_id.rpartition("/")[2], found.parent_id.rpartition("/")[2]) == ("10", "20")
