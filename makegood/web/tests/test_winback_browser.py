"""Asking again in Chromium: from "Use it" to the customer's answer without a script, and what comes back of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from makegood.accounts.models import Workspace
from makegood.kit import clock
from makegood.reply import api as reply
from makegood.web.said_words import SAID_WORDS
from makegood.winback.following import step
from makegood.winback.following.tests.scene import Asking
from makegood.winback.models import FollowUp, Satisfaction

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module", autouse=True)
def blocking_queries() -> Iterator[None]:
    """Playwright's loop runs in this thread; the tests' own queries are ordinary, blocking ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def shop(workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> Asking:
    return Asking(workspace, malik, monkeypatch)


def _no_stream(route: Route) -> None:
    # The tests' server has a thread for each request, and this one would never end.
    route.fulfill(status=204)


@pytest.fixture
def tab(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Opens tabs; scripts that fail, and whatever the content security policy refuses, are errors."""
    cache.clear()
    errors: list[str] = []
    contexts: list[BrowserContext] = []

    def opened(client: Client | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, locale="en-GB", reduced_motion="reduce", **options)
        contexts.append(context)
        context.set_default_timeout(20_000)
        context.route("**/live/**", _no_stream)
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


def aside(act: Callable[[], object]) -> None:
    """Something the worker does: in a thread of its own, as Playwright's loop runs in this one."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result(60)


def in_order(page: Page) -> None:
    """Accessible in both colours, and no wider than a phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found = Axe().run(page, options={"runOnly": STANDARDS})
        assert found.violations_count == 0, f"{scheme}\n{found.generate_report()}"
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_from_use_it_to_back_again(shop: Asking, as_malik: Client, tab: Callable[..., Page]) -> None:
    Workspace.objects.update(undo_seconds=0)
    row = shop.ready()
    desk_tab = tab(as_malik, viewport={"width": 1440, "height": 900})
    desk_tab.goto("/winback/")
    desk_tab.get_by_role("link", name="Ask them").click()
    part = desk_tab.locator("#followup-part")
    part.get_by_role("button", name="Use it").click()
    box = desk_tab.locator("#reply-text")
    expect(box).to_have_value(re.compile(r"is everything all right now\?.*/said/"))
    path = urlsplit(re.findall(r"https?://\S+", box.input_value())[0]).path
    desk_tab.get_by_role("button", name=re.compile("^Send")).first.click()
    expect(box).not_to_have_value(re.compile("said"))
    shop.pass_days(0.01)
    aside(reply.send_due)
    aside(step.follow_up)
    assert FollowUp.objects.within(shop.workspace).get(pk=row.pk).state == "asked"

    phone = tab(java_script_enabled=False, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    phone.goto(path)
    expect(phone.get_by_role("heading", level=1)).to_have_text("How did we do?")
    phone.get_by_role("radio", name="Unhappy", exact=True).tap()
    phone.get_by_label("No, not yet").tap()
    phone.get_by_label("What would have made it better?").fill("A lid that fits.")
    phone.get_by_role("button", name="Send").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
    expect(phone.locator("main")).to_contain_text("It is on their desk again.")

    desk_tab.reload()
    expect(part).to_contain_text("2 of 5")
    expect(part).to_contain_text("A lid that fits.")
    assert shop.talk_now(row.conversation).queue == "needs_answer"


def test_the_customers_page_by_keyboard_alone(shop: Asking, tab: Callable[..., Page]) -> None:
    _row, secret = shop.asked(visibility="direct")
    page = tab()
    page.goto(f"/said/{secret}/")
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_label("Very unhappy")).to_be_focused()
    assert page.locator(".said-score").first.evaluate("(one) => getComputedStyle(one).outlineStyle") == "solid"
    for _n in range(4):
        press("ArrowDown")
    expect(page.get_by_label("Very happy")).to_be_checked()
    press("Tab")
    press("Space")
    expect(page.get_by_label("Yes")).to_be_checked()
    press("Tab")
    page.keyboard.type("Quick!")
    press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    kept = Satisfaction.objects.within(shop.workspace).get()
    assert (kept.score, kept.resolved, kept.comment) == (5, True, "Quick!")
    in_order(page)


@pytest.mark.parametrize("language", sorted(SAID_WORDS))
def test_the_customers_page_is_for_everybody(shop: Asking, tab: Callable[..., Page], language: str) -> None:
    row, secret = shop.asked()
    type(row.conversation).objects.within(shop.workspace).update(language=language)
    page = tab()
    page.goto(f"/said/{secret}/?score=4")
    expect(page.get_by_role("radio", name=SAID_WORDS[language]["4"], exact=True)).to_be_checked()
    in_order(page)
    # As big as a thumb: https://www.w3.org/WAI/WCAG22/Understanding/target-size-enhanced.html
    for box in page.locator(".said-score, .said-wide").all():
        size = box.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 44
    page.goto(f"/said/{secret}x/")
    in_order(page)


def test_a_missing_choice_is_said_to_everybody(shop: Asking, tab: Callable[..., Page]) -> None:
    _row, secret = shop.asked()
    page = tab()
    page.goto(f"/said/{secret}/")
    page.evaluate("document.forms[0].noValidate = true")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("Choose one of the five answers.")
    in_order(page)


def test_the_members_pages(shop: Asking, as_olga: Client, tab: Callable[..., Page]) -> None:
    row = shop.ready()
    now, other = clock.now(), shop.talk()
    for score in [5] * 7 + [4, 3, 2, 1]:
        done = FollowUp.objects.create(
            workspace=shop.workspace,
            conversation=other,
            state="answered",
            why="closed",
            resolved_at=now,
            asked_at=now - timedelta(hours=1),
        )
        Satisfaction.objects.create(
            workspace=shop.workspace,
            followup=done,
            conversation=other,
            score=score,
            first_score=score,
            comment="A lid that fits would have been nice." if score < 3 else "",
        )
    page = tab(as_olga, viewport={"width": 1280, "height": 900})
    for path in ("/winback/", "/winback/settings/", "/winback/words/?kind=remind&language=de"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        in_order(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"/inbox/{row.conversation_id}/")
    expect(page.locator("#followup-part")).to_contain_text("Ask whether it is resolved.")
    found = Axe().run(page, options={"runOnly": STANDARDS})
    assert found.violations_count == 0, found.generate_report()
