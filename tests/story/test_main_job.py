"""The story: from the first run to an answer that stands on the network, told in real browsers.

A real AT Protocol network (PLC, PDS, AppView); its Jetstream is our own replayer fed from the PDS's firehose.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.operations.command import Makegood, up
from tests.servers.atproto import AtprotoNetwork
from tests.servers.base import free_port, wait_until
from tests.servers.jetstream import Jetstream

pytestmark = [pytest.mark.atproto, pytest.mark.browser, pytest.mark.slow]

BRAND = "Zimtwerk"
PASSWORD = "correct horse battery"
COMPLAINT = f"My parcel from {BRAND} never arrived. Three weeks, nobody answers, I want my money back!"
ANSWER = "We are so sorry! Tell us your order number and we put it right today."


@pytest.fixture
def product(tmp_path: Path, atproto_network: AtprotoNetwork, jetstream_server: Jetstream) -> Iterator[Makegood]:
    where = {
        "MAKEGOOD_PRIVATE_HOSTS": "*",
        "MAKEGOOD_BLUESKY_APPVIEW": atproto_network.appview_url,
        "MAKEGOOD_JETSTREAM": jetstream_server.url,
    }
    with up(tmp_path / "home", free_port(), where) as started:
        yield started


class Watched:
    """A page whose console must stay silent."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.new_context(viewport={"width": 1360, "height": 860}).new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))


def first_run(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("[name=shop]").fill(BRAND)
    page.locator("[name=name]").fill("Olga")
    page.locator("[name=email]").fill("olga@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/start/brand/**")
    page.locator("[name=brand]").fill(BRAND)
    page.get_by_role("button", name="Propose queries").click()
    page.get_by_role("button", name="Start listening").click()
    page.wait_for_url("**/inbox/**")


def connect_account(page: Page, url: str, network: AtprotoNetwork, handle: str, password: str) -> None:
    page.goto(f"{url}/channels/new/bluesky/")
    page.locator("[name=identifier]").fill(handle)
    page.locator("[name=password]").fill(password)
    page.locator("details summary").click()
    page.locator("[name=service]").fill(network.pds_url)
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text(f"@{handle}").first).to_be_visible()


def invite_malik(page: Page, url: str) -> str:
    page.goto(f"{url}/people/")
    page.locator("form[action$='/people/invite/'] [name=role]").select_option("agent")
    page.locator("form[action$='/people/invite/'] button[type=submit]").click()
    return page.locator("#invitation-link").input_value()


def join(page: Page, link: str) -> None:
    page.goto(link)
    page.locator("[name=name]").fill("Malik")
    page.locator("[name=email]").fill("malik@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.wait_for_url(lambda address: "invitation" not in address)


def test_hear_it_sort_it_answer_it(
    product: Makegood, browser: Browser, atproto_network: AtprotoNetwork, jetstream_server: Jetstream
) -> None:
    shop = atproto_network.create_account("zimtwerkshop.test")
    customer = atproto_network.create_account("lena.test")
    olga, malik = Watched(browser), Watched(browser)

    first_run(olga.page, product.url)
    connect_account(olga.page, product.url, atproto_network, shop.handle, atproto_network.app_password(shop))
    join(malik.page, invite_malik(olga.page, product.url))

    page = malik.page
    page.goto(f"{product.url}/inbox/")
    expect(page.get_by_text("Nobody is waiting for an answer").first).to_be_visible()
    wait_until(lambda: jetstream_server.stats()["clients"] or None, "the listener to follow the stream")

    uri = atproto_network.post(customer, COMPLAINT)

    row = page.locator("[data-rows] a", has_text="My parcel from Zimtwerk")
    expect(row).to_be_visible(timeout=15_000)
    expect(row).to_contain_text("Complaint")
    expect(page).to_have_title("(1) Inbox · Makegood")

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    pane = page.locator("[data-conversation]")
    expect(pane).to_contain_text("I want my money back")
    expect(pane.locator("mark").first).to_have_text(BRAND)
    expect(pane).to_contain_text("lena.test", timeout=15_000)
    expect(pane.get_by_role("button", name="Make it good")).to_have_attribute("aria-pressed", "true")
    expect(pane).to_contain_text("Due in")

    page.keyboard.press("a")
    expect(pane.locator("#assignee option:checked")).to_have_text("Malik")
    page.keyboard.press("r")
    page.keyboard.type(ANSWER)
    expect(pane).to_contain_text(f"{300 - len(ANSWER)} left")
    page.keyboard.press("Control+Enter")
    expect(pane.get_by_role("button", name="Undo")).to_be_visible()

    expect(pane.locator(".msg-out, .msg").filter(has_text=ANSWER).first).to_be_visible(timeout=30_000)
    atproto_network.settle()
    assert atproto_network.replies_under(uri) == [ANSWER]
    expect(pane).to_contain_text("Answered in time", timeout=10_000)
    expect(page).to_have_title("Inbox · Makegood", timeout=10_000)
    expect(page.get_by_text("Nobody is waiting for an answer").first).to_be_visible()

    pane.locator("[data-fold=history] summary").click()
    history = pane.locator("#history")
    for step in (
        "Makegood heard it",
        "Makegood read it as a complaint",
        "Makegood opened the conversation",
        "Malik gave it to Malik",
        "Malik wrote an answer",
        "Malik answered; it stands on the network",
        "Malik stopped the clock, in time",
    ):
        expect(history).to_contain_text(step)

    olga.page.goto(f"{product.url}/")
    expect(olga.page.get_by_role("heading", level=1)).to_contain_text("Nobody is waiting for an answer")
    assert (olga.errors, malik.errors) == ([], [])
