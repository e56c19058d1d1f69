"""Erasing a person over all stages: what goes, what is kept, and that it stays so."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers

from makegood.activity import Visibility
from makegood.connectors.shops.contract import ShopCustomer, ShopPage
from makegood.desk import api as desk
from makegood.desk.models import Case, Message, Note
from makegood.identify import api as identify
from makegood.identify.api import TieError
from makegood.identify.models import (
    Charge,
    Contact,
    Customer,
    Erasure,
    Identity,
    IdentitySuggestion,
    Order,
    Source,
)
from makegood.identify.storing import store_shop_page
from makegood.identify.tests.scene import connect, known_kinds, says
from makegood.identify.tests.world import BASE, order
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.reply.models import Reply
from makegood.resolve.models import Refund, Remedy, ReturnCase
from makegood.web.erasing import erase_person, export_person
from makegood.web.tests.erasing.scene import HERS, IDS, Scene
from tests.at_once import at_once

pytestmark = pytest.mark.django_db


def traces(workspace: Any) -> list[str]:
    """Where something of hers stands yet, in any table of any stage."""
    found = []
    for model in apps.get_models():
        if not model.__module__.startswith("makegood."):
            continue
        for line in json.loads(serializers.serialize("json", model._base_manager.all())):
            for name, value in line["fields"].items():
                text = json.dumps(value, ensure_ascii=False).lower()
                if name not in IDS and any(each.lower() in text for each in HERS):
                    found.append(f"{line['model']}.{name}: {text[:80]}")
    return found


def test_nothing_of_her_is_left_in_any_table(
    scene: Scene, workspace: Any, olga: Any, django_capture_on_commit_callbacks: Any
) -> None:
    assert len(traces(workspace)) > 30, "the scene is full of her"
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(scene.contact, olga)
    desk.redact_gone()
    assert traces(workspace) == []
    assert not scene.file.exists()


def test_figures_and_decisions_are_kept(scene: Scene, workspace: Any, olga: Any) -> None:
    done = erase_person(scene.contact, olga)
    row = Order.objects.within(workspace).get()
    assert (row.number, row.total_minor, row.refunded_minor) == ("#1042", 2490, 500)
    assert row.lines.get().name == "Teapot"
    charges = Charge.objects.within(workspace).order_by("external_id")
    assert [(each.amount_minor, each.email) for each in charges] == [(2490, ""), (77, "")]
    scene.remedy.refresh_from_db()
    assert (scene.remedy.amount_minor, scene.remedy.cost_minor, scene.remedy.decided_by) == (2490, 1000, olga)
    assert scene.remedy.details == {"way": "payout", "percent": 10}
    assert scene.remedy.person_key == f"erased:{scene.talk.pk}"
    scene.refund.refresh_from_db()
    assert (scene.refund.amount_minor, scene.refund.state, scene.refund.payout_to) == (2490, "done", "")
    assert done.counts["orders_kept"] == 1
    assert done.counts["payments_kept"] == 2
    assert done.counts["messages"] == 1
    assert Case.objects.within(workspace).get().title == "Erased"
    assert {row.state for row in Reply.objects.within(workspace)} == {"sent", "withdrawn"}
    assert {row.text for row in Note.objects.within(workspace)} == {""}


def test_the_journal_keeps_that_it_was_done_and_nothing_of_who(scene: Scene, workspace: Any, olga: Any) -> None:
    erase_person(scene.contact, olga)
    (line,) = Entry.objects.within(workspace).filter(verb="contact.erased")
    assert (line.actor, line.subject) == ("Olga", f"contact:{scene.contact.pk}")
    lines = Entry.objects.within(workspace)
    said = json.dumps([[each.subject, each.data] for each in lines], ensure_ascii=False).lower()
    assert not [each for each in HERS if each.lower() in said]
    (row,) = Erasure.objects.within(workspace)
    assert (row.by, row.contact_id_was) == (olga, scene.contact.pk)


def test_the_shop_and_the_processor_do_not_bring_her_back(scene: Scene, workspace: Any, olga: Any) -> None:
    erase_person(scene.contact, olga)
    desk.redact_gone()
    scene.read(minutes=60)
    assert traces(workspace) == []
    row = Order.objects.within(workspace).get()
    assert row.changed_at == BASE + timedelta(minutes=60), "what is no name is taken over"
    assert Customer.objects.within(workspace).count() == 1


def test_a_guest_is_known_again_without_their_address(
    workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_kinds(monkeypatch)
    shop = connect(workspace)
    guest: dict[str, Any] = {"customer": None, "email": "Ann@Example.com", "name": "Ann Lee"}
    store_shop_page(shop, ShopPage(orders=(order(**guest),)))
    talk = says(workspace, "Hello")
    customer = Customer.objects.within(workspace).get()
    contact = identify.tie_by_hand(talk, customer, "told", "", None, olga)
    erase_person(contact, olga)
    store_shop_page(shop, ShopPage(orders=(order(minutes=1, **guest), order(1043, **guest))))
    row = Customer.objects.within(workspace).get()
    assert (row.name, row.email, row.orders.count()) == ("", "", 2)
    assert "ann" not in row.external_id
    assert traces(workspace) == [] or all("network" in each for each in traces(workspace))


def test_another_customers_data_stays(scene: Scene, workspace: Any, olga: Any) -> None:
    bo = ShopCustomer(id="c2", name="Bo Berg", email="bo@example.com")
    store_shop_page(scene.shop, ShopPage(orders=(order(1043, customer=bo, destination="2 Kettle Road"),)))
    talk = says(workspace, "The kettle", who="did:plc:bo")
    erase_person(scene.contact, olga)
    kept = Customer.objects.within(workspace).get(external_id="c2")
    assert (kept.name, kept.email, kept.erased_at) == ("Bo Berg", "bo@example.com", None)
    assert Order.objects.within(workspace).get(external_id="o1043").destination == "2 Kettle Road"
    talk.refresh_from_db()
    assert (talk.author_id, talk.queue) == ("did:plc:bo", talk.queue)
    assert Message.objects.within(workspace).get(conversation=talk).text == "The kettle"


def test_a_shared_case_keeps_its_words_without_her_name(scene: Scene, workspace: Any, olga: Any) -> None:
    other = says(workspace, "The kettle", who="did:plc:bo")
    desk.add_to_case(scene.case, other, olga)
    desk.change_case(scene.case, "Delivery: Ann Lee", "Ann Lee (@ann.example) and Bo wait.", olga, olga)
    erase_person(scene.contact, olga)
    scene.case.refresh_from_db()
    assert (scene.case.title, scene.case.problem) == ("Delivery: …", "… (@…) and Bo wait.")


def test_what_she_said_under_anothers_post_goes_too(scene: Scene, workspace: Any, olga: Any) -> None:
    other = says(workspace, "The kettle", who="did:plc:bo")
    Message.objects.create(
        workspace=workspace,
        conversation=other,
        network_id="beside",
        direction="context",
        author_id="did:plc:ann",
        author_name="Ann Lee",
        text="zzsecret beside",
        posted_at=clock.now(),
    )
    erase_person(scene.contact, olga)
    beside = Message.objects.within(workspace).get(network_id="beside")
    assert (beside.text, beside.author_name) == ("", "")


def test_all_that_were_joined_are_erased_with_her(scene: Scene, workspace: Any, olga: Any) -> None:
    a, b = (Contact.objects.create(workspace=workspace, name="Ann Lee") for _ in "ab")
    identify.tie(a, kind="author", network="mastodon", value="ann.example", basis="told")
    identify.join(a, b, olga)
    identify.join(b, scene.contact, olga)
    with pytest.raises(TieError, match="joined with somebody else"):
        erase_person(b, olga)
    erase_person(scene.contact, olga)
    for row in Contact.objects.within(workspace):
        assert (row.name, row.erased_at is None) == ("", False)
    assert {row.ended_at is None for row in Identity.objects.within(workspace)} == {False}
    with pytest.raises(TieError):
        identify.undo_join(b, olga)


def test_twice_is_once(scene: Scene, workspace: Any, olga: Any) -> None:
    erase_person(scene.contact, olga)
    with pytest.raises(TieError, match="erased already"):
        erase_person(scene.contact, olga)
    assert Erasure.objects.within(workspace).count() == 1
    with pytest.raises(TieError, match="erased"):
        identify.describe(scene.contact, "Ann", "", olga)
    with pytest.raises(TieError, match="erased"):
        identify.tie(scene.contact, kind="email", value="ann@example.com", basis="told")
    with pytest.raises(TieError, match="erased"):
        identify.tie_by_hand(says(workspace, "Hi"), scene.customer, "told", "", None, olga)


def test_what_she_posts_later_is_new(scene: Scene, workspace: Any, olga: Any) -> None:
    erase_person(scene.contact, olga)
    talk = says(workspace, "Hello again", root_id=scene.talk.thread_id)
    assert talk.pk != scene.talk.pk
    assert (talk.author_id, talk.author_handle) == ("did:plc:ann", "ann.example")
    assert identify.contact_of(talk) is None
    assert identify.person_keys(talk) == {"author:bluesky:did:plc:ann"}
    # Her number was forgotten, so what it says is looked at as anybody's.
    says(workspace, "order #1042, ann@example.com", root_id=scene.talk.thread_id, visibility=Visibility.DIRECT)
    assert not Identity.objects.within(workspace).filter(ended_at__isnull=True).exists()
    assert not IdentitySuggestion.objects.within(workspace).exists()


@pytest.mark.parametrize("what", ["reply", "remedy", "refund", "return"])
def test_while_something_is_under_way_nothing_is_erased(scene: Scene, workspace: Any, olga: Any, what: str) -> None:
    if what == "reply":
        Reply.objects.within(workspace).filter(pk=scene.sent.pk).update(state="sending", lease_until=clock.now())
    elif what == "remedy":
        Remedy.objects.within(workspace).update(state="requested")
    elif what == "refund":
        Refund.objects.within(workspace).update(state="unknown")
    else:
        ReturnCase.objects.within(workspace).update(state="sent")
    before = len(traces(workspace))
    with pytest.raises(TieError, match="under way"):
        erase_person(scene.contact, olga)
    assert len(traces(workspace)) == before
    assert not Erasure.objects.within(workspace).exists()


@pytest.mark.django_db(transaction=True)
def test_two_erase_her_at_once(scene: Scene, workspace: Any, olga: Any) -> None:
    outcomes = at_once(*(lambda: erase_person(scene.contact, olga) for _ in range(2)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Erasure", "TieError"]
    assert Erasure.objects.within(workspace).count() == 1


def test_the_export_holds_all_of_her_and_nobody_else(scene: Scene, workspace: Any, other_workspace: Any) -> None:
    bo = ShopCustomer(id="c2", name="Bo Berg", email="bo@example.com")
    store_shop_page(scene.shop, ShopPage(orders=(order(1043, customer=bo),)))
    said = json.dumps(export_person(scene.contact), ensure_ascii=False)
    for each in (
        "Ann Lee",
        "ann@example.com",
        "zzsecret note",
        "#1042",
        "1 Teapot Lane",
        "zzsecret. Call",
        "ch2",
        "payout",
        "done_for_them",
    ):
        assert each in said
    for each in ("Bo Berg", "#1043", "bo@example.com"):
        assert each not in said


def test_the_shop_may_ask_for_it(scene: Scene, workspace: Any) -> None:
    identify.forget_customer(scene.shop, "c1")
    row = Customer.objects.within(workspace).get()
    assert (row.name, row.email, row.phone, row.phone_key) == ("", "", "", "")
    assert {each.email for each in Charge.objects.within(workspace)} == {""}
    scene.read(minutes=5)
    row.refresh_from_db()
    assert row.name == ""


def test_a_source_is_no_part_of_it(scene: Scene, workspace: Any, olga: Any) -> None:
    erase_person(scene.contact, olga)
    assert Source.objects.within(workspace).count() == 2
