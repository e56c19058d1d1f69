"""The questions by keyboard, on the real product: one key each, from the conversation to the record and its paper."""

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
from makegood.web.tests.test_pages_browser import PHONE, Shop, look
from makegood.web.tests.test_together_browser import come_in
from tests.operations.command import up
from tests.servers.base import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = os.environ.get("MAKEGOOD_PICTURES", "")


@dataclass
class Scene:
    """The running product, and the number of the conversation."""

    shop: Shop
    talk: int


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A complaint that travels, and decisions to learn from."""
    with up(tmp_path_factory.mktemp("assessing"), free_port()) as started:
        shop = Shop(started)
        shop.scene("shop")
        command = [sys.executable, "-m", "makegood.web.tests.assessing_scene"]
        done = subprocess.run(command, env=dict(started.env), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        yield Scene(shop, json.loads(done.stdout))


def picture(page: Page, name: str) -> None:
    """Kept where MAKEGOOD_PICTURES says."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def all_looks(page: Page, path: str, name: str) -> None:
    """Accessible and no wider than a phone; pictures of it dark and light, wide and on a phone."""
    look(page, path)
    picture(page, f"{name}-phone-dark")
    page.emulate_media(color_scheme="light")
    picture(page, f"{name}-phone-light")
    page.set_viewport_size({"width": 1280, "height": 860})
    picture(page, f"{name}-light")
    page.emulate_media(color_scheme="dark")
    picture(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")


def question(page: Page, words: str) -> None:
    """It is asked now, and whoever listens hears it: the question has the focus."""
    title = page.get_by_role("heading", name=words)
    expect(title).to_be_focused()


def test_from_the_conversation_to_the_decision_with_one_key_each(browser: Browser, scene: Scene) -> None:
    page = come_in(browser, scene.shop, EMAIL)
    with closing(page.context):
        page.goto(f"/inbox/{scene.talk}/")
        expect(page.locator("#travel .travel-figures")).to_be_visible()
        picture(page, "conversation")
        expect(page.locator("#travel circle")).to_have_count(6)
        if PICTURES:
            page.locator("#travel").screenshot(path=Path(PICTURES) / "travel.png")
        page.keyboard.press("w")
        question(page, "Have they bought from you?")
        expect(page.get_by_text("1 order is tied to them.")).to_be_visible()
        all_looks(page, f"/inbox/{scene.talk}/questions/", "question")
        page.keyboard.press("ArrowRight")
        question(page, "Is it true, as far as you can see?")
        page.keyboard.press("ArrowLeft")
        question(page, "Have they bought from you?")
        expect(page.get_by_text("Olga Berg said Yes.")).to_be_visible()
        page.keyboard.press("u")
        question(page, "Is it true, as far as you can see?")
        page.keyboard.press("y")
        question(page, "Is it positive, or at least balanced?")
        page.keyboard.press("u")  # No answer to this one: nothing happens.
        question(page, "Is it positive, or at least balanced?")
        page.keyboard.press("n")
        question(page, "Do they only want to provoke?")
        page.keyboard.press("ArrowRight")
        question(page, "Are they venting: a rant, a joke, mockery?")
        page.keyboard.press("n")
        question(page, "Do they lack a fact, or have one wrong?")
        page.keyboard.press("n")
        question(page, "Did something go wrong for them with you?")
        page.keyboard.press("y")
        question(page, "Make it good")
        all_looks(page, f"/inbox/{scene.talk}/questions/", "outcome")

        # Against the answers only with a reason, and what was chosen is not lost.
        page.keyboard.press("4")
        expect(page.get_by_role("alert")).to_contain_text("Say why")
        page.keyboard.press("ArrowRight")
        page.wait_for_url(f"**/inbox/{scene.talk}/")
        expect(page.get_by_text("Decided and kept: make it good.")).to_be_visible()


def test_what_was_decided_can_be_read_and_printed(browser: Browser, scene: Scene) -> None:
    page = come_in(browser, scene.shop, EMAIL)
    with closing(page.context):
        all_looks(page, "/assessments/", "records")
        page.get_by_label("Decided").select_option("let_stand")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.get_by_text("has his answer")).to_be_visible()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.get_by_text("the answers led to: give the facts")).to_be_visible()
        path = page.url.removeprefix(scene.shop.makegood.url)
        all_looks(page, path, "record")
        page.goto(path)
        page.get_by_role("link", name="For paper").click()
        expect(page.get_by_role("button", name="Print")).to_be_visible()
        all_looks(page, f"{path}print/", "paper")
        page.emulate_media(media="print")
        expect(page.get_by_role("button", name="Print")).to_be_hidden()
        paper = page.pdf(format="A4") if browser.browser_type.name == "chromium" else b""
        assert paper.count(b"/Type /Page\n") <= 2
        if PICTURES:
            (Path(PICTURES) / "paper.pdf").write_bytes(paper)


def test_by_touch_on_a_phone(browser: Browser, scene: Scene) -> None:
    small = {"viewport": {"width": PHONE, "height": 740}, "has_touch": True, "is_mobile": True}
    page = come_in(browser, scene.shop, EMAIL, **small)
    with closing(page.context):
        page.goto(f"/inbox/{scene.talk}/questions/")
        for name in ("Yes", "No"):
            box = page.get_by_role("button", name=name).first.bounding_box()
            assert box is not None
            assert box["height"] >= 44
        page.get_by_role("button", name="Yes").first.tap()
        question(page, "Is it true, as far as you can see?")
