"""The wall in Chromium: accessible in every colour and width, still, strict, and shown in a page of somebody else's."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from makegood.web.tests.scene_wall import HOSTILE, SLUG
from makegood.web.tests.test_pages_browser import STANDARDS, Shop, look, sign_in
from tests.operations.command import up
from tests.servers.base import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADDRESS = f"/wall/{SLUG}/"


class Foreign(BaseHTTPRequestHandler):
    """A page of the shop's own site, or of anybody's, that shows the wall in a frame."""

    wall = ""

    def do_GET(self) -> None:
        page = f'<!doctype html><html lang="en"><title>Shop</title><iframe title="Wall" src="{self.wall}"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_said: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def foreign() -> Iterator[str]:
    """Somebody else's site on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Foreign)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, foreign: str) -> Iterator[Shop]:
    """A product with praise on its wall."""
    home: Path = tmp_path_factory.mktemp("wall")
    with up(home, free_port()) as started:
        opened = Shop(started)
        opened.scene("shop")
        scene(opened, foreign)
        Foreign.wall = f"{started.url}{ADDRESS}"
        yield opened


def scene(shop: Shop, site: str) -> None:
    command = [sys.executable, "-m", "makegood.web.tests.scene_wall", site]
    done = subprocess.run(command, env=dict(shop.makegood.env), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def page(browser: Browser, shop: Shop) -> Iterator[Page]:
    """A tab of somebody who is not signed in; its console must stay silent."""
    said: list[str] = []
    context = browser.new_context(base_url=shop.makegood.url, locale="en-GB")
    tab = context.new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    yield tab
    context.close()
    assert said == [], "nothing was refused by the policy, and nothing ran"


@pytest.mark.parametrize("colour", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_it_is_accessible_and_no_wider_than_a_phone(page: Page, colour: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=colour)
    page.goto(ADDRESS)
    found = Axe().run(page, options={"runOnly": STANDARDS})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_comes_from_elsewhere_and_nothing_is_left_behind(page: Page, shop: Shop) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(ADDRESS)
    assert [each.removeprefix(shop.makegood.url) for each in asked if "favicon" not in each] == [
        ADDRESS,
        "/static/css/wall.css",
    ]
    assert page.context.cookies() == []


def test_machines_read_the_data_and_nothing_of_it_runs(page: Page) -> None:
    page.goto(ADDRESS)
    blocks = page.locator("script")
    expect(blocks).to_have_count(1)
    data = json.loads(blocks.first.text_content() or "")
    assert any(HOSTILE in each["text"] for each in data["hasPart"])
    assert "broken" not in page.title()
    expect(page.locator("img")).to_have_count(0)


def test_words_run_their_own_way(page: Page) -> None:
    page.goto(ADDRESS)
    ways = page.locator("blockquote").evaluate_all("each => each.map((one) => getComputedStyle(one).direction)")
    assert ways == ["ltr", "rtl", "ltr", "ltr", "ltr"]


def test_the_shop_s_own_site_shows_it_in_a_frame(page: Page, foreign: str) -> None:
    page.goto(foreign)
    inside = page.frame_locator("iframe")
    expect(inside.get_by_role("heading", level=1)).to_have_text("What customers say about us")
    expect(inside.locator(".mw-piece").first).to_have_css("border-radius", "14px")
    found = Axe().run(page, options={"runOnly": STANDARDS, "rules": {"region": {"enabled": False}}})
    inner = [each for each in found.response["violations"] if "iframe" in str(each["nodes"][0]["target"][:1])]
    assert inner == []


def test_nobody_else_s_site_does(browser: Browser, shop: Shop, foreign: str) -> None:
    context = browser.new_context()
    refused: list[str] = []
    tab = context.new_page()
    tab.on("console", lambda message: refused.append(message.text))
    # By its other name the same machine is another site.
    tab.goto(foreign.replace("127.0.0.1", "localhost"))
    tab.wait_for_timeout(500)
    assert any("frame-ancestors" in each for each in refused)
    assert tab.frames[-1].locator("blockquote").count() == 0
    context.close()


def test_members_pages_are_accessible(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(base_url=shop.makegood.url, reduced_motion="reduce", locale="en-GB")
    tab = context.new_page()
    sign_in(tab)
    for path in ("wall/", "advocates/", "referrals/", "referrals/1/"):
        look(tab, f"/praise/{path}")
    context.close()


def test_deleted_at_the_source_it_is_gone(page: Page, shop: Shop, foreign: str) -> None:
    page.goto(ADDRESS)
    expect(page.get_by_text("Best teapot ever")).to_be_visible()
    scene(shop, foreign)
    page.reload()
    expect(page.locator("blockquote")).to_have_count(4)
    expect(page.get_by_text("Best teapot ever")).to_have_count(0)
