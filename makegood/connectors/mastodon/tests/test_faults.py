"""Everything that can go wrong between us and a server, and what snac lacks, against a server that does as told.

Its answers are written after the documented shapes: https://docs.joinmastodon.org/api/
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from makegood.activity import Kind
from makegood.connectors.contract import Verdict
from makegood.connectors.mastodon.auth import SCOPES, begin, connect, finish
from makegood.connectors.mastodon.capability import CAPABILITY, limits
from makegood.connectors.mastodon.look import look
from makegood.connectors.mastodon.read import read
from makegood.connectors.mastodon.tests.conftest import Answer, Asked, Played, as_json
from makegood.connectors.mastodon.tests.helpers import BACK, account, status, trouble_of
from makegood.connectors.mastodon.threads import thread
from makegood.kit import clock, http


def html(status_code: int = 200) -> Answer:
    return status_code, {"content-type": "text/html"}, b"<h1>Welcome to our Wi-Fi</h1>"


def told(number: int, **more: Any) -> dict[str, Any]:
    """A notification of a mention."""
    shown = status(number, created_at=clock.now().isoformat(), **more)
    return {"id": str(number), "type": "mention", "account": shown["account"], "status": shown}


CASES: list[tuple[Answer | None, Verdict]] = [
    (as_json({"error": "The access token is invalid"}, 401), Verdict.DISCONNECT),
    (as_json({"error": "The access token was revoked"}, 401), Verdict.DISCONNECT),
    (as_json({"error": "This action is outside the authorized scopes"}, 403), Verdict.DISCONNECT),
    (as_json({"error": "Your login is currently disabled"}, 403), Verdict.DISCONNECT),
    (as_json({"error": "This action is not allowed"}, 403), Verdict.REFUSE),
    (html(403), Verdict.REFUSE),
    (as_json({"error": "Record not found"}, 404), Verdict.REFUSE),
    (as_json({}, 410), Verdict.REFUSE),
    (as_json({"error": "Validation failed: Text can't be blank"}, 422), Verdict.REFUSE),
    (as_json({"error": "Bad request"}, 400), Verdict.REFUSE),
    (as_json({"error": "Too many requests"}, 429), Verdict.WAIT),
    (as_json({}, 429, retry_after="7"), Verdict.WAIT),
    (as_json({}, 500), Verdict.RETRY),
    (html(502), Verdict.RETRY),
    (html(503), Verdict.RETRY),
    (as_json({}, 418), Verdict.BUG),
    (html(), Verdict.RETRY),
    ((200, {"content-type": "application/json"}, b'[{"id": "1"'), Verdict.RETRY),
    ((200, {"content-type": "application/json"}, b"\xff\xfe"), Verdict.RETRY),
    ((200, {"content-type": "application/json"}, b""), Verdict.RETRY),
    ((200, {"content-type": "application/json", "content-length": "500"}, b"[]"), Verdict.RETRY),
    (as_json({"not": "a list"}), Verdict.RETRY),
    ((200, {"content-type": "application/json"}, b'["' + b"x" * 11 * 2**20 + b'"]'), Verdict.BUG),
    (None, Verdict.RETRY),
]


@pytest.mark.parametrize(("answer", "verdict"), CASES)
async def test_each_answer_has_one_verdict(played: Played, answer: Answer | None, verdict: Verdict) -> None:
    played.handler = lambda asked: answer
    trouble = await trouble_of(read(played.credentials, {}))
    assert trouble.verdict is verdict
    assert (trouble.retry_after is not None) == (verdict is Verdict.WAIT)


async def test_the_server_s_own_words_are_shown_where_it_refuses(played: Played) -> None:
    played.handler = lambda asked: as_json({"error": "Validation failed: Text character limit of 500 exceeded"}, 422)
    trouble = await trouble_of(read(played.credentials, {}))
    assert "Text character limit of 500 exceeded" in trouble.sentence


async def test_a_server_that_hangs_is_given_up(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = http.client
    monkeypatch.setattr(http, "client", lambda: patient(timeout=0.3))

    def hang(asked: Asked) -> Answer:
        time.sleep(1)
        return as_json([])

    played.handler = hang
    trouble = await trouble_of(read(played.credentials, {}))
    assert trouble.verdict is Verdict.RETRY
    assert "too long" in trouble.sentence


async def test_a_connection_that_was_closed_without_a_word_is_no_fault(played: Played) -> None:
    lost = [None]
    played.handler = lambda asked: lost.pop() if lost else as_json([])
    assert (await read(played.credentials, {})).activities == ()


# Rate limits: https://docs.joinmastodon.org/api/rate-limits/


async def test_a_wait_is_as_long_as_the_server_says(played: Played) -> None:
    reset = (datetime.now(UTC) + timedelta(seconds=90)).isoformat().replace("+00:00", "Z")
    cases: list[tuple[dict[str, str], float]] = [
        ({"retry-after": "7"}, 7),
        ({"x-ratelimit-reset": reset}, 90),
        ({}, 60),
    ]
    for headers, seconds in cases:
        named = {"content-type": "application/json", **headers}
        played.handler = lambda asked, named=named: (429, named, b"{}")  # type: ignore[misc]
        trouble = await trouble_of(read(played.credentials, {}))
        assert trouble.retry_after == pytest.approx(seconds, abs=3)


async def test_when_nothing_is_left_no_more_is_asked_until_the_reset(played: Played) -> None:
    reset = (datetime.now(UTC) + timedelta(seconds=90)).isoformat().replace("+00:00", "Z")
    left: dict[str, Any] = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": reset}
    played.handler = lambda asked: as_json([told(5), told(4)], link="", **left)
    page = await read(played.credentials, {})
    assert len(played.asked) == 1
    assert len(page.activities) == 2
    assert page.next_after == pytest.approx(90, abs=3)
    # What would need another request before that is put off, and nothing is taken as read.
    played.handler = lambda asked: as_json([told(6, in_reply_to_id="5")], **left)
    trouble = await trouble_of(read(played.credentials, page.cursor))
    assert trouble.verdict is Verdict.WAIT
    assert trouble.retry_after == pytest.approx(90, abs=3)
    assert len(played.asked) == 2


async def test_a_limit_without_a_reset_is_the_usual_one(played: Played) -> None:
    played.handler = lambda asked: as_json([], x_ratelimit_remaining="0")
    assert (await read(played.credentials, {})).next_after == pytest.approx(300, abs=3)


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
        played.handler = lambda asked, answer=answer: answer  # type: ignore[misc]
        assert len((await look(played.credentials, ids)).deleted) == deleted
    unsure: list[Answer | None] = [as_json({}, 401), as_json({}, 500), html(), None, as_json({}, 429)]
    for unclear in unsure:
        played.handler = lambda asked, unclear=unclear: unclear  # type: ignore[misc]
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


# Signing in and facts


V2 = {
    "domain": "shop.example",
    "title": "Shops",
    "version": "4.5.1",
    "configuration": {
        "urls": {"streaming": "wss://stream.shop.example"},
        "statuses": {"max_characters": 1000, "max_media_attachments": 6, "characters_reserved_per_url": 25},
        "media_attachments": {
            "supported_mime_types": ["image/png"],
            "image_size_limit": 1000,
            "description_limit": 400,
        },
    },
    "api_versions": {"mastodon": 7},
}
METADATA = {"code_challenge_methods_supported": ["S256"], "scopes_supported": SCOPES.split()}


class Home:
    """A Mastodon server to sign in to."""

    def __init__(self, url: str, **changed: Any) -> None:
        self.answers: dict[str, Any] = {
            "/.well-known/oauth-authorization-server": as_json(METADATA),
            "/api/v1/apps": as_json({"client_id": "app", "client_secret": "app-secret"}),
            "/oauth/token": as_json({"access_token": "secret-token", "token_type": "Bearer"}),
            "/api/v1/accounts/verify_credentials": as_json(account("shop", "shop.example")),
            "/api/v2/instance": as_json(V2),
            "/.well-known/nodeinfo": as_json(
                {"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": f"{url}/nodeinfo/2.0"}]}
            ),
            "/nodeinfo/2.0": as_json({"software": {"name": "mastodon", "version": "4.5.1"}}),
            **changed,
        }

    def __call__(self, asked: Asked) -> Answer | None:
        found = self.answers.get(asked.path, as_json({"error": "Record not found"}, 404))
        return found(asked) if callable(found) else found  # type: ignore[no-any-return]


async def test_the_sign_in_proves_that_it_is_the_same_who_began_it(played: Played) -> None:
    played.handler = Home(played.url)
    begun = await begin({"instance": played.url}, BACK)
    query = {name: values[0] for name, values in parse_qs(begun.url.partition("?")[2]).items()}
    assert begun.url.startswith(f"{played.url}/oauth/authorize?")
    assert (query["redirect_uri"], query["scope"], query["code_challenge_method"]) == (BACK, SCOPES, "S256")
    assert query["state"] == begun.pending["state"]
    assert begun.pending["verifier"] not in begun.url
    assert "app-secret" not in begun.url
    made = await finish(begun.pending, {"code": "abc", "state": query["state"]})
    assert (made.id, made.handle) == ("https://shop.example/@shop", "shop@shop.example")
    (exchange,) = [each for each in played.asked if each.path == "/oauth/token"]
    sent = {name: values[0] for name, values in parse_qs(exchange.body).items()}
    assert sent["code_verifier"] == begun.pending["verifier"]
    assert sent["code"] == "abc"
    assert made.credentials["token"] == "secret-token"
    can = limits(made.facts)
    assert can.text is not None
    assert can.media is not None
    assert (can.text.limit, can.text.link_length, can.quotes) == (1000, 25, True)
    assert (can.media.most, can.media.types, can.media.bytes, can.media.alt_limit) == (6, ("image/png",), 1000, 400)
    assert made.facts["streaming"] == "wss://stream.shop.example"


async def test_what_a_server_does_not_say_is_the_usual(played: Played) -> None:
    assert limits({}) is CAPABILITY
    home = Home(played.url)
    home.answers |= {"/api/v2/instance": as_json({}), "/.well-known/nodeinfo": html()}
    played.handler = home
    begun = await begin({"instance": played.url}, BACK)
    can = limits((await finish(begun.pending, {"code": "abc", "state": begun.pending["state"]})).facts)
    assert can.text is not None
    assert (can.text.limit, can.quotes) == (500, False)


async def test_an_older_server_is_asked_for_the_scopes_that_it_knows(played: Played) -> None:
    home = Home(played.url)
    del home.answers["/.well-known/oauth-authorization-server"]

    def apps(asked: Asked) -> Answer:
        if asked.body["scopes"] == SCOPES:
            return as_json({"error": "Validation failed: Scopes doesn't match configured on the server."}, 422)
        return as_json({"client_id": "app", "client_secret": "app-secret"})

    home.answers["/api/v1/apps"] = apps
    played.handler = home
    begun = await begin({"instance": played.url}, BACK)
    assert "scope=read+write" in begun.url
    assert "code_challenge" not in begun.url


async def test_the_sign_in_page_is_on_the_server_that_was_named(played: Played) -> None:
    home = Home(played.url)
    elsewhere = {**METADATA, "authorization_endpoint": "https://evil.example/oauth/authorize"}
    home.answers["/.well-known/oauth-authorization-server"] = as_json(elsewhere)
    played.handler = home
    assert (await begin({"instance": played.url}, BACK)).url.startswith(f"{played.url}/oauth/authorize?")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": "access_denied"}, "You did not let Makegood in"),
        ({"error": "server_error", "error_description": "Oops"}, "did not finish the sign-in"),
        ({}, "did not finish the sign-in"),
    ],
)
async def test_a_sign_in_that_was_not_finished_is_said(played: Played, answer: dict[str, str], words: str) -> None:
    played.handler = Home(played.url)
    begun = await begin({"instance": played.url}, BACK)
    trouble = await trouble_of(finish(begun.pending, {**answer, "state": begun.pending["state"]}))
    assert trouble.verdict is Verdict.REFUSE
    assert words in trouble.sentence
    assert "/oauth/token" not in played.paths()


async def test_a_code_that_ran_out_is_said(played: Played) -> None:
    played.handler = Home(played.url, **{"/oauth/token": as_json({"error": "invalid_grant"}, 400)})
    begun = await begin({"instance": played.url}, BACK)
    trouble = await trouble_of(finish(begun.pending, {"code": "x", "state": begun.pending["state"]}))
    assert (trouble.verdict, "start it again" in trouble.sentence) == (Verdict.REFUSE, True)


@pytest.mark.parametrize(
    "typed", ["", "  ", "shop", "not a server", "http://mastodon.example", "ftp://x.example", "http://[::1"]
)
async def test_what_is_no_server_is_explained(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEGOOD_PRIVATE_HOSTS")
    for ask in (begin({"instance": typed}, BACK), connect({"instance": typed, "tag": "tea"})):
        assert (await trouble_of(ask)).verdict is Verdict.REFUSE


async def test_a_server_in_a_private_network_is_not_asked(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "")
    for ask in (begin({"instance": played.url}, BACK), connect({"instance": played.url, "tag": "tea"})):
        trouble = await trouble_of(ask)
        assert (trouble.verdict, "private network" in trouble.sentence) == (Verdict.REFUSE, True)
    assert played.asked == []


@pytest.mark.parametrize("answer", [html(), html(404), as_json({}, 404)])
async def test_some_other_site_is_told_from_a_server(played: Played, answer: Answer) -> None:
    played.handler = lambda asked: answer
    for ask in (begin({"instance": played.url}, BACK), connect({"instance": played.url, "tag": "tea"})):
        trouble = await trouble_of(ask)
        assert (trouble.verdict, "not a Mastodon server" in trouble.sentence) == (Verdict.REFUSE, True)


async def test_a_server_that_shows_hashtags_to_its_own_people_only(played: Played) -> None:
    played.handler = Home(
        played.url, **{"/api/v1/timelines/tag/tea": as_json({"error": "requires authentication"}, 401)}
    )
    trouble = await trouble_of(connect({"instance": played.url, "tag": "#tea"}))
    assert (trouble.verdict, "with an account there" in trouble.sentence) == (Verdict.REFUSE, True)


async def test_the_server_is_asked_about_itself_once_a_day(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(played.url, **{"/api/v1/notifications": as_json([])})
    played.handler = home
    page = await read(played.credentials, {})
    assert (page.facts, page.credentials) == (None, None)
    now = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: now)
    later = await read(played.credentials, page.cursor)
    assert later.facts is not None
    assert later.facts["max_characters"] == 1000
    assert later.credentials is not None
    assert later.credentials["streaming"] == "wss://stream.shop.example"
    again = await read(later.credentials, later.cursor)
    assert (again.facts, again.credentials) == (None, None)
