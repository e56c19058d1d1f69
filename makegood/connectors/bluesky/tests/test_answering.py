"""Answering on a real AT Protocol network: real PDS, real AppView."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from makegood.connectors.bluesky import CONNECTOR, delete
from makegood.connectors.bluesky.tests.helpers import connected, draft_with, expired, trouble_of
from makegood.connectors.bluesky.write import find, new_key, reply
from makegood.connectors.contract import Draft, Upload, Verdict
from tests.servers.atproto import AtprotoNetwork, TestAccount

pytestmark = pytest.mark.atproto


async def test_a_reply_stands_under_the_post_and_is_found_again(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, f"@{shop.handle} my tea never came", mention=shop)
    middle = network.post(customer, "Third day", reply_to=root)
    key = new_key()
    assert await find(credentials, draft_with(key)) is None
    text = f"Sorry, @{customer.handle}! 🍵 See https://example.com/help (#tea)."
    made = await reply(credentials, Draft(key=key, text=text, parent_id=middle, language="en"))
    network.settle()
    assert made.id == f"at://{shop.did}/app.bsky.feed.post/{key}"
    assert made.url == f"https://bsky.app/profile/{shop.did}/post/{key}"
    assert network.replies_under(middle) == [text]
    assert await find(credentials, draft_with(key)) == made

    record = network.repo_posts(shop)[0]["value"]
    assert record["langs"] == ["en"]
    assert record["reply"]["root"] == network.ref(root)
    parts = {
        text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(): facet["features"][0]
        for facet in record["facets"]
    }
    assert parts[f"@{customer.handle}"]["did"] == customer.did
    assert parts["https://example.com/help"]["uri"] == "https://example.com/help"
    assert parts["#tea"]["tag"] == "tea"
    # The customer is told of it, which is what answering is for.
    told = network.call("app.bsky.notification.listNotifications", account=customer)["notifications"]
    assert [note["uri"] for note in told] == [made.id]


async def test_a_key_is_never_written_twice(network: AtprotoNetwork, shop: TestAccount, customer: TestAccount) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My tea never came")
    draft = Draft(key=new_key(), text="We are sorry", parent_id=root)
    first = await reply(credentials, draft)
    second = await reply(credentials, draft)
    changed = await reply(credentials, Draft(key=draft.key, text="Something else", parent_id=root))
    network.settle()
    assert first == second == changed
    assert network.replies_under(root) == ["We are sorry"]
    assert len(network.repo_posts(shop)) == 1


async def test_a_reply_with_an_expired_session_is_sent_once_and_renews_it(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My tea never came")
    old = {**credentials, "access": expired(credentials["access"])}
    made = await reply(old, Draft(key=new_key(), text="We are sorry", parent_id=root))
    network.settle()
    assert made.credentials is not None
    assert network.replies_under(root) == ["We are sorry"]


async def refused(network: AtprotoNetwork, shop: TestAccount, parent: str, text: str = "We are sorry") -> str:
    """The sentence of a reply that is refused; nothing may have been written."""
    credentials = await connected(network, shop)
    before = len(network.repo_posts(shop))
    trouble = await trouble_of(reply(credentials, Draft(key=new_key(), text=text, parent_id=parent)))
    assert trouble.verdict is Verdict.REFUSE
    assert len(network.repo_posts(shop)) == before
    return trouble.sentence


async def test_a_deleted_parent_is_refused(network: AtprotoNetwork, shop: TestAccount, customer: TestAccount) -> None:
    root = network.post(customer, "My tea never came")
    network.delete(customer, root)
    assert "no longer on Bluesky" in await refused(network, shop, root)


async def test_a_customer_who_blocked_us_cannot_be_answered(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    root = network.post(customer, "My tea never came")
    network.block(customer, shop.did)
    assert "has blocked your account" in await refused(network, shop, root)


async def test_somebody_we_blocked_cannot_be_answered(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    root = network.post(customer, "My tea never came")
    block = network.block(shop, customer.did)
    assert "Your account blocks" in await refused(network, shop, root)
    network.delete(shop, block)
    credentials = await connected(network, shop)
    assert await reply(credentials, Draft(key=new_key(), text="We are sorry", parent_id=root))


async def test_closed_replies_are_refused(network: AtprotoNetwork, shop: TestAccount, customer: TestAccount) -> None:
    root = network.post(customer, "My tea never came")
    network.close_replies(customer, root)
    assert "closed the replies" in await refused(network, shop, root)


async def test_an_author_whose_account_was_taken_down_is_refused(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    root = network.post(customer, "My tea never came")
    network.take_down(customer.did)
    network.settle()
    sentence = await refused(network, shop, root)
    assert "no longer on Bluesky" in sentence


async def test_the_network_takes_exactly_what_we_allow_and_no_more(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    root = network.post(customer, "My tea never came")
    credentials = await connected(network, shop)
    family = "👩‍👩‍👧‍👦"
    for text in ("é" * 300, "🇩🇪" * 300, family * 119):
        assert CONNECTOR.count is not None
        assert CONNECTOR.count(text) <= 300
        await reply(credentials, Draft(key=new_key(), text=text, parent_id=root))
    network.settle()
    assert len(network.replies_under(root)) == 3
    assert "1 characters too long" in await refused(network, shop, root, "é" * 301)
    assert "3,000 bytes" in await refused(network, shop, root, family * 121)
    assert "empty" in await refused(network, shop, root, " \n ")


async def test_a_reply_can_be_taken_back(network: AtprotoNetwork, shop: TestAccount, customer: TestAccount) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My tea never came")
    key = new_key()
    await reply(credentials, Draft(key=key, text="We are sorry", parent_id=root))
    await delete(credentials, key)
    await delete(credentials, key)
    network.settle()
    assert network.replies_under(root) == []
    assert await find(credentials, draft_with(key)) is None


def picture(color: str = "teal", kind: str = "JPEG", side: int = 64) -> bytes:
    """A small whole picture."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), color).save(out, kind)
    return out.getvalue()


async def test_pictures_go_out_with_their_descriptions(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My teapot came broken")
    files = (
        Upload(picture(), "image/jpeg", "The new teapot, in teal"),
        Upload(picture("white", "PNG"), "image/png", ""),
    )
    draft = Draft(key=new_key(), text="Here is the new one", parent_id=root, media=files)
    made = await reply(credentials, draft)
    assert await reply(credentials, draft) == made, "sent once, pictures and all"
    network.settle()
    embed = network.repo_posts(shop)[0]["value"]["embed"]
    assert [image["alt"] for image in embed["images"]] == ["The new teapot, in teal", ""]
    assert [image["image"]["mimeType"] for image in embed["images"]] == ["image/jpeg", "image/png"]
    params = {"did": shop.did, "cid": embed["images"][0]["image"]["ref"]["$link"]}
    kept = network.http.get(f"{network.pds_url}/xrpc/com.atproto.sync.getBlob", params=params)
    assert kept.content == files[0].content
    shown = network.thread(root)["replies"][0]["post"]["embed"]["images"]
    assert [image["alt"] for image in shown] == ["The new teapot, in teal", ""]


async def test_a_picture_of_exactly_one_megabyte_is_taken_and_a_larger_one_is_not_sent(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My teapot came broken")
    whole = picture()
    # Decoders read a JPEG to its end mark; what follows only makes the file larger.
    fits = Upload(whole + b"\0" * (1_000_000 - len(whole)), "image/jpeg", "Just right")
    assert await reply(credentials, Draft(key=new_key(), text="Look", parent_id=root, media=(fits,)))
    over = Upload(fits.content + b"\0", "image/jpeg", "Too large")
    trouble = await trouble_of(reply(credentials, Draft(key=new_key(), text="Look", parent_id=root, media=(over,))))
    assert (trouble.verdict, "larger than Bluesky takes" in trouble.sentence) == (Verdict.REFUSE, True)
    five = (Upload(picture(), "image/jpeg"),) * 5
    trouble = await trouble_of(reply(credentials, Draft(key=new_key(), text="Look", parent_id=root, media=five)))
    assert "takes 4 pictures" in trouble.sentence
    film = (Upload(b"film", "video/mp4"),)
    trouble = await trouble_of(reply(credentials, Draft(key=new_key(), text="Look", parent_id=root, media=film)))
    assert "not a picture" in trouble.sentence


async def test_a_quote_is_shown_under_the_text_with_pictures_or_without(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My tea never came")
    praise = network.post(customer, "Their teapots are the best")
    file = Upload(picture(), "image/jpeg", "A teapot")
    for media in ((), (file,)):
        draft = Draft(key=new_key(), text="You said", parent_id=root, quoted_id=praise, media=media)
        await reply(credentials, draft)
    network.settle()
    shown = [one["post"]["embed"] for one in network.thread(root)["replies"]]
    quotes = sorted((one["$type"], (one["record"].get("record") or one["record"])["uri"]) for one in shown)
    assert quotes == [("app.bsky.embed.record#view", praise), ("app.bsky.embed.recordWithMedia#view", praise)]


async def test_a_quote_that_is_gone_or_not_wanted_is_refused(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My tea never came")
    gone = network.post(customer, "Soon gone")
    network.delete(customer, gone)
    closed = network.post(customer, "Do not quote me")
    gate = {
        "post": closed,
        "createdAt": "2026-11-22T10:00:00.000Z",
        "embeddingRules": [{"$type": "app.bsky.feed.postgate#disableRule"}],
    }
    network.record(customer, "app.bsky.feed.postgate", gate, rkey=closed.rsplit("/", 1)[1])
    for quoted, said in ((gone, "no longer on Bluesky"), (closed, "does not let others quote"), ("x", "no longer")):
        draft = Draft(key=new_key(), text="You said", parent_id=root, quoted_id=quoted)
        trouble = await trouble_of(reply(credentials, draft))
        assert trouble.verdict is Verdict.REFUSE
        assert said in trouble.sentence
    assert network.repo_posts(shop) == []


async def test_parts_stand_under_each_other_without_waiting_for_the_appview(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My tea never came")
    parent = root
    for number in (1, 2, 3):
        # No settle in between: the AppView need not have seen the part before.
        made = await reply(credentials, Draft(key=new_key(), text=f"Sorry ({number}/3)", parent_id=parent))
        parent = made.id
    network.settle()
    texts, under = [], network.thread(root)
    while under.get("replies"):
        under = under["replies"][0]
        texts.append(under["post"]["record"]["text"])
        assert under["post"]["record"]["reply"]["root"]["uri"] == root
    assert texts == ["Sorry (1/3)", "Sorry (2/3)", "Sorry (3/3)"]


async def test_a_part_whose_part_before_is_gone_is_refused(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My tea never came")
    first = new_key()
    made = await reply(credentials, Draft(key=first, text="Sorry (1/2)", parent_id=root))
    await delete(credentials, first)
    trouble = await trouble_of(reply(credentials, Draft(key=new_key(), text="Sorry (2/2)", parent_id=made.id)))
    assert (trouble.verdict, "part of your answer before" in trouble.sentence) == (Verdict.REFUSE, True)
