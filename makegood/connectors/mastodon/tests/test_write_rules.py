"""What goes into a reply, and never twice: against a server that does as told, after the documented shapes."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.activity import Visibility
from makegood.connectors.contract import Draft, Published, Upload, Verdict
from makegood.connectors.mastodon import media
from makegood.connectors.mastodon.tests.conftest import Played
from makegood.connectors.mastodon.tests.helpers import account, status, trouble_of
from makegood.connectors.mastodon.write import count, find, handoff, new_key, reply
from makegood.kit import clock
from makegood.kit.text import graphemes
from tests.servers.scripted import Answer, Asked, Handler, as_json

PARENT = status(20)["uri"]
NAMED = '<span class="h-card"><a href="https://other.example/@ada" class="u-url mention">@<span>ada</span></a></span>'


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Sorry!", 6),
        ("🧑‍🍳👍🏽", 2),
        ("See https://example.com/a/very/long/way/to/the/thing?that=is&too=long.", 4 + 23 + 1),
        ("https://a.b https://c.d", 23 + 1 + 23),
        ("(https://a.example/x)", 1 + 23 + 1),
        ("https://a.example/x_(y)", 23),
        ("HTTPS://EXAMPLE.COM", 23),
        ("@ada@mastodon.example hi", 4 + 3),
        ("@ada hi", 7),
        ("mail me@example.com", 19),
        ("@a.b_c@x.example:3000!", 7),
    ],
)
def test_the_length_is_what_the_server_counts(text: str, length: int) -> None:
    assert count(text) == length


@given(some.text(max_size=80).filter(lambda text: "@" not in text and "://" not in text))
def test_what_has_no_links_and_names_counts_as_it_is(text: str) -> None:
    assert count(text) == graphemes(text)


def test_keys_are_unlike_each_other() -> None:
    assert len({new_key() for _ in range(100)}) == 100


def test_the_hand_off_is_the_post_s_own_page() -> None:
    assert handoff("https://a.example/@ada/1", "Sorry") == "https://a.example/@ada/1"


class Wall:
    """A server with one post on it that can be answered. Keys are kept, as Mastodon does, unless `forgets`."""

    def __init__(self, **parent: Any) -> None:
        self.parent = status(20, **parent)
        self.sent: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.keys: dict[str, dict[str, Any]] = {}
        self.forgets = False
        self.lose: list[Answer | None] = []
        self.uploads = 0
        self.busy = 0

    def __call__(self, asked: Asked) -> Answer | None:
        if asked.method == "POST" and asked.path == "/api/v1/statuses":
            return self._write(asked)
        if asked.path.startswith("/api/v2/media"):
            self.uploads += 1
            return as_json({"id": f"m{self.uploads}", "url": None}, 202 if self.busy else 200)
        if asked.path.startswith("/api/v1/media/"):
            self.busy -= 1
            return as_json({"id": "m"}, 206 if self.busy else 200)
        if asked.path == "/api/v1/statuses/20":
            return as_json(self.parent)
        if asked.path == "/api/v1/statuses/20/context":
            return as_json({"ancestors": [], "descendants": self.answers})
        if asked.path == "/api/v1/accounts/1/statuses":
            return as_json(self.answers)
        if asked.path == "/api/v2/search":
            known = parse_qs(asked.query)["q"] == [PARENT]
            return as_json({"statuses": [self.parent] if known else [], "accounts": [], "hashtags": []})
        return as_json({"error": "Record not found"}, 404)

    def _write(self, asked: Asked) -> Answer | None:
        key = asked.headers["idempotency-key"]
        if key not in self.keys or self.forgets:
            self.sent.append(asked.body)
            number = 900 + len(self.sent)
            self.keys[key] = status(
                number,
                f"<p>{asked.body['status']}</p>",
                uri=f"https://shop.example/users/shop/statuses/{number}",
                url=f"https://shop.example/@shop/{number}",
                account=account("shop", "shop.example"),
                in_reply_to_id="20",
                created_at=clock.now().isoformat(),
            )
            self.answers.append(self.keys[key])
        return self.lose.pop() if self.lose else as_json(self.keys[key])


@pytest.fixture
def wall(played: Played) -> Wall:
    made = Wall()
    played.handler = made
    return made


def draft(text: str = "Sorry!", **more: Any) -> Draft:
    return Draft(key=new_key(), text=text, parent_id=PARENT, handle="ada@other.example", **more)


async def send(played: Played, what: Draft) -> Published:
    return await reply(played.credentials, what)


async def test_a_reply_has_all_that_belongs_to_it(played: Played, wall: Wall) -> None:
    made = await send(played, draft("Sorry!", language="pt-BR", warning="Tea"))
    assert wall.sent == [
        {
            "status": "@ada@other.example Sorry!",
            "in_reply_to_id": "20",
            "visibility": "public",
            "spoiler_text": "Tea",
            "language": "pt",
        }
    ]
    assert (made.id, made.url) == ("https://shop.example/users/shop/statuses/901", "https://shop.example/@shop/901")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Sorry", "@ada@other.example Sorry"),
        ("@ada@other.example sorry", "@ada@other.example sorry"),
        ("Sorry, @Ada@Other.Example.", "Sorry, @Ada@Other.Example."),
        ("@ada sorry", "@ada@other.example @ada sorry"),
        ("@ada@other.example.org hi", "@ada@other.example @ada@other.example.org hi"),
    ],
)
async def test_the_answered_author_is_named_once(played: Played, wall: Wall, text: str, sent: str) -> None:
    await send(played, draft(text))
    assert wall.sent[0]["status"] == sent


async def test_a_neighbour_is_named_without_the_server(played: Played, wall: Wall) -> None:
    wall.parent["account"] = account("bea", "shop.example")
    await send(played, draft("Sorry, @bea@shop.example"))
    await send(played, draft("Sorry"))
    assert [each["status"] for each in wall.sent] == ["Sorry, @bea", "@bea Sorry"]


async def test_an_own_post_is_gone_on_with_without_naming_oneself(played: Played, wall: Wall) -> None:
    wall.parent["account"] = account("shop", "shop.example")
    await send(played, draft("And another thing"))
    assert wall.sent[0]["status"] == "And another thing"


@pytest.mark.parametrize("asked_for", list(Visibility))
@pytest.mark.parametrize("of_parent", list(Visibility))
async def test_an_answer_is_never_seen_by_more_than_what_it_answers(
    played: Played, wall: Wall, asked_for: Visibility, of_parent: Visibility
) -> None:
    wall.parent["visibility"] = of_parent.value
    await send(played, draft(visibility=asked_for))
    width = list(Visibility)
    assert width.index(Visibility(wall.sent[0]["visibility"])) == max(width.index(asked_for), width.index(of_parent))


async def test_an_empty_reply_is_not_sent(played: Played, wall: Wall) -> None:
    assert (await trouble_of(send(played, draft("  ")))).verdict is Verdict.REFUSE
    assert played.asked == []


async def test_what_the_server_knows_needs_no_search(played: Played, wall: Wall) -> None:
    await send(played, draft(parent_revision=f"{played.host}/20"))
    assert "/api/v2/search" not in played.paths()
    await send(played, draft(parent_revision="elsewhere.example/20"))
    assert "/api/v2/search" in played.paths()


async def test_a_short_id_is_never_used_on_another_server(played: Played, wall: Wall) -> None:
    what = Draft(key=new_key(), text="Hi", parent_id="https://x.example/1", parent_revision="x.example/20")
    assert (await trouble_of(send(played, what))).verdict is Verdict.REFUSE
    assert played.paths() == ["/api/v2/search"]


async def test_pictures_are_given_first_and_waited_for(
    played: Played, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "LOOK_AGAIN", 0.01)
    wall.busy = 3
    files = (Upload(content=b"PNG", type="image/png", alt="A pot", name="pot.png"),)
    await send(played, draft(media=files))
    assert wall.sent[0]["media_ids"] == ["m1"]
    upload = next(each for each in played.asked if each.path == "/api/v2/media")
    assert b'name="description"' in upload.body
    assert b"A pot" in upload.body
    assert b'filename="pot.png"' in upload.body
    assert b"Content-Type: image/png" in upload.body
    assert sum(path.startswith("/api/v1/media/") for path in played.paths()) == 3


async def test_a_film_that_takes_too_long_is_tried_again(
    played: Played, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "LOOK_AGAIN", 0.01)
    monkeypatch.setattr(media, "LONGEST_WORK", 0.1)
    wall.busy = 10_000
    files = (Upload(content=b"MP4", type="video/mp4"),)
    assert (await trouble_of(send(played, draft(media=files)))).verdict is Verdict.RETRY
    assert wall.sent == []


async def test_an_older_server_takes_pictures_the_older_way(played: Played, wall: Wall) -> None:
    def handler(asked: Asked) -> Answer | None:
        if asked.path == "/api/v2/media":
            return as_json({}, 404)
        return as_json({"id": "old"}) if asked.path == "/api/v1/media" else wall(asked)

    played.handler = handler
    await send(played, draft(media=(Upload(content=b"PNG", type="image/png"),)))
    assert wall.sent[0]["media_ids"] == ["old"]


async def test_a_post_is_quoted_where_the_server_can(played: Played, wall: Wall) -> None:
    await send(played, draft(quoted_id=PARENT, quoted_revision=f"{played.host}/20"))
    assert wall.sent[0]["quoted_status_id"] == "20"
    gone = await trouble_of(send(played, draft(quoted_id="https://x.example/9")))
    old = await trouble_of(reply({**played.credentials, "quotes": False}, draft(quoted_id=PARENT)))
    assert {gone.verdict, old.verdict} == {Verdict.REFUSE}
    assert "link" in old.sentence


# Send once


LOST: list[Answer | None] = [
    None,
    as_json({}, 500),
    (200, {"content-type": "text/html"}, b"<h1>Wi-Fi</h1>"),
    (200, {"content-type": "application/json"}, b'{"id"'),
]


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("forgets", [False, True])
async def test_an_answer_that_got_lost_is_found_and_nothing_sent_again(
    played: Played, wall: Wall, lost: Answer | None, forgets: bool
) -> None:
    wall.forgets = forgets
    wall.lose = [lost]
    what = draft("Sorry, see https://example.com/a_b?c=d & *wait*")
    made = await send(played, what)
    assert made.id.endswith("/901")
    assert len(wall.sent) == 1
    again = await find(played.credentials, what)
    assert again is not None
    assert again.id == made.id


async def test_the_same_key_twice_is_one_post(played: Played, wall: Wall) -> None:
    what = draft()
    assert await send(played, what) == await send(played, what)
    assert len(wall.answers) == 1


@pytest.mark.parametrize(("code", "verdict"), [(500, Verdict.RETRY), (418, Verdict.BUG), (429, Verdict.WAIT)])
async def test_a_reply_that_was_not_written_says_so(played: Played, wall: Wall, code: int, verdict: Verdict) -> None:
    played.handler = lambda asked: as_json({}, code) if asked.method == "POST" else wall(asked)
    assert (await trouble_of(send(played, draft()))).verdict is verdict


def wall_but(wall: Wall, part: str, answer: Answer | None) -> Handler:
    """The wall, but for what is asked under an address that ends so."""
    return lambda asked: answer if asked.path.endswith(part) else wall(asked)


async def test_a_question_that_cannot_be_asked_is_never_a_no(played: Played, wall: Wall) -> None:
    for part in ("/api/v2/search", "/context", "/api/v1/accounts/1/statuses"):
        for answer in (as_json({}, 500), None, as_json({}, 429), as_json({}, 401)):
            played.handler = wall_but(wall, part, answer)
            await trouble_of(find(played.credentials, draft()))


async def test_only_what_is_ours_and_says_the_same_there_is_found(played: Played, wall: Wall) -> None:
    what = draft("We are sorry")
    assert await find(played.credentials, what) is None
    ours = await send(played, what)
    entry = wall.answers[0]
    others: list[dict[str, Any]] = [
        {"account": account("ada")},
        {"in_reply_to_id": "19"},
        {"content": "<p>@ada We are very sorry</p>"},
        {"created_at": "2026-01-01T00:00:00.000Z"},
    ]
    for changed in others:
        wall.answers = [{**entry, **changed}]
        assert await find(played.credentials, what) is None
    same: list[dict[str, Any]] = [
        {"content": f"<p>{NAMED} We <b>are</b> sorry</p>"},
        {"content": "", "text": "@ada@other.example We are sorry"},
        # What it answered was deleted meanwhile.
        {"in_reply_to_id": None},
    ]
    for changed in same:
        wall.answers = [{**entry, **changed}]
        found = await find(played.credentials, what)
        assert found is not None
        assert found.id == ours.id


async def test_where_the_markup_hides_the_words_the_source_is_asked_for(played: Played, wall: Wall) -> None:
    what = draft("1 < 2 and [a](b)")
    await send(played, what)
    wall.answers[0]["content"] = "<p>@ada 1 and <em>a</em></p>"
    assert await find(played.credentials, what) is None
    source = as_json({"id": "901", "text": "@ada@other.example 1 < 2 and [a](b)", "spoiler_text": ""})
    played.handler = lambda asked: source if asked.path == "/api/v1/statuses/901/source" else wall(asked)
    assert await find(played.credentials, what) is not None


async def test_a_key_that_is_not_ours_is_a_fault(played: Played, wall: Wall) -> None:
    what = Draft(key="3abc", text="Hi", parent_id=PARENT)
    assert (await trouble_of(find(played.credentials, what))).verdict is Verdict.BUG
