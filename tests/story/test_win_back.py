"""The story of the teapot that was put right: five stars, praise passed on with permission, and the permission revoked.

A real AT Protocol network and a real snac server; the shop has an account on both. Days pass by
tests/story/days_later.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.operations.command import Makegood, drive
from tests.servers.atproto import AtprotoNetwork
from tests.servers.base import wait_until
from tests.servers.jetstream import Jetstream
from tests.servers.snac import Snac
from tests.story.carrying import Story, boosted_by_the_shop, boosts, passed_on, reposts
from tests.story.money import call_themselves, side
from tests.story.scene import (
    answer,
    connect_bluesky,
    connect_mastodon,
    first_run,
    history,
    invite,
    join,
    open_row,
    people,
    row,
    started,
    where_atproto_is,
)

pytestmark = [pytest.mark.atproto, pytest.mark.browser, pytest.mark.mastodon, pytest.mark.slow]

BRAND = "Federwerk"
COMPLAINT = f"My teapot from {BRAND} came in two halves and nobody answers. I am angry!"
ANSWER = "We are so sorry! A new teapot goes out to you today, and you keep the halves."
COMMENT = "The new teapot was here the next day."
PRAISE = "I love my new teapot! It pours beautifully, and Malik was so kind. Wonderful service!"
PRAISE_THERE = "I love my blue teapot! It keeps the tea warm for hours, what a wonderful shop!"
YES = "Sure, go ahead!"
TAKEN_BACK = "Please take it down again, I have changed my mind."
KUDOS = "You stayed calm and made Lena’s day."
WALL = "/wall/federwerk-teapots/"
EMPTY = "There is nothing here yet."
UPON_MASTODON = 90_000
"""Milliseconds: what stands on a server that has to be asked takes its time."""


@pytest.fixture
def product(
    tmp_path: Path, atproto_network: AtprotoNetwork, jetstream_server: Jetstream, snac_server: Snac
) -> Iterator[Makegood]:
    """Makegood, which may reach both networks."""
    with started(tmp_path / "home", where_atproto_is(atproto_network, jetstream_server)) as running:
        yield running


def test_won_back_and_carried_on(
    product: Makegood,
    browser: Browser,
    atproto_network: AtprotoNetwork,
    jetstream_server: Jetstream,
    snac_server: Snac,
) -> None:
    shop, lena = atproto_network.create_account(), atproto_network.create_account()
    call_themselves(atproto_network, lena, "Lena Vogt")
    shop_there, nils = snac_server.create_user(), snac_server.create_user()
    with people(browser, product.url, 3) as (olga, malik, visitor):
        story = Story(product, atproto_network, snac_server, olga, malik, visitor, shop, lena, shop_there, nils)
        first_run(olga, BRAND)
        connect_bluesky(olga, atproto_network, shop)
        connect_mastodon(olga, snac_server, shop_there)
        she_settles_when_to_ask_and_opens_the_wall(olga)
        join(malik, invite(olga))
        wait_until(lambda: jetstream_server.stats()["clients"] or None, "the listener to follow the stream", seconds=60)

        post = atproto_network.post(lena, COMPLAINT)
        address = he_answers_and_closes(story, post)
        link = he_asks_whether_it_is_right(story, address, post)
        she_gives_five_stars(story, address, link)

        praise = she_praises_and_allows_it(story, address)
        carried_on(malik, "Bluesky", lambda: len(reposts(story)))
        assert reposts(story) == [praise]
        assert passed_on(story, praise) == 1
        on_the_wall(malik, visitor, PRAISE)

        there, status = he_praises_and_allows_it(story)
        carried_on(malik, "Mastodon", lambda: boosts(story, status))
        assert boosted_by_the_shop(story, status)
        on_the_wall(malik, visitor, PRAISE_THERE)

        she_thanks_malik(story, address)
        she_takes_it_back(story, praise)
        he_takes_it_back(story, there, status)
        the_journal_has_it(malik, address, there)


def she_settles_when_to_ask_and_opens_the_wall(olga: Page) -> None:
    """The fewest days that there are, and a wall of what they choose."""
    olga.goto("/winback/settings/")
    olga.get_by_label("Days after it was resolved").fill("1")
    olga.get_by_role("button", name="Save").click()
    expect(olga.locator("#toasts")).to_contain_text("Saved")
    olga.goto("/praise/wall/")
    olga.get_by_label("The wall is open").check()
    olga.get_by_label("End of its address").fill(WALL.split("/")[2])
    olga.get_by_role("button", name="Save").click()
    expect(olga.locator("#wall-address")).to_have_value(re.compile(re.escape(WALL)))


def he_answers_and_closes(story: Story, post: str) -> str:
    """Malik takes it, answers in public and closes it; the conversation's address."""
    malik = story.malik
    malik.goto("/inbox/")
    heard = row(malik, COMPLAINT)
    expect(heard).to_be_visible()
    address = str(heard.get_attribute("href")).partition("?")[0]
    pane = open_row(malik, COMPLAINT)
    malik.keyboard.press("a")
    expect(pane.locator("#assignee option:checked")).to_have_text("Malik")
    answer(malik, ANSWER)
    expect(pane.locator(".msg-out", has_text=ANSWER)).to_be_visible()
    story.network.settle()
    assert story.network.replies_under(post) == [ANSWER]
    pane.locator("#close-it").click()
    expect(pane.locator("#close-it")).to_contain_text("Reopen")
    return address


def he_asks_whether_it_is_right(story: Story, address: str, post: str) -> str:
    """A day later the question lies ready, and nothing sends itself; he does. The link that stands in it."""
    malik = story.malik

    def a_day_passes() -> Any:
        return drive(story.product.env, "tests.story.days_later")["days"] or None

    assert wait_until(a_day_passes, "the follow-up to wait", seconds=90) == [1]
    malik.goto(address)
    part = side(malik.locator("[data-conversation]"), "followup")
    expect(part).to_contain_text("Ask whether it is resolved.")
    story.network.settle()
    assert story.network.replies_under(post) == [ANSWER]
    part.get_by_role("button", name="Use it").click()
    said = sent(malik, "Hi Lena, is everything all right now?")
    expect(part).to_contain_text("Asked whether it is resolved")
    story.network.settle()
    assert story.network.replies_under(post) == [ANSWER, said]
    found = re.search(r"http\S+/said/\S+/", said)
    assert found is not None, said
    return found[0]


def sent(page: Page, *shown: str) -> str:
    """The words that lie in the answer, with all of `shown` in them, are sent by keyboard; what they say."""
    box = page.locator("#reply-text")
    for words in shown:
        expect(box).to_have_value(re.compile(re.escape(words)))
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")
    said = box.input_value()
    box.press("Control+Enter")
    expect(page.locator("#thread .msg-out", has_text=shown[0])).to_be_visible()
    return said


def she_gives_five_stars(story: Story, address: str, link: str) -> None:
    """Without an account, on a page of its own; Malik reads it where he is."""
    visitor = story.visitor
    visitor.goto(link)
    visitor.get_by_role("radio", name="Very happy").check()
    visitor.get_by_role("radio", name="Yes", exact=True).check()
    visitor.locator("#comment").fill(COMMENT)
    visitor.locator("form button").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert visitor.context.cookies() == []
    part = side(story.malik.locator("[data-conversation]"), "followup")
    expect(part).to_contain_text("5 of 5")
    expect(part).to_contain_text("it is resolved")
    expect(part).to_contain_text(COMMENT)


def she_praises_and_allows_it(story: Story, address: str) -> str:
    """Lena praises, is asked for both uses in the thread, and says yes; the address of her praise."""
    malik, network = story.malik, story.network
    pane = malik.locator("[data-conversation]")
    praise = network.post(story.lena, PRAISE, reply_to=newest(story))
    expect(pane.locator("#thread")).to_contain_text(PRAISE)
    question = he_asks_for_permission(malik, pane, "repost it from our account here")
    network.settle()
    assert question in network.replies_under(praise)
    network.post(story.lena, YES, reply_to=newest(story))
    he_confirms(malik, pane)
    return praise


def newest(story: Story) -> str:
    """The newest post of the shop on Bluesky."""
    return str(story.network.repo_posts(story.shop)[0]["uri"])


def he_asks_for_permission(malik: Page, pane: Locator, use: str) -> str:
    """Beside the thread he chooses what for, and sends the question; its words."""
    part = side(pane, "praise")
    opened(part)
    asks = part.locator("details", has_text="Ask whether you may show it")
    opened(asks)
    asks.get_by_label("show it on the shop’s own site").check()
    asks.get_by_role("button", name="Put the question into the answer").click()
    return sent(malik, use, "show your words with your name on our website", "You can take it back at any time")


def opened(fold: Locator) -> None:
    """Unfolds it, where it is not."""
    if fold.get_attribute("open") is None:
        fold.locator("> summary").click()


def he_confirms(malik: Page, pane: Locator) -> None:
    """Makegood only proposes that it was a yes: Malik says so, by one key."""
    expect(pane.locator("#thread")).to_contain_text(YES, timeout=UPON_MASTODON)
    shown(malik, "/praise/", "That seems to be a yes.")
    expect(malik.locator(".praise-proposal")).to_contain_text(YES)
    malik.keyboard.press("y")
    expect(malik.locator("#toasts")).to_contain_text("Their permission is kept")
    allowed = malik.locator(".praise-permissions li")
    expect(allowed).to_have_count(2)
    expect(allowed.first).to_contain_text("noted by Malik")


def shown(page: Page, address: str, text: str) -> None:
    """Looks at a page again and again until it says something: not each part of a page refreshes by itself."""

    def looks() -> bool:
        page.goto(address)
        return text in page.locator("#main").inner_text()

    wait_until(looks, f"“{text}” at {address}", seconds=90)


def carried_on(malik: Page, network: str, count: Callable[[], int]) -> None:
    """He plans it for the day after tomorrow, then sends it now after all: `count` of the network goes from 0 to 1."""
    at = datetime.now(ZoneInfo("UTC")) + timedelta(days=2)
    expect(malik.get_by_label("By which account").locator("option:checked")).to_contain_text(network)
    malik.locator("#share-at").fill(at.strftime("%Y-%m-%dT%H:%M"))
    malik.get_by_role("button", name="Plan it").click()
    expect(malik.locator("#toasts")).to_contain_text("It is planned")
    planned = malik.locator("#share-list li.praise-row")
    expect(planned).to_contain_text("goes out on")
    assert count() == 0
    planned.get_by_role("button", name="Send it now").click()
    wait_until(lambda: count() == 1, f"the reshare on {network}", seconds=90)
    shown(malik, "/praise/shares/?view=shared", network)


def on_the_wall(malik: Page, visitor: Page, praise: str) -> None:
    """Only what a member puts there is shown, to people who are signed in nowhere."""
    visitor.goto(WALL)
    expect(visitor.get_by_text(praise)).to_have_count(0)
    malik.goto("/praise/wall/")
    malik.locator(".showing-row", has_text=praise).get_by_role("button", name="Show").click()
    expect(malik.locator("section[aria-labelledby=wall-now]")).to_contain_text(praise)
    visitor.reload()
    expect(visitor.locator(".mw-piece", has_text=praise)).to_be_visible()
    expect(visitor.locator(".mw-honest")).to_contain_text("It is not all that customers say.")


def he_praises_and_allows_it(story: Story) -> tuple[str, dict[str, Any]]:
    """Nils on Mastodon, the same way; the conversation's address and his praise."""
    malik, server = story.malik, story.server
    status = server.post(story.nils, f"@{story.shop_there.name} {PRAISE_THERE}")
    malik.goto("/inbox/?view=praise")
    heard = row(malik, PRAISE_THERE)
    expect(heard).to_be_visible(timeout=UPON_MASTODON)
    address = str(heard.get_attribute("href")).partition("?")[0]
    pane = open_row(malik, PRAISE_THERE)
    he_asks_for_permission(malik, pane, "boost it from our account here")
    question = wait_until(lambda: server.under(story.nils, status) or None, "the question on the server", seconds=60)[0]
    server.post(story.nils, f"@{story.shop_there.name} {YES}", reply_to=question)
    he_confirms(malik, pane)
    return address, status


def she_thanks_malik(story: Story, address: str) -> None:
    """Olga's kudos stand beside the conversation, and where Malik finds them."""
    olga, malik = story.olga, story.malik
    olga.goto(address)
    part = side(olga.locator("[data-conversation]"), "thanks")
    part.get_by_role("button", name="Thank somebody for this").click()
    dialog = olga.locator("#thanks-dialog")
    dialog.get_by_label("Whom do you thank?").select_option(label="Malik")
    dialog.get_by_label("What did they do?").fill(KUDOS)
    dialog.get_by_role("button", name="Thank them").click()
    expect(part).to_contain_text(f"Olga thanks Malik: {KUDOS}")
    malik.goto("/thanks/")
    kudos = malik.locator("#kudos li", has_text=KUDOS)
    expect(kudos).to_contain_text("Olga thanks Malik")
    expect(kudos.get_by_role("link", name="For Lena Vogt")).to_have_attribute("href", address)


def she_takes_it_back(story: Story, praise: str) -> None:
    """Lena writes so; with Malik's word it holds no longer: gone from the wall at once, the repost is deleted."""
    malik, visitor = story.malik, story.visitor
    story.network.post(story.lena, TAKEN_BACK, reply_to=newest(story))
    shown(malik, "/praise/", "may have taken back what they allowed")
    for _use in ("the repost", "the wall"):
        malik.locator(".praise-proposal").get_by_role("button", name="End the permission, take it down").click()
        expect(malik.locator("#toasts")).to_contain_text("The permission has ended")
    expect(malik.locator(".praise-proposal")).to_have_count(0)
    visitor.reload()
    expect(visitor.get_by_text(PRAISE)).to_have_count(0)
    expect(visitor.get_by_text(PRAISE_THERE)).to_be_visible()
    wait_until(lambda: reposts(story) == [], "the repost to be deleted", seconds=90)
    assert passed_on(story, praise) == 0
    all_down(malik)


def he_takes_it_back(story: Story, there: str, status: dict[str, Any]) -> None:
    """Nils has told Malik elsewhere: he ends both by hand, the wall is empty, the boost undone."""
    malik, visitor = story.malik, story.visitor
    malik.goto(there)
    part = side(malik.locator("[data-conversation]"), "praise")
    opened(part)
    part.get_by_role("link", name="Open").click()
    for left in (1, 0):
        fold = malik.locator(".praise-permissions details", has_text="They have taken it back").first
        opened(fold)
        fold.get_by_label("What they said").fill("Nils rang us up.")
        fold.get_by_role("button", name="End it and take everything down").click()
        expect(malik.locator(".praise-permissions details")).to_have_count(left)
    visitor.reload()
    expect(visitor.get_by_text(EMPTY)).to_be_visible()
    expect(visitor.locator(".mw-piece")).to_have_count(0)
    wait_until(lambda: boosts(story, status) == 0, "the boost to be undone", seconds=90)
    assert not boosted_by_the_shop(story, status)
    all_down(malik)


def all_down(malik: Page) -> None:
    """The page of the praise says of both permissions that nothing rests on them any more."""

    def looks() -> bool:
        malik.reload()
        return malik.locator("#main").inner_text().count("All of it is down.") == 2

    wait_until(looks, "all of it to be down", seconds=90)


def the_journal_has_it(malik: Page, address: str, there: str) -> None:
    """Each move, with who made it."""
    uses = "reshare it on the network, show it on the shop’s own site"
    both = (
        "Makegood found praise",
        f"Malik asked for permission to {uses}",
        f"Malik noted their permission to {uses}",
        "Malik planned to share the praise: reshared as it is",
        "shared the praise: reshared as it is",
        "Malik put it on the wall",
        "Malik ended the permission to reshare it on the network",
        "Malik ended the permission to show it on the shop’s own site",
        "took down what was shared (reshared as it is)",
        "Makegood noted that nothing is shown any more that rested on the permission to reshare it on the network",
    )
    hers = (
        "Makegood laid the question ready whether it is resolved",
        "Malik asked again whether it is resolved",
        "Makegood heard from them. They answered: 5 of 5, and it is resolved",
    )
    for where, steps in ((address, hers + both), (there, both)):
        malik.goto(where)
        what = history(malik.locator("[data-conversation]"))
        for step in steps:
            expect(what).to_contain_text(step)
