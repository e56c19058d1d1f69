"""Approval beside the conversation and on its own page; and who may do what with an answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from makegood.desk.models import Conversation
from makegood.desk.tests.make import bring, conversation_with
from makegood.listen.models import Channel
from makegood.listen.tests.make import activity
from makegood.reply.models import ReplyMedia
from makegood.web.tests.answering.asking import COMPLAINT, HTMX, LONG, do, page, picture, replies

pytestmark = pytest.mark.django_db


def test_what_a_newcomer_sends_waits(talk: Conversation, as_malik: Client, learning: None, as_mona: Client) -> None:
    html = page(as_malik, talk)
    assert "Ask for approval" in html
    html = do(as_malik, "reply-send", talk.pk, text="We are sorry!").content.decode()
    (row,) = replies(talk)
    assert row.state == "proposed"
    assert "Take back" in html
    assert reverse("reply-approve", args=[row.pk]) not in html
    assert reverse("reply-approve", args=[row.pk]) in page(as_mona, talk)
    assert do(as_malik, "reply-send", talk.pk, text="x", handoff="1").status_code == 403
    for name in ("reply-retry", "reply-replan"):
        assert do(as_malik, name, row.pk).status_code == 403
    do(as_malik, "reply-undo", row.pk)
    assert "We are sorry!" in page(as_malik, talk)


def test_a_collaborator_proposes_only_where_it_is_shared(
    account: Channel, shared: Conversation, as_cora: Client
) -> None:
    other = conversation_with(account, COMPLAINT)
    assert do(as_cora, "reply-propose", other.pk, text="We are sorry!").status_code == 404
    assert do(as_cora, "reply-send", shared.pk, text="We are sorry!").status_code == 403
    assert do(as_cora, "reply-propose", shared.pk, text="We are sorry!").status_code == 200
    (row,) = replies(shared)
    assert (row.state, row.author.name if row.author else "") == ("proposed", "Cora")
    assert do(as_cora, "reply-approve", row.pk).status_code == 403


def test_an_approver_approves_changes_and_declines_beside_the_conversation(
    talk: Conversation, as_malik: Client, learning: None, as_mona: Client
) -> None:
    do(as_malik, "reply-propose", talk.pk, text="It is your fault")
    (row,) = replies(talk)
    beside = HTMX | {"HX-Target": "composer"}
    html = as_mona.post(
        reverse("reply-approve", args=[row.pk]), {"text": "It is our fault"}, headers=beside
    ).content.decode()
    assert 'id="composer"' in html
    assert "<del>your</del>" in html
    assert "<ins>our</ins>" in html
    answer = as_mona.post(reverse("reply-decline", args=[row.pk]), {"note": "No"}, headers=beside)
    assert answer.status_code == 422
    assert "decided about this one already" in answer.content.decode()
    do(as_malik, "reply-propose", talk.pk, text="Whatever")
    second = replies(talk, state="proposed")[0]
    as_mona.post(reverse("reply-decline", args=[second.pk]), {"note": "Kinder, please"}, headers=beside)
    html = page(as_malik, talk)
    assert "Mona sent your answer back:" in html
    assert "Kinder, please" in html
    assert "Whatever" in html


def test_the_list_of_what_waits(talk: Conversation, as_malik: Client, learning: None, as_mona: Client) -> None:
    assert "Nothing waits for approval" in as_mona.get(reverse("approvals")).content.decode()
    do(as_malik, "reply-propose", talk.pk, text="We are sorry!")
    (row,) = replies(talk)
    html = as_mona.get(reverse("approvals")).content.decode()
    assert "We are sorry!" in html
    assert COMPLAINT in html
    assert ">1</span>" in as_mona.get(reverse("approvals-count")).content.decode()
    answer = do(as_mona, "reply-decline", row.pk, note="")
    assert answer.status_code == 422
    assert "what should change" in answer.content.decode()
    assert "Approved. It goes out" in do(as_mona, "reply-approve", row.pk).content.decode()
    assert replies(talk)[0].state == "queued"


@pytest.mark.parametrize("many", [3, 30])
def test_the_list_costs_the_same_however_long(
    account: Channel, as_malik: Client, learning: None, as_mona: Client, many: int, django_assert_max_num_queries: Any
) -> None:
    for talk in bring(account, *[activity(COMPLAINT, network="testnet") for _ in range(many)]):
        do(as_malik, "reply-propose", talk.pk, text=f"Sorry {talk.pk}")
    with django_assert_max_num_queries(16):
        html = as_mona.get(reverse("approvals")).content.decode()
    assert html.count('class="card approval"') == many


@pytest.mark.parametrize("many", [3, 30])
def test_the_composer_costs_the_same_however_much_is_on_its_way(
    talk: Conversation, as_malik: Client, many: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(many):
        do(as_malik, "reply-send", talk.pk, text=f"Sorry {number}. {LONG}")
    with django_assert_max_num_queries(52):
        html = page(as_malik, talk)
    assert html.count('data-pending="') == many


GUARDED: list[tuple[str, dict[str, str], int]] = [
    ("reply-draft", {"text": "x"}, 403),
    ("reply-options", {"text": "x", "mode": "private"}, 403),
    ("reply-send", {"text": "x"}, 403),
    ("reply-propose", {"text": "x"}, 403),
    ("media-add", {}, 403),
]
OF_A_REPLY = ["reply-undo", "reply-replan", "reply-retry", "reply-discard", "reply-approve", "reply-decline"]


@pytest.mark.parametrize(("name", "data", "viewer"), GUARDED)
def test_who_may_write(
    talk: Conversation,
    name: str,
    data: dict[str, str],
    viewer: int,
    as_vera: Client,
    as_sten: Client,
    as_cora: Client,
    as_nobody: Client,
) -> None:
    assert do(as_vera, name, talk.pk, **data).status_code == viewer
    assert do(as_sten, name, talk.pk, **data).status_code == 404
    assert do(as_cora, name, talk.pk, **data).status_code in (403, 404)
    assert "/account/login" in do(as_nobody, name, talk.pk, **data).headers.get("HX-Redirect", "")
    assert replies(talk) == []
    assert as_vera.get(reverse(name, args=[talk.pk])).status_code == 405


@pytest.mark.parametrize("name", OF_A_REPLY)
def test_who_may_decide(
    talk: Conversation,
    name: str,
    as_malik: Client,
    as_vera: Client,
    as_sten: Client,
    as_cora: Client,
    as_nobody: Client,
) -> None:
    do(as_malik, "reply-propose", talk.pk, text="We are sorry!")
    (row,) = replies(talk)
    assert do(as_vera, name, row.pk).status_code == 403
    assert do(as_sten, name, row.pk).status_code == 404
    assert do(as_cora, name, row.pk).status_code in (403, 404)
    assert "/account/login" in do(as_nobody, name, row.pk).headers.get("HX-Redirect", "")
    row.refresh_from_db()
    assert row.state == "proposed"


def test_pages_of_approval(
    as_olga: Client, as_malik: Client, as_vera: Client, as_sten: Client, as_nobody: Client
) -> None:
    for name in ("approvals", "approvals-count"):
        assert as_olga.get(reverse(name)).status_code == 200
        assert as_sten.get(reverse(name)).status_code == 200, "his own shop's"
        assert as_malik.get(reverse(name)).status_code == 403
        assert as_vera.get(reverse(name)).status_code == 403
        assert as_nobody.get(reverse(name)).status_code == 302


def test_a_picture_of_another_shop_is_not_there(
    talk: Conversation, as_malik: Client, as_sten: Client, as_cora: Client, as_nobody: Client
) -> None:
    do(as_malik, "media-add", talk.pk, file=picture())
    row = ReplyMedia.objects.within(talk.workspace_id).get()
    do(as_malik, "reply-send", talk.pk, text="Look!")
    address = reverse("media-show", args=[row.pk])
    assert as_malik.get(address).status_code == 200
    assert as_sten.get(address).status_code == 404
    assert as_cora.get(address).status_code == 404, "it is not shared with her"
    assert as_nobody.get(address).status_code == 302
