"""Who is erased leaves figures of nobody; what is only old loses its words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import transaction

from makegood.accounts.models import Membership
from makegood.identify import api as identify
from makegood.web.erasing import erase_person, export_person
from makegood.winback import api as winback
from makegood.winback.journeys import flow
from makegood.winback.journeys.flow import JourneyError
from makegood.winback.journeys.tests.journey_scene import JourneyShop, ago
from makegood.winback.models import Journey, JourneyEvidence, JourneyMove

pytestmark = pytest.mark.django_db


def one(shop: JourneyShop) -> tuple[Any, Journey, Membership]:
    talk = shop.complains(days=20)
    shop.orders(shop.customer(talk), 30, 5)
    shop.answers(talk, 19)
    shop.follow()
    member, _new = Membership.objects.get_or_create(workspace=shop.workspace, user=shop.agent)
    row = shop.journey(talk)
    flow.add_evidence(member, row, "right", "Ann said on the phone that all is well", ago(3))
    shop.follow()
    return talk, shop.journey(talk), member


def test_what_is_kept_can_be_had(shop: JourneyShop) -> None:
    _talk, row, _member = one(shop)
    assert row.contact is not None
    found = export_person(row.contact)
    assert found["complaints"][0]["state"] == "returned"
    assert found["told_of_complaints"][0]["note"] == "Ann said on the phone that all is well"
    json.dumps(found)


def test_an_erased_person_leaves_figures_of_nobody(shop: JourneyShop) -> None:
    talk, row, member = one(shop)
    moves = JourneyMove.objects.within(shop.workspace).count()
    assert row.contact is not None
    erase_person(row.contact, shop.agent)
    row.refresh_from_db()
    assert (row.state, row.bought_minor, row.look_at) == ("returned", 2500, None)
    held = [row.contact_id, row.order_id, row.complaint_id, row.said_id, row.after_id]
    assert held == [None] * 5
    assert row.erased_at is not None
    assert set(JourneyEvidence.objects.within(shop.workspace).values_list("note", flat=True)) == {""}
    shop.again()
    assert JourneyMove.objects.within(shop.workspace).count() == moves, "it moves no more"
    assert identify.contact_of(talk) is None
    with pytest.raises(JourneyError, match="erased"):
        flow.add_evidence(member, row, "bought", "told us", ago(1))


def test_what_is_only_old_loses_its_words_and_stays_whose_it_was(shop: JourneyShop) -> None:
    talk, row, _member = one(shop)
    with transaction.atomic():
        winback.erase_threads(shop.workspace.pk, [talk.pk], who=False)
    row.refresh_from_db()
    assert row.contact is not None
    assert row.order is not None
    assert row.erased_at is not None
    assert set(JourneyEvidence.objects.within(shop.workspace).values_list("note", flat=True)) == {""}
