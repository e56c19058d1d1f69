"""Praise on the real product: every page looked at, a yes confirmed with one key, a picture planned and taken back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from makegood.web.tests.scene import EMAIL
from makegood.web.tests.test_pages_browser import Shop, look
from makegood.web.tests.test_together_browser import come_in
from tests.operations.command import up
from tests.servers.base import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = os.environ.get("MAKEGOOD_PICTURES", "")


@dataclass
class Praises:
    """The running product, and the addresses of its scene."""

    shop: Shop
    paths: list[str]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Praises]:
    """Praise that waits, was answered, allowed, ended and planned."""
    with up(tmp_path_factory.mktemp("praise"), free_port()) as started:
        shop = Shop(started)
        shop.scene("shop")
        command = [sys.executable, "-m", "makegood.web.tests.praise_scene"]
        done = subprocess.run(command, env=dict(started.env), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        yield Praises(shop, json.loads(done.stdout))


def picture(page: Page, name: str) -> None:
    """Kept where MAKEGOOD_PICTURES says."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"praise-{name}.png", full_page=True)


def test_every_page_looks_right(browser: Browser, scene: Praises) -> None:
    page = come_in(browser, scene.shop, EMAIL)
    with closing(page.context):
        for number, path in enumerate(scene.paths):
            look(page, path)
            picture(page, f"{number}-phone-dark")
            page.set_viewport_size({"width": 1280, "height": 860})
            picture(page, f"{number}-dark")
            page.emulate_media(color_scheme="light")
            picture(page, f"{number}-light")


def test_a_picture_is_seen_planned_and_taken_back(browser: Browser, scene: Praises) -> None:
    page = come_in(browser, scene.shop, EMAIL)
    with closing(page.context):
        page.goto(scene.paths[4])
        form = page.locator("#share-form")
        expect(form.get_by_label("Your own words")).to_be_hidden()
        form.get_by_role("radio", name="As a picture").check()
        expect(form.get_by_role("alert")).to_contain_text("cannot show these signs: 😀")
        form.get_by_label("The part of their words that it shows").fill("Love it!")
        shown = form.get_by_role("img", name="The picture as it would be shared")
        expect(shown).to_be_visible()
        page.wait_for_function("() => document.querySelector('.praise-picture img').naturalWidth === 1080")
        picture(page, "picture")
        form.get_by_label("At another moment").fill("2030-01-01T10:00")
        form.get_by_role("button", name="Plan it").click()
        expect(page.get_by_role("alert").first).to_contain_text("more than a year")
        form.get_by_label("At another moment").fill("")
        form.get_by_role("button", name="Plan it").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Shared praise")
        row = page.locator(".praise-row", has_text="As a picture")
        expect(row).to_contain_text("goes out on")
        row.get_by_role("button", name="Take it back").click()
        expect(page.locator("#toasts")).to_contain_text("nothing goes out")
        expect(page.locator(".praise-row", has_text="As a picture")).to_have_count(0)


def test_a_yes_is_kept_with_one_key(browser: Browser, scene: Praises) -> None:
    page = come_in(browser, scene.shop, EMAIL)
    with closing(page.context):
        page.goto("/praise/")
        proposal = page.locator(".praise-proposal")
        expect(proposal).to_contain_text("Sure, go ahead!")
        page.keyboard.press("y")
        expect(page.locator("#toasts")).to_contain_text("permission is kept")
        expect(page.locator("#allowed-title").locator("..")).to_contain_text("Sure, go ahead!")


def test_thanks_lie_ready_in_the_composer(browser: Browser, scene: Praises) -> None:
    page = come_in(browser, scene.shop, EMAIL)
    with closing(page.context):
        page.goto("/praise/?view=waiting")
        page.locator(".praise-row").first.get_by_role("button", name="Thank").click()
        expect(page.get_by_label("Your answer to")).to_have_value(re.compile("Thank you so much"))
