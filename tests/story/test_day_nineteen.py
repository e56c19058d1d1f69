"""The story of day nineteen: a return that the policy says no to, above what the clerk may decide, and the owner's yes.

A real AT Protocol network, a real mail server on loopback, and a phone: she gets the mail, signs in and approves with
one tap. The shop's orders come in from a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from makegood.alerts.tests.places import Letters, letterbox
from tests.operations.command import Makegood
from tests.servers.atproto import AtprotoNetwork, TestAccount
from tests.servers.base import wait_until
from tests.servers.jetstream import Jetstream
from tests.story.money import ask_for, bring_orders, remedy, side, tell_the_customer
from tests.story.scene import (
    PASSWORD,
    connect_bluesky,
    first_run,
    history,
    invite,
    join,
    open_row,
    people,
    started,
    where_atproto_is,
)

pytestmark = [pytest.mark.atproto, pytest.mark.browser, pytest.mark.slow]

BRAND = "Kesselwerk"
COMPLAINT = (
    f"My kettle from {BRAND}, order K-2001, is far too loud. I am disappointed! It is day 19, can I still return it?"
)
WHY = "Ill all of last week, and a customer since 2019."
NUMBER = re.compile(r"\bR\d\d-[A-Z0-9]{5}\b")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}


@dataclass
class Story:
    """Who is in it, and where mail arrives."""

    network: AtprotoNetwork
    product: Makegood
    browser: Browser
    letters: Letters
    malik: Page
    shop: TestAccount


@pytest.fixture
def letters() -> Iterator[Letters]:
    """Where Makegood's mail arrives."""
    with letterbox() as found:
        yield found


@pytest.fixture
def mailing(
    tmp_path: Path, letters: Letters, atproto_network: AtprotoNetwork, jetstream_server: Jetstream
) -> Iterator[Makegood]:
    """Makegood on a real AT Protocol network, which can send mail."""
    mail = letters.settings
    url = f"smtp://{mail['EMAIL_HOST']}:{mail['EMAIL_PORT']}?tls=no&from=desk@shop.example"
    where = where_atproto_is(atproto_network, jetstream_server)
    with started(tmp_path / "home", where | {"EMAIL_URL": url}) as product:
        yield product


def test_day_nineteen_is_decided_on_a_phone(
    mailing: Makegood,
    letters: Letters,
    browser: Browser,
    tmp_path: Path,
    atproto_network: AtprotoNetwork,
    jetstream_server: Jetstream,
) -> None:
    shop, customer = atproto_network.create_account(), atproto_network.create_account()
    came = datetime.now(UTC) - timedelta(days=19)
    order = {
        "order_number": "K-2001",
        "order_date": (came - timedelta(days=3)).isoformat(timespec="seconds"),
        "delivered_at": came.isoformat(timespec="seconds"),
        "customer_name": "Nils Brandt",
        "customer_email": "nils.brandt@example.com",
        "order_total": "89.00",
        "currency": "EUR",
        "status": "delivered",
        "product": "Kettle",
        "quantity": "1",
        "item_total": "89.00",
    }
    with people(browser, mailing.url, 2) as (olga, malik):
        first_run(olga, BRAND)
        connect_bluesky(olga, atproto_network, shop)
        bring_orders(olga, tmp_path, order)
        join(malik, invite(olga))
        wait_until(lambda: jetstream_server.stats()["clients"] or None, "the listener to follow the stream", seconds=60)
        story = Story(atproto_network, mailing, browser, letters, malik, shop)

        post = atproto_network.post(customer, COMPLAINT)
        malik.goto("/inbox/")
        pane = open_row(malik, COMPLAINT)
        he_asks_for_an_exception(malik, pane)
        link = she_gets_mail(story)
        with phone(story) as page:
            she_approves_with_one_tap(page, link)
        number = the_return_has_its_number(malik, pane)
        the_customer_is_told(story, pane, post, number)


def he_asks_for_an_exception(malik: Page, pane: Locator) -> None:
    """The policy says no and what it would cost; the amount is above what he may decide; so he asks, and says why."""
    orders = side(pane, "orders")
    expect(orders).to_contain_text("K-2001")
    expect(orders).to_contain_text("“Returns within 14 days” gives 14 days from delivery")
    expect(orders).to_contain_text("today is day 19")
    dialog = ask_for(malik, "Return")
    dialog.get_by_label("Kettle").fill("1")
    dialog.get_by_label("Reason").select_option(label="Goodwill")
    dialog.get_by_label("In a few words").fill(WHY)
    judged = dialog.locator("#remedy-judgement")
    expect(judged.locator("[data-judged=asked]")).to_contain_text("Above 50.00 EUR a case")
    expect(judged).to_contain_text("Olga will be asked.")
    expect(judged).to_contain_text("today is day 19")
    expect(judged).to_contain_text("This is an exception: say why.")
    expect(judged.locator(".three-figures > div")).to_have_count(3)
    dialog.get_by_role("button", name="Ask for it").click()
    expect(remedy(pane, "requested")).to_contain_text("89.00 EUR")


def she_gets_mail(story: Story) -> str:
    """It has the four lines, the three figures, and a link for her alone, which is returned."""
    found = wait_until(
        lambda: next((each for each in story.letters.got if "asks you to decide" in _subject(each)), None),
        "the mail to Olga",
        seconds=90,
    )
    assert "Malik asks you to decide: Return, 89.00 EUR" in _subject(found)
    assert story.letters.to[story.letters.got.index(found)] == "olga@example.com"
    said = _text(found)
    for words in ("order K-2001", "Order K-2001 over 89.00 EUR", WHY, "today is day 19"):
        assert words in said, said
    for figure in ("Losing this customer:", "This gesture:", "How far it can travel:"):
        assert figure in said, said
    links = set(re.findall(rf"{story.product.url}/d/[\w:.~=-]+/", said))
    assert len(links) == 1, said
    return str(links.pop())


def _subject(letter: Message) -> str:
    return " ".join(str(letter["subject"]).split())


def _text(letter: Message) -> str:
    parts = [each for each in letter.walk() if each.get_content_type() == "text/plain"]
    raw = parts[0].get_payload(decode=True)
    assert isinstance(raw, bytes)
    return " ".join(raw.decode().split())


@contextmanager
def phone(story: Story) -> Iterator[Page]:
    """Olga's phone, on which nobody is signed in."""
    context = story.browser.new_context(**PHONE)  # type: ignore[arg-type]
    try:
        yield context.new_page()
    finally:
        context.close()


def she_approves_with_one_tap(page: Page, link: str) -> None:
    """The link asks who she is, then shows all there is to know on one page with the button within reach."""
    page.goto(link)
    page.locator("[name=login]").fill("olga@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/d/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Return, 89.00 EUR")
    expect(page.locator(".decide-story li")).to_have_count(4)
    expect(page.locator(".decide-figures > div")).to_have_count(3)
    expect(page.locator(".decide-story")).to_contain_text(WHY)
    button = page.get_by_role("button", name="Approve", exact=True)
    expect(button).to_be_in_viewport()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    button.tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    expect(page.get_by_text("You approved this.")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link doesn’t open anything")


def the_return_has_its_number(malik: Page, pane: Locator) -> str:
    """He hears of it where he is, and finds the number and the label to print; the number."""
    expect(malik.locator("#bell")).to_contain_text("unread")
    given = remedy(pane, "approved")
    expect(given).to_contain_text(NUMBER)
    found = NUMBER.search(given.inner_text())
    assert found is not None
    number = found[0]
    page = malik.context.new_page()
    page.goto("/returns/")
    page.get_by_role("link", name=number).first.click()
    label = page.locator(".return-label-text")
    for words in (f"Return {number}", "Order K-2001", "1 × Kettle", "Put this into the parcel."):
        expect(label).to_contain_text(words)
    page.close()
    return number


def the_customer_is_told(story: Story, pane: Locator, post: str, number: str) -> None:
    """With the number and by when; it stands on the network, and the journal has who decided."""
    given = remedy(pane, "approved")
    said = tell_the_customer(story.malik, given, number, "send it by")
    assert re.search(r"send it by \w+\.? \d{1,2}, \d{4}\.$", said), said
    story.network.settle()
    assert story.network.replies_under(post) == [said]
    expect(given).to_contain_text("they know")
    for step in (
        "Malik asked for a decision: Return, 89.00 EUR",
        "Olga approved: Return, 89.00 EUR",
        f"Makegood gave the return its number, {number}",
        "Malik told them: Return, 89.00 EUR",
    ):
        expect(history(pane)).to_contain_text(step)
