"""`make screenshots`: a picture of every page, light, dark and on a phone.

Starts Makegood on a throw-away home and goes through the first run as a newcomer does; then come the pages of an empty
shop, of the sample shop, and of a hard day (see makegood/web/tests/scene.py). Writes PNG files into build/screenshots.
`python -m tools.screenshots docs` takes the pictures of README and docs anew, into docs/images.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.browser import chromium
from tests.operations.command import Makegood, up
from tests.servers.base import free_port
from tools.small_png import small_png

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "screenshots"
IMAGES = ROOT / "docs" / "images"
LOOKS: Mapping[str, Mapping[str, Any]] = {
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
    "channel-feed": "/channels/new/feed/",
    "channel-bluesky": "/channels/new/bluesky/",
    "import-new": "/imports/new/",
    "channel-mastodon": "/channels/new/mastodon/",
    "cases": "/cases/",
    "approvals": "/approvals/",
    "notices": "/notices/",
    "health": "/health/",
    "people": "/people/",
    "settings": "/settings/",
    "hours": "/settings/hours/",
    "policies": "/settings/policies/",
    "canned": "/settings/canned/",
    "macros": "/settings/macros/",
    "alerts": "/settings/alerts/",
    "journal": "/settings/journal/",
    "security": "/account/security/",
    "authenticator": "/account/security/totp/activate/",
    "passkey-new": "/account/security/webauthn/add/",
    "password": "/account/password/change/",
    "proposals": "/start/brand/?brand=Teapot&website=teapot.example",
    "nothing-here": "/no/such/page/",
}
EMPTY = ("today", "inbox", "queries", "channels", "cases", "approvals", "notices", "alerts", "journal")
OUTSIDE = {"sign-in": "/account/login/", "forgotten": "/account/password/reset/", "sign-up": "/account/signup/"}
PASSWORD = "a kettle of fish"


def main(*arguments: str) -> int:
    """Takes the pictures and says where they are."""
    with _makegood() as (makegood, browser):
        if arguments == ("docs",):
            IMAGES.mkdir(parents=True, exist_ok=True)
            count = sum(1 for _ in _of_docs(browser, makegood))
            print(f"{count} pictures in {IMAGES}")
        else:
            OUT.mkdir(parents=True, exist_ok=True)
            count = sum(1 for _ in _of_everything(browser, makegood))
            print(f"{count} pictures in {OUT}")
    return 0


@contextmanager
def _makegood() -> Iterator[tuple[Makegood, Browser]]:
    with (
        tempfile.TemporaryDirectory(prefix="makegood-") as home,
        up(Path(home), free_port()) as makegood,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        yield makegood, browser


def _of_everything(browser: Browser, makegood: Makegood) -> Iterator[Path]:
    """Every page in every look."""
    signed_in = _first_run(browser, makegood, lambda page, name: _picture(page, OUT / f"{name}-light.png"))
    yield from _looks(browser, makegood, signed_in, {f"empty-{name}": PAGES[name] for name in EMPTY})
    _sample(browser, makegood, signed_in)
    yield from _looks(browser, makegood, signed_in, PAGES | {"conversation": ""})
    hard = _scene(makegood, "hard")
    more = {f"hard-{name}": PAGES[name] for name in ("today", "inbox", "queries", "channels", "people", "proposals")}
    yield from _looks(browser, makegood, signed_in, more | {_name(path): path for path in hard})
    yield from _looks(browser, makegood, None, OUTSIDE)


def _name(path: str) -> str:
    return "hard" + "".join(letter if letter.isalnum() else "-" for letter in path).rstrip("-")


def _looks(
    browser: Browser, makegood: Makegood, signed_in: StorageState | None, pages: Mapping[str, str]
) -> Iterator[Path]:
    for look, options in LOOKS.items():
        context = browser.new_context(storage_state=signed_in, **options)
        page = context.new_page()
        for name, path in pages.items():
            if path:
                page.goto(f"{makegood.url}{path}")
            else:
                _open_conversation(page, makegood)
            yield _picture(page, OUT / f"{name}-{look}.png", full=look == "phone")
        context.close()


def _of_docs(browser: Browser, makegood: Makegood) -> Iterator[Path]:
    """The pictures that README and docs show."""
    desk = {"viewport": {"width": 1280, "height": 800}}
    signed_in = _first_run(browser, makegood, lambda _page, _name: None)
    context = browser.new_context(
        storage_state=signed_in, color_scheme="light", viewport={"width": 1000, "height": 900}
    )
    page = context.new_page()
    page.goto(f"{makegood.url}{PAGES['proposals']}")
    yield _picture(page, IMAGES / "proposals.png", small=True)
    page.goto(f"{makegood.url}{PAGES['channel-new']}")
    page.set_viewport_size({"width": 1100, "height": 640})
    yield _picture(page, IMAGES / "channels.png", small=True)
    context.close()
    _sample(browser, makegood, signed_in)
    for look in ("light", "dark"):
        context = browser.new_context(storage_state=signed_in, color_scheme=look, **desk)  # type: ignore[arg-type]
        page = context.new_page()
        _open_conversation(page, makegood)
        yield _picture(page, IMAGES / f"inbox-{look}.png", small=True)
        if look == "light":
            page.goto(f"{makegood.url}/")
            yield _picture(page, IMAGES / "today.png", small=True)
            _open_conversation(page, makegood)
            page.locator("[data-composer] textarea").fill(
                "We are so sorry, and we make it good: a new one leaves today by courier."
            )
            page.wait_for_timeout(1200)
            yield _picture(page, IMAGES / "answer.png", small=True, part="#composer")
        context.close()
    context = browser.new_context(storage_state=signed_in, **LOOKS["phone"])
    page = context.new_page()
    page.goto(f"{makegood.url}/inbox/")
    yield _picture(page, IMAGES / "inbox-phone.png", small=True)
    context.close()


def _first_run(browser: Browser, makegood: Makegood, seen: Callable[[Page, str], object]) -> StorageState:
    """Becomes the owner of a shop, and returns the session; `seen` gets the pages on the way."""
    page = browser.new_page(color_scheme="light", viewport={"width": 1440, "height": 900})
    page.goto(makegood.url)
    seen(page, "start")
    facts = {"shop": "Teapot & Co", "name": "Olga Berg", "email": "olga@example.com", "password": PASSWORD}
    for name, value in facts.items():
        page.fill(f"[name={name}]", value)
    page.click("form.form button[type=submit]")
    page.wait_for_url("**/start/brand/**")
    seen(page, "brand")
    return page.context.storage_state()


def _sample(browser: Browser, makegood: Makegood, signed_in: StorageState) -> None:
    page = browser.new_context(storage_state=signed_in).new_page()
    page.goto(f"{makegood.url}/start/brand/")
    with page.expect_navigation():
        page.click("form[action$='/sample/add/'] button")
    page.goto(f"{makegood.url}/inbox/")
    page.wait_for_selector("[data-rows] .row-text", timeout=60_000)
    # The worker reads all of it; the pictures show it read.
    page.wait_for_timeout(3000)
    page.context.close()


def _scene(makegood: Makegood, what: str) -> list[str]:
    command = [sys.executable, "-m", "makegood.web.tests.scene", what]
    done = subprocess.run(command, env=dict(makegood.env), check=True, capture_output=True, text=True)
    addresses: list[str] = json.loads(done.stdout)
    return addresses


def _open_conversation(page: Page, makegood: Makegood) -> None:
    page.goto(f"{makegood.url}/inbox/")
    page.locator("[data-rows] a").first.click()
    page.wait_for_url("**/inbox/*/**")
    page.wait_for_selector("[data-composer][data-ready]")


def _picture(page: Page, path: Path, *, full: bool = False, small: bool = False, part: str = "") -> Path:
    # An open page never goes quiet: its event stream stays open.
    page.wait_for_load_state("load")
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(250)
    shot = page.locator(part).screenshot() if part else page.screenshot(full_page=full)
    path.write_bytes(small_png(page, shot) if small else shot)
    return path


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
