"""All addresses of the product, and which of them are pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Page

__all__ = ["pages"]

# Pages that need something to show. What is neither here nor reachable without arguments must not be a page.
DETAILS: dict[str, dict[str, Any]] = {
    "conversation": {"pk": 1},
    "channel-detail": {"pk": 1},
    "source-connect": {"side": "shop", "kind": "woocommerce"},
    "hook": {"key": "not-one-of-ours"},
    "channel-connect": {"network": "feed"},
    "channel-back": {"network": "mastodon"},
    "query-edit": {"pk": 1},
    "query-history": {"pk": 1},
    "import-detail": {"pk": 1},
    "import-map": {"pk": 1},
    "people-remove": {"pk": 2},
    "invitation": {"secret": "not-one-of-ours"},
    "decide-by-link": {"secret": "not-one-of-ours"},
    "said": {"secret": "not-one-of-ours"},
    "after": {"secret": "not-one-of-ours"},
    "after-stop": {"secret": "not-one-of-ours"},
    "wall-public": {"slug": "not-one-of-ours"},
    "wall-snippet": {"slug": "not-one-of-ours"},
    "wall-data": {"slug": "not-one-of-ours"},
    "short-link": {"code": "not-one-of-ours"},
    "alert-preview": {"trigger": "urgent"},
    "hours-forget-day": {"pk": 1, "day": 1},
    "promise-keep": {"pk": 1, "promise": 1},
    "copies": {"pk": 1, "mention": 1},
    "copy-own": {"pk": 1, "mention": 1},
    "promise-move": {"pk": 1, "promise": 1},
    "promise-withdraw": {"pk": 1, "promise": 1},
    "macro-run": {"pk": 1, "key": 1},
    "order-policy": {"pk": 1, "order": 1},
    "remedy-form": {"pk": 1, "kind": "refund"},
    "remedy-judge": {"pk": 1, "kind": "refund"},
    "remedy-do": {"pk": 1, "act": "withdraw"},
    "account_confirm_email": {"key": "gone"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "gone"},
}
# Only while one signs in with a second step, for which test_account_browser.py has an authenticator; or with a passkey.
ELSEWHERE = {"mfa_authenticate", "mfa_edit_webauthn", "mfa_remove_webauthn", "mfa_login_webauthn", "live"}


def names(resolver: URLResolver, space: str = "") -> Iterator[str]:
    """The name of every address of the product."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from names(one, f"{space}{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern) and one.name:
            yield f"{space}{one.name}"


def address(name: str) -> str:
    """Where it is. An address with arguments that DETAILS does not know gets numbers that may not exist."""
    for arguments in (DETAILS.get(name, {}), {"pk": 1}):
        try:
            return reverse(name, kwargs=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(f"say in DETAILS how {name} is opened")


def is_page(page: Page, path: str) -> bool:
    """Whether this address answers GET with a whole page of its own."""
    answer = page.request.get(path, max_redirects=0)
    if answer.status in (301, 302, 405):
        return False
    whole = "text/html" in answer.headers.get("content-type", "") and "<!doctype html" in answer.text()[:400].lower()
    assert answer.status < 500, f"{path}: {answer.status}"
    return whole


def pages(page: Page) -> list[str]:
    """The addresses of all pages that this tab's person can open."""
    found = {name: address(name) for name in names(get_resolver()) if name not in ELSEWHERE}
    return list(dict.fromkeys(path for path in found.values() if is_page(page, path)))
