"""The tone guard as one meets it: in Chromium, on the real product and its sample shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from makegood.web.tests.test_composer_browser import faults, opened
from makegood.web.tests.test_pages_browser import PHONE, Shop, shop, tab

__all__ = ["shop", "tab"]  # the fixtures

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BAD = "Hi there,\n\nYou should have checked the size. 🎉 We are sorry you feel that way."
SLOW = 30_000
"""The first English draft of a process reads the dictionaries."""


@pytest.fixture
def refusing(browser: Browser, shop: Shop, tab: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Opens a tab whose console may speak: Chromium calls an answer refused with a sentence (422) an error."""
    tab().close()
    context = browser.new_context(base_url=shop.makegood.url, storage_state=shop.signed_in, reduced_motion="reduce")

    def opened_here(**options: dict[str, int]) -> Page:
        page = context.new_page()
        page.set_viewport_size(options["viewport"])  # type: ignore[arg-type]
        return page

    yield opened_here
    context.close()


def empty(page: Page) -> None:
    page.locator("#reply-text").fill("")
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")


def test_a_bad_draft_is_explained_and_better_words_are_taken_by_key(tab: Callable[..., Page]) -> None:
    page = opened(tab)
    box = page.locator("#reply-text")
    box.fill(BAD)
    expect(page.locator("[data-tone=blame]")).to_contain_text("It puts the fault on them", timeout=SLOW)
    expect(page.locator("[data-tone-said]")).to_contain_text("things to look at, if you like")
    assert faults(page) == []
    # The words are shown where they stand, behind an emoji too.
    page.locator("[data-tone=false_apology] [data-tone-show]").click()
    assert page.evaluate("() => getSelection().toString()") == "sorry you feel that way"
    # One key takes the first, and Ctrl+Z takes it back.
    box.press("Alt+Enter")
    expect(box).to_have_value(BAD.replace("You should have checked", "Next time, please check"))
    expect(page.locator("[data-tone=blame]")).to_have_count(0, timeout=SLOW)
    box.press("Control+z")
    expect(box).to_have_value(BAD)
    expect(page.locator("[data-tone=blame]")).to_have_count(1, timeout=SLOW)
    # By keyboard alone: from the box to the button.
    page.locator("[data-tone=false_apology] [data-tone-take]").focus()
    page.keyboard.press("Enter")
    expect(box).to_have_value(BAD.replace("sorry you feel that way", "sorry for the trouble this has caused you"))
    expect(box).to_be_focused()
    empty(page)


def test_what_is_shown_stays_while_one_types_on(tab: Callable[..., Page]) -> None:
    page = opened(tab)
    box = page.locator("#reply-text")
    box.fill("Sorry. You should have checked the size before you ordered it from us.")
    expect(page.locator("[data-tone=blame]")).to_be_visible(timeout=SLOW)
    page.evaluate("() => { document.querySelector('[data-tone=blame]').dataset.same = 'yes'; }")
    with page.expect_response(lambda answer: "/tone/" in answer.url and answer.status == 204):
        box.press_sequentially("  ")
    expect(page.locator("[data-tone=blame][data-same=yes]")).to_be_visible()
    empty(page)


def test_a_promise_without_a_day_asks_for_one_and_waits_for_it(tab: Callable[..., Page]) -> None:
    page = opened(tab)
    box = page.locator("#reply-text")
    box.fill("We are sorry. We will get back to you soon.")
    expect(page.locator("[data-tone=promise]")).to_be_visible(timeout=SLOW)
    page.locator("[data-tone=promise] [data-tone-take]").click()
    expect(box).to_have_value("We are sorry. We will get back to you by [day and time].")
    assert page.evaluate("() => getSelection().toString()") == "[day and time]"
    expect(page.locator("[data-tone=unfilled]")).to_be_visible(timeout=SLOW)
    page.keyboard.type("tomorrow at noon")
    expect(page.locator(".tone-row")).to_have_count(0, timeout=SLOW)
    empty(page)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("We are sorry. Call us on +49 30 1234567.", "“+49 30 1234567” is personal, and others can read it here."),
        ("Hi {name}, we are sorry.", "Fill in “{name}” first."),
    ],
)
def test_what_must_not_go_out_is_refused_with_its_reason(refusing: Callable[..., Page], text: str, reason: str) -> None:
    page = opened(refusing, viewport={"width": PHONE, "height": 780})
    page.locator("#reply-text").fill(text)
    expect(page.locator(".tone-row.is-blocking")).to_be_visible(timeout=SLOW)
    expect(page.locator("[data-tone-said]")).to_contain_text("keeps this from going out")
    page.locator("[data-send]").click()
    expect(page.locator("#compose > .field-error")).to_contain_text(reason)
    expect(page.locator("#reply-text")).to_have_value(text)
    expect(page.locator(".tone-row.is-blocking")).to_be_visible(timeout=SLOW)
    expect(page.locator("[data-pending]")).to_have_count(0)
    assert faults(page) == []
    empty(page)
