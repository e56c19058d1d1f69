"""The composer: what it shows before anyone types, and what each of its buttons does, for whom."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from makegood.connectors.contract import Connector
from makegood.desk.models import Conversation, Message
from makegood.desk.tests.make import conversation_with
from makegood.kit import clock
from makegood.listen.models import Channel
from makegood.reply.models import ReplyMedia
from makegood.reply.tests import testnet
from makegood.web.tests.answering.asking import COMPLAINT, LONG, do, page, picture, replies

pytestmark = pytest.mark.django_db


# ---- parts, as one types


def test_what_is_typed_is_kept_and_answered_with_how_it_goes_out(talk: Conversation, as_malik: Client) -> None:
    html = do(as_malik, "reply-draft", talk.pk, text="We are sorry", purpose="answer", counters="1").content.decode()
    assert "28 left" in html
    html = do(as_malik, "reply-draft", talk.pk, text=LONG, purpose="answer", counters="1").content.decode()
    assert "3 posts" in html
    assert "Keep the old one. (3/3)" in html
    html = do(as_malik, "reply-draft", talk.pk, text=LONG, purpose="answer", counters=["1", "0"]).content.decode()
    assert "(3/3)" not in html
    (draft,) = replies(talk)
    assert (draft.text, draft.counters) == (LONG, False)
    assert do(as_malik, "reply-send", talk.pk, text=LONG, counters=["0"]).status_code == 200
    assert not any("(1/" in one.text for one in replies(talk))


def test_what_is_wrong_is_said_as_one_types_and_nothing_is_lost(talk: Conversation, as_malik: Client) -> None:
    text = "Sorry " + "o" * 60
    html = do(as_malik, "reply-draft", talk.pk, text=text).content.decode()
    assert 'data-problem="1"' in html
    assert "longer than one post" in html
    answer = do(as_malik, "reply-send", talk.pk, text=text)
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert replies(talk)[0].state == "draft"


def test_links_and_the_address_are_counted_as_the_network_counts(
    talk: Conversation, as_malik: Client, network: Callable[[Connector], None]
) -> None:
    network(testnet.LINKED)
    text = "See https://example.com/a/very/long/address/of/ours"
    html = do(as_malik, "reply-draft", talk.pk, text=text).content.decode()
    assert f"{60 - len('@ada See 0123456789')} left" in html
    assert "The link counts 10" in html
    assert "@ada stands before it" in html


def test_the_page_says_what_the_network_allows_and_where_that_is_written(
    talk: Conversation, as_malik: Client, network: Callable[[Connector], None]
) -> None:
    network(testnet.STRICT)
    html = page(as_malik, talk)
    for said in ("Only people who have written to you first.", "for 24 hours", "Each answer costs $0.01."):
        assert said in html
    assert html.count(f'href="{testnet.SOURCE}"') >= 4
    assert "Can be answered until" in html


def test_when_the_window_is_over_it_cannot_be_answered(
    talk: Conversation, as_malik: Client, network: Callable[[Connector], None]
) -> None:
    network(testnet.STRICT)
    talk.latest.posted_at = clock.now() - timedelta(hours=25)
    talk.latest.save()
    html = page(as_malik, talk)
    assert "It is too late to answer from here." in html
    assert 'id="reply-text"' not in html
    assert do(as_malik, "reply-send", talk.pk, text="Sorry").status_code == 422


# ---- who sees it


@pytest.mark.parametrize(
    ("visibility", "said", "badge"),
    [
        ("direct", "Only they see it.", "Private"),
        ("private", "Only your followers and they see it.", "Followers only"),
        ("unlisted", "Answers unlisted, as it was asked", "Unlisted"),
        ("public", "Answers in public as", ""),
    ],
)
def test_it_says_who_will_see_the_answer(
    account: Channel, as_malik: Client, visibility: str, said: str, badge: str
) -> None:
    talk = conversation_with(account, COMPLAINT, visibility=visibility)
    html = page(as_malik, talk)
    assert said in html
    assert badge in html
    assert ("badge-seen" in html) == bool(badge)


def test_a_content_warning_folds_the_text(account: Channel, as_malik: Client) -> None:
    html = page(as_malik, conversation_with(account, COMPLAINT, warning="Broken china"))
    assert '<details class="fold msg-warned"' in html
    assert "Goes out under their content warning: “Broken china”" in html


def test_a_quote_is_put_on_and_taken_off(talk: Conversation, as_malik: Client) -> None:
    message = Message.objects.within(talk.workspace_id).get(conversation=talk)
    html = do(as_malik, "reply-options", talk.pk, text="You said", quote=message.pk).content.decode()
    assert "compose-quote" in html
    assert "You said" in html
    html = do(as_malik, "reply-options", talk.pk, text="You said", quote="").content.decode()
    assert "compose-quote" not in html
    for nonsense in ("9" * 30, "x", "-1", "0"):
        assert "compose-quote" not in do(as_malik, "reply-options", talk.pk, text="a", quote=nonsense).content.decode()


def test_quotes_are_offered_only_where_there_are_quotes(
    account: Channel, talk: Conversation, as_malik: Client, network: Callable[[Connector], None]
) -> None:
    assert "Quote it in your answer" in page(as_malik, talk)
    hidden = conversation_with(account, COMPLAINT, visibility="direct")
    assert "Quote it in your answer" not in page(as_malik, hidden)
    network(testnet.PLAIN)
    assert "Quote it in your answer" not in page(as_malik, talk)


# ---- private, and the closing line


def test_it_goes_on_in_private_and_ends_in_public(talk: Conversation, as_malik: Client) -> None:
    html = do(as_malik, "reply-options", talk.pk, text="Your address?", mode="private").content.decode()
    assert "Only they see it." in html
    assert "We have sent you a private message." in html
    sent = {"text": "Your address?", "purpose": "private", "say_so": "1", "follow_up": "See your messages."}
    assert do(as_malik, "reply-send", talk.pk, **sent).status_code == 200
    first, second = replies(talk)
    assert [(one.text, one.visibility) for one in (first, second)] == [
        ("Your address?", "direct"),
        ("See your messages.", "public"),
    ]
    Conversation.objects.within(talk.workspace_id).update(private_at=clock.now())
    html = page(as_malik, talk)
    assert "Write the closing line" in html
    html = do(as_malik, "reply-options", talk.pk, text="", mode="closing").content.decode()
    assert "A public closing line" in html


def test_by_the_networks_own_page_it_is_noted_and_the_line_goes_out(
    talk: Conversation, as_malik: Client, network: Callable[[Connector], None]
) -> None:
    network(testnet.LINKED)
    html = do(as_malik, "reply-options", talk.pk, text="", mode="private").content.decode()
    assert "https://example.org/message/ada" in html
    said = {"text": "", "purpose": "private", "say_so": "1", "follow_up": "See your messages.", "handoff": "1"}
    assert do(as_malik, "reply-send", talk.pk, **said).status_code == 200
    by_hand, line = replies(talk)
    assert (by_hand.by_hand, by_hand.visibility, line.text, line.state) == (
        True,
        "direct",
        "See your messages.",
        "queued",
    )
    talk.refresh_from_db()
    assert talk.private_at is not None


def test_where_there_is_no_private_way_none_is_offered(
    talk: Conversation, as_malik: Client, network: Callable[[Connector], None]
) -> None:
    network(testnet.STRICT)
    assert "In private" not in page(as_malik, talk).split('id="compose"')[1].split("</form>")[0]


# ---- later


def test_it_is_planned_moved_and_sent_now(talk: Conversation, as_malik: Client) -> None:
    html = do(as_malik, "reply-send", talk.pk, text="We are sorry!", when="tomorrow").content.decode()
    assert "Goes out" in html
    assert "data-send-after" not in html, "no countdown of a day"
    (row,) = replies(talk)
    assert row.scheduled
    at = (clock.now() + timedelta(days=3)).strftime("%Y-%m-%dT09:00")
    assert do(as_malik, "reply-replan", row.pk, when=at).status_code == 200
    row.refresh_from_db()
    assert row.send_after is not None
    assert row.send_after.strftime("%Y-%m-%dT%H:%M") == at
    assert do(as_malik, "reply-replan", row.pk, when="long ago").status_code == 422
    assert do(as_malik, "reply-replan", row.pk).status_code == 200
    row.refresh_from_db()
    assert not row.scheduled


def test_a_moment_that_is_over_keeps_the_text(talk: Conversation, as_malik: Client) -> None:
    answer = do(as_malik, "reply-send", talk.pk, text="We are sorry!", when="2001-01-01T00:00")
    assert answer.status_code == 422
    assert "That moment is over" in answer.content.decode()
    assert [(one.state, one.text) for one in replies(talk)] == [("draft", "We are sorry!")]


# ---- pictures


def test_a_picture_is_added_described_shown_and_sent(talk: Conversation, as_malik: Client, as_vera: Client) -> None:
    answer = do(as_malik, "media-add", talk.pk, file=picture())
    assert answer.status_code == 200
    assert "Not described yet" in answer.content.decode()
    row = ReplyMedia.objects.within(talk.workspace_id).get()
    assert row.path.endswith(".jpg"), "named by us"
    assert as_vera.get(reverse("media-show", args=[row.pk])).status_code == 404, "a draft is its author's"
    do(as_malik, "reply-send", talk.pk, text="Look!", **{f"alt-{row.pk}": "A teapot in teal"})
    row.refresh_from_db()
    assert (row.alt, row.reply.state) == ("A teapot in teal", "queued")
    shown = as_vera.get(reverse("media-show", args=[row.pk]))
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in shown.headers["Cache-Control"]
    assert Image.open(io.BytesIO(shown.content)).size == (90, 60)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"", "empty"),
        (b"\x89PNG\r\n", "not a picture"),
    ],
)
def test_what_is_no_picture_is_refused_and_the_text_kept(
    talk: Conversation, as_malik: Client, content: bytes, sentence: str
) -> None:
    do(as_malik, "reply-draft", talk.pk, text="Look!")
    answer = do(as_malik, "media-add", talk.pk, file=SimpleUploadedFile("teapot.png", content, "image/png"))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "Look!" in page(as_malik, talk)
    assert do(as_malik, "media-add", talk.pk).status_code == 422


def test_a_picture_is_taken_off_by_its_author_only(
    talk: Conversation, as_malik: Client, as_olga: Client, as_sten: Client
) -> None:
    do(as_malik, "media-add", talk.pk, file=picture())
    row = ReplyMedia.objects.within(talk.workspace_id).get()
    assert do(as_olga, "media-remove", row.pk).status_code == 404
    assert do(as_sten, "media-remove", row.pk).status_code == 404
    assert do(as_malik, "media-remove", row.pk).status_code == 200
    assert not ReplyMedia.objects.within(talk.workspace_id).exists()


def test_what_was_sent_is_not_taken_off(talk: Conversation, as_malik: Client) -> None:
    do(as_malik, "media-add", talk.pk, file=picture())
    row = ReplyMedia.objects.within(talk.workspace_id).get()
    do(as_malik, "reply-send", talk.pk, text="Look!")
    assert do(as_malik, "media-remove", row.pk).status_code == 404


def test_what_waits_for_its_account_says_so_and_can_be_taken_back(
    talk: Conversation, account: Channel, as_malik: Client
) -> None:
    assert do(as_malik, "reply-send", talk.pk, text="We are sorry").status_code == 200
    address = reverse("conversation", args=[talk.pk])
    assert "is not connected" not in as_malik.get(address).content.decode()
    Channel.objects.within(talk.workspace_id).filter(pk=account.pk).update(state="disconnected")
    html = as_malik.get(address).content.decode()
    assert "The account it goes out by is not connected. It goes out once you connect it again." in html
    assert "data-send-after" not in html, "no seconds are counted down"
    (row,) = replies(talk)
    assert reverse("reply-undo", args=[row.pk]) in html
    assert "We are sorry" in do(as_malik, "reply-undo", row.pk).content.decode()
    assert replies(talk)[0].state != "queued"
