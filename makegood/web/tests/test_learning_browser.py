"""The slider with its cost, a correction by keyboard, and the pages around them, in Chromium."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from makegood.web.tests.scene import EMAIL, PASSWORD
from tests.operations.command import Makegood, up
from tests.servers.base import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SLOW = 60_000
START = 280.0
PAGES = ("/settings/what-counts/", "/settings/topics/", "/settings/topics/1/", "/settings/how-well/")


def run(makegood: Makegood, *command: str) -> str:
    """Something in the running product's environment."""
    done = subprocess.run(
        [sys.executable, "-m", *command], env=dict(makegood.env), capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Makegood, str]]:
    home: Path = tmp_path_factory.mktemp("learning")
    with up(home, free_port(), ready=False) as started:
        started.until("is ready", START)
        run(started, "makegood.web.tests.scene", "shop")
        yield started, run(started, "makegood.web.tests.scene_learning").strip().splitlines()[-1]


def opened(browser: Browser, makegood: Makegood, errors: list[str], **options: object) -> Page:
    context = browser.new_context(base_url=makegood.url, reduced_motion="reduce", locale="en-GB", **options)  # type: ignore[arg-type]
    tab = context.new_page()
    tab.set_default_timeout(SLOW)
    tab.on("pageerror", lambda error: errors.append(f"{tab.url}: {error}"))
    tab.goto("/account/login/")
    tab.locator("[name=login]").fill(EMAIL)
    tab.locator("[name=password]").fill(PASSWORD)
    tab.locator("[name=password]").press("Enter")
    tab.wait_for_url(lambda url: "/account/login" not in url)
    return tab


@pytest.fixture
def page(browser: Browser, product: tuple[Makegood, str]) -> Iterator[Page]:
    """Olga, in whose pages no script may fail."""
    errors: list[str] = []
    tab = opened(browser, product[0], errors, viewport={"width": 1440, "height": 900})
    yield tab
    tab.context.close()
    assert errors == []


def numbers(page: Page) -> list[int]:
    said = page.locator("#complaint-say").inner_text().replace("fewer than 1", "0")
    assert "you will read" in said
    return [int(each) for each in re.findall(r"\d+", said)]


def test_the_slider_says_what_it_costs_as_it_moves(page: Page) -> None:
    page.goto("/settings/what-counts/")
    expect(page.locator(".cost").first).to_contain_text("your own last 240 posts")
    slider = page.get_by_role("slider", name="How sure Makegood must be").first
    slider.focus()
    slider.press("Home")
    read_all, _of, missed_none, *_rest = numbers(page)
    point = page.locator("[data-cost-point]").first
    low = float(point.get_attribute("cx") or 0)
    slider.press("End")
    read_few, _of, missed_many, *_rest = numbers(page)
    assert read_all > read_few
    assert missed_none < missed_many
    assert float(point.get_attribute("cx") or 0) < low
    assert slider.get_attribute("aria-valuetext") == page.locator("#complaint-say").inner_text()
    slider.press("Home")
    for _step in range(28):
        slider.press("ArrowRight")
    expect(page.locator("[data-cost-value]").first).to_have_text("30")
    promised = page.locator("#complaint-say").inner_text()
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_text("Saved. What is open and undecided is read again.")).to_be_visible()
    expect(page.locator("#complaint-say")).to_have_text(promised)
    expect(page.locator("#id_complaint")).to_have_value("30")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("Back to what held before.")).to_be_visible()
    expect(page.locator("#id_complaint")).not_to_have_value("30")


def test_without_scripts_it_is_a_form(browser: Browser, product: tuple[Makegood, str]) -> None:
    errors: list[str] = []
    tab = opened(browser, product[0], errors, java_script_enabled=False)
    tab.goto("/settings/what-counts/")
    tab.goto("/settings/what-counts/?complaint=2&now=50")
    few = numbers(tab)
    tab.goto("/settings/what-counts/?complaint=95&now=50")
    assert numbers(tab)[0] < few[0]
    expect(tab.get_by_role("button", name="See what it costs")).to_be_visible()
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_text("Saved.", exact=False)).to_be_visible()
    tab.context.close()


def test_a_correction_by_keyboard_and_back(page: Page, product: tuple[Makegood, str]) -> None:
    page.goto(product[1])
    pane = page.locator("[data-conversation]")
    expect(pane).to_be_visible()
    press = page.keyboard.press
    press("i")
    dialog = page.get_by_role("dialog", name="What is it?")
    expect(dialog).to_be_visible()
    expect(dialog.locator("[name=intent]:checked")).to_be_focused()
    while dialog.locator("[name=intent]:checked").get_attribute("value") != "suggestion":
        press("ArrowRight")
    press("Enter")
    expect(pane.get_by_text("Corrected by Olga Berg: it is")).to_be_visible()
    expect(pane.locator("#assessment")).to_contain_text("it is a suggestion")
    expect(pane.locator(".assess-head")).to_contain_text("Suggestion")
    expect(page.locator("#toasts")).to_contain_text("Makegood learns from it")
    expect(dialog).to_be_hidden()
    undo = pane.get_by_role("button", name=re.compile("Undo ?: it is a suggestion"))
    undo.focus()
    press("Enter")
    expect(pane.get_by_text("Corrected by Olga Berg: it is")).to_be_hidden()
    expect(pane.locator(".assess-head")).not_to_contain_text("Suggestion")


def test_all_of_it_was_read_rightly(page: Page, product: tuple[Makegood, str]) -> None:
    page.goto(product[1])
    page.keyboard.press("i")
    page.get_by_role("button", name="All of it was read rightly").press("Enter")
    expect(page.locator("#assessment")).to_contain_text("says that it was read rightly")


def test_a_topic_is_taught_by_keyboard(page: Page) -> None:
    page.goto("/settings/topics/1/")
    expect(page.get_by_text("Not enough examples yet: 2 more.")).to_be_visible()
    page.locator("#example").fill("No stall at the market today, are you ill?")
    page.get_by_role("button", name="Add").press("Enter")
    expect(page.get_by_text("Not enough examples yet: 1 more.")).to_be_visible()


@pytest.mark.parametrize("path", [*PAGES, "conversation"])
def test_the_pages_are_accessible_light_dark_and_on_a_phone(
    page: Page, product: tuple[Makegood, str], path: str
) -> None:
    page.goto(product[1] if path == "conversation" else path)
    if path == "conversation":
        page.keyboard.press("i")
        expect(page.get_by_role("dialog", name="What is it?")).to_be_visible()
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"runOnly": STANDARDS})
        assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
