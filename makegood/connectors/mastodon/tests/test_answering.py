"""Answering on a real snac server."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from makegood.activity import Activity, Visibility
from makegood.connectors.contract import Draft, Upload, Verdict
from makegood.connectors.mastodon.read import read
from makegood.connectors.mastodon.tests.helpers import connected, trouble_of
from makegood.connectors.mastodon.write import find, new_key, reply
from tests.servers.base import wait_until
from tests.servers.snac import Snac, SnacUser

pytestmark = pytest.mark.mastodon

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Said:
    """What a customer said, as the server has it (`status`) and as a reading brought it (`heard`)."""

    def __init__(self, status: dict[str, Any], heard: Activity) -> None:
        self.status = status
        self.heard = heard

    def answer(self, text: str, **more: Any) -> Draft:
        """A reply to it, as the outbox makes one."""
        told: dict[str, Any] = {
            "parent_revision": self.heard.revision,
            "handle": self.heard.author.handle,
            "visibility": self.heard.visibility,
            **more,
        }
        return Draft(key=new_key(), text=text, parent_id=self.heard.id, **told)


async def say(
    server: Snac, customer: SnacUser, shop: SnacUser, credentials: dict[str, Any], text: str, **more: Any
) -> Said:
    """The customer says something to the shop, and the shop hears it."""
    status = server.post(customer, f"@{shop.name} {text}", **more)
    server.told(shop, status)
    page = await read(credentials, {})
    return Said(status, next(each for each in page.activities if each.id == status["uri"]))


async def test_a_reply_stands_under_the_post_and_its_author_is_told(
    snac_server: Snac, shop: SnacUser, customer: SnacUser
) -> None:
    credentials = await connected(snac_server, shop)
    root = await say(snac_server, customer, shop, credentials, "my tea never came")
    draft = root.answer("Sorry! See https://example.com/a_b_c?d=e, *please*.", language="en-GB")
    assert await find(credentials, draft) is None
    made = await reply(credentials, draft)
    (standing,) = snac_server.under(shop, root.status)
    assert (standing["uri"], standing["url"]) == (made.id, made.url)
    assert standing["text"] == f"@{customer.name} Sorry! See https://example.com/a_b_c?d=e, *please*."
    assert standing["visibility"] == "public"
    assert f'href="{snac_server.url}/{customer.name}" class="u-url mention"' in standing["content"]
    snac_server.told(customer, standing)
    found = await find(credentials, draft)
    assert found is not None
    assert (found.id, found.url) == (made.id, made.url)


async def test_the_name_is_not_put_before_a_text_that_has_it(
    snac_server: Snac, shop: SnacUser, customer: SnacUser
) -> None:
    credentials = await connected(snac_server, shop)
    root = await say(snac_server, customer, shop, credentials, "my tea never came")
    for text in (f"Dear @{customer.name}, sorry", f"Dear @{customer.name}@{snac_server.host}, sorry"):
        await reply(credentials, root.answer(text))
    texts = {each["text"] for each in snac_server.under(shop, root.status)}
    assert texts == {f"Dear @{customer.name}, sorry"}


async def test_what_was_said_in_private_is_answered_in_private(
    snac_server: Snac, shop: SnacUser, customer: SnacUser
) -> None:
    credentials = await connected(snac_server, shop)
    follower = snac_server.create_user()
    root = await say(snac_server, customer, shop, credentials, "my address is 1 Tea Road", visibility="direct")
    draft = root.answer("It is on its way", visibility=root.heard.visibility)
    made = await reply(credentials, draft)
    # Even when the one who sends it says otherwise, it is not seen by more people than the question.
    wide = await reply(credentials, root.answer("Out today", visibility=Visibility.PUBLIC))
    for sent in (made, wide):
        assert snac_server.http.get(sent.id, headers={"accept": "application/activity+json"}).status_code == 404
        (under,) = [each for each in snac_server.under(shop, root.status) if each["uri"] == sent.id]
        assert under["visibility"] == "private"
    assert snac_server.under(follower, root.status) == []
    # Private posts are in no list of the account's posts, and are found all the same.
    found = await find(credentials, draft)
    assert found is not None
    assert found.id == made.id


async def test_a_public_question_can_be_answered_in_private(
    snac_server: Snac, shop: SnacUser, customer: SnacUser
) -> None:
    credentials = await connected(snac_server, shop)
    root = await say(snac_server, customer, shop, credentials, "my tea never came")
    draft = root.answer("What is your address?", visibility=Visibility.DIRECT)
    made = await reply(credentials, draft)
    assert snac_server.http.get(made.id, headers={"accept": "application/activity+json"}).status_code == 404
    wait_until(lambda: _sees(snac_server, customer, root.status, made.id), "the answer", seconds=60)


def _sees(server: Snac, user: SnacUser, root: dict[str, Any], uri: str) -> bool:
    return uri in {each["uri"] for each in server.under(user, root)}


async def test_a_content_warning_goes_with_the_answer_as_it_is(
    snac_server: Snac, shop: SnacUser, customer: SnacUser
) -> None:
    credentials = await connected(snac_server, shop)
    root = await say(snac_server, customer, shop, credentials, "a spider in my tea", spoiler_text="Spider")
    assert root.heard.warning == "Spider"
    await reply(credentials, root.answer("Oh no", warning=root.heard.warning))
    assert [each["spoiler_text"] for each in snac_server.under(shop, root.status)] == ["Spider"]


async def test_a_picture_goes_with_its_description(snac_server: Snac, shop: SnacUser, customer: SnacUser) -> None:
    credentials = await connected(snac_server, shop)
    root = await say(snac_server, customer, shop, credentials, "what does it look like?")
    files = (Upload(content=PNG, type="image/png", alt="A blue pot", name="pot.png"),)
    await reply(credentials, root.answer("Like this", media=files))
    (standing,) = snac_server.under(shop, root.status)
    (shown,) = standing["media_attachments"]
    assert (shown["type"], shown["description"]) == ("image", "A blue pot")
    assert snac_server.http.get(shown["url"]).content == PNG


async def test_a_reply_to_what_was_deleted_is_refused(snac_server: Snac, shop: SnacUser, customer: SnacUser) -> None:
    credentials = await connected(snac_server, shop)
    root = await say(snac_server, customer, shop, credentials, "my tea never came")
    snac_server.delete(customer, root.status)
    wait_until(lambda: snac_server.is_gone(shop, root.status), "the deletion", seconds=60)
    for revision in (root.heard.revision, ""):
        draft = root.answer("Sorry", parent_revision=revision)
        trouble = await trouble_of(reply(credentials, draft))
        assert trouble.verdict is Verdict.REFUSE
        assert "deleted" in trouble.sentence


async def test_another_answer_to_the_same_post_is_not_taken_for_this_one(
    snac_server: Snac, shop: SnacUser, customer: SnacUser
) -> None:
    credentials = await connected(snac_server, shop)
    root = await say(snac_server, customer, shop, credentials, "my tea never came")
    other = await say(snac_server, customer, shop, credentials, "and my pot broke")
    await reply(credentials, root.answer("We are sorry"))
    assert await find(credentials, root.answer("We are so sorry")) is None
    assert await find(credentials, other.answer("We are sorry")) is None
    snac_server.post(customer, "We are sorry", reply_to=other.status)
    assert await find(credentials, other.answer("We are sorry")) is None
