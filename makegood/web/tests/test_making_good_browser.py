"""Orders and remedies beside a thread in Chromium: the double charge, the refund by keyboard, a phone, the dark."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from makegood.web.tests.scene import EMAIL, PASSWORD
from tests.operations.command import Makegood, up
from tests.servers.base import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SLOW = 60_000
START = 180.0


def run(makegood: Makegood, *command: str) -> str:
    """Something in the running product's environment."""
    done = subprocess.run(
        [sys.executable, "-m", *command], env=dict(makegood.env), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Makegood, str]]:
    """The hard day's conversations, one of them with a customer who was charged twice; and its address."""
    home: Path = tmp_path_factory.mktemp("good")
    with up(home, free_port(), ready=False) as started:
        started.until("is ready", START)
        run(started, "makegood.web.tests.scene", "shop")
        run(started, "makegood.web.tests.scene", "hard")
        yield started, json.loads(run(started, "makegood.web.tests.money_scene"))


@pytest.fixture
def page(browser: Browser, product: tuple[Makegood, str]) -> Iterator[Page]:
    """Olga at the conversation, in which no script may fail."""
    makegood, address = product
    context = browser.new_context(
        base_url=makegood.url, reduced_motion="reduce", locale="en-GB", viewport={"width": 1440, "height": 900}
    )
    tab = context.new_page()
    tab.set_default_timeout(SLOW)
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(f"{tab.url}: {error}"))
    tab.goto("/account/login/")
    tab.locator("[name=login]").fill(EMAIL)
    tab.locator("[name=password]").fill(PASSWORD)
    tab.locator("[name=password]").press("Enter")
    tab.wait_for_url(lambda url: "/account/login" not in url)
    tab.goto(address)
    expect(tab.locator(".double-note")).to_be_visible()
    yield tab
    context.close()
    assert errors == []


def accessible(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": STANDARDS})
    assert found.violations_count == 0, found.generate_report()


def test_asked_what_would_make_it_right(page: Page) -> None:
    page.locator("#ask-wish").click()
    expect(page.locator("#reply-text")).to_have_value(re.compile(r"What would make this right for you\?$"))
    page.locator("#wish-text").fill("One of the two back")
    page.locator("#remedy-wish button:has-text('Keep it')").click()
    expect(page.locator("#remedy-wish [role=status]")).to_have_text("Kept.")
    with page.expect_response("**/draft/"):
        page.locator("#reply-text").fill("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_panel_and_the_form_are_accessible(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    expect(page.locator(".worth-svg")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Give one back").click()
    expect(page.locator("#remedy-judgement .three-figures")).to_be_visible()
    accessible(page)


def test_on_a_phone_nothing_is_wider_than_it(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    page.get_by_role("button", name="Voucher").click()
    expect(page.locator("#remedy-judgement .three-figures")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#remedy-dialog").evaluate("(one) => one.scrollWidth <= one.clientWidth + 1")
    page.keyboard.press("Escape")
    expect(page.locator("#remedy-dialog")).to_be_hidden()


def test_one_back_by_keyboard_and_double_click(page: Page) -> None:
    page.get_by_role("button", name="Give one back").focus()
    page.keyboard.press("Enter")
    amount = page.locator("#remedy-amount")
    expect(amount).to_have_value("49.90")
    amount.fill("1.234")
    expect(page.locator("#remedy-judgement")).to_contain_text("can’t be read as an amount")
    amount.fill("49,90")
    expect(page.locator("#remedy-judgement")).to_contain_text("You decide this yourself.")
    expect(page.locator("#remedy-judgement")).to_contain_text("they paid twice, so this was never yours")
    page.locator("#remedy-form button[type=submit]").dblclick()
    expect(page.locator("#remedy-dialog")).to_be_hidden()
    expect(page.locator(".remedy")).to_have_count(1)
    expect(page.locator(".remedy")).to_contain_text("Refund")
    accessible(page)


def test_an_apology_stands_in_the_answer(page: Page) -> None:
    page.get_by_role("button", name="Apology and explanation").click()
    page.locator("#remedy-reason").select_option(label="Came late")
    page.locator("#remedy-words").fill("We are sorry, Ada.")
    expect(page.locator("#remedy-judgement")).to_contain_text("We are sorry, Ada.")
    page.locator("#remedy-form button[type=submit]").click()
    expect(page.locator("#reply-text")).to_have_value(re.compile(r"We are sorry, Ada\.$"))
    with page.expect_response("**/draft/"):
        page.locator("#reply-text").fill("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_asked_whether_it_is_right(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.get_by_role("button", name="Gift or sample").click()
    page.locator("#remedy-reason").select_option(label="Came late")
    page.locator("#remedy-item").fill("A tea sample")
    page.locator("#remedy-cost").fill("1")
    page.locator("#remedy-form button[type=submit]").click()
    expect(page.locator("#remedy-dialog")).to_be_hidden()
    given = page.locator(".remedy").first
    given.get_by_role("button", name="Done").click()
    given.get_by_role("button", name="They know").click()
    note = page.locator("#ask-outcome")
    expect(note).to_be_visible()
    expect(page.locator("#outcome")).to_have_attribute("data-asked", "no")
    accessible(page)
    note.get_by_role("button").click()
    expect(page.locator("#reply-text")).to_have_value(re.compile(r"did this make it right for you\?"))
    page.locator("#outcome").get_by_role("button", name="It is right now").focus()
    page.keyboard.press("Enter")
    expect(given.locator("[data-outcome=made_right]")).to_contain_text("made right")
    expect(note).to_have_count(0)
    accessible(page)
    with page.expect_response("**/draft/"):
        page.locator("#reply-text").fill("")


def test_a_time_is_chosen(page: Page) -> None:
    page.get_by_role("button", name="Call or meeting").click()
    page.locator("#remedy-reason").select_option(label="Came late")
    for number, box in enumerate(page.locator("#remedy-form input[type=datetime-local]").all()[:2]):
        box.fill(f"2031-03-2{8 - number}T10:00")
    page.locator("#remedy-form button[type=submit]").click()
    expect(page.locator("#remedy-dialog")).to_be_hidden()
    given = page.locator(".remedy").first
    times = given.get_by_role("group", name="Which time did they choose?")
    expect(times.get_by_role("button")).to_have_count(2)
    accessible(page)
    times.get_by_role("button").first.click()
    again = given.get_by_role("group", name="They chose another time:")
    expect(again.get_by_role("button")).to_have_count(1)
    with page.expect_download() as got:
        given.get_by_role("link", name="Calendar file").click()
    assert got.value.path().read_text().count("BEGIN:VEVENT") == 1
    with page.expect_response("**/draft/"):
        page.locator("#reply-text").fill("")


def test_deciding_is_in_the_bar_of_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    bar = page.get_by_role("navigation", name="Main")
    expect(bar.get_by_role("link", name="Decide")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    bar.get_by_role("link", name="Decide").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(bar.get_by_role("link", name="Decide")).to_have_attribute("aria-current", "page")
    accessible(page)
