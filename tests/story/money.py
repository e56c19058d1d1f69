"""What the stories of money share: a file of orders, Stripe, and where things are made good beside a thread."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.servers.atproto import AtprotoNetwork, TestAccount
from tests.servers.localstripe import KEY, StripeServer

__all__ = [
    "SIGNING_SECRET",
    "ask_for",
    "bring_orders",
    "call_themselves",
    "connect_stripe",
    "remedy",
    "side",
    "tell_the_customer",
]

SIGNING_SECRET = "whsec_teapot_of_the_story"  # of a shop that does not exist


def bring_orders(page: Page, folder: Path, *orders: Mapping[str, str]) -> None:
    """She brings the shop's orders in from a file, one row each, as the shop exports them."""
    path = folder / "orders.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(orders[0]))
        writer.writeheader()
        writer.writerows(orders)
    page.goto("/sources/new/")
    page.locator("a[href$='/sources/new/file/']").first.click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#preview")).to_contain_text(orders[0]["order_number"])
    page.get_by_role("button", name="Read the file").click()
    expect(page.locator("#source")).to_contain_text("Here in full")


def connect_stripe(page: Page, stripe: StripeServer, payments: int) -> str:
    """She connects Stripe by a key, and then its webhook, which has no secret before; the webhook's address.

    `payments` is how many there are to be read.
    """
    page.goto("/sources/new/payments/stripe/")
    page.locator("[name=key]").fill(KEY)
    page.locator("form details summary", has_text="More").click()
    page.locator("[name=api_base]").fill(stripe.url)
    page.get_by_role("button", name="Connect", exact=True).click()
    address = page.locator("#hook-address").input_value()
    page.get_by_role("link", name="Change the connection").click()
    page.locator("[name=webhook_secret]").fill(SIGNING_SECRET)
    page.get_by_role("button", name="Save and try it").click()
    expect(page.locator("#source dd", has_text=str(payments)).first).to_be_visible()
    expect(page.locator("#source")).to_contain_text("Working.")
    return address


def call_themselves(network: AtprotoNetwork, account: TestAccount, name: str) -> None:
    """The customer's profile has a name."""
    network.record(account, "app.bsky.actor.profile", {"displayName": name}, rkey="self")


def side(pane: Locator, fold: str) -> Locator:
    """A part beside the conversation: orders, good, contact, clocks."""
    return pane.locator(f"[data-fold={fold}]")


def ask_for(page: Page, kind: str) -> Locator:
    """Opens the form of a remedy; its dialog."""
    page.locator(".remedy-kinds").get_by_role("button", name=kind, exact=True).click()
    dialog = page.locator("#remedy-dialog")
    expect(dialog.get_by_role("heading", name=kind)).to_be_visible()
    return dialog


def remedy(pane: Locator, state: str) -> Locator:
    """The one remedy of the conversation, once it is in this state."""
    found = pane.locator(f"#remedies-part .remedy[data-state={state}]")
    expect(found).to_have_count(1)
    return found


def tell_the_customer(page: Page, given: Locator, *shown: str) -> str:
    """The words for it are put into the answer, with all of `shown` in them, and sent by keyboard; what they say."""
    box = page.locator("#reply-text")
    given.get_by_role("button", name="Tell the customer").click()
    for words in shown:
        expect(box).to_have_value(re.compile(re.escape(words)))
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")
    said = box.input_value()
    box.press("Control+Enter")
    expect(page.locator("#thread .msg-out", has_text=said)).to_be_visible()
    return said
