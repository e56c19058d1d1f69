"""Beside a thread: asking whether it is right now, the answer kept, the case, the history; and times agreed on."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import doing, made_right, meetings, saying
from makegood.resolve.models import Outcome, Remedy
from makegood.resolve.tests.doing_scene import Doing
from makegood.web.tests.money_scene import build

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def shop(workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> Doing:
    return Doing(workspace, malik, monkeypatch)


@pytest.fixture
def given(shop: Doing) -> Remedy:
    """Something that was done and that they know of."""
    row = doing.done(shop.do(shop.given("gift", 0, cost_minor=700)), shop.member)
    saying.told(row, shop.member)
    return shop.fresh(row)


def page(client: Client, row: Remedy, part: str = "") -> str:
    answer = client.get(f"/inbox/{row.conversation_id}/{part}", headers=HTMX)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_from_the_question_to_the_answer(as_malik: Client, shop: Doing, given: Remedy) -> None:
    assert "Put the question into the answer" in page(as_malik, given)
    good = page(as_malik, given, "good/")
    assert "Ask: did this make it right?" in good
    assert "No answer" not in good
    answer = as_malik.post(f"/inbox/{given.conversation_id}/good/outcome/ask/", headers=HTMX)
    told = json.loads(answer["HX-Trigger"])["mg:insert"]
    assert told["conversation"] == given.conversation_id
    assert told["text"].startswith("Hi, did this make it right for you?")
    shop.answer(given.conversation, told["text"])
    doing.do_due()
    assert "Put the question into the answer" not in page(as_malik, given)
    good = page(as_malik, given, "good/")
    assert "Asked whether it is right for them now" in good
    assert "Ask: did this make it right?" not in good
    answer = as_malik.post(f"/inbox/{given.conversation_id}/good/outcome/", {"answer": "not_yet"}, headers=HTMX)
    said = " ".join(answer.content.decode().split())
    assert "Did it make it right? <strong>not right yet</strong>" in said
    assert "They said:" not in said
    history = page(as_malik, given)
    assert "asked whether it is right for them now" in history
    assert "noted that it is not right for them yet" in history


def test_who_does_not_answer_is_listed(as_malik: Client, shop: Doing, given: Remedy) -> None:
    words = made_right.take_question(shop.member, given.conversation)
    shop.answer(given.conversation, words)
    doing.do_due()
    assert "Every story has its end" in as_malik.get("/inbox/?view=closing-line").content.decode()
    Outcome.objects.within(shop.workspace).update(due_at=clock.now() - timedelta(minutes=1))
    doing.do_due()
    listed = as_malik.get("/inbox/?view=closing-line").content.decode()
    assert f'data-row-link="{given.conversation_id}"' in listed
    assert "They have not said whether it is right now." in page(as_malik, given)
    assert "Ask once more" in page(as_malik, given, "good/")


def test_what_cannot_be_is_said(as_malik: Client, shop: Doing, given: Remedy) -> None:
    path = f"/inbox/{given.conversation_id}/good/outcome/"
    answer = as_malik.post(path, {"answer": "no_answer"}, headers=HTMX)
    assert (answer.status_code, "Nobody has asked them yet." in answer.content.decode()) == (422, True)
    other = shop.talk()
    answer = as_malik.post(f"/inbox/{other.pk}/good/outcome/ask/", headers=HTMX)
    assert "HX-Trigger" not in answer
    assert "nothing to ask about" in answer.content.decode()


def test_it_stands_in_the_case(as_malik: Client, as_vera: Client, shop: Doing, given: Remedy) -> None:
    case = desk.open_case([given.conversation], "Gift", "", None, shop.malik)
    there = as_vera.get(f"/cases/{case.pk}/").content.decode()
    assert "Not asked yet whether it made it right" in there
    made_right.keep_answer(shop.member, given.conversation, "made_right")
    there = " ".join(as_vera.get(f"/cases/{case.pk}/").content.decode().split())
    assert "Did it make it right? <strong>made right</strong>" in there
    assert "noted that it is right for them now" in there


def test_they_choose_a_time(as_malik: Client, shop: Doing) -> None:
    times = ["2031-03-28T10:00:00+00:00", "2031-03-29T11:30:00+00:00"]
    row = shop.do(shop.given("call", 0, details={"times": times}))
    good = page(as_malik, row, "good/")
    assert "Which time did they choose?" in good
    assert all(f'"time": "{each}"' in good for each in times)
    path = f"/remedies/{row.pk}/agree/"
    assert as_malik.post(path, {"time": "soon"}, headers=HTMX).status_code == 404
    answer = as_malik.post(path, {"time": "2031-03-28T10:01:00+00:00"}, headers=HTMX)
    assert "Choose one of the times that were proposed." in answer.content.decode()
    said = as_malik.post(path, {"time": times[1]}, headers=HTMX).content.decode()
    assert "Agreed on." in said
    assert "They chose another time:" in said
    assert f'"time": "{times[1]}"' not in said
    assert f"/remedies/{row.pk}/calendar.ics" in said
    assert [begin.isoformat() for begin, _end in meetings.spans(shop.fresh(row))] == [times[1]]


def test_the_file_is_there_when_nothing_is_left_to_press(as_vera: Client, shop: Doing) -> None:
    row = shop.do(shop.given("call", 0, details={"times": ["2031-03-28T10:00:00+00:00"]}))
    good = page(as_vera, row, "good/")
    assert f"/remedies/{row.pk}/calendar.ics" in good
    assert "Which time did they choose?" not in good


def test_who_they_are_and_double_payments_stand_in_the_history(as_malik: Client, workspace: Any, shop: Doing) -> None:
    talk = shop.talk()
    scene = build(workspace, talk)
    journal.record(workspace.pk, "charge.doubled", scene.charges[1], of=scene.charges[0].pk)
    there = " ".join(as_malik.get(f"/inbox/{talk.pk}/", headers=HTMX).content.decode().split())
    assert "found a payment that looks like one made twice" in there
    assert "tied to them:" in there


def test_one_face_for_one_person(as_malik: Client, shop: Doing) -> None:
    talk = shop.talk()
    desk.Conversation.objects.within(shop.workspace).filter(pk=talk.pk).update(author_name="Lena Vogt")
    desk.Message.objects.within(shop.workspace).filter(conversation=talk).update(author_name="", author_handle="@mira")
    there = as_malik.get(f"/inbox/{talk.pk}/", headers=HTMX).content.decode()
    assert there.count(">LV</span>") >= 2
    assert ">M</span>" not in there.split('id="thread"')[1].split("</ol>")[0]


@pytest.mark.parametrize(("who", "there"), [("as_olga", True), ("as_malik", False)])
def test_who_decides_finds_it_in_the_bar(request: pytest.FixtureRequest, who: str, there: bool) -> None:
    client: Client = request.getfixturevalue(who)
    page = client.get("/inbox/").content.decode()
    link = page[page.index('id="decide-link"') - 30 : page.index('id="decide-link"')]
    assert ("rail-wide" not in link) is there
