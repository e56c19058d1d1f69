"""The wall: what members do with it, and what everybody sees."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from makegood.amplify.models import Wall, WallItem
from makegood.amplify.wall.tests.make import Shop, opened, permit, praised
from makegood.desk.tests.make import conversation_with
from makegood.kit import clock
from makegood.winback import api as winback

ADDRESS = "/wall/teapot-praise/"
HOSTILE = '</script><script>alert("x")</script><img src=x onerror=alert(1)>'
OPEN = {"is_open": "on", "mode": "selected", "slug": "teapot-praise", "noindex": "on"}


@pytest.fixture
def shop(workspace: Any) -> Shop:
    return Shop(workspace)


def on_wall(shop: Shop, text: str = "Best teapot ever, thanks!", **fields: Any) -> Any:
    praise = praised(shop, text, **fields)
    permit(praise)
    WallItem.objects.create(workspace=shop.workspace, praise=praise, shown=True, place=-praise.pk)
    return praise


def read(answer: Any) -> Any:
    """The data for machines in a page."""
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', answer.content.decode(), re.DOTALL)
    assert found
    return json.loads(found[1])


class TestEverybody:
    @pytest.fixture(autouse=True)
    def wall(self, shop: Shop, olga: Any) -> Wall:
        return opened(shop.workspace, frame_sites=["https://shop.example"])

    def test_they_read_what_was_chosen_by_whom_and_with_whose_permission(self, shop: Shop, as_nobody: Client) -> None:
        on_wall(shop, url="https://bsky.example/1")
        page = unescape(as_nobody.get(ADDRESS).content.decode())
        assert "Best teapot ever, thanks!" in page
        assert "Ada Lovelace" in page
        assert "Chosen by Teapot & Co from what customers said in public, and shown with their permission." in page
        assert 'href="https://bsky.example/1"' in page
        assert "<img" not in page
        assert ">AL<" in page, "initials, no picture"

    def test_one_that_shows_everything_says_so(self, shop: Shop, wall: Wall, as_nobody: Client) -> None:
        wall.mode = "everything"
        wall.save()
        permit(praised(shop))
        conversation_with(shop.channel, "My teapot arrived broken, I want a refund", url="https://bsky.example/broken")
        page = as_nobody.get(ADDRESS).content.decode()
        assert "Nothing is left out by choice" in page
        assert "A complaint on Bluesky" in page
        assert 'href="https://bsky.example/broken"' in page
        assert "arrived broken" not in page, "nobody asked whether it may be quoted"
        assert "Chosen by" not in page

    def test_it_needs_no_cookie_and_sets_none(self, shop: Shop, as_nobody: Client, as_olga: Client) -> None:
        on_wall(shop)
        for address in (ADDRESS, f"{ADDRESS}snippet/", f"{ADDRESS}data/"):
            answer = as_nobody.get(address)
            assert answer.status_code == 200
            assert not answer.cookies
            assert "Cookie" not in answer.headers.get("Vary", "")
            assert as_olga.get(address).content == answer.content, "the same for everybody"

    def test_it_lets_in_nothing_but_its_own_style(self, shop: Shop, as_nobody: Client) -> None:
        on_wall(shop)
        answer = as_nobody.get(ADDRESS)
        assert answer["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
            " frame-ancestors https://shop.example"
        )
        assert "X-Frame-Options" not in answer
        page = answer.content.decode()
        assert re.findall(r'(?:src|href)="([^"]+)"', page.partition("<body>")[0]) == ["/static/css/wall.css"]
        assert re.findall(r"<script(?! type=\"application/ld\+json\")", page) == []
        assert not re.search(r"\son\w+=|style=", page)

    @pytest.mark.parametrize("address", [f"{ADDRESS}snippet/", f"{ADDRESS}data/", "/wall/nothing/"])
    def test_nothing_else_is_framed(self, address: str, as_nobody: Client) -> None:
        assert "frame-ancestors 'none'" in as_nobody.get(address)["Content-Security-Policy"]

    def test_where_no_site_is_named_nobody_frames_it(self, wall: Wall, as_nobody: Client) -> None:
        wall.frame_sites = []
        wall.save()
        assert "frame-ancestors 'none'" in as_nobody.get(ADDRESS)["Content-Security-Policy"]

    @pytest.mark.parametrize("part", ["", "snippet/", "data/"])
    def test_caches_keep_it_for_a_minute_and_ask_again(self, shop: Shop, as_nobody: Client, part: str) -> None:
        praise = on_wall(shop)
        first = as_nobody.get(ADDRESS + part)
        assert first["Cache-Control"] == "public, max-age=60, must-revalidate"
        again = as_nobody.get(ADDRESS + part, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again["Cache-Control"] == first["Cache-Control"]
        praise.mention.deleted_at = clock.now()
        praise.mention.save()
        changed = as_nobody.get(ADDRESS + part, headers={"If-None-Match": first["ETag"]})
        assert changed.status_code == 200
        assert b"Best teapot" not in changed.content

    @pytest.mark.parametrize("noindex", [True, False])
    def test_search_engines_are_asked_as_the_shop_wants(self, wall: Wall, as_nobody: Client, noindex: bool) -> None:
        wall.noindex = noindex
        wall.save()
        answer = as_nobody.get(ADDRESS)
        assert ("X-Robots-Tag" in answer) is noindex
        assert (b'name="robots"' in answer.content) is noindex

    @pytest.mark.parametrize("part", ["", "snippet/"])
    def test_hostile_words_are_words(self, shop: Shop, wall: Wall, as_nobody: Client, part: str) -> None:
        wall.heading = HOSTILE
        wall.save()
        shop.workspace.name = f"Teapot {HOSTILE}"
        shop.workspace.save()
        on_wall(shop, f"I love it, thank you! {HOSTILE}", name=HOSTILE, url='https://x.example/"onclick="alert(1)')
        answer = as_nobody.get(ADDRESS + part)
        page = answer.content.decode()
        assert "<img" not in page
        assert page.count("<script") == 1
        assert '"onclick="' not in page
        assert read(answer)["hasPart"][0]["text"].endswith(HOSTILE), "machines read it as it was written"

    def test_a_link_that_is_no_web_address_is_none(self, shop: Shop, as_nobody: Client) -> None:
        on_wall(shop, url="javascript:alert(1)")
        assert b"javascript:" not in as_nobody.get(ADDRESS).content

    @pytest.mark.parametrize("mode", ["selected", "everything"])
    def test_who_was_given_something_is_shown_with_that_said(
        self, shop: Shop, wall: Wall, as_nobody: Client, monkeypatch: pytest.MonkeyPatch, mode: str
    ) -> None:
        wall.mode = mode
        wall.save()
        given, other = on_wall(shop), on_wall(shop, "I love this shop, thank you!")
        assert b"had given them something" not in as_nobody.get(ADDRESS).content
        # What counts as given is tested beside the offers themselves.
        monkeypatch.setattr(
            winback, "given_before", lambda _shop, talks: {given.conversation_id} & {talk.pk for talk in talks}
        )
        page = as_nobody.get(ADDRESS).content.decode()
        assert page.count("Teapot &amp; Co had given them something, asking for nothing.") == 1
        assert page.index("Best teapot ever") < page.index("had given them") or mode == "everything"
        assert other.pk

    def test_other_scripts_run_their_own_way(self, shop: Shop, as_nobody: Client) -> None:
        on_wall(shop, "أحب إبريق الشاي هذا، شكرا!", name="ليلى", language="ar")
        page = as_nobody.get(ADDRESS).content.decode()
        assert '<blockquote dir="auto" lang="ar">' in page
        assert '<bdi class="mw-who">ليلى</bdi>' in page

    def test_the_piece_of_html_has_no_script_that_runs(self, shop: Shop, as_nobody: Client) -> None:
        on_wall(shop)
        answer = as_nobody.get(f"{ADDRESS}snippet/")
        page = answer.content.decode()
        assert page.strip().startswith('<section class="makegood-wall"')
        assert re.findall(r"<script([^>]*)>", page) == [' type="application/ld+json"']
        assert "<html" not in page
        assert read(answer)["hasPart"][0]["@type"] == "Quotation"

    def test_machines_get_the_data_alone(self, shop: Shop, as_nobody: Client) -> None:
        on_wall(shop)
        answer = as_nobody.get(f"{ADDRESS}data/")
        assert answer["Content-Type"] == "application/ld+json; charset=utf-8"
        data = json.loads(answer.content)
        assert data["about"] == {"@type": "Organization", "name": "Teapot & Co"}
        assert data["url"] == f"{settings.PUBLIC_URL}{ADDRESS}"
        assert "ating" not in answer.content.decode()

    def test_full_it_is_small_and_asks_little(
        self, shop: Shop, as_nobody: Client, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(30):
            on_wall(
                shop, f"I love teapot number {number}, thank you! " + "It keeps warm. " * 8, url="https://x.example/"
            )
        with django_assert_max_num_queries(3):
            answer = as_nobody.get(ADDRESS)
        assert answer.content.count(b"<blockquote") == 30
        css = settings.BASE_DIR / "makegood" / "web" / "static" / "css" / "wall.css"
        assert len(css.read_bytes()) < 4_000

    def test_usual_walls_are_under_20_kb(self, shop: Shop, as_nobody: Client) -> None:
        for number in range(12):
            on_wall(
                shop, f"I love teapot number {number}, thank you! " + "It keeps warm. " * 8, url="https://x.example/"
            )
        assert len(as_nobody.get(ADDRESS).content) < 20_000

    @pytest.mark.parametrize("slug", ["nothing", "teapot", "../teapot-praise", "%00", "x" * 300])
    def test_elsewhere_there_is_nothing(self, as_nobody: Client, slug: str) -> None:
        answer = as_nobody.get(f"/wall/{slug}/")
        assert answer.status_code == 404
        assert b"Teapot" not in answer.content

    def test_closed_there_is_nothing(self, wall: Wall, shop: Shop, as_nobody: Client) -> None:
        on_wall(shop)
        wall.is_open = False
        wall.save()
        for part in ("", "snippet/", "data/"):
            answer = as_nobody.get(ADDRESS + part)
            assert answer.status_code == 404
            assert b"Best teapot" not in answer.content

    def test_another_shop_s_wall_shows_nothing_of_ours(
        self, shop: Shop, other_workspace: Any, as_nobody: Client
    ) -> None:
        on_wall(shop)
        opened(other_workspace, "stens-skis")
        assert b"Best teapot" not in as_nobody.get("/wall/stens-skis/").content

    def test_nothing_can_be_posted_there(self, as_nobody: Client) -> None:
        assert as_nobody.post(ADDRESS).status_code == 405
        assert as_nobody.head(ADDRESS).status_code == 200


class TestMembers:
    def test_an_owner_opens_it_and_finds_what_to_put_where(self, shop: Shop, as_olga: Client) -> None:
        answer = as_olga.post("/praise/wall/", OPEN | {"sites": "https://shop.example"})
        assert answer.status_code == 302
        on_wall(shop)
        page = unescape(as_olga.get("/praise/wall/").content.decode())
        assert f"{settings.PUBLIC_URL}{ADDRESS}" in page
        assert f'<iframe src="{settings.PUBLIC_URL}{ADDRESS}"' in page
        assert '<section class="makegood-wall"' in page
        assert Client().get(ADDRESS).status_code == 200

    @pytest.mark.parametrize(
        ("wrong", "words"), [({"slug": "a b"}, "dashes"), ({"sites": "shop.example"}, "is no site")]
    )
    def test_what_is_wrong_is_said_and_nothing_is_lost(self, as_olga: Client, wrong: Any, words: str) -> None:
        answer = as_olga.post("/praise/wall/", OPEN | {"heading": "Kind words"} | wrong)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert words in page
        assert "Kind words" in page
        assert not Wall.objects.exists()

    def test_what_may_be_shown_is_listed_and_chosen(self, shop: Shop, as_malik: Client) -> None:
        praise = praised(shop, "I love my teapot, thank you!")
        assert b"I love my teapot" not in as_malik.get("/praise/wall/").content, "nobody has allowed it"
        permit(praise)
        assert b"I love my teapot" in as_malik.get("/praise/wall/").content
        as_malik.post(f"/praise/wall/{praise.pk}/show/")
        assert WallItem.objects.get().shown
        as_malik.post(f"/praise/wall/{praise.pk}/move/", {"to": "up"})
        as_malik.post(f"/praise/wall/{praise.pk}/hide/")
        assert not WallItem.objects.get().shown

    def test_criticism_cannot_be_hidden_and_the_reason_is_said(self, shop: Shop, as_malik: Client) -> None:
        opened(shop.workspace, mode="everything")
        praise = on_wall(shop)
        page = as_malik.get("/praise/wall/").content.decode()
        assert "16 CFR 465.7" in page
        assert f"/praise/wall/{praise.pk}/hide/" not in page
        answer = as_malik.post(f"/praise/wall/{praise.pk}/hide/", follow=True)
        assert b"nothing on it can be hidden" in answer.content
        assert WallItem.objects.get().shown

    def test_a_viewer_sees_and_changes_nothing(self, shop: Shop, as_vera: Client) -> None:
        praise = on_wall(shop)
        page = as_vera.get("/praise/wall/").content.decode()
        assert "Best teapot" in page
        assert "/hide/" not in page
        assert as_vera.post("/praise/wall/", OPEN).status_code == 403
        assert as_vera.post(f"/praise/wall/{praise.pk}/hide/").status_code == 403

    def test_an_agent_does_not_open_it(self, as_malik: Client) -> None:
        assert as_malik.post("/praise/wall/", OPEN).status_code == 403
        assert 'name="slug"' not in as_malik.get("/praise/wall/").content.decode()

    def test_a_stranger_finds_nothing(self, shop: Shop, as_sten: Client) -> None:
        praise = on_wall(shop)
        assert b"Best teapot" not in as_sten.get("/praise/wall/").content
        for act in ("show", "hide", "move"):
            assert as_sten.post(f"/praise/wall/{praise.pk}/{act}/").status_code == 404

    def test_signed_out_they_are_asked_to_sign_in(self, olga: Any, as_nobody: Client) -> None:
        assert as_nobody.get("/praise/wall/")["Location"].startswith("/account/login/")

    def test_hostile_words_are_words_here_too(self, shop: Shop, as_olga: Client) -> None:
        opened(shop.workspace)
        on_wall(shop, f"I love it, thank you! {HOSTILE}", name=HOSTILE)
        page = as_olga.get("/praise/wall/").content.decode()
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert "</textarea><" not in page.replace("</textarea><span", "").replace("</textarea><button", "")

    @pytest.mark.parametrize("count", [3, 30])
    def test_few_queries_however_many(
        self, shop: Shop, as_olga: Client, count: int, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(count):
            on_wall(shop, f"I love teapot number {number}, thank you!")
        opened(shop.workspace)
        with django_assert_max_num_queries(20):
            assert as_olga.get("/praise/wall/").status_code == 200

    def test_further_pages_come_alone(self, shop: Shop, as_olga: Client) -> None:
        for number in range(23):
            permit(praised(shop, f"I love teapot number {number}, thank you!"))
        page = as_olga.get("/praise/wall/").content.decode()
        found = re.search(r'hx-get="([^"]+)"', page.partition("showing-grid")[2])
        assert found
        part = as_olga.get(unescape(found[1]), headers={"HX-Request": "true"}).content.decode()
        assert part.count("showing-row") == 3
        assert "<html" not in part
