"""Who gets what, on the real product: a rule made, tested, switched on and ordered by keyboard; then it gives work."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from makegood.web.tests.scene import EMAIL
from makegood.web.tests.test_pages_browser import PHONE, Shop, look
from makegood.web.tests.test_together_browser import come_in
from tests.operations.command import up
from tests.servers.base import free_port, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = os.environ.get("MAKEGOOD_PICTURES", "")
SOON_MS = 20_000
LATE = "My teapot from Thimblemoor never arrived and nobody answers. I want my money back now!"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The sample shop, with Malik in it."""
    with up(tmp_path_factory.mktemp("routing"), free_port()) as started:
        opened = Shop(started)
        opened.scene("shop")
        opened.scene("sample")
        opened.scene("colleague")
        yield opened


def picture(page: Page, name: str) -> None:
    """Kept where MAKEGOOD_PICTURES says: light, dark, and on a phone."""
    if not PICTURES:
        return
    page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=Path(PICTURES) / f"{name}-dark.png", full_page=True)
    page.emulate_media(color_scheme="light")
    size = page.viewport_size
    page.set_viewport_size({"width": PHONE, "height": 740})
    page.screenshot(path=Path(PICTURES) / f"{name}-phone.png", full_page=True)
    if size:
        page.set_viewport_size(size)


def heard(page: Page) -> bool | None:
    """Whether the sample shop has come in."""
    return "data-row-link" in page.request.get("/inbox/list/").text() or None


def test_a_rule_is_made_tested_and_switched_on(browser: Browser, shop: Shop) -> None:
    page = come_in(browser, shop, EMAIL)
    with closing(page.context):
        wait_until(lambda: heard(page), "the sample shop to come in")
        page.goto("/settings/")
        page.get_by_role("link", name="Rules and members").click()
        expect(page.get_by_text("No rules yet")).to_be_visible()
        picture(page, "routing-empty")
        page.get_by_role("link", name="New rule").click()
        page.get_by_label("Name").fill("Complaints")
        page.get_by_label("Complaint", exact=True).check()
        malik = page.locator("#rule-form").get_by_label("Malik", exact=True)
        expect(malik).to_be_hidden()
        page.get_by_role("radio", name="Whoever of these has least").check()
        malik.check()
        page.get_by_label("Put on these labels").fill("by rule")
        page.get_by_role("button", name="Test on the last 30 days").click()
        trial = page.locator("#trial")
        expect(trial).to_contain_text("It would have taken", timeout=SOON_MS)
        expect(trial.locator(".routing-shares")).to_contain_text("Malik")
        expect(trial.locator(".routing-examples > li")).not_to_have_count(0)
        picture(page, "routing-rule")
        page.get_by_role("button", name="Save").click()

        expect(page.get_by_text("Saved, and switched off")).to_be_visible()
        expect(page.locator("#trial")).to_contain_text("Malik")
        picture(page, "routing-test")
        page.get_by_role("button", name="Switch it on").click()
        row = page.locator(".card-list > li", has_text="Complaints").first
        expect(row).to_contain_text("On")
        expect(row).to_contain_text("Took none in 7 days")

        shop.scene("hear", LATE)
        page.goto("/inbox/?view=needs-answer")
        link = page.locator("[data-row-link]", has_text="never arrived and nobody answers").first
        expect(link).to_be_visible(timeout=SOON_MS)
        link.click()
        expect(page.locator(".assigned")).to_contain_text("rule “Complaints”", timeout=SOON_MS)
        expect(page.locator(".assigned")).to_contain_text("Malik")
        expect(page.locator(".convo-side")).to_contain_text("by rule")
        picture(page, "routing-conversation")
        page.goto("/settings/routing/")
        expect(row).to_contain_text("Took 1 in 7 days")


def test_the_order_is_changed_by_keyboard(browser: Browser, shop: Shop) -> None:
    page = come_in(browser, shop, EMAIL)
    with closing(page.context):
        for name in ("First", "Second"):
            page.goto("/settings/routing/rules/new/")
            page.get_by_label("Name").fill(name)
            page.get_by_label("Put on these labels").fill(name.lower())
            page.get_by_label("Put on these labels").press("Enter")
            expect(page.get_by_role("heading", name=name)).to_be_visible()
        page.goto("/settings/routing/")
        names = page.locator(".card-list > li[id^=rule-] strong")
        expect(names).to_have_text(["Complaints", "First", "Second"])
        page.get_by_role("button", name=re.compile("Earlier ?: Second")).focus()
        page.keyboard.press("Enter")
        expect(names).to_have_text(["Complaints", "Second", "First"])
        expect(page.locator(":target")).to_contain_text("Second")
        picture(page, "routing-list")


def test_the_pages_keep_the_rules_of_all_pages(browser: Browser, shop: Shop) -> None:
    page = come_in(browser, shop, EMAIL)
    with closing(page.context):
        page.goto("/settings/routing/members/2/")
        page.get_by_label("German").check()
        page.get_by_label("Delivery").check()
        page.get_by_label("At most at once").fill("8")
        picture(page, "routing-member")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("of 8")).to_be_visible()
        picture(page, "routing-people")
        for path in ("", "rules/new/", "rules/1/", "rules/1/test/", "members/2/"):
            look(page, f"/settings/routing/{path}")
