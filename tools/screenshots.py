"""`make screenshots`: a picture of every page with the sample shop, light, dark and on a phone.

Starts Makegood on a throw-away home, goes through the first run as a newcomer does, and writes PNG files into
build/screenshots.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.browser import chromium
from tests.operations.command import Makegood, up
from tests.servers.base import free_port

__all__ = ["main"]

OUT = Path(__file__).resolve().parent.parent / "build" / "screenshots"
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1440, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1440, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}
PAGES = {
    "today": "/",
    "inbox": "/inbox/",
    "queries": "/queries/",
    "query-new": "/queries/new/",
    "channels": "/channels/",
    "channel-new": "/channels/new/",
    "import-new": "/imports/new/",
    "people": "/people/",
    "settings": "/settings/",
    "journal": "/settings/journal/",
    "security": "/account/security/",
}
PASSWORD = "a kettle of fish"


def main() -> int:
    """Takes the pictures and says where they are."""
    OUT.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="makegood-") as home,
        up(Path(home), free_port()) as makegood,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        signed_in = _first_run(browser, makegood)
        count = sum(1 for _ in _pictures(browser, makegood, signed_in))
    print(f"{count} pictures in {OUT}")
    return 0


def _first_run(browser: Browser, makegood: Makegood) -> StorageState:
    """Becomes the owner of a shop with a sample in it, and returns the session."""
    page = browser.new_page(color_scheme="light", viewport={"width": 1440, "height": 900})
    page.goto(makegood.url)
    _picture(page, "start", "light")
    for name, value in {
        "shop": "Teapot & Co",
        "name": "Olga Berg",
        "email": "olga@example.com",
        "password": PASSWORD,
    }.items():
        page.fill(f"[name={name}]", value)
    page.click("form.form button[type=submit]")
    page.wait_for_url("**/start/brand/**")
    _picture(page, "brand", "light")
    with page.expect_navigation():
        page.click("form[action$='/sample/add/'] button")
    page.goto(f"{makegood.url}/inbox/")
    page.wait_for_selector("[data-rows] .row-text", timeout=60_000)
    return page.context.storage_state()


def _pictures(browser: Browser, makegood: Makegood, signed_in: StorageState) -> Iterator[Path]:
    for look, options in LOOKS.items():
        context = browser.new_context(storage_state=signed_in, **options)  # type: ignore[arg-type]
        page = context.new_page()
        for name, path in PAGES.items():
            page.goto(f"{makegood.url}{path}")
            yield _picture(page, name, look)
        page.goto(f"{makegood.url}/inbox/")
        page.locator("[data-rows] a").first.click()
        page.wait_for_url("**/inbox/*/**")
        yield _picture(page, "conversation", look)
        context.close()


def _picture(page: Page, name: str, look: str) -> Path:
    # An open page never goes quiet: its event stream stays open.
    page.wait_for_load_state("load")
    page.evaluate("() => document.fonts.ready")
    path = OUT / f"{name}-{look}.png"
    page.screenshot(path=path, full_page=look == "phone")
    return path


if __name__ == "__main__":
    sys.exit(main())
