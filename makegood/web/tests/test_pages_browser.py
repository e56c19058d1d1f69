"""Every page in Chromium, on the real product: accessible, no wider than a phone, silent, worked by keyboard, live."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Route, StorageState, expect

from makegood.web.tests.addresses import pages
from makegood.web.tests.scene import EMAIL, PASSWORD
from tests.operations.command import Makegood, up
from tests.servers.base import free_port, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = 360
INLINE = """() => [...document.querySelectorAll("*")].filter((one) =>
    (one.localName === "style") || (one.localName === "script" && !one.src && one.type !== "application/json") ||
    [...one.attributes].some(({ name }) => name.startsWith("on") || name.startsWith("hx-on"))
  ).map((one) => one.outerHTML.slice(0, 120))"""
WIDE = """() => [...document.querySelectorAll("body *")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && one.checkVisibility();
  }).slice(0, 5).map((one) => one.outerHTML.slice(0, 120))"""


@dataclass
class Shop:
    """A running Makegood with a shop in it, and the addresses of its hard day."""

    makegood: Makegood
    hard: list[str] = field(default_factory=list)
    signed_in: StorageState | None = None

    def scene(self, what: str, *arguments: str) -> list[str]:
        """Sets a scene in the running product's database; see scene.py."""
        command = [sys.executable, "-m", "makegood.web.tests.scene", what, *arguments]
        done = subprocess.run(command, env=dict(self.makegood.env), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        addresses: list[str] = json.loads(done.stdout)
        return addresses


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One product for all tests here: the sample shop, and a day on which everything goes wrong."""
    home: Path = tmp_path_factory.mktemp("pages")
    with up(home, free_port()) as started:
        opened = Shop(started)
        opened.scene("shop")
        opened.scene("sample")
        opened.hard = opened.scene("hard")
        yield opened


def sign_in(page: Page) -> None:
    """Olga signs in, as people do."""
    page.goto("/account/login/")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/account/login" not in address)


@pytest.fixture
def tab(browser: Browser, shop: Shop) -> Iterator[Callable[..., Page]]:
    """Opens tabs, signed in or not, whose consoles must stay silent."""
    errors: list[str] = []
    went: set[str] = set()
    contexts: list[BrowserContext] = []

    def heard(said: ConsoleMessage) -> None:
        # A page that rightly answers "not found" or "gone" is no fault; whatever it loads must be there. And htmx
        # calls it an error when a newer request takes an older one's place.
        taken_back = said.text.startswith(("htmx:afterRequest,", "htmx:sendAbort,"))
        if said.type == "error" and not taken_back and said.page and said.location["url"] not in went:
            errors.append(f"{said.page.url}: {said.text}")

    def opened(*, signed_in: bool = True, **options: Any) -> Page:
        if signed_in:
            options["storage_state"] = shop.signed_in
        context = browser.new_context(base_url=shop.makegood.url, reduced_motion="reduce", locale="en-GB", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: went.add(request.url) if request.is_navigation_request() else None)
        page.on("console", heard)
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        if signed_in and shop.signed_in is None:
            sign_in(page)
            shop.signed_in = context.storage_state()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def look(page: Page, path: str) -> None:
    """One page: its rules, both colours, a narrow phone."""
    page.set_viewport_size({"width": 1280, "height": 860})
    page.emulate_media(color_scheme="light")
    answer = page.goto(path)
    assert answer is not None
    assert answer.status < 500, path
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy, path
    assert page.locator("h1").count() == 1, path
    assert page.evaluate(INLINE) == [], path
    page.evaluate("document.fonts.ready")
    found = Axe().run(page, options={"runOnly": STANDARDS})
    assert found.violations_count == 0, f"{path} light\n{found.generate_report()}"
    page.emulate_media(color_scheme="dark")
    dark = Axe().run(page, options={"runOnly": ["color-contrast"]})
    assert dark.violations_count == 0, f"{path} dark\n{dark.generate_report()}"
    page.set_viewport_size({"width": PHONE, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, (path, page.evaluate(WIDE))


def test_every_page_signed_in(shop: Shop, tab: Callable[..., Page]) -> None:
    page = tab()
    found = pages(page)
    # The list is made from the addresses; were it empty, nothing would have been looked at.
    assert {"/", "/inbox/", "/inbox/1/", "/settings/journal/", "/account/security/", "/imports/1/columns/"} <= set(
        found
    )
    for path in found:
        look(page, path)
    # A conversation holds many ids; what an open menu shows must be in order as well.
    page.goto("/inbox/1/")
    page.get_by_role("button", name="You", exact=True).click()
    expect(page.get_by_text("Sign out")).to_be_visible()
    assert Axe().run(page, options={"runOnly": STANDARDS}).violations_count == 0


def test_every_page_signed_out(shop: Shop, tab: Callable[..., Page]) -> None:
    page = tab(signed_in=False)
    found = pages(page)
    assert {"/account/login/", "/account/password/reset/"} <= set(found)
    open_invitation = next(path for path in shop.hard if path.startswith("/invitation/"))
    for path in [*found, open_invitation, "/no/such/page/"]:
        look(page, path)


def test_every_page_of_a_hard_day(shop: Shop, tab: Callable[..., Page]) -> None:
    page = tab()
    for path in [*shop.hard, "/start/brand/?brand=Teapot"]:
        look(page, path)


def row(page: Page, number: int) -> Locator:
    return page.locator("[data-row-link]").nth(number)


def test_the_inbox_by_keyboard(shop: Shop, tab: Callable[..., Page]) -> None:
    page = tab(viewport={"width": 1440, "height": 900})
    page.goto("/inbox/")
    press = page.keyboard.press
    press("j")
    expect(row(page, 0)).to_be_focused()
    press("j")
    expect(row(page, 1)).to_be_focused()
    expect(row(page, 1)).to_have_css("outline-style", "solid")
    press("k")
    expect(row(page, 0)).to_be_focused()
    press("o")
    pane = page.locator("[data-conversation]")
    expect(row(page, 0)).to_have_attribute("aria-current", "true")
    expect(pane).to_be_visible()

    for key, name in enumerate(
        ["Make it good", "Give the facts", "Thank and share", "Only watch", "Let stand"], start=1
    ):
        press(str(key))
        expect(pane.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    press("1")
    expect(pane.get_by_role("button", name="Make it good")).to_have_attribute("aria-pressed", "true")

    press("a")
    expect(pane.locator("#assignee option:checked")).to_have_text("Olga Berg")

    press("r")
    box = pane.locator("#reply-text")
    expect(box).to_be_focused()
    page.keyboard.type("j k e 1 are letters here")
    expect(box).to_have_value("j k e 1 are letters here")
    expect(pane).to_contain_text("Draft saved")
    press("Escape")
    expect(box).not_to_be_focused()
    expect(box).to_have_value("j k e 1 are letters here")

    press("?")
    sheet = page.get_by_role("dialog", name="Keyboard")
    expect(sheet).to_be_visible()
    expect(sheet).not_to_contain_text("Search")
    press("Escape")
    expect(sheet).to_be_hidden()

    press("e")
    expect(pane.get_by_role("button", name="Reopen")).to_be_visible()
    press("e")
    expect(pane.get_by_role("button", name="Close", exact=True)).to_be_visible()


def test_the_help_sheet_lists_every_key_there_is(shop: Shop, tab: Callable[..., Page]) -> None:
    page = tab()
    page.goto("/inbox/1/")
    keys = set(page.locator("[data-key]").evaluate_all("(all) => all.map((one) => one.dataset.key)"))
    listed = set(page.locator("#help kbd").all_inner_texts()) | set("12345")
    assert keys | {"j", "k", "o", "g", "?"} <= listed
    assert "/" not in listed


def test_g_and_a_letter_go_to_a_page(shop: Shop, tab: Callable[..., Page]) -> None:
    page = tab()
    page.goto("/settings/")
    for key, path in {"i": "/inbox/", "s": "/cases/", "q": "/queries/", "c": "/channels/", "t": "/"}.items():
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(f"{shop.makegood.url}{path}")


def test_the_keyboard_gets_everywhere_and_is_seen(shop: Shop, tab: Callable[..., Page]) -> None:
    page = tab()
    page.goto("/inbox/1/")
    seen: dict[str, bool] = {}
    while "reply-text" not in seen and len(seen) < 120:
        page.keyboard.press("Tab")
        name, visible = page.evaluate("""() => {
            const one = document.activeElement;
            const shown = getComputedStyle(one.closest(".compose") ?? one);
            const visible = shown.outlineStyle !== "none" || shown.boxShadow !== "none";
            return [one.id || one.textContent.trim().slice(0, 40) || one.getAttribute("aria-label"), visible];
        }""")
        seen[name] = visible
    assert [name for name, visible in seen.items() if not visible] == []
    assert next(iter(seen)) == "Skip to the content"
    # From the rail to the views, the list, the conversation: what stands first comes first.
    order = [list(seen).index(name) for name in ("Today", "assignee", "respond-1", "add-label", "reply-text")]
    assert order == sorted(order)


def test_a_closed_row_leaves_its_place_in_the_list(shop: Shop, tab: Callable[..., Page]) -> None:
    page = tab()
    page.goto("/inbox/?view=praise")
    press = page.keyboard.press
    for _step in range(3):
        press("j")
    third = row(page, 2)
    here, after = (row(page, place).get_attribute("id") for place in (2, 3))
    press("o")
    expect(page.locator("[data-conversation]")).to_have_attribute("data-conversation", str(here).removeprefix("row-"))
    press("e")
    expect(page.locator(f"#{here}")).to_have_count(0)
    press("j")
    expect(third).to_be_focused()
    expect(third).to_have_attribute("id", str(after))


def test_a_new_mention_appears_and_disturbs_nothing(shop: Shop, tab: Callable[..., Page]) -> None:
    page = tab()
    page.goto("/inbox/")
    before = page.title()
    row(page, 1).click()
    pane = page.locator("[data-conversation]")
    chosen = row(page, 1).get_attribute("id")
    expect(page.locator(f"#{chosen}")).to_have_attribute("aria-current", "true")
    box = pane.locator("#reply-text")
    box.click()
    page.keyboard.type("We are sorry, and")
    page.evaluate("document.body.dataset.same = 'page'")

    text = "My teapot from Thimblemoor is broken and nobody answers. I want my money back now!"
    shop.scene("hear", text)

    expect(page.locator("[data-rows]")).to_contain_text("I want my money back now", timeout=15_000)
    expect(page).not_to_have_title(before)
    count = int(page.locator("#unanswered").get_attribute("data-count") or 0)
    assert page.title() == f"({count}) Inbox · Makegood"
    assert int(before.split(")")[0].lstrip("(")) == count - 1
    expect(page.locator(f"#{chosen}")).to_have_attribute("aria-current", "true")
    expect(box).to_have_value("We are sorry, and")
    expect(box).to_be_focused()
    page.keyboard.type(" we look into it")
    expect(box).to_have_value("We are sorry, and we look into it")
    assert page.evaluate("document.body.dataset.same") == "page"


def test_the_count_in_the_title_follows_on_other_pages(shop: Shop, tab: Callable[..., Page]) -> None:
    page = tab()
    page.goto("/")
    count = int(page.locator("#unanswered").get_attribute("data-count") or 0)
    expect(page).to_have_title(f"({count}) Today · Makegood")
    shop.scene("hear", "Another teapot from Thimblemoor never arrived. This is a scandal!")
    expect(page).to_have_title(f"({count + 1}) Today · Makegood", timeout=15_000)


def test_an_empty_shop(browser: Browser, tmp_path: Path) -> None:
    with (
        up(tmp_path, free_port()) as started,
        closing(browser.new_context(base_url=started.url, reduced_motion="reduce")) as context,
    ):
        Shop(started).scene("shop")
        page = context.new_page()
        sign_in(page)
        for path in ("/", "/inbox/", "/inbox/?view=mine", "/queries/", "/channels/"):
            look(page, path)
        page.goto("/")
        expect(page.get_by_text("None yet, so nothing can be heard.")).to_be_visible()


def test_what_happens_while_a_page_loads_is_not_missed(shop: Shop, tab: Callable[..., Page]) -> None:
    page = tab()
    text = "My Thimblemoor teapot came without a lid and nobody answers my mails!"

    def late(route: Route) -> None:
        # The page is drawn; its stream is not open yet, and when it is, all has happened.
        shop.scene("hear", text)
        wait_until(lambda: text in page.request.get("/inbox/list/").text() or None, "the post to be in the list")
        route.continue_()

    page.route("**/live/", late, times=1)
    page.goto("/inbox/")
    expect(page.locator("[data-rows]")).to_contain_text("came without a lid", timeout=15_000)
