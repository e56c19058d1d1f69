"""Parts that keep themselves up to date do not take away what somebody is pressing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from makegood.web.tests.scene import EMAIL
from makegood.web.tests.test_pages_browser import Shop
from makegood.web.tests.test_together_browser import come_in
from tests.operations.command import up
from tests.servers.base import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PART = "#side-contact-part"


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop on its hard day."""
    with up(tmp_path_factory.mktemp("live"), free_port()) as started:
        opened = Shop(started)
        opened.scene("shop")
        opened.scene("hard")
        yield opened


def test_a_button_outlasts_the_finger_on_it(browser: Browser, shop: Shop) -> None:
    page = come_in(browser, shop, EMAIL)
    with closing(page.context):
        page.goto("/inbox/2/")
        button = page.locator("#open-tie")
        button.hover()
        page.mouse.down()
        button.evaluate("element => element.dataset.pressed = 'yes'")
        with page.expect_response("**/contact/"):
            page.evaluate("htmx.trigger(document.body, 'mg:changed')")
        expect(page.locator(f"{PART}.htmx-request")).to_have_count(0)
        expect(button).to_have_attribute("data-pressed", "yes")
        with page.expect_response("**/contact/"):
            page.mouse.up()
        expect(page.locator("#tie-dialog")).to_be_visible()
        expect(button).not_to_have_attribute("data-pressed", "yes")
