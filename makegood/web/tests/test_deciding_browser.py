"""Deciding on a phone, on the real product: one tap, by a link, by keyboard, live; and every page of it looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from makegood.web.tests.scene import EMAIL
from makegood.web.tests.test_pages_browser import PHONE, WIDE, Shop, look
from makegood.web.tests.test_together_browser import come_in
from tests.operations.command import up
from tests.servers.base import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = os.environ.get("MAKEGOOD_PICTURES", "")
SMALL = {"viewport": {"width": PHONE, "height": 740}, "has_touch": True, "is_mobile": True}


@dataclass
class Deciding:
    """The running product, and the addresses of its scenes."""

    shop: Shop
    waiting: list[str]
    given: list[str]
    back: list[str]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deciding]:
    """Requests that wait, half a year of goodwill, returns in every state."""
    with up(tmp_path_factory.mktemp("deciding"), free_port()) as started:
        shop = Shop(started)
        shop.scene("shop")
        command = [sys.executable, "-m", "makegood.web.tests.deciding_scene"]
        done = subprocess.run(command, env=dict(started.env), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        yield Deciding(shop, **json.loads(done.stdout))


def picture(page: Page, name: str) -> None:
    """Kept where MAKEGOOD_PICTURES says."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page="phone" not in name)


def in_sight(page: Page, name: str) -> bool:
    """Whether a button lies wholly in the window, above the bar at its end, without scrolling."""
    box = page.get_by_role("button", name=name).bounding_box()
    bar = page.locator("header.rail").bounding_box() if page.locator("header.rail").count() else None
    end = bar["y"] if bar else 740
    return bool(box and box["y"] >= 0 and box["y"] + box["height"] <= end + 1 and box["height"] >= 44)


def test_every_page_looks_right(browser: Browser, scene: Deciding) -> None:
    page = come_in(browser, scene.shop, EMAIL)
    settings = ["authority", "reasons", "returns", "returns/new", "returns/1", "remedy-words", "away"]
    named = {
        "decide": "/decide/",
        "asked": "/decide/?show=asked",
        "one": scene.waiting[0],
        "link": scene.waiting[-1],
        "ledger": scene.given[0],
        "ledger-own": scene.given[1],
        "returns": scene.back[0],
        "returned": scene.back[3],
        **{f"settings-{each.replace('/', '-')}": f"/settings/{each}/" for each in settings},
    }
    with closing(page.context):
        for name, path in named.items():
            look(page, path)
            picture(page, f"{name}-phone-dark")
            page.set_viewport_size({"width": 1280, "height": 860})
            picture(page, f"{name}-dark")
            page.emulate_media(color_scheme="light")
            picture(page, f"{name}-light")


def test_one_tap_on_a_phone(browser: Browser, scene: Deciding) -> None:
    page = come_in(browser, scene.shop, EMAIL, **SMALL)
    with closing(page.context):
        page.goto("/decide/")
        expect(page.get_by_role("link", name="Return, 62.00 EUR")).to_be_visible()
        picture(page, "phone-list")
        page.get_by_role("link", name="Return, 62.00 EUR").tap()
        expect(page.get_by_text("Losing this customer")).to_be_visible()
        picture(page, "phone-one")
        assert in_sight(page, "Approve")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, page.evaluate(WIDE)
        page.get_by_role("button", name="Approve").tap()
        expect(page.get_by_role("status").filter(has_text="You approved this.")).to_be_visible()
        picture(page, "phone-approved")


def test_a_link_on_a_phone_asks_for_sign_in_and_comes_back(browser: Browser, scene: Deciding) -> None:
    """The whole way of a mail: nobody is signed in; the page shows; one tap; the link is spent."""
    link = scene.waiting[-1]
    context = browser.new_context(base_url=scene.shop.makegood.url, reduced_motion="reduce", locale="en-GB", **SMALL)  # type: ignore[arg-type]
    page = context.new_page()
    with closing(context):
        page.goto(link)
        page.locator("[name=login]").fill(EMAIL)
        page.locator("[name=password]").fill("a kettle of fish")
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(f"**{link}")
        picture(page, "phone-link")
        assert in_sight(page, "Approve")
        page.get_by_text("Offer something else").tap()
        page.get_by_label("How much, in EUR").fill("lots")
        page.get_by_role("button", name="Offer this").tap()
        expect(page.get_by_text("Write an amount like 12.50")).to_be_visible()
        picture(page, "phone-mistake")
        page.get_by_label("How much, in EUR").fill("45")
        page.get_by_role("button", name="Offer this").tap()
        expect(page.get_by_text("You offered something else.")).to_be_visible()
        picture(page, "phone-done")
        page.goto(link)
        expect(page.get_by_text("You have decided with this link already")).to_be_visible()


def test_a_decision_shows_at_once_where_the_request_is_open_too(browser: Browser, scene: Deciding) -> None:
    malik, olga = come_in(browser, scene.shop, "malik@example.com"), come_in(browser, scene.shop, EMAIL)
    with closing(malik.context), closing(olga.context):
        malik.goto(scene.waiting[1])
        expect(malik.get_by_role("button", name="Take it back")).to_be_visible()
        olga.goto(scene.waiting[1])
        expect(olga.locator("#decide-link")).to_contain_text("1")
        # By keyboard alone: open the fold, say why, send.
        olga.locator("summary", has_text="Decline").focus()
        olga.keyboard.press("Enter")
        olga.keyboard.press("Tab")
        olga.keyboard.type("We replace it instead")
        olga.keyboard.press("Tab")
        olga.keyboard.press("Enter")
        expect(olga.get_by_text("You declined this.")).to_be_visible()
        expect(malik.get_by_text("Olga Berg declined this.")).to_be_visible(timeout=5_000)
        expect(malik.get_by_text("We replace it instead")).to_be_visible()
        expect(olga.locator("#decide-link .rail-count")).to_have_count(0)


def test_a_label_prints_without_the_rest(browser: Browser, scene: Deciding) -> None:
    page = come_in(browser, scene.shop, EMAIL)
    with closing(page.context):
        page.goto(scene.back[1])
        expect(page.get_by_role("button", name="Print")).to_be_visible()
        page.emulate_media(media="print")
        expect(page.get_by_role("button", name="Print")).to_be_hidden()
        expect(page.get_by_text("To: Teapot & Co")).to_be_visible()
        expect(page.locator("header.rail")).to_be_hidden()
        picture(page, "label-print")
