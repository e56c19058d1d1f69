"""What the stories share: the product as `makegood up` starts it, people at their browsers, and what each of them does
more than once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.operations.command import Makegood, up
from tests.servers.atproto import AtprotoNetwork, TestAccount
from tests.servers.base import free_port
from tests.servers.jetstream import Jetstream
from tests.servers.snac import Snac, SnacUser

__all__ = [
    "PASSWORD",
    "answer",
    "connect_bluesky",
    "connect_mastodon",
    "first_run",
    "history",
    "invite",
    "join",
    "let_in",
    "open_row",
    "people",
    "row",
    "started",
    "tells_how_malik_answered",
    "where_atproto_is",
]

PASSWORD = "correct horse battery"  # of people who do not exist
READY_SECONDS = 180.0


@contextmanager
def started(home: Path, more: Mapping[str, str]) -> Iterator[Makegood]:
    """`makegood up` on an empty home, with `more` in its environment, once it is ready."""
    with up(home, free_port(), more, ready=False) as product:
        product.until("is ready", READY_SECONDS)
        yield product


def where_atproto_is(network: AtprotoNetwork, stream: Jetstream) -> dict[str, str]:
    """The environment that sends Makegood to a network of ours."""
    return {
        "MAKEGOOD_PRIVATE_HOSTS": "*",
        "MAKEGOOD_BLUESKY_APPVIEW": network.appview_url,
        "MAKEGOOD_JETSTREAM": stream.url,
    }


@contextmanager
def people(browser: Browser, url: str, count: int) -> Iterator[list[Page]]:
    """As many people, each with a browser of their own, whose consoles must stay silent."""
    said: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # Chromium calls a form that is refused with a sentence (422) an error, and htmx a request whose place a newer
        # one has taken.
        allowed = "422" in message.text or message.text.startswith(("htmx:afterRequest,", "htmx:sendAbort,"))
        if message.type == "error" and not allowed:
            said.append(f"{message.page.url if message.page else ''}: {message.text}")

    options = {"viewport": {"width": 1360, "height": 860}, "reduced_motion": "reduce", "locale": "en-GB"}
    contexts = [browser.new_context(base_url=url, **options) for _ in range(count)]  # type: ignore[arg-type]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.on("console", heard)
        page.on("pageerror", lambda error: said.append(str(error)))
    try:
        yield pages
        assert said == []
    finally:
        for context in contexts:
            context.close()


def first_run(page: Page, brand: str) -> None:
    """Olga opens the shop and listens for its name."""
    page.goto("/")
    page.locator("[name=shop]").fill(brand)
    page.locator("[name=name]").fill("Olga")
    page.locator("[name=email]").fill("olga@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/start/brand/**")
    page.locator("[name=brand]").fill(brand)
    page.get_by_role("button", name="Propose queries").click()
    page.get_by_role("button", name="Start listening").click()
    page.wait_for_url("**/inbox/**")


def connect_bluesky(page: Page, network: AtprotoNetwork, account: TestAccount) -> None:
    """She connects the shop's account by an app password."""
    page.goto("/channels/new/bluesky/")
    page.locator("[name=identifier]").fill(account.handle)
    page.locator("[name=password]").fill(network.app_password(account))
    page.locator("details summary").click()
    page.locator("[name=service]").fill(network.pds_url)
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text(f"@{account.handle}").first).to_be_visible()


def connect_mastodon(page: Page, server: Snac, account: SnacUser) -> None:
    """She connects the shop's account by its server's own sign-in page."""
    page.goto("/channels/new/mastodon/")
    page.get_by_label("Your server, or your whole address").fill(server.url)
    page.get_by_role("button", name="Go to my server").click()
    let_in(page, server, account)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"@{account.name}@{server.host}")


def let_in(page: Page, server: Snac, account: SnacUser) -> None:
    """On the server's own page, at its own address: Makegood never sees the password."""
    page.wait_for_url(re.compile(rf"^{re.escape(server.url)}/oauth/authorize"))
    page.locator("[name=login]").fill(account.name)
    page.locator("[name=passwd]").fill(account.password)
    page.locator("[type=submit]").click()
    page.wait_for_url(re.compile(r"/channels/\d+/$"))


def invite(page: Page) -> str:
    """She makes a link for an agent."""
    page.goto("/people/")
    page.locator("form[action$='/people/invite/'] [name=role]").select_option("agent")
    page.locator("form[action$='/people/invite/'] button[type=submit]").click()
    return page.locator("#invitation-link").input_value()


def join(page: Page, link: str) -> None:
    """Malik follows it."""
    page.goto(link)
    page.locator("[name=name]").fill("Malik")
    page.locator("[name=email]").fill("malik@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.wait_for_url(lambda address: "invitation" not in address)


def row(page: Page, text: str) -> Locator:
    """The rows of the list that show this text."""
    return page.locator("[data-rows] a", has_text=text)


def open_row(page: Page, text: str) -> Locator:
    """Opens the conversation whose row shows this text; its pane."""
    row(page, text).click()
    pane = page.locator("[data-conversation]")
    expect(pane.locator("#thread")).to_contain_text(text)
    return pane


def answer(page: Page, text: str) -> None:
    """Writes an answer in the open conversation and sends it, by keyboard."""
    page.keyboard.press("r")
    page.keyboard.type(text)
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")
    page.keyboard.press("Control+Enter")


def history(pane: Locator) -> Locator:
    """What happened in the open conversation, unfolded."""
    fold = pane.locator("[data-fold=history]")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    return pane.locator("#history")


def tells_how_malik_answered(pane: Locator) -> None:
    """The history of a complaint that Malik took and answered in time has each step."""
    for step in (
        "Makegood heard it",
        "Makegood read it as a complaint",
        "Makegood opened the conversation",
        "Malik gave it to Malik",
        "Malik wrote an answer",
        "Malik answered; it stands on the network",
        "Malik stopped the clock, in time",
    ):
        expect(history(pane)).to_contain_text(step)
