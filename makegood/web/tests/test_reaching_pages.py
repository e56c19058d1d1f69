"""How Makegood reaches you: one's own ways, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from makegood.alerts import api as alerts
from makegood.alerts.api import PersonalDestination, PersonalMessage
from makegood.alerts.tests.places import Receiver, receiver
from makegood.alerts.tests.test_personal import Browser

pytestmark = pytest.mark.django_db
PATH = "/settings/reach/"
HTMX = {"HX-Request": "true"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver(monkeypatch) as found:
        yield found


def ways(workspace: Any, user: Any) -> list[PersonalDestination]:
    return alerts.ways_of(workspace, user)


def test_everybody_has_mail_and_switches_it_off(as_vera: Client, workspace: Any, vera: Any) -> None:
    page = as_vera.get(PATH).content.decode()
    assert vera.email in page
    assert alerts.public_key() in page
    as_vera.post(f"{PATH}mail/", {"active": "0"})
    assert [way.active for way in ways(workspace, vera)] == [False]
    assert "Switched off" in as_vera.get(PATH).content.decode()
    as_vera.post(f"{PATH}mail/", {"active": "1"})
    assert [way.active for way in ways(workspace, vera)] == [True]


def test_a_service_of_ones_own(as_malik: Client, workspace: Any, malik: Any) -> None:
    assert as_malik.get(f"{PATH}services/new/").status_code == 200
    wrong = as_malik.post(f"{PATH}services/new/", {"address": "nonsense", "name": ""})
    assert wrong.status_code == 422
    assert "nonsense" not in wrong.content.decode()
    answer = as_malik.post(f"{PATH}services/new/", {"address": "ntfys://malik-secret-topic", "name": "Phone"})
    assert answer.headers["Location"] == PATH
    page = as_malik.get(PATH).content.decode()
    assert "Phone" in page
    assert "malik-secret-topic" not in page


def test_this_browser(as_malik: Client, workspace: Any, malik: Any, web: Receiver) -> None:
    address = f"{PATH}browsers/new/"
    for wrong in ("", "{", "[]", "{}", "x" * 5000):
        answer = as_malik.post(address, {"subscription": wrong})
        assert answer.status_code == 422
        assert "Allow notifications" in answer.json()["sentence"]
    given = json.dumps(Browser(web).subscription())
    assert as_malik.post(address, {"subscription": given}, headers={"User-Agent": FIREFOX}).json() == {"done": True}
    as_malik.post(address, {"subscription": given}, headers={"User-Agent": FIREFOX})
    (way,) = [way for way in ways(workspace, malik) if way.kind == "push"]
    assert way.name == "Firefox, Linux"
    as_malik.post(f"{PATH}{way.pk}/remove/")
    assert [way.kind for way in ways(workspace, malik)] == ["mail"]


def test_a_test_is_followed(as_malik: Client, workspace: Any, malik: Any, web: Receiver) -> None:
    browser = Browser(web)
    way = alerts.add_push(workspace, malik, browser.subscription(), "Firefox")
    page = as_malik.post(f"{PATH}{way.pk}/test/", headers=HTMX).content.decode()
    assert "Sending a test" in page
    assert "every 1s" in page
    alerts.send_personal()
    assert browser.read(web.got[0])["url"].endswith(PATH)
    page = as_malik.get(f"{PATH}{way.pk}/state/", headers=HTMX).content.decode()
    assert "It was taken" in page
    assert "every 1s" not in page
    assert as_malik.post(f"{PATH}{way.pk}/test/").headers["Location"] == PATH


@pytest.mark.parametrize(("method", "act"), [("post", "test"), ("get", "state"), ("post", "remove")])
def test_nobody_touches_somebody_elses(
    as_olga: Client, as_sten: Client, as_nobody: Client, workspace: Any, malik: Any, method: str, act: str
) -> None:
    way = alerts.add_own_service(workspace, malik, "ntfys://malik-secret-topic")
    path = f"{PATH}{way.pk}/{act}/"
    for client in (as_olga, as_sten):
        assert getattr(client, method)(path).status_code == 404
    assert getattr(as_nobody, method)(path).status_code == 302
    assert PersonalDestination.objects.within(workspace).filter(pk=way.pk).exists()
    assert not PersonalMessage.objects.within(workspace).exists()


def test_the_worker_lies_at_the_root_and_is_open(as_nobody: Client, workspace: Any, malik: Any) -> None:
    answer = as_nobody.get("/push-worker.js")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert b"showNotification" in answer.content


def test_the_page_costs_the_same_with_many_ways(
    as_malik: Client, workspace: Any, malik: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        way = alerts.add_own_service(workspace, malik, f"ntfys://topic-number-{number}")
        alerts.tell_test(way, "http://desk.example/")
    as_malik.get(PATH)
    with django_assert_max_num_queries(14):
        assert as_malik.get(PATH).status_code == 200
