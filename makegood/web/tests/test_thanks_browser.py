"""Thanks on the real product: every page looked at, empty and full, and the way of a kudos by keyboard."""

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
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from makegood.web.tests.scene import EMAIL
from makegood.web.tests.test_pages_browser import PHONE, STANDARDS, WIDE, Shop, look
from makegood.web.tests.test_together_browser import come_in
from tests.operations.command import up
from tests.servers.base import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = os.environ.get("MAKEGOOD_PICTURES", "")
PAGES = {
    "thanks": "/thanks/",
    "rewards": "/thanks/rewards/",
    "manage": "/thanks/manage/",
    "catalogue": "/thanks/manage/catalogue/",
    "rules": "/thanks/manage/rules/",
}


@dataclass
class Thanking:
    """The running product, and the addresses of its scene."""

    shop: Shop
    talk: str
    more: list[str]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop on its hard day, with Malik and Cora in it, before anybody was thanked."""
    with up(tmp_path_factory.mktemp("thanks"), free_port()) as started:
        opened = Shop(started)
        opened.scene("shop")
        opened.scene("hard")
        opened.scene("colleague")
        yield opened


@pytest.fixture(scope="module")
def scene(empty: Shop) -> Thanking:
    """The same shop after a busy week; the pages of the empty one have been looked at by then."""
    command = [sys.executable, "-m", "makegood.web.tests.thanks_scene"]
    done = subprocess.run(command, env=dict(empty.makegood.env), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    talk, *more = json.loads(done.stdout)
    return Thanking(empty, talk, more)


def picture(page: Page, name: str) -> None:
    """Kept where MAKEGOOD_PICTURES says."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def look_at(page: Page, name: str, path: str) -> None:
    """One page by all rules, with its pictures."""
    look(page, path)
    picture(page, f"{name}-phone-dark")
    page.set_viewport_size({"width": 1280, "height": 860})
    picture(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")
    picture(page, f"{name}-light")


def test_every_page_before_anybody_was_thanked(browser: Browser, empty: Shop) -> None:
    page = come_in(browser, empty, EMAIL)
    with closing(page.context):
        for name, path in PAGES.items():
            look_at(page, f"empty-{name}", path)


def test_every_page_after_a_busy_week(browser: Browser, scene: Thanking) -> None:
    page = come_in(browser, scene.shop, EMAIL)
    more = {f"more-{number}": path for number, path in enumerate(scene.more)}
    with closing(page.context):
        for name, path in (PAGES | more).items():
            look_at(page, name, path)
            closed = page.locator("main details.fold:not([open]) > summary")
            while closed.count():
                closed.first.click()
            assert Axe().run(page, options={"runOnly": STANDARDS}).violations_count == 0, path
            page.set_viewport_size({"width": PHONE, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, (path, page.evaluate(WIDE))


def test_what_others_see(browser: Browser, scene: Thanking) -> None:
    for email in ("malik@example.com", "cora@example.com"):
        page = come_in(browser, scene.shop, email)
        with closing(page.context):
            for name in ("thanks", "rewards"):
                look_at(page, f"{email.partition('@')[0]}-{name}", PAGES[name])


def test_thanking_somebody_for_a_conversation_by_keyboard(browser: Browser, scene: Thanking) -> None:
    olga, malik = come_in(browser, scene.shop, EMAIL), come_in(browser, scene.shop, "malik@example.com")
    with closing(olga.context), closing(malik.context):
        malik.goto("/thanks/")
        olga.goto(scene.talk)
        part = olga.locator("#thanks-part")
        expect(part).to_contain_text("Malik thanks Olga Berg")
        button = part.get_by_role("button", name="Thank somebody for this")
        button.focus()
        olga.keyboard.press("Enter")
        dialog = olga.get_by_role("dialog", name="Thank somebody for this")
        expect(dialog.get_by_label("Whom do you thank?")).to_be_visible()
        assert Axe().run(olga, options={"runOnly": STANDARDS}).violations_count == 0
        picture(olga, "dialog")
        dialog.get_by_label("Whom do you thank?").focus()
        olga.keyboard.type("Mal")
        olga.keyboard.press("Tab")
        olga.keyboard.type("Calm")
        for _to_the_button in range(3):
            olga.keyboard.press("Tab")
        olga.keyboard.press("Enter")
        expect(dialog.get_by_role("alert")).to_contain_text("in your own words")
        box = dialog.get_by_label("What did they do?")
        expect(box).to_have_value("Calm")
        box.focus()
        olga.keyboard.press("End")
        olga.keyboard.type(" as the sea while she shouted")
        for _to_the_button in range(3):
            olga.keyboard.press("Tab")
        olga.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
        expect(part).to_contain_text("Calm as the sea while she shouted")
        expect(olga.locator("#toasts")).to_contain_text("Malik knows.")
        expect(malik.locator("#kudos")).to_contain_text("Calm as the sea while she shouted", timeout=10_000)


def test_asking_for_a_reward_by_keyboard(browser: Browser, scene: Thanking) -> None:
    page = come_in(browser, scene.shop, EMAIL)
    with closing(page.context):
        page.goto("/thanks/rewards/")
        card = page.get_by_role("listitem").filter(has_text="Choose the music").first
        card.locator("summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("Polka")
        page.keyboard.press("Enter")
        expect(page.locator("#toasts")).to_contain_text("You asked for “Choose the music for a day”.")
        expect(page.get_by_text("“Polka”")).to_be_visible()
