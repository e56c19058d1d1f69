"""Signing in, and what a server says about itself, against a server that does as told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from makegood.connectors.contract import Verdict
from makegood.connectors.mastodon.auth import SCOPES, begin, connect, finish
from makegood.connectors.mastodon.capability import CAPABILITY, limits
from makegood.connectors.mastodon.read import read
from makegood.connectors.mastodon.tests.conftest import Played
from makegood.connectors.mastodon.tests.helpers import BACK, account, trouble_of
from makegood.kit import clock
from tests.servers.scripted import Answer, Asked, as_json, html

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
