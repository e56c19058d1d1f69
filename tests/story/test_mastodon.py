"""The story on Mastodon: from the first run to answers that stand on a real server, seen by whom they should be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.operations.command import Makegood, drive
from tests.servers.base import wait_until
from tests.servers.snac import Snac, SnacUser
from tests.story.scene import (
    answer,
    connect_mastodon,
    first_run,
    history,
    invite,
    join,
    open_row,
    people,
    row,
    started,
    tells_how_malik_answered,
)

pytestmark = [pytest.mark.browser, pytest.mark.mastodon, pytest.mark.slow]

BRAND = "Zimtwerk"
COMPLAINT = "my pot came in two halves and nobody answers. I want my money back!"
CHANGED = "my pot came in three pieces and nobody answers. I want my money back!"
SECRET = "the parcel never arrived. Why? I live at 1 Tea Road."
ANSWER = "We are so sorry! Tell us your order number and we put it right today."
ANYBODY = "https://www.w3.org/ns/activitystreams#Public"
WHISPER = "Thank you. We send it again to that address today."


@pytest.fixture
def product(tmp_path: Path, snac_server: Snac) -> Iterator[Makegood]:
    with started(tmp_path / "home", {"MAKEGOOD_PRIVATE_HOSTS": snac_server.host}) as running:
        yield running


def test_hear_it_sort_it_answer_it(product: Makegood, browser: Browser, snac_server: Snac) -> None:
    shop, customer, stranger = (snac_server.create_user() for _ in range(3))
    with people(browser, product.url, 2) as (olga, page):
        first_run(olga, BRAND)
        connect_mastodon(olga, snac_server, shop)
        join(page, invite(olga))
        page.goto("/inbox/")
        expect(page.get_by_text("Nobody is waiting for an answer").first).to_be_visible()

        complaint = snac_server.post(customer, f"@{shop.name} {COMPLAINT}")
        secret = snac_server.post(customer, f"@{shop.name} {SECRET}", visibility="direct")

        answered_by_keyboard(page, customer)
        public = stands(snac_server, customer, complaint, ANSWER)
        assert public["account"]["username"] == shop.name
        assert public["visibility"] == "public"
        assert {ANYBODY, actor(snac_server, customer)} <= addressees(snac_server, public)
        assert ANSWER in seen_by_anybody(snac_server, shop)
        snac_server.told(customer, public)

        answered_in_private(page)
        private = stands(snac_server, customer, secret, WHISPER)
        assert addressees(snac_server, private) == {actor(snac_server, customer)}
        assert snac_server.under(stranger, secret) == []
        snac_server.told(customer, private)
        assert WHISPER not in seen_by_anybody(snac_server, shop)

        snac_server.edit(customer, complaint, f"@{shop.name} {CHANGED}")
        snac_server.delete(customer, secret)
        wait_until(lambda: snac_server.is_gone(shop, secret), "the deletion", seconds=60)
        drive(product.env, "tests.story.hasten")
        followed(page)

        olga.goto("/")
        expect(olga.get_by_role("heading", level=1)).to_contain_text("Nobody is waiting for an answer")


def answered_by_keyboard(page: Page, customer: SnacUser) -> None:
    """Malik finds the complaint in his inbox and answers without touching the mouse."""
    heard = row(page, COMPLAINT)
    expect(heard).to_be_visible(timeout=90_000)
    expect(heard).to_contain_text("Complaint")
    expect(page).to_have_title("(2) Inbox · Makegood")
    for _ in range(2):
        page.keyboard.press("j")
        if COMPLAINT in page.locator(":focus").inner_text():
            break
    page.keyboard.press("Enter")
    pane = page.locator("[data-conversation]")
    expect(pane.locator("#thread")).to_contain_text(COMPLAINT)
    expect(pane).to_contain_text(customer.name)
    expect(pane.get_by_role("button", name="Make it good")).to_have_attribute("aria-pressed", "true")
    expect(pane).to_contain_text("Due in")
    expect(pane).to_contain_text("Answers in public as")

    page.keyboard.press("a")
    expect(pane.locator("#assignee option:checked")).to_have_text("Malik")
    answer(page, ANSWER)
    expect(pane.get_by_role("button", name="Undo")).to_be_visible()
    expect(pane.locator(".msg-out", has_text=ANSWER)).to_be_visible()
    expect(pane).to_contain_text("Answered in time")
    expect(page).to_have_title("(1) Inbox · Makegood")
    tells_how_malik_answered(pane)


def answered_in_private(page: Page) -> None:
    """What was said to the shop alone is answered to its author alone, and the page says so beforehand."""
    pane = open_row(page, SECRET)
    expect(pane.locator("#thread .badge-seen")).to_be_visible()
    expect(pane).to_contain_text("Only they see it. Answers as")
    answer(page, WHISPER)
    expect(pane.locator(".msg-out", has_text=WHISPER)).to_be_visible()
    expect(page).to_have_title("Inbox · Makegood")


def followed(page: Page) -> None:
    """Malik sees what the customer has changed and taken back, on pages that he does not have to reload."""
    pane = page.locator("[data-conversation]")
    expect(pane.locator("#thread")).to_contain_text("Its author deleted this")
    expect(page.get_by_text(SECRET)).to_have_count(0)
    expect(history(pane)).to_contain_text("removed its text, as its author deleted it")
    page.goto("/inbox/?view=waiting")
    pane = open_row(page, CHANGED)
    expect(pane.locator("#thread")).to_contain_text("edited")
    expect(page.get_by_text(COMPLAINT)).to_have_count(0)
    expect(history(pane)).to_contain_text("took over what its author changed")


def stands(server: Snac, customer: SnacUser, post: dict[str, Any], text: str) -> dict[str, Any]:
    """The one answer that stands under a post as the customer sees it, once it does."""
    wait_until(lambda: server.under(customer, post) or None, "the answer on the server", seconds=60)
    (found,) = server.under(customer, post)
    assert text in re.sub(r"<[^>]+>", "", found["content"])
    return found


def actor(server: Snac, user: SnacUser) -> str:
    """The address by which somebody is written to."""
    return f"{server.url}/{user.name}"


def addressees(server: Snac, post: dict[str, Any]) -> set[str]:
    """To whom a post goes, as the server keeps it."""
    (kept,) = [each for each in server.folder.glob("object/*/*.json") if post["uri"] == read(each).get("id")]
    found = read(kept)
    return {address for field in ("to", "cc") for address in listed(found.get(field))}


def read(file: Path) -> dict[str, Any]:
    """A file of the server's."""
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def listed(value: str | list[str] | None) -> list[str]:
    """ActivityPub writes one as itself, several as a list."""
    return value if isinstance(value, list) else [value] if value else []


def seen_by_anybody(server: Snac, account: SnacUser) -> str:
    """The account's page as the whole world can read it."""
    return server.http.get(f"{server.url}/{account.name}").raise_for_status().text
