"""Sign-in with passkeys, and accessibility, in Chromium, whose virtual authenticator speaks real WebAuthn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Route, expect

from makegood.accounts import api as accounts
from makegood.accounts.api import Role, User
from makegood.web.tests.account_pages import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def blocking_queries() -> Iterator[None]:
    """Playwright's loop runs in this thread; the tests' own queries are ordinary, blocking ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def page(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A tab on the running site that notes every breach of the content security policy in `page.breaches`."""
    cache.clear()
    context = browser.new_context(base_url=live_server.url, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    context.route("**/live/**", _no_stream)
    yield context.new_page()
    context.close()


def _no_stream(route: Route) -> None:
    # The tests' server has a thread for each request, and this one would never end.
    route.fulfill(status=204)


@pytest.fixture
def breaches(page: Page) -> list[str]:
    """What the browser refused or complained about."""
    found: list[str] = []
    page.on("console", lambda line: found.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def authenticator(page: Page) -> tuple[CDPSession, str]:
    """A platform authenticator that knows its user, as a laptop with a fingerprint reader is.

    https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/
    """
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    answer = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, answer["authenticatorId"]


def sign_in(page: Page, email: str = "olga@example.com") -> None:
    page.goto(reverse("account_login"))
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/account/login/" not in url)


def prove(page: Page) -> None:
    """Before how one signs in is changed, the password is asked for again."""
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Add a passkey")).to_be_visible()


def add_passkey(page: Page, name: str) -> None:
    prove(page)
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def test_a_passkey_is_added_and_signs_in(page: Page, olga: User, authenticator: Any, breaches: list[str]) -> None:
    sign_in(page)
    add_passkey(page, "Laptop")
    page.goto(reverse("mfa_list_webauthn"))
    expect(page.get_by_role("link", name="Rename Laptop")).to_be_visible()
    expect(page.get_by_text("Signs you in without a password.")).to_be_visible()

    page.context.clear_cookies()
    page.goto(reverse("people"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    expect(page.get_by_text("Two steps")).to_be_visible()
    assert breaches == []


def test_a_passkey_is_the_second_step_after_the_password(
    page: Page, olga: User, authenticator: Any, breaches: list[str]
) -> None:
    sign_in(page)
    add_passkey(page, "Laptop")
    page.context.clear_cookies()
    sign_in(page)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url(lambda url: "/account/" not in url)
    page.goto(reverse("people"))
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    assert breaches == []


def test_a_refused_passkey_says_so_and_opens_nothing(page: Page, olga: User, authenticator: Any) -> None:
    session, key = authenticator
    sign_in(page)
    add_passkey(page, "Laptop")
    page.context.clear_cookies()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing came back from the passkey.")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()
    page.goto(reverse("people"))
    expect(page).to_have_url(f"{page.url.split('/account')[0]}/account/login/?next=/people/")


def test_a_passkey_that_was_removed_opens_nothing(page: Page, olga: User, authenticator: Any) -> None:
    sign_in(page)
    add_passkey(page, "Laptop")
    page.goto(reverse("mfa_list_webauthn"))
    page.get_by_role("link", name="Remove Laptop").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("No passkey yet")).to_be_visible()
    assert not Authenticator.objects.filter(user=olga, type="webauthn").exists()
    page.context.clear_cookies()
    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("Incorrect code.")).to_be_visible()


def test_the_link_of_an_invitation_is_copied(page: Page, olga: User, breaches: list[str]) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page)
    page.goto(reverse("people"))
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Link", exact=True).input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link
    page.context.clear_cookies()
    page.goto(link)
    expect(page.get_by_role("heading", name="Join Teapot & Co")).to_be_visible()
    assert breaches == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(page: Page, olga: User, malik: User, workspace: Any, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    _, secret = accounts.invite(workspace, olga, Role.AGENT, "nia@example.com")
    check(page, reverse("account_login"))
    check(page, reverse("invitation", args=[secret]))
    check(page, reverse("account_reset_password"))
    sign_in(page)
    check(page, reverse("account_reauthenticate"))
    prove(page)
    for name in (
        "people",
        "settings",
        "settings-journal",
        "mfa_index",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
    ):
        check(page, reverse(name))
    for name in ("mfa_activate_totp", "account_change_password"):
        check(page, reverse(name))
    member = accounts.membership_of(malik, workspace)
    assert member
    check(page, reverse("people-remove", args=[member.pk]))
    # Nothing hangs over the edge of a phone.
    page.set_viewport_size({"width": 360, "height": 740})
    for name in ("people", "settings", "settings-journal", "mfa_index", "mfa_list_webauthn"):
        page.goto(reverse(name))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name


def check(page: Page, path: str) -> None:
    page.goto(path)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, f"{path}\n{found.generate_report()}"


def test_the_first_run_in_a_browser(page: Page, db: None, breaches: list[str]) -> None:
    check(page, "/start/")
    page.get_by_label("Name of your shop").fill("Teapot & Co")
    page.get_by_label("Your name").fill("Olga")
    page.get_by_label("E-mail").fill("olga@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open the desk").click()
    page.wait_for_url(lambda url: "/start/brand" in url)
    assert breaches == []


def test_nothing_needs_a_script_to_sign_in(live_server: Any, page: Page, olga: User) -> None:
    browser = page.context.browser
    assert browser
    plain: BrowserContext = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    tab = plain.new_page()
    sign_in(tab)
    tab.goto(reverse("people"))
    expect(tab.get_by_role("heading", name="People")).to_be_visible()
    tab.get_by_role("button", name="Make a link").click()
    expect(tab.get_by_label("Link", exact=True)).to_be_visible()
    plain.close()
