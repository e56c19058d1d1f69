"""The owner connects the shop's Mastodon account: a real browser, the real product, a real server's sign-in page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from makegood.web.tests.scene import EMAIL, PASSWORD
from tests.operations.command import Makegood
from tests.servers.snac import Snac
from tests.story.scene import let_in, started

pytestmark = [pytest.mark.browser, pytest.mark.mastodon, pytest.mark.slow]

PICTURES = os.environ.get("MAKEGOOD_STORY_PICTURES", "")
"""A folder for pictures of the pages on the way, for whoever wants to look at them."""


@pytest.fixture
def product(tmp_path: Path, snac_server: Snac) -> Iterator[Makegood]:
    """Makegood with a shop, which may reach the server."""
    with started(tmp_path, {"MAKEGOOD_PRIVATE_HOSTS": snac_server.host}) as running:
        command = [sys.executable, "-m", "makegood.web.tests.scene", "shop"]
        subprocess.run(command, env=dict(running.env), capture_output=True, timeout=60, check=True)
        yield running


def test_from_the_form_to_the_first_mention(browser: Browser, product: Makegood, snac_server: Snac) -> None:
    shop, customer = snac_server.create_user(), snac_server.create_user()
    context = browser.new_context(base_url=product.url, reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    page.goto("/account/login/")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/account/login" not in address)

    page.goto("/channels/new/")
    shown(page, "1-add")
    page.get_by_role("link", name="Connect Mastodon").click()
    page.get_by_label("Your server, or your whole address").fill("no such server")
    page.get_by_role("button", name="Go to my server").click()
    expect(page.get_by_role("alert")).to_contain_text("is not a server")
    shown(page, "2-form")
    page.get_by_label("Your server, or your whole address").fill(snac_server.url)
    page.get_by_role("button", name="Go to my server").click()

    let_in(page, snac_server, shop)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"@{shop.name}@{snac_server.host}")
    expect(page.get_by_text("snac 2.75")).to_be_visible()
    snac_server.post(customer, f"@{shop.name} my pot came in two halves!")
    expect(page.get_by_text("my pot came in two halves!")).to_be_visible(timeout=90_000)
    shown(page, "3-channel")
    page.goto("/channels/new/hashtag/")
    shown(page, "4-hashtag")
    context.close()


def shown(page: Page, name: str) -> None:
    """Keeps pictures of a page, where somebody asked for them."""
    if not PICTURES:
        return
    for look, (scheme, width) in {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 360)}.items():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{PICTURES}/{name}-{look}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
