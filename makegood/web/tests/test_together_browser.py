"""Two people in two browsers at the same conversation, on the real product."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from makegood.web.tests.scene import EMAIL, PASSWORD
from makegood.web.tests.test_pages_browser import Shop
from tests.operations.command import up
from tests.servers.base import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SOON_MS = 20_000
# What follows a change is shown as well (a cause, somebody told), and takes a slow machine its time; then it ends.
QUIET_MS, QUIET_LOOKS = 3_000, 12
PICTURES = os.environ.get("MAKEGOOD_PICTURES", "")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop on its hard day, with Malik and Cora in it."""
    with up(tmp_path_factory.mktemp("together"), free_port()) as started:
        opened = Shop(started)
        opened.scene("shop")
        opened.scene("hard")
        opened.scene("colleague")
        yield opened


def come_in(browser: Browser, shop: Shop, email: str, **options: object) -> Page:
    """A browser of their own, signed in."""
    context = browser.new_context(base_url=shop.makegood.url, reduced_motion="reduce", locale="en-GB", **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/account/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/account/login" not in address)
    return page


def picture(page: Page, name: str) -> None:
    """Kept where MAKEGOOD_PICTURES says."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def test_two_at_one_conversation(browser: Browser, shop: Shop) -> None:
    olga, malik = come_in(browser, shop, EMAIL), come_in(browser, shop, "malik@example.com")
    with closing(olga.context), closing(malik.context):
        for page in (olga, malik):
            page.goto("/inbox/2/")
        expect(olga.locator("#present")).to_contain_text("Malik is reading", timeout=SOON_MS)
        malik.locator("#reply-text").press_sequentially("We are so sorry")
        expect(olga.locator("#present")).to_contain_text("Malik is writing an answer", timeout=SOON_MS)
        picture(olga, "typing")

        olga.locator("#reply-text").press_sequentially("So sorry, Ada")
        olga.locator("[data-send]").click()
        warning = olga.locator(".collision")
        expect(warning).to_contain_text("Malik is writing an answer right now.")
        expect(olga.locator("#reply-text")).to_have_value("So sorry, Ada")
        picture(olga, "collision")
        warning.get_by_role("button", name="Send anyway").click()
        expect(olga.locator("#outbox")).to_contain_text("So sorry, Ada")
        expect(olga.locator("#reply-text")).to_have_value("")

        # Malik's page still shows what it showed: he is told before his answer goes out too.
        malik.locator("[data-send]").click()
        expect(malik.locator(".collision")).to_contain_text("Olga Berg has an answer on its way. Read it first.")
        expect(malik.locator("#reply-text")).to_have_value("We are so sorry")

        malik.goto("/")
        expect(olga.locator("#present")).to_have_text("", timeout=SOON_MS)


@pytest.mark.parametrize(("after", "who"), [(100, "Malik"), (400, "Nobody yet"), (1_000, "Malik")])
def test_what_happens_while_a_conversation_is_being_opened_shows_in_it(
    browser: Browser, shop: Shop, after: int, who: str
) -> None:
    olga, malik = come_in(browser, shop, EMAIL), come_in(browser, shop, "malik@example.com")
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    with closing(olga.context), closing(malik.context):
        malik.goto("/inbox/4/")
        olga.goto("/inbox/")
        expect(olga.locator("#live-state")).to_have_attribute("data-state", "on")
        olga.route(re.compile(r"/inbox/4/"), hold)
        olga.locator("[data-row-link='4']").click()
        while not held:
            olga.wait_for_timeout(50)
        malik.locator("#assignee").select_option(label=who)
        expect(malik.locator("#convo-actions #assignee option:checked")).to_have_text(who)
        olga.wait_for_timeout(after)  # she is told about now, and shows none of it yet
        assert olga.locator("[data-conversation]").count() == 0
        route, response = held[0]
        route.fulfill(response=response)
        expect(olga.locator("#assignee option:checked")).to_have_text(who, timeout=SOON_MS)
        # And then it is quiet: what arrives late must not have everything fetched again for ever.
        asked: list[str] = []
        olga.on("request", lambda request: asked.append(request.url) if "/inbox/list/" in request.url else None)
        for _look in range(QUIET_LOOKS):
            asked.clear()
            olga.wait_for_timeout(QUIET_MS)
            if not asked:
                break
        assert asked == []


def test_naming_somebody_by_keyboard(browser: Browser, shop: Shop) -> None:
    olga, malik = come_in(browser, shop, EMAIL), come_in(browser, shop, "malik@example.com")
    with closing(olga.context), closing(malik.context):
        malik.goto("/people/")
        olga.goto("/inbox/3/")
        box = olga.locator("#add-note")
        box.press_sequentially("Ask @")
        names = olga.locator("#names-list [role=option]")
        expect(names.first).to_be_visible()
        box.press_sequentially("mal")
        expect(names).to_have_text(["Malik"])
        expect(olga.locator("#names-said")).to_have_text("1 name: Malik")
        expect(box).to_have_attribute("aria-activedescendant", str(names.first.get_attribute("id")))
        picture(olga, "names")
        box.press("Escape")
        expect(olga.locator("#names-list")).to_be_hidden()
        box.press("Backspace")
        expect(names).to_have_text(["Malik"])
        box.press("Enter")
        expect(box).to_have_value("Ask @Malik ")
        box.press_sequentially("and @")
        expect(names.nth(1)).to_be_visible()
        box.press("ArrowDown")
        expect(names.nth(1)).to_have_attribute("aria-selected", "true")
        box.press("Escape")
        box.press("Backspace")
        olga.get_by_role("button", name="Add the note").click()
        expect(olga.locator(".side-note .named").last).to_have_text("@Malik")

        expect(malik.locator("#bell")).to_contain_text("1 unread", timeout=SOON_MS)
        malik.locator("#bell").click()
        picture(malik, "notices")
        malik.locator(".notice-link").first.click()
        expect(malik.locator(".side-note .named.is-me").last).to_have_text("@Malik")
        expect(malik.locator("#bell")).not_to_contain_text("unread")


def test_what_is_shared_and_taken_away(browser: Browser, shop: Shop) -> None:
    olga, cora = come_in(browser, shop, EMAIL), come_in(browser, shop, "cora@example.com")
    with closing(olga.context), closing(cora.context):
        expect(cora.get_by_role("heading", name="Nothing is shared with you yet")).to_be_visible()
        olga.goto("/inbox/4/")
        olga.locator("#share-with").select_option(label="Cora")
        olga.get_by_role("button", name="Share", exact=True).click()
        expect(olga.get_by_role("button", name="No longer share it with Cora")).to_be_visible()
        cora.locator("[data-row-link='4']").click(timeout=SOON_MS)
        expect(cora.locator("[data-conversation='4']")).to_be_visible()
        picture(cora, "collaborator")
        olga.get_by_role("button", name="No longer share it with Cora").click()
        # An open page loses it too, without a click.
        expect(cora.get_by_role("heading", name="This conversation is no longer open to you")).to_be_visible(
            timeout=SOON_MS
        )
        expect(cora.locator("[data-conversation]")).to_have_count(0)
        expect(cora.locator("[data-row-link]")).to_have_count(0, timeout=SOON_MS)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_pictures(browser: Browser, shop: Shop, look: str) -> None:
    sizes = {"width": 360, "height": 780} if look == "phone" else {"width": 1440, "height": 900}
    scheme = "dark" if look == "dark" else "light"
    page = come_in(browser, shop, EMAIL, viewport=sizes, color_scheme=scheme)
    with closing(page.context):
        for name, path in {"people": "/people/", "notices": "/notices/", "talk": "/inbox/4/"}.items():
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            picture(page, f"{name}-{look}")
