"""After a purchase in Chromium: the customer's pages without a script, by keyboard, in both colours, on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from makegood.kit import clock
from makegood.web.after_words import AFTER_WORDS
from makegood.winback.aftercare.links import make_link
from makegood.winback.aftercare.tests.after_scene import AfterShop
from makegood.winback.models import AftercareAnswer, AftercareMessage, Unsubscribed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module", autouse=True)
def blocking_queries() -> Iterator[None]:
    """Playwright's loop runs in this thread; the tests' own queries are ordinary, blocking ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> AfterShop:
    return AfterShop(workspace, olga, malik, monkeypatch)


@pytest.fixture
def tab(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Opens tabs; scripts that fail, and whatever the content security policy refuses, are errors."""
    cache.clear()
    errors: list[str] = []
    contexts: list[BrowserContext] = []

    def no_stream(route: Route) -> None:
        # The tests' server has a thread for each request, and this one would never end.
        route.fulfill(status=204)

    def opened(client: Client | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, locale="en-GB", reduced_motion="reduce", **options)
        contexts.append(context)
        context.set_default_timeout(20_000)
        context.route("**/live/**", no_stream)
        if client is not None:
            value = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def in_order(page: Page) -> None:
    """Accessible in both colours, and no wider than a phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found = Axe().run(page, options={"runOnly": STANDARDS})
        assert found.violations_count == 0, f"{scheme}\n{found.generate_report()}"
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def sent(shop: AfterShop, language: str = "en") -> str:
    """The path of the page that a mail leads to."""
    row = shop.ready()
    rows = AftercareMessage.objects.within(shop.workspace).filter(pk=row.pk)
    rows.update(state="sent", sent_at=clock.now(), language=language)
    return f"/after/{make_link(row)[0].rsplit('/', 2)[-2]}/"


def test_a_customer_tells_of_trouble_on_a_phone_without_a_script(
    shop: AfterShop, as_malik: Client, tab: Callable[..., Page]
) -> None:
    path = sent(shop)
    phone = tab(java_script_enabled=False, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    phone.goto(path)
    expect(phone.get_by_role("heading", level=1)).to_have_text("How is your order?")
    phone.get_by_role("group", name="Did it arrive?").get_by_label("No").tap()
    phone.get_by_label("What should we know?").fill("The parcel shop has never seen it.")
    phone.get_by_role("button", name="Send").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
    phone.get_by_role("link", name="No more mail like this").tap()
    phone.get_by_role("button", name="No more mail").tap()
    expect(phone.locator("main")).to_contain_text("sends you no mail like this any more.")
    assert Unsubscribed.objects.within(shop.workspace).get().how == "page"

    desk_tab = tab(as_malik, viewport={"width": 1280, "height": 900})
    desk_tab.goto("/winback/after/")
    expect(desk_tab.get_by_role("region", name="Trouble to see to")).to_contain_text("has never seen it.")
    desk_tab.get_by_label("What did you do?").fill("Sent another")
    desk_tab.get_by_role("button", name="Seen to").click()
    expect(desk_tab.get_by_role("region", name="Trouble to see to")).to_have_count(0)


def test_the_customers_page_by_keyboard_alone(shop: AfterShop, tab: Callable[..., Page]) -> None:
    page = tab()
    page.goto(sent(shop))
    press = page.keyboard.press
    for _question in range(2):
        press("Tab")
        press("Space")
    press("Tab")
    page.keyboard.type("Lovely")
    press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    kept = AftercareAnswer.objects.within(shop.workspace).get()
    assert (kept.arrived, kept.good, kept.comment) == (True, True, "Lovely")
    in_order(page)


@pytest.mark.parametrize("language", sorted(AFTER_WORDS))
def test_the_customers_pages_are_for_everybody(shop: AfterShop, tab: Callable[..., Page], language: str) -> None:
    path = sent(shop, language)
    page = tab()
    for each in (path, f"{path}stop/", path.replace("/after/", "/after/x")):
        page.goto(each)
        in_order(page)
        # As big as a thumb: https://www.w3.org/WAI/WCAG22/Understanding/target-size-enhanced.html
        for box in page.locator(".said-score, .said-wide").all():
            size = box.bounding_box()
            assert size is not None
            assert min(size["width"], size["height"]) >= 44


def test_an_empty_answer_is_said_to_everybody(shop: AfterShop, tab: Callable[..., Page]) -> None:
    page = tab()
    page.goto(sent(shop))
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("Answer at least one of the questions.")
    in_order(page)


def test_the_members_pages(shop: AfterShop, as_olga: Client, tab: Callable[..., Page]) -> None:
    for number in range(4):
        shop.ready(f"a{number}@b.example")
    rows = list(AftercareMessage.objects.within(shop.workspace).order_by("pk"))
    for row, state in zip(rows, ("sent", "unknown", "refused", "ready"), strict=True):
        row.state, row.sentence = state, "The connection broke while it was sent. It may have arrived, or not."
        row.save()
    AftercareAnswer.objects.create(
        workspace=shop.workspace,
        message=rows[0],
        good=False,
        comment="The lid does not fit, and the spout is chipped.",
        trouble=True,
        ever_trouble=True,
    )
    for number in range(24):
        row = AftercareMessage.objects.create(
            workspace=shop.workspace, address_hash=str(number), state="sent", sent_at=clock.now(), language="en"
        )
        if number < 12:
            AftercareAnswer.objects.create(
                workspace=shop.workspace, message=row, trouble=False, ever_trouble=number < 3
            )
    page = tab(as_olga, viewport={"width": 1280, "height": 900})
    for part in ("", "settings/", "words/?language=de", "agreed/"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"/winback/after/{part}")
        in_order(page)
