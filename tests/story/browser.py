"""Chromium for browser tests: Debian's, or the one `playwright install` brings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Error, Playwright

__all__ = ["chromium", "unavailable"]

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


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium. Raises `LookupError` with what to install when there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
    except Error as error:
        raise LookupError("no Chromium: apt-get install chromium, or `playwright install chromium`") from error
    try:
        yield browser
    finally:
        browser.close()


def unavailable(why: str) -> NoReturn:
    """Skips the test, or fails it on CI, where every server must be there."""
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        pytest.fail(f"server missing: {why}", pytrace=False)
    pytest.skip(f"server missing: {why}")
