"""The composer as one uses it: in Chromium, on the real product and its sample shop."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from makegood.web.tests.test_pages_browser import PHONE, STANDARDS, WIDE, shop, tab

__all__ = ["shop", "tab"]  # the fixtures

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = "We are so sorry about your parcel, and we have looked into what went wrong with it today. " * 5


def opened(tab: Callable[..., Page], **options: object) -> Page:
    """The first conversation that waits for an answer."""
    page = tab(**options)
    page.goto("/inbox/")
    page.locator("[data-rows] a").first.click()
    page.wait_for_selector("[data-composer][data-ready]")
    return page


def picture() -> dict[str, object]:
    out = io.BytesIO()
    Image.new("RGB", (600, 400), "teal").save(out, "JPEG")
    return {"name": "teapot.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def faults(page: Page) -> list[str]:
    """What axe finds, and what is wider than the window."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": STANDARDS}}).response["violations"]
    # Rows that scroll by themselves may be wider; the page may not.
    scrolls = page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    wide: list[str] = page.evaluate(WIDE) if scrolls else []
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found] + wide


def test_a_long_answer_is_shown_in_parts_planned_and_taken_back(tab: Callable[..., Page]) -> None:
    page = opened(tab)
    box = page.locator("#reply-text")
    box.fill("We are sorry!")
    expect(page.locator("[data-counter]")).to_have_text("287 left")
    box.fill(LONG)
    expect(page.locator(".compose-parts li")).to_have_count(2)
    expect(page.locator(".compose-parts li").last).to_contain_text("(2/2)")
    page.get_by_label("Number them").uncheck()
    expect(page.locator(".compose-parts li").last).not_to_contain_text("(2/2)")
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")
    assert faults(page) == []
    page.get_by_label("Send later").first.click()
    page.get_by_role("button", name="Tomorrow morning").click()
    expect(page.locator(".badge-planned")).to_be_visible()
    expect(box).to_have_value("")
    page.locator("#outbox").get_by_role("button", name="Take back").click()
    expect(page.locator("#reply-text")).to_have_value(LONG.strip())
    page.locator("#reply-text").fill("")
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")


def test_a_second_click_while_the_first_redraws_it_is_not_lost(tab: Callable[..., Page]) -> None:
    page = opened(tab)
    page.locator("#reply-text").fill("Look at the new one")
    page.locator(".msg-link[title^=Quote]").first.click()
    expect(page.locator(".compose-quote")).to_be_visible()
    page.evaluate(
        """() => {
            document.querySelector(".compose-quote button").click();
            document.querySelector('#composer [hx-vals*=private]').click();
        }"""
    )
    expect(page.get_by_text("Say so in public:")).to_be_visible()
    expect(page.locator(".compose-quote")).to_have_count(0)
    expect(page.locator("#reply-text")).to_have_value("Look at the new one")
    # The same button twice is a double click, and what comes of it stands.
    page.evaluate(
        """() => {
            const back = document.querySelector('#composer [hx-vals*=answer]');
            back.click();
            back.click();
        }"""
    )
    expect(page.get_by_text("Say so in public:")).to_have_count(0)
    expect(page.get_by_role("button", name="In private")).to_be_visible()
    page.locator("#reply-text").fill("")
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")


def test_a_click_that_redrew_nothing_does_not_block_the_next(tab: Callable[..., Page]) -> None:
    page = opened(tab)
    page.locator("#reply-text").fill("We are sorry")
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")
    page.route("**/options/", lambda route: route.fulfill(status=204), times=1)
    page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener("htmx:afterRequest", ({ detail }) => detail.target.id === "composer" && done());
            document.querySelector("#composer [hx-vals*=private]").click();
        })"""
    )
    page.get_by_role("button", name="In private").click()
    expect(page.get_by_text("Say so in public:")).to_be_visible()
    page.get_by_role("button", name="Answer in public instead").click()
    page.locator("#reply-text").fill("")
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")


def test_pictures_quote_and_private_keep_what_is_typed(tab: Callable[..., Page]) -> None:
    page = opened(tab, viewport={"width": PHONE, "height": 780})
    page.locator("#reply-text").fill("Look at the new one")
    page.set_input_files("#compose-file", picture())  # type: ignore[arg-type]
    page.get_by_label("Picture 1: what can be seen?").fill("A teapot in teal")
    page.locator(".msg-link[title^=Quote]").first.click()
    expect(page.locator(".compose-quote")).to_be_visible()
    expect(page.locator("#reply-text")).to_have_value("Look at the new one")
    assert faults(page) == []
    page.get_by_role("button", name="In private").click()
    expect(page.get_by_text("Say so in public:")).to_be_visible()
    expect(page.locator("#reply-text")).to_have_value("Look at the new one")
    assert faults(page) == []
    page.get_by_role("button", name="Answer in public instead").click()
    expect(page.get_by_text("Say so in public:")).to_have_count(0)
    page.get_by_role("button", name="Take the quote off").click()
    expect(page.locator(".compose-quote")).to_have_count(0)
    page.get_by_role("button", name="Remove picture 1").click()
    expect(page.locator(".compose-files")).to_have_count(0)
    page.locator("#reply-text").fill("")
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")
