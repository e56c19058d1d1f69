"""Requests reach the deciders where they are, with a link of their own; decisions reach who asked."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import resolve as path_of

from makegood.alerts import api as alerts
from makegood.alerts.models import PersonalMessage
from makegood.alerts.personal import Said, opened
from makegood.kit import clock
from makegood.resolve import deciding, links
from makegood.resolve.models import ApprovalLink
from makegood.resolve.tests.authority_scene import Shop, approve, join

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, mona: Any) -> Shop:
    made = Shop(workspace)
    made.limit(case=1000)
    made.limit("manager", case=10000)
    return made


def got(shop: Shop, user: Any) -> list[Said]:
    """What a member was told, oldest first."""
    rows = PersonalMessage.objects.within(shop.workspace).filter(destination__user=user, destination__kind="mail")
    return [opened(row) for row in rows.order_by("pk")]


def test_a_decider_gets_the_story_the_figures_and_a_link_of_their_own(
    shop: Shop, malik: Any, mona: Any, olga: Any
) -> None:
    request = shop.request(malik, shop.talk(), 5000, reason_words="It broke twice")
    (said,) = got(shop, mona)
    assert got(shop, olga) == got(shop, malik) == []
    assert "asks you to decide: Voucher, 50.00 EUR" in said.title
    assert len(said.lines) == 4 + 1 + 3
    assert "It broke twice" in said.lines[2]
    assert [line.split(":")[0] for line in said.lines[5:]] == [
        "Losing this customer",
        "This gesture",
        "How far it can travel",
    ]
    found = re.fullmatch(r"https?://[^/]+(/.+)", said.url)
    assert found
    secret = path_of(found[1]).kwargs["secret"]
    assert links.open_link(secret, mona) == request
    with pytest.raises(links.LinkError):
        links.open_link(secret, olga)


def test_it_goes_by_every_way_with_one_link(shop: Shop, malik: Any, mona: Any) -> None:
    alerts.add_own_service(shop.workspace, mona, "ntfys://mona-topic")
    shop.request(malik, shop.talk(), 5000)
    assert PersonalMessage.objects.within(shop.workspace).count() == 2
    assert ApprovalLink.objects.within(shop.workspace).count() == 1


def test_everybody_else_is_told_when_it_escalates(
    shop: Shop, malik: Any, mona: Any, olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = shop.request(malik, shop.talk(), 5000)
    assert request.escalate_at is not None
    later = request.escalate_at + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    deciding.escalate_due()
    deciding.escalate_due()
    assert (len(got(shop, olga)), len(got(shop, mona))) == (1, 1)


def test_the_second_of_two_is_asked_once_more(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    shop.limit("agent", "gift", case=1000)
    shop.limit("manager", "gift", case=10**6, four_eyes=2000)
    shop.limit("owner", "gift", four_eyes=2000)
    request = shop.request(malik, shop.talk(), 0, kind="gift", cost_minor=5000)
    assert (len(got(shop, olga)), len(got(shop, mona))) == (1, 1)
    approve(shop, request, mona)
    assert (len(got(shop, olga)), len(got(shop, mona))) == (2, 1)


@pytest.mark.parametrize("how", ["approved", "declined", "countered", "expired"])
def test_who_asked_hears_the_decision(
    shop: Shop, malik: Any, mona: Any, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = shop.request(malik, shop.talk(), 5000)
    member = join(shop.workspace, mona)
    if how == "approved":
        deciding.approve(request, member, "Gladly")
    elif how == "declined":
        deciding.decline(request, member, "Not this time")
    elif how == "countered":
        deciding.counter(request, member, amount_minor=3000)
    else:
        later = request.expires_at + timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        deciding.escalate_due()
    (said,) = got(shop, malik)
    words = {
        "approved": f"{mona} approved",
        "declined": f"{mona} declined",
        "countered": "offers something else",
        "expired": "Nobody decided in time",
    }
    assert words[how] in said.title
    notes = {"approved": "“Gladly”", "declined": "“Not this time”"}
    assert how not in notes or said.lines[0] == notes[how]
    assert said.url.endswith(f"/inbox/{request.remedy.conversation_id}/")


def test_each_reads_it_in_their_own_language(shop: Shop, malik: Any, mona: Any) -> None:
    type(mona).objects.filter(pk=mona.pk).update(language="de")
    shop.request(malik, shop.talk(), 5000)
    (said,) = got(shop, mona)
    assert "50,00" in said.title or "50.00" in said.title


def test_what_is_within_authority_bothers_nobody(shop: Shop, malik: Any) -> None:
    shop.ask(malik, shop.talk(), 1000)
    assert not PersonalMessage.objects.within(shop.workspace).exists()
