"""Advocates on their page: proposed with what shows it, confirmed, thanked in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from makegood.amplify.advocates.finding import find_advocates
from makegood.amplify.advocates.tests.test_advocates import praises
from makegood.amplify.models import Advocate
from makegood.amplify.wall.tests.make import Shop
from makegood.reply.models import Reply

HERE = "/praise/advocates/"


@pytest.fixture
def shop(workspace: Any) -> Shop:
    return Shop(workspace)


@pytest.fixture
def ada(shop: Shop) -> Advocate:
    praises(shop)
    find_advocates()
    return Advocate.objects.get()


def test_why_somebody_is_proposed_stands_there(ada: Advocate, as_malik: Client) -> None:
    page = as_malik.get(HERE).content.decode()
    assert "Ada Lovelace" in page
    assert "praised you 3 times on 3 days in six months" in page
    assert page.count("I love teapot number") == 3
    assert "paying for praise is forbidden" in page


def test_confirmed_they_are_thanked_in_an_answer_that_a_person_sends(ada: Advocate, as_malik: Client) -> None:
    as_malik.post(f"{HERE}{ada.pk}/decide/", {"is": "1"})
    assert b"praised you 3 times" not in as_malik.get(HERE).content, "proposed no more"
    assert b"Thank them" in as_malik.get(f"{HERE}?show=confirmed").content
    answer = as_malik.post(f"{HERE}{ada.pk}/thank/")
    assert answer["Location"] == f"/inbox/{ada.conversation_id}/"
    draft = Reply.objects.get()
    assert (draft.state, "you have spoken up for us" in draft.text) == ("draft", True)
    assert b"you have spoken up for us" in as_malik.get(answer["Location"]).content, "it lies in the composer"


def test_declined_they_can_be_taken_up_again(ada: Advocate, as_malik: Client) -> None:
    as_malik.post(f"{HERE}{ada.pk}/decide/", {"is": "0"})
    assert b"Ada Lovelace" in as_malik.get(f"{HERE}?show=declined").content
    as_malik.post(f"{HERE}{ada.pk}/decide/", {"is": "1"})
    assert b"Ada Lovelace" in as_malik.get(f"{HERE}?show=confirmed").content


def test_what_cannot_be_is_said(ada: Advocate, as_malik: Client) -> None:
    answer = as_malik.post(f"{HERE}{ada.pk}/thank/", follow=True)
    assert b"Say first that they are an advocate" in answer.content


def test_a_viewer_reads(ada: Advocate, as_vera: Client) -> None:
    page = as_vera.get(HERE).content.decode()
    assert "Ada Lovelace" in page
    assert "/decide/" not in page
    assert as_vera.post(f"{HERE}{ada.pk}/decide/", {"is": "1"}).status_code == 403
    assert as_vera.post(f"{HERE}{ada.pk}/thank/").status_code == 403


def test_a_stranger_finds_nobody(ada: Advocate, as_sten: Client, as_nobody: Client) -> None:
    assert b"Ada Lovelace" not in as_sten.get(HERE).content
    assert as_sten.post(f"{HERE}{ada.pk}/decide/", {"is": "1"}).status_code == 404
    assert as_sten.post(f"{HERE}{ada.pk}/thank/").status_code == 404
    assert as_nobody.get(HERE).status_code == 302


@pytest.mark.parametrize("show", ["", "proposed", "confirmed", "declined", "nonsense"])
def test_empty_it_says_what_would_stand_there(as_olga: Client, show: str) -> None:
    answer = as_olga.get(HERE, {"show": show})
    assert answer.status_code == 200
    assert b"empty" in answer.content


def test_hostile_names_are_names(ada: Advocate, as_olga: Client) -> None:
    Advocate.objects.update(name="<img src=x onerror=alert(1)>")
    assert b"<img src=x" not in as_olga.get(HERE).content


@pytest.mark.parametrize("count", [1, 15])
def test_few_queries_however_many(shop: Shop, as_olga: Client, count: int, django_assert_max_num_queries: Any) -> None:
    for number in range(count):
        praises(shop, f"did:plc:{number}")
    find_advocates()
    assert Advocate.objects.count() == count
    with django_assert_max_num_queries(18):
        as_olga.get(HERE)
