"""What members do in the inbox: each action by those who may, and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from makegood.desk.models import Conversation, Note
from makegood.desk.tests.make import conversation_with
from makegood.listen.tests.make import channel
from makegood.reply.models import Reply
from makegood.reply.tests import testnet

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"
HTMX = {"HX-Request": "true"}

WORK: list[tuple[str, dict[str, str]]] = [
    ("desk-assess", {"response": "let_stand"}),
    ("desk-assign", {"member": ""}),
    ("desk-close", {}),
    ("desk-reopen", {}),
    ("desk-note", {"text": "Ask the courier"}),
    ("desk-label", {"label": "late", "on": "1"}),
    ("reply-draft", {"text": "We are"}),
    ("reply-send", {"text": "We are sorry!"}),
]


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    testnet.plug_in(monkeypatch)


@pytest.fixture
def talk(workspace: Any) -> Conversation:
    account = channel(workspace, "account", network="testnet", name="@teapot")
    return conversation_with(account, COMPLAINT, url="https://example.org/post")


def do(client: Client, name: str, pk: int, **data: str) -> Any:
    return client.post(reverse(name, args=[pk]), data, headers=HTMX)


@pytest.mark.parametrize(("name", "data"), WORK)
def test_who_may(
    name: str,
    data: dict[str, str],
    talk: Conversation,
    as_olga: Client,
    as_malik: Client,
    as_vera: Client,
    as_sten: Client,
    as_nobody: Client,
) -> None:
    assert do(as_sten, name, talk.pk, **data).status_code == 404
    assert do(as_vera, name, talk.pk, **data).status_code == 403
    assert do(as_nobody, name, talk.pk, **data).headers.get("HX-Redirect", "").startswith("/account/login")
    before = Conversation.objects.within(talk.workspace_id).values().get()
    talk.refresh_from_db()
    assert before["queue"] == "needs_answer"
    assert not Reply.objects.within(talk.workspace_id).exists()
    assert do(as_malik, name, talk.pk, **data).status_code in (200, 204)
    assert do(as_olga, name, talk.pk, **data).status_code in (200, 204, 422)


@pytest.mark.parametrize(("name", "data"), WORK)
def test_a_link_cannot_do_it(name: str, data: dict[str, str], talk: Conversation, as_malik: Client) -> None:
    assert as_malik.get(reverse(name, args=[talk.pk])).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = as_malik.cookies
    assert strict.post(reverse(name, args=[talk.pk]), data).status_code == 403


def test_one_key_decides(talk: Conversation, as_malik: Client, malik: Any) -> None:
    html = do(as_malik, "desk-assess", talk.pk, response="monitor").content.decode()
    talk.refresh_from_db()
    assert (talk.queue, talk.response) == ("let_stand", "monitor")
    assert "Decided by Malik" in html


@pytest.mark.parametrize(
    ("name", "data"),
    [("desk-assess", {"response": "explode"}), ("desk-note", {"text": " "}), ("desk-label", {"on": "1"})],
)
def test_nonsense_is_told_so(name: str, data: dict[str, str], talk: Conversation, as_malik: Client) -> None:
    answer = do(as_malik, name, talk.pk, **data)
    assert answer.status_code == 400
    assert answer.content


def test_only_members_can_be_given_work(talk: Conversation, as_olga: Client, malik: Any, sten: Any) -> None:
    assert do(as_olga, "desk-assign", talk.pk, member=str(malik.pk)).status_code == 200
    talk.refresh_from_db()
    assert talk.assignee == malik
    for nonsense in (str(sten.pk), "x", "999999"):
        assert do(as_olga, "desk-assign", talk.pk, member=nonsense).status_code == 400
    talk.refresh_from_db()
    assert talk.assignee == malik


def test_notes_and_labels_show(talk: Conversation, as_malik: Client) -> None:
    do(as_malik, "desk-note", talk.pk, text="<i>Ask</i> the courier")
    html = do(as_malik, "desk-label", talk.pk, label="late parcel", on="1").content.decode()
    assert "&lt;i&gt;Ask&lt;/i&gt; the courier" in html
    assert "late parcel" in html
    assert Note.objects.within(talk.workspace_id).count() == 1
    do(as_malik, "desk-label", talk.pk, label="late parcel", on="0")
    assert not talk.labels.exists()


def test_a_draft_is_kept_and_shown_again(talk: Conversation, as_malik: Client, as_olga: Client) -> None:
    assert do(as_malik, "reply-draft", talk.pk, text="We are so so").status_code == 200
    assert "We are so so" in as_malik.get(reverse("conversation", args=[talk.pk])).content.decode()
    assert "We are so so" not in as_olga.get(reverse("conversation", args=[talk.pk])).content.decode()


def test_send_undo_and_send_again(talk: Conversation, as_malik: Client) -> None:
    html = do(as_malik, "reply-send", talk.pk, text="We are sorry!").content.decode()
    reply = Reply.objects.within(talk.workspace_id).get()
    assert reply.state == "queued"
    assert reverse("reply-undo", args=[reply.pk]) in html
    html = do(as_malik, "reply-undo", reply.pk).content.decode()
    assert "We are sorry!" in html
    reply.refresh_from_db()
    assert reply.state == "withdrawn"
    assert do(as_malik, "reply-undo", reply.pk).status_code == 422


def test_too_long_is_told_and_nothing_is_lost(talk: Conversation, as_malik: Client) -> None:
    answer = do(as_malik, "reply-send", talk.pk, text="x" * 50)
    assert answer.status_code == 422
    assert "10 characters too long" in answer.content.decode()
    assert "x" * 50 in answer.content.decode()
    assert Reply.objects.within(talk.workspace_id).get().state == "draft"


@pytest.mark.parametrize("name", ["reply-undo", "reply-retry", "reply-discard"])
def test_replies_of_others_are_out_of_reach(
    name: str, talk: Conversation, as_malik: Client, as_sten: Client, as_vera: Client
) -> None:
    do(as_malik, "reply-send", talk.pk, text="We are sorry!")
    reply = Reply.objects.within(talk.workspace_id).get()
    assert do(as_sten, name, reply.pk).status_code == 404
    assert do(as_vera, name, reply.pk).status_code == 403
    reply.refresh_from_db()
    assert reply.state == "queued"


@pytest.mark.parametrize(("name", "state"), [("reply-retry", "sending"), ("reply-discard", "withdrawn")])
def test_a_refused_answer_can_be_tried_again_or_given_up(
    name: str, state: str, talk: Conversation, as_malik: Client
) -> None:
    do(as_malik, "reply-send", talk.pk, text="We are sorry!")
    rows = Reply.objects.within(talk.workspace_id)
    rows.update(state="refused", sentence="Their post was deleted.")
    html = as_malik.get(reverse("conversation", args=[talk.pk])).content.decode()
    assert "Their post was deleted." in html
    do(as_malik, name, rows.get().pk)
    assert rows.exclude(state="draft").get().state == state


def test_without_an_account_the_way_is_the_page_itself(workspace: Any, as_malik: Client) -> None:
    stream = channel(workspace, network="testnet", take_all=True)
    row = conversation_with(stream, COMPLAINT, url="https://example.org/post")
    html = as_malik.get(reverse("conversation", args=[row.pk])).content.decode()
    assert "Connect a Testnet account" in html
    assert 'href="https://example.org/post"' in html
    answer = do(as_malik, "reply-send", row.pk, text="I wrote there", handoff="1")
    assert answer.status_code == 200
    row.refresh_from_db()
    assert (row.queue, Reply.objects.within(workspace).get().by_hand) == ("waiting", True)


def test_what_cannot_be_answered_says_why(workspace: Any, as_malik: Client) -> None:
    row = conversation_with(channel(workspace, "import", network="file"), COMPLAINT)
    html = as_malik.get(reverse("conversation", args=[row.pk])).content.decode()
    assert "This cannot be answered." in html
    assert do(as_malik, "reply-send", row.pk, text="Hello").status_code == 422


def test_an_account_of_another_workspace_cannot_send(
    talk: Conversation, as_malik: Client, other_workspace: Any
) -> None:
    theirs = channel(other_workspace, "account", network="testnet")
    answer = do(as_malik, "reply-send", talk.pk, text="Hello", channel=str(theirs.pk))
    assert answer.status_code == 422
    assert not Reply.objects.within(talk.workspace_id).exclude(state="draft").exists()
