"""Everything that can go wrong between us and a server, against a server on loopback that does it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from makegood.connectors.bluesky.auth import connect, pds_of
from makegood.connectors.bluesky.read import read, thread
from makegood.connectors.bluesky.tests.conftest import Faulty
from makegood.connectors.bluesky.tests.helpers import draft_with, trouble_of
from makegood.connectors.bluesky.write import find, new_key, reply
from makegood.connectors.contract import Draft, Verdict
from makegood.kit import http
from tests.servers.scripted import Answer, always, as_json, html

PARENT = "at://did:plc:ada/app.bsky.feed.post/3abc"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (as_json({}, 500), Verdict.RETRY),
        (as_json({"error": "UpstreamFailure"}, 502), Verdict.RETRY),
        (html(503), Verdict.RETRY),
        (as_json({}, 408), Verdict.RETRY),
        (as_json({"error": "RateLimitExceeded"}, 429), Verdict.WAIT),
        (html(429), Verdict.WAIT),
        (html(), Verdict.RETRY),
        ((200, {"content-type": "application/json"}, b'{"notifications": [{"uri'), Verdict.RETRY),
        ((200, {"content-type": "application/json"}, b"\xff\xfe"), Verdict.RETRY),
        ((200, {"content-type": "application/json"}, b"[]"), Verdict.RETRY),
        ((200, {"content-type": "application/json"}, b""), Verdict.RETRY),
        ((200, {"content-type": "application/json", "content-length": "500"}, b"{}"), Verdict.RETRY),
        (as_json({"notifications": None}), Verdict.RETRY),
        (None, Verdict.RETRY),
        (as_json({"error": "AccountTakedown"}, 401), Verdict.DISCONNECT),
        (as_json({"error": "AccountDeactivated"}, 400), Verdict.DISCONNECT),
        (as_json({"error": "AccountSuspended"}, 400), Verdict.DISCONNECT),
        (as_json({"error": "AuthFactorTokenRequired"}, 401), Verdict.DISCONNECT),
        (as_json({"error": "SomethingNew", "message": "?"}, 400), Verdict.BUG),
        (as_json({"error": "MethodNotImplemented"}, 501), Verdict.BUG),
        (as_json({}, 403), Verdict.REFUSE),
    ],
)
async def test_each_answer_has_one_verdict(faulty: Faulty, answer: Answer | None, verdict: Verdict) -> None:
    faulty.handler = lambda path, body: answer
    trouble = await trouble_of(read(faulty.credentials, {}))
    assert trouble.verdict is verdict
    assert (trouble.retry_after is not None) == (verdict is Verdict.WAIT)
    assert "app-password" not in trouble.sentence + trouble.detail


async def test_a_server_that_is_not_there_is_a_passing_fault(faulty: Faulty) -> None:
    trouble = await trouble_of(read({**faulty.credentials, "service": "http://127.0.0.1:1"}, {}))
    assert trouble.verdict is Verdict.RETRY


async def test_a_server_that_hangs_is_given_up(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = http.client
    monkeypatch.setattr(http, "client", lambda: patient(timeout=0.3))

    def hang(path: str, body: Any) -> Answer:
        time.sleep(1)
        return as_json({})

    faulty.handler = hang
    trouble = await trouble_of(read(faulty.credentials, {}))
    assert trouble.verdict is Verdict.RETRY
    assert "too long" in trouble.sentence


async def test_a_flood_is_not_read_to_its_end(faulty: Faulty) -> None:
    flood = as_json({"notifications": ["x" * 11 * 2**20]})
    faulty.handler = lambda path, body: flood
    assert (await trouble_of(read(faulty.credentials, {}))).verdict is Verdict.BUG


async def test_a_private_server_is_refused_unless_it_is_allowed(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "")
    form = {"identifier": "shop.test", "password": "x", "service": faulty.url}
    trouble = await trouble_of(connect(form))
    assert trouble.verdict is Verdict.REFUSE
    assert "private" in trouble.sentence
    assert faulty.asked == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "12"}, 12),
        ({}, 60),
        ({"retry_after": "soon"}, 60),
    ],
)
async def test_a_429_is_waited_for_as_long_as_it_says(faulty: Faulty, headers: dict[str, str], seconds: float) -> None:
    faulty.handler = lambda path, body: as_json({"error": "RateLimitExceeded"}, 429, **headers)
    trouble = await trouble_of(read(faulty.credentials, {}))
    assert trouble.retry_after == seconds


async def test_a_429_is_waited_for_until_the_moment_it_names(faulty: Faulty) -> None:
    reset = int(time.time()) + 3600
    faulty.handler = lambda path, body: as_json({"error": "RateLimitExceeded"}, 429, ratelimit_reset=str(reset))
    before = time.time()
    trouble = await trouble_of(read(faulty.credentials, {}))
    after = time.time()
    assert trouble.retry_after is not None
    # The product's clock counts whole microseconds.
    assert reset - after <= trouble.retry_after <= reset - before + 1e-5


async def test_a_fault_that_says_how_long_it_lasts_is_waited_for(faulty: Faulty) -> None:
    faulty.handler = lambda path, body: as_json({}, 503, retry_after="30")
    trouble = await trouble_of(read(faulty.credentials, {}))
    assert (trouble.verdict, trouble.retry_after) == (Verdict.RETRY, 30)


async def test_a_429_that_names_a_moment_gone_by_is_waited_for_a_while(faulty: Faulty) -> None:
    reset = str(int(time.time()) - 5)
    faulty.handler = lambda path, body: as_json({"error": "RateLimitExceeded"}, 429, ratelimit_reset=reset)
    assert (await trouble_of(read(faulty.credentials, {}))).retry_after == 60


async def test_a_session_is_renewed_once_and_not_for_ever(faulty: Faulty) -> None:
    def handler(path: str, body: Any) -> Answer:
        if "createSession" in path:
            return as_json({"accessJwt": "new", "did": "did:plc:shop", "handle": "shop.test"})
        return as_json({"error": "ExpiredToken"}, 400)

    faulty.handler = handler
    trouble = await trouble_of(read(faulty.credentials, {}))
    assert trouble.verdict is Verdict.DISCONNECT
    assert sum("createSession" in path for path in faulty.asked) == 1


def expired_until(renewed: Answer) -> Callable[[str, Any], Answer]:
    """A server whose sessions have all run out; `renewed` is what it says when a new one is asked for."""
    return lambda path, body: renewed if "createSession" in path else as_json({"error": "ExpiredToken"}, 400)


async def test_a_renewal_that_makes_no_sense_is_a_passing_fault(faulty: Faulty) -> None:
    for made in ({}, {"accessJwt": ""}, {"accessJwt": 7}):
        faulty.handler = expired_until(as_json(made))
        assert (await trouble_of(read(faulty.credentials, {}))).verdict is Verdict.RETRY


async def test_trouble_while_renewing_keeps_its_own_verdict(faulty: Faulty) -> None:
    def handler(path: str, body: Any) -> Answer:
        if "createSession" in path:
            return as_json({"error": "RateLimitExceeded"}, 429, retry_after="30")
        return as_json({"error": "ExpiredToken"}, 400)

    faulty.handler = handler
    trouble = await trouble_of(read(faulty.credentials, {}))
    assert (trouble.verdict, trouble.retry_after) == (Verdict.WAIT, 30)


# Writing when answers get lost


def parent_view() -> Answer:
    author = {"did": "did:plc:ada", "handle": "ada.test"}
    record = {"text": "My tea never came", "createdAt": "2026-11-22T06:00:00Z"}
    view = {
        "uri": PARENT,
        "cid": "bafyparent",
        "author": author,
        "record": record,
        "indexedAt": "2026-11-22T06:00:00Z",
    }
    return as_json({"posts": [view]})


def repository(
    create: Callable[[], Answer | None],
) -> tuple[dict[str, Any], Callable[[str, Any], Answer | None]]:
    """A repository that stores what it is given and then answers with `create()`."""
    stored: dict[str, Any] = {}

    def handler(path: str, body: Any) -> Answer | None:
        if "getPosts" in path:
            return parent_view()
        if "createRecord" in path:
            stored[body["rkey"]] = body["record"]
            return create()
        key = parse_qs(urlsplit(path).query)["rkey"][0]
        if key not in stored:
            return as_json({"error": "RecordNotFound"}, 400)
        uri = f"at://did:plc:shop/app.bsky.feed.post/{key}"
        return as_json({"uri": uri, "cid": "bafymade", "value": stored[key]})

    return stored, handler


@pytest.mark.parametrize("lost", [None, as_json({}, 500), html(), (200, {"content-type": "application/json"}, b"{")])
async def test_a_reply_whose_answer_got_lost_is_found_and_not_sent_again(faulty: Faulty, lost: Answer | None) -> None:
    stored, faulty.handler = repository(lambda: lost)
    key = new_key()
    made = await reply(faulty.credentials, Draft(key=key, text="Sorry", parent_id=PARENT))
    assert (made.id.rsplit("/", 1)[1], made.revision) == (key, "bafymade")
    assert list(stored) == [key]
    assert sum("createRecord" in path for path in faulty.asked) == 1
    assert await find(faulty.credentials, draft_with(key)) == made


@pytest.mark.parametrize(("status", "verdict"), [(500, Verdict.RETRY), (400, Verdict.BUG), (429, Verdict.WAIT)])
async def test_a_reply_that_was_not_written_says_so(faulty: Faulty, status: int, verdict: Verdict) -> None:
    def handler(path: str, body: Any) -> Answer:
        if "getPosts" in path:
            return parent_view()
        name = "RecordNotFound" if "getRecord" in path else "X"
        return as_json({"error": name}, 400 if "getRecord" in path else status)

    faulty.handler = handler
    trouble = await trouble_of(reply(faulty.credentials, Draft(key=new_key(), text="Sorry", parent_id=PARENT)))
    assert trouble.verdict is verdict


async def test_a_question_that_cannot_be_asked_is_never_a_no(faulty: Faulty) -> None:
    for answer in (as_json({}, 500), html(), None, as_json({"error": "InvalidRequest"}, 400)):
        faulty.handler = always(answer)
        assert (await trouble_of(find(faulty.credentials, draft_with(new_key())))).verdict in {
            Verdict.RETRY,
            Verdict.BUG,
        }


async def test_nothing_is_written_when_the_parent_cannot_be_checked(faulty: Faulty) -> None:
    faulty.handler = lambda path, body: as_json({}, 500)
    await trouble_of(reply(faulty.credentials, Draft(key=new_key(), text="Sorry", parent_id=PARENT)))
    assert not any("createRecord" in path for path in faulty.asked)


# The form


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({}, "name"),
        ({"identifier": "@", "password": "x"}, "name"),
        ({"identifier": "shop.test"}, "app password"),
        ({"identifier": "not a handle", "password": "x"}, "not a Bluesky name"),
        ({"identifier": "did:key:z6Mk", "password": "x"}, "not a Bluesky name"),
        ({"identifier": "a.test", "password": "x", "service": "http://pds.example.com"}, "https://"),
        ({"identifier": "a.test", "password": "x", "service": "ftp://pds.example.com"}, "https://"),
        ({"identifier": "a.test", "password": "x", "service": "https://"}, "address"),
        ({"identifier": "a.test", "password": "x", "service": "http://[::1"}, "address"),
    ],
)
async def test_a_form_that_cannot_work_is_explained(form: dict[str, str], word: str) -> None:
    trouble = await trouble_of(connect(form))
    assert trouble.verdict is Verdict.REFUSE
    assert word in trouble.sentence


async def test_a_session_that_makes_no_sense_connects_nothing(faulty: Faulty) -> None:
    form = {"identifier": "shop.test", "password": "x", "service": faulty.url}
    for answer in ({}, {"did": 7}, {"did": "did:plc:x", "handle": "x.test"}):
        faulty.handler = always(as_json(answer))
        assert (await trouble_of(connect(form))).verdict is Verdict.RETRY


async def test_an_account_that_is_deactivated_is_told(faulty: Faulty) -> None:
    session = {
        "did": "did:plc:x",
        "handle": "x.test",
        "accessJwt": "t",
        "active": False,
        "status": "deactivated",
    }
    faulty.handler = lambda path, body: as_json(session)
    trouble = await trouble_of(connect({"identifier": "x.test", "password": "x", "service": faulty.url}))
    assert trouble.verdict is Verdict.DISCONNECT
    assert "deactivated" in trouble.sentence


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"service": [{"id": "#atproto_pds", "serviceEndpoint": "https://pds.example.com/"}]},
            "https://pds.example.com",
        ),
        (
            {"service": [{"id": "did:plc:x#atproto_pds", "serviceEndpoint": "https://a.b:8443"}]},
            "https://a.b:8443",
        ),
        ({"service": [{"id": "#atproto_labeler", "serviceEndpoint": "https://a.b"}]}, ""),
        ({"service": [{"id": "#atproto_pds", "serviceEndpoint": {"uri": "https://a.b"}}]}, ""),
        ({"service": [{"id": "#atproto_pds", "serviceEndpoint": "http://10.0.0.1"}]}, ""),
        ({"service": "x"}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_server_in_a_did_document(document: Any, expected: str) -> None:
    assert pds_of(document) == expected


async def test_a_thread_of_nonsense(faulty: Faulty) -> None:
    for body in ({}, {"thread": 7}):
        faulty.handler = always(as_json(body))
        assert (await trouble_of(thread(faulty.credentials, PARENT))).verdict is Verdict.RETRY
    faulty.handler = lambda path, _: as_json({"thread": {"post": {"uri": PARENT}, "replies": [7, {"post": 7}]}})
    assert (await trouble_of(thread(faulty.credentials, PARENT))).verdict is Verdict.REFUSE
    assert (await trouble_of(thread(faulty.credentials, "https://example.com"))).verdict is Verdict.REFUSE


async def test_a_very_deep_thread_is_read(faulty: Faulty) -> None:
    post = json.loads(parent_view()[2])["posts"][0]
    node: dict[str, Any] = {"post": post}
    for number in range(300):
        uri = f"at://did:plc:ada/app.bsky.feed.post/x{number}"
        node = {"post": {**post, "uri": uri}, "replies": [node]}
    faulty.handler = lambda path, _: as_json({"thread": node})
    assert len(await thread(faulty.credentials, PARENT)) == 301
