"""What became of those who complained, in Chromium: for everybody, light and dark, on a phone; a member adds a word."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect

from makegood.web.tests.test_journeys_pages import counted, won_back
from makegood.winback.journeys.tests.journey_scene import JourneyShop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module", autouse=True)
def blocking_queries() -> Iterator[None]:
    """Playwright's loop runs in this thread; the tests' own queries are ordinary, blocking ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


def _no_stream(route: Route) -> None:
    # The tests' server has a thread for each request, and this one would never end.
    route.fulfill(status=204)


@pytest.fixture
def page(browser: Browser, live_server: Any, as_malik: Client) -> Iterator[Page]:
    errors: list[str] = []
    context = browser.new_context(base_url=live_server.url, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    context.route("**/live/**", _no_stream)
    value = as_malik.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
    tab = context.new_page()
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    yield tab
    context.close()
    assert errors == []


def look(page: Page, path: str, name: str) -> None:
    """Accessible in light and dark, and nothing sticks out on a narrow phone."""
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 860})
        page.goto(path)
        page.wait_for_load_state("networkidle")
        if folder := os.environ.get("MAKEGOOD_PICTURES"):
            page.screenshot(path=f"{folder}/{name}-{scheme}-{width}.png", full_page=True)
        found = Axe().run(page, options={"runOnly": STANDARDS})
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_the_pages_are_for_everybody_and_a_word_is_added(page: Page, workspace: Any, malik: Any) -> None:
    shop = JourneyShop(workspace, malik)
    talk = won_back(shop, "did:plc:ann")
    shop.adds(talk, "Thank you, that was quick and kind!", "praise", 20)
    shop.says("did:plc:ann", "The best teapot shop there is", "praise", 3)
    won_back(shop, "did:plc:ben")
    left = shop.complains("did:plc:cleo", days=12, text="Broken again. I will never buy from you again!")
    shop.complains("did:plc:dan", days=2)
    shop.answers(shop.complains("did:plc:eve", days=6), 5)
    shop.follow()
    counted(shop, 180, 210, 128, solved=140, solved_bought=98)
    counted(shop, 90, 9, 4)
    row = shop.journey(talk)
    look(page, "/winback/customers/", "customers")
    look(page, f"/winback/customers/{row.pk}/", "journey")
    look(page, "/winback/loyalty/", "loyalty")
    look(page, "/winback/loyalty/?days=90", "refused")
    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto(f"/inbox/{talk.pk}/")
    expect(page.locator("#journey-part")).to_contain_text("Advocate")
    if folder := os.environ.get("MAKEGOOD_PICTURES"):
        page.locator("#journey-part").scroll_into_view_if_needed()
        page.screenshot(path=f"{folder}/side.png")
    page.goto(f"/winback/customers/{shop.journey(left).pk}/")
    page.get_by_text("Add what you were told").click()
    page.get_by_label("What you know").select_option("right")
    page.get_by_label("When it was").fill(str(row.looked_at.date()))
    page.get_by_label("How you know").fill("She called: the new one is fine")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("body")).to_contain_text("Where they stand follows from it in a moment.")
    shop.follow()
    page.reload()
    expect(page.locator(".page-head")).to_contain_text("Resolved")
    expect(page.locator(".page-head")).to_contain_text("They say that it is right now")
