"""The tone guard on the page: what it finds in a draft, what is refused, its settings."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from makegood.desk.models import Conversation
from makegood.reply import api as reply
from makegood.reply.models import Reply
from makegood.reply.tone.settings import tone_of

pytestmark = pytest.mark.django_db

BAD = "You should have read it before you wrote to us about it."
PHONE = "Call +49 30 1234567"


def ask(who: Client, talk: Conversation, text: str, **more: str) -> Any:
    return who.post(reverse("tone-in-draft", args=[talk.pk]), {"text": text} | more, headers={"HX-Request": "true"})


def seen(html: str) -> str:
    found = re.search(r'name="tone_seen" value="(\w+)"', html)
    assert found is not None
    return found[1]


def save(who: Client, **typed: Any) -> Any:
    every = [str(code) for code in reply.TONE_CHECKS]
    return who.post(reverse("tone"), {"on": every, "jargon": "", "words": "", "own": ""} | typed)


def test_a_finding_says_what_why_and_what_instead(as_malik: Client, talk: Conversation) -> None:
    html = ask(as_malik, talk, BAD).content.decode()
    assert "Blame:" in html
    assert "<q>You should have read</q>" in html
    assert "It puts the fault on them." in html
    assert 'data-better="Next time, please read"' in html
    assert html.count("aria-keyshortcuts") == 1


def test_what_is_shown_already_is_not_sent_again(as_malik: Client, talk: Conversation) -> None:
    first = ask(as_malik, talk, BAD)
    again = ask(as_malik, talk, f"{BAD} It is good.", tone_seen=seen(first.content.decode()))
    assert (again.status_code, again.content) == (204, b"")
    other = ask(as_malik, talk, "You are wrong.", tone_seen=seen(first.content.decode()))
    assert other.status_code == 200


def test_a_lines_end_as_browsers_send_it_moves_no_place(as_malik: Client, talk: Conversation) -> None:
    html = ask(as_malik, talk, "Hi,\r\n\r\nsorry. You should have read it.").content.decode()
    assert 'data-start="12" data-words="You should have read"' in html


def test_an_empty_draft_shows_nothing(as_malik: Client, talk: Conversation) -> None:
    html = ask(as_malik, talk, "  ").content.decode()
    assert "tone-row" not in html
    assert "<p" not in html


def test_what_is_typed_is_shown_as_text(as_malik: Client, talk: Conversation) -> None:
    html = ask(as_malik, talk, 'Hi {"><script>alert(1)</script>}').content.decode()
    assert "<script" not in html
    assert "&lt;script" in html


def test_personal_data_is_refused_with_the_reason_and_kept(as_malik: Client, talk: Conversation) -> None:
    html = ask(as_malik, talk, PHONE).content.decode()
    assert "1 thing keeps this from going out" in html
    assert reverse("tone") in html
    answer = as_malik.post(reverse("reply-send", args=[talk.pk]), {"text": PHONE, "own_data": "1"})
    assert answer.status_code == 422
    assert "is personal, and others can read it here" in answer.content.decode()
    assert PHONE in answer.content.decode()
    assert not Reply.objects.within(talk.workspace_id).exclude(state="draft").exists()


def test_an_open_place_is_refused_in_private_too(as_malik: Client, talk: Conversation) -> None:
    answer = as_malik.post(reverse("reply-send", args=[talk.pk]), {"text": "Hi {name}!", "purpose": "answer"})
    assert answer.status_code == 422
    assert "Fill in “{name}” first" in answer.content.decode()


def test_the_shops_own_is_sent_once_said_so(as_malik: Client, as_mona: Client, talk: Conversation) -> None:
    assert save(as_mona, own="+49 30 1234567").status_code == 302
    html = ask(as_malik, talk, PHONE).content.decode()
    assert 'name="own_data"' in html
    assert 'name="own_data" value="1" checked' in ask(as_malik, talk, PHONE, own_data="1").content.decode()
    refused = as_malik.post(reverse("reply-send", args=[talk.pk]), {"text": PHONE})
    assert refused.status_code == 422
    assert "your shop’s own" in refused.content.decode()
    sent = as_malik.post(reverse("reply-send", args=[talk.pk]), {"text": PHONE, "own_data": "1"})
    assert sent.status_code == 200
    assert Reply.objects.within(talk.workspace_id).get(state="queued").own_data


def test_somebody_elses_among_our_own_offers_no_way_round(
    as_malik: Client, as_mona: Client, talk: Conversation
) -> None:
    save(as_mona, own="+49 30 1234567")
    html = ask(as_malik, talk, f"{PHONE} or 0171 7654321").content.decode()
    assert "own_data" not in html


def test_the_composer_carries_it(as_malik: Client, talk: Conversation) -> None:
    html = as_malik.get(reverse("conversation", args=[talk.pk])).content.decode()
    assert 'id="compose-tone"' in html
    assert reverse("tone-in-draft", args=[talk.pk]) in html


def test_many_findings_are_folded(as_malik: Client, talk: Conversation) -> None:
    text = "You are wrong. You should have read it. Sorry if it is so. There is nothing we can do. Going forward, no."
    html = ask(as_malik, talk, text).content.decode()
    assert "<details" in html
    assert html.count('class="tone-row') == 5


def test_settings_are_kept_and_shown(as_mona: Client, workspace: Any) -> None:
    on = [str(code) for code in reply.TONE_CHECKS if code != "jargon"]
    assert (
        save(as_mona, on=on, jargon="RMA = return number", words="gaiwan", own="hello@teapot.example").status_code
        == 302
    )
    tone = tone_of(workspace.pk)
    assert (set(tone.off), dict(tone.jargon), list(tone.words), list(tone.own)) == (
        {"jargon"},
        {"RMA": "return number"},
        ["gaiwan"],
        ["hello@teapot.example"],
    )
    html = as_mona.get(reverse("tone")).content.decode()
    assert "RMA = return number" in html
    assert 'value="jargon">' in html.replace(" checked", "")
    assert not re.search(r'value="jargon" checked', html)
    assert re.search(r'value="personal" checked disabled', html)
    assert reverse("tone") in as_mona.get(reverse("settings")).content.decode()


def test_settings_that_are_too_long_come_back_as_typed(as_mona: Client, workspace: Any) -> None:
    answer = save(as_mona, words="x" * 121, own="hello@teapot.example")
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "is too long" in html
    assert "hello@teapot.example" in html
    assert tone_of(workspace.pk).own == ()


def test_an_agent_reads_them_and_changes_nothing(as_malik: Client, as_vera: Client, workspace: Any) -> None:
    html = as_malik.get(reverse("tone")).content.decode()
    assert "A manager can change this." in html
    assert save(as_malik, own="x").status_code == 403
    assert as_vera.get(reverse("tone")).status_code == 403
    assert tone_of(workspace.pk).own == ()


def test_who_may_not_see_the_conversation_learns_nothing(
    as_sten: Client, as_vera: Client, as_nobody: Client, talk: Conversation
) -> None:
    assert ask(as_sten, talk, BAD).status_code == 404
    assert ask(as_vera, talk, BAD).status_code == 403
    assert ask(as_nobody, talk, BAD).headers["HX-Redirect"].startswith("/account/login/")
