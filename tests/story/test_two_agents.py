"""The story of two: Olga, who owns the shop, and Malik, who is new, in two browsers at once on a real network."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.operations.command import Makegood
from tests.servers.atproto import AtprotoNetwork, TestAccount
from tests.servers.base import wait_until
from tests.servers.jetstream import Jetstream
from tests.story.scene import (
    answer,
    connect_bluesky,
    first_run,
    history,
    invite,
    join,
    open_row,
    people,
    row,
)

pytestmark = [pytest.mark.atproto, pytest.mark.browser, pytest.mark.slow]

BRAND = "Tonhof"
PARCEL = f"My parcel from {BRAND} never arrived. Three weeks and nobody answers, I want my money back!"
AGAIN = f"Still no word from {BRAND} about the parcel. Where is it? This is a disgrace."
BOWL = f"The bowl from {BRAND} came broken. I am very disappointed, please refund it."
LID = f"The lid of my {BRAND} teapot does not fit. Very annoying, I want a replacement!"
JUG = f"My new jug from {BRAND} leaks all over the table. Terrible, I want a refund!"
JUG_AGAIN = f"And now the handle of the {BRAND} jug came off as well. I want a refund!"
CURT = "Take another lid."
OLGAS = "We are sorry! A new bowl leaves here today."
PROPOSED = "Sorry. Tell us your order number."
AMENDED = "We are so sorry, Lena! Tell us your order number and it leaves again today."


@dataclass
class Story:
    """Who is in it, and what the customers have said, by its text."""

    network: AtprotoNetwork
    olga: Page
    malik: Page
    shop: TestAccount
    jug_owner: TestAccount
    said: dict[str, str]


def test_two_agents_in_two_browsers(
    product: Makegood, browser: Browser, atproto_network: AtprotoNetwork, jetstream_server: Jetstream
) -> None:
    shop, lena, nils, pia, otto = (atproto_network.create_account() for _ in range(5))
    with people(browser, product.url, 2) as (olga, malik):
        first_run(olga, BRAND)
        connect_bluesky(olga, atproto_network, shop)
        join(malik, invite(olga))
        has_to_learn(olga)
        wait_until(lambda: jetstream_server.stats()["clients"] or None, "the listener to follow the stream")
        spoken = ((lena, PARCEL), (lena, AGAIN), (nils, BOWL), (pia, LID), (otto, JUG))
        said = {text: atproto_network.post(account, text) for account, text in spoken}
        story = Story(atproto_network, olga, malik, shop, otto, said)
        for page in (olga, malik):
            page.goto("/inbox/")
            expect(page).to_have_title("(5) Inbox · Makegood")

        they_see_each_other(story)
        they_do_not_collide(story)
        a_note_rings_the_bell(story)
        an_answer_is_amended_and_approved(story)
        an_answer_is_sent_back(story)
        what_was_put_off_comes_back(story)
        two_cases_become_one_and_two_again(story)
        many_are_closed_and_opened_again(story)


def has_to_learn(olga: Page) -> None:
    """Olga wants to read what Malik writes before it goes out."""
    olga.goto("/people/")
    button = olga.get_by_role("button", name=re.compile("Learning.*Malik"))
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def present(page: Page) -> Locator:
    """Who else is there."""
    return page.locator("#present")


def they_see_each_other(story: Story) -> None:
    """Both open the same conversation; Malik begins to write."""
    open_row(story.malik, BOWL)
    open_row(story.olga, BOWL)
    expect(present(story.malik)).to_contain_text("Olga is reading")
    expect(present(story.olga)).to_contain_text("Malik is reading")


def they_do_not_collide(story: Story) -> None:
    """Each is warned of the other before two answers go out, and only one does."""
    olga, malik = story.olga, story.malik
    olga.keyboard.press("r")
    olga.keyboard.type(OLGAS)
    expect(olga.locator("[data-draft-state]")).to_have_text("Draft saved")
    malik.keyboard.press("r")
    malik.keyboard.type("Oh dear")
    expect(present(olga)).to_contain_text("Malik is writing an answer")
    malik.keyboard.type(", we look into it.")
    olga.keyboard.press("Control+Enter")
    expect(olga.locator(".collision")).to_contain_text("Malik is writing an answer right now. Ask them first.")
    assert story.network.replies_under(story.said[BOWL]) == []
    olga.get_by_role("button", name="Send anyway").click()
    expect(olga.locator("#outbox").get_by_role("button", name="Undo")).to_be_visible()

    expect(malik.locator("#outbox")).to_contain_text(OLGAS)
    malik.locator("#reply-text").focus()
    malik.keyboard.press("Control+Enter")
    expect(malik.locator(".collision")).to_contain_text("Olga has an answer on its way. Read it first.")
    for page in (olga, malik):
        expect(page.locator("#thread .msg-out", has_text=OLGAS)).to_be_visible()
    malik.locator("#reply-text").fill("")
    expect(malik.locator("[data-draft-state]")).to_have_text("Draft saved")
    story.network.settle()
    assert story.network.replies_under(story.said[BOWL]) == [OLGAS]


def a_note_rings_the_bell(story: Story) -> None:
    """Malik asks Olga, by name, and she is told wherever she is."""
    olga, malik = story.olga, story.malik
    expect(olga.locator("#bell")).not_to_contain_text("unread")
    pane = open_row(malik, PARCEL)
    expect(present(olga)).to_be_empty()
    malik.locator("#add-note").focus()
    malik.keyboard.type("@Ol")
    expect(malik.locator("#names-list [role=option]")).to_have_text("Olga")
    malik.keyboard.press("Enter")
    malik.keyboard.type("may I promise her a refund?")
    malik.get_by_role("button", name="Add the note").click()
    expect(pane.locator(".side-note .named")).to_have_text("@Olga")
    expect(olga.locator("#bell")).to_contain_text("1 unread")
    olga.locator("#bell").click()
    expect(olga.locator("#notices li.is-unread")).to_have_count(1)
    olga.locator("#notices .notice-link").click()
    expect(olga.locator(".side-note")).to_contain_text("@Olga may I promise her a refund?")
    expect(olga.locator(".side-note .is-me")).to_have_text("@Olga")


def an_answer_is_amended_and_approved(story: Story) -> None:
    """What Malik writes waits; Olga makes it kinder, and her words go out, once."""
    olga, malik = story.olga, story.malik
    answer(malik, PROPOSED)
    expect(malik.locator("#outbox")).to_contain_text("Malik asks for approval")
    expect(olga.locator("#approvals-link")).to_contain_text("1 waits for approval")
    olga.locator("#approvals-link a").click()
    card = olga.locator(".approval")
    expect(card).to_contain_text(PARCEL)
    assert story.network.replies_under(story.said[PARCEL]) == []
    card.locator("summary", has_text="Change").click()
    box = card.locator("textarea[name=text]")
    expect(box).to_have_value(PROPOSED)
    box.fill(AMENDED)
    card.get_by_role("button", name="Approve with changes").click()
    expect(card).to_contain_text("Approved. It goes out in a moment.")

    told = malik.locator("#thread .msg-out", has_text=AMENDED)
    expect(told).to_be_visible()
    told.locator("summary", has_text="What Olga changed").click()
    expect(told.locator("ins").first).to_be_visible()
    story.network.settle()
    assert story.network.replies_under(story.said[PARCEL]) == [AMENDED]
    written = sorted(post["value"]["text"] for post in story.network.repo_posts(story.shop))
    assert written == sorted([OLGAS, AMENDED])
    for step in ("Malik proposed an answer", "Olga approved the answer, with changes"):
        expect(history(malik.locator("[data-conversation]"))).to_contain_text(step)


def an_answer_is_sent_back(story: Story) -> None:
    """Olga declines what Malik writes next; it is in his box again, with her word, as he looks at it."""
    olga, malik = story.olga, story.malik
    olga.goto("/approvals/")
    expect(olga.get_by_text("Nothing waits for approval")).to_be_visible()
    open_row(malik, LID)
    answer(malik, CURT)
    expect(malik.locator("#reply-text")).to_have_value("")
    card = olga.locator(".approval")
    expect(card).to_contain_text(CURT)
    card.locator("summary", has_text="Decline").click()
    card.locator("textarea[name=note]").fill("Say sorry first, please.")
    card.get_by_role("button", name="Decline with this note").click()
    expect(malik.locator("#compose-notes")).to_contain_text("Olga sent your answer back: Say sorry first, please.")
    expect(malik.locator("#reply-text")).to_have_value(CURT)
    story.network.settle()
    assert story.network.replies_under(story.said[LID]) == []


def what_was_put_off_comes_back(story: Story) -> None:
    """Malik puts the jug off; it is out of everybody's sight until its owner writes again."""
    olga, malik = story.olga, story.malik
    olga.goto("/inbox/")
    expect(row(olga, JUG)).to_be_visible()
    pane = open_row(malik, JUG)
    malik.keyboard.press("z")
    malik.get_by_role("button", name="In 3 hours").click()
    expect(pane).to_contain_text("Put off until")
    for page in (olga, malik):
        expect(row(page, JUG)).to_have_count(0)
        # Out of sight, not out of the count: they wait all the same.
        expect(page).to_have_title("(3) Inbox · Makegood")
    story.network.post(story.jug_owner, JUG_AGAIN, reply_to=story.said[JUG])
    for page in (olga, malik):
        expect(row(page, JUG_AGAIN)).to_be_visible()
    expect(pane.locator("#thread")).to_contain_text(JUG_AGAIN)
    expect(history(pane)).to_contain_text("Malik put it off until")


def two_cases_become_one_and_two_again(story: Story) -> None:
    """Two threads of one customer are one case, as Olga says; another is merged into it, which was a mistake."""
    olga = story.olga
    pane = open_row(olga, AGAIN)
    expect(pane).to_contain_text("The same account, in another thread")
    pane.get_by_role("button", name="Join").click()
    expect(pane.locator(".case-others li")).to_have_count(1)
    first = pane.locator(".case-in strong").inner_text()

    open_row(olga, LID)
    olga.keyboard.press("c")
    expect(olga.get_by_role("heading", level=1)).to_have_text("Open a case")
    olga.locator("[name=title]").fill("Lids of another batch")
    olga.get_by_role("button", name="Open the case").click()
    expect(olga.get_by_role("heading", level=1)).to_have_text("Lids of another batch")
    expect(olga.locator(".case-convo")).to_have_count(1)

    olga.get_by_role("button", name="Merge").click()
    dialog = olga.locator("#merge-dialog")
    dialog.locator(".choice", has_text=first).click()
    dialog.get_by_role("button", name="Merge").click()
    expect(olga.get_by_role("heading", level=1)).to_have_text(first)
    expect(olga.locator(".case-convo")).to_have_count(3)

    olga.get_by_role("link", name="Lids of another batch").click()
    olga.get_by_role("button", name="Undo the merge").click()
    expect(olga.get_by_role("heading", level=1)).to_have_text("Lids of another batch")
    expect(olga.locator(".case-convo")).to_have_count(1)
    expect(olga.locator("#history")).to_contain_text("undid the merge")
    olga.goto("/cases/")
    expect(olga.locator(".case-link")).to_have_count(2)


def many_are_closed_and_opened_again(story: Story) -> None:
    """Malik closes three at once, too fast; one click brings them back, for Olga too."""
    olga, malik = story.olga, story.malik
    olga.goto("/inbox/")
    malik.get_by_role("button", name="Select", exact=True).click()
    texts = (AGAIN, LID, JUG_AGAIN)
    for text in texts:
        malik.locator(".row", has_text=text).locator("[data-pick]").check()
    bar = malik.locator("#bulk-form")
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Close").click()
    for page in (malik, olga):
        expect(page.get_by_text("Nobody is waiting for an answer").first).to_be_visible()
    malik.locator("[data-bulk-toast]").get_by_role("button", name="Undo").click()
    for page in (malik, olga):
        for text in texts:
            expect(row(page, text)).to_be_visible()
        expect(page).to_have_title("(3) Inbox · Makegood")
    done = history(open_row(malik, AGAIN))
    for step in ("Malik closed it", "Malik undid what was done to it"):
        expect(done).to_contain_text(step)
