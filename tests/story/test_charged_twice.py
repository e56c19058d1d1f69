"""The story of the second payment: from "you charged me twice" to the money back, said, kept and booked, exactly once.

A real AT Protocol network, and localstripe behind tests/servers/keeping.py, driven by Stripe's own SDK. The shop's
orders come in from a file. The customer gives her order's number in public, as no server that can be had serves
Bluesky's direct messages: that a number in private weighs more, makegood/identify/tests/test_recognising.py tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.operations.command import Makegood
from tests.servers.atproto import AtprotoNetwork, TestAccount
from tests.servers.base import wait_until
from tests.servers.jetstream import Jetstream
from tests.servers.localstripe import StripeServer
from tests.story.money import (
    SIGNING_SECRET,
    bring_orders,
    call_themselves,
    connect_stripe,
    remedy,
    side,
    tell_the_customer,
)
from tests.story.scene import connect_bluesky, first_run, history, invite, join, open_row, people

pytestmark = [pytest.mark.atproto, pytest.mark.browser, pytest.mark.slow]

BRAND = "Teehaus"
COMPLAINT = f"{BRAND} has charged me twice for one teapot! I am angry, I want my money back."
QUESTION = "What would make this right for you?"
ASKED = " And what is your order number? We will get back to you by tomorrow."
NUMBER = "It is order T-1042. Just give me the second payment back, please."
WISH = "The second payment back."
TOLD = "Hi Lena, we have sent your money back. It takes your bank a few days to show it."
ASKED_AFTER = "Hi Lena, did this make it right for you? If anything is missing, please tell us."
THANKS = "Yes, it is all there again. Thank you for being so quick!"


@dataclass
class Story:
    """Who is in it, and what is known beforehand."""

    network: AtprotoNetwork
    stripe: StripeServer
    olga: Page
    malik: Page
    shop: TestAccount
    customer: TestAccount
    charges: list[Any]


@pytest.fixture
def stripe(stripe_server: StripeServer) -> Iterator[StripeServer]:
    """Stripe, which tells nobody any more when the test ends."""
    yield stripe_server
    stripe_server.webhooks()


def test_charged_twice_and_made_good_once(
    product: Makegood,
    browser: Browser,
    tmp_path: Path,
    atproto_network: AtprotoNetwork,
    jetstream_server: Jetstream,
    stripe: StripeServer,
) -> None:
    shop, customer = atproto_network.create_account(), atproto_network.create_account()
    call_themselves(atproto_network, customer, "Lena Vogt")
    placed = datetime.now(UTC) - timedelta(days=2)
    paid = [int((placed + timedelta(minutes=later)).timestamp()) for later in (1, 3)]
    payer = {"email": "lena.vogt@example.com", "name": "Lena Vogt"}
    charges = [stripe.charge(3990, created=moment, **payer) for moment in paid]
    order = {
        "order_number": "T-1042",
        "order_date": placed.isoformat(timespec="seconds"),
        "customer_name": "Lena Vogt",
        "customer_email": "lena.vogt@example.com",
        "order_total": "39.90",
        "currency": "EUR",
        "status": "paid",
        "charge_id": charges[0]["id"],
        "product": "Teapot, blue",
        "quantity": "1",
        "item_total": "39.90",
    }
    with people(browser, product.url, 2) as (olga, malik):
        first_run(olga, BRAND)
        connect_bluesky(olga, atproto_network, shop)
        bring_orders(olga, tmp_path, order)
        known = len(stripe.call("GET", "/v1/charges?limit=100")["data"])
        address = connect_stripe(olga, stripe, known)
        stripe.webhooks(address, secrets=[SIGNING_SECRET], copies=2, latest=0.5)
        join(malik, invite(olga))
        wait_until(lambda: jetstream_server.stats()["clients"] or None, "the listener to follow the stream", seconds=60)
        story = Story(atproto_network, stripe, olga, malik, shop, customer, charges)

        her_post = atproto_network.post(customer, COMPLAINT)
        malik.goto("/inbox/")
        pane = open_row(malik, COMPLAINT)
        he_asks_and_promises(story, pane, her_post)
        her_next = she_gives_her_number(story, pane)
        one_click_says_who_she_is(malik, pane)
        he_gives_one_back(story, pane)
        it_was_given_once(story)
        the_customer_is_told(story, pane, her_next)
        she_is_asked_and_says_it_is_right(story, pane, her_next)
        it_stands_in_the_books(story)


def he_asks_and_promises(story: Story, pane: Locator, her_post: str) -> None:
    """What would make it right? The promise in his answer is kept track of from now on."""
    malik = story.malik
    pane.get_by_role("button", name="Ask: what would make this right?").click()
    box = malik.locator("#reply-text")
    expect(box).to_have_value(QUESTION)
    box.press("End")
    malik.keyboard.type(ASKED)
    found = malik.locator("#compose-promise")
    expect(found).to_contain_text("by tomorrow")
    found.get_by_role("checkbox").check()
    expect(malik.locator("[data-draft-state]")).to_have_text("Draft saved")
    box.press("Control+Enter")
    expect(pane.locator(".msg-out", has_text="your order number")).to_be_visible()
    expect(pane.locator("#clocks")).to_contain_text("by tomorrow")
    story.network.settle()
    assert story.network.replies_under(her_post) == [QUESTION + ASKED]


def she_gives_her_number(story: Story, pane: Locator) -> str:
    """Her next post has it: the order is linked, who she is is only suggested, and nothing is told of it."""
    ours = story.network.repo_posts(story.shop)[0]["uri"]
    her_next = story.network.post(story.customer, NUMBER, reply_to=ours)
    expect(pane.locator("#thread")).to_contain_text(NUMBER)
    orders = side(pane, "orders")
    expect(orders).to_contain_text("T-1042")
    expect(orders).to_contain_text("nothing yet shows that it is theirs")
    wish = side(pane, "good").locator("#wish-text")
    wish.fill(WISH)
    side(pane, "good").get_by_role("button", name="Keep it").click()
    expect(pane.locator("#remedy-wish [role=status]")).to_have_text("Kept.")
    return her_next


def one_click_says_who_she_is(malik: Page, pane: Locator) -> None:
    """The suggestion has its reasons; taken up, its ground is kept and shown."""
    who = side(pane, "contact")
    expect(who).to_contain_text("Lena Vogt")
    expect(who).to_contain_text("They gave the order’s number where everybody can read it.")
    expect(who).to_contain_text("They go by the same name: Lena Vogt.")
    who.get_by_role("button", name="Yes, same person").click()
    expect(who.locator(".contact-in")).to_contain_text("Lena Vogt")
    expect(who).to_contain_text("they gave an order number")
    expect(who).to_contain_text("Malik")
    expect(side(pane, "orders")).not_to_contain_text("nothing yet shows that it is theirs")
    expect(history(pane)).to_contain_text("linked an order whose number they gave")


def he_gives_one_back(story: Story, pane: Locator) -> None:
    """It stands beside the thread with its reasons; the button is clicked twice, as people do."""
    malik = story.malik
    double = side(pane, "orders").locator(".double-note")
    expect(double).to_contain_text("Charged twice: 39.90 EUR on")
    expect(double).to_contain_text("by the same card, the same amount, 2 minutes apart, no second order")
    double.get_by_role("button", name="Give one back").click()
    dialog = malik.locator("#remedy-dialog")
    expect(dialog.get_by_label("How much, in EUR")).to_have_value("39.90")
    expect(dialog.get_by_role("radio", checked=True).first.locator("xpath=..")).to_contain_text("one too many")
    expect(dialog.get_by_label("Reason").locator("option:checked")).to_have_text("Charged twice")
    expect(dialog.locator("[data-judged=allowed]")).to_contain_text("39.90 EUR of 50.00 EUR a case")
    expect(dialog).to_contain_text("they paid twice, so this was never yours")
    dialog.get_by_role("button", name="Do it").dblclick()
    given = remedy(pane, "executed")
    expect(given).to_contain_text("39.90 EUR")
    expect(double).to_contain_text(re.compile("One of them (has been given|is on its way) back."))
    # The processor's own word of it refreshes the page.
    expect(double).to_contain_text("One of them has been given back.")
    expect(double.get_by_role("button")).to_have_count(0)
    expect(pane.locator("#remedies-part .remedy")).to_have_count(1)


def it_was_given_once(story: Story) -> None:
    """By the processor's own record, whatever was clicked and however often its webhooks came."""
    told = story.stripe.settle()
    assert told["under_way"] == 0
    first, second = (charge["id"] for charge in story.charges)
    made = [each["id"] for each in told["events"] if each["data"]["object"].get("charge") == second]
    assert len(made) == 1
    assert [each["status"] for each in told["deliveries"] if each["event"] in made] == [200, 200]
    sums = story.stripe.sums()
    assert (sums["by_charge"].get(first), sums["by_charge"].get(second)) == (None, 3990)
    assert len([each for each in sums["refunds"] if each["charge"] == second]) == 1
    assert second not in sums["over"]


def the_customer_is_told(story: Story, pane: Locator, her_next: str) -> None:
    """In the shop's own words; with that the promise is kept, and the refund has been told."""
    given = remedy(pane, "executed")
    # Everybody reads it, so neither amount nor number stands in it.
    assert tell_the_customer(story.malik, given, "sent your money back") == TOLD
    story.network.settle()
    assert story.network.replies_under(her_next) == [TOLD]
    expect(given).to_contain_text("they know")
    expect(pane.locator("#clocks .clock-item", has_text="by tomorrow")).to_have_attribute("data-state", "kept")


def she_is_asked_and_says_it_is_right(story: Story, pane: Locator, her_next: str) -> None:
    """The question lies ready once she knows; he sends it, and what she answers is kept beside the refund."""
    malik = story.malik
    given = remedy(pane, "executed")
    box = malik.locator("#reply-text")
    expect(box).to_have_value("")
    note = pane.locator("#ask-outcome")
    expect(note).to_contain_text("Ask whether this made it right for them.")
    note.get_by_role("button", name="Put the question into the answer").click()
    expect(box).to_have_value(ASKED_AFTER)
    expect(malik.locator("[data-draft-state]")).to_have_text("Draft saved")
    story.network.settle()
    assert story.network.replies_under(her_next) == [TOLD], "nothing sends itself"
    box.press("Control+Enter")
    expect(pane.locator("#thread .msg-out", has_text=ASKED_AFTER)).to_be_visible()
    asked = pane.locator("#outcome")
    expect(asked).to_have_attribute("data-asked", "yes")
    expect(note).to_have_count(0)
    story.network.settle()
    assert sorted(story.network.replies_under(her_next)) == sorted([TOLD, ASKED_AFTER])
    ours = next(each for each in story.network.repo_posts(story.shop) if each["value"]["text"] == ASKED_AFTER)
    story.network.post(story.customer, THANKS, reply_to=ours["uri"])
    expect(pane.locator("#thread")).to_contain_text(THANKS)
    expect(asked).to_contain_text("They have written since.")
    asked.get_by_role("button", name="It is right now").click()
    expect(given.locator("[data-outcome=made_right]")).to_contain_text("made right · Malik")
    expect(asked).to_have_count(0)


def it_stands_in_the_books(story: Story) -> None:
    """The journal has each step up to the outcome, and the ledger what it cost, by whom, and where it was said."""
    what = history(story.malik.locator("[data-conversation]"))
    for step in (
        "Malik gave a promise",
        "Malik noted what would make it right for them",
        "Malik gave, within authority: Refund, 39.90 EUR",
        "Malik set off a refund of 39.90 EUR",
        # Where the first answer of the processor is lost on a busy machine it is asked, and the refund found.
        re.compile("Makegood (paid 39.90 EUR back|found that 39.90 EUR had been paid back)"),
        "Malik told them: Refund, 39.90 EUR",
        "Malik kept the promise “by tomorrow”",
        "Malik asked whether it is right for them now",
        "Malik noted that it is right for them now",
        "Makegood found a payment that looks like one made twice",
        "Malik tied to them: ",
    ):
        expect(what).to_contain_text(step)
    olga = story.olga
    olga.goto("/ledger/")
    entry = olga.locator(".ledger-entries li")
    expect(entry).to_have_count(1)
    for words in ("Refund", "payment", "Teapot, blue", "by Malik", "within authority", "39.90 EUR"):
        expect(entry).to_contain_text(words)
    entry.get_by_role("link", name=re.compile("Conversation")).click()
    expect(olga.locator("#thread")).to_contain_text(NUMBER)
