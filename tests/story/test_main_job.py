"""The story: from the first run to an answer that stands on the network, told in real browsers.

A real AT Protocol network (PLC, PDS, AppView); its Jetstream is our own replayer fed from the PDS's firehose.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.operations.command import Makegood
from tests.servers.atproto import AtprotoNetwork
from tests.servers.base import wait_until
from tests.servers.jetstream import Jetstream
from tests.story.scene import (
    connect_bluesky,
    first_run,
    invite,
    join,
    people,
    row,
    tells_how_malik_answered,
)

pytestmark = [pytest.mark.atproto, pytest.mark.browser, pytest.mark.slow]

BRAND = "Zimtwerk"
COMPLAINT = f"My parcel from {BRAND} never arrived. Three weeks, nobody answers, I want my money back!"
ANSWER = "We are so sorry! Tell us your order number and we put it right today."


def test_hear_it_sort_it_answer_it(
    product: Makegood, browser: Browser, atproto_network: AtprotoNetwork, jetstream_server: Jetstream
) -> None:
    shop = atproto_network.create_account("zimtwerkshop.test")
    customer = atproto_network.create_account("lena.test")
    with people(browser, product.url, 2) as (olga, page):
        first_run(olga, BRAND)
        connect_bluesky(olga, atproto_network, shop)
        join(page, invite(olga))

        page.goto("/inbox/")
        expect(page.get_by_text("Nobody is waiting for an answer").first).to_be_visible()
        wait_until(lambda: jetstream_server.stats()["clients"] or None, "the listener to follow the stream")

        uri = atproto_network.post(customer, COMPLAINT)

        heard = row(page, "My parcel from Zimtwerk")
        expect(heard).to_be_visible()
        expect(heard).to_contain_text("Complaint")
        expect(page).to_have_title("(1) Inbox · Makegood")

        page.keyboard.press("j")
        page.keyboard.press("Enter")
        pane = page.locator("[data-conversation]")
        expect(pane).to_contain_text("I want my money back")
        expect(pane.locator("mark").first).to_have_text(BRAND)
        expect(pane).to_contain_text("lena.test")
        expect(pane.get_by_role("button", name="Make it good")).to_have_attribute("aria-pressed", "true")
        expect(pane).to_contain_text("Due in")

        page.keyboard.press("a")
        expect(pane.locator("#assignee option:checked")).to_have_text("Malik")
        page.keyboard.press("r")
        page.keyboard.type(ANSWER)
        expect(pane).to_contain_text(f"{300 - len(ANSWER)} left")
        page.keyboard.press("Control+Enter")
        expect(pane.get_by_role("button", name="Undo")).to_be_visible()

        expect(pane.locator(".msg-out", has_text=ANSWER)).to_be_visible()
        atproto_network.settle()
        assert atproto_network.replies_under(uri) == [ANSWER]
        expect(pane).to_contain_text("Answered in time")
        expect(page).to_have_title("Inbox · Makegood")
        expect(page.get_by_text("Nobody is waiting for an answer").first).to_be_visible()

        tells_how_malik_answered(pane)

        olga.goto("/")
        expect(olga.get_by_role("heading", level=1)).to_contain_text("Nobody is waiting for an answer")
