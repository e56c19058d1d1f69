"""Chromium for browser tests: Debian's, or the one `playwright install` brings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Error, Playwright, expect, sync_playwright

__all__ = ["browser", "chromium"]

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]

PATIENCE_MS = 60_000
"""How long a page may take to show what is expected of it, on a busy machine: no test measures speed by it."""


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium. Raises `LookupError` with what to install when there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
    except Error as error:
        raise LookupError("no Chromium: apt-get install chromium, or `playwright install chromium`") from error
    expect.set_options(timeout=PATIENCE_MS)
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture(scope="module")
def started_chromium() -> Iterator[Browser]:
    """One Chromium for a file's tests; without it they are skipped, or fail on CI, where every server must be there."""
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        try:
            started = stack.enter_context(chromium(playwright))
        except LookupError as missing:
            reason = f"server missing: {missing}"
            if os.environ.get("CI", "").lower() in {"true", "1"}:
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
        yield started


@pytest.fixture
def browser(started_chromium: Browser) -> Iterator[Browser]:
    """A Chromium in which nothing is open and nobody is signed in: each context is a profile of its own
    (https://playwright.dev/python/docs/browser-contexts), and none outlives its test.
    """
    assert started_chromium.contexts == []
    yield started_chromium
    for context in started_chromium.contexts:
        context.close()
