"""Who somebody may be: suggested with its reasons, ranked, and never joined by Makegood."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from makegood.activity import Visibility
from makegood.connectors.shops.contract import ShopPage
from makegood.desk.models import Conversation, Message
from makegood.identify import api as identify
from makegood.identify.models import Contact, Customer, Identity, IdentitySuggestion, SaidNumber, Source
from makegood.identify.recognising import recognise_new
from makegood.identify.storing import store_shop_page
from makegood.identify.suggesting import suggest_by_address
from makegood.identify.tests.scene import connect, says
from makegood.identify.tests.world import ann, order
from makegood.journal.models import Mark
from makegood.kit import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(workspace: Any, shop: Source) -> Source:
    """Ann has bought; the shop knows her phone, too."""
    store_shop_page(shop, ShopPage(orders=(order(customer=ann(phone="0170 1234567")),)))
    return shop


def suggested(workspace: Any) -> list[tuple[str, list[str], str]]:
    rows = IdentitySuggestion.objects.within(workspace).order_by("-strength", "pk")
    return [(row.basis, [reason[0] for reason in row.reasons], row.state) for row in rows]


def strength(workspace: Any) -> float:
    return IdentitySuggestion.objects.within(workspace).get().strength


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("Write to ANN@example.com please", ["email"]),
        ("Call me: +49 170 1234567", ["phone"]),
        ("I am ann@example.com, 0170/1234567", ["email", "phone"]),
    ],
)
def test_an_address_that_is_a_customers(workspace: Any, bought: Source, text: str, reasons: list[str]) -> None:
    talk = says(workspace, text)
    assert suggested(workspace) == [("told", reasons, "open")]
    assert not Identity.objects.within(workspace).exists(), "anybody can write somebody's address"
    (one,) = identify.suggestions_of(talk)
    assert one.message == Message.objects.within(workspace).get()


def test_an_address_in_private_is_only_suggested_too(workspace: Any, bought: Source) -> None:
    says(workspace, "I am ann@example.com", name="Ann Lee", visibility=Visibility.DIRECT)
    assert suggested(workspace) == [("told", ["email", "name"], "open")]
    assert not Identity.objects.within(workspace).exists()


def test_what_the_shop_has_verified_is_stronger(workspace: Any, shop: Source) -> None:
    store_shop_page(shop, ShopPage(orders=(order(),)))
    says(workspace, "I am ann@example.com")
    plain = strength(workspace)
    IdentitySuggestion.objects.within(workspace).delete()
    store_shop_page(shop, ShopPage(orders=(order(minutes=1, customer=ann(verified=True)),)))
    assert suggested(workspace) == [("verified_address", ["email", "verified"], "open")]
    assert strength(workspace) > plain


def test_more_that_speaks_for_it_is_added_and_makes_it_stronger(workspace: Any, bought: Source) -> None:
    talk = says(workspace, "Where is my order #1042?")
    first = strength(workspace)
    says(workspace, "I am ann@example.com", root_id=talk.thread_id)
    assert suggested(workspace) == [("order_number", ["order_number", "email"], "open")]
    second = strength(workspace)
    assert first < second < 1
    Mark.objects.filter(name="numbers").update(entry_id=0)
    recognise_new()
    assert strength(workspace) == second, "the same reason counts once"


def test_the_strongest_comes_first(workspace: Any, bought: Source) -> None:
    other = ann(id="c2", name="Bo", email="bo@example.com", phone="0170 7654321")
    store_shop_page(bought, ShopPage(orders=(order(1043, customer=other),)))
    talk = says(workspace, "I am ann@example.com, my friend is at 0170 7654321", name="Ann Lee")
    assert [row.customer.name for row in identify.suggestions_of(talk)] == ["Ann Lee", "Bo"]


def test_whoever_is_known_by_another_account_says_so(workspace: Any, bought: Source, malik: Any) -> None:
    customer = Customer.objects.within(workspace).get()
    elsewhere = says(workspace, "Hello", who="did:plc:other")
    identify.tie_by_hand(elsewhere, customer, "told", "", None, malik)
    talk = says(workspace, "I am ann@example.com")
    (one,) = identify.suggestions_of(talk)
    assert [reason[0] for reason in one.reasons] == ["email", "tied"]
    assert one.reasons[1][1] == "bluesky:ann.example"


def test_an_address_that_a_member_tied_leads_to_their_customer(workspace: Any, bought: Source, malik: Any) -> None:
    customer = Customer.objects.within(workspace).get()
    elsewhere = says(workspace, "Hello", who="did:plc:other")
    contact = identify.tie_by_hand(elsewhere, customer, "told", "", None, malik)
    identify.add_address(contact, "email", "ann@work.example", "told", "", None, malik)
    talk = says(workspace, "I am ann@work.example")
    assert [row.customer for row in identify.suggestions_of(talk)] == [customer]


def test_a_message_before_the_shop_was_connected(workspace: Any, kinds: None) -> None:
    says(workspace, "I am ann@example.com")
    assert suggested(workspace) == []
    store_shop_page(connect(workspace), ShopPage(orders=(order(),)))
    assert suggested(workspace) == [("told", ["email"], "open")]


def profile(workspace: Any, talk: Conversation, url: str) -> None:
    mention = talk.latest
    mention.activity = {**mention.activity, "author": {**mention.activity.get("author", {}), "url": url}}
    mention.save(update_fields=["activity"])
    Mark.objects.filter(name="numbers").update(entry_id=0)
    recognise_new()


@pytest.mark.parametrize(
    ("network", "value", "url"),
    [
        ("mastodon", "https://m.example/users/ann", "https://m.example/users/ann"),
        ("bluesky", "did:plc:known", "https://bsky.app/profile/did:plc:known"),
    ],
)
def test_a_profile_that_links_to_a_known_account(
    workspace: Any, bought: Source, network: str, value: str, url: str
) -> None:
    customer = Customer.objects.within(workspace).get()
    contact = Contact.objects.create(workspace=workspace, name="Ann")
    identify.tie(contact, kind="author", network=network, value=value, shown="ann", basis="told")
    identify.tie(contact, kind="customer", value=str(customer.pk), customer=customer, basis="told")
    talk = says(workspace, "Hello", who="https://blog.example/")
    Conversation.objects.within(workspace).filter(pk=talk.pk).update(network="feed")
    profile(workspace, talk, url)
    assert suggested(workspace) == [("profile_link", ["profile", "tied"], "open")]


def test_the_accounts_own_page_is_no_link(workspace: Any, bought: Source) -> None:
    customer = Customer.objects.within(workspace).get()
    talk = says(workspace, "Hello", who="did:plc:ann")
    contact = Contact.objects.create(workspace=workspace, name="Ann")
    identify.tie(contact, kind="author", network="bluesky", value="did:plc:known", basis="told")
    identify.tie(contact, kind="customer", value=str(customer.pk), customer=customer, basis="told")
    profile(workspace, talk, "https://bsky.app/profile/did:plc:ann")
    assert suggested(workspace) == []


def test_whoever_writes_from_a_customers_address(workspace: Any, bought: Source) -> None:
    says(workspace, "Hello", who="Ann@example.com")
    assert suggested(workspace) == [("own_words", ["own"], "open")]


def test_on_x_nothing_is_suggested_that_x_forbids(workspace: Any, bought: Source) -> None:
    customer = Customer.objects.within(workspace).get()
    Customer.objects.within(workspace).update(verified=True)
    contact = Contact.objects.create(workspace=workspace, name="Ann")
    identify.tie(contact, kind="author", network="mastodon", value="https://m.example/users/ann", basis="told")
    identify.tie(contact, kind="customer", value=str(customer.pk), customer=customer, basis="told")
    talk = says(workspace, "Hello")
    Conversation.objects.within(workspace).filter(pk=talk.pk).update(network="x")
    profile(workspace, talk, "https://m.example/users/ann")
    assert suggested(workspace) == []
    Message.objects.within(workspace).update(text="I am ann@example.com")
    Mark.objects.filter(name="numbers").update(entry_id=0)
    recognise_new()
    assert [row[0] for row in suggested(workspace)] == ["told"], "what they gave us directly"


def test_who_is_tied_already_is_not_suggested(workspace: Any, bought: Source, malik: Any) -> None:
    talk = says(workspace, "Hello")
    identify.tie_by_hand(talk, Customer.objects.within(workspace).get(), "told", "", None, malik)
    says(workspace, "I am ann@example.com", root_id=talk.thread_id)
    assert suggested(workspace) == []


def test_another_shop_learns_nothing(workspace: Any, other_workspace: Any, bought: Source) -> None:
    says(other_workspace, "I am ann@example.com, 0170 1234567")
    assert suggested(other_workspace) == []
    assert suggested(workspace) == []


def test_what_its_author_deleted_suggests_nothing(workspace: Any, kinds: None) -> None:
    says(workspace, "I am ann@example.com")
    Message.objects.within(workspace).update(text="", deleted_at=clock.now())
    recognise_new()
    assert not SaidNumber.objects.within(workspace).exists()
    store_shop_page(connect(workspace), ShopPage(orders=(order(),)))
    assert suggested(workspace) == []


def test_one_number_of_many_customers_is_cut_short(workspace: Any, shop: Source) -> None:
    many = (
        order(n, customer=ann(id=f"c{n}", email=f"a{n}@example.com", phone="030 1234567")) for n in range(2000, 2030)
    )
    store_shop_page(shop, ShopPage(orders=tuple(many)))
    says(workspace, "Call 030 1234567")
    assert len(suggested(workspace)) == 3


@pytest.mark.parametrize("count", [3, 30])
def test_what_matches_nobody_costs_two_questions(workspace: Any, bought: Source, count: int) -> None:
    talk = says(workspace, "Hello")
    message = Message.objects.within(workspace).get()
    said = [
        SaidNumber(
            workspace=workspace, message=message, conversation=talk, key=f"n{n}@example.com", words="", why="email"
        )
        for n in range(count)
    ]
    with CaptureQueriesContext(connection) as asked:
        suggest_by_address(workspace.pk, said)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "reason",
    [
        ["order_number", "private"],
        ["order_number", "public"],
        ["email", "a@b.de"],
        ["phone", "+49 1"],
        ["verified", ""],
        ["name", "Ann"],
        ["tied", "bluesky:ann"],
        ["profile", "mastodon:ann"],
        ["own", "a@b.de"],
    ],
)
def test_every_reason_is_a_sentence(reason: list[str]) -> None:
    words = identify.reason_words(reason)
    assert words.endswith(".")
    assert "%" not in words
